/// The page of every slip against every gate, as HTML and as Markdown.
module Qwem.Reports.MatrixPages

open Qwem.Reports.Numbers

let private letter (result: SlipResult) =
    match result with
    | SlipResult.Rejected -> "R"
    | SlipResult.Blind -> "·"
    | SlipResult.Survives -> "S"

// Of a gate that is not confirmed; its slips count for nothing.
let private idle = "†"

let private gates (report: Report) : (Section * Verdict) list =
    [
        for section in report.Sections do
            for verdict in section.Verdicts -> section, verdict
    ]

/// Each sign with what it means.
let private legend (report: Report) =
    [
        for result, meaning in
            [
                SlipResult.Rejected, "rejected: the gate fails under the slip"
                SlipResult.Blind, "blind: the prediction does not depend on what the slip changes"
                SlipResult.Survives, "survives: the gap changes and the gate still passes"
            ] do
            letter result, Terms.slipResult result, meaning

        if Check.verdicts report |> List.exists (SlipMatrix.judges >> not) then
            idle, "", "the gate is not confirmed with the right theory, so that its rejections are not counted"
    ]

let private counts (report: Report) =
    Tables.matrix report.Slips (Check.verdicts report)

let private caught (rows: SlipMatrix.Row list) =
    match rows |> List.filter _.Rejecting.IsEmpty with
    | [] -> "Every slip is rejected by at least one gate."
    | some ->
        let names = some |> List.map (fun row -> $"`{row.Slip.Id}`") |> String.concat ", "
        $"""No gate rejects {Tables.counted some.Length "slip"}: {names}."""

let private rejectedCount (verdict: Verdict) =
    if SlipMatrix.judges verdict then
        whole (SlipMatrix.having SlipResult.Rejected verdict).Length
    else
        idle

let private concat (parts: string list) = System.String.Concat parts

let private scrolling (kind: string) (label: string) (table: string) =
    $"<div class=\"scroll {kind}\" role=\"region\" tabindex=\"0\" aria-label=\"{Rich.escape (Rich.spoken label)}\">{table}</div>\n"

/// The matrix as an HTML table: gates across in groups by claim, slips down.
let private htmlMatrix (report: Report) (rows: SlipMatrix.Row list) =
    let gates = gates report
    // The first gate of a claim has a line at its left.
    let firsts =
        report.Sections
        |> List.choose (fun section -> List.tryHead section.Verdicts |> Option.map _.Id)
        |> Set.ofList

    let edge (verdict: Verdict) =
        if firsts.Contains verdict.Id then " first" else ""

    let heads =
        gates
        |> List.map (fun (section, verdict) ->
            let mark = if SlipMatrix.judges verdict then "" else idle

            $"<th scope=\"col\" class=\"gate{edge verdict}\"><span><a href=\"{Html.pageOf section}.html#v-{Check.anchor verdict.Id}\">{Html.breakable verdict.Id}</a>{mark}</span></th>")

    let cell (slip: ListedSlip) (_, verdict: Verdict) =
        match SlipMatrix.outcomeOf slip.Id verdict with
        | Some outcome ->
            // Nine cells of ten are blind: without a class they save a third of the page.
            if outcome.Result = SlipResult.Blind && edge verdict = "" then
                $"<td>{letter outcome.Result}</td>"
            else
                $"<td class=\"{Terms.code (Terms.slipResult outcome.Result)}{edge verdict}\">{letter outcome.Result}</td>"
        | None -> $"<td class=\"{(edge verdict).Trim()}\"></td>"

    let row (row: SlipMatrix.Row) =
        let kind = if row.Rejecting.IsEmpty then " class=\"uncaught\"" else ""

        $"<tr{kind}><th scope=\"row\"><a href=\"#slip-{Check.anchor row.Slip.Id}\"><code>{Html.breakable row.Slip.Id}</code></a></th><td class=\"num\">{whole row.Rejecting.Length}</td>"
        + concat (List.map (cell row.Slip) gates)
        + "</tr>\n"

    let sums =
        gates
        |> List.map (fun (_, verdict) -> $"<td class=\"num{edge verdict}\">{rejectedCount verdict}</td>")

    let all = rows |> List.sumBy _.Rejecting.Length

    $"<table>\n<caption>{SlipMatrix.title}: slips down, gates across by claim</caption>\n<thead><tr><th scope=\"col\">Slip</th><th scope=\"col\" class=\"gate\"><span>gates that reject it</span></th>{concat heads}</tr></thead>\n<tbody>\n"
    + $"<tr><th scope=\"row\">slips that the gate rejects</th><td class=\"num\">{whole all}</td>{concat sums}</tr>\n"
    + concat (List.map row rows)
    + "</tbody></table>"
    |> scrolling "matrix" SlipMatrix.title

