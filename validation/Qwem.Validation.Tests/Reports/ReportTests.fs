[<NUnit.Framework.TestFixture>]
module Qwem.Validation.Tests.ReportTests

open System.IO
open NUnit.Framework
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
    for id in [ "index"; "ReadMe"; "matrix" ] do
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
let ``names used twice are refused`` () =
    let named verdicts =
        { report with
            Sections =
                [
                    { report.Sections.Head with
                        Verdicts = verdicts
                    }
                ]
        }

    let gate id = verdict id 0.0 1.0 Outcome.Confirmed
    Assert.That(refusal (fun () -> Check.report (named [ gate "a/b"; gate "A-b" ])), Does.Contain "more than once")

[<Test>]
let ``a report of an earlier layout of results.json may be replaced, with the pages that it wrote`` () =
    inFolder (fun folder ->
        ReportWriter.Write(report, folder)
        let results = Path.Combine(folder, "results.json")

        File.WriteAllText(
            results,
            "{\"schema\": \"qwem-results/1\", \"sections\": [{\"id\": \"old\"}, {\"id\": \"rest\"}, {\"id\": \"values\"}]}"
        )

        File.WriteAllText(Path.Combine(folder, "old.html"), "old")
        ReportWriter.Write(report, folder)
        Assert.That(filesOf folder, Is.EqualTo(box expected)))
