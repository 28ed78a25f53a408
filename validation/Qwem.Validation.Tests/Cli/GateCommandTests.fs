/// qwem gate, and what it shares with qwem reproduce: the choice of experiments.
module Qwem.Validation.Tests.GateCommandTests

open System
open System.IO
open System.Text.RegularExpressions
open Expecto
open Qwem.Reports
open Qwem.Validation
open Qwem.Validation.Tests.CountingSupport
open Qwem.Validation.Tests.Command

let private schema =
    lazy File.ReadAllText(Repository.file "docs/results.schema.json")

/// The smoke gate with the slips listed: exit code, standard output, and what it wrote.
let private whole =
    lazy
        (use folder = new TemporaryFolder()
         let out = folder.File "gate"

         let code, output, error =
             // Every section is finished, so that the command only judges.
             SmokeReport.whole.Force() |> ignore
             let cache = [ "--cache"; SmokeReport.cache ]
             finishWithin 240 (qwem ([ "gate"; "--profile"; "smoke"; "--mutate"; "--output"; out ] @ cache))

         let read name =
             File.ReadAllText(Path.Combine(out, name))

         Expect.hasLength (Directory.GetFileSystemEntries out) 3 ""
         code, output, error, read "results.json", read "junit.xml", read "summary.md")

/// One claim alone: a second of work.
let private small (folder: TemporaryFolder) (more: string list) =
    finishWithin
        60
        (qwem (
            [
                "gate"
                "--profile"
                "smoke"
                "--only"
                "z-not-one"
                "--output"
                folder.File "gate"
            ]
            @ more
        ))

/// The results of that claim.
let private results =
    lazy
        (use folder = new TemporaryFolder()
         let code, _, error = small folder []
         Expect.equal code 0 error
         File.ReadAllText(folder.File "gate/results.json"))

/// Those results with the first find of a pattern replaced.
let private doctored (folder: TemporaryFolder) (pattern: string) (replacement: string) =
    let regex = Regex pattern
    Expect.isTrue (regex.IsMatch results.Value) pattern
    folder.WriteText("baseline.json", regex.Replace(results.Value, replacement, 1))

let private lines (text: string) =
    text.Split('\n', StringSplitOptions.RemoveEmptyEntries)

