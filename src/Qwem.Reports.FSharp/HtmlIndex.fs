/// The HTML page that leads to all others: what is contradicted, the claims with their answers, the verdicts, the paper's figures, and what the report was made from.
module Qwem.Reports.HtmlIndex

open Qwem.Reports.Rich
open Qwem.Reports.Html

let private verdictTable (report: Report) =
    [
        for section in report.Sections do
            for verdict in section.Verdicts ->
                $"<td>{outcomeWord verdict.Outcome}</td><td class=\"id\">{gateLink section verdict}</td>"
                + $"<td class=\"claim\">{html verdict.Claim}</td><td>{Terms.kind verdict.Kind}</td>"
                + $"<td class=\"num\">{number verdict.Gap}</td><td class=\"num\">{number verdict.Bound}</td>"
                + $"<td class=\"num\">{Tables.rejected verdict}</td><td>{html (Tables.finest verdict)}</td>"
    ]
    |> table
        "Every gate: a gap at most its bound confirms"
        // The outcome first: on a narrow screen it is seen without scrolling.
        [
            "Outcome"
            "Gate"
            "Claim"
            "Kind"
            "#Gap"
            "#Bound"
            "#Slips rejected"
            "Finest resolution"
        ]

/// What is not confirmed, with how far off it is: a list, so that nothing of it is out of sight on a narrow screen.
let private exceptions (found: (Section * Verdict) list) =
    found
    |> List.map (fun (section, verdict) ->
        $"<li>\n<h3><a href=\"{pageOf section}.html\">{html section.Title}</a></h3>\n<p>{html verdict.Claim}</p>\n"
        + $"<p>{html (Tables.finding verdict)} (gap {number verdict.Gap}, bound {number verdict.Bound}; <code>{gateLink section verdict}</code>)</p>\n</li>\n")
    |> fun items -> $"<ul class=\"exceptions\">\n{System.String.Concat items}</ul>\n"

let private claim (section: Section) =
    let thumbnail =
        match section.Figures with
        | [] -> ""
        | figure :: _ -> $"<a class=\"thumbnail\" href=\"{pageOf section}.html\">{picture figure}</a>\n"

    let said =
        match section.Answer, section.Question with
        | "", "" -> ""
        | "", question -> $"<p>{html question}</p>\n"
        | answer, _ -> $"<p class=\"answer\">{html (Numbers.raisedIn answer)}</p>\n"

    $"<li>\n{thumbnail}<div>\n<h3><a href=\"{pageOf section}.html\">{html section.Title}</a></h3>\n{said}<p>{tally section.Verdicts}</p>\n</div>\n</li>\n"

let private paperTable (rows: PaperFigures.Row list) =
    rows
    |> List.map (fun row ->
        let ours =
            row.Ours
            |> List.map (fun (section, figure) ->
                let at = section.Figures |> List.findIndex (fun other -> other.Id = figure.Id)

                $"<a href=\"{pageOf section}.html#figure-{Numbers.whole (at + 1)}\">{html figure.Title}</a>")

        let reason = if row.Reason = "" then [] else [ html row.Reason ]

        let cell =
            match ours @ reason with
            | [] -> "none"
            | parts -> String.concat "<br/>" parts

        $"<th scope=\"row\">{html row.Paper}</th><td class=\"claim\">{cell}</td>")
    |> table "Which figure answers which of the paper" [ "Paper"; "Here, or why not" ]

let private manifestTable (report: Report) =
    Tables.manifest report.Manifest
    |> List.map (fun (group, name, value) ->
        $"<td>{escape group}</td><td>{escape name}</td><td><code>{escape value}</code></td>")
    |> table "What this report was made from" [ "Kind"; "Name"; "Value" ]

/// The whole page.
let render (report: Report) : string =
    let rows = PaperFigures.rows report

    let parts =
        [
            match Tables.having Outcome.Contradicted report.Sections with
            | [] -> ()
            | found -> "contradicted", "Contradicted", exceptions found
            match Tables.having Outcome.NotConfirmed report.Sections with
            | [] -> ()
            | found -> "not-confirmed", "Not confirmed", exceptions found
            "claims", "Claims", $"<ul class=\"claims\">\n{System.String.Concat(List.map claim report.Sections)}</ul>\n"
            if not rows.IsEmpty then
                "paper", "Figures of the paper", paperTable rows
            if not (BesideThePaper.rows report).IsEmpty then
                "values",
                "Values of the paper",
                $"<p><a href=\"{BesideThePaper.pageName}.html\">{BesideThePaper.title}</a>: {html BesideThePaper.question}</p>\n"
            if SlipMatrix.hasPage report then
                "slips",
                "Slips",
                $"<p>{escape Terms.slip} <a href=\"{SlipMatrix.pageName}.html\">{SlipMatrix.title}</a>.</p>\n"
            "verdicts", "Verdicts", verdictTable report
            "manifest", "Manifest", manifestTable report
        ]

    let contents =
        parts
        |> List.map (fun (id, title, _) -> $"<a href=\"#{id}\">{title}</a>\n")
        |> System.String.Concat

    let body =
        parts
        |> List.map (fun (id, title, content) -> $"<section>\n<h2 id=\"{id}\">{title}</h2>\n{content}</section>\n")
        |> System.String.Concat

    page
        report.Title
        ($"<h1>{html report.Title}</h1>\n<p>{html report.Summary}</p>\n<p class=\"count\">{escape (Tables.counts report.Slips (Check.verdicts report))}</p>\n"
         + $"<nav aria-label=\"Contents\">\n{contents}</nav>\n")
        body
        ""
