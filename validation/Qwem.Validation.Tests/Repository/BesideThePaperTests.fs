module Qwem.Validation.Tests.BesideThePaperTests

open System.IO
open Expecto
open Qwem.Reports
open Qwem.Validation.Tests.CountingSupport
open Qwem.Validation.Tests.ReportSamples

let private without = {
    report with
        Sections = report.Sections |> List.map (fun section -> { section with References = [] })
}

let private text (name: string) (report: Report) =
    ReportWriter.Render report
    |> Array.tryPick (fun (struct (path, bytes)) ->
        if path = name then Some(System.Text.Encoding.UTF8.GetString bytes) else None)

let tests =
    testList "Beside the paper" [
        testCase "the paper's values stand in the order of its figures, other places last" (fun () ->
            Expect.equal
                (BesideThePaper.rows report |> List.map (fst >> BesideThePaper.heading))
                [
                    "First version, Figure 2A"
                    "Final version, Figure 3b"
                    "Final version, Figure 10"
                    "notebooks"
                ]
                "")

        slow (
            testCase
                "the page has every value of both sides, escaped, says once what all rows share, and is linked"
                (fun () ->
                    let html = (text "beside-the-paper.html" report).Value
                    let markdown = (text "beside-the-paper.md" report).Value

                    Expect.stringContains
                        html
                        ("λ<sub>1</sub> of final 3b</th><td class=\"num\">12 | 13</td><td class=\"num\">11</td>")
                        ""

                    Expect.stringContains
                        html
                        "<caption>The paper: 2.0 billion words, V &lt; 10,001. Here: V = 1000 &amp; d = 8.</caption>"
                        ""

                    Expect.stringContains
                        html
                        "<dt>run times</dt><dd>The bytes of a report &lt;do not know&gt; them.</dd>"
                        ""

                    Expect.stringContains
                        markdown
                        (@"| λ<sub>1</sub> of final 3b | 12 \| 13 | 11 | [Singular values](values.md) |")
                        ""

                    Expect.stringContains ((text "index.html" report).Value) ("href=\"beside-the-paper.html\"") ""
                    Expect.stringContains ((text "README.md" report).Value) "](beside-the-paper.md)" ""

                    // Where rows differ in a setting, it has a column.
                    let section = report.Sections.Head
                    let first = section.References.Head

                    let mixed = {
                        report with
                            Sections = [
                                {
                                    section with
                                        References = [ first; { first with OurSetting = "V = 7" } ]
                                }
                            ]
                    }

                    Expect.stringContains
                        ((text "beside-the-paper.md" mixed).Value)
                        "| 12 \\| 13 | 11 | V = 7 | [Singular values](values.md) |"
                        "")
        )

        slow (
            testCase
                "a report without values of the paper has no such page, no link to it, and removes an earlier one"
                (fun () ->
                    Expect.isTrue ((text "beside-the-paper.md" without).IsNone) ""
                    Expect.lacks ((text "index.html" without).Value) "beside-the-paper" ""
                    Expect.lacks ((text "README.md" without).Value) "beside-the-paper" ""
                    use folder = new TemporaryFolder()
                    ReportWriter.Write(report, folder.Path)
                    Expect.isTrue (File.Exists(folder.File "beside-the-paper.html")) ""
                    ReportWriter.Write(without, folder.Path)
                    Expect.isFalse (File.Exists(folder.File "beside-the-paper.html")) ""
                    Expect.isFalse (File.Exists(folder.File "beside-the-paper.md")) ""
                    // One of the same name that no report wrote is not overwritten.
                    use other = new TemporaryFolder()
                    other.WriteText("beside-the-paper.md", "mine") |> ignore

                    Expect.throwsT<ReportException> (fun () -> ReportWriter.Write(report, other.Path)) "")
        )
    ]
