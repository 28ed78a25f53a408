module Qwem.Validation.Tests.CorpusCommandTests

open System
open System.IO
open System.Threading
open Expecto
open Qwem.Sim.Cooccurrence
open Qwem.Sim.Corpora
open Qwem.Validation.Tests.CountingSupport
open Qwem.Validation.Tests.Command

let private prepare (input: string) (output: string) =
    qwem [ "corpus"; "prepare"; input; "-o"; output ]

let private count (input: string) (output: string) (options: string list) =
    let code, _, error =
        finish (qwem ([ "count"; input; "-o"; output; "-L"; "3" ] @ options))

    Expect.equal code 0 error
    (QcoocReader.Read output).ContentHash

let tests =
    testList "Corpus command" [
        testCase "counts from a prepared corpus are those from its text" (fun () ->
            use folder = new TemporaryFolder()
            let input = folder.WriteGzip("text.gz", "The cat, the mat.\nCat 12 the\n")
            let prepared = folder.File "x.qtok"
            let code, line, error = finish (prepare input prepared)
            Expect.equal code 0 error

            Expect.isMatch
                line
                (@"x\.qtok words=8 types=5 documents=2 normalisation=paper sha256=[0-9a-f]{64}\r?\n\z")
                ""

            for options in [ [ "-V"; "3" ]; [ "--min-count"; "2" ] ] do
                let fromText = count input (folder.File "a.qcooc") options
                Expect.equal (count prepared (folder.File "b.qcooc") options) fromText "")

        testCase "standard input is an input" (fun () ->
            use folder = new TemporaryFolder()
            let text = folder.WriteText("text", "a b a\n")
            let output = folder.File "x.qcooc"
            let dll = Path.Combine(AppContext.BaseDirectory, "qwem.dll")

            let code, _, error =
                finish (start "sh" [ "-c"; $"dotnet '{dll}' count - -V 2 -o '{output}' < '{text}'" ])

            Expect.equal code 0 error
            Expect.equal ((QcoocReader.Read output).KeptTokens) 3L "")

        testCase "wrong options and inputs end with one sentence" (fun () ->
            use folder = new TemporaryFolder()
            let text = folder.WriteText("text", "a b a\n")
            let output = folder.File "x.qtok"
            let prepared = folder.File "y.qtok"
            QtokWriter.Write(CorpusReader.Parse [| text |], prepared) |> ignore
            let refused code part arguments = refused folder code part arguments
            refused 1 "exclude each other" [ "count"; text; "-V"; "2"; "--min-count"; "1"; "-o"; output ]
            refused 1 "give one of paper, letters" [ "count"; text; "--normalisation"; "papers"; "-o"; output ]

            refused 1 "'0' of --min-article-length" [
                "corpus"
                "prepare"
                text
                "--min-article-length"
                "0"
                "-o"
                output
            ]

            refused 1 "is the input" [ "corpus"; "prepare"; text; "-o"; text ]
            refused 1 "There is no public file 'text9'" [ "corpus"; "get"; "text9"; "--output"; folder.File "new" ]
            refused 1 "see 'qwem corpus get --help'" [ "corpus"; "get"; "text9"; "--output"; folder.File "new" ]

            refused 3 "was made with normalisation paper" [
                "count"
                prepared
                "--normalisation"
                "letters"
                "-o"
                output
            ]

            refused 3 "cannot be read" [ "count"; text; "--vocabulary-file"; folder.File "absent"; "-o"; output ])

        testCase
            "a preparation killed at any moment leaves the whole file or none, and the next one succeeds"
            (fun () ->
                use folder = new TemporaryFolder()

                let text =
                    folder.WriteText("text", String.replicate 300_000 "the cat sat on a mat ")

                let output = folder.File "x.qtok"
                let random = Random 23

                for _ in 1..4 do
                    use running = prepare text output
                    Thread.Sleep(150 + random.Next 350)
                    running.Kill()
                    running.WaitForExit()

                    if File.Exists output then
                        Expect.equal ((CorpusReader.Parse [| output |]).Encode(6).KeptTokens) 1_800_000L ""
                        File.Delete output

                let code, _, error = finish (prepare text output)
                Expect.equal code 0 error
                Expect.equal ((CorpusReader.Parse [| output |]).Encode(6).KeptTokens) 1_800_000L "")

        testCase "help of each command has an example and the conventions" (fun () ->
            for arguments, parts in
                [
                    [ "corpus"; "prepare" ], [ "Examples:"; "paper "; "letters "; "strict "; "--min-article-length" ]
                    [ "corpus"; "get" ], [ "Example:"; "text8 "; "questions-words "; "QWEM_DATA" ]
                    [ "count" ], [ "Examples:"; "paper "; "--min-count"; "--vocabulary-file" ]
                ] do
                let code, help, _ = finish (qwem (arguments @ [ "--help" ]))
                Expect.equal code 0 ""

                for part in parts do
                    Expect.stringContains help part "")
    ]
