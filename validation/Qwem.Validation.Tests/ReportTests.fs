[<NUnit.Framework.TestFixture>]
module Qwem.Validation.Tests.ReportTests

open System
open System.IO
open System.Text.RegularExpressions
open System.Xml.Linq
open NUnit.Framework
open FsCheck
open FsCheck.NUnit
open Qwem.Reports
open Qwem.Validation.Tests.ReportSamples

/// Runs an action in a fresh folder and removes it.
let private inFolder (action: string -> unit) =
    let folder = Directory.CreateTempSubdirectory "qwem-report-"

    try
        action folder.FullName
    finally
        folder.Delete true

let private filesOf (folder: string) =
    Directory.GetFiles(folder, "*", SearchOption.AllDirectories)
    |> Array.map (fun path -> Path.GetRelativePath(folder, path).Replace('\\', '/'))
    |> Array.sort
    |> List.ofArray

let private expected =
    [
        "README.md"
        "beside-the-paper.html"
        "beside-the-paper.md"
        "figures/rest.csv"
        "figures/rest.svg"
        "figures/values.csv"
        "figures/values.svg"
        "index.html"
        "junit.xml"
        "manifest.json"
        "report.css"
        "report.js"
        "rest.html"
        "rest.md"
        "results.json"
        "values.html"
        "values.md"
    ]

let private refusal (action: unit -> unit) =
    (Assert.Throws<ReportException>(fun () -> action ()) |> Unchecked.nonNull).Message

[<Test>]
let ``the files are the same bytes on repeat and under another culture, with line feeds and no byte order mark`` () =
    inFolder (fun first ->
        inFolder (fun second ->
            ReportWriter.Write(report, first)
            underAnotherCulture (fun () -> ReportWriter.Write(report, second))
            Assert.That(filesOf first, Is.EqualTo(box expected))
            Assert.That(filesOf second, Is.EqualTo(box expected))

            for name in expected do
                let bytes = File.ReadAllBytes(Path.Combine(first, name))
                Assert.That(File.ReadAllBytes(Path.Combine(second, name)), Is.EqualTo(box bytes), name)
                Assert.That(Array.contains 13uy bytes, Is.False, name)
                Assert.That(bytes[0], Is.LessThan 128uy, name)
                Assert.That(Array.last bytes, Is.EqualTo 10uy, name)))

[<Test>]
let ``writing again replaces the files, removes outdated figures and leaves other files alone`` () =
    inFolder (fun folder ->
        ReportWriter.Write(report, folder)
        let other = Path.Combine(folder, "Qwem.Reports.FSharp")
        Directory.CreateDirectory other |> ignore
        File.WriteAllText(Path.Combine(other, "Svg.svg"), "source")
        File.WriteAllText(Path.Combine(folder, "figures", "old.svg"), "old")
        File.WriteAllText(Path.Combine(folder, "figures", "notes.txt"), "kept")
        File.WriteAllText(Path.Combine(folder, "index.html"), "old")
        ReportWriter.Write(report, folder)

        let all =
            List.sort ("Qwem.Reports.FSharp/Svg.svg" :: "figures/notes.txt" :: expected)

        Assert.That(filesOf folder |> List.sort, Is.EqualTo(box all))
        Assert.That(File.ReadAllText(Path.Combine(folder, "index.html")), Does.StartWith "<!DOCTYPE html>"))

[<Test>]
let ``a section that is gone takes its pages and its figures along, and nobody else's`` () =
    inFolder (fun folder ->
        ReportWriter.Write(report, folder)
        File.WriteAllText(Path.Combine(folder, "notes.html"), "mine")

        ReportWriter.Write(
            { report with
                Sections = [ report.Sections.Head ]
            },
            folder
        )

        let left =
            expected
            |> List.filter (fun name -> not (name.Contains "rest"))
            |> List.append [ "notes.html" ]

        Assert.That(filesOf folder, Is.EqualTo(box (List.sort left))))

[<Test>]
let ``a page that no report wrote is not overwritten by a section of its name`` () =
    inFolder (fun folder ->
        ReportWriter.Write(
            { report with
                Sections = [ report.Sections.Head ]
            },
            folder
        )

        File.WriteAllText(Path.Combine(folder, "rest.html"), "mine")
        Assert.That(refusal (fun () -> ReportWriter.Write(report, folder)), Does.Contain "rest.html")
        Assert.That(File.ReadAllText(Path.Combine(folder, "rest.html")), Is.EqualTo "mine"))