let tests =
    testList "Gate command" [
        testCase "the smoke gate passes, says what becomes of every slip, and the files follow their schema" (fun () ->
            let code, output, error, results, junit, summary = whole.Value
            Expect.equal code 0 (output + error)
            let all = Results.readAll results
            Expect.equal all.Slips ((CommittedResults.all ()).Slips) ""

            for slip in all.Slips do
                Expect.isTrue (lines output |> Array.exists _.Trim().StartsWith(slip.Id + " ")) slip.Id

            Expect.stringContains output (Tables.matrix all.Slips all.Verdicts) ""
            Expect.stringStarts (lines output |> Array.last) ($"PASS: {Tables.count(all.Verdicts).TrimEnd '.'}") ""
            Expect.isEmpty (JsonSchema.complaints schema.Value results) ""
            Expect.stringContains junit ("failures=\"0\"") ""
            Expect.stringStarts summary "# qwem gate: PASS\n" "")

        testCase "the ids of an experiment's gates begin with its id" (fun () ->
            let _, _, _, results, _, _ = whole.Value
            let experiments = Experiments.all

            for section, experiment in Seq.zip (Results.readSections results) experiments do
                for verdict in section.Verdicts do
                    Expect.isTrue
                        (verdict.Id = experiment.Id || verdict.Id.StartsWith(experiment.Id + "/"))
                        ($"{verdict.Id} is of {experiment.Id}")

                    Expect.isTrue (Directory.Exists(Repository.file (Experiments.folderOf verdict.Id))) "")

        testCase "what passes is said in one line on standard output" (fun () ->
            use folder = new TemporaryFolder()
            let code, output, error = small folder []
            Expect.equal code 0 error
            Expect.hasLength (lines output) 1 ""
            Expect.stringStarts output "PASS: 1 gate: 1 confirmed; compared with the committed results" "")

        testTheory
            "a doctored baseline fails the gate and names what differs"
            [
                ("\"id\": \"z-not-one/limit\"", "\"id\": \"z-not-one/gone\"", "z-not-one/gone", "did not run")
                ("\"outcome\": \"confirmed\"",
                 "\"outcome\": \"contradicted\"",
                 "z-not-one/limit",
                 "this outcome is not accepted")
                ("\"kappa\": \\[\"blind\"",
                 "\"kappa\": [\"rejected\"",
                 "kappa",
                 "1 of the baseline's gates reject and none")
            ]
            (fun (pattern: string, replacement: string, name: string, part: string) ->
                use folder = new TemporaryFolder()

                let code, output, _ =
                    small folder [ "--baseline"; doctored folder pattern replacement ]

                Expect.equal code 2 ""
                let row = lines output |> Array.filter _.Trim().StartsWith(name + " ")
                Expect.hasLength row 1 ""
                Expect.stringContains row[0] part ""
                Expect.stringContains row[0] "validation/Qwem.Validation.FSharp" ""
                Expect.stringStarts (lines output |> Array.last) "FAIL: 1 reason above; 1 gate: 1 confirmed" ""
                // What a machine reads says the same.
                Expect.stringStarts (File.ReadAllText(folder.File "gate/summary.md")) "# qwem gate: FAIL\n" ""
                Expect.stringContains (File.ReadAllText(folder.File "gate/junit.xml")) ("failures=\"1\"") "")

        testCase "a gap that grew is noted and does not fail" (fun () ->
            use folder = new TemporaryFolder()
            let baseline = doctored folder "(\"gap\": )[^,]+" "${1}1e-40"
            let code, output, error = small folder [ "--baseline"; baseline ]
            Expect.equal code 0 error
            Expect.stringContains output "1 change that does not fail" ""
            Expect.stringContains (File.ReadAllText(folder.File "gate/summary.md")) "its gap grew from 1.00e-40" "")

        testCase "with --mutate a slip that no gate of a part rejects is named and does not fail" (fun () ->
            use folder = new TemporaryFolder()
            let code, output, error = small folder [ "--mutate" ]
            Expect.equal code 0 error
            Expect.isMatch output "No gate of this run rejects .*kappa" ""
            Expect.isMatch output (@"word-weights +1 of 1") "")

        testCase "the list shows the experiments and the gates that are asked for" (fun () ->
            for command in [ "gate"; "reproduce" ] do
                let code, output, error = finish (qwem [ command; "--list" ])
                Expect.equal code 0 error

                for experiment in Experiments.all do
                    Expect.stringContains output (experiment.Id + "  ") ""

                let code, output, error = finish (qwem [ command; "--list"; "--only"; "errata/tr" ])
                Expect.equal code 0 error

                Expect.equal
                    (lines output |> Array.map _.Trim())
                    [|
                        "errata  Errata of the paper"
                        "errata/triangular-singular-values"
                        "errata/transpose"
                    |]
                    "")

        testCase "a bad command line ends with code 1 and one sentence before any work" (fun () ->
            use folder = new TemporaryFolder()
            let refuse part arguments = refused folder 1 part arguments
            let out = folder.File "gate"
            refuse "'nonsense'" [ "gate"; "--only"; "nonsense"; "--output"; out ]
            refuse "'errata/nonsense'" [ "gate"; "--only"; "errata"; "errata/nonsense"; "--output"; out ]
            refuse "'nonsense'" [ "gate"; "--list"; "--only"; "nonsense" ]
            refuse "'nonsense'" [ "reproduce"; "--only"; "nonsense"; "--output"; out ]
            refuse "--output" [ "reproduce"; "--only"; "errata" ]

            refuse "--update" [
                "reproduce"
                "--only"
                "errata"
                "--output"
                out
                "--update"
                folder.WriteText("page.md", "")
            ]

            refuse "is a file" [ "gate"; "--output"; folder.WriteText("file", "x") ]
            refuse "reports" [ "gate"; "--output"; Repository.file "reports" ]
            refuse "--threads" [ "gate"; "--threads"; "-1"; "--output"; out ])

        testCase "a baseline that is missing or malformed ends with code 3 before any work" (fun () ->
            use folder = new TemporaryFolder()

            let refuse part baseline =
                refused folder 3 part [ "gate"; "--baseline"; baseline; "--output"; folder.File "gate" ]

            refuse "does not exist" (folder.File "missing.json")
            let write name text = folder.WriteText(name, text)
            refuse "is not JSON" (write "cut.json" "{ \"schema\": ")
            refuse "wrong kind" (write "list.json" "[]")
            refuse "'other/1'" (write "other.json" "{ \"schema\": \"other/1\" }")

            refuse "no gate" (write "empty.json" "{ \"schema\": \"qwem-results/2\", \"slips\": [], \"sections\": [] }")

            refuse
                "'verdicts' is missing"
                (write
                    "part.json"
                    "{ \"schema\": \"qwem-results/2\", \"slips\": [], \"sections\": [{\"id\": \"a\", \"title\": \"b\", \"answer\": \"\", \"quantities\": []}] }"))

        testCase "an interrupted gate ends with code 130 and one line more, and leaves its folder as it was" (fun () ->
            if not (OperatingSystem.IsLinux()) then
                skiptest "Needs the command kill."

            use folder = new TemporaryFolder()
            let before = folder.WriteText("results.json", "{ \"schema\": \"qwem-results/2\" }")
            let text = File.ReadAllText before
            let running = qwem [ "gate"; "--only"; "theorem-4.3"; "--output"; folder.Path ]

            let signal (name: string) =
                finish (start "kill" [ name; string running.Id ]) |> ignore

            // In the middle of the full experiment, which takes minutes.
            let rec waitForFlow () =
                match running.StandardError.ReadLine() with
                | null -> failtest "ended before the flow"
                | line when line.Contains "gradient flow" -> ()
                | _ -> waitForFlow ()

            waitForFlow ()
            signal "-INT"
            // A process started in the background may have been told to ignore Ctrl-C.
            if not (running.WaitForExit 5_000) then
                signal "-TERM"

            let code, output, error = finish running
            Expect.equal code 130 error
            Expect.isEmpty output ""
            Expect.equal (lines error |> Array.last) "qwem: Cancelled; no file was written." ""
            Expect.equal folder.Names [ "results.json" ] ""
            Expect.equal (File.ReadAllText before) text "")
    ]
