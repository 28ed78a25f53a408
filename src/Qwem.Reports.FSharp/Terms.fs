/// The words for kinds of gates, outcomes and what becomes of slips; the same on every page, in results.json with hyphens.
module Qwem.Reports.Terms

/// Every kind of gate with its word.
let kinds =
    [
        GateKind.Exact, "exact"
        GateKind.LeadingOrder, "leading order"
        GateKind.Statistical, "statistical"
        GateKind.Qualitative, "qualitative"
    ]

/// Every outcome with its word.
let outcomes =
    [
        Outcome.Confirmed, "confirmed"
        Outcome.NotConfirmed, "not confirmed"
        Outcome.Contradicted, "contradicted"
    ]

/// Everything that a gate makes of a slip, with its word.
let slipResults =
    [
        SlipResult.Rejected, "rejected"
        SlipResult.Blind, "blind"
        SlipResult.Survives, "survives"
    ]

let private word pairs case =
    pairs |> List.find (fst >> (=) case) |> snd

/// A kind as a word.
let kind (kind: GateKind) : string = word kinds kind

/// What a kind compares with what, and what its bound is.
let comparison (kind: GateKind) : string =
    match kind with
    | GateKind.Exact -> "a simulation with a theorem; the bound is rounding and the integrator’s own error"
    | GateKind.LeadingOrder -> "a simulation with an approximation; the bound is a formula for the term left out"
    | GateKind.Statistical ->
        "a mean of replicates with an expectation; the bound is a number of standard errors of that mean"
    | GateKind.Qualitative ->
        "an order, a sign or a shape with null models, which must do as well in at most 1 % of the cases"

/// An outcome as a word.
let outcome (outcome: Outcome) : string = word outcomes outcome

/// What a gate makes of a slip, as a word.
let slipResult (result: SlipResult) : string = word slipResults result

/// A word as results.json and the style sheet have it.
let code (word: string) = word.Replace(' ', '-')

/// What a code stands for, by one of the lists above.
let tryRead pairs (text: string) =
    pairs |> List.tryFind (fun (_, word) -> code word = text) |> Option.map fst

/// What a slip is, for the top of a page.
let slip =
    "A slip is a mistake that someone could make in the theory, such as a clock κ twice too fast or a mean that is not subtracted; every gate is shown every slip."

/// What a resolution is, for a table's caption.
let resolution =
    "smallest relative error of each quantity that the gate rejects in either direction"
