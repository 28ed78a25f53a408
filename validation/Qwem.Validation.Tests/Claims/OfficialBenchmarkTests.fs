[<NUnit.Framework.TestFixture>]
module Qwem.Validation.Tests.OfficialBenchmarkTests

open System.Threading
open NUnit.Framework
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

[<Test>]
let ``the recording has every method in all four benchmarks, with the same known words and values inside their intervals``
    ()
    =
    let rows = ComparisonBeside.recorded ()
    Assert.That(rows, Has.Length.EqualTo 9)

    for row in rows do
        let counts =
            row.Scores
            |> List.map (fun score -> score.Benchmark, score.Items, score.Known, score.IsShare)

        Assert.That(
            counts,
            Is.EqualTo<(string * int * int * bool) list>
                [
                    "questions-words", 19544, 5265, true
                    "men-3k", 3000, 1272, false
                    "ws353", 353, 263, false
                    "simlex999", 999, 632, false
                ]
        )

        for score in row.Scores do
            Assert.That(score.Value, Is.InRange(score.Lower, score.Upper))

[<Test>]
let ``a user's benchmarks give the comparison a table, and finished experiments are kept apart by the files' contents``
    ()
    =
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
    Assert.That(tables plain, Has.Length.EqualTo 1)
    let asked = run (Some(Benchmarks.Read(questions, [| judgements |])))
    Assert.That(asked.Reused, Is.Empty)
    let table = (tables asked).Head

    Assert.That(table.Headings, Is.EqualTo<string list> [ "method"; "#questions, % (2 of 3)"; "#MEN (5 of 6)" ])

    let beside =
        asked.Report.Sections.Head.References
        |> List.filter (fun reference -> reference.Quantity = "MEN, closed form of M*")

    // The user's own and the recorded one.
    Assert.That(beside, Has.Length.EqualTo 2)
    Assert.That(table.Rows, Has.Length.EqualTo 10)
    Assert.That(table.Rows.Head[1], Does.Match @"^[0-9.]+ \[[0-9.]+, [0-9.]+\]$")

    Assert.That(
        (run (Some(Benchmarks.Read(questions, [| judgements |])))).Reused,
        Is.EqualTo<string array> [| "comparison" |]
    )

    folder.WriteText("MEN_pairs.txt", judgementLines + "two his 1\n") |> ignore
    Assert.That((run (Some(Benchmarks.Read(questions, [| judgements |])))).Reused, Is.Empty)

[<Test>]
let ``benchmarks that are missing or malformed end a reproduction with code 3 before any work`` () =
    use folder = new TemporaryFolder()
    let questions = folder.WriteText("questions.txt", questionLines)
    let judgements = folder.WriteText("pairs.txt", judgementLines)

    let refuse part more =
        refused folder 3 part ([ "reproduce"; "--profile"; "smoke"; "--out"; folder.File "report" ] @ more)

    refuse "absent.txt" [ "--questions"; folder.File "absent.txt" ]
    refuse "before the first family" [ "--questions"; judgements ]
    refuse "Line 1" [ "--questions"; questions; "--similarity"; judgements; questions ]

[<Test>]
let ``evaluate --csv prints a line for each family, the total and each file of judgements`` () =
    use folder = new TemporaryFolder()
    let questions = folder.WriteText("questions.txt", questionLines)
    let judgements = folder.WriteText("pairs.txt", judgementLines)

    let vectors =
        folder.WriteText("v.txt", "6 2\nhe 1 0.1\nshe 0.9 0.2\nhis 0.1 1\nher 0.05 0.9\none -1 0.3\ntwo -0.9 0.2\n")

    let output, _ =
        succeed
            [
                "evaluate"
                vectors
                "--csv"
                "--questions"
                questions
                "--similarity"
                judgements
            ]

    let lines = output.Split('\n', System.StringSplitOptions.RemoveEmptyEntries)
    Assert.That(lines, Has.Length.EqualTo 5)
    Assert.That(lines[0], Is.EqualTo "benchmark,part,items,known,correct,value,lower,upper")
    Assert.That(lines[1], Does.Match @"^questions,royalty,2,2,[0-2],[01]\.[0-9]{6},")
    Assert.That(lines[2], Does.StartWith "questions,none,1,0,0,NaN,NaN,NaN")
    Assert.That(lines[3], Does.StartWith "questions,total,3,2,")
    Assert.That(lines[4], Does.Match @"^pairs,total,6,5,,-?[01]\.[0-9]{6},")
