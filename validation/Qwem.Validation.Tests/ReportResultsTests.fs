[<NUnit.Framework.TestFixture>]
module Qwem.Validation.Tests.ReportResultsTests

open System
open System.IO
open System.Text.RegularExpressions
open System.Xml.Linq
open NUnit.Framework
open FsCheck.NUnit
open Qwem.Reports
open Qwem.Validation.Tests.FigureSamples
open Qwem.Validation.Tests.ReportSamples

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

[<Test>]
let ``JUnit has one case for each verdict; what is not confirmed is skipped with its numbers, what is unaccepted fails``
    ()
    =
    let parse (xml: string) =
        XDocument.Parse(xml).Root |> Unchecked.nonNull

    let texts (name: string) (root: XElement) =
        [
            for element in root.Descendants(XName.Get name) ->
                (element.Attribute(XName.Get "message") |> Unchecked.nonNull).Value
        ]

    let root = parse (JUnit.render report)
    Assert.That(root.Descendants(XName.Get "testcase") |> Seq.length, Is.EqualTo 5)
    Assert.That(texts "failure" root, Is.Empty)
    let skipped = texts "skipped" root
    Assert.That(skipped, Has.Length.EqualTo 3)
    Assert.That(skipped, Does.Contain "not confirmed: gap NaN, bound 0.001")
    Assert.That(skipped, Does.Contain "contradicted: gap Infinity, bound 1")
    Assert.That(root.Value, Does.Contain "unit roundoff")

    let change fails : Baseline.Change =
        {
            Id = "exact"
            What = "is <new>"
            Fails = fails
        }

    let root =
        parse (JUnit.renderAgainst [ "A & B." ] [ change true; change false ] report)

    Assert.That(root.Descendants(XName.Get "testcase") |> Seq.length, Is.EqualTo 8)
    Assert.That(texts "failure" root, Is.EqualTo<string list> [ "A & B."; "is <new>" ])
    Assert.That((root.Attribute(XName.Get "failures") |> Unchecked.nonNull).Value, Is.EqualTo "2")

[<Test>]
let ``results.json reads back as the same verdicts and quantities, NaN and infinities included`` () =
    let json = Json.results report
    // Structural equality holds NaN unlike itself; the printed form does not.
    Assert.That(sprintf "%A" (Results.read json), Is.EqualTo(sprintf "%A" (Check.verdicts report)))
    let all = Results.readAll json
    Assert.That(all.Slips, Is.EqualTo(box report.Slips))
    let said (section: Section) = section.Answer, section.Details
    Assert.That(all.Sections |> List.map said, Is.EqualTo(box (report.Sections |> List.map said)))

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
                        Verdicts = [ verdict "x" gap bound Outcome.NotConfirmed ]
                    }
                ]
        }

    let back = Results.read (Json.results one) |> List.head

    let bits (x: float) =
        if Double.IsNaN x then 0L else BitConverter.DoubleToInt64Bits x

    bits back.Gap = bits gap && bits back.Bound = bits bound

[<Test>]
let ``results with readings of a slider follow the schema, and altered readings do not`` () =
    let schema = File.ReadAllText(Repository.file "docs/results.schema.json")
    let json = Json.results showcase
    Assert.That(json, Does.Contain "\"readings\"")
    Assert.That(JsonSchema.complaints schema json, Is.Empty)

    for before, after in [ "\"at\"", "\"time\""; "\"curve\": \"", "\"curve\": \"\", \"x\": \"" ] do
        Assert.That(JsonSchema.complaints schema (json.Replace(before, after)), Is.Not.Empty)

[<Test>]
let ``a foreign or broken results.json is refused in a sentence`` () =
    let json = Json.results report

    for text in
        [
            ""
            "[]"
            "{}"
            "{\"schema\": \"other/1\"}"
            json[..500]
            json.Replace("[\"rejected\", ", "[\"killed\", ")
            json.Replace("[\"rejected\", ", "[")
            json.Replace("\"exact\"", "\"guess\"")
        ] do
        Assert.That(refusal (fun () -> Results.read text |> ignore), Does.Contain "results.json")

[<Test>]
let ``the verdict table comes out the same from results.json as from the report`` () =
    let fromFile = Markdown.verdictTableOf (Results.read (Json.results report))
    Assert.That(Markdown.verdictTableOf (Check.verdicts report), Is.EqualTo fromFile)
    // Eight cells to a row, whatever the claims hold.
    for row in fromFile.TrimEnd('\n').Split '\n' do
        Assert.That(Regex.Matches(row, @"(?<!\\)\|").Count, Is.EqualTo 9, row)

[<Test>]
let ``the summary comes out the same from results.json as from the report, a row for each section with gates`` () =
    let summary = Markdown.summaryTableOf "reports" report.Slips report.Sections
    let read = Results.readAll (Json.results report)
    Assert.That(Markdown.summaryTableOf "reports" read.Slips read.Sections, Is.EqualTo summary)

    Assert.That(
        summary,
        Does.StartWith "5 gates: 2 confirmed, 2 not confirmed, 1 contradicted. 3 slips × 2 confirmed gates:"
    )

    Assert.That(summary, Does.Contain "No gate rejects <code>z</code>; [which survive where](reports/matrix.md).")
    Assert.That(summary, Does.Contain "- [The rest](reports/rest.md), <code>infinite</code>: ")

    let gated =
        report.Sections |> List.filter (fun section -> not section.Verdicts.IsEmpty)

    for section in gated do
        Assert.That(summary, Does.Contain $"](reports/{section.Id}.md)")

    let rows =
        summary.TrimEnd('\n').Split '\n'
        |> Array.filter (fun line -> line.StartsWith '|')

    Assert.That(rows, Has.Length.EqualTo(2 + gated.Length))

    for row in rows do
        Assert.That(Regex.Matches(row, @"(?<!\\)\|").Count, Is.EqualTo 4, row)

[<Test>]
let ``the Markdown page shows figures from its folder with captions and derivations`` () =
    let page = Markdown.page report report.Sections.Head
    Assert.That(Markdown.index report, Does.Contain "](values.md)")
    Assert.That(page, Does.Contain "](figures/values.svg)")
    Assert.That(page, Does.Contain "**Figure 1. Singular values s<sub>k</sub> &lt;rise&gt;.**")
    Assert.That(page, Does.Contain "Bound: 10 rounded operations")
    Assert.That(page, Does.Contain "Slip survives, gap 4.45e-15: \"Z\" &amp; its powers left out")

    Assert.That(
        page,
        Does.Contain
            "Resolution, the smallest relative error of each quantity that the gate rejects in either direction: <code>kappa</code> 2.00×10<sup>−9</sup>"
    )

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

[<TestCase("to 7.59e-10 at 1e+5.", "to 7.59×10^{−10} at 1×10^{5}.")>]
[<TestCase("σ = 1e-12", "σ = 1×10^{−12}")>]
[<TestCase("σ^{1e-3}, `1e-3`", "σ^{1e-3}, `1e-3`")>]
[<TestCase("the 3e mode, x1e-3, 0.5", "the 3e mode, x1e-3, 0.5")>]
let ``exponents in sentences are raised, but for those in marks and words`` (text: string) (raised: string) =
    Assert.That(Numbers.raisedIn text, Is.EqualTo raised)

[<Test>]
let ``a coordinate has at most two decimals and never a minus before zero`` () =
    Assert.That(
        List.map Numbers.pixel [ -0.001; -0.0; 1.005; -2.5; 1234567.891 ],
        Is.EqualTo(box [ "0"; "0"; "1"; "-2.5"; "1234567.89" ])
    )
