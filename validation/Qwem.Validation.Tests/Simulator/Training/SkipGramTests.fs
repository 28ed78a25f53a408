/// word2vec itself: its fixed point, its determinism, its command.
module Qwem.Validation.Tests.SkipGramTests

open System
open System.IO
open System.Threading
open Expecto
open Qwem.Sim.Cooccurrence
open Qwem.Sim.Corpora
open Qwem.Sim.Formats
open Qwem.Sim.Hogwild
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Threading
open Qwem.Validation.Tests.CountingSupport
open Qwem.Validation.Tests.Texts
open Qwem.Validation.Tests.Command
open Qwem.Validation.Tests.TrainingSupport

/// A text whose next word depends on the last one, in articles of 50 words.
let private articles seed count =
    let random = Random(seed: int)

    let rec walk word left =
        if left = 0 then
            []
        else
            let next = if random.Next 3 > 0 then (word + 1) % 5 else random.Next 5
            lexicon[word] :: walk next (left - 1)

    List.init count (fun _ -> walk (random.Next 5) 50)

let private read (folder: TemporaryFolder) articles size =
    CorpusReader.Read([| folder.WriteText("text", textOf articles) |], size)

let private train (corpus: TokenCorpus) settings threads =
    use team = new WorkerTeam(threads)
    SkipGram.Train(corpus, settings, team, null, CancellationToken.None)

let private succeed arguments =
    let code, output, error = finish (qwem arguments)
    Expect.equal code 0 error
    output, error