[<Test>]
let ``a section cannot take the name of the index`` () =
    for id in [ "index"; "ReadMe" ] do
        let named =
            { report with
                Sections = [ { report.Sections.Head with Id = id } ]
            }

        Assert.That(refusal (fun () -> Check.report named), Does.Contain id)

[<Test>]
let ``a file in place of the folder is refused by path and nothing is left behind`` () =
    inFolder (fun folder ->
        let path = Path.Combine(folder, "report")
        File.WriteAllText(path, "in the way")
        let message = refusal (fun () -> ReportWriter.Write(report, path))
        Assert.That(message, Does.Contain path)
        Assert.That(message, Does.Contain "remove or rename")
        Assert.That(filesOf folder, Is.EqualTo(box [ "report" ])))

[<Test>]
let ``a file in place of the figures is refused and nothing is left behind`` () =
    inFolder (fun folder ->
        let inner = Path.Combine(folder, "inner")
        Directory.CreateDirectory inner |> ignore
        File.WriteAllText(Path.Combine(inner, "figures"), "in the way")
        Assert.That(refusal (fun () -> ReportWriter.Write(report, inner)), Does.Contain "figures")
        Assert.That(filesOf folder, Is.EqualTo(box [ "inner/figures" ])))

[<Test>]
let ``a folder in place of a file is refused before anything is written`` () =
    inFolder (fun folder ->
        ReportWriter.Write(report, folder)
        let index = Path.Combine(folder, "index.html")
        File.WriteAllText(index, "before")
        File.Delete(Path.Combine(folder, "junit.xml"))
        Directory.CreateDirectory(Path.Combine(folder, "junit.xml")) |> ignore
        Assert.That(refusal (fun () -> ReportWriter.Write(report, folder)), Does.Contain "junit.xml")
        Assert.That(File.ReadAllText index, Is.EqualTo "before"))

[<Test>]
let ``pages and figures that no report wrote are neither overwritten nor deleted`` () =
    inFolder (fun folder ->
        let page, figure =
            Path.Combine(folder, "README.md"), Path.Combine(folder, "figures", "mine.svg")

        Directory.CreateDirectory(Path.Combine(folder, "figures")) |> ignore
        File.WriteAllText(page, "mine")
        File.WriteAllText(figure, "mine")
        Assert.That(refusal (fun () -> ReportWriter.Write(report, folder)), Does.Contain "README.md")
        Assert.That(ReportWriter.WhyNotWritable folder, Does.Contain "README.md")
        Assert.That(File.ReadAllText page, Is.EqualTo "mine")
        File.Delete page
        Assert.That(ReportWriter.WhyNotWritable folder, Is.Null)
        Assert.That(filesOf folder, Is.EqualTo(box [ "figures/mine.svg" ]))
        ReportWriter.Write(report, folder)
        Assert.That(File.ReadAllText figure, Is.EqualTo "mine"))

[<Test>]
let ``a temporary file that cannot be written is refused and the old report stands`` () =
    inFolder (fun folder ->
        ReportWriter.Write(report, folder)
        let before = File.ReadAllText(Path.Combine(folder, "index.html"))
        Directory.CreateDirectory(Path.Combine(folder, "junit.xml.qwem-tmp")) |> ignore
        let changed = { report with Title = "Another" }
        Assert.That(refusal (fun () -> ReportWriter.Write(changed, folder)), Does.Contain "junit.xml")
        Assert.That(File.ReadAllText(Path.Combine(folder, "index.html")), Is.EqualTo before)
        Assert.That(filesOf folder, Is.EqualTo(box expected)))

[<Test>]
let ``a report that cannot be drawn creates no folder`` () =
    inFolder (fun folder ->
        let bad =
            { report with
                Sections =
                    [
                        { report.Sections.Head with
                            Figures = [ figure "../escape" [ staircase Linear ] ]
                        }
                    ]
            }

        Assert.That(refusal (fun () -> ReportWriter.Write(bad, Path.Combine(folder, "new"))), Does.Contain "../escape")
        Assert.That(Directory.GetFileSystemEntries folder, Is.Empty))

