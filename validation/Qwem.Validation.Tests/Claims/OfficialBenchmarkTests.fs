module Qwem.Validation.Tests.OfficialBenchmarkTests

open System.Threading
open Expecto
open Qwem.Validation
open Qwem.Validation.Claims
open Qwem.Validation.Tests.Command
open Qwem.Validation.Tests.CountingSupport

let private questionLines =
    ": royalty\nhe his she her\nshe her he his\n: none\nxyzzy plugh he his\n"

let private judgementLines =
    "he she 9\nhis her 8\none two 7.5\none his 1\ntwo she 2\nxyzzy he 3\n"

let private comparison (options: ReproductionOptions) =
    options.Profile <- Profile.Smoke
    options.Only <- [| "comparison" |]
    Reproduction.Run(options, false, Progress(fun _ _ -> ()), ignore, CancellationToken.None)

let tests =
    testList "Official benchmark" [
        testCase
            "the recording has every method in all four benchmarks, with the same known words and values inside their intervals"
            (fun () ->
                let rows = ComparisonBeside.recorded ()
                Expect.hasLength rows 10 ""

                for row in rows do
                    let counts =
                        row.Scores
                        |> List.map (fun score -> score.Benchmark, score.Items, score.Known, score.IsShare)

                    Expect.equal
                        counts
                        [
                            "questions-words", 19544, 5265, true
                            "men-3k", 3000, 1272, false
                            "ws353", 353, 263, false
                            "simlex999", 999, 632, false
                        ]
                        ""

                    for score in row.Scores do
                        Expect.inRange score.Value (score.Lower, score.Upper) "")

        testCase
            "a user's benchmarks give the comparison a table, and finished experiments are kept apart by the files' contents"
            (fun () ->
                use folder = new TemporaryFolder()
                let questions = folder.WriteText("questions.txt", questionLines)
                let judgements = folder.WriteText("MEN_pairs.txt", judgementLines)

                let run benchmarks =
                    let options = ReproductionOptions(Cache = folder.File "cache")
                    benchmarks |> Option.iter (fun it -> options.Benchmarks <- it)
                    comparison options

                let tables (reproduced: Reproduced) =
                    reproduced.Report.Sections.Head.Tables
                    |> List.filter (fun table -> table.Caption.StartsWith "Official benchmarks")

                let plain = run None
                Expect.hasLength (tables plain) 1 ""
                let asked = run (Some(Benchmarks.Read(questions, [| judgements |])))
                Expect.isEmpty asked.Reused ""
                let table = (tables asked).Head

                Expect.equal table.Headings [ "method"; "#questions, % (2 of 3)"; "#MEN (5 of 6)" ] ""

                let beside =
                    asked.Report.Sections.Head.References
                    |> List.filter (fun reference -> reference.Quantity = "MEN, closed form of M*")

                // The user's own and the recorded one.
                Expect.hasLength beside 2 ""
                Expect.hasLength table.Rows 10 ""
                Expect.isMatch table.Rows.Head[1] (@"^[0-9.]+ \[[0-9.]+, [0-9.]+\]$") ""

                Expect.equal ((run (Some(Benchmarks.Read(questions, [| judgements |])))).Reused) [| "comparison" |] ""

                folder.WriteText("MEN_pairs.txt", judgementLines + "two his 1\n") |> ignore
                Expect.isEmpty ((run (Some(Benchmarks.Read(questions, [| judgements |])))).Reused) "")

        testCase "benchmarks that are missing or malformed end a reproduction with code 3 before any work" (fun () ->
            use folder = new TemporaryFolder()
            let questions = folder.WriteText("questions.txt", questionLines)
            let judgements = folder.WriteText("pairs.txt", judgementLines)

            let refuse part more =
                refused folder 3 part ([ "reproduce"; "--profile"; "smoke"; "--output"; folder.File "report" ] @ more)

            refuse "absent.txt" [ "--questions"; folder.File "absent.txt" ]
            refuse "before the first family" [ "--questions"; judgements ]
            refuse "Line 1" [ "--questions"; questions; "--similarity"; judgements; questions ])

        testCase "evaluate --csv prints a line for each family, the total and each file of judgements" (fun () ->
            use folder = new TemporaryFolder()
            let questions = folder.WriteText("questions.txt", questionLines)
            let judgements = folder.WriteText("pairs.txt", judgementLines)

            let vectors =
                folder.WriteText(
                    "v.txt",
                    "6 2\nhe 1 0.1\nshe 0.9 0.2\nhis 0.1 1\nher 0.05 0.9\none -1 0.3\ntwo -0.9 0.2\n"
                )

            let output, _ =
                succeed [
                    "evaluate"
                    vectors
                    "--csv"
                    "--questions"
                    questions
                    "--similarity"
                    judgements
                ]

            let lines = output.Split('\n', System.StringSplitOptions.RemoveEmptyEntries)
            Expect.hasLength lines 5 ""
            Expect.equal lines[0] "benchmark,part,items,known,correct,value,lower,upper" ""
            Expect.isMatch lines[1] (@"^questions,royalty,2,2,[0-2],[01]\.[0-9]{6},") ""
            Expect.stringStarts lines[2] "questions,none,1,0,0,NaN,NaN,NaN" ""
            Expect.stringStarts lines[3] "questions,total,3,2," ""
            Expect.isMatch lines[4] (@"^pairs,total,6,5,,-?[01]\.[0-9]{6},") "")
    ]
