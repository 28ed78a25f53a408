/// The report as one HTML page: styles and figures inside, no script, nothing fetched.
module Qwem.Reports.Html

open System.Text
open Qwem.Reports.Numbers
open Qwem.Reports.Rich
open Qwem.Reports.Tables

let private number (value: float) = html (raised (short value))

let private wordOf (passed: bool) =
    if passed then
        "<span class=\"pass\">PASS</span>"
    else
        "<span class=\"fail\">FAIL</span>"

let private utilisationOf (verdict: Verdict) =
    if verdict.Gap = 0.0 && verdict.Bound = 0.0 then
        "exact"
    else
        number verdict.Utilisation
        + (if verdict.Gap > 0.0 && verdict.Utilisation < 1e-3 then " (loose)" else "")

// Long identifiers may break after a slash.
let private breakable (id: string) = (escape id).Replace("/", "/<wbr>")

/// A table in a container that scrolls; a heading that starts with # stands over numbers, right-aligned.
let private table (caption: string) (headings: string list) (rows: string list) =
    let heading (text: string) =
        if text.StartsWith '#' then
            $"<th scope=\"col\" class=\"num\">{text.Substring 1}</th>"
        else
            $"<th scope=\"col\">{text}</th>"

    // Focusable, so that a keyboard can scroll it.
    $"<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"{escape (spoken caption)}\"><table>\n<caption>{html caption}</caption>\n"
    + $"<thead><tr>{System.String.Concat(List.map heading headings)}</tr></thead>\n<tbody>\n"
    + System.String.Concat(List.map (fun row -> $"<tr>{row}</tr>\n") rows)
    + "</tbody></table></div>\n"

let private verdictTable (verdicts: Verdict list) =
    verdicts
    |> List.map (fun verdict ->
        $"<td>{wordOf verdict.Passed}</td><td class=\"id\"><a href=\"#v-{Check.anchor verdict.Id}\">{breakable verdict.Id}</a></td>"
        + $"<td class=\"claim\">{html verdict.Claim}</td>"
        + $"<td class=\"num\">{number verdict.Gap}</td><td class=\"num\">{number verdict.Bound}</td>"
        + $"<td class=\"num\">{utilisationOf verdict}</td><td class=\"num\">{killed verdict}</td>")
    |> table
        "Verdicts: a gap at most its bound passes"
        // The verdict first: on a narrow screen it is seen without scrolling.
        [
            "Verdict"
            "Id"
            "Claim"
            "#Gap"
            "#Bound"
            "#Gap/bound"
            "#Mutations rejected"
        ]

let private verdictDetails (verdict: Verdict) =
    let mutation (outcome: MutationOutcome) =
        let word =
            if outcome.Killed then
                "rejected"
            else
                "<span class=\"fail\">NOT rejected</span>"

        $"<li>{html outcome.Mutation}: {word}, gap {number outcome.Gap}</li>"

    let mutations =
        if verdict.Mutations.IsEmpty then
            ""
        else
            "<dt>Deliberate mistakes tried</dt><dd><ul>"
            + System.String.Concat(List.map mutation verdict.Mutations)
            + "</ul></dd>"

    // What failed is open from the start.
    let state = if verdict.Passed then "" else " open"

    $"<details id=\"v-{Check.anchor verdict.Id}\"{state}><summary>{wordOf verdict.Passed} <code>{breakable verdict.Id}</code></summary><dl>"
    + $"<dt>Claim</dt><dd>{html verdict.Claim}</dd><dt>Metric</dt><dd>{html verdict.Metric}</dd>"
    + $"<dt>Gap and bound</dt><dd>{number verdict.Gap} against {number verdict.Bound}</dd>"
    + $"<dt>Where the bound comes from</dt><dd>{html verdict.Derivation}</dd>{mutations}</dl></details>\n"

