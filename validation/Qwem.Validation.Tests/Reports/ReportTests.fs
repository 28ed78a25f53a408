module Qwem.Validation.Tests.ReportTests

open System.IO
open Expecto
open Qwem.Reports
open Qwem.Validation.Tests.FigureSamples
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

let private expected = [
    "README.md"
    "assets/plotly.LICENSE.txt"
    "assets/plotly.min.js"
    "beside-the-paper.html"
    "beside-the-paper.md"
    "figures/rest.csv"
    "figures/rest.png"
    "figures/values.csv"
    "figures/values.png"
    "index.html"
    "junit.xml"
    "manifest.json"
    "matrix.html"
    "matrix.md"
    "report.css"
    "report.js"
    "rest.html"
    "rest.md"
    "results.json"
    "values.html"
    "values.md"
]

let tests =
    testList "Report" [
        testCase
            "the files are the same bytes on repeat and under another culture, with line feeds and no byte order mark"
            (fun () ->
                inFolder (fun first ->
                    inFolder (fun second ->
                        ReportWriter.Write(report, first)
                        underAnotherCulture (fun () -> ReportWriter.Write(report, second))
                        Expect.equal (filesOf first) (expected) ""
                        Expect.equal (filesOf second) (expected) ""

                        for name in expected do
                            let bytes = File.ReadAllBytes(Path.Combine(first, name))
                            Expect.equal (File.ReadAllBytes(Path.Combine(second, name))) (bytes) name

                            if not (name.EndsWith ".png" || name.StartsWith "assets/") then
                                Expect.isFalse (Array.contains 13uy bytes) name
                                Expect.isLessThan bytes[0] 128uy name
                                Expect.equal (Array.last bytes) 10uy name)))

        testCase "writing again replaces the files, removes outdated figures and leaves other files alone" (fun () ->
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

                Expect.equal (filesOf folder |> List.sort) (all) ""
                Expect.stringStarts (File.ReadAllText(Path.Combine(folder, "index.html"))) "<!DOCTYPE html>" ""))

        testCase "a section that is gone takes its pages and its figures along, and nobody else's" (fun () ->
            inFolder (fun folder ->
                ReportWriter.Write(report, folder)
                File.WriteAllText(Path.Combine(folder, "notes.html"), "mine")

                ReportWriter.Write(
                    {
                        report with
                            Sections = [ report.Sections.Head ]
                    },
                    folder
                )

                let left =
                    expected
                    |> List.filter (fun name -> not (name.Contains "rest"))
                    |> List.append [ "notes.html" ]

                Expect.equal (filesOf folder) ((List.sort left)) ""))

        testCase "a page that no report wrote is not overwritten by a section of its name" (fun () ->
            inFolder (fun folder ->
                ReportWriter.Write(
                    {
                        report with
                            Sections = [ report.Sections.Head ]
                    },
                    folder
                )

                File.WriteAllText(Path.Combine(folder, "rest.html"), "mine")
                Expect.stringContains (refusal (fun () -> ReportWriter.Write(report, folder))) "rest.html" ""
                Expect.equal (File.ReadAllText(Path.Combine(folder, "rest.html"))) "mine" ""))

        testCase "a section cannot take the name of the index" (fun () ->
            for id in [ "index"; "ReadMe"; "matrix" ] do
                let named = {
                    report with
                        Sections = [ { report.Sections.Head with Id = id } ]
                }

                Expect.stringContains (refusal (fun () -> Check.report named)) id "")

        testCase "a file in place of the folder is refused by path and nothing is left behind" (fun () ->
            inFolder (fun folder ->
                let path = Path.Combine(folder, "report")
                File.WriteAllText(path, "in the way")
                let message = refusal (fun () -> ReportWriter.Write(report, path))
                Expect.stringContains message path ""
                Expect.stringContains message "remove or rename" ""
                Expect.equal (filesOf folder) ([ "report" ]) ""))

        testCase "a file in place of the figures is refused and nothing is left behind" (fun () ->
            inFolder (fun folder ->
                let inner = Path.Combine(folder, "inner")
                Directory.CreateDirectory inner |> ignore
                File.WriteAllText(Path.Combine(inner, "figures"), "in the way")
                Expect.stringContains (refusal (fun () -> ReportWriter.Write(report, inner))) "figures" ""
                Expect.equal (filesOf folder) ([ "inner/figures" ]) ""))

        testCase "a folder in place of a file is refused before anything is written" (fun () ->
            inFolder (fun folder ->
                ReportWriter.Write(report, folder)
                let index = Path.Combine(folder, "index.html")
                File.WriteAllText(index, "before")
                File.Delete(Path.Combine(folder, "junit.xml"))
                Directory.CreateDirectory(Path.Combine(folder, "junit.xml")) |> ignore
                Expect.stringContains (refusal (fun () -> ReportWriter.Write(report, folder))) "junit.xml" ""
                Expect.equal (File.ReadAllText index) "before" ""))

        testCase "pages and figures that no report wrote are neither overwritten nor deleted" (fun () ->
            inFolder (fun folder ->
                let page, figure =
                    Path.Combine(folder, "README.md"), Path.Combine(folder, "figures", "mine.svg")

                Directory.CreateDirectory(Path.Combine(folder, "figures")) |> ignore
                File.WriteAllText(page, "mine")
                File.WriteAllText(figure, "mine")
                Expect.stringContains (refusal (fun () -> ReportWriter.Write(report, folder))) "README.md" ""
                Expect.stringContains (string (ReportWriter.WhyNotWritable folder)) "README.md" ""
                Expect.equal (File.ReadAllText page) "mine" ""
                File.Delete page
                Expect.isNull (ReportWriter.WhyNotWritable folder) ""
                Expect.equal (filesOf folder) ([ "figures/mine.svg" ]) ""
                ReportWriter.Write(report, folder)
                Expect.equal (File.ReadAllText figure) "mine" ""))

        testCase "a temporary file that cannot be written is refused and the old report stands" (fun () ->
            inFolder (fun folder ->
                ReportWriter.Write(report, folder)
                let before = File.ReadAllText(Path.Combine(folder, "index.html"))
                Directory.CreateDirectory(Path.Combine(folder, "junit.xml.qwem-tmp")) |> ignore
                let changed = { report with Title = "Another" }
                Expect.stringContains (refusal (fun () -> ReportWriter.Write(changed, folder))) "junit.xml" ""
                Expect.equal (File.ReadAllText(Path.Combine(folder, "index.html"))) before ""
                Expect.equal (filesOf folder) (expected) ""))

        testCase "a report that cannot be drawn creates no folder" (fun () ->
            inFolder (fun folder ->
                let bad = {
                    report with
                        Sections = [
                            {
                                report.Sections.Head with
                                    Figures = [ figure "../escape" [ staircase Linear ] ]
                            }
                        ]
                }

                Expect.stringContains
                    (refusal (fun () -> ReportWriter.Write(bad, Path.Combine(folder, "new"))))
                    "../escape"
                    ""

                Expect.isEmpty (Directory.GetFileSystemEntries folder) ""))

        testCase "names used twice are refused" (fun () ->
            let named verdicts = {
                report with
                    Sections = [
                        {
                            report.Sections.Head with
                                Verdicts = verdicts
                        }
                    ]
            }

            let gate id = verdict id 0.0 1.0 Outcome.Confirmed

            Expect.stringContains
                (refusal (fun () -> Check.report (named [ gate "a/b"; gate "A-b" ])))
                "more than once"
                "")

        testCase
            "a report of an earlier layout of results.json may be replaced, with the pages that it wrote"
            (fun () ->
                inFolder (fun folder ->
                    ReportWriter.Write(report, folder)
                    let results = Path.Combine(folder, "results.json")

                    File.WriteAllText(
                        results,
                        "{\"schema\": \"qwem-results/1\", \"sections\": [{\"id\": \"old\"}, {\"id\": \"rest\"}, {\"id\": \"values\"}]}"
                    )

                    File.WriteAllText(Path.Combine(folder, "old.html"), "old")
                    ReportWriter.Write(report, folder)
                    Expect.equal (filesOf folder) (expected) ""))
    ]
