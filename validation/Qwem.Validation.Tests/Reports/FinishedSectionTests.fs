module Qwem.Validation.Tests.FinishedSectionTests

open System
open System.IO
open System.Threading
open Expecto
open Qwem.Reports
open Qwem.Validation
open Qwem.Validation.Tests.Command
open Qwem.Validation.Tests.CountingSupport
open Qwem.Validation.Tests.ReportSamples

let tests =
    testList "Finished section" [
        testCase "a section comes back from its bytes as it was" (fun () ->
            let again = {
                report with
                    Sections = report.Sections |> List.map (SectionBytes.ofSection >> SectionBytes.toSection)
            }

            // Its pages, because numbers that are no numbers equal nothing.
            Expect.isTrue (ReportWriter.Render again = ReportWriter.Render report) "")

        testCase
            "a section is found under its own inputs only, and an altered or cut file is as if it were not there"
            (fun () ->
                use folder = new TemporaryFolder()
                let finished = FinishedSections(folder.File "cache")
                let section = report.Sections.Head
                Expect.isTrue ((finished.Find "a").IsNone) ""
                finished.Keep("a", section)
                Expect.isTrue ((finished.Find "a").IsSome) ""
                Expect.isTrue ((finished.Find "b").IsNone) ""
                let file = Directory.GetFiles(folder.File "cache") |> Array.exactlyOne
                let good = File.ReadAllBytes file
                let bad = Array.copy good
                bad[good.Length / 2] <- bad[good.Length / 2] ^^^ 1uy
                File.WriteAllBytes(file, bad)
                Expect.isTrue ((finished.Find "a").IsNone) ""
                File.WriteAllBytes(file, good[.. good.Length / 2])
                Expect.isTrue ((finished.Find "a").IsNone) ""
                File.WriteAllBytes(file, good[..10])
                Expect.isTrue ((finished.Find "a").IsNone) ""
                File.WriteAllBytes(file, good)
                Expect.isTrue ((finished.Find "a").IsSome) "")

        testCase
            "a second run takes up what a first one finished, says so, and writes the same report; --fresh does not"
            (fun () ->
                use folder = new TemporaryFolder()

                let reproduce out more =
                    succeed (
                        [
                            "reproduce"
                            "--profile"
                            "smoke"
                            "--cache"
                            folder.File "cache"
                            "--output"
                            folder.File out
                            "--only"
                            "z-not-one"
                        ]
                        @ more
                    )
                    |> snd

                let page out =
                    File.ReadAllText(folder.File $"{out}/z-not-one.html")

                Expect.lacks (reproduce "first" []) "finished earlier" ""
                Expect.stringContains (reproduce "second" []) "1 of 1 experiments were finished earlier" ""
                Expect.equal (page "second") (page "first") ""
                Expect.lacks (reproduce "third" [ "--fresh" ]) "finished earlier" ""
                Expect.lacks (reproduce "fourth" [ "--seed"; "2" ]) "finished earlier" "")

        testCase "a cache that cannot be written is complained of, and the report is written" (fun () ->
            use folder = new TemporaryFolder()
            let cache = folder.WriteText("cache", "a file")

            let _, error =
                succeed [
                    "reproduce"
                    "--profile"
                    "smoke"
                    "--cache"
                    cache
                    "--output"
                    folder.File "out"
                    "--only"
                    "z-not-one"
                ]

            Expect.stringContains error $"could not be kept in '{cache}'" ""
            Expect.isTrue (File.Exists(folder.File "out/index.html")) "")

        testCase "an interrupted reproduction says that finished experiments are kept" (fun () ->
            if not (OperatingSystem.IsLinux()) then
                skiptest "Needs signals."

            use folder = new TemporaryFolder()
            let cache = folder.Folder "cache"

            use running =
                qwem [
                    "reproduce"
                    "--profile"
                    "smoke"
                    "--cache"
                    cache
                    "--output"
                    folder.File "out"
                ]

            while Directory.GetFiles(cache, "*.section").Length = 0 && not running.HasExited do
                Thread.Sleep 5

            finish (start "kill" [ "-TERM"; string running.Id ]) |> ignore
            let code, _, error = finish running
            Expect.equal code 130 error
            Expect.stringContains error $"are kept in '{cache}'" ""
            Expect.equal folder.Names [ "cache" ] "")

        testCase "the gate judges what a reproduction finished, and runs the rest" (fun () ->
            use folder = new TemporaryFolder()
            let cache = [ "--profile"; "smoke"; "--cache"; folder.File "cache" ]

            succeed ([ "reproduce"; "--output"; folder.File "report"; "--only"; "z-not-one" ] @ cache)
            |> ignore

            let error =
                succeed (
                    [ "gate"; "--output"; folder.File "gate"; "--only"; "z-not-one"; "asymmetric" ]
                    @ cache
                )
                |> snd

            Expect.stringContains error "z-not-one: finished earlier" ""
            Expect.lacks error "asymmetric: finished earlier" "")

        testCase "the profile full is refused without a corpus, and a corpus without a profile for it" (fun () ->
            use folder = new TemporaryFolder()
            let out = [ "reproduce"; "--output"; folder.File "report" ]
            refused folder 1 "--corpus PATH" (out @ [ "--profile"; "full" ])
            refused folder 1 "--profile full" (out @ [ "--corpus"; folder.File "x.txt" ]))
    ]
