/// The results that the repository held when this assembly was built: what a run is compared with unless it is given others.
module Qwem.Validation.CommittedResults

open System.IO
open Qwem.Reports

let private read =
    lazy
        match typeof<Tolerance>.Assembly.GetManifestResourceStream "results.json" with
        | null -> invalidOp "The committed results are not embedded in this build."
        | stream ->
            use reader = new StreamReader(stream)
            Results.readAll (reader.ReadToEnd())

/// All of them.
let all () : Results.Results = read.Value

/// The verdicts, in the report's order.
let verdicts () : Verdict list = read.Value.Verdicts
