/// The report as Markdown for a forge, and the verdict table for other pages.
module Qwem.Reports.Markdown

open System.Text
open Qwem.Reports.Numbers
open Qwem.Reports.Tables

/// Plain text with everything escaped that Markdown or HTML would take for markup; one line.
let escape (text: string) =
    let result = StringBuilder()

    for character in Rich.clean text do
        match character with
        | '\n'
        | '\t' -> result.Append ' ' |> ignore
        | '<' -> result.Append "&lt;" |> ignore
        | '>' -> result.Append "&gt;" |> ignore
        | '&' -> result.Append "&amp;" |> ignore
        | '\\'
        | '`'
        | '*'
        | '_'
        | '['
        | ']'
        | '|'
        | '~'
        | '$'
        | '#' -> result.Append('\\').Append(character) |> ignore
        | _ -> result.Append character |> ignore

    result.ToString()

/// Marked-up text as Markdown.
let rich (text: string) =
    Rich.parse text
    |> List.map (function
        | Rich.Plain text -> escape text
        | Rich.Sub text -> $"<sub>{escape text}</sub>"
        | Rich.Sup text -> $"<sup>{escape text}</sup>"
        // An element rather than backticks: a bar inside backticks would still end a table's cell.
        | Rich.Code text -> $"<code>{escape text}</code>")
    |> String.concat ""

// A paragraph must not start as a list, heading or numbered item would.
let private paragraph (text: string) =
    let line = (rich text).Trim()

    let digits = line |> Seq.takeWhile System.Char.IsAsciiDigit |> Seq.length

    if line.StartsWith '-' || line.StartsWith '+' || line.StartsWith '=' then
        "\\" + line
    elif digits > 0 && digits < line.Length && (line[digits] = '.' || line[digits] = ')') then
        line.Insert(digits, "\\")
    else
        line

/// A table of cells that are Markdown already; the rules set each column's alignment.
let internal table (header: string list) (rules: string list) (rows: string list list) =
    let line cells =
        "| " + String.concat " | " cells + " |\n"

    line header + line rules + System.String.Concat(List.map line rows)

let private verdictRows (name: Verdict -> string) (verdicts: Verdict list) : string =
    verdicts
    |> List.map (fun verdict ->
        [
            name verdict
            rich verdict.Claim
            short verdict.Gap
            short verdict.Bound
            utilisation verdict
            killed verdict
            word verdict.Passed
        ])
    |> table
        [ "Id"; "Claim"; "Gap"; "Bound"; "Gap/bound"; "Mutations rejected"; "Verdict" ]
        [ "---"; "---"; "---:"; "---:"; "---:"; "---:"; "---" ]

/// The table of verdicts alone.
let verdictTableOf (verdicts: Verdict list) : string =
    verdictRows (fun verdict -> escape verdict.Id) verdicts

/// The count of all verdicts and a row for each section, for the region between markers of another page. Links go to the sections'
/// pages in the folder, a path relative to that page.
let summaryTableOf (folder: string) (sections: Section list) : string =
    let gated = sections |> List.filter (fun section -> not section.Verdicts.IsEmpty)

    let rows =
        gated
        |> List.map (fun section ->
            let verdicts = section.Verdicts
            let passed = verdicts |> List.filter _.Passed |> List.length
            let mutations = verdicts |> List.collect _.Mutations
            let killed = mutations |> List.filter _.Killed |> List.length
            let tightest = verdicts |> List.maxBy _.Utilisation

            [
                $"[{rich section.Title}]({folder}/{section.Id}.md)"
                $"{whole passed} of {whole verdicts.Length}"
                utilisation tightest
                $"{whole killed} of {whole mutations.Length}"
                word (passed = verdicts.Length)
            ])

    count (gated |> List.collect _.Verdicts)
    + "\n\n"
    + table
        [ "Claim"; "Gates"; "Largest gap/bound"; "Wrong theories rejected"; "Verdict" ]
        [ "---"; "---:"; "---:"; "---:"; "---" ]
        rows

let private derivations (verdicts: Verdict list) =
    [
        for verdict in verdicts do
            $"- **{escape verdict.Id}** ({word verdict.Passed}): {rich verdict.Metric}. Bound: {rich verdict.Derivation}"

            for mutation in verdict.Mutations do
                let outcome = if mutation.Killed then "rejected" else "NOT rejected"
                $"  - mutation {outcome}, gap {short mutation.Gap}: {rich mutation.Mutation}"
    ]
    |> List.map (fun line -> line + "\n")
    |> System.String.Concat

