/// The HTML page of one section: answer, question, prediction, measurement, figures, verdicts, and the command that makes it again.
module Qwem.Reports.HtmlPage

open Qwem.Reports.Numbers
open Qwem.Reports.Rich
open Qwem.Reports.Html

/// How much of its bound a gap takes up, as a bar with a mark at the bound.
let private bar (verdict: Verdict) =
    let share = if verdict.Gap = 0.0 then 0.0 else verdict.Utilisation

    // A gap that is no number fills the bar.
    let width = if share >= 0.0 then decimals 1 (100.0 * min 1.0 share) else "100"

    let kind = if verdict.Gap <= verdict.Bound then "" else " over"
    let used = utilisation verdict.Gap verdict.Bound
    let spoken = if used = "exact" then used else used + " of the bound is used"
    $"<div class=\"bar{kind}\" role=\"img\" aria-label=\"{escape spoken}\"><span style=\"width:{width}%%\"></span></div>"

let private gap (verdict: Verdict) =
    if verdict.Kind = GateKind.Qualitative then
        $"p = {number verdict.Gap} against the level {number verdict.Bound}"
    else
        let used = utilisationOf verdict

        let used =
            if used = "exact" then used
            elif verdict.Gap > verdict.Bound then used + " times the bound"
            else used + " of the bound"

        $"{number verdict.Gap} against {number verdict.Bound}, {used}{bar verdict}"

let private nulls (verdict: Verdict) =
    if verdict.Nulls.IsEmpty then
        ""
    else
        verdict.Nulls
        |> List.map (fun model ->
            $"<td>{html model.Name}</td><td class=\"num\">{number model.Score}</td><td class=\"num\">{number model.P}</td>")
        |> table
            $"Null models that {verdict.Id} is held against"
            [ "Null model"; "#Its score"; "#How often it does as well (p)" ]

let private resolutions (report: Report) (verdict: Verdict) =
    match SlipMatrix.resolutions verdict |> List.sortBy snd with
    | [] -> ""
    | sizes ->
        sizes
        |> List.map (fun (slip, size) ->
            $"<td><code>{escape slip}</code></td><td class=\"claim\">{html (Tables.mistake report slip)}</td><td class=\"num\">{number size}</td>")
        |> table $"Resolution of {verdict.Id}: {Terms.resolution}" [ "Slip"; "At size 1"; "#Rejected from" ]

let private slips (report: Report) (verdict: Verdict) =
    let listed result word =
        match SlipMatrix.having result verdict with
        | [] -> ""
        | some ->
            let one (outcome: SlipOutcome) =
                $"<li>{html (Tables.mistake report outcome.Slip)} (<code>{escape outcome.Slip}</code>): gap {number outcome.Gap}</li>"

            $"<p>{word} ({whole some.Length}):</p>\n<ul>{System.String.Concat(List.map one some)}</ul>\n"

    let blind =
        match SlipMatrix.having SlipResult.Blind verdict with
        | [] -> ""
        | some ->
            let names =
                some
                |> List.map (fun outcome -> $"<code>{escape outcome.Slip}</code>")
                |> String.concat ", "

            $"<p>Blind, because the prediction does not depend on it ({whole some.Length}): {names}</p>\n"

    if verdict.Slips.IsEmpty then
        ""
    else
        let title, note =
            if SlipMatrix.judges verdict then
                $"Slips rejected: {Tables.rejected verdict}", ""
            else
                $"Slips shown: {whole verdict.Slips.Length}",
                "<p>The gate is not confirmed with the right theory, so that these rejections count for nothing.</p>\n"

        $"<details><summary>{title}</summary>\n{note}"
        + listed SlipResult.Survives "Survive: the gap changes and the gate still passes"
        + listed SlipResult.Rejected "Rejected"
        + blind
        + "</details>\n"

let private verdictArticle (report: Report) (verdict: Verdict) =
    let entry title text =
        if text = "" then "" else $"<dt>{title}</dt><dd>{html text}</dd>"

    $"<article class=\"verdict\" id=\"v-{Check.anchor verdict.Id}\">\n<h3>{outcomeWord verdict.Outcome} <code>{breakable verdict.Id}</code></h3>\n"
    + $"<p>{html verdict.Claim}</p>\n<dl><dt>Kind</dt><dd>{Terms.kind verdict.Kind}: {Terms.comparison verdict.Kind}</dd>"
    + $"<dt>Gap against bound</dt><dd>{gap verdict}</dd>"
    + entry "Effect" (raisedIn verdict.Effect)
    + entry "Measured as" verdict.Metric
    + entry "Where the bound comes from" verdict.Derivation
    + entry "Rule set or changed after results were seen" verdict.Changed
    + $"</dl>\n{nulls verdict}{resolutions report verdict}{slips report verdict}</article>\n"