[<Test>]
let ``a verdict that passes against its own numbers, and names used twice, are refused`` () =
    let withVerdicts verdicts =
        { report with
            Sections =
                [
                    { report.Sections.Head with
                        Verdicts = verdicts
                    }
                ]
        }

    let message verdicts =
        refusal (fun () -> Check.report (withVerdicts verdicts))

    Assert.That(message [ verdict "a" 2.0 1.0 true ], Does.Contain "'a'")
    Assert.That(message [ verdict "a" nan 1.0 true ], Does.Contain "NaN")
    Assert.That(message [ verdict "a/b" 0.0 1.0 true; verdict "A-b" 0.0 1.0 true ], Does.Contain "more than once")

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

[<Test>]
let ``the data of a figure are wide where that is shorter, else a row for each point with the columns that its marks need``
    ()
    =
    let panel mark points =
        { staircase Linear with
            Series =
                [
                    {
                        Legend = Some "a, \"b\""
                        Colour = Some 2
                        Mark = mark
                        Points = points
                    }
                ]
        }

    let text mark points =
        Csv.render
            { figure "x" [ panel mark points ] with
                ColourNames = [ 2, "mode 3" ]
            }

    let name = "\"a, \"\"b\"\", mode 3\""
    Assert.That(text (Circles 1.0) [| 1.0 / 3.0, nan |], Is.EqualTo $"panel,x,{name}\n1,0.333333,NaN\n")

    // Two points at one x would be one cell.
    Assert.That(
        text (Circles 1.0) [| 1.0, 2.0; 1.0, 3.0 |],
        Is.EqualTo $"panel,series,x,y\n1,{name},1,2\n1,{name},1,3\n"
    )

    let twoPanels =
        let curve legend points : Series =
            {
                Legend = Some legend
                Colour = None
                Mark = Line(Solid, 1.0)
                Points = points
            }

        let panel series =
            { staircase Linear with
                Series = series
            }

        Csv.render (
            figure
                "x"
                [
                    panel [ curve "theory" [| 2.0, 4.0; 1.0, 3.0 |]; curve "experiment" [| 1.0, 3.5 |] ]
                    panel [ curve "theory" [| 0.5, 9.0 |] ]
                ]
        )

    Assert.That(twoPanels, Is.EqualTo "panel,x,theory,experiment\n1,1,3,3.5\n1,2,4,\n2,0.5,9,\n")

    Assert.That(
        text (Intervals [| 2.0, 1e-12, 3.0 |]) [| 1.0, 2.0 |],
        Is.EqualTo $"panel,series,x,y,low,high\n1,{name},1,2,,\n1,{name},2,,1E-12,3\n"
    )

    Assert.That(
        text (Words [| "one, two" |]) [| 1.0, 2.0 |],
        Is.EqualTo $"panel,series,x,y,value\n1,{name},1,2,\"one, two\"\n"
    )

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

[<Test>]
let ``JUnit has one case for each verdict and a failure with gap, bound and derivation for each that fails`` () =
    let root = XDocument.Parse(JUnit.render report).Root |> Unchecked.nonNull
    let cases = root.Descendants(XName.Get "testcase") |> List.ofSeq
    let failures = root.Descendants(XName.Get "failure") |> List.ofSeq
    Assert.That(cases.Length, Is.EqualTo 4)
    Assert.That(failures.Length, Is.EqualTo 2)
    Assert.That((root.Attribute(XName.Get "failures") |> Unchecked.nonNull).Value, Is.EqualTo "2")
    Assert.That(failures.Head.Value, Does.Contain "Gap NaN, bound 0.001")
    Assert.That(failures.Head.Value, Does.Contain "unit roundoff")

[<Test>]
let ``results.json reads back as the same verdicts and quantities, NaN and infinities included`` () =
    let json = Json.results report
    // Structural equality holds NaN unlike itself; the printed form does not.
    Assert.That(sprintf "%A" (Results.read json), Is.EqualTo(sprintf "%A" (Check.verdicts report)))

    let quantities =
        Results.readSections json |> List.collect (fun section -> section.Quantities)

    Assert.That(quantities, Is.EqualTo(box (report.Sections |> List.collect (fun section -> section.Quantities))))

[<Property>]
let ``every double survives results.json bit for bit`` (gap: float) (bound: float) =
    let one =
        { report with
            Sections =
                [
                    { report.Sections.Head with
                        Verdicts = [ verdict "x" gap bound false ]
                    }
                ]
        }

    let back = Results.read (Json.results one) |> List.head

    let bits (x: float) =
        if Double.IsNaN x then 0L else BitConverter.DoubleToInt64Bits x

    bits back.Gap = bits gap && bits back.Bound = bits bound

