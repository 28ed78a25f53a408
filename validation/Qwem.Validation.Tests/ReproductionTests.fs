[<NUnit.Framework.TestFixture>]
module Qwem.Validation.Tests.ReproductionTests

open System
open System.IO
open System.Threading
open NUnit.Framework
open Qwem.Reports
open Qwem.Validation
open Qwem.Validation.Tests.CountingSupport
open Qwem.Validation.Tests.Command

let private run (configure: ReproductionOptions -> unit) =
    let options = ReproductionOptions(Profile = Profile.Smoke)
    configure options
    Reproduction.Run(options, true, Progress(fun _ _ -> ()), ignore, CancellationToken.None).Report

let private quick = lazy (run ignore)

/// Every file of a folder by its path in it.
let private contents (folder: string) =
    Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
    |> Seq.map (fun path -> Path.GetRelativePath(folder, path), File.ReadAllText path)
    |> Seq.sort
    |> List.ofSeq

[<Test>]
let ``the smoke run has no problem and contradicts nothing that the committed results confirm`` () =
    Assert.That(Check.problems Check.Scope.Other quick.Value, Is.Empty)

    Assert.That(
        Baseline.compare false (CommittedResults.verdicts ()) (Check.verdicts quick.Value)
        |> List.filter _.Fails,
        Is.Empty
    )

[<Test>]
let ``the slips of the issue are each rejected by some gate`` () =
    let rows = SlipMatrix.rows quick.Value.Slips (Check.verdicts quick.Value)

    for slip in
        [
            "kappa"
            "z"
            "self-pairs"
            "variance-over-d"
            "step-delay"
            "start-projection"
            "saturation"
        ] do
        let row = rows |> List.find (fun row -> row.Slip.Id = slip)
        Assert.That(row.Rejecting, Is.Not.Empty, slip)

[<Test>]
let ``each section is told the moment it is judged, in the report's order`` () =
    let told = ResizeArray<Section>()

    let options =
        ReproductionOptions(Profile = Profile.Smoke, Only = [| "z-not-one"; "general-weight" |])

    let report =
        Reproduction
            .Run(options, true, Progress(fun _ _ -> ()), (fun section -> told.Add section), CancellationToken.None)
            .Report

    Assert.That(told, Is.EqualTo(box report.Sections))

[<Test>]
let ``the report lists every slip that its gates were shown`` () =
    let listed = quick.Value.Slips |> List.map _.Id
    Assert.That(listed, Is.EqualTo<string list>(Slip.all |> List.map _.Id))

[<Test>]
let ``the exact solution is at the integrator's accuracy, the aligned ones are not`` () =
    for section in
        quick.Value.Sections
        |> List.filter (fun section -> section.Id.StartsWith "theorem-4-3") do
        let value name =
            (section.Quantities |> List.find (fun quantity -> quantity.Name = name)).Value

        Assert.That(value "Gram error (c)", Is.LessThan 1e-6)
        Assert.That(value "half-rise error (a)", Is.GreaterThan 1e-3)

[<Test>]
let ``the report has the same bytes on any number of threads`` () =
    let expected = ReportWriter.Render quick.Value
    let other = ReportWriter.Render(run (fun options -> options.Threads <- 3))
    Assert.That((expected = other), Is.True)

[<Test>]
let ``the report has the same bytes with AVX-512 switched off`` () =
    use folder = new TemporaryFolder()
    ReportWriter.Write(quick.Value, folder.File "here")

    let environment = [ "DOTNET_EnableAVX512", "0"; "DOTNET_EnableAVX512F", "0" ]

    let code, output, error =
        finishWithin
            240
            (qwemIn environment [ "reproduce"; "--fresh"; "--profile"; "smoke"; "--out"; folder.File "there" ])

    Assert.That(code, Is.EqualTo 0, error)
    Assert.That(output, Does.Contain "PASS: ")
    Assert.That((contents (folder.File "here") = contents (folder.File "there")), Is.True)

[<Test>]
let ``reproduce prints a claim's outcomes and answer before it begins the next`` () =
    use folder = new TemporaryFolder()

    let code, output, error =
        finish (
            qwem
                [
                    "reproduce"
                    "--profile"
                    "smoke"
                    "--fresh"
                    "--only"
                    "z-not-one"
                    "general-weight"
                    "--out"
                    folder.File "report"
                ]
        )

    Assert.That(code, Is.EqualTo 0, output)

    let at (part: string) =
        error.IndexOf(part, StringComparison.Ordinal)

    let answer = at "1 confirmed  Subsampling with Z far from 1: With Z = "
    Assert.That(answer, Is.GreaterThan(at "z-not-one: training"), error)
    Assert.That(answer, Is.LessThan(at "general-weight (2 of 2"), error)
    Assert.That(output, Does.Contain "PASS: ")

