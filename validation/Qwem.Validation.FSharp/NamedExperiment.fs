namespace Qwem.Validation

open System
open Qwem.Reports
open Qwem.Sim.Cooccurrence

/// An experiment that can be run alone.
[<NoEquality; NoComparison>]
type NamedExperiment =
    {
        /// What the ids of its gates begin with, up to a slash or their end.
        Id: string
        /// Title in lists.
        Title: string
        /// Where its tolerances and gates stand, below validation/Qwem.Validation.FSharp.
        Folder: string
        /// Rough seconds on two cores, by profile: what the time left is estimated from.
        Seconds: float array
        /// Of the statistics and settings of Theorem 4.3, which the user can choose, and of what all experiments are given.
        Run: CooccurrenceCounts -> Theorem43.Settings -> Setting -> Section
    }

    /// Whether a gate, by its id, is one of this experiment's.
    member experiment.Has(gate: string) =
        gate = experiment.Id
        || gate.StartsWith(experiment.Id + "/", StringComparison.Ordinal)

    /// Ids of its gates in the committed results; a gate added since is not among them.
    member experiment.Gates: string array =
        CommittedResults.verdicts ()
        |> List.map _.Id
        |> List.filter experiment.Has
        |> Array.ofList
