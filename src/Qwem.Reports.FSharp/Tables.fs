/// What the HTML and the Markdown page say alike.
module Qwem.Reports.Tables

open Qwem.Reports.Numbers

/// A number with its noun: "1 gate", "2 gates".
let counted (n: int) (one: string) =
    if n = 1 then $"1 {one}" else $"{whole n} {one}s"

/// "88 confirmed, 1 not confirmed, 2 contradicted"; outcomes that no gate has are left out.
let outcomes (verdicts: Verdict list) =
    match verdicts with
    | [] -> "no gate"
    | verdicts ->
        Terms.outcomes
        |> List.choose (fun (outcome, word) ->
            match verdicts |> List.filter (fun verdict -> verdict.Outcome = outcome) with
            | [] -> None
            | some -> Some $"{whole some.Length} {word}")
        |> String.concat ", "

/// "91 gates: 88 confirmed, 3 contradicted."
let count (verdicts: Verdict list) =
    if verdicts.IsEmpty then
        "No gate."
    else
        $"""{counted verdicts.Length "gate"}: {outcomes verdicts}."""

/// "40 slips × 88 confirmed gates: 900 rejected, 2500 blind, 120 survive."; empty without slips.
let matrix (slips: ListedSlip list) (verdicts: Verdict list) =
    let judging = List.filter SlipMatrix.judges verdicts

    if slips.IsEmpty || judging.IsEmpty then
        ""
    else
        let rejected, blind, survive = SlipMatrix.rows slips verdicts |> SlipMatrix.tally

        $"""{counted slips.Length "slip"} × {counted judging.Length "confirmed gate"}: {whole rejected} rejected, {whole blind} blind, {whole survive} survive."""

/// Both counts.
let counts (slips: ListedSlip list) (verdicts: Verdict list) =
    $"{count verdicts} {matrix slips verdicts}".TrimEnd()

/// The section of a verdict with it, for all verdicts of an outcome.
let having (outcome: Outcome) (sections: Section list) : (Section * Verdict) list =
    [
        for section in sections do
            for verdict in section.Verdicts do
                if verdict.Outcome = outcome then
                    section, verdict
    ]

/// How far a claim is off, in the markup of Rich: the effect, or else the gap in bounds.
let size (verdict: Verdict) =
    if verdict.Effect <> "" then
        raisedIn verdict.Effect
    elif verdict.Kind = GateKind.Qualitative then
        $"p = {raised (short verdict.Gap)}"
    else
        $"{raised (short verdict.Utilisation)} times the bound"

/// The same in words: how far off a contradicted claim is, or what was found where nothing can be told.
let finding (verdict: Verdict) : string =
    (if verdict.Outcome = Outcome.Contradicted then "Off by: " else "Found: ")
    + size verdict

/// Slips rejected of slips shown; a dash where none was shown or the gate is not confirmed.
let rejected (verdict: Verdict) =
    match verdict.Slips with
    | slips when slips.IsEmpty || not (SlipMatrix.judges verdict) -> "–"
    | slips -> $"{whole (SlipMatrix.having SlipResult.Rejected verdict).Length}/{whole slips.Length}"

/// A slip and the smallest size that a gate rejects, in the markup of Rich.
let sized (slip: string, size: float) = $"`{slip}` {raised (short size)}"

/// The continuous slip that a gate resolves best, then the clock's where that is another; a dash where it resolves none.
let finest (verdict: Verdict) =
    match SlipMatrix.finest verdict with
    | None -> "–"
    | Some best ->
        SlipMatrix.resolutions verdict
        |> List.filter (fun (slip, _) -> slip = "kappa" && slip <> fst best)
        |> fun clock -> best :: clock |> List.map sized |> String.concat ", "

/// The mistake of a slip by its id, in the markup of Rich.
let mistake (report: Report) (slip: string) =
    report.Slips
    |> List.tryFind (fun listed -> listed.Id = slip)
    |> Option.map _.Mistake
    |> Option.defaultValue slip

/// The commands that make a section again: the report's, or else its figures'.
let commands (report: Report) (section: Section) : string list =
    match Map.tryFind section.Id (Map.ofList report.Commands) with
    | Some command -> [ command ]
    | None ->
        section.Figures
        |> List.map (fun figure -> figure.Command)
        |> List.filter (fun command -> command <> "")
        |> List.distinct

/// The manifest as rows of group, name and value.
let manifest (manifest: Manifest) : (string * string * string) list =
    [
        "version", "qwem", manifest.Version
        "command", "", manifest.Command
        for name, seed in manifest.Seeds do
            "seed", name, seed.ToString System.Globalization.CultureInfo.InvariantCulture
        for name, value in manifest.Inputs do
            "input", name, value
        for name, value in manifest.Settings do
            "setting", name, value
    ]
