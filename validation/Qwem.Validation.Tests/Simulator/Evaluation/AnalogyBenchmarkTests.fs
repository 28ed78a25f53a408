[<NUnit.Framework.TestFixture>]
module Qwem.Validation.Tests.AnalogyBenchmarkTests

open System
open System.Collections.Generic
open System.Threading
open NUnit.Framework
open FsCheck.NUnit
open Qwem.Sim.Evaluation
open Qwem.Sim.Formats
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

        let scored =
            [|
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

[<Property(MaxTest = 40)>]
let ``accuracy, ties and counts are those of a double loop`` (seed: uint16) =
    let random = Qwem.Sim.Random.CounterRandom(uint64 seed, 5UL)
    let size = 1 + int (220.0 * random.Uniform 0UL)
    let dimension = 1 + int (9.0 * random.Uniform 1UL)
    // In one dimension all unit vectors are 1 or -1: nothing but ties.
    let vectors = randomVectors (uint64 seed) size dimension 0.0

    let family = randomQuestions (uint64 seed) size 30 0.05
    let result = (run 2 vectors [ family ] noIntervals).Total
    let known = knownQuestions vectors family
    Assert.That(result.Questions, Is.EqualTo 30)
    Assert.That(result.OutOfVocabulary, Is.EqualTo(30 - known.Length))

    Assert.That(
        result.Unanswerable,
        Is.EqualTo(known |> Array.filter (fun q -> Array.contains q[3] q[..2]) |> Array.length)
    )

    let pair (score: AnalogyScore) = score.Correct, score.Ties
    Assert.That(pair result.ExcludingInputs, Is.EqualTo(naive vectors family true))
    Assert.That(pair result.IncludingInputs, Is.EqualTo(naive vectors family false))

[<Test>]
let ``equal vectors tie and the smallest index answers`` () =
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
            (run 1 vectors [ AnalogyWords("f", [ "w0"; "w1"; "w2"; answer ]) ] noIntervals).Total.ExcludingInputs

        result.Correct, result.Ties

    Assert.That(ask "w3", Is.EqualTo((1, 1)))
    Assert.That(ask "w4", Is.EqualTo((0, 1)))

[<Test>]
let ``thousands of distinct words in several blocks and groups give the answers of the theory's benchmark`` () =
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
    Assert.That(theory.Correct, Is.GreaterThanOrEqualTo 450)
    Assert.That(helpedResult.ExcludingInputs.Correct, Is.EqualTo theory.Correct)
    Assert.That(helpedResult.ExcludingInputs.Ties, Is.EqualTo theory.Ties)
    Assert.That(result.Asked, Is.EqualTo 900)

    // Rounding of three cosines of d terms, times sqrt(d).
    let bound =
        sqrt (float dimension)
        * 3.0
        * float (dimension + 4)
        * Math.ScaleB(1.0, -53)
        * 3.0

    Assert.That(
        helpedResult.SmoothScore,
        Is
            .EqualTo(
                Analogies.SmoothScore(Embeddings.OfRows(embeddings, dimension), AnalogyFamily.FromQuestions helped)
            )
            .Within
            bound
    )

[<Test>]
let ``the report is the same on one, two and five threads and with either width of registers`` () =
    let vectors = randomVectors 8UL 700 20 2.0
    let families = [ for f in 1UL .. 3UL -> randomQuestions f 700 120 0.02 ]
    let settings = BootstrapSettings(Replicates = 70)

    let text threads =
        (run threads vectors families settings).ToString()
        + String.Join(";", (run threads vectors families settings).Families)

    let expected = text 1

    for threads in [ 2; 5 ] do
        Assert.That(text threads, Is.EqualTo expected)

    let wide = SimdPath.Wide

    try
        SimdPath.Wide <- false
        Assert.That(text 2, Is.EqualTo expected)
    finally
        SimdPath.Wide <- wide

[<Test>]
let ``families add up to the total`` () =
    let vectors = randomVectors 4UL 60 3 0.0
    let families = [ for f in 1UL .. 4UL -> randomQuestions f 60 50 0.1 ]
    let report = run 2 vectors families noIntervals
    let sum (figure: AnalogyResult -> int) = Seq.sumBy figure report.Families
    Assert.That(report.Total.Questions, Is.EqualTo 200)
    Assert.That(report.Total.Asked, Is.EqualTo(sum (fun f -> f.Asked)))
    Assert.That(report.Total.IncludingInputs.Correct, Is.EqualTo(sum (fun f -> f.IncludingInputs.Correct)))
    Assert.That(report.Total.ExcludingInputs.Correct, Is.EqualTo(sum (fun f -> f.ExcludingInputs.Correct)))

    let weighted = report.Families |> Seq.sumBy (fun f -> float f.Asked * f.SmoothScore)
    Assert.That(report.Total.SmoothScore, Is.EqualTo(weighted / float report.Total.Asked).Within 1e-13)

[<Test>]
let ``a family none of whose words are known is asked nothing and has no accuracy`` () =
    let vectors = randomVectors 4UL 10 3 0.0

    let report =
        run 1 vectors [ AnalogyWords("f", [ "x"; "y"; "z"; "w1" ]) ] (BootstrapSettings())

    Assert.That(report.Total.Asked, Is.Zero)
    Assert.That(report.Total.ExcludingInputs.Accuracy, Is.NaN)
    Assert.That(report.Total.ExcludingInputs.Interval.Lower, Is.NaN)

[<Test>]
let ``intervals count word pairs, not questions`` () =
    // 40 pairs; a question is right when its first pair is one of the first 20. The accuracy is then the share of good pairs drawn,
    // weighted by n (n' - n): its standard deviation is close to sqrt(1/4 / 40), six times that of 1560 independent questions.
    let pairs = 40
    let vectors = randomVectors 1UL (2 * pairs) 2 0.0

    let questions =
        [|
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
    Assert.That(interval.Excluding.Lower, Is.EqualTo(0.5 - 0.155).Within 0.03)
    Assert.That(interval.Excluding.Upper, Is.EqualTo(0.5 + 0.155).Within 0.03)
    Assert.That(interval.Smooth, Is.EqualTo(Interval(2.5, 2.5)))

[<Test>]
let ``all ordered pairs of distinct pairs, each pair once`` () =
    let official =
        AnalogyWords("f", [ "a"; "b"; "c"; "d"; "c"; "d"; "a"; "b"; "a"; "b"; "e"; "f" ])

    let all = AnalogyFile.AllOrderedPairs([| official |])[0]
    Assert.That(all.QuestionCount, Is.EqualTo 6)

    let distinct =
        all.Questions |> Seq.chunkBySize 4 |> Seq.map (String.concat " ") |> HashSet

    Assert.That(distinct.SetEquals [ "a b c d"; "a b e f"; "c d a b"; "c d e f"; "e f a b"; "e f c d" ], Is.True)

[<Test>]
let ``a good file gives its families and questions`` () =
    use folder = new TemporaryFolder()

    let path =
        folder.WriteText("q", ": one family\r\na b c d\n\n: two\ne  f\tg h\ni j k l\n")

    let families = AnalogyFile.Read path
    Assert.That(families |> Seq.map (fun f -> f.Name), Is.EqualTo(box [ "one family"; "two" ]))
    Assert.That(families[1].Questions, Is.EqualTo(box [ "e"; "f"; "g"; "h"; "i"; "j"; "k"; "l" ]))

[<Test>]
let ``malformed files are refused with the line`` () =
    use folder = new TemporaryFolder()

    let refused (text: string) (part: string) =
        let path = folder.WriteText("q", text)

        let failure =
            Assert.Throws<BenchmarkFormatException>(fun () -> AnalogyFile.Read path |> ignore)
            |> Unchecked.nonNull

        Assert.That(failure.Message, Does.Contain part)
        Assert.That(failure.Message, Does.Contain path)

    refused ": a\nw x y z\nw x y\n" "Line 3"
    refused "\nw x y z\n" "Line 2"
    refused ": a\n: b\nw x y z\n" "'a' in line 1"
    refused ": a\nw x y z\n: a\nw x y z\n" "Line 3"
    refused ":\nw x y z\n" "Line 1"
    refused "" "no questions"

    Assert.Throws<BenchmarkFormatException>(fun () -> AnalogyFile.Read(folder.File "absent") |> ignore)
    |> ignore

    Assert.Throws<BenchmarkFormatException>(fun () -> AnalogyFile.Read folder.Path |> ignore)
    |> ignore

    IO.File.WriteAllBytes(folder.File "latin", [| 58uy; 32uy; 0xE9uy; 10uy |])

    Assert.Throws<BenchmarkFormatException>(fun () -> AnalogyFile.Read(folder.File "latin") |> ignore)
    |> ignore