let private quantities (quantities: Quantity list) =
    quantities
    |> List.map (fun quantity ->
        [
            rich quantity.Name
            Numbers.quantity quantity.Value
            rich quantity.Unit
            rich quantity.Meaning
        ])
    |> table [ "Quantity"; "Value"; "Unit"; "Meaning" ] [ "---"; "---:"; "---"; "---" ]

let private sectionTable (shown: Table) =
    let isNumber (heading: string) = heading.StartsWith '#'

    shown.Rows
    |> List.map (List.map rich)
    |> table
        (shown.Headings |> List.map (fun heading -> rich (heading.TrimStart '#')))
        (shown.Headings
         |> List.map (fun heading -> if isNumber heading then "---:" else "---"))

let private figure (number: int) (figure: Figure) =
    let alternative = escape (Rich.spoken figure.AlternativeText)

    let answers =
        match figure.PaperFigures with
        | [] -> ""
        | names ->
            let list = String.concat ", " names
            $" Answers the paper’s {escape list}."

    $"![{alternative}](figures/{figure.Id}.svg)\n\n**Figure {whole number}. {rich figure.Title}.** {rich figure.Caption}{answers} [Data](figures/{figure.Id}.csv).\n"

let internal generated =
    "<!-- Written by the reports project; edit the experiments, not this page. -->\n"

let private pageOf (section: Section) = Check.anchor section.Id + ".md"

/// The page of a section.
let page (report: Report) (section: Section) : string =
    let part (title: string) (text: string) =
        if text = "" then [] else [ $"## {title}\n"; paragraph text + "\n" ]

    [
        $"# {rich section.Title}\n"
        generated
        "[All claims](README.md)\n"
        yield! part "Question" section.Question
        yield! part "Prediction" section.Prediction
        "## Measurement\n"

        for text in section.Paragraphs do
            paragraph text + "\n"

        for i, drawn in List.indexed section.Figures do
            figure (i + 1) drawn

        if not section.Quantities.IsEmpty then
            quantities section.Quantities

        for shown in section.Tables do
            $"{paragraph shown.Caption}\n"
            sectionTable shown

        if not section.Verdicts.IsEmpty then
            "## Verdicts\n"
            verdictTableOf section.Verdicts
            "Where the bounds come from:\n"
            derivations section.Verdicts

        match commands report section with
        | [] -> ()
        | commands ->
            "## Make it again\n"

            for command in commands do
                $"<code>{escape command}</code>\n"
    ]
    |> String.concat "\n"

let private paperTable (rows: PaperFigures.Row list) =
    rows
    |> List.map (fun row ->
        let ours =
            row.Ours
            |> List.map (fun (section, figure) -> $"[{rich figure.Title}]({pageOf section})")

        let reason = if row.Reason = "" then [] else [ rich row.Reason ]

        match ours @ reason with
        | [] -> [ escape row.Paper; "none" ]
        | parts -> [ escape row.Paper; String.concat "; " parts ])
    |> table [ "Paper"; "Here, or why not" ] [ "---"; "---" ]

/// The page that leads to all others.
let index (report: Report) : string =
    let pages =
        Map.ofList
            [
                for section in report.Sections do
                    for verdict in section.Verdicts -> verdict.Id, pageOf section
            ]

    let rows = PaperFigures.rows report

    [
        $"# {rich report.Title}\n"
        generated
        paragraph report.Summary + "\n"
        "## Verdicts\n"
        count (Check.verdicts report) + "\n"
        verdictRows (fun verdict -> $"[{escape verdict.Id}]({pages[verdict.Id]})") (Check.verdicts report)
        "A gap is compared with a bound derived before the run; the derivations stand on the claims' pages.\n"
        "## Claims\n"

        report.Sections
        |> List.map (fun section ->
            let question = if section.Question = "" then "" else ": " + rich section.Question

            $"- [{rich section.Title}]({pageOf section}){question}\n")
        |> System.String.Concat

        if not rows.IsEmpty then
            "## Figures of the paper\n"
            paperTable rows

        if not (BesideThePaper.rows report).IsEmpty then
            "## Values of the paper\n"
            $"[{BesideThePaper.title}]({BesideThePaper.pageName}.md): {rich BesideThePaper.question}\n"

        "## Manifest\n"
        manifest report.Manifest
        |> List.map (fun (group, name, value) -> [ escape group; escape name; $"<code>{escape value}</code>" ])
        |> table [ "Kind"; "Name"; "Value" ] [ "---"; "---"; "---" ]
    ]
    |> String.concat "\n"