let private verdictTable (report: Report) (verdicts: Verdict list) =
    let matrix =
        if SlipMatrix.hasPage report then
            $" <a href=\"{SlipMatrix.pageName}.html\">{SlipMatrix.title}</a>."
        else
            ""

    if verdicts.IsEmpty then
        ""
    else
        verdicts
        |> List.map (fun verdict ->
            $"<td>{outcomeWord verdict.Outcome}</td><td class=\"id\"><a href=\"#v-{Check.anchor verdict.Id}\">{breakable verdict.Id}</a></td>"
            + $"<td>{Terms.kind verdict.Kind}</td><td class=\"num\">{number verdict.Gap}</td><td class=\"num\">{number verdict.Bound}</td>"
            + $"<td class=\"num\">{Tables.rejected verdict}</td><td>{html (Tables.finest verdict)}</td>")
        |> table
            "The gates: a gap at most its bound confirms; the resolution is the smallest relative error that the gate rejects"
            [
                "Outcome"
                "Gate"
                "Kind"
                "#Gap"
                "#Bound"
                "#Slips rejected"
                "Finest resolution"
            ]
        |> fun table -> table + $"<p>{escape Terms.slip}{matrix}</p>\n"

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

/// A figure: its picture, and what the script draws in its stead.
let private figure (n: int) (figure: Figure) =
    let id = whole n

    let answers =
        match figure.PaperFigures with
        | [] -> ""
        | names ->
            let list = String.concat ", " (List.map html names)
            $" Answers the paper’s {list}."

    $"<figure id=\"figure-{id}\">\n<div class=\"plot\" data-figure=\"{escape figure.Id}\" hidden=\"\"><script type=\"application/json\">{Plotly.render figure}</script></div>\n"
    + $"<div class=\"scroll picture\" tabindex=\"0\" role=\"region\" aria-label=\"Figure {id}\">{picture figure}</div>\n<figcaption><strong>Figure {id}. {html figure.Title}.</strong> {html figure.Caption}{answers} "
    + $"<a href=\"figures/{figure.Id}.png\">Picture</a>, <a href=\"figures/{figure.Id}.csv\">data</a>.</figcaption>\n</figure>\n"

let private navigation (report: Report) (section: Section) =
    let at = report.Sections |> List.findIndex (fun other -> other.Id = section.Id)

    let link rel (words: string) i =
        match List.tryItem i report.Sections with
        | Some other -> $"<a rel=\"{rel}\" href=\"{pageOf other}.html\">{words}: {html other.Title}</a>\n"
        | None -> ""

    "<nav aria-label=\"Pages\">\n<a href=\"index.html\">All claims</a>\n"
    + link "prev" "Before" (at - 1)
    + link "next" "Next" (at + 1)
    + "</nav>\n"

/// The whole page.
let render (report: Report) (section: Section) : string =
    let part (title: string) (content: string) =
        if content = "" then
            ""
        else
            $"<section>\n<h2 id=\"{Check.anchor title}\">{title}</h2>\n{content}</section>\n"

    let prose (text: string) =
        if text = "" then "" else $"<p>{html text}</p>\n"

    // The first figure stands beside the answer, where a reader sees both at once.
    let lead, others =
        let drawn = section.Figures |> List.mapi (fun i drawn -> figure (i + 1) drawn)

        if section.Answer = "" then
            [], drawn
        else
            List.splitAt (min 1 drawn.Length) drawn

    let measurement =
        System.String.Concat(List.map prose section.Paragraphs)
        + System.String.Concat others
        + (if section.Quantities.IsEmpty then "" else quantityTable section.Quantities)
        + System.String.Concat(List.map sectionTable section.Tables)

    let commands =
        Tables.commands report section
        |> List.map (fun command -> $"<p><code>{escape command}</code></p>\n")
        |> System.String.Concat

    let navigation = navigation report section

    page
        $"{section.Title} – {report.Title}"
        $"{navigation}<h1>{html section.Title}</h1>\n<p>{tally section.Verdicts}</p>\n"
        ((if section.Answer = "" then
              ""
          else
              $"<section class=\"lead\">\n<div>\n<h2 id=\"answer\">Answer</h2>\n<p class=\"answer\">{html (raisedIn section.Answer)}</p>\n{prose (raisedIn section.Details)}</div>\n{System.String.Concat lead}</section>\n")
         + part "Question" (prose section.Question)
         + part "Prediction" (prose section.Prediction)
         + part "Measurement" measurement
         + part
             "Verdicts"
             (verdictTable report section.Verdicts
              + System.String.Concat(List.map (verdictArticle report) section.Verdicts))
         + part "Make it again" commands)
        navigation
