/// From text to vectors to answers, as a user would.
module Qwem.Validation.Tests.EmbedCommandTests

open System.IO
open Expecto
open Qwem.Sim.Formats
open Qwem.Validation.Tests.CountingSupport
open Qwem.Validation.Tests.Command

/// Two topics of four words, which meet only within their topic.
let private text =
    let sentence k =
        let topic =
            if k % 2 = 0 then
                [| "sun"; "moon"; "star"; "sky" |]
            else
                [| "bread"; "milk"; "salt"; "cheese" |]

        String.concat " " [ for n in 0..5 -> topic[(n * (k + 1) + k / 2) % 4] ]

    String.concat "\n" (List.init 60 sentence) + "\n"

let private embedded (folder: TemporaryFolder) (name: string) (more: string list) =
    let input = folder.WriteText("text", text)
    let output = folder.File name

    let code, line, error =
        finish (qwem ([ "embed"; input; "-d"; "2"; "-L"; "3"; "-o"; output; "--threads"; "1" ] @ more))

    Expect.equal code 0 error
    output, line

let tests =
    testList "Embed command" [
        testCase "text becomes vectors in every format, the same ones" (fun () ->
            use folder = new TemporaryFolder()

            let vectors = [
                for name in [ "v.npz"; "v.txt"; "v.bin"; "v.tsv" ] ->
                    VectorFile.Read(fst (embedded folder name [ "--shrinkage"; "2" ]))
            ]

            for other in vectors do
                Expect.equal other.Words vectors.Head.Words ""
                Expect.sequenceEqual other.Values vectors.Head.Values ""

            let archive = NpzReader.Read(folder.File "v.npz")

            Expect.sequenceEqual
                (archive |> Seq.map (fun a -> a.Name))
                ([ "vectors"; "words"; "eigenvalues"; "settings" ])
                ""

            Expect.stringContains
                ((archive |> Seq.last).Texts |> Unchecked.nonNull |> Array.head)
                ("\"shrinkage\":2,")
                "")

        testCase "rounds with the model as the prior make other vectors and say so" (fun () ->
            use folder = new TemporaryFolder()
            let plain = VectorFile.Read(fst (embedded folder "p.npz" [ "--shrinkage"; "2" ]))

            let output, line =
                embedded folder "v.npz" [ "--shrinkage"; "2"; "--prior-rounds"; "2" ]

            Expect.stringContains line "shrinkage=2 prior-rounds=2" ""
            Expect.notEqual (List.ofSeq (VectorFile.Read(output).Values)) (List.ofSeq plain.Values) ""
            let settings = NpzReader.Read(output) |> Seq.last
            Expect.stringContains (settings.Texts |> Unchecked.nonNull |> Array.head) ("\"prior_rounds\":2,") "")

        testCase "counts and text give the same bytes, and the line says what was made" (fun () ->
            use folder = new TemporaryFolder()
            let fromText, line = embedded folder "v.npz" []
            Expect.isMatch line "v.npz V=8 d=2 target=sym shrinkage=[0-9.]+ positive-eigenvalues=2 of 2" ""
            // The content says that these are counts, whatever their name.
            let counts = folder.File "c.dat"

            let code, _, error =
                finish (qwem [ "count"; folder.File "text"; "-V"; "8"; "-L"; "3"; "-o"; counts ])

            Expect.equal code 0 error
            let other = folder.File "w.npz"

            let code, _, error =
                finish (qwem [ "embed"; counts; "-d"; "2"; "-o"; other; "--threads"; "2" ])

            Expect.equal code 0 error
            Expect.equal (File.ReadAllBytes other) (File.ReadAllBytes fromText) "")

        testCase "vectors answer questions" (fun () ->
            use folder = new TemporaryFolder()
            let vectors, _ = embedded folder "v.bin" []

            let answer arguments =
                let code, output, error = finish (qwem arguments)
                Expect.equal code 0 error
                output

            let neighbours = answer [ "neighbours"; vectors; "Moon"; "-n"; "3" ]
            Expect.stringStarts neighbours "moon\n" ""

            for word in [ "sun"; "star"; "sky" ] do
                Expect.stringContains neighbours word ""

            Expect.lacks neighbours "milk" ""

            Expect.isMatch
                (answer [ "analogy"; vectors; "sun"; "moon"; "bread"; "-n"; "1" ])
                (@"\A *[0-9.]+  (milk|salt|cheese)\r?\n\z")
                ""

            Expect.equal ((answer [ "similarity"; vectors; "milk"; "milk" ]).Trim()) "1.0000" ""

            Expect.isMatch
                (answer [ "concepts"; vectors; "--directions"; "1"; "-n"; "2"; "--unit" ])
                (@"1  eigenvalue [0-9.]+\n  \+  \w+ [0-9.]+  \w+")
                ""

            let questions =
                folder.WriteText("q", ": food\nsun moon bread milk\nsun moon bread wine\n")

            let pairs =
                folder.WriteText("s", "sun moon 9\nsun milk 1\nbread milk 8\nmoon salt 2\nwine milk 5\n")

            let report =
                answer [
                    "evaluate"
                    vectors
                    "--questions"
                    questions
                    "--similarity"
                    pairs
                    "--replicates"
                    "50"
                ]

            Expect.isMatch report (@"food +1 +1 ") ""
            Expect.isMatch report (@"total +1 +1 ") ""
            Expect.isMatch report (@"pairs=4 unknown=1 spearman=0\.[0-9]{4} \[") ""

            Expect.isMatch
                (answer [
                    "evaluate"
                    vectors
                    "--questions"
                    questions
                    "--all-pairs"
                    "--replicates"
                    "0"
                ])
                (@"total +2 +4 ")
                "")

        testCase "a moment of training has the modes of the end with the lengths of Theorem 4.3" (fun () ->
            use folder = new TemporaryFolder()

            let numbers name =
                Array.ofSeq (VectorFile.Read(folder.File name).Values)

            let endOfTraining, _ = embedded folder "end.npz" [ "--shrinkage"; "2" ]

            let _, line =
                embedded folder "then.npz" [ "--shrinkage"; "2"; "--time"; "1tau2"; "--sigma"; "1e-3" ]

            Expect.isMatch line (@"positive-eigenvalues=2 of 2 time=1tau2 sigma=0\.001 risen=2") ""

            let array name =
                (NpzReader.Read(folder.File "then.npz") |> Seq.find (fun a -> a.Name = name)).Numbers
                |> Unchecked.nonNull

            let eigenvalues, lengths = array "eigenvalues", array "singular_values"
            Expect.near (lengths[1] ** 2.0) (eigenvalues[1] ** 2.0 / (2.0 * eigenvalues[1] - 1e-6)) (1e-9) ""

            Array.iteri2
                (fun e (now: float32) (last: float32) ->
                    let expected = float last * lengths[e % 2] / sqrt eigenvalues[e % 2]
                    Expect.near (float now) expected (1e-6 * eigenvalues[0]) "")
                (numbers "then.npz")
                (Array.ofSeq (VectorFile.Read endOfTraining).Values)

            // Long after the last mode has risen nothing but rounding is left of the difference; early on hardly anything is there.
            embedded folder "late.npz" [ "--shrinkage"; "2"; "--time"; "1000" ] |> ignore

            Array.iter2
                (fun (late: float32) (last: float32) -> Expect.near (float late) (float last) 1e-6 "")
                (numbers "late.npz")
                (numbers "end.npz")

            let _, line = embedded folder "early.npz" [ "--shrinkage"; "2"; "--time"; "0.5" ]
            Expect.stringEnds line "time=0.5tau1 sigma=1E-12 risen=0\n" ""
            Expect.isLessThan (numbers "early.npz" |> Array.map abs |> Array.max) (1e-5f) "")

        testCase
            "the end of training under any weight comes to rest, and with even weights is the closed form"
            (fun () ->
                use folder = new TemporaryFolder()

                let exact name more =
                    embedded folder name ([ "--exact"; "--tolerance"; "1e-7" ] @ more)

                let closed, _ = embedded folder "closed.npz" [ "--shrinkage"; "2" ]

                let even, line = exact "even.npz" [ "--reweight"; "constant"; "--shrinkage"; "2" ]

                Expect.isMatch line "even.npz loss=sym steps=[0-9]+ value=-[0-9.E-]+ remaining=[0-9.E-]+" ""

                Array.iter2
                    (fun (a: float32) (b: float32) -> Expect.near (float a) (float b) 1e-5 "")
                    (Array.ofSeq (VectorFile.Read even).Values)
                    (Array.ofSeq (VectorFile.Read closed).Values)

                let word2vec = [
                    "--loss"
                    "sgns"
                    "--reweight"
                    "skipgram"
                    "--negative-ratio"
                    "5"
                    "--negative-power"
                    "0.75"
                    "--shrinkage"
                    "auto"
                ]

                let output, _ = exact "w.npz" word2vec
                let settings = NpzReader.Read(output) |> Seq.last
                let settings = settings.Texts |> Unchecked.nonNull |> Array.head
                Expect.stringContains settings "\"loss\":\"sgns\",\"reweight\":\"skipgram\"" ""
                Expect.stringContains settings "\"negative_power\":0.75" ""
                Expect.stringContains settings "\"boundary\":\"within articles\"" ""
                let near, _ = succeed [ "neighbours"; output; "moon"; "-n"; "3" ]
                Expect.lacks near "milk" ""

                let input, short = folder.File "text", folder.File "short.bin"

                let code, _, error =
                    finish (qwem ([ "embed"; input; "-d"; "2"; "--exact"; "--steps"; "2"; "-o"; short ] @ word2vec))

                Expect.equal code 4 ""
                Expect.stringContains error "not at rest after 2 steps; the vectors of the last step were written" ""
                Expect.isTrue (File.Exists short) ""
                let out = folder.File "o.npz"

                refused folder 1 "--target does not go with --exact" [
                    "embed"
                    input
                    "--exact"
                    "--target"
                    "xe"
                    "-o"
                    out
                ]

                refused folder 1 "--loss belongs to --exact" [ "embed"; input; "--loss"; "xe"; "-o"; out ]
                refused folder 1 "--reweight belongs to --exact" [ "embed"; input; "--reweight"; "none"; "-o"; out ]

                let code, _, error =
                    finish (qwem [ "embed"; input; "--exact"; "-d"; "8"; "-L"; "3"; "-o"; out ])

                Expect.equal code 1 ""
                Expect.stringEnds (error.TrimEnd()) "not below the vocabulary size 8; give a smaller -d." ""

                refused folder 1 "--subsample leaves no weight" [
                    "embed"
                    input
                    "--exact"
                    "--reweight"
                    "word2vec"
                    "--subsample"
                    "0"
                    "-o"
                    out
                ])

        testCase "a moment under any weight is the sequence of saddles', and with even weights Theorem 4.3's" (fun () ->
            use folder = new TemporaryFolder()

            // x_i . x_j, which a rotation of all vectors leaves alone; the sign of a mode is free.
            let products path =
                let vectors = VectorFile.Read path
                let d = vectors.Dimension

                Array.init (vectors.Size * vectors.Size) (fun e ->
                    let i, j = e / vectors.Size, e % vectors.Size

                    Seq.sumBy
                        (fun k -> float (vectors.Values[i * d + k] * vectors.Values[j * d + k]))
                        (seq { 0 .. d - 1 }))

            let even = [ "--exact"; "--reweight"; "constant"; "--shrinkage"; "2" ]

            for moment in [ "0.9tau1"; "1tau2"; "3tau2" ] do
                let expected, _ =
                    embedded folder "closed.npz" [ "--shrinkage"; "2"; "--time"; moment ]

                let computed, line = embedded folder "even.npz" (even @ [ "--time"; moment ])
                Expect.stringContains line $"loss=sym time={moment} sigma=1E-12 eta-time=" ""
                Expect.isLessThan (Numbers.frobenius (products computed) (products expected)) 2e-3 moment

            let early, line =
                embedded folder "early.npz" [ "--exact"; "--loss"; "sgns"; "--time"; "0.5"; "--sigma"; "1e-9" ]

            Expect.isMatch line "smallness=[0-9.E-]+ risen=0 followed=1\n$" ""
            let moment = NpzReader.Read early |> Seq.last
            Expect.equal moment.Texts [| "time=0.5tau1 sigma=1E-09" |] ""
            let input, out = folder.File "text", folder.File "o.npz"

            let exact more =
                [ "embed"; input; "-o"; out; "--exact"; "--time" ] @ more

            refused folder 1 "is that of mode 3, but there are 2" (exact [ "1tau3"; "-d"; "2" ])
            refused folder 1 "--steps does not go with --time" (exact [ "1tau1"; "--steps"; "3" ])

            let code, _, error = finish (qwem (exact [ "1tau7"; "-d"; "7"; "-L"; "3" ]))
            Expect.equal code 4 ""
            Expect.stringContains error "Mode 7 is never learned under this loss" "")

        testCase "a plain matrix has its words beside it and answers like any other file" (fun () ->
            use folder = new TemporaryFolder()
            let matrix, _ = embedded folder "v.npy" []
            let archive, _ = embedded folder "v.npz" []
            let expected = VectorFile.Read archive
            let words = folder.File "v.vocabulary.txt"
            Expect.sequenceEqual (File.ReadAllLines words) expected.Words ""
            Expect.sequenceEqual (NpyMatrix.Read(matrix).Values |> Array.map float32) expected.Values ""
            Expect.sequenceEqual (VectorFile.Read(matrix).Values) expected.Values ""
            let near, _ = succeed [ "neighbours"; matrix; "moon"; "-n"; "3" ]
            Expect.stringContains near "sun" ""
            File.WriteAllText(words, "sun\nmoon\n")
            refused folder 3 "not written together" [ "neighbours"; matrix; "moon" ]
            File.Delete(matrix + ".sha256")
            refused folder 3 "has 8 rows, but" [ "neighbours"; matrix; "moon" ]
            File.Delete words
            refused folder 3 "v.vocabulary.txt' does not exist" [ "neighbours"; matrix; "moon" ]
            refused folder 3 "w.npy' does not exist" [ "neighbours"; folder.File "w.npy"; "moon" ])

        testCase "mistakes end with one sentence and change nothing" (fun () ->
            use folder = new TemporaryFolder()
            let vectors, _ = embedded folder "v.bin" []
            let input = folder.File "text"
            let out = folder.File "o.npz"
            folder.WriteText("bad.txt", "2 2\na 1 2\nb 1 x\n") |> ignore
            refused folder 1 "did you mean 'moon'" [ "neighbours"; vectors; "mon" ]
            refused folder 1 "choose another word" [ "similarity"; vectors; "sun"; "parliament" ]
            refused folder 1 "'chese'" [ "analogy"; vectors; "sun"; "moon"; "chese" ]
            refused folder 3 "does not exist" [ "neighbours"; folder.File "absent.bin"; "sun" ]
            refused folder 3 "line 3" [ "concepts"; folder.File "bad.txt" ]
            refused folder 3 "no known format" [ "similarity"; input; "sun"; "moon" ]
            refused folder 1 "nothing to measure" [ "evaluate"; vectors ]
            refused folder 3 "Line 1" [ "evaluate"; vectors; "--similarity"; input ]
            refused folder 3 "before the first family" [ "evaluate"; vectors; "--questions"; input ]
            refused folder 1 "no known format" [ "embed"; input; "-o"; folder.File "o.doc" ]

            refused folder 1 "does not exist; create it first" [
                "embed"
                input
                "-o"
                Path.Combine(folder.Path, "no", "o.npz")
            ]

            refused folder 1 "'lots' of --shrinkage" [ "embed"; input; "--shrinkage"; "lots"; "-o"; out ]
            refused folder 1 "'-1' of --shrinkage" [ "embed"; input; "--shrinkage"; "-1"; "-o"; out ]
            refused folder 1 "not for xe" [ "embed"; input; "--target"; "xe"; "--prior-rounds"; "1"; "-o"; out ]

            refused folder 1 "needs shrinkage" [ "embed"; input; "--shrinkage"; "0"; "--prior-rounds"; "1"; "-o"; out ]

            refused folder 1 "'21' of --prior-rounds" [ "embed"; input; "--prior-rounds"; "21"; "-o"; out ]
            refused folder 1 "'2' of --power" [ "embed"; input; "--power"; "2"; "-o"; out ]

            for time in [ "lots"; "-1tau1"; "1tau0"; "1e999" ] do
                refused folder 1 $"'{time}' of --time is not possible" [ "embed"; input; "--time"; time; "-o"; out ]

            refused folder 1 "mode 3, but there are 2" [ "embed"; input; "-d"; "2"; "--time"; "1tau3"; "-o"; out ]
            refused folder 1 "belongs to --time" [ "embed"; input; "--sigma"; "1e-6"; "-o"; out ]
            refused folder 1 "exclude each other" [ "embed"; input; "--time"; "1"; "--power"; "1"; "-o"; out ]
            refused folder 1 "'0' of --sigma" [ "embed"; input; "--time"; "1"; "--sigma"; "0"; "-o"; out ]
            refused folder 1 "'pmi' of --target" [ "embed"; input; "--target"; "pmi"; "-o"; out ]
            refused folder 1 "below 1" [ "embed"; input; "--target"; "ppmi"; "--negative-ratio"; "0.5"; "-o"; out ]
            refused folder 3 "does not exist" [ "embed"; folder.File "absent.qcooc"; "-o"; out ]
            let counts = folder.File "counts"
            succeed [ "count"; input; "-V"; "8"; "-o"; counts ] |> ignore
            refused folder 1 "together with other inputs" [ "embed"; input; counts; "-o"; out ]
            refused folder 1 "--window is for text" [ "embed"; counts; "-L"; "3"; "-o"; out ]
            refused folder 1 "--article is for text" [ "embed"; counts; "--article"; "file"; "-o"; out ]
            refused folder 1 "--min-count is for text" [ "embed"; counts; "--min-count"; "3"; "-o"; out ]

            // Found after the stages of counting have been announced.
            let late (ending: string) arguments =
                let code, _, error = finish (qwem arguments)
                Expect.equal code 1 ""
                Expect.stringEnds (error.TrimEnd()) ending ""
                Expect.isFalse (File.Exists out) ""

            let never () =
                let code, _, error =
                    finish (qwem [ "embed"; input; "-d"; "8"; "-L"; "3"; "--time"; "1tau8"; "-o"; out ])

                Expect.equal code 4 ""
                Expect.stringContains error "never learned" ""
                Expect.isFalse (File.Exists out) ""

            never ()
            late "'9' of --dimension is not possible: there are 8 words." [ "embed"; input; "-d"; "9"; "-o"; out ]
            let alone = folder.WriteText("alone", "a a a")
            late "no pair of different words; count a longer text." [ "embed"; alone; "-d"; "1"; "-o"; out ])

        testCase "sizes that are not given fit a small text, and notes say so" (fun () ->
            use folder = new TemporaryFolder()
            let input = folder.WriteText("text", text)
            let output, notes = succeed [ "embed"; input; "-o"; folder.File "v.bin" ]
            Expect.stringContains output "V=8 d=8" ""
            Expect.stringContains notes "8 different words, fewer than the default vocabulary size 10000" ""
            Expect.stringContains notes "There are 8 words, so d = 8 instead of 200." ""

            let _, notes = succeed [ "embed"; input; "-q"; "-o"; folder.File "v.bin" ]
            Expect.isEmpty notes ""

            let _, notes =
                succeed [ "train"; input; "--steps"; "5"; "--batch"; "50"; "-o"; folder.File "run" ]

            Expect.stringContains notes "so d = 7 instead of 200" "")

        testCase "counting rules and vocabularies of a text are those of qwem count" (fun () ->
            use folder = new TemporaryFolder()
            let input = folder.WriteText("text", text)
            let words = folder.WriteText("words", "milk\nsun\nsalt\nmoon\n")

            let counts, direct, indirect =
                folder.File "c", folder.File "d.bin", folder.File "i.bin"

            for rules in
                [
                    [ "--weighting"; "harmonic"; "-L"; "4"; "--min-count"; "3" ]
                    [ "--vocabulary-file"; words; "--out-of-vocabulary"; "masked" ]
                    [ "--ends"; "authors"; "-L"; "2"; "--article"; "file"; "-V"; "6" ]
                ] do
                succeed ([ "count"; input; "-o"; counts ] @ rules) |> ignore
                succeed [ "embed"; counts; "-d"; "2"; "-o"; indirect ] |> ignore
                succeed ([ "embed"; input; "-d"; "2"; "-o"; direct ] @ rules) |> ignore
                Expect.equal (File.ReadAllBytes direct) (File.ReadAllBytes indirect) "")
    ]