let private quantityTable (quantities: Quantity list) =
    quantities
    |> List.map (fun quantity ->
        $"<td>{html quantity.Name}</td><td class=\"num\">{html (raised (Numbers.quantity quantity.Value))}</td>"
        + $"<td>{html quantity.Unit}</td><td class=\"claim\">{html quantity.Meaning}</td>")
    |> table "Quantities" [ "Name"; "#Value"; "Unit"; "Meaning" ]

let private sectionTable (shown: Table) =
    let cell (heading: string) (text: string) =
        if heading.StartsWith '#' then
            $"<td class=\"num\">{html text}</td>"
        else
            $"<td>{html text}</td>"

    shown.Rows
    |> List.map (fun row -> System.String.Concat(List.map2 cell shown.Headings row))
    |> table shown.Caption (shown.Headings |> List.map html)

let private figure (numbers: Map<string, int>) (figure: Figure) =
    let n = whole numbers[figure.Id]
    let width = if figure.Panels.Length > 1 then " class=\"wide\"" else ""

    let command =
        if figure.Command = "" then
            ""
        else
            $" Drawn by <code>{escape figure.Command}</code>."

    $"<figure id=\"figure-{n}\"{width}>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Figure {n}\">\n{Svg.render figure}</div>\n"
    + $"<figcaption><strong>Figure {n}. {html figure.Title}.</strong> {html figure.Caption}{command}</figcaption>\n</figure>\n"

let private section (numbers: Map<string, int>) (section: Section) =
    let out = StringBuilder()
    let add (text: string) = out.Append text |> ignore
    add $"<section>\n<h2 id=\"s-{Check.anchor section.Id}\">{html section.Title}</h2>\n"

    for text in section.Paragraphs do
        add $"<p>{html text}</p>\n"

    for drawn in section.Figures do
        add (figure numbers drawn)

    if not section.Quantities.IsEmpty then
        add (quantityTable section.Quantities)

    for shown in section.Tables do
        add (sectionTable shown)

    if not section.Verdicts.IsEmpty then
        add "<h3>Verdicts and where their bounds come from</h3>\n"

    for verdict in section.Verdicts do
        add (verdictDetails verdict)

    add "</section>\n"
    out.ToString()

let private manifestTable (report: Report) =
    manifest report.Manifest
    |> List.map (fun (group, name, value) ->
        $"<td>{escape group}</td><td>{escape name}</td><td><code>{escape value}</code></td>")
    |> table "What this report was made from" [ "Kind"; "Name"; "Value" ]

/// The whole page.
let render (report: Report) : string =
    let numbers =
        Check.figures report
        |> List.mapi (fun i figure -> figure.Id, i + 1)
        |> Map.ofList

    let verdicts = Check.verdicts report
    let out = StringBuilder()
    let add (line: string) = out.Append(line).Append('\n') |> ignore
    add "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">"
    add "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
    add "<meta name=\"color-scheme\" content=\"light dark\">"
    add $"<title>{escape (spoken report.Title)}</title>\n<style>\n{Style.sheet}</style>\n</head>\n<body>"
    add $"<header>\n<h1>{html report.Title}</h1>\n<p>{html report.Summary}</p>"
    add $"<p class=\"count\">{escape (count verdicts)}</p>\n</header>"
    add "<nav aria-label=\"Contents\">\n<h2>Contents</h2>\n<ol>\n<li><a href=\"#verdicts\">Verdicts</a></li>"

    for section in report.Sections do
        add $"<li><a href=\"#s-{Check.anchor section.Id}\">{html section.Title}</a></li>"

    add "<li><a href=\"#manifest\">Manifest</a></li>\n</ol>\n</nav>\n<main>"
    add "<section>\n<h2 id=\"verdicts\">Verdicts</h2>"
    out.Append(verdictTable verdicts) |> ignore
    add "</section>"

    for part in report.Sections do
        out.Append(section numbers part) |> ignore

    add "</main>\n<footer>\n<h2 id=\"manifest\">Manifest</h2>"
    out.Append(manifestTable report) |> ignore
    add "</footer>\n</body>\n</html>"
    out.ToString()
