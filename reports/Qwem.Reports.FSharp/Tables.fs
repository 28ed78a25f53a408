/// What the HTML and the Markdown page say alike.
module Qwem.Reports.Tables

open Qwem.Reports.Numbers

/// PASS or FAIL.
let word (passed: bool) = if passed then "PASS" else "FAIL"

/// "37 of 38 verdicts pass; 120 of 120 deliberate mistakes were rejected."
let count (verdicts: Verdict list) =
    let passed = verdicts |> List.filter (fun verdict -> verdict.Passed) |> List.length
    let mutations = verdicts |> List.collect (fun verdict -> verdict.Mutations)

    let killed =
        mutations |> List.filter (fun mutation -> mutation.Killed) |> List.length

    let share some all one many =
        $"{whole some} of {whole all} {if all = 1 then one else many}"

    share passed verdicts.Length "verdict passes" "verdicts pass"
    + (if mutations.IsEmpty then
           "."
       else
           "; "
           + share killed mutations.Length "deliberate mistake was rejected." "deliberate mistakes were rejected.")

/// Mutations killed of mutations tried, or a dash.
let killed (verdict: Verdict) =
    match verdict.Mutations with
    | [] -> "–"
    | mutations ->
        let killed =
            mutations |> List.filter (fun mutation -> mutation.Killed) |> List.length

        $"{whole killed}/{whole mutations.Length}"

/// Utilisation, with a remark where the bound is more than a thousand times the gap.
let utilisation (verdict: Verdict) =
    let text = Numbers.utilisation verdict.Gap verdict.Bound

    if verdict.Gap > 0.0 && verdict.Utilisation < 1e-3 then
        text + " (loose)"
    else
        text

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
