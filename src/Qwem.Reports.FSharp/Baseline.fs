/// Holds the verdicts of a run against those of an earlier one, whose outcomes were accepted.
module Qwem.Reports.Baseline

open Qwem.Reports.Numbers

/// How a gate, or a slip, differs from the baseline.
type Change =
    {
        /// The gate, or the slip.
        Id: string
        /// What happened, as the end of a sentence about it; plain text.
        What: string
        /// Whether it fails the run.
        Fails: bool
    }

/// A gap larger than this many times the baseline's is reported. The numbers have the same bits on every machine, so that
/// any other gap comes from a change of the code; twice is what asks for a look.
let growth = 2.0

let private numbers (verdict: Verdict) =
    $"{Terms.outcome verdict.Outcome} with gap {short verdict.Gap} against bound {short verdict.Bound}"

// Any change of outcome fails, also for the better: a contradiction that turns into a confirmation asks for a look. On another problem
// (a smaller one, another seed) a gate may be too weak to tell, which is no news; that it rejects what is confirmed in the baseline is.
let private changedOutcome sameProblem (before: Verdict) (now: Verdict) =
    if before.Outcome = now.Outcome then
        None
    else
        let fails =
            sameProblem
            || before.Outcome = Outcome.Confirmed && now.Outcome = Outcome.Contradicted

        let remedy =
            if sameProblem then
                "; this outcome is not accepted: mend the cause, or commit the new results"
            else
                ""

        Some(fails, $"was {numbers before} in the baseline and is {numbers now}{remedy}")

let private grown (before: Verdict) (now: Verdict) =
    if now.Gap <= growth * before.Gap then
        None
    elif before.Gap > 0.0 then
        Some(false, $"its gap grew from {short before.Gap} to {short now.Gap}, more than {short growth} times")
    else
        Some(false, $"its gap grew from {short before.Gap} to {short now.Gap}")

let private rejected (verdict: Verdict) =
    if SlipMatrix.judges verdict then
        SlipMatrix.having SlipResult.Rejected verdict |> List.map _.Slip
    else
        []

// A gate that is not confirmed any more is reported as that.
let private noLongerRejected (before: Verdict) (now: Verdict) =
    let still = Set.ofList (rejected now)

    match rejected before |> List.filter (fun slip -> not (still.Contains slip)) with
    | _ when not (SlipMatrix.judges now) -> None
    | [] -> None
    | lost when still.IsEmpty ->
        Some(true, $"rejected {lost.Length} of the slips in the baseline and rejects nothing now")
    | lost ->
        let names = String.concat ", " lost
        Some(false, $"no longer rejects {names}")

// Some other gate may still reject what one of them no longer does; when none does, nothing would notice the mistake.
let private uncaught baseline current =
    let now = current |> List.collect rejected |> Set.ofList

    baseline
    |> List.collect rejected
    |> List.countBy id
    |> List.choose (fun (slip, gates) ->
        if now.Contains slip then
            None
        else
            Some
                {
                    Id = slip
                    What = $"is a slip that {gates} of the baseline's gates reject and none rejects now"
                    Fails = true
                })

/// <summary>The differences, in the baseline's order, then slips that no gate rejects any more, then the gates that the baseline does not
/// have. Changed outcomes, gates that vanished or reject nothing any more, and slips that nothing rejects any more fail a run, as do new
/// gates whose outcome is not confirmed; gaps that grew and single slips no longer rejected do not.</summary>
/// <param name="sameProblem">Whether both runs had the same size and seed; otherwise gaps and slips are not compared, and of the outcomes
/// only a contradiction of what the baseline confirms fails.</param>
/// <param name="baseline">Verdicts of the earlier run.</param>
/// <param name="current">Verdicts of this run.</param>
let compare (sameProblem: bool) (baseline: Verdict list) (current: Verdict list) : Change list =
    let byId (verdicts: Verdict list) =
        verdicts |> List.map (fun verdict -> verdict.Id, verdict) |> Map.ofList

    let known, found = byId baseline, byId current
    let change id (fails, what) = { Id = id; What = what; Fails = fails }

    let ofKnown (before: Verdict) =
        match found.TryFind before.Id with
        | None -> [ change before.Id (true, "is in the baseline and did not run") ]
        | Some now ->
            [
                changedOutcome sameProblem
                if sameProblem then
                    grown
                    noLongerRejected
            ]
            |> List.choose (fun find -> find before now |> Option.map (change before.Id))

    let ofNew (now: Verdict) =
        if known.ContainsKey now.Id then
            None
        elif sameProblem && now.Outcome <> Outcome.Confirmed then
            Some(change now.Id (true, $"is not in the baseline and is {numbers now}; this outcome is not accepted"))
        else
            Some(change now.Id (false, "is not in the baseline"))

    List.collect ofKnown baseline
    @ (if sameProblem then uncaught baseline current else [])
    @ List.choose ofNew current
