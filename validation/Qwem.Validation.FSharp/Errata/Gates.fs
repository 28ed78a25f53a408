namespace Qwem.Validation.Errata

open System.Text.RegularExpressions
open Qwem.Sim.Cooccurrence
open Qwem.Sim.Threading
open Qwem.Theory
open Qwem.Validation

/// Every erratum as a gate: the corrected reading must pass it, the printed one must fail.
module Gates =

    // Plain text says P_ij and x^4; the report sets indices and powers.
    let internal setMathematics (text: string) =
        let indices = Regex.Replace(text, "_([A-Z]+|[a-z0-9]+)", "_{$1}")
        Regex.Replace(indices, @"\^(-?\w+)", "^{$1}")

    /// One gate for every erratum, in the order of Errata.All.
    let all (counts: CooccurrenceCounts) (team: WorkerTeam) : Gate<Reading> list =
        let stats = LossErrata.corpus counts

        let measurements =
            LossErrata.all stats team
            @ RankOneErrata.all stats team
            @ DynamicsErrata.all team

        Errata.All
        |> Seq.map (fun erratum ->
            let measured =
                measurements |> List.find (fun measurement -> measurement.Id = erratum.Id)

            {
                Id = $"errata/{erratum.Id}"
                Claim = setMathematics $"{erratum.Location}: {erratum.Right}."
                Metric = setMathematics measured.Metric
                Tolerance =
                    {
                        Bound = measured.Bound
                        Because = setMathematics measured.Because
                    }
                Gap = measured.Gap
                Mutations = [ setMathematics $"as printed: {erratum.Printed}", AsPrinted ]
            })
        |> List.ofSeq
