module Qwem.Validation.Tests.ReproductionTests

open System
open System.IO
open System.Text
open System.Threading
open Expecto
open Qwem.Reports
open Qwem.Validation
open Qwem.Validation.Tests.CountingSupport
open Qwem.Validation.Tests.Command

/// Every file of a folder by its path in it, a character for each byte.
let private contents (folder: string) =
    Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
    |> Seq.map (fun path -> Path.GetRelativePath(folder, path), Encoding.Latin1.GetString(File.ReadAllBytes path))
    |> Seq.sort
    |> List.ofSeq

let tests =
    testList "Reproduction" [
        testCase "the smoke run has no problem and contradicts nothing that the committed results confirm" (fun () ->
            Expect.isEmpty (Check.problems Check.Scope.Other SmokeReport.whole.Value) ""

            Expect.isEmpty
                (Baseline.compare false (CommittedResults.verdicts ()) (Check.verdicts SmokeReport.whole.Value)
                 |> List.filter _.Fails)
                "")

        testCase "the slips of the issue are each rejected by some gate" (fun () ->
            let rows =
                SlipMatrix.rows SmokeReport.whole.Value.Slips (Check.verdicts SmokeReport.whole.Value)

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
                Expect.isNonEmpty row.Rejecting slip)

        testCase "each section is told the moment it is judged, in the report's order" (fun () ->
            let told = ResizeArray<Section>()

            let options =
                ReproductionOptions(Profile = Profile.Smoke, Only = [| "z-not-one"; "general-weight" |])

            let report =
                Reproduction
                    .Run(
                        options,
                        true,
                        Progress(fun _ _ -> ()),
                        (fun section -> told.Add section),
                        CancellationToken.None
                    )
                    .Report

            Expect.sequenceEqual told report.Sections "")

        testCase "the report lists every slip that its gates were shown" (fun () ->
            let listed = SmokeReport.whole.Value.Slips |> List.map _.Id
            Expect.equal listed (Slip.all |> List.map _.Id) "")

        testCase "the exact solution is at the integrator's accuracy, the aligned ones are not" (fun () ->
            for section in
                SmokeReport.whole.Value.Sections
                |> List.filter (fun section -> section.Id.StartsWith "theorem-4-3") do
                let value name =
                    (section.Quantities |> List.find (fun quantity -> quantity.Name = name)).Value

                Expect.isLessThan (value "Gram error (c)") (1e-6) ""
                Expect.isGreaterThan (value "half-rise error (a)") (1e-3) "")

        testCase "the report has the same bytes on three threads and with AVX-512 switched off" (fun () ->
            use folder = new TemporaryFolder()
            ReportWriter.Write(SmokeReport.whole.Value, folder.File "here")

            let environment = [ "DOTNET_EnableAVX512", "0"; "DOTNET_EnableAVX512F", "0" ]

            let arguments = [
                "--fresh"
                "--profile"
                "smoke"
                "--threads"
                "3"
                "--output"
                folder.File "there"
            ]

            let code, output, error =
                finishWithin 480 (qwemIn environment ("reproduce" :: arguments))

            Expect.equal code 0 error
            Expect.stringContains output "PASS: " ""
            let here, there = contents (folder.File "here"), contents (folder.File "there")
            Expect.equal (here |> List.map fst) (there |> List.map fst) "the files"

            // What differs is worth seeing: the file, and the first place.
            for (name, a), (_, b) in List.zip here there do
                if a <> b then
                    let at = Seq.zip a b |> Seq.takeWhile (fun (x, y) -> x = y) |> Seq.length

                    let around (text: string) =
                        let from = max 0 (at - 200)
                        text.Substring(from, min 400 (text.Length - from))

                    failtest $"{name} differs at character {at}:\n{around a}\nand\n{around b}")

        testCase
            "pictures have the same bytes with AVX2 and AVX-512 switched off, and with all intrinsics off"
            (fun () ->
                use folder = new TemporaryFolder()

                let pictures name environment =
                    let arguments = [
                        "reproduce"
                        "--profile"
                        "smoke"
                        "--fresh"
                        "--only"
                        "z-not-one"
                        "--output"
                        folder.File name
                    ]

                    let _, _, error = finishWithin 480 (qwemIn environment arguments)

                    let all =
                        contents (folder.File name)
                        |> List.filter (fun (path, _) -> path.EndsWith ".png")

                    Expect.isNonEmpty all error
                    all

                let usual = pictures "usual" []

                let narrow = [
                    "DOTNET_EnableAVX512", "0"
                    "DOTNET_EnableAVX512F", "0"
                    "DOTNET_EnableAVX2", "0"
                ]

                for name, environment in [ "narrow", narrow; "none", [ "DOTNET_EnableHWIntrinsic", "0" ] ] do
                    Expect.isTrue ((pictures name environment = usual)) name)

        testCase "reproduce prints a claim's outcomes and answer before it begins the next" (fun () ->
            use folder = new TemporaryFolder()

            let code, output, error =
                finish (
                    qwem [
                        "reproduce"
                        "--profile"
                        "smoke"
                        "--fresh"
                        "--only"
                        "z-not-one"
                        "general-weight"
                        "--output"
                        folder.File "report"
                    ]
                )

            Expect.equal code 0 output

            let at (part: string) =
                error.IndexOf(part, StringComparison.Ordinal)

            let answer = at "1 confirmed  Subsampling with Z far from 1: With Z = "
            Expect.isGreaterThan answer (at "z-not-one: training") error
            Expect.isLessThan answer (at "general-weight (2 of 2") error
            Expect.stringContains output "PASS: " "")

        testCase "a start that is not small leaves most modes without a bound, and the answer counts them" (fun () ->
            use folder = new TemporaryFolder()
            // Far from small: the bound of Theorem 4.3 covers few modes, and the answer must say how far off the others are.
            let code, output, error =
                finishWithin
                    120
                    (qwem [
                        "reproduce"
                        "--profile"
                        "smoke"
                        "--sigma"
                        "0.5"
                        "--only"
                        "theorem-4.3"
                        "--output"
                        folder.File "report"
                    ])

            Expect.equal code 0 ""
            Expect.stringContains (output + error) "of 16 modes" ""
            Expect.stringContains (output + error) "too few to tell" ""
            Expect.stringContains output "14 confirmed, 4 not confirmed" ""
            Expect.isTrue (File.Exists(folder.File "report/index.html")) "")

        testCase "impossible options end with code 1 and one sentence before any work" (fun () ->
            use folder = new TemporaryFolder()
            let out = folder.File "report"

            let refuse part arguments =
                refused folder 1 part ("reproduce" :: "--output" :: out :: arguments)

            refuse "d = 1000" [ "-d"; "1000" ]
            refuse "d = 200" [ "-V"; "200"; "-d"; "200" ]
            refuse "V = 1001" [ "-V"; "1001" ]
            refuse "sigma = 0" [ "--sigma"; "0" ]
            refuse "sigma = -1" [ "--sigma"; "-1" ]
            refuse "sigma = 1E-40" [ "--sigma"; "1e-40" ]
            refuse "'x'" [ "--sigma"; "x" ]
            refuse "--threads" [ "--threads"; "-1" ]
            refuse "missing.md" [ "--update"; folder.File "missing.md" ])

        testCase "a folder that cannot take the report is refused before any work" (fun () ->
            use folder = new TemporaryFolder()
            let file = folder.WriteText("file", "x")

            let refuse part out =
                refused folder 1 part [ "reproduce"; "--output"; out ]

            refuse "file" file
            refuse "/proc/nowhere" "/proc/nowhere"
            folder.WriteText("README.md", "mine") |> ignore
            refuse "README.md" folder.Path
            Expect.equal (File.ReadAllText(folder.File "README.md")) "mine" "")

        testCase "counts that are missing, truncated or altered end with code 3" (fun () ->
            use folder = new TemporaryFolder()
            let out = folder.File "report"

            let refuse part counts =
                refused folder 3 part [ "reproduce"; "--output"; out; "--counts"; counts ]

            refuse "missing.qcooc" (folder.File "missing.qcooc")

            let good =
                File.ReadAllBytes(Repository.file $"validation/data/{EmbeddedCounts.wikipedia1000}")

            File.WriteAllBytes(folder.File "cut.qcooc", good[.. good.Length / 2])
            refuse "cut.qcooc" (folder.File "cut.qcooc")
            good[good.Length / 2] <- good[good.Length / 2] ^^^ 1uy
            File.WriteAllBytes(folder.File "altered.qcooc", good)
            refuse "altered.qcooc" (folder.File "altered.qcooc")
            refuse "text" (folder.WriteText("text", "plain")))

        testCase "own counts are used, and a page's table is refreshed" (fun () ->
            use folder = new TemporaryFolder()

            let page =
                folder.WriteText("page.md", "before\n<!-- verdicts:begin -->\n<!-- verdicts:end -->\nafter\n")

            let counts = Repository.file $"validation/data/{EmbeddedCounts.wikipedia3000}"

            let code, _, error =
                finishWithin
                    240
                    (qwem [
                        "reproduce"
                        "--profile"
                        "smoke"
                        "--counts"
                        counts
                        "-V"
                        "120"
                        "-d"
                        "12"
                        "--output"
                        folder.File "report"
                        "--update"
                        page
                    ])

            Expect.containsAll [ 0; 2 ] [ code ] error
            let text = File.ReadAllText page
            Expect.stringStarts text "before\n<!-- verdicts:begin -->\n" ""
            Expect.stringEnds text "<!-- verdicts:end -->\nafter\n" ""
            Expect.stringContains text "](report/theorem-4-3-xe.md)" ""
            let manifest = File.ReadAllText(folder.File "report/manifest.json")
            Expect.stringContains manifest "--vocabulary-size 120 --dimension 12" "")

        testCase "the README's verdict table is that of the committed results" (fun () ->
            let results =
                Results.readAll (File.ReadAllText(Repository.file "reports/results.json"))

            let readme = File.ReadAllText(Repository.file "README.md")
            let table = Markdown.summaryTableOf "reports" results.Slips results.Sections

            match Refresh.refreshBetweenMarkers readme "verdicts" table with
            | Ok refreshed -> Expect.equal refreshed readme ""
            | Error sentence -> failtest sentence)

        testCase "the committed report has no problem: every slip is rejected, every gate rejects something" (fun () ->
            let results =
                Results.readAll (File.ReadAllText(Repository.file "reports/results.json"))

            let report = {
                SmokeReport.whole.Value with
                    Sections = results.Sections
                    Slips = results.Slips
            }

            Expect.isNonEmpty report.Slips ""
            Expect.isEmpty (Check.problems Check.Scope.Whole report) "")
    ]
