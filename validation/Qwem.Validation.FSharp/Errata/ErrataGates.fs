namespace Qwem.Validation.Errata

open Qwem.Sim.Cooccurrence
open Qwem.Sim.Threading
open Qwem.Theory
open Qwem.Validation

/// Every erratum as a gate: the corrected reading must pass it, the printed one must fail.
module ErrataGates =

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
                Claim = $"{erratum.Location}: {erratum.Right}."
                Metric = measured.Metric
                Tolerance =
                    {
                        Bound = measured.Bound
                        Because = measured.Because
                    }
                Gap = measured.Gap
                Mutations = [ $"as printed: {erratum.Printed}", AsPrinted ]
            })
        |> List.ofSeq