[<Test>]
let ``a start that is not small leaves most modes without a bound, and the answer counts them`` () =
    use folder = new TemporaryFolder()
    // Far from small: the bound of Theorem 4.3 covers few modes, and the answer must say how far off the others are.
    let code, output, error =
        finishWithin
            120
            (qwem
                [
                    "reproduce"
                    "--profile"
                    "smoke"
                    "--sigma"
                    "0.5"
                    "--only"
                    "theorem-4.3"
                    "--out"
                    folder.File "report"
                ])

    Assert.That(code, Is.EqualTo 0)
    Assert.That(output + error, Does.Contain "of 16 modes")
    Assert.That(output + error, Does.Contain "too few to tell")
    Assert.That(output, Does.Contain "14 confirmed, 4 not confirmed")
    Assert.That(File.Exists(folder.File "report/index.html"))

[<Test>]
let ``impossible options end with code 1 and one sentence before any work`` () =
    use folder = new TemporaryFolder()
    let out = folder.File "report"

    let refuse part arguments =
        refused folder 1 part ("reproduce" :: "--out" :: out :: arguments)

    refuse "d = 1000" [ "-d"; "1000" ]
    refuse "d = 200" [ "-V"; "200"; "-d"; "200" ]
    refuse "V = 1001" [ "-V"; "1001" ]
    refuse "sigma = 0" [ "--sigma"; "0" ]
    refuse "sigma = -1" [ "--sigma"; "-1" ]
    refuse "sigma = 1E-40" [ "--sigma"; "1e-40" ]
    refuse "'x'" [ "--sigma"; "x" ]
    refuse "--threads" [ "--threads"; "-1" ]
    refuse "missing.md" [ "--update"; folder.File "missing.md" ]

[<Test>]
let ``a folder that cannot take the report is refused before any work`` () =
    use folder = new TemporaryFolder()
    let file = folder.WriteText("file", "x")

    let refuse part out =
        refused folder 1 part [ "reproduce"; "--out"; out ]

    refuse "file" file
    refuse "/proc/nowhere" "/proc/nowhere"
    folder.WriteText("README.md", "mine") |> ignore
    refuse "README.md" folder.Path
    Assert.That(File.ReadAllText(folder.File "README.md"), Is.EqualTo "mine")

[<Test>]
let ``counts that are missing, truncated or altered end with code 3`` () =
    use folder = new TemporaryFolder()
    let out = folder.File "report"

    let refuse part counts =
        refused folder 3 part [ "reproduce"; "--out"; out; "--counts"; counts ]

    refuse "missing.qcooc" (folder.File "missing.qcooc")

    let good =
        File.ReadAllBytes(Repository.file $"validation/data/{EmbeddedCounts.wikipedia1000}")

    File.WriteAllBytes(folder.File "cut.qcooc", good[.. good.Length / 2])
    refuse "cut.qcooc" (folder.File "cut.qcooc")
    good[good.Length / 2] <- good[good.Length / 2] ^^^ 1uy
    File.WriteAllBytes(folder.File "altered.qcooc", good)
    refuse "altered.qcooc" (folder.File "altered.qcooc")
    refuse "text" (folder.WriteText("text", "plain"))

[<Test>]
let ``own counts are used, and a page's table is refreshed`` () =
    use folder = new TemporaryFolder()

    let page =
        folder.WriteText("page.md", "before\n<!-- verdicts:begin -->\n<!-- verdicts:end -->\nafter\n")

    let counts = Repository.file $"validation/data/{EmbeddedCounts.wikipedia3000}"

    let code, _, error =
        finishWithin
            240
            (qwem
                [
                    "reproduce"
                    "--profile"
                    "smoke"
                    "--counts"
                    counts
                    "-V"
                    "120"
                    "-d"
                    "12"
                    "--out"
                    folder.File "report"
                    "--update"
                    page
                ])

    Assert.That(code, Is.EqualTo(0).Or.EqualTo 2, error)
    let text = File.ReadAllText page
    Assert.That(text, Does.StartWith "before\n<!-- verdicts:begin -->\n")
    Assert.That(text, Does.EndWith "<!-- verdicts:end -->\nafter\n")
    Assert.That(text, Does.Contain "](report/theorem-4-3-xe.md)")
    let manifest = File.ReadAllText(folder.File "report/manifest.json")
    Assert.That(manifest, Does.Contain "--vocabulary-size 120 --dimension 12")

[<Test>]
let ``the README's verdict table is that of the committed results`` () =
    let results =
        Results.readAll (File.ReadAllText(Repository.file "reports/results.json"))

    let readme = File.ReadAllText(Repository.file "README.md")
    let table = Markdown.summaryTableOf "reports" results.Slips results.Sections

    match Refresh.refreshBetweenMarkers readme "verdicts" table with
    | Ok refreshed -> Assert.That(refreshed, Is.EqualTo readme)
    | Error sentence -> Assert.Fail sentence

[<Test>]
let ``the committed report has no problem: every slip is rejected, every gate rejects something`` () =
    let results =
        Results.readAll (File.ReadAllText(Repository.file "reports/results.json"))

    let report =
        { quick.Value with
            Sections = results.Sections
            Slips = results.Slips
        }

    Assert.That(report.Slips, Is.Not.Empty)
    Assert.That(Check.problems Check.Scope.Whole report, Is.Empty)
