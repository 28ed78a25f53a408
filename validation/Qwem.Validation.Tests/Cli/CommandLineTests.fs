/// What all commands have in common: help, names of options, defaults, and the command lines of the documentation.
module Qwem.Validation.Tests.CommandLineTests

open System
open System.IO
open System.Text.RegularExpressions
open Expecto
open Qwem.Validation.Tests.CountingSupport
open Qwem.Validation.Tests.Command

let private commands = [
    yield [ "corpus"; "prepare" ]
    yield [ "corpus"; "get" ]

    for name in
        [
            "count"
            "vocabulary"
            "merge"
            "inspect"
            "reproduce"
            "gate"
            "spectrum"
            "embed"
            "evaluate"
            "convert"
            "neighbours"
            "analogy"
            "similarity"
            "concepts"
            "train"
            "theory-page"
        ] do
        yield [ name ]
]

let private help =
    lazy
        (commands
         |> List.map (fun command -> command, fst (succeed (command @ [ "--help" ])))
         |> Map)

/// The command lines of a text: lines that begin with qwem, continued by a backslash, up to a comment, a pipe or the next command.
let private lines (text: string) =
    Regex.Matches(text.Replace("\\\n", " "), @"^ *qwem ([a-z-]+(?: [^\n]*)?)$", RegexOptions.Multiline)
    |> Seq.map _.Groups[1].Value
    |> Seq.map (fun line -> Regex.Split(line, @" # | && | \| | > |  +").[0])

/// Options of a command line that its command does not have.
let private unknown (line: string) =
    let words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries) |> List.ofArray

    match
        commands
        |> List.tryFind (fun command -> List.truncate command.Length words = command)
    with
    | None -> [ $"{line}: no such command" ]
    | Some command ->
        words
        |> List.filter (fun word -> Regex.IsMatch(word, @"^(--[a-z][a-z-]*|-[a-zA-Z])$"))
        |> List.filter (fun word -> not (Regex.IsMatch(help.Value[command], $@"(^|[ ,]){Regex.Escape word}[ ,\n]")))
        |> List.map (fun word -> $"{line}: {word}")

let tests =
    testList "Command line" [
        testCase "the overview lists every command, with a whole sentence" (fun () ->
            let overview, _ = succeed [ "--help" ]

            for command in commands do
                Expect.isMatch overview $@"\n  (\w+, )?{command.Head}[ <]" ""

            Expect.stringContains overview "neighbors, neighbours" ""
            let listed = overview[overview.IndexOf("Commands:", StringComparison.Ordinal) ..]

            for line in listed.TrimEnd().Split '\n' |> Seq.skip 1 do
                Expect.isMatch (line.TrimEnd()) @"[.:]|\.\.\.$" "")

        testCase "every command has an example and -q, and shows defaults as they are typed" (fun () ->
            for command in commands do
                let text = help.Value[command]
                let name = String.concat " " command
                Expect.isMatch text "Examples?:" name
                Expect.stringContains text $"qwem {name}" name
                Expect.stringContains text "-q, --quiet" name
                // Words of the program's source, such as Line, and numbers as .NET prints them, such as 1E-12.
                Expect.equal
                    (Regex.Matches(text, @"\[default: ([A-Z]|[0-9.]+E|[0-9]+:)[^\]]*\]")
                     |> Seq.map _.Value
                     |> List.ofSeq)
                    []
                    name)

        testCase "outputs have one name" (fun () ->
            for command, text in Map.toList help.Value do
                Expect.lacks text "--out " (string command)
                Expect.lacks text "--to " (string command)

            for command in
                [
                    [ "corpus"; "prepare" ]
                    [ "corpus"; "get" ]
                    [ "count" ]
                    [ "merge" ]
                    [ "reproduce" ]
                    [ "gate" ]
                    [ "spectrum" ]
                    [ "embed" ]
                    [ "convert" ]
                    [ "train" ]
                ] do
                Expect.stringContains help.Value[command] "-o, --output" (string command))

        testCase "V, L and d have one default" (fun () ->
            let has (option: string) (standard: string) (command: string) =
                Expect.isMatch help.Value[[ command ]] $@"{option} <number> [^\n]*\[default: {standard}\]" command

            List.iter (has "--vocabulary-size" "10000") [ "count"; "embed"; "spectrum"; "train" ]
            List.iter (has "--window" "16") [ "count"; "embed"; "spectrum"; "train" ]
            List.iter (has "--dimension" "200") [ "embed"; "spectrum"; "train" ]

            for command in [ "count"; "embed"; "spectrum"; "train" ] do
                for option in
                    [
                        "--min-count"
                        "--vocabulary-file"
                        "--weighting"
                        "--out-of-vocabulary"
                        "--ends"
                        "--normalisation"
                    ] do
                    Expect.stringContains help.Value[[ command ]] option command

            for command in [ "embed"; "spectrum" ] do
                Expect.stringContains help.Value[[ command ]] "--shrinkage" command

            Expect.stringContains (help.Value[[ "reproduce" ]]) "because the embedded statistics" "")

        testCase "every option of an example, in help and documentation, exists" (fun () ->
            let pages =
                [
                    "README.md"
                    "CONTRIBUTING.md"
                    "validation/data/README.md"
                    "examples/qwem-gate.yml"
                ]
                @ [
                    for page in Directory.GetFiles(Repository.file "docs", "*.md", SearchOption.AllDirectories) ->
                        Path.GetRelativePath(Repository.root, page)
                ]
                |> List.map (Repository.file >> File.ReadAllText)

            let found =
                pages @ [ for text in help.Value.Values -> text ]
                |> Seq.collect lines
                |> List.ofSeq

            Expect.isGreaterThan found.Length 50 "too few command lines were found"
            Expect.equal (found |> List.collect unknown) [] "")

        testCase "-q silences progress, timings and notes, and keeps results and errors" (fun () ->
            use folder = new TemporaryFolder()
            let text = folder.WriteText("text", "a b c a b\nb c a\n")
            let counts = folder.File "counts"

            for arguments in
                [
                    [ "count"; text; "-o"; counts ]
                    [ "-q"; "embed"; counts; "-o"; folder.File "v.npy" ]
                    [ "spectrum"; text; "-o"; folder.File "s.npz" ]
                    [ "convert"; folder.File "v.npy"; "-o"; folder.File "v.tsv" ]
                    [ "train"; text; "--steps"; "3"; "--batch"; "20"; "-o"; folder.File "run" ]
                    [ "corpus"; "prepare"; text; "-o"; folder.File "x.qtok" ]
                ] do
                let output, error =
                    succeed (if arguments.Head = "-q" then arguments else arguments @ [ "--quiet" ])

                Expect.isEmpty error (string arguments)
                Expect.isNonEmpty (List.ofSeq output) (string arguments)

            refused folder 3 "does not exist" [ "count"; "-q"; folder.File "absent"; "-o"; counts ])
    ]
