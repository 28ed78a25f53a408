/// `qwem count --shard`, `qwem merge` and `qwem inspect` as their users run them.
module Qwem.Validation.Tests.MergeCommandTests

open System.IO
open System.Text.Json
open Expecto
open Qwem.Validation.Tests.CountingSupport
open Qwem.Validation.Tests.Texts
open Qwem.Validation.Tests.Command

let private run arguments = fst (succeed arguments)

let tests =
    testList "Merge command" [
        testCase "shards merge to the file of one run, and a partial file is refused by reproduce" (fun () ->
            use folder = new TemporaryFolder()
            let input = folder.WriteText("text", "a b c a\nb a\nc c b a\na b\n")

            let count extra name =
                run ([ "count"; input; "-V"; "3"; "-L"; "2"; "-o"; folder.File name ] @ extra)

            count [] "whole" |> ignore
            Expect.stringContains (count [ "--shard"; "1/2" ] "one") " shard=1/2 " ""
            count [ "--shard"; "2/2" ] "two" |> ignore

            run [ "merge"; folder.File "two"; folder.File "one"; "-o"; folder.File "merged" ]
            |> ignore

            Expect.equal (File.ReadAllBytes(folder.File "merged")) (File.ReadAllBytes(folder.File "whole")) ""
            refused folder 3 "are missing: 2" [ "merge"; folder.File "one"; "-o"; folder.File "x" ]
            refused folder 3 "does not exist" [ "merge"; folder.File "absent"; "-o"; folder.File "x" ]

            refused folder 3 "merge all of them" [
                "reproduce"
                "--counts"
                folder.File "one"
                "--output"
                folder.File "x"
            ]

            refused folder 1 "is the input" [ "merge"; folder.File "one"; "-o"; folder.File "one" ])

        testCase "inspect describes counts in text and JSON and refuses other files" (fun () ->
            use folder = new TemporaryFolder()
            let input = folder.WriteText("text", "a b c a\nb a\nc c b a\na b\n")
            let output = folder.File "x.qcooc"
            let common = [ "count"; input; "-V"; "3"; "-L"; "2"; "--weighting"; "flat" ]

            run (common @ [ "--out-of-vocabulary"; "masked"; "--ends"; "authors"; "-o"; output ])
            |> ignore

            run (common @ [ "--shard"; "2/4"; "-o"; folder.File "part" ]) |> ignore
            let text = run [ "inspect"; output ]

            for part in
                [
                    "flat: 1"
                    "masked in windows"
                    "last L+1 positions"
                    "a 5, b 4, c 3"
                    "content-sha256"
                ] do
                Expect.stringContains text part ""

            Expect.stringContains (run [ "inspect"; folder.File "part" ]) "2; merge with 1, 3-4" ""
            use document = JsonDocument.Parse(run [ "inspect"; output; "--json" ])
            Expect.equal (document.RootElement.GetProperty("kept-tokens").GetInt64()) 12L ""
            Expect.equal (document.RootElement.GetProperty("top-words").GetProperty("a").GetInt64()) 5L ""
            refused folder 3 "no kind of file that qwem describes" [ "inspect"; input ]
            refused folder 3 "does not exist" [ "inspect"; folder.File "absent" ])

        testCase "conventions that cannot be are refused" (fun () ->
            use folder = new TemporaryFolder()
            let input = folder.WriteText("text", "a b c a\n")

            let ask extra =
                [ "count"; input; "-V"; "2"; "-o"; folder.File "x" ] @ extra

            refused folder 1 "give at most 22" (ask [ "-L"; "23"; "--weighting"; "harmonic" ])
            refused folder 1 "'round' of --weighting" (ask [ "--weighting"; "round" ])
            refused folder 1 "'3/2' of --shard" (ask [ "--shard"; "3/2" ]))

        testCase "a run killed at any moment leaves no file under the final name, and a rerun succeeds" (fun () ->
            use folder = new TemporaryFolder()
            let random = System.Random 23
            let words = [ for _ in 1..60_000 -> lexicon[min (random.Next 9) (random.Next 9)] ]
            let input = folder.WriteText("text", textOf (List.chunkBySize 97 words))
            let output = folder.File "x.qcooc"
            let count = [ "count"; input; "-V"; "9"; "-L"; "48"; "-o" ]

            for number in 1..2 do
                run (count @ [ folder.File $"shard-{number}"; "--shard"; $"{number}/2" ])
                |> ignore

            run (count @ [ folder.File "whole" ]) |> ignore
            let whole = File.ReadAllBytes(folder.File "whole")

            for arguments in
                [
                    count @ [ output ]
                    [ "merge"; folder.File "shard-1"; folder.File "shard-2"; "-o"; output ]
                ] do
                for delay in [ 60; 120; 180; 240 ] do
                    use running = qwem arguments
                    running.WaitForExit(delay + random.Next 60) |> ignore
                    running.Kill()
                    running.WaitForExit()

                    if File.Exists output then
                        Expect.equal (File.ReadAllBytes output) whole ""
                        File.Delete output

                run arguments |> ignore
                Expect.equal (File.ReadAllBytes output) whole ""
                File.Delete output)
    ]
