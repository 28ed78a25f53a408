module Qwem.Validation.Tests.ReportResultsTests

open System
open System.IO
open System.Text.RegularExpressions
open System.Xml.Linq
open Expecto
open Qwem.Reports
open Qwem.Validation.Tests.FigureSamples
open Qwem.Validation.Tests.ReportSamples

let tests =
    testList "Report results" [
        testCase "a series without a legend goes by that of its kind and colour in another panel" (fun () ->
            let points = [| for i in 1..5 -> float i, float i |]

            let panel isFirst = {
                staircase Linear with
                    Series = [
                        for colour, name, stroke in [ 1, "law", Dashed; 2, "fit", Dotted ] do
                            line (if isFirst then Some name else None) (Some colour) stroke points
                    ]
            }

            let spectra = figure "spectra" [ panel true; panel false; panel false ]

            for shown in spectra.Panels do
                Expect.equal (SeriesNames.ofPanel spectra shown |> List.map _.Text) [ "law"; "fit" ] ""

            Expect.stringStarts (Csv.render spectra) "panel,x,law,fit\n" "")

        testCase
            "the data of a figure are wide where that is shorter, else a row for each point with the columns that its marks need"
            (fun () ->
                let panel mark points = {
                    staircase Linear with
                        Series = [
                            {
                                Legend = Some "a, \"b\""
                                Colour = Some 2
                                Mark = mark
                                Points = points
                            }
                        ]
                }

                let text mark points =
                    Csv.render {
                        figure "x" [ panel mark points ] with
                            ColourNames = [ 2, "mode 3" ]
                    }

                let name = "\"a, \"\"b\"\", mode 3\""
                Expect.equal (text (Circles 1.0) [| 1.0 / 3.0, nan |]) ($"panel,x,{name}\n1,0.33333,NaN\n") ""

                // Two points at one x would be one cell.
                Expect.equal
                    (text (Circles 1.0) [| 1.0, 2.0; 1.0, 3.0 |])
                    ($"panel,series,x,y\n1,{name},1,2\n1,{name},1,3\n")
                    ""

                let twoPanels =
                    let curve legend points : Series = {
                        Legend = Some legend
                        Colour = None
                        Mark = Line(Solid, 1.0)
                        Points = points
                    }

                    let panel series = {
                        staircase Linear with
                            Series = series
                    }

                    Csv.render (
                        figure "x" [
                            panel [ curve "theory" [| 2.0, 4.0; 1.0, 3.0 |]; curve "experiment" [| 1.0, 3.5 |] ]
                            panel [ curve "theory" [| 0.5, 9.0 |] ]
                        ]
                    )

                Expect.equal twoPanels "panel,x,theory,experiment\n1,1,3,3.5\n1,2,4,\n2,0.5,9,\n" ""

                Expect.equal
                    (text (Intervals [| 2.0, 1e-12, 3.0 |]) [| 1.0, 2.0 |])
                    ($"panel,series,x,y,low,high\n1,{name},1,2,,\n1,{name},2,,1E-12,3\n")
                    ""

                Expect.equal
                    (text (Words [| "one, two" |]) [| 1.0, 2.0 |])
                    ($"panel,series,x,y,value\n1,{name},1,2,\"one, two\"\n")
                    "")

        testCase
            "JUnit has one case for each verdict; what is not confirmed is skipped with its numbers, what is unaccepted fails"
            (fun () ->
                let parse (xml: string) =
                    XDocument.Parse(xml).Root |> Unchecked.nonNull

                let texts (name: string) (root: XElement) = [
                    for element in root.Descendants(XName.Get name) ->
                        (element.Attribute(XName.Get "message") |> Unchecked.nonNull).Value
                ]

                let root = parse (JUnit.render report)
                Expect.equal (root.Descendants(XName.Get "testcase") |> Seq.length) 5 ""
                Expect.isEmpty (texts "failure" root) ""
                let skipped = texts "skipped" root
                Expect.hasLength skipped 3 ""
                Expect.contains skipped "not confirmed: gap NaN, bound 0.001" ""
                Expect.contains skipped "contradicted: gap Infinity, bound 1" ""
                Expect.stringContains root.Value "unit roundoff" ""

                let change fails : Baseline.Change = {
                    Id = "exact"
                    What = "is <new>"
                    Fails = fails
                }

                let root =
                    parse (JUnit.renderAgainst [ "A & B." ] [ change true; change false ] report)

                Expect.equal (root.Descendants(XName.Get "testcase") |> Seq.length) 8 ""
                Expect.equal (texts "failure" root) [ "A & B."; "is <new>" ] ""
                Expect.equal ((root.Attribute(XName.Get "failures") |> Unchecked.nonNull).Value) "2" "")

        testCase "results.json reads back as the same verdicts and quantities, NaN and infinities included" (fun () ->
            let json = Json.results report
            // Structural equality holds NaN unlike itself; the printed form does not.
            Expect.equal (sprintf "%A" (Results.read json)) (sprintf "%A" (Check.verdicts report)) ""
            let all = Results.readAll json
            Expect.equal all.Slips (report.Slips) ""
            let said (section: Section) = section.Answer, section.Details
            Expect.equal (all.Sections |> List.map said) (report.Sections |> List.map said) ""

            let quantities =
                Results.readSections json |> List.collect (fun section -> section.Quantities)

            Expect.equal quantities ((report.Sections |> List.collect (fun section -> section.Quantities))) "")

        property "every double survives results.json bit for bit" 100 (fun (gap: float) (bound: float) ->
            let one = {
                report with
                    Sections = [
                        {
                            report.Sections.Head with
                                Verdicts = [ verdict "x" gap bound Outcome.NotConfirmed ]
                        }
                    ]
            }

            let back = Results.read (Json.results one) |> List.head

            let bits (x: float) =
                if Double.IsNaN x then 0L else BitConverter.DoubleToInt64Bits x

            bits back.Gap = bits gap && bits back.Bound = bits bound)

        testCase "results with readings of a slider follow the schema, and altered readings do not" (fun () ->
            let schema = File.ReadAllText(Repository.file "docs/results.schema.json")
            let json = Json.results showcase
            Expect.stringContains json ("\"readings\"") ""
            Expect.isEmpty (JsonSchema.complaints schema json) ""

            for before, after in [ "\"at\"", "\"time\""; "\"curve\": \"", "\"curve\": \"\", \"x\": \"" ] do
                Expect.isNonEmpty (JsonSchema.complaints schema (json.Replace(before, after))) "")

        testCase "a foreign or broken results.json is refused in a sentence" (fun () ->
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
                Expect.stringContains (refusal (fun () -> Results.read text |> ignore)) "results.json" "")

        testCase "the verdict table comes out the same from results.json as from the report" (fun () ->
            let fromFile = Markdown.verdictTableOf (Results.read (Json.results report))
            Expect.equal (Markdown.verdictTableOf (Check.verdicts report)) fromFile ""
            // Eight cells to a row, whatever the claims hold.
            for row in fromFile.TrimEnd('\n').Split '\n' do
                Expect.equal (Regex.Matches(row, @"(?<!\\)\|").Count) 9 row)

        testCase
            "the summary comes out the same from results.json as from the report, a row for each section with gates"
            (fun () ->
                let summary = Markdown.summaryTableOf "reports" report.Slips report.Sections
                let read = Results.readAll (Json.results report)
                Expect.equal (Markdown.summaryTableOf "reports" read.Slips read.Sections) summary ""

                Expect.stringStarts
                    summary
                    "5 gates: 2 confirmed, 2 not confirmed, 1 contradicted. 3 slips × 2 confirmed gates:"
                    ""

                Expect.stringContains
                    summary
                    "No gate rejects <code>z</code>; [which survive where](reports/matrix.md)."
                    ""

                Expect.stringContains summary "- [The rest](reports/rest.md), <code>infinite</code>: " ""

                let gated =
                    report.Sections |> List.filter (fun section -> not section.Verdicts.IsEmpty)

                for section in gated do
                    Expect.stringContains summary ($"](reports/{section.Id}.md)") ""

                let rows =
                    summary.TrimEnd('\n').Split '\n'
                    |> Array.filter (fun line -> line.StartsWith '|')

                Expect.hasLength rows (2 + gated.Length) ""

                for row in rows do
                    Expect.equal (Regex.Matches(row, @"(?<!\\)\|").Count) 4 row)

        testCase "the Markdown page shows figures from its folder with captions and derivations" (fun () ->
            let page = Markdown.page report report.Sections.Head
            Expect.stringContains (Markdown.index report) "](values.md)" ""
            Expect.stringContains page "](figures/values.png)" ""
            Expect.stringContains page "**Figure 1. Singular values s<sub>k</sub> &lt;rise&gt;.**" ""
            Expect.stringContains page "Bound: 10 rounded operations" ""
            Expect.stringContains page ("Slip survives, gap 4.45e-15: \"Z\" &amp; its powers left out") ""

            Expect.stringContains
                page
                "Resolution, the smallest relative error of each quantity that the gate rejects in either direction: <code>kappa</code> 2.00×10<sup>−9</sup>"
                "")

        testCase "a region between markers is replaced and everything else stays" (fun () ->
            let page = "before\n<!-- verdicts:begin -->\nold\n<!-- verdicts:end -->\nafter\n"

            let expected =
                "before\n<!-- verdicts:begin -->\nnew\n<!-- verdicts:end -->\nafter\n"

            Expect.equal
                (Refresh.refreshBetweenMarkers page "verdicts" "new\n")
                (Ok expected: Result<string, string>)
                ""

            Expect.equal
                (Refresh.refreshBetweenMarkers expected "verdicts" "new")
                (Ok expected: Result<string, string>)
                "")

        testCase "markers that are missing, repeated or out of order are named" (fun () ->
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
                | Ok text -> failtest text
                | Error sentence -> Expect.stringContains sentence word "")

        testTheory "numbers in tables have three significant digits" [
            (0.0, "0")
            (1.234567e-13, "1.23e-13")
            (0.0012349, "0.00123")
            (12345.0, "12300")
            (123456.0, "1.23e+5")
            (-0.5, "-0.5")
            (Double.NaN, "NaN")
            (Double.NegativeInfinity, "-Infinity")
        ]
        <| fun (value: float, text: string) -> Expect.equal (Numbers.short value) text ""

        testTheory "exponents in sentences are raised, but for those in marks and words" [
            ("to 7.59e-10 at 1e+5.", "to 7.59×10^{−10} at 1×10^{5}.")
            ("σ = 1e-12", "σ = 1×10^{−12}")
            ("σ^{1e-3}, `1e-3`", "σ^{1e-3}, `1e-3`")
            ("the 3e mode, x1e-3, 0.5", "the 3e mode, x1e-3, 0.5")
        ]
        <| fun (text: string, raised: string) -> Expect.equal (Numbers.raisedIn text) raised ""

        testCase "a coordinate has at most two decimals and never a minus before zero" (fun () ->
            Expect.equal
                (List.map Numbers.pixel [ -0.001; -0.0; 1.005; -2.5; 1234567.891 ])
                ([ "0"; "0"; "1"; "-2.5"; "1234567.89" ])
                "")
    ]