let private resolutionsTitle =
    "Resolutions: the smallest relative error of each quantity that a gate rejects"

/// The gates that size some slip, with the size of each of the slips.
let private sized (report: Report) (slips: ListedSlip list) =
    gates report
    |> List.choose (fun (section, verdict) ->
        match Map.ofList (SlipMatrix.resolutions verdict) with
        | sizes when sizes.IsEmpty -> None
        | sizes -> Some(section, verdict, slips |> List.map (fun slip -> sizes.TryFind slip.Id)))

// Two digits: the bisection gives no more, and the table is wide.
let private shortest (size: float) = Numbers.shorter size

let private htmlResolutions (report: Report) (rows: SlipMatrix.Row list) =
    let slips = SlipMatrix.sizable report.Slips (Check.verdicts report)

    let best =
        rows
        |> List.choose (fun row -> row.Finest |> Option.map (fun (verdict, _) -> row.Slip.Id, verdict.Id))
        |> Set.ofList

    let heads =
        slips
        |> List.map (fun slip ->
            $"<th scope=\"col\" class=\"gate\"><span><code>{Html.breakable slip.Id}</code></span></th>")

    let row (section: Section, verdict: Verdict, sizes: float option list) =
        let cell (slip: ListedSlip) size =
            match size with
            | None -> "<td>·</td>"
            | Some size ->
                let text = Rich.html (raised (shortest size))

                if best.Contains(slip.Id, verdict.Id) then
                    $"<td class=\"num\"><strong>{text}</strong></td>"
                else
                    $"<td class=\"num\">{text}</td>"

        $"<tr><th scope=\"row\">{Html.gateLink section verdict}</th>{concat (List.map2 cell slips sizes)}</tr>\n"

    $"<table>\n<caption>{resolutionsTitle}; the finest in bold, gates that size none left out</caption>\n<thead><tr><th scope=\"col\">Gate</th>{concat heads}</tr></thead>\n<tbody>\n"
    + concat (List.map row (sized report slips))
    + "</tbody></table>"
    |> scrolling "matrix" resolutionsTitle

let private htmlSlips (report: Report) (rows: SlipMatrix.Row list) =
    let sections =
        gates report
        |> List.map (fun (section, verdict) -> verdict.Id, section)
        |> Map.ofList

    let link (verdict: Verdict) =
        Html.gateLink sections[verdict.Id] verdict

    rows
    |> List.map (fun row ->
        let finest =
            match row.Finest with
            | Some(verdict, size) -> $"{Html.number size}, {link verdict}"
            | None -> "–"

        let letting =
            match row.Letting with
            | [] -> "–"
            | some -> some |> List.map link |> String.concat ", "

        let continuous =
            if row.Slip.Continuous = "" then
                ""
            else
                $" Of size s: {Rich.html row.Slip.Continuous}."

        $"<th scope=\"row\" id=\"slip-{Check.anchor row.Slip.Id}\"><code>{Html.breakable row.Slip.Id}</code></th><td class=\"claim\">{Rich.html row.Slip.Mistake}.{continuous}</td>"
        + $"<td class=\"num\">{whole row.Rejecting.Length}</td><td class=\"num\">{whole row.Blind.Length}</td><td>{finest}</td><td class=\"claim\">{letting}</td>")
    |> Html.table
        "The slips, those first that no gate rejects"
        [
            "Slip"
            "The mistake"
            "#Rejected by"
            "#Blind"
            "Finest resolution, and whose"
            "Survives in"
        ]

