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
            "2 of 4 verdicts pass; 6 of 8 deliberate mistakes were rejected."
            "1 of 2 verdicts pass"
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
                        Verdicts =
                            [
                                { verdict "odd" 2.0 1.0 false with
                                    Claim = claim
                                    Derivation = claim + "]]>"
                                }
                            ]
                    }
                ]
        }

    XDocument.Parse(JUnit.render odd) |> ignore

    parsed (HtmlIndex.render odd) |> ignore
    parsed (HtmlPage.render odd odd.Sections.Head) |> ignore

    Results.read (Json.results odd) |> List.length = 1
