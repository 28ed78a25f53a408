[<NUnit.Framework.TestFixture>]
module Qwem.Validation.Tests.ReportPagesTests

open System
open System.Text.RegularExpressions
open System.Xml.Linq
open NUnit.Framework
open FsCheck.NUnit
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

let private idsOf (page: string) =
    [
        for found in Regex.Matches(page, " id=\"([^\"]*)\"") -> found.Groups[1].Value
    ]

[<Test>]
let ``every page is well formed, and loads nothing but the report's own style sheet and script`` () =
    for name, page in pages.Value do
        Assert.That((parsed page).Name.LocalName, Is.EqualTo "html", name)
        Assert.That(page.Replace("http://www.w3.org/2000/svg", ""), Does.Not.Contain "http", name)
        Assert.That(Regex.Matches(page, "<link ").Count, Is.EqualTo 1, name)
        Assert.That(Regex.Matches(page, "<script[^>]* src=").Count, Is.EqualTo 1, name)

[<Test>]
let ``names on a page are unique, and every link leads to a file or a name that there is`` () =
    let files =
        ReportWriter.Render report
        |> Array.map (fun (struct (name, text)) -> name, text)
        |> Map.ofArray

    for name, page in pages.Value do
        let ids = idsOf page
        Assert.That(List.distinct ids, Is.EqualTo(box ids), name)

        for found in Regex.Matches(page, "(?:href|src)=\"([^\"#]*)#?([^\"]*)\"") do
            let file, part = found.Groups[1].Value, found.Groups[2].Value
            let target = if file = "" then name else file
            Assert.That(files.ContainsKey target, Is.True, $"{name}: {found.Value}")

            if part <> "" then
                Assert.That(idsOf files[target], Does.Contain part, $"{name}: {found.Value}")

[<Test>]
let ``the pages say what the report says, escaped`` () =
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
            "qwem reproduce --only values --out &lt;FOLDER&gt;"
            // Of a section that the report has no command for.
            "<code>qwem reproduce --seed 1</code>"
            "A &lt;photograph&gt;."
        ] do
        Assert.That(all, Does.Contain text)

    let withQuestion =
        { report.Sections.Head with
            Question = "Does it?"
            Prediction = "s_{k} rises."
        }

    let page = HtmlPage.render report withQuestion
    Assert.That(page, Does.Contain "<h2 id=\"question\">Question</h2>\n<p>Does it?</p>")
    Assert.That(page, Does.Contain "<p>s<sub>k</sub> rises.</p>")
    Assert.That(all, Does.Not.Contain "Question")

[<Test>]
let ``a figure of the paper is answered by those that name it or a part of it, or has its reason`` () =
    let named id papers =
        { figure id [ staircase Linear ] with
            PaperFigures = papers
        }

    let with' figures =
        { report with
            Sections =
                [
                    { report.Sections.Head with
                        Figures = figures
                    }
                ]
        }

    let rows =
        PaperFigures.rows (
            with'
                [
                    named "a" [ "v1 2A"; "final 3b"; "final 3c" ]
                    named "b" [ "final 30"; "final 3" ]
                ]
        )
        |> List.map (fun row -> row.Paper, row.Ours |> List.map (fun (_, figure) -> figure.Id), row.Reason)

    let expected =
        [
            "v1 2A", [ "a" ], ""
            "final 3", [ "a"; "b" ], ""
            "final 4", [], "A <photograph>."
            "final 30", [ "b" ], ""
        ]

    Assert.That(rows, Is.EqualTo(box expected))

[<Property>]
let ``whatever a claim says, the page and the JUnit file parse`` (text: string | null) =
    let claim =
        match text with
        | null -> ""
        | text -> text

    let odd =
        { report with
            Sections =
                [
                    { report.Sections.Head with
                        Figures = []
                        Answer = claim
                        Details = claim
                        Verdicts =
                            [
                                { verdict "odd" 2.0 1.0 Outcome.Contradicted with
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

    Results.read (Json.results odd) |> List.length = 1

let private at (part: string) (page: string) =
    let found = page.IndexOf(part, StringComparison.Ordinal)
    Assert.That(found, Is.GreaterThan -1, part)
    found

[<Test>]
let ``the index shows contradictions first with claim, gate and size, then what is not confirmed, then the claims`` () =
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
        Assert.That(List.sort places, Is.EqualTo(box places))
        let first = page[places[0] .. places[1]]
        let second = page[places[1] .. places[2]]

        for part in [ "The rest"; "infinite"; "Infinity times the bound" ] do
            Assert.That(first, Does.Contain part)

        for part in [ "theorem-4.3"; "order"; "a rank correlation of 0.80" ] do
            Assert.That(second, Does.Contain part)

[<Test>]
let ``a report without a contradiction has no such part`` () =
    let calm =
        { report with
            Sections =
                [
                    { report.Sections[1] with
                        Verdicts = [ verdict "a" 0.5 1.0 Outcome.Confirmed ]
                    }
                ]
        }

    Assert.That(HtmlIndex.render calm, Does.Not.Contain "ontradicted")
    Assert.That(Markdown.index calm, Does.Not.Contain "ontradicted")

[<Test>]
let ``the answer stands before question and verdicts on a claim's page`` () =
    let section =
        { report.Sections.Head with
            Question = "Does it?"
        }

    for page, titles in
        [
            HtmlPage.render report section, [ "id=\"answer\""; "id=\"question\""; "id=\"verdicts\"" ]
            Markdown.page report section, [ "## Answer"; "## Question"; "## Verdicts" ]
        ] do
        let places = titles |> List.map (fun title -> at title page)
        Assert.That(List.sort places, Is.EqualTo(box places))

[<Test>]
let ``the matrix has a letter for each pair, and slips that no gate rejects stand first`` () =
    let lost =
        { report with
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
                |> List.map (fun section ->
                    { section with
                        Verdicts =
                            section.Verdicts
                            |> List.map (fun verdict ->
                                { verdict with
                                    Slips = verdict.Slips @ [ shown "lost" SlipResult.Blind verdict.Gap None ]
                                })
                    })
        }

    let page = MatrixPages.html lost
    Assert.That(Regex.Matches(page, "<td class=\"rejected[^\"]*\">R</td>").Count, Is.EqualTo 10)
    Assert.That(Regex.Matches(page, "<td class=\"survives[^\"]*\">S</td>").Count, Is.EqualTo 5)
    Assert.That(Regex.Matches(page, "<td class=\"blind[^\"]*\">·</td>").Count, Is.GreaterThanOrEqualTo 5)
    Assert.That(page, Does.Contain "No gate rejects 2 slips: <code>z</code>, <code>lost</code>.")
    Assert.That(Regex.Matches(page, "<tr class=\"uncaught\">").Count, Is.EqualTo 2)
    Assert.That(at "#slip-lost" page, Is.LessThan(at "#slip-kappa" page))
    // Resolutions of the confirmed gates only.
    Assert.That(Regex.Matches(page, "2.0×10<sup>−9</sup>").Count, Is.EqualTo 2)
    let markdown = MatrixPages.markdown lost
    Assert.That(markdown, Does.Contain "| <code>kappa</code> | 2 | R | R | R | R | R |")
    Assert.That(markdown, Does.Contain "| <code>lost</code> | nobody sees it | **none** | 2 | 0 | – | – |")
