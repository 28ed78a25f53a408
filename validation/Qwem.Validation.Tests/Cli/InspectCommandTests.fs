module Qwem.Validation.Tests.InspectCommandTests

open System
open System.Diagnostics
open System.IO
open System.Text.Json
open Expecto
open Qwem.Validation.Tests.CountingSupport
open Qwem.Validation.Tests.Command

let private run arguments = fst (succeed arguments)

let tests =
    testList "Inspect command" [
        testCase "a prepared corpus and a spectrum are described, and refused when cut" (fun () ->
            use folder = new TemporaryFolder()

            let text =
                folder.WriteText("text", "the cat saw the dog\nthe dog saw a cat\nnobody saw the end\n")

            let corpus, counts, spectrum =
                folder.File "x.qtok", folder.File "x.qcooc", folder.File "x.npz"

            run [ "corpus"; "prepare"; text; "-o"; corpus ] |> ignore
            run [ "count"; corpus; "-V"; "5"; "-L"; "2"; "-o"; counts ] |> ignore
            run [ "spectrum"; counts; "-d"; "2"; "-o"; spectrum ] |> ignore
            let described = run [ "inspect"; corpus ]
            Expect.isMatch described (@"words +14\s") ""
            Expect.isMatch described (@"documents +3\s") ""
            Expect.stringContains described "the 4, saw 3, cat 2, dog 2" ""

            use json = JsonDocument.Parse(run [ "inspect"; spectrum; "--json" ])
            let property (name: string) = json.RootElement.GetProperty name

            Expect.equal
                ((property "eigenvectors").EnumerateArray()
                 |> Seq.map _.GetInt32()
                 |> Array.ofSeq)
                [| 5; 2 |]
                ""

            Expect.equal ((property "settings.target").GetString()) "sym" ""

            for file in [ corpus; spectrum ] do
                let cut = folder.File "cut"
                File.WriteAllBytes(cut, (File.ReadAllBytes file)[..499])
                refused folder 3 "cut" [ "inspect"; cut ])

        testCase "a command that waits for a pipe ends at a signal, and at once at a second one" (fun () ->
            if not (OperatingSystem.IsLinux()) then
                skiptest "Needs a named pipe."

            use folder = new TemporaryFolder()
            let pipe = folder.File "pipe"
            finish (start "mkfifo" [ pipe ]) |> ignore

            let signal (running: Process) =
                running.WaitForExit 3_000 |> ignore
                finish (start "kill" [ "-TERM"; string running.Id ]) |> ignore

            let waiting =
                List.map qwem [
                    [ "inspect"; pipe ]
                    [ "spectrum"; pipe; "-d"; "2"; "-o"; folder.File "x.npz" ]
                    [ "reproduce"; "--counts"; pipe; "--output"; folder.File "report" ]
                    [ "count"; pipe; "--vocabulary-file"; pipe; "-o"; folder.File "x.qcooc" ]
                ]

            List.iter signal waiting

            for running in waiting do
                let code, _, error = finish running
                Expect.equal code 130 error
                Expect.stringStarts error "qwem: Cancelled" ""

            use twice = qwem [ "spectrum"; pipe; "-d"; "2"; "-o"; folder.File "x.npz" ]
            signal twice
            signal twice
            let code, _, _ = finish twice
            Expect.notEqual code 0 ""
            Expect.equal folder.Names [ "pipe" ] "")
    ]
