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
            Terms.outcome verdict.Outcome
            name verdict
            rich verdict.Claim
            Terms.kind verdict.Kind
            short verdict.Gap
            short verdict.Bound
            rejected verdict
            rich (finest verdict)
        ])
    |> table
        [
            "Outcome"
            "Gate"
            "Claim"
            "Kind"
            "Gap"
            "Bound"
            "Slips rejected"
            "Finest resolution"
        ]
        [ "---"; "---"; "---"; "---"; "---:"; "---:"; "---:"; "---" ]

/// The table of verdicts alone.
let verdictTableOf (verdicts: Verdict list) : string =
    verdictRows (fun verdict -> escape verdict.Id) verdicts

let private code (text: string) = $"<code>{escape text}</code>"

/// A row for each slip: how many gates reject it, are blind to it, let it pass, and the finest resolution.
let slipTableOf (rows: SlipMatrix.Row list) : string =
    rows
    |> List.map (fun row ->
        let finest, gate =
            match row.Finest with
            | Some(verdict, size) -> short size, escape verdict.Id
            | None -> "–", "–"

        [
            code row.Slip.Id
            rich row.Slip.Mistake
            (if row.Rejecting.IsEmpty then "**none**" else whole row.Rejecting.Length)
            whole row.Blind.Length
            whole row.Letting.Length
            finest
            gate
        ])
    |> table
        [
            "Slip"
            "The mistake"
            "Rejected by"
            "Blind"
            "Survives"
            "Finest resolution"
            "Of the gate"
        ]
        [ "---"; "---"; "---:"; "---:"; "---:"; "---:"; "---" ]

/// Every contradiction as a list: claim, gate and size; empty without one.
let private contradictions (link: Section -> string) (sections: Section list) (outcome: Outcome) =
    having outcome sections
    |> List.map (fun (section, verdict) ->
        $"- [{rich section.Title}]({link section}), {code verdict.Id}: {rich verdict.Claim} {rich (finding verdict)}\n")
    |> System.String.Concat

/// The counts of outcomes and slips, every contradiction, and a row for each claim with its answer, for the region between markers of
/// another page. Links go to the report's pages in the folder, a path relative to that page.
let summaryTableOf (folder: string) (slips: ListedSlip list) (sections: Section list) : string =
    let gated = sections |> List.filter (fun section -> not section.Verdicts.IsEmpty)

    let verdicts = gated |> List.collect _.Verdicts

    let link (section: Section) =
        $"{folder}/{Check.anchor section.Id}.md"

    let survivors =
        if slips.IsEmpty then
            ""
        else
            let uncaught = SlipMatrix.rows slips verdicts |> List.filter _.Rejecting.IsEmpty

            let rest =
                match uncaught with
                | [] -> "Every slip is rejected by some gate"
                | some ->
                    let names = some |> List.map (fun row -> code row.Slip.Id) |> String.concat ", "
                    $"No gate rejects {names}"

            $" {rest}; [which survive where]({folder}/{SlipMatrix.pageName}.md)."

    let named =
        match contradictions link gated Outcome.Contradicted with
        | "" -> ""
        | list -> $"Contradicted by the data:\n\n{list}\n"

    let rows =
        gated
        |> List.map (fun section ->
            [
                $"[{rich section.Title}]({link section})"
                rich (raisedIn section.Answer)
                outcomes section.Verdicts
            ])

    $"{counts slips verdicts}{survivors}\n\n{named}"
    + table [ "Claim"; "Answer"; "Gates" ] [ "---"; "---"; "---" ] rows

let private details (report: Report) (verdicts: Verdict list) =
    let named (outcomes: SlipOutcome list) =
        outcomes |> List.map (fun outcome -> code outcome.Slip) |> String.concat ", "

    let optional (title: string) (text: string) =
        if text = "" then [] else [ $"  - {title}: {text}" ]

    [
        for verdict in verdicts do
            $"- **{escape verdict.Id}** ({Terms.outcome verdict.Outcome}; {Terms.kind verdict.Kind}): {rich verdict.Metric}."
            yield! optional "Effect" (rich (raisedIn verdict.Effect))
            $"  - Bound: {rich verdict.Derivation}"
            yield! optional "Rule set or changed after results were seen" (rich verdict.Changed)

            for model in verdict.Nulls do
                $"  - Null model, {rich model.Name}: scores {short model.Score}, p = {short model.P}"

            yield!
                SlipMatrix.resolutions verdict
                |> List.sortBy snd
                |> List.map (sized >> rich)
                |> String.concat ", "
                |> optional $"Resolution, the {Terms.resolution}"

            for outcome in SlipMatrix.having SlipResult.Survives verdict do
                $"  - Slip survives, gap {short outcome.Gap}: {rich (mistake report outcome.Slip)}"

            yield!
                SlipMatrix.having SlipResult.Rejected verdict
                |> named
                |> optional "Slips rejected"

            yield! SlipMatrix.having SlipResult.Blind verdict |> named |> optional "Blind to"
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

    $"![{alternative}](figures/{figure.Id}.png)\n\n**Figure {whole number}. {rich figure.Title}.** {rich figure.Caption}{answers} [Data](figures/{figure.Id}.csv).\n"

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
        yield! part "Answer" (raisedIn section.Answer)

        if section.Details <> "" then
            paragraph (raisedIn section.Details) + "\n"

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
            Terms.slip + "\n"
            details report section.Verdicts

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

    let exceptions title outcome =
        match contradictions pageOf report.Sections outcome with
        | "" -> []
        | list -> [ $"## {title}\n"; list ]

    [
        $"# {rich report.Title}\n"
        generated
        paragraph report.Summary + "\n"
        counts report.Slips (Check.verdicts report) + "\n"
        yield! exceptions "Contradicted" Outcome.Contradicted
        yield! exceptions "Not confirmed" Outcome.NotConfirmed
        "## Claims\n"

        report.Sections
        |> List.map (fun section ->
            let said = if section.Answer = "" then section.Question else section.Answer
            let said = if said = "" then "" else ": " + rich (raisedIn said)
            $"- [{rich section.Title}]({pageOf section}){said} ({outcomes section.Verdicts})\n")
        |> System.String.Concat

        if SlipMatrix.hasPage report then
            "## Slips\n"
            $"{Terms.slip} [{SlipMatrix.title}]({SlipMatrix.pageName}.md).\n"

        "## Verdicts\n"
        verdictRows (fun verdict -> $"[{escape verdict.Id}]({pages[verdict.Id]})") (Check.verdicts report)
        "The bounds are derived on the claims' pages. A resolution is the smallest relative error of a quantity that the gate rejects.\n"

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
