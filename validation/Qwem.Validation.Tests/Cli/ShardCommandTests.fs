/// `qwem vocabulary`, `qwem count --shard` and `--partial`, and sums by `qwem merge`, as their users run them.
module Qwem.Validation.Tests.ShardCommandTests

open System
open System.IO
open System.Text.Json
open Expecto
open Qwem.Cli
open Qwem.Validation.Tests.CountingSupport
open Qwem.Validation.Tests.Command

let private run arguments = fst (succeed arguments)

let tests =
    testList "Shard command" [
        testCase
            "a vocabulary made once, and the shards of one line of packed text, merge to the file of one run"
            (fun () ->
                use folder = new TemporaryFolder()
                let random = Random 11

                let line =
                    String.Join(' ', Array.init 3_000 (fun _ -> wordOf (int (99.0 ** random.NextDouble()))))

                let input = folder.WriteGzip("line.gz", line)
                let words = folder.File "words.txt"
                let made = run [ "vocabulary"; input; "-V"; "40"; "-o"; words ]

                Expect.isMatch
                    made
                    (@"\A\S+words\.txt V=40 kept-tokens=\d+ words=3000 types=\d+ documents=1\r?\n\z")
                    ""

                let count extra name =
                    run ([ "count"; input; "-L"; "5"; "-o"; folder.File name ] @ extra)

                count [ "-V"; "40" ] "whole" |> ignore

                for k in 1..3 do
                    let said = count [ "--vocabulary"; words; "--shard"; $"{k}/3" ] $"part-{k}"
                    // No shard is empty.
                    Expect.isMatch said (@" shard=" + string k + @"/3 kept-tokens=[1-9]\d\d+ ") ""

                run [
                    "merge"
                    folder.File "part-2"
                    folder.File "part-1"
                    folder.File "part-3"
                    "-o"
                    folder.File "merged"
                ]
                |> ignore

                Expect.equal (File.ReadAllBytes(folder.File "merged")) (File.ReadAllBytes(folder.File "whole")) ""

                count [ "--vocabulary-file"; words ] "again" |> ignore
                Expect.equal (File.ReadAllBytes(folder.File "again")) (File.ReadAllBytes(folder.File "whole")) ""

                // Without the file shards are cut otherwise: they are not to be mixed.
                count [ "-V"; "40"; "--shard"; "3/3" ] "other" |> ignore

                refused folder 3 "divided in different ways" [
                    "merge"
                    folder.File "part-1"
                    folder.File "part-2"
                    folder.File "other"
                    "-o"
                    folder.File "x"
                ])

        testCase "counts of different texts are merged, and inspect says so" (fun () ->
            use folder = new TemporaryFolder()
            let one = folder.WriteText("one.txt", "a b c a\n")
            let two = folder.WriteText("two.txt", "c a\na\n")
            let words = folder.WriteText("words.txt", "a\nb\nc\n")

            let count input extra name =
                [ "count"; input; "--vocabulary"; words; "-L"; "2"; "-o"; folder.File name ]
                @ extra

            run (count one [] "one") |> ignore
            refused folder 3 "The word 'b' in line 2" (count two [] "two")
            Expect.stringContains (run (count two [ "--partial" ] "two")) " absent-words=1 " ""
            refused folder 3 "is a part of a sum" [ "spectrum"; folder.File "two"; "-d"; "1"; "-o"; folder.File "x" ]

            let sum =
                run [ "merge"; folder.File "one"; folder.File "two"; "-o"; folder.File "sum" ]

            Expect.stringContains sum " sum-of=2 kept-tokens=7 " ""
            Expect.stringContains (run [ "inspect"; folder.File "sum" ]) "2 countings of different texts" ""
            use document = JsonDocument.Parse(run [ "inspect"; folder.File "sum"; "--json" ])
            Expect.equal (document.RootElement.GetProperty("sum-of").GetInt32()) 2 ""
            Expect.equal (document.RootElement.GetProperty("top-words").GetProperty("a").GetInt64()) 4L ""
            refused folder 3 "is given twice" [ "merge"; folder.File "one"; folder.File "one"; "-o"; folder.File "x" ]
            refused folder 1 "give --vocabulary-file" [ "count"; two; "-V"; "2"; "--partial"; "-o"; folder.File "x" ]
            refused folder 1 "exclude each other" (count two [ "--partial"; "--shard"; "1/2" ] "x"))

        testCase
            "a pipe is divided by the length in the vocabulary that was made from it, and refused without one"
            (fun () ->
                if not (OperatingSystem.IsLinux()) then
                    skiptest "Needs a shell."

                use folder = new TemporaryFolder()
                let input = folder.WriteText("text", "a b c a\nb a c b\nc a a b\n")
                let words = folder.File "words.txt"
                let command = Path.Combine(AppContext.BaseDirectory, "qwem.dll")

                let piped arguments =
                    finish (start "sh" [ "-c"; $"cat '{input}' | dotnet '{command}' {arguments}" ])

                let good arguments =
                    let code, _, error = piped arguments
                    Expect.equal code 0 error

                good $"vocabulary - -V 3 -o '{words}'"

                run [ "count"; input; "-V"; "3"; "-L"; "2"; "-o"; folder.File "whole" ]
                |> ignore

                for k in 1..2 do
                    good $"count - --vocabulary '{words}' -L 2 --shard {k}/2 -o '{folder.Path}/part-{k}'"

                run [
                    "merge"
                    folder.File "part-1"
                    folder.File "part-2"
                    "-o"
                    folder.File "merged"
                ]
                |> ignore

                Expect.equal (File.ReadAllBytes(folder.File "merged")) (File.ReadAllBytes(folder.File "whole")) ""
                let list = folder.WriteText("list", "a\nb\nc\n")

                let code, _, error =
                    piped $"count - --vocabulary '{list}' -L 2 --shard 1/2 -o '{folder.Path}/x'"

                Expect.equal code 3 error
                Expect.stringContains error "The length of standard input" "")

        testCase "a text that is too long for one run is answered with the commands to run" (fun () ->
            Expect.equal
                (ShardAdvice.Sentence(
                    5_000_000_000L,
                    [|
                        "my text.gz"
                        "-V"
                        "10000"
                        "-L"
                        "16"
                        "--normalisation"
                        "letters"
                        "--weighting"
                        "flat"
                        "-o"
                        "out.qcooc"
                    |],
                    "out.qcooc"
                ))
                ("The text keeps 5000000000 tokens, more than the 2147483591 that can be counted at a time; count it in shards: "
                 + "`qwem vocabulary 'my text.gz' -V 10000 --normalisation letters -o words.txt`, then "
                 + "`qwem count 'my text.gz' -L 16 --normalisation letters --weighting flat --vocabulary words.txt --shard k/4 -o part-k.qcooc` "
                 + "for every k from 1 to 4, then `qwem merge part-*.qcooc -o out.qcooc`.")
                "")
    ]