/// The page as HTML.
let html (report: Report) : string =
    let rows = SlipMatrix.rows report.Slips (Check.verdicts report)

    let navigation =
        "<nav aria-label=\"Pages\">\n<a href=\"index.html\">All claims</a>\n</nav>\n"

    let items =
        legend report
        |> List.map (fun (sign, kind, meaning) ->
            $"<li><span class=\"cell {kind}\">{sign}</span> {Rich.escape meaning}</li>\n")
        |> concat

    let part id title content =
        $"<section>\n<h2 id=\"{id}\">{title}</h2>\n{content}</section>\n"

    Html.page
        $"{SlipMatrix.title} – {report.Title}"
        ($"{navigation}<h1>{SlipMatrix.title}</h1>\n<p>{Rich.escape Terms.slip}</p>\n"
         + $"<p class=\"count\">{Rich.escape (counts report)} {Rich.html (caught rows)}</p>\n")
        (part "matrix" "The matrix" $"<ul class=\"legend\">\n{items}</ul>\n{htmlMatrix report rows}"
         + (if rows |> List.exists _.Finest.IsSome then
                part "resolutions" "Resolutions" (htmlResolutions report rows)
            else
                "")
         + part "slips" "The slips" (htmlSlips report rows))
        navigation

let private markdownMatrix (report: Report) (rows: SlipMatrix.Row list) =
    let gates = gates report |> List.map snd
    let numbers = gates |> List.mapi (fun i _ -> whole (i + 1))

    let cells (slip: ListedSlip) =
        gates
        |> List.map (fun verdict ->
            SlipMatrix.outcomeOf slip.Id verdict
            |> Option.map (fun outcome -> letter outcome.Result)
            |> Option.defaultValue "")

    [
        "slips that the gate rejects" :: "" :: List.map rejectedCount gates

        for row in rows do
            $"<code>{Markdown.escape row.Slip.Id}</code>"
            :: whole row.Rejecting.Length
            :: cells row.Slip
    ]
    |> Markdown.table ("Slip" :: "Rejected by" :: numbers) ("---" :: "---:" :: List.map (fun _ -> ":-:") numbers)

let private markdownResolutions (report: Report) =
    let slips = SlipMatrix.sizable report.Slips (Check.verdicts report)

    sized report slips
    |> List.map (fun (section, verdict, sizes) ->
        $"[{Markdown.escape verdict.Id}]({Check.anchor section.Id}.md)"
        :: (sizes |> List.map (Option.map shortest >> Option.defaultValue "·")))
    |> Markdown.table
        ("Gate"
         :: (slips |> List.map (fun slip -> $"<code>{Markdown.escape slip.Id}</code>")))
        ("---" :: (slips |> List.map (fun _ -> "---:")))

/// The page as Markdown.
let markdown (report: Report) : string =
    let rows = SlipMatrix.rows report.Slips (Check.verdicts report)

    [
        $"# {SlipMatrix.title}\n"
        Markdown.generated
        "[All claims](README.md)\n"
        Terms.slip + "\n"
        $"{counts report} {Markdown.rich (caught rows)}\n"
        "## The matrix\n"
        legend report
        |> List.map (fun (sign, _, meaning) -> $"- {sign} {Markdown.escape meaning}\n")
        |> concat
        "The gates, by the numbers of the columns:\n"

        gates report
        |> List.mapi (fun i (section, verdict) ->
            $"{whole (i + 1)}. [{Markdown.escape verdict.Id}]({Check.anchor section.Id}.md)\n")
        |> concat

        markdownMatrix report rows

        if rows |> List.exists _.Finest.IsSome then
            "## Resolutions\n"
            resolutionsTitle + ".\n"
            markdownResolutions report

        "## The slips\n"
        Markdown.slipTableOf rows
    ]
    |> String.concat "\n"
