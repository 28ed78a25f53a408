module Qwem.Validation.Tests.ReportPagesTests

open System
open System.Text.RegularExpressions
open System.Xml.Linq
open Expecto
open Qwem.Reports
open Qwem.Validation.Tests.FigureSamples
open Qwem.Validation.Tests.ReportSamples

/// A page as XML: void elements that HTML leaves open are closed first.
let private parsed (page: string) =
    let closed =
        Regex.Replace(page.Replace("<!DOCTYPE html>", ""), "<(meta[^>]*|wbr)>", "<$1/>")

    XDocument.Parse(closed).Root |> Unchecked.nonNull

let private pages =
    lazy
        (("index.html", HtmlIndex.render report)
         :: ("matrix.html", MatrixPages.html report)
         :: (report.Sections
             |> List.map (fun section -> Html.pageOf section + ".html", HtmlPage.render report section)))

let private idsOf (page: string) = [
    for found in Regex.Matches(page, " id=\"([^\"]*)\"") -> found.Groups[1].Value
]

let private at (part: string) (page: string) =
    let found = page.IndexOf(part, StringComparison.Ordinal)
    Expect.isGreaterThan found (-1) part
    found

let tests =
    testList "Report pages" [
        testCase "every page is well formed, and loads nothing but the report's own style sheet and scripts" (fun () ->
            for name, page in pages.Value do
                Expect.equal ((parsed page).Name.LocalName) "html" name
                Expect.lacks page "http" name
                Expect.equal (Regex.Matches(page, "<link ").Count) 1 name
                // plotly.js stands in the report once; a page without a drawing needs none.
                let scripts = [
                    for found in Regex.Matches(page, "<script[^>]* src=\"([^\"]*)\"") -> found.Groups[1].Value
                ]

                let needed =
                    if page.Contains "class=\"plot\"" then
                        [ "assets/plotly.min.js"; "report.js" ]
                    else
                        []

                Expect.equal scripts needed name)

        testCase "names on a page are unique, and every link leads to a file or a name that there is" (fun () ->
            let files =
                ReportWriter.Render report
                |> Array.map (fun (struct (name, bytes)) -> name, Text.Encoding.UTF8.GetString bytes)
                |> Map.ofArray

            for name, page in pages.Value do
                let ids = idsOf page
                Expect.equal (List.distinct ids) (ids) name

                for found in Regex.Matches(page, "(?:href|src)=\"([^\"#]*)#?([^\"]*)\"") do
                    let file, part = found.Groups[1].Value, found.Groups[2].Value
                    let target = if file = "" then name else file
                    Expect.isTrue (files.ContainsKey target) ($"{name}: {found.Value}")

                    if part <> "" then
                        Expect.contains (idsOf files[target]) part ($"{name}: {found.Value}"))

        testCase "the pages say what the report says, escaped" (fun () ->
            let all = pages.Value |> List.map snd |> String.concat "\n"

            for text in
                [
                    "Theory &lt;against&gt; experiment"
                    "equals &lt;the&gt; <code>best</code> approximation &amp; M<sup>*</sup>."
                    "5 gates: 2 confirmed, 2 not confirmed, 1 contradicted."
                    "3 slips × 2 confirmed gates: 4 rejected, 0 blind, 2 survive."
                    "<p class=\"answer\">The theory is &lt;right&gt; to 2×10<sup>−9</sup> in κ.</p>\n<p>And &lt;more&gt;.</p>"
                    "κ &lt;twice&gt; too large"
                    "Rule set or changed after results were seen</dt><dd>Families of &lt; 30 pairs were dropped"
                    "a &lt;constant&gt; prediction"
                    "p = 0.2 against the level 0.01"
                    "aria-label=\"exact\""
                    "qwem reproduce --only values --output &lt;FOLDER&gt;"
                    // Of a section that the report has no command for.
                    "<code>qwem reproduce --seed 1</code>"
                    "A &lt;photograph&gt;."
                ] do
                Expect.stringContains all text ""

            let withQuestion = {
                report.Sections.Head with
                    Question = "Does it?"
                    Prediction = "s_{k} rises."
            }

            let page = HtmlPage.render report withQuestion
            Expect.stringContains page ("<h2 id=\"question\">Question</h2>\n<p>Does it?</p>") ""
            Expect.stringContains page "<p>s<sub>k</sub> rises.</p>" ""
            Expect.lacks all "Question" "")

        testCase "a figure of the paper is answered by those that name it or a part of it, or has its reason" (fun () ->
            let named id papers = {
                figure id [ staircase Linear ] with
                    PaperFigures = papers
            }

            let with' figures = {
                report with
                    Sections = [
                        {
                            report.Sections.Head with
                                Figures = figures
                        }
                    ]
            }

            let rows =
                PaperFigures.rows (
                    with' [
                        named "a" [ "v1 2A"; "final 3b"; "final 3c" ]
                        named "b" [ "final 30"; "final 3" ]
                    ]
                )
                |> List.map (fun row -> row.Paper, row.Ours |> List.map (fun (_, figure) -> figure.Id), row.Reason)

            let expected = [
                "v1 2A", [ "a" ], ""
                "final 3", [ "a"; "b" ], ""
                "final 4", [], "A <photograph>."
                "final 30", [ "b" ], ""
            ]

            Expect.equal rows (expected) "")

        property "whatever a claim says, the page and the JUnit file parse" 100 (fun (text: string | null) ->
            let claim =
                match text with
                | null -> ""
                | text -> text

            let odd = {
                report with
                    Sections = [
                        {
                            report.Sections.Head with
                                Figures = []
                                Answer = claim
                                Details = claim
                                Verdicts = [
                                    {
                                        verdict "odd" 2.0 1.0 Outcome.Contradicted with
                                            Claim = claim
                                            Derivation = claim + "]]>"
                                            Effect = claim
                                            Changed = claim
                                    }
                                ]
                        }
                    ]
            }

            XDocument.Parse(JUnit.render odd) |> ignore

            parsed (HtmlIndex.render odd) |> ignore
            parsed (HtmlPage.render odd odd.Sections.Head) |> ignore
            parsed (MatrixPages.html odd) |> ignore

            Results.read (Json.results odd) |> List.length = 1)

        testCase
            "the index shows contradictions first with claim, gate and size, then what is not confirmed, then the claims"
            (fun () ->
                for page, titles in
                    [
                        HtmlIndex.render report,
                        [
                            "<h2 id=\"contradicted\">"
                            "<h2 id=\"not-confirmed\">"
                            "<h2 id=\"claims\">"
                        ]
                        Markdown.index report, [ "## Contradicted"; "## Not confirmed"; "## Claims" ]
                    ] do
                    let places = titles |> List.map (fun title -> at title page)
                    Expect.equal (List.sort places) (places) ""
                    let first = page[places[0] .. places[1]]
                    let second = page[places[1] .. places[2]]

                    for part in [ "The rest"; "infinite"; "Infinity times the bound" ] do
                        Expect.stringContains first part ""

                    for part in [ "theorem-4.3"; "order"; "a rank correlation of 0.80" ] do
                        Expect.stringContains second part "")

        testCase "a report without a contradiction has no such part" (fun () ->
            let calm = {
                report with
                    Sections = [
                        {
                            report.Sections[1] with
                                Verdicts = [ verdict "a" 0.5 1.0 Outcome.Confirmed ]
                        }
                    ]
            }

            Expect.lacks (HtmlIndex.render calm) "ontradicted" ""
            Expect.lacks (Markdown.index calm) "ontradicted" "")

        testCase "the answer stands before question and verdicts on a claim's page" (fun () ->
            let section = {
                report.Sections.Head with
                    Question = "Does it?"
            }

            for page, titles in
                [
                    HtmlPage.render report section, [ "id=\"answer\""; "id=\"question\""; "id=\"verdicts\"" ]
                    Markdown.page report section, [ "## Answer"; "## Question"; "## Verdicts" ]
                ] do
                let places = titles |> List.map (fun title -> at title page)
                Expect.equal (List.sort places) (places) "")

        testCase "the matrix has a letter for each pair, and slips that no gate rejects stand first" (fun () ->
            let lost = {
                report with
                    Slips =
                        slips
                        @ [
                            {
                                Id = "lost"
                                Mistake = "nobody sees it"
                                Continuous = ""
                            }
                        ]
                    Sections =
                        report.Sections
                        |> List.map (fun section -> {
                            section with
                                Verdicts =
                                    section.Verdicts
                                    |> List.map (fun verdict -> {
                                        verdict with
                                            Slips =
                                                verdict.Slips @ [ shown "lost" SlipResult.Blind verdict.Gap None ]
                                    })
                        })
            }

            let page = MatrixPages.html lost
            Expect.equal (Regex.Matches(page, "<td class=\"rejected[^\"]*\">R</td>").Count) 10 ""
            Expect.equal (Regex.Matches(page, "<td class=\"survives[^\"]*\">S</td>").Count) 5 ""
            Expect.isGreaterThanOrEqual (Regex.Matches(page, "<td( class=\"blind[^\"]*\")?>·</td>").Count) 5 ""
            Expect.stringContains page "No gate rejects 2 slips: <code>z</code>, <code>lost</code>." ""
            Expect.equal (Regex.Matches(page, "<tr class=\"uncaught\">").Count) 2 ""
            Expect.isLessThan (at "#slip-lost" page) (at "#slip-kappa" page) ""
            // Resolutions of the confirmed gates only.
            Expect.equal (Regex.Matches(page, "2.0×10<sup>−9</sup>").Count) 2 ""
            let markdown = MatrixPages.markdown lost
            Expect.stringContains markdown "| <code>kappa</code> | 2 | R | R | R | R | R |" ""
            Expect.stringContains markdown "| <code>lost</code> | nobody sees it | **none** | 2 | 0 | – | – |" "")
    ]
