module Qwem.Validation.Tests.AnalogyBenchmarkTests

open System
open System.Collections.Generic
open System.Threading
open Expecto
open Qwem.Sim.Evaluation
open Qwem.Sim.Formats
open Qwem.Sim.IO
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Threading
open Qwem.Theory
open Qwem.Validation.Tests.CountingSupport
open Qwem.Validation.Tests.EvaluationSupport

let private noIntervals = BootstrapSettings(Replicates = 0)

let private run threads (vectors: WordVectors) (families: AnalogyWords seq) settings =
    use team = new WorkerTeam(threads)
    AnalogyBenchmark.Run(vectors, Array.ofSeq families, team, settings)

/// Right answers and ties by definition; scores closer than rounding count as equal only when their words' vectors are equal.
let private naive (vectors: WordVectors) (family: AnalogyWords) exclude =
    let unit = unitRows vectors

    let dot i j =
        Array.fold2 (fun sum x y -> sum + x * y) 0.0 unit[i] unit[j]

    let mutable right = 0
    let mutable ties = 0

    for q in knownQuestions vectors family do
        let a, b, a', b' = q[0], q[1], q[2], q[3]

        let scored = [|
            for w in 0 .. vectors.Size - 1 do
                if not exclude || (w <> a && w <> b && w <> a') then
                    w, dot w b - dot w a + dot w a'
        |]

        if scored.Length > 0 then
            let best = Array.maxBy snd scored |> snd
            let equal = scored |> Array.filter (fun (_, s) -> best - s < 1e-12)

            if fst equal[0] = b' then
                right <- right + 1

            if equal.Length > 1 then
                ties <- ties + 1

    right, ties

let tests =
    choosingVectorWidth
    <| testList "Analogy benchmark" [
        property "accuracy, ties and counts are those of a double loop" 40 (fun (Seed seed) ->
            let random = Qwem.Sim.Random.CounterRandom(seed, 5UL)
            let size = 1 + int (220.0 * random.Uniform 0UL)
            let dimension = 1 + int (9.0 * random.Uniform 1UL)
            // In one dimension all unit vectors are 1 or -1: nothing but ties.
            let vectors = randomVectors seed size dimension 0.0

            let family = randomQuestions seed size 30 0.05
            let result = (run 2 vectors [ family ] noIntervals).Total
            let known = knownQuestions vectors family
            Expect.equal result.Questions 30 ""
            Expect.equal result.OutOfVocabulary (30 - known.Length) ""

            Expect.equal
                result.Unanswerable
                (known |> Array.filter (fun q -> Array.contains q[3] q[..2]) |> Array.length)
                ""

            let pair (score: AnalogyScore) = score.Correct, score.Ties
            Expect.equal (pair result.ExcludingInputs) (naive vectors family true) ""
            Expect.equal (pair result.IncludingInputs) (naive vectors family false) "")

        testCase "equal vectors tie and the smallest index answers" (fun () ->
            // w3 = w4 = the answer's direction; w5 repeats w0.
            let rows = [ 1, 0, 0; 0, 1, 0; 0, 0, 1; -1, 1, 1; -1, 1, 1; 1, 0, 0 ]

            let vectors =
                WordVectors(
                    names 6,
                    3,
                    [|
                        for x, y, z in rows do
                            yield! [ float32 x; float32 y; float32 z ]
                    |]
                )

            let ask answer =
                let result =
                    (run 1 vectors [ AnalogyWords("f", [ "w0"; "w1"; "w2"; answer ]) ] noIntervals)
                        .Total.ExcludingInputs

                result.Correct, result.Ties

            Expect.equal (ask "w3") (1, 1) ""
            Expect.equal (ask "w4") (0, 1) "")

        testCase
            "thousands of distinct words in several blocks and groups give the answers of the theory's benchmark"
            (fun () ->
                let size, dimension = 2900, 6
                let vectors = randomVectors 3UL size dimension 0.0
                let family = randomQuestions 3UL size 900 0.0
                // Half of the questions get the answer of the theory, so that there are right ones.
                let embeddings =
                    Array.init (dimension * size) (fun at -> float vectors.Values[at % size * dimension + at / size])

                let result = (run 2 vectors [ family ] noIntervals).Total
                let known = knownQuestions vectors family
                let unit = unitRows vectors

                let answers =
                    known
                    |> Array.map (fun q ->
                        let target =
                            Array.init dimension (fun k -> unit[q[1]][k] - unit[q[0]][k] + unit[q[2]][k])

                        Seq.init size id
                        |> Seq.filter (fun w -> w <> q[0] && w <> q[1] && w <> q[2])
                        |> Seq.maxBy (fun w -> Array.fold2 (fun s x y -> s + x * y) 0.0 unit[w] target))

                let helped =
                    known
                    |> Array.mapi (fun n q -> if n % 2 = 0 then [| q[0]; q[1]; q[2]; answers[n] |] else q)
                    |> Array.concat

                let words = AnalogyWords("helped", helped |> Array.map (fun id -> $"w{id}"))

                let theory =
                    Analogies.Accuracy(Embeddings.OfRows(embeddings, dimension), AnalogyFamily.FromQuestions helped)

                let helpedResult = (run 2 vectors [ words ] noIntervals).Total
                Expect.isGreaterThanOrEqual theory.Correct 450 ""
                Expect.equal helpedResult.ExcludingInputs.Correct theory.Correct ""
                Expect.equal helpedResult.ExcludingInputs.Ties theory.Ties ""
                Expect.equal result.Asked 900 ""

                // Rounding of three cosines of d terms, times sqrt(d).
                let bound =
                    sqrt (float dimension)
                    * 3.0
                    * float (dimension + 4)
                    * Math.ScaleB(1.0, -53)
                    * 3.0

                Expect.near
                    helpedResult.SmoothScore
                    (Analogies.SmoothScore(
                        Embeddings.OfRows(embeddings, dimension),
                        AnalogyFamily.FromQuestions helped
                    ))
                    bound
                    "")

        testCase "the report is the same on one, two and five threads and with either width of registers" (fun () ->
            let vectors = randomVectors 8UL 700 20 2.0
            let families = [ for f in 1UL .. 3UL -> randomQuestions f 700 120 0.02 ]
            let settings = BootstrapSettings(Replicates = 70)

            let text threads =
                (run threads vectors families settings).ToString()
                + String.Join(";", (run threads vectors families settings).Families)

            let expected = text 1

            for threads in [ 2; 5 ] do
                Expect.equal (text threads) expected ""

            let wide = SimdPath.Wide

            try
                SimdPath.Wide <- false
                Expect.equal (text 2) expected ""
            finally
                SimdPath.Wide <- wide)

        testCase "families add up to the total" (fun () ->
            let vectors = randomVectors 4UL 60 3 0.0
            let families = [ for f in 1UL .. 4UL -> randomQuestions f 60 50 0.1 ]
            let report = run 2 vectors families noIntervals
            let sum (figure: AnalogyResult -> int) = Seq.sumBy figure report.Families
            Expect.equal report.Total.Questions 200 ""
            Expect.equal report.Total.Asked (sum (fun f -> f.Asked)) ""
            Expect.equal report.Total.IncludingInputs.Correct (sum (fun f -> f.IncludingInputs.Correct)) ""
            Expect.equal report.Total.ExcludingInputs.Correct (sum (fun f -> f.ExcludingInputs.Correct)) ""

            let weighted = report.Families |> Seq.sumBy (fun f -> float f.Asked * f.SmoothScore)
            Expect.near report.Total.SmoothScore (weighted / float report.Total.Asked) (1e-13) "")

        testCase "a family none of whose words are known is asked nothing and has no accuracy" (fun () ->
            let vectors = randomVectors 4UL 10 3 0.0

            let report =
                run 1 vectors [ AnalogyWords("f", [ "x"; "y"; "z"; "w1" ]) ] (BootstrapSettings())

            Expect.isZero report.Total.Asked ""
            Expect.isNaN report.Total.ExcludingInputs.Accuracy ""
            Expect.isNaN report.Total.ExcludingInputs.Interval.Lower "")

        testCase "intervals count word pairs, not questions" (fun () ->
            // 40 pairs; a question is right when its first pair is one of the first 20. The accuracy is then the share of good pairs drawn,
            // weighted by n (n' - n): its standard deviation is close to sqrt(1/4 / 40), six times that of 1560 independent questions.
            let pairs = 40
            let vectors = randomVectors 1UL (2 * pairs) 2 0.0

            let questions = [|
                for m in 0 .. pairs - 1 do
                    for n in 0 .. pairs - 1 do
                        if m <> n then
                            yield! [ $"w{2 * m}"; $"w{2 * m + 1}"; $"w{2 * n}"; $"w{2 * n + 1}" ]
            |]

            let task = AnalogyTask(vectors, [| AnalogyWords("f", questions) |])

            let best =
                task.Asked
                |> Seq.map (fun q -> Best(Score = 0.0, Word = (if q.FirstPair < pairs / 2 then q.Answer else -1)))
                |> Array.ofSeq

            use team = new WorkerTeam(2)

            let interval =
                AnalogyBootstrap(
                    task,
                    best,
                    best,
                    Array.create best.Length 2.5,
                    BootstrapSettings(Replicates = 2000),
                    team,
                    CancellationToken.None
                )
                    .Of(0)

            // 95%: 1.96 sqrt(1/160) = 0.155; the ends of 2000 replicates are known to 0.005, one standard deviation.
            Expect.near interval.Excluding.Lower (0.5 - 0.155) 0.03 ""
            Expect.near interval.Excluding.Upper (0.5 + 0.155) 0.03 ""
            Expect.equal interval.Smooth (Interval(2.5, 2.5)) "")

        testCase "all ordered pairs of distinct pairs, each pair once" (fun () ->
            let official =
                AnalogyWords("f", [ "a"; "b"; "c"; "d"; "c"; "d"; "a"; "b"; "a"; "b"; "e"; "f" ])

            let all = AnalogyFile.AllOrderedPairs([| official |])[0]
            Expect.equal all.QuestionCount 6 ""

            let distinct =
                all.Questions |> Seq.chunkBySize 4 |> Seq.map (String.concat " ") |> HashSet

            Expect.isTrue (distinct.SetEquals [ "a b c d"; "a b e f"; "c d a b"; "c d e f"; "e f a b"; "e f c d" ]) "")

        testCase "a good file gives its families and questions" (fun () ->
            use folder = new TemporaryFolder()

            let path =
                folder.WriteText("q", ": one family\r\na b c d\n\n: two\ne  f\tg h\ni j k l\n")

            let families = AnalogyFile.Read path
            Expect.sequenceEqual (families |> Seq.map (fun f -> f.Name)) ([ "one family"; "two" ]) ""
            Expect.sequenceEqual families[1].Questions ([ "e"; "f"; "g"; "h"; "i"; "j"; "k"; "l" ]) "")

        testCase "malformed files are refused with the line" (fun () ->
            use folder = new TemporaryFolder()

            let refused (text: string) (part: string) =
                let path = folder.WriteText("q", text)

                let failure =
                    Expect.raised<FileFormatException>(fun () -> AnalogyFile.Read path |> ignore)
                    |> Unchecked.nonNull

                Expect.stringContains failure.Message part ""
                Expect.stringContains failure.Message path ""

            refused ": a\nw x y z\nw x y\n" "Line 3"
            refused "\nw x y z\n" "Line 2"
            refused ": a\n: b\nw x y z\n" "'a' in line 1"
            refused ": a\nw x y z\n: a\nw x y z\n" "Line 3"
            refused ":\nw x y z\n" "Line 1"
            refused "" "no questions"

            Expect.throwsT<FileFormatException> (fun () -> AnalogyFile.Read(folder.File "absent") |> ignore) ""

            Expect.throwsT<FileFormatException> (fun () -> AnalogyFile.Read folder.Path |> ignore) ""

            IO.File.WriteAllBytes(folder.File "latin", [| 58uy; 32uy; 0xE9uy; 10uy |])

            Expect.throwsT<FileFormatException> (fun () -> AnalogyFile.Read(folder.File "latin") |> ignore) "")
    ]
