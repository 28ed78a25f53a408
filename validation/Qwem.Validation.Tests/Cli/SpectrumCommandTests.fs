module Qwem.Validation.Tests.SpectrumCommandTests

open System
open System.IO
open Expecto
open Qwem.Sim.Cooccurrence
open Qwem.Sim.Formats
open Qwem.Validation.Tests.CountingSupport
open Qwem.Validation.Tests.Command

let private refused folder exitCode part arguments =
    Command.refused folder exitCode part ("spectrum" :: arguments)

let private counts (folder: TemporaryFolder) =
    let g = Random 4

    let article _ =
        List.init 200 (fun _ -> wordOf (g.Next 30))

    let path = folder.File "x.qcooc"
    QcoocWriter.Write(countDocuments (List.init 3 article) 30 4, path)
    path

let tests =
    testList "Spectrum command" [
        testCase "a good run prints a table and writes the file, the same bytes on any number of threads" (fun () ->
            use folder = new TemporaryFolder()
            let input, output = counts folder, folder.File "s.npz"

            let run threads =
                let code, table, error =
                    finish (
                        qwem [
                            "spectrum"
                            input
                            "--target"
                            "ppmi"
                            "-d"
                            "12"
                            "--which"
                            "both"
                            "-o"
                            output
                            "--threads"
                            threads
                        ]
                    )

                Expect.equal code 0 error
                Expect.isMatch error (@"[0-9.]+ s, [0-9]+ products, at most [0-9]+ MiB\r?\n\z") ""
                let lines = table.TrimEnd().Split '\n'
                Expect.isMatch lines[0] (@"\A +k +eigenvalue +residual\r?\z") ""
                Expect.hasLength lines 14 ""
                Expect.stringStarts (Array.last lines) ($"{output} V=30 d=12 largest-relative-residual=") ""
                File.ReadAllBytes output

            let first = run "1"
            Expect.equal (run "2") first ""
            let arrays = NpzReader.Read output
            Expect.equal (List.ofSeq arrays[1].Shape) [ 30; 12 ] ""
            let settings = (nonNull arrays[4].Texts)[0]

            for part in
                [
                    "\"target\":\"ppmi\""
                    "\"which\":\"both\""
                    "\"self_pairs\":\"neutral\""
                    "\"window_half_width\":4"
                ] do
                Expect.stringContains settings part ""

            Expect.equal folder.Names [ "s.npz"; "x.qcooc" ] "")

        testCase "bad arguments, inputs and outputs end with one sentence and their exit codes" (fun () ->
            use folder = new TemporaryFolder()
            let input, output = counts folder, folder.File "s.npz"
            let ask more = input :: "-o" :: output :: more
            refused folder 1 "'31' of --dimension" (ask [ "-d"; "31" ])
            refused folder 1 "'0' of --dimension" (ask [ "-d"; "0" ])

            refused
                folder
                1
                "'best' of --target is not known; give one of xe, sym, ppmi, pmi, weighted"
                (ask [ "--target"; "best" ])

            refused folder 1 "'1' of --target" (ask [ "--target"; "1" ])
            refused folder 1 "'0' of --negative-ratio" (ask [ "--negative-ratio"; "0" ])
            refused folder 1 "'nan' of --tolerance" (ask [ "--tolerance"; "nan" ])
            refused folder 1 "'maybe' of --self-pairs" (ask [ "--self-pairs"; "maybe" ])
            refused folder 1 "--output" [ input ]
            refused folder 1 $"is the input '{input}' itself" [ input; "-o"; input ]

            refused folder 1 "does not exist; create it first" [
                input
                "-o"
                Path.Combine(folder.Path, "absent", "s.npz")
            ]

            refused folder 3 "does not exist" [ folder.File "absent"; "-o"; output ]

            let lonely = folder.File "lonely.qcooc"
            QcoocWriter.Write(countDocuments [ [ "a" ]; [ "b" ] ] 2 1, lonely)
            refused folder 1 "hold no pair of words" [ lonely; "-d"; "1"; "-o"; output ]

            refused
                folder
                1
                "defined for the targets xe, sym and ppmi, not for pmi"
                (ask [ "--target"; "pmi"; "--shrinkage"; "2" ])

            refused folder 1 "the counts in" (ask [ "-V"; "31" ]))

        testCase "a spectrum of a text is that of its counts, and may be shrunk" (fun () ->
            use folder = new TemporaryFolder()

            let text =
                folder.WriteText(
                    "text",
                    String.concat "\n" (List.init 40 (fun k -> $"w{k % 7} w{k % 5} w{k % 3} w{k % 4}"))
                )

            let rules = [ "-V"; "6"; "-L"; "3"; "--weighting"; "flat" ]
            let counts = folder.File "counts"
            succeed ([ "count"; text; "-o"; counts ] @ rules) |> ignore

            let spectrum input more =
                let output = folder.File "s.npz"
                let line, _ = succeed ([ "spectrum"; input; "-d"; "3"; "-o"; output ] @ more)
                line, File.ReadAllBytes output

            let line, ofText = spectrum text (rules @ [ "--shrinkage"; "auto" ])
            Expect.isMatch line "V=6 d=3 shrinkage=[0-9.]+ largest" ""
            let _, ofCounts = spectrum counts [ "--shrinkage"; "auto" ]
            Expect.isTrue (ofText = ofCounts) ""
            Expect.isTrue (ofText <> snd (spectrum counts [])) ""
            Expect.stringContains (fst (spectrum counts [ "-V"; "5" ])) "V=5 d=3" "")

        testCase
            "more eigenpairs than the solver has room for are refused in a sentence, and the limit stands in the help"
            (fun () ->
                use folder = new TemporaryFolder()
                let input, output = folder.File "wide.qcooc", folder.File "s.npz"
                QcoocWriter.Write(lonelyCounts 300_000, input)

                for command in [ "spectrum"; "embed" ] do
                    Command.refused
                        folder
                        1
                        "'7087' of --dimension is not possible: there are 300000 words, and the solver's basis fits one array for at most 7086 eigenpairs"
                        [ command; input; "-d"; "7087"; "-o"; output ]

                    let _, help, _ = finish (qwem [ command; "--help" ])
                    Expect.stringContains (help.ReplaceLineEndings " ") "2,147,483,591 / V - 72" "")

        testCase "help shows targets, ranges, defaults and an example" (fun () ->
            let code, help, _ = finish (qwem [ "spectrum"; "--help" ])
            Expect.equal code 0 ""

            for part in
                [
                    "Examples:"
                    "V x d"
                    "in nats"
                    "1e-14 .. 0.1"
                    "neutral|counted"
                    "xe|sym|ppmi|pmi|weighted"
                    "[default: 200]"
                ] do
                Expect.stringContains help part "")
    ]
