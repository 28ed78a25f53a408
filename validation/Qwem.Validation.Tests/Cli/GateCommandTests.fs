/// qwem gate, and what it shares with qwem reproduce: the choice of experiments.
[<NUnit.Framework.TestFixture>]
module Qwem.Validation.Tests.GateCommandTests

open System
open System.IO
open System.Text.RegularExpressions
open NUnit.Framework
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
             finishWithin 240 (qwem [ "gate"; "--profile"; "smoke"; "--mutate"; "--out"; out ])

         let read name =
             File.ReadAllText(Path.Combine(out, name))

         Assert.That(Directory.GetFileSystemEntries out, Has.Length.EqualTo 3)
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
                "--out"
                folder.File "gate"
            ]
            @ more
        ))

/// The results of that claim.
let private results =
    lazy
        (use folder = new TemporaryFolder()
         let code, _, error = small folder []
         Assert.That(code, Is.EqualTo 0, error)
         File.ReadAllText(folder.File "gate/results.json"))

/// Those results with the first find of a pattern replaced.
let private doctored (folder: TemporaryFolder) (pattern: string) (replacement: string) =
    let regex = Regex pattern
    Assert.That(regex.IsMatch results.Value, pattern)
    folder.WriteText("baseline.json", regex.Replace(results.Value, replacement, 1))

let private lines (text: string) =
    text.Split('\n', StringSplitOptions.RemoveEmptyEntries)

[<Test>]
let ``the smoke gate passes, says what becomes of every slip, and the files follow their schema`` () =
    let code, output, error, results, junit, summary = whole.Value
    Assert.That(code, Is.EqualTo 0, output + error)
    let all = Results.readAll results
    Assert.That(all.Slips, Is.EqualTo(box (CommittedResults.all ()).Slips))

    for slip in all.Slips do
        Assert.That(lines output |> Array.exists _.Trim().StartsWith(slip.Id + " "), slip.Id)

    Assert.That(output, Does.Contain(Tables.matrix all.Slips all.Verdicts))
    Assert.That((lines output |> Array.last), Does.StartWith $"PASS: {Tables.count(all.Verdicts).TrimEnd '.'}")
    Assert.That(JsonSchema.complaints schema.Value results, Is.Empty)
    Assert.That(junit, Does.Contain "failures=\"0\"")
    Assert.That(summary, Does.StartWith "# qwem gate: PASS\n")

[<Test>]
let ``the ids of an experiment's gates begin with its id`` () =
    let _, _, _, results, _, _ = whole.Value
    let experiments = Experiments.all

    for section, experiment in Seq.zip (Results.readSections results) experiments do
        for verdict in section.Verdicts do
            Assert.That(
                verdict.Id = experiment.Id || verdict.Id.StartsWith(experiment.Id + "/"),
                $"{verdict.Id} is of {experiment.Id}"
            )

            Assert.That(Directory.Exists(Repository.file (Experiments.folderOf verdict.Id)))

[<Test>]
let ``what passes is said in one line on standard output`` () =
    use folder = new TemporaryFolder()
    let code, output, error = small folder []
    Assert.That(code, Is.EqualTo 0, error)
    Assert.That(lines output, Has.Length.EqualTo 1)
    Assert.That(output, Does.StartWith "PASS: 1 gate: 1 confirmed; compared with the committed results")

[<TestCase("\"id\": \"z-not-one/limit\"", "\"id\": \"z-not-one/gone\"", "z-not-one/gone", "did not run")>]
[<TestCase("\"outcome\": \"confirmed\"",
           "\"outcome\": \"contradicted\"",
           "z-not-one/limit",
           "this outcome is not accepted")>]
[<TestCase("\"kappa\": \\[\"blind\"", "\"kappa\": [\"rejected\"", "kappa", "1 of the baseline's gates reject and none")>]
let ``a doctored baseline fails the gate and names what differs``
    (pattern: string)
    (replacement: string)
    (name: string)
    (part: string)
    =
    use folder = new TemporaryFolder()

    let code, output, _ =
        small folder [ "--baseline"; doctored folder pattern replacement ]

    Assert.That(code, Is.EqualTo 2)
    let row = lines output |> Array.filter _.Trim().StartsWith(name + " ")
    Assert.That(row, Has.Length.EqualTo 1)
    Assert.That(row[0], Does.Contain part)
    Assert.That(row[0], Does.Contain "validation/Qwem.Validation.FSharp")
    Assert.That(lines output |> Array.last, Does.StartWith "FAIL: 1 reason above; 1 gate: 1 confirmed")
    // What a machine reads says the same.
    Assert.That(File.ReadAllText(folder.File "gate/summary.md"), Does.StartWith "# qwem gate: FAIL\n")
    Assert.That(File.ReadAllText(folder.File "gate/junit.xml"), Does.Contain "failures=\"1\"")

