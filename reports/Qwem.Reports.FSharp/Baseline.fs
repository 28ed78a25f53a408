/// Holds the verdicts of a run against those of an earlier one.
module Qwem.Reports.Baseline

open Qwem.Reports.Numbers

/// How a gate differs from the baseline.
type Change =
    {
        /// The gate.
        Id: string
        /// What happened, as the end of a sentence about the gate; plain text.
        What: string
        /// Whether it fails the run.
        Fails: bool
    }

/// A gap larger than this many times the baseline's is reported. The numbers have the same bits on every machine, so that
/// any other gap comes from a change of the code; twice is what asks for a look.
let growth = 2.0

let private flip (before: Verdict) (now: Verdict) =
    match before.Passed, now.Passed with
    | true, false -> Some $"passed in the baseline with gap {short before.Gap} and fails now"
    | false, true -> Some "failed in the baseline and passes now; commit the new results if that is meant"
    | _ -> None

let private grown (before: Verdict) (now: Verdict) =
    if now.Gap <= growth * before.Gap then
        None
    elif before.Gap > 0.0 then
        Some $"its gap grew from {short before.Gap} to {short now.Gap}, more than {short growth} times"
    else
        Some $"its gap grew from {short before.Gap} to {short now.Gap}"

let private fewerMistakes (before: Verdict) (now: Verdict) =
    if now.Mutations.Length < before.Mutations.Length then
        Some
            $"is shown {whole now.Mutations.Length} wrong theories where the baseline has {whole before.Mutations.Length}"
    else
        None

/// <summary>The differences, in the baseline's order, then the gates that it does not have. Flips of verdicts and gates that
/// vanished fail a run; new gates, gaps that grew and wrong theories no longer shown do not.</summary>
/// <param name="sameProblem">Whether both runs had the same size and seed; otherwise gaps and wrong theories are not compared.</param>
/// <param name="baseline">Verdicts of the earlier run.</param>
/// <param name="current">Verdicts of this run.</param>
let compare (sameProblem: bool) (baseline: Verdict list) (current: Verdict list) : Change list =
    let byId (verdicts: Verdict list) =
        verdicts |> List.map (fun verdict -> verdict.Id, verdict) |> Map.ofList

    let known, found = byId baseline, byId current
    let change id fails what = { Id = id; What = what; Fails = fails }

    let ofKnown (before: Verdict) =
        match found.TryFind before.Id with
        | None -> [ change before.Id true "is in the baseline and did not run" ]
        | Some now ->
            let reported = if sameProblem then [ grown; fewerMistakes ] else []

            [
                yield! flip before now |> Option.map (change before.Id true) |> Option.toList
                yield!
                    reported
                    |> List.choose (fun find -> find before now |> Option.map (change before.Id false))
            ]

    let added =
        current |> List.filter (fun verdict -> not (known.ContainsKey verdict.Id))

    List.collect ofKnown baseline
    @ (added
       |> List.map (fun verdict -> change verdict.Id false "is not in the baseline"))
