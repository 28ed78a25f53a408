namespace Qwem.Validation.Errata

open Qwem.Reports
open Qwem.Sim.Cooccurrence
open Qwem.Sim.Threading
open Qwem.Theory
open Qwem.Validation

/// Experiment errata: where the paper is wrong, measured.
module ErrataExperiment =

    /// Measures every erratum in its corrected and in its printed form.
    let run (counts: CooccurrenceCounts) (team: WorkerTeam) : Section =
        let verdicts = ErrataGates.all counts team |> List.map (Gate.evaluate Corrected)

        let list =
            Errata.All
            |> Seq.map (fun erratum ->
                $"{erratum.Location}. Printed: {erratum.Printed}. Right: {erratum.Right}. {erratum.Reason} (Test: {erratum.Demonstration}.)")
            |> List.ofSeq

        {
            Id = "errata"
            Title = "Errata of the paper"
            Paragraphs =
                "Each correction below is demonstrated by the test it names; those that a number can settle are gates here, with the printed form as the wrong theory that the gate must reject."
                :: list
            Quantities = []
            Figures = []
            Verdicts = verdicts
        }