[<Test>]
let ``a gap that grew is noted and does not fail`` () =
    use folder = new TemporaryFolder()
    let baseline = doctored folder "(\"gap\": )[^,]+" "${1}1e-40"
    let code, output, error = small folder [ "--baseline"; baseline ]
    Assert.That(code, Is.EqualTo 0, error)
    Assert.That(output, Does.Contain "1 change that does not fail")
    Assert.That(File.ReadAllText(folder.File "gate/summary.md"), Does.Contain "its gap grew from 1.00e-40")

[<Test>]
let ``with --mutate a slip that no gate of a part rejects is named and does not fail`` () =
    use folder = new TemporaryFolder()
    let code, output, error = small folder [ "--mutate" ]
    Assert.That(code, Is.EqualTo 0, error)
    Assert.That(output, Does.Match "No gate of this run rejects .*kappa")
    Assert.That(output, Does.Match @"word-weights +1 of 1")

[<Test>]
let ``the list shows the experiments and the gates that are asked for`` () =
    for command in [ "gate"; "reproduce" ] do
        let code, output, error = finish (qwem [ command; "--list" ])
        Assert.That(code, Is.EqualTo 0, error)

        for experiment in Experiments.all do
            Assert.That(output, Does.Contain(experiment.Id + "  "))

        let code, output, error = finish (qwem [ command; "--list"; "--only"; "errata/tr" ])
        Assert.That(code, Is.EqualTo 0, error)

        Assert.That(
            lines output |> Array.map _.Trim(),
            Is.EqualTo<string array>
                [|
                    "errata  Errata of the paper"
                    "errata/triangular-singular-values"
                    "errata/transpose"
                |]
        )

[<Test>]
let ``a bad command line ends with code 1 and one sentence before any work`` () =
    use folder = new TemporaryFolder()
    let refuse part arguments = refused folder 1 part arguments
    let out = folder.File "gate"
    refuse "'nonsense'" [ "gate"; "--only"; "nonsense"; "--out"; out ]
    refuse "'errata/nonsense'" [ "gate"; "--only"; "errata"; "errata/nonsense"; "--out"; out ]
    refuse "'nonsense'" [ "gate"; "--list"; "--only"; "nonsense" ]
    refuse "'nonsense'" [ "reproduce"; "--only"; "nonsense"; "--out"; out ]
    refuse "--out" [ "reproduce"; "--only"; "errata" ]

    refuse
        "--update"
        [
            "reproduce"
            "--only"
            "errata"
            "--out"
            out
            "--update"
            folder.WriteText("page.md", "")
        ]

    refuse "is a file" [ "gate"; "--out"; folder.WriteText("file", "x") ]
    refuse "reports" [ "gate"; "--out"; Repository.file "reports" ]
    refuse "--threads" [ "gate"; "--threads"; "-1"; "--out"; out ]

[<Test>]
let ``a baseline that is missing or malformed ends with code 3 before any work`` () =
    use folder = new TemporaryFolder()

    let refuse part baseline =
        refused folder 3 part [ "gate"; "--baseline"; baseline; "--out"; folder.File "gate" ]

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
            "{ \"schema\": \"qwem-results/2\", \"slips\": [], \"sections\": [{\"id\": \"a\", \"title\": \"b\", \"answer\": \"\", \"quantities\": []}] }")

[<Test>]
let ``an interrupted gate ends with code 130 and one line more, and leaves its folder as it was`` () =
    if not (OperatingSystem.IsLinux()) then
        Assert.Inconclusive "Needs the command kill."

    use folder = new TemporaryFolder()
    let before = folder.WriteText("results.json", "{ \"schema\": \"qwem-results/2\" }")
    let text = File.ReadAllText before
    let running = qwem [ "gate"; "--only"; "theorem-4.3"; "--out"; folder.Path ]

    let signal (name: string) =
        finish (start "kill" [ name; string running.Id ]) |> ignore

    // In the middle of the full experiment, which takes minutes.
    let rec waitForFlow () =
        match running.StandardError.ReadLine() with
        | null -> Assert.Fail "ended before the flow"
        | line when line.Contains "gradient flow" -> ()
        | _ -> waitForFlow ()

    waitForFlow ()
    signal "-INT"
    // A process started in the background may have been told to ignore Ctrl-C.
    if not (running.WaitForExit 5_000) then
        signal "-TERM"

    let code, output, error = finish running
    Assert.That(code, Is.EqualTo 130, error)
    Assert.That(output, Is.Empty)
    Assert.That(lines error |> Array.last, Is.EqualTo "qwem: Cancelled; nothing was written.")
    Assert.That(folder.Names, Is.EqualTo<string list> [ "results.json" ])
    Assert.That(File.ReadAllText before, Is.EqualTo text)
