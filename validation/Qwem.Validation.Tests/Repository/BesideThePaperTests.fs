[<NUnit.Framework.TestFixture>]
module Qwem.Validation.Tests.BesideThePaperTests

open System.IO
open NUnit.Framework
open Qwem.Reports
open Qwem.Validation.Tests.CountingSupport
open Qwem.Validation.Tests.ReportSamples

let private without =
    { report with
        Sections = report.Sections |> List.map (fun section -> { section with References = [] })
    }

let private text (name: string) (report: Report) =
    ReportWriter.Render report
    |> Array.tryPick (fun (struct (path, text)) -> if path = name then Some text else None)

[<Test>]
let ``the paper's values stand in the order of its figures, other places last`` () =
    Assert.That(
        BesideThePaper.rows report |> List.map (fst >> BesideThePaper.heading),
        Is.EqualTo<string list>
            [
                "First version, Figure 2A"
                "Final version, Figure 3b"
                "Final version, Figure 10"
                "notebooks"
            ]
    )

[<Test>]
let ``the page has every value of both sides, escaped, says once what all rows share, and is linked`` () =
    let html = (text "beside-the-paper.html" report).Value
    let markdown = (text "beside-the-paper.md" report).Value

    Assert.That(
        html,
        Does.Contain "λ<sub>1</sub> of final 3b</th><td class=\"num\">12 | 13</td><td class=\"num\">11</td>"
    )

    Assert.That(
        html,
        Does.Contain "<caption>The paper: 2.0 billion words, V &lt; 10,001. Here: V = 1000 &amp; d = 8.</caption>"
    )

    Assert.That(html, Does.Contain "<dt>run times</dt><dd>The bytes of a report &lt;do not know&gt; them.</dd>")
    Assert.That(markdown, Does.Contain @"| λ<sub>1</sub> of final 3b | 12 \| 13 | 11 | [Singular values](values.md) |")
    Assert.That((text "index.html" report).Value, Does.Contain "href=\"beside-the-paper.html\"")
    Assert.That((text "README.md" report).Value, Does.Contain "](beside-the-paper.md)")

    // Where rows differ in a setting, it has a column.
    let section = report.Sections.Head
    let first = section.References.Head

    let mixed =
        { report with
            Sections =
                [
                    { section with
                        References = [ first; { first with OurSetting = "V = 7" } ]
                    }
                ]
        }

    Assert.That(
        (text "beside-the-paper.md" mixed).Value,
        Does.Contain "| 12 \\| 13 | 11 | V = 7 | [Singular values](values.md) |"
    )

[<Test>]
let ``a report without values of the paper has no such page, no link to it, and removes an earlier one`` () =
    Assert.That((text "beside-the-paper.md" without).IsNone)
    Assert.That((text "index.html" without).Value, Does.Not.Contain "beside-the-paper")
    Assert.That((text "README.md" without).Value, Does.Not.Contain "beside-the-paper")
    use folder = new TemporaryFolder()
    ReportWriter.Write(report, folder.Path)
    Assert.That(File.Exists(folder.File "beside-the-paper.html"))
    ReportWriter.Write(without, folder.Path)
    Assert.That(File.Exists(folder.File "beside-the-paper.html"), Is.False)
    Assert.That(File.Exists(folder.File "beside-the-paper.md"), Is.False)
    // One of the same name that no report wrote is not overwritten.
    use other = new TemporaryFolder()
    other.WriteText("beside-the-paper.md", "mine") |> ignore

    Assert.Throws<ReportException>(fun () -> ReportWriter.Write(report, other.Path))
    |> ignore
