/// Shows gates every slip, and finds the smallest size of a slip that a gate rejects.
module Qwem.Validation.Matrix

open System
open System.Collections.Generic
open Qwem.Reports

/// Sizes at which resolutions are looked for: so many to a decade, from 1 down.
let private perDecade = 16

let private smallest = 16 * perDecade

// Two gaps that differ by less, in units of the bound, are the same to rounding: a gap is often a rounding itself.
let private sameness = 1e-6

// A slip may leave a prediction without a meaning, such as a negative temperature: that is a rejection and no crash.
let private tried (gap: Theory -> float) theory =
    try
        gap theory
    with
    | :? OperationCanceledException -> reraise ()
    | :? ArgumentException
    | :? ArithmeticException
    | :? InvalidOperationException -> nan

let private traced (gap: Theory -> float) theory =
    let reading = Reading Parts.names.Length
    let value = gap (Parts.watch reading theory)
    reading.IsOver <- true
    value, reading.All

/// The theories of a slip by size, one instance for each, so that predictions are shared among gates.
type private Slipped(theory: Theory, slip: Slip) =
    let made = Dictionary<struct (int * int), Theory>()

    /// The slip at a place of the grid and a direction.
    member _.At(place: int, direction: int) =
        let key = struct (place, direction)

        match made.TryGetValue key with
        | true, known -> known
        | _ ->
            let size = float direction * 10.0 ** (-float place / float perDecade)
            let slipped = slip.In size theory
            made[key] <- slipped
            slipped

/// One gate on the derived theory, before any slip is applied.
[<NoEquality; NoComparison>]
type private Judged =
    {
        Gate: Gate
        Gap: float
        Reads: bool array
        Outcome: Outcome
    }

    /// What a gap has to exceed for a slip to be rejected: the bound, or, where the theory as derived is beyond it, its own gap.
    member it.Limit =
        if it.Gap <= it.Gate.Tolerance.Bound then
            it.Gate.Tolerance.Bound
        else
            1.01 * it.Gap

let private judge theory (gate: Gate) =
    let gap, reads = traced gate.Gap theory

    // What only the glimpse reads is computed for the derived theory first, too.
    if not (obj.ReferenceEquals(gate.Glimpse, gate.Gap)) then
        tried gate.Glimpse theory |> ignore

    {
        Gate = gate
        Gap = gap
        Reads = reads
        Outcome = if gap <= gate.Tolerance.Bound then Outcome.Confirmed else gate.Failing
    }

// The last place of the grid, from 0 on, at which a slip is rejected in one direction; place 0 is known to be. Gaps of small sizes are
// the gap without a slip plus something in proportion to the size, which is where to look next; halving is for those that are not.
let private lastRejected (own: float) (limit: float) (gapAt: int -> float) (first: float) =
    let known = Dictionary<int, float>()
    known[0] <- first

    let gap place =
        match known.TryGetValue place with
        | true, value -> value
        | _ ->
            let value = gapAt place
            known[place] <- value
            value

    let rejects place = not (gap place <= limit)

    // Where a gap of this response at this place would be the limit.
    let proportional place =
        let ratio = (gap place - own) / (limit - own)

        if Double.IsFinite ratio && ratio > 1e-9 then
            Some(place + int (Math.Floor(float perDecade * Math.Log10 ratio)))
        else
            None

    // A place at which most responses are in proportion, the same for all gates, so that they share what they ask for.
    let common = 6 * perDecade

    let propose low high =
        if low = 0 && high > common && not (first <= 100.0 * limit) then
            common
        else
            (if high <= smallest then proportional high else None)
            |> Option.orElse (proportional low)
            |> Option.defaultValue ((low + high) / 2)

    let rec narrow low high left =
        // low is rejected, high is not.
        if high - low <= 1 then
            low
        else
            let proposed = if left > 0 then propose low high else (low + high) / 2
            let place = Math.Clamp(proposed, low + 1, high - 1)

            if not (rejects place) then narrow low place (left - 1)
            // One step further down settles most cases.
            elif place <> common && place + 1 < high && not (rejects (place + 1)) then place
            else narrow place high (left - 1)

    narrow 0 (smallest + 1) 5

let private meet resolved (slipped: Slipped) theory (slip: Slip) (right: Judged) : SlipOutcome =
    let changed = slipped.At(0, 1)
    let parts, others = Parts.all theory, Parts.all changed

    let isBlind =
        Seq.forall2
            (fun (a: obj) (b, isRead) -> not isRead || obj.ReferenceEquals(a, b))
            parts
            (Seq.zip others right.Reads)

    let outcome gap result resolution : SlipOutcome =
        {
            Slip = slip.Id
            Gap = gap
            Result = result
            Resolution = resolution
        }

    if isBlind then
        outcome right.Gap SlipResult.Blind None
    else
        let glimpsed = tried right.Gate.Glimpse changed
        let limit = right.Limit
        // Only a gap that the glimpse does not settle is computed in full.
        let gap = if glimpsed <= limit then tried right.Gate.Gap changed else glimpsed

        if
            abs (gap - right.Gap)
            <= sameness * max (abs right.Gap) right.Gate.Tolerance.Bound
        then
            outcome gap SlipResult.Blind None
        elif gap <= limit then
            outcome gap SlipResult.Survives None
        elif not resolved || slip.Continuous = "" || right.Outcome <> Outcome.Confirmed then
            outcome gap SlipResult.Rejected None
        else
            let gapAt direction place =
                tried right.Gate.Glimpse (slipped.At(place, direction))

            let found direction first =
                lastRejected right.Gap limit (gapAt direction) first

            // Rejected in either direction: the larger of the two sizes. The other direction is mostly as well rejected there.
            let upwards = found 1 glimpsed

            let place =
                if not (gapAt -1 upwards <= limit) then
                    upwards
                else
                    min upwards (found -1 (gapAt -1 0))

            outcome gap SlipResult.Rejected (Some(10.0 ** (-float place / float perDecade)))

// Evaluations are single-threaded for the most part. Every further one beside them would keep its own predictions in memory.
let private sideBySide = 2

/// The verdicts of a claim's gates on a theory, with every slip, on so many threads; resolved says whether the resolutions are to be found,
/// which takes most of the time.
let verdicts
    resolved
    threads
    (told: float -> unit)
    (theory: Theory)
    (slips: Slip list)
    (gates: Gate list)
    : Verdict list =
    let right = gates |> List.map (judge theory)
    let finished = [| 0 |]

    let oneMore () =
        lock finished (fun () ->
            finished[0] <- finished[0] + 1
            told (float finished[0] / float slips.Length))

    // Gate by gate under one slip, so that gates that ask for the same prediction find it.
    let met =
        Array.ofList slips
        |> SideBySide.map (min threads sideBySide) (fun slip ->
            let slipped = Slipped(theory, slip)
            let outcomes = right |> List.map (meet resolved slipped theory slip)
            oneMore ()
            outcomes)

    right
    |> List.mapi (fun index one ->
        {
            Id = one.Gate.Id
            Claim = one.Gate.Claim
            Kind = one.Gate.Kind
            Metric = one.Gate.Metric
            Gap = one.Gap
            Bound = one.Gate.Tolerance.Bound
            Derivation = one.Gate.Tolerance.Because
            Changed = one.Gate.Changed
            Outcome = one.Outcome
            Effect = one.Gate.Effect
            Nulls = one.Gate.Nulls theory
            Slips = met |> Seq.map (List.item index) |> List.ofSeq
        })