[<Test>]
let ``a foreign or broken results.json is refused in a sentence`` () =
    for text in [ ""; "[]"; "{}"; "{\"schema\": \"other/1\"}"; (Json.results report)[..500] ] do
        Assert.That(refusal (fun () -> Results.read text |> ignore), Does.Contain "results.json")

[<Test>]
let ``the verdict table comes out the same from results.json as from the report`` () =
    let fromFile = Markdown.verdictTableOf (Results.read (Json.results report))
    Assert.That(Markdown.verdictTableOf (Check.verdicts report), Is.EqualTo fromFile)
    // Seven cells to a row, whatever the claims hold.
    for row in fromFile.TrimEnd('\n').Split '\n' do
        Assert.That(Regex.Matches(row, @"(?<!\\)\|").Count, Is.EqualTo 8, row)

[<Test>]
let ``the summary comes out the same from results.json as from the report, a row for each section with gates`` () =
    let summary = Markdown.summaryTableOf "reports" report.Sections
    Assert.That(Markdown.summaryTableOf "reports" (Results.readSections (Json.results report)), Is.EqualTo summary)

    let gated =
        report.Sections |> List.filter (fun section -> not section.Verdicts.IsEmpty)

    for section in gated do
        Assert.That(summary, Does.Contain $"](reports/{section.Id}.md)")

    let rows =
        summary.TrimEnd('\n').Split '\n'
        |> Array.filter (fun line -> line.StartsWith '|')

    Assert.That(rows, Has.Length.EqualTo(2 + gated.Length))

    for row in rows do
        Assert.That(Regex.Matches(row, @"(?<!\\)\|").Count, Is.EqualTo 6, row)

[<Test>]
let ``the Markdown page shows figures from its folder with captions and derivations`` () =
    let page = Markdown.page report report.Sections.Head
    Assert.That(Markdown.index report, Does.Contain "](values.md)")
    Assert.That(page, Does.Contain "](figures/values.svg)")
    Assert.That(page, Does.Contain "**Figure 1. Singular values s<sub>k</sub> &lt;rise&gt;.**")
    Assert.That(page, Does.Contain "Bound: 10 rounded operations")
    Assert.That(page, Does.Contain "NOT rejected")

[<Test>]
let ``a region between markers is replaced and everything else stays`` () =
    let page = "before\n<!-- verdicts:begin -->\nold\n<!-- verdicts:end -->\nafter\n"

    let expected =
        "before\n<!-- verdicts:begin -->\nnew\n<!-- verdicts:end -->\nafter\n"

    Assert.That(Refresh.refreshBetweenMarkers page "verdicts" "new\n", Is.EqualTo(Ok expected: Result<string, string>))

    Assert.That(
        Refresh.refreshBetweenMarkers expected "verdicts" "new",
        Is.EqualTo(Ok expected: Result<string, string>)
    )

[<Test>]
let ``markers that are missing, repeated or out of order are named`` () =
    let start, stop = "<!-- v:begin -->", "<!-- v:end -->"

    for page, word in
        [
            "nothing", "neither"
            start, $"no '{stop}'"
            stop, $"no '{start}'"
            stop + start, "swap"
            start + start + stop, "once each"
            start + stop + stop, "once each"
        ] do
        match Refresh.refreshBetweenMarkers page "v" "new" with
        | Ok text -> Assert.Fail text
        | Error sentence -> Assert.That(sentence, Does.Contain word)

[<TestCase(0.0, "0")>]
[<TestCase(1.234567e-13, "1.23e-13")>]
[<TestCase(0.0012349, "0.00123")>]
[<TestCase(12345.0, "12300")>]
[<TestCase(123456.0, "1.23e+5")>]
[<TestCase(-0.5, "-0.5")>]
[<TestCase(Double.NaN, "NaN")>]
[<TestCase(Double.NegativeInfinity, "-Infinity")>]
let ``numbers in tables have three significant digits`` (value: float, text: string) =
    Assert.That(Numbers.short value, Is.EqualTo text)

[<Test>]
let ``a coordinate has at most two decimals and never a minus before zero`` () =
    Assert.That(
        List.map Numbers.pixel [ -0.001; -0.0; 1.005; -2.5; 1234567.891 ],
        Is.EqualTo(box [ "0"; "0"; "1"; "-2.5"; "1234567.89" ])
    )