let tests =
    testList "Skip gram" [
        testCase "enough dimensions reach the logarithms that the loss asks for" (fun () ->
            use folder = new TemporaryFolder()
            let corpus = read folder (articles 3 100) 5

            for window, negatives, power in [ 1, 5, 0.75; 2, 7, 1.0; 1, 2, 0.0 ] do
                let settings =
                    SkipGramSettings(
                        EmbeddingDimension = 20,
                        WindowHalfWidth = window,
                        Negatives = negatives,
                        NegativePower = power,
                        SubsamplingThreshold = 0.0,
                        Epochs = 60,
                        LearningRate = 0.05
                    )

                let both = train corpus settings 1
                let counts = CooccurrenceCounter.Count(corpus, window)

                let powers =
                    corpus.Vocabulary.Counts |> Seq.map (fun n -> float n ** power) |> Array.ofSeq

                let drawnShare = powers |> Array.map (fun p -> p / Array.sum powers)
                let mutable worst = 0.0

                for i in 0..4 do
                    let row = Seq.sum (Seq.init 5 (fun j -> float counts[i, j]))

                    for j in 0..4 do
                        // A negative word that is the positive one does not count, so word j is a negative of all other pairs of row i only.
                        let seen = float counts[i, j]
                        let expected = log (seen / (float negatives * drawnShare[j] * (row - seen)))
                        let product = Seq.sum (Seq.init 20 (fun a -> both[i, a] * both[5 + j, a]))

                        if seen > 100.0 then
                            worst <- max worst (abs (product - expected))

                // Stochastic descent has no sharp end. The bound is what the test must tell apart: half or twice the k shifts every logarithm by ln 2,
                // so below half of that the right k is the nearest one.
                Expect.isLessThan worst (0.5 * log 2.0) ($"window {window}, k {negatives}, power {power}"))

        testCase
            "one thread gives the same numbers each time, another seed gives others, several threads finite ones"
            (fun () ->
                use folder = new TemporaryFolder()
                let corpus = read folder (articles 5 40) 5

                let settings =
                    SkipGramSettings(EmbeddingDimension = 17, SubsamplingThreshold = 0.01, Epochs = 3)

                let first = train corpus settings 1
                Expect.isTrue (bits (train corpus settings 1).Values = bits first.Values) "again"

                let seeded =
                    SkipGramSettings(EmbeddingDimension = 17, SubsamplingThreshold = 0.01, Epochs = 3, Seed = 2UL)

                Expect.isTrue (bits (train corpus seeded 1).Values <> bits first.Values) "another seed"
                let several = train corpus settings 3
                Expect.isTrue (several.Values |> Array.forall Double.IsFinite) ""
                Expect.equal (first.Rows, first.Columns) (10, 17) "")

        testCase "settings outside their range, and vectors that leave theirs, are refused" (fun () ->
            use folder = new TemporaryFolder()
            let corpus = read folder (articles 5 4) 5
            let trying settings () = train corpus settings 1 |> ignore
            refusedWith "window 0" (trying (SkipGramSettings(WindowHalfWidth = 0)))
            refusedWith "negative words 0" (trying (SkipGramSettings(Negatives = 0)))
            refusedWith "learning rate 0" (trying (SkipGramSettings(LearningRate = 0.0)))
            refusedWith "epochs 0" (trying (SkipGramSettings(Epochs = 0)))
            refusedWith "dimension 0" (trying (SkipGramSettings(EmbeddingDimension = 0)))

            Expect.throwsT<ArithmeticException>
                (fun () -> trying (SkipGramSettings(LearningRate = 1e30, SubsamplingThreshold = 0.0)) ())
                ""

            use team = new WorkerTeam(2)
            use source = new CancellationTokenSource()
            source.Cancel()

            Expect.throwsT<OperationCanceledException>
                (fun () -> SkipGram.Train(corpus, SkipGramSettings(), team, null, source.Token) |> ignore)
                "")

        slow (
            testCase
                "the command writes vectors in the format of the name, the same bytes with one thread and without AVX-512"
                (fun () ->
                    use folder = new TemporaryFolder()
                    let text = folder.WriteText("text.txt", textOf (articles 8 20))

                    let ask (file: string) more =
                        [
                            "train"
                            text
                            "--mode"
                            "word2vec"
                            "--loss"
                            "sgns"
                            "-V"
                            "5"
                            "-d"
                            "4"
                            "-o"
                            folder.File file
                        ]
                        @ more

                    let output, error = succeed (ask "a.bin" [ "--threads"; "1" ])
                    Expect.equal (output.TrimEnd()) (folder.File "a.bin" + " V=5 d=4 epochs=1") ""
                    Expect.isMatch error (@"\A[0-9.]+ s for 1000 words, [0-9.]+ million words/s\r?\n\z") ""

                    let code, _, complaint =
                        finish (
                            qwemIn
                                [ "DOTNET_EnableAVX512", "0"; "DOTNET_EnableAVX512F", "0" ]
                                (ask "b.npy" [ "--threads"; "1"; "--contexts"; folder.File "c.txt" ])
                        )

                    Expect.equal code 0 complaint
                    let vectors = VectorFile.Read(folder.File "a.bin")
                    let matrix = NpyMatrix.Read(folder.File "b.npy")
                    Expect.isTrue (Array.map float (Array.ofSeq vectors.Values) = matrix.Values) "the same numbers"
                    Expect.equal (File.ReadAllLines(folder.File "b.vocabulary.txt")) (Array.ofSeq vectors.Words) ""
                    Expect.equal ((VectorFile.Read(folder.File "c.txt")).Size) 5 ""
                    let _, warning = succeed (ask "d.vec" [ "--threads"; "2" ])
                    Expect.stringStarts warning "The vectors of several threads differ from run to run; --threads 1" ""

                    refused folder 1 "add --loss sgns" [
                        "train"
                        text
                        "--mode"
                        "word2vec"
                        "-o"
                        folder.File "e.bin"
                    ]

                    refused folder 1 "--steps does not go with --mode word2vec" (ask "e.bin" [ "--steps"; "5" ])
                    refused folder 1 "no known format" (ask "e.what" [])

                    refused folder 1 "--epochs belongs to --mode word2vec" [
                        "train"
                        text
                        "--epochs"
                        "2"
                        "-o"
                        folder.File "e"
                    ]

                    refused folder 1 "itself; give another path" [
                        "train"
                        text
                        "--mode"
                        "word2vec"
                        "--loss"
                        "sgns"
                        "-o"
                        text
                    ])
        )

        slow (
            testCase
                "a streamed run has the same bytes on any number of threads and when it is resumed; another text is refused"
                (fun () ->
                    use folder = new TemporaryFolder()
                    let first = articles 8 20
                    let text = folder.WriteText("text", textOf first)
                    // The same counts of words and pairs, in another order.
                    let turned = folder.WriteText("turned", textOf (List.rev first))

                    let ask (text: string) (out: string) more =
                        [
                            "train"
                            text
                            "--sampling"
                            "stream"
                            "-V"
                            "5"
                            "-d"
                            "3"
                            "--window"
                            "2"
                            "--sigma"
                            "0.1"
                            "--batch"
                            "200"
                            "--steps"
                            "300"
                            "--reweight"
                            "word2vec"
                            "--reweight-by"
                            "draws"
                            "--subsample"
                            "0.05"
                            "-o"
                            folder.File out
                        ]
                        @ more

                    succeed (ask text "a" [ "--threads"; "1" ]) |> ignore

                    succeed (ask text "b" [ "--threads"; "2"; "--checkpoint-every"; "1ms" ])
                    |> ignore

                    let embeddings (run: string) =
                        File.ReadAllBytes(Path.Combine(folder.File run, "embeddings.npy"))

                    Expect.isTrue (embeddings "a" = embeddings "b") "threads"
                    // As a run that was killed would find it: a checkpoint in the middle.
                    let whole = embeddings "a"
                    use stopped = qwem (ask text "c" [ "--checkpoint-every"; "1ms" ])

                    while not stopped.HasExited
                          && not (File.Exists(Path.Combine(folder.File "c", "checkpoint.qwem"))) do
                        Thread.Sleep 5

                    stopped.Kill()
                    stopped.WaitForExit()
                    succeed (ask text "c" [ "--resume" ]) |> ignore
                    Expect.isTrue (embeddings "c" = whole) "resumed"
                    refused folder 1 "'stream=" (ask turned "a" [ "--resume" ])
                    let counts = folder.File "counts"
                    succeed [ "count"; text; "-V"; "5"; "-L"; "2"; "-o"; counts ] |> ignore
                    refused folder 1 "--window is for text" [ "train"; counts; "--window"; "3"; "-o"; folder.File "d" ]

                    refused folder 1 "trains on a text" [
                        "train"
                        counts
                        "--sampling"
                        "stream"
                        "-o"
                        folder.File "d"
                    ]

                    refused
                        folder
                        1
                        "--weighting does not go with --sampling stream"
                        (ask text "d" [ "--weighting"; "flat" ])

                    let constant =
                        ask text "d" [] |> List.map (fun a -> if a = "word2vec" then "constant" else a)

                    refused folder 1 "not a product" constant)
        )
    ]
