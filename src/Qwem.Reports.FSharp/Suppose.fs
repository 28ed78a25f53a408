/// What the gates would say of a hypothesis about the theory: 'qwem gate --suppose'.
module Qwem.Reports.Suppose

open System
open System.Globalization

/// A slip of some size.
type Supposition = { Slip: ListedSlip; Size: float }

/// What one gate says.
[<RequireQualifiedAccess>]
type Answer =
    /// The gate would fail.
    | Rejects
    /// Its prediction does not depend on it.
    | Blind
    /// Its gap would change, and it would pass.
    | Passes
    /// The gate was shown the slip at another size only, from which nothing follows for this one.
    | Unknown

// How many letters to change, insert or leave out.
let private distance (a: string) (b: string) =
    let next (row: int array) (letter: char) =
        let result = Array.zeroCreate row.Length
        result[0] <- row[0] + 1

        for j in 1 .. b.Length do
            let change = if b[j - 1] = letter then 0 else 1
            result[j] <- min (row[j - 1] + change) (1 + min row[j] result[j - 1])

        result

    (Seq.fold next [| 0 .. b.Length |] a)[b.Length]

let private nearest (slips: ListedSlip list) (name: string) =
    let share (slip: ListedSlip) =
        // A name that holds what was typed is as near as one that is a letter off.
        if slip.Id.Contains(name, StringComparison.OrdinalIgnoreCase) then
            1
        else
            distance (name.ToLowerInvariant()) (slip.Id.ToLowerInvariant())

    slips
    |> List.sortBy share
    |> List.truncate 3
    |> List.map (fun slip -> $"'{slip.Id}'")

let private orOf (words: string list) =
    match List.rev words with
    | last :: (_ :: _ as before) -> String.concat ", " (List.rev before) + " or " + last
    | words -> String.concat "" words

let private number (text: string) =
    match Double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture) with
    | true, value when Double.IsFinite value -> Ok value
    | true, _ -> Error $"'{text}' is not a finite number; give a factor such as 1.001, or a size such as 0.001."
    | false, _ -> Error $"'{text}' is no number; give a factor such as 1.001, or a size such as 0.001."

let private sized (slip: ListedSlip) size =
    if size = 0.0 then
        Error
            $"Size 0 of the slip '{slip.Id}' is the theory as it stands, which every confirmed gate accepts; give another."
    elif slip.Continuous = "" && size <> 1.0 then
        Error $"The slip '{slip.Id}' is made or not made and has no size; give its name alone."
    else
        Ok { Slip = slip; Size = size }

/// <summary>Reads 'SLIP', 'SLIP * FACTOR' (of size FACTOR - 1) or 'SLIP SIZE'.</summary>
/// <param name="slips">The slips there are.</param>
/// <param name="text">What was typed.</param>
/// <returns>The supposition, or a sentence that says what is wrong and what there is.</returns>
let parse (slips: ListedSlip list) (text: string) : Result<Supposition, string> =
    let find name continuation =
        match slips |> List.tryFind (fun slip -> slip.Id = name) with
        | Some slip -> continuation slip
        | None when slips.IsEmpty -> Error "The results list no slips; name results of this version with --results."
        | None ->
            Error
                $"There is no slip '{name}'; did you mean {orOf (nearest slips name)}? 'qwem gate --suppose list' shows all."

    let words =
        text.Replace("*", " * ").Split(' ', StringSplitOptions.RemoveEmptyEntries ||| StringSplitOptions.TrimEntries)

    match List.ofArray words with
    | [ name ] when name <> "*" -> find name (fun slip -> sized slip 1.0)
    | [ name; "*"; factor ] ->
        find name (fun slip ->
            number factor
            |> Result.bind (fun value ->
                // In decimal digits where there are few enough: 1.001 - 1 is to read 0.001.
                match Decimal.TryParse(factor, NumberStyles.Float, CultureInfo.InvariantCulture) with
                | true, digits -> sized slip (float (digits - 1m))
                | false, _ -> sized slip (value - 1.0)))
    | [ name; size ] when name <> "*" && size <> "*" -> find name (fun slip -> number size |> Result.bind (sized slip))
    | _ -> Error $"'{text}' is no supposition; write SLIP, SLIP * FACTOR or SLIP SIZE, for instance 'kappa * 1.001'."

/// <summary>What a gate says of a supposition, by what it made of the slip in a run.</summary>
/// <remarks>A size at or above the gate's resolution, in either direction, is rejected, below it passes. A slip without a resolution was
/// shown at size 1 only.</remarks>
let answer (supposition: Supposition) (outcome: SlipOutcome) : Answer =
    let size = abs supposition.Size

    match outcome.Result, outcome.Resolution with
    | SlipResult.Blind, _ -> Answer.Blind
    | _, Some resolution -> if size >= resolution then Answer.Rejects else Answer.Passes
    | SlipResult.Rejected, None when supposition.Size = 1.0 -> Answer.Rejects
    | SlipResult.Survives, None when supposition.Size = 1.0 || size < 1.0 -> Answer.Passes
    | _, None -> Answer.Unknown

/// What every confirmed gate says, in the report's order, each with what it made of the slip in the run.
let answers (supposition: Supposition) (verdicts: Verdict list) : (Verdict * SlipOutcome * Answer) list =
    [
        for verdict in List.filter SlipMatrix.judges verdicts do
            match SlipMatrix.outcomeOf supposition.Slip.Id verdict with
            | Some outcome -> verdict, outcome, answer supposition outcome
            | None -> ()
    ]
