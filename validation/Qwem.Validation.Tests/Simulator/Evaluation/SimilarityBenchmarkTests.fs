module Qwem.Validation.Tests.SimilarityBenchmarkTests

open System
open Expecto
open Qwem.Sim.Evaluation
open Qwem.Sim.Formats
open Qwem.Sim.IO
open Qwem.Sim.Random
open Qwem.Sim.Threading
open Qwem.Validation.Tests.CountingSupport
open Qwem.Validation.Tests.EvaluationSupport

/// Rank by definition: values below, plus half of the equal ones, itself included.
let private rank (values: float[]) i =
    let below = values |> Array.filter (fun v -> v < values[i]) |> Array.length
    let equal = values |> Array.filter (fun v -> v = values[i]) |> Array.length
    float below + 0.5 * float (equal + 1)

let private spearman (x: float[]) (y: float[]) =
    let ranks values =
        Array.init (Array.length values) (rank values)

    MathNet.Numerics.Statistics.Correlation.Pearson(ranks x, ranks y)

// A coarse grid: most values are tied.
let private gridded (values: int8[]) =
    values |> Array.map (fun v -> float (int v / 30))

let private judgements (vectors: WordVectors) count =
    let random = CounterRandom(9UL, 9UL)

    let word n =
        int (float vectors.Size * random.Uniform(uint64 n))

    [|
        for n in 0 .. count - 1 do
            let unit = unitRows vectors
            let i, j = word (3 * n), word (3 * n + 1)
            let cosine = Array.fold2 (fun s x y -> s + x * y) 0.0 unit[i] unit[j]
            SimilarityJudgement($"w{i}", $"w{j}", cosine + 0.3 * random.Uniform(uint64 (3 * n + 2)))
    |]

let tests =
    testList "Similarity benchmark" [
        property "the correlation is Pearson's of mean ranks" 100 (fun (pairs: struct (int8 * int8)[]) ->
            let x = pairs |> Array.map (fun struct (a, _) -> a) |> gridded
            let y = pairs |> Array.map (fun struct (_, b) -> b) |> gridded
            let value = RankCorrelation(x, y).Value()

            if Array.length (Array.distinct x) < 2 || Array.length (Array.distinct y) < 2 then
                Expect.isNaN value ""
            else
                Expect.near value (spearman x y) (1e-12) ""
                Expect.near value (MathNet.Numerics.Statistics.Correlation.Spearman(x, y)) (1e-12) "")

        property
            "a weighted correlation is that of the repeated values"
            100
            (fun (items: struct (int8 * int8 * uint8)[]) ->
                let x = items |> Array.map (fun struct (a, _, _) -> a) |> gridded
                let y = items |> Array.map (fun struct (_, b, _) -> b) |> gridded
                let times = items |> Array.map (fun struct (_, _, n) -> int n % 4)

                let repeated values =
                    Array.map2 Array.replicate times values |> Array.concat

                let value =
                    RankCorrelation(x, y)
                        .Weighted(
                            ReadOnlySpan times,
                            Span(Array.zeroCreate items.Length),
                            Span(Array.zeroCreate items.Length)
                        )

                let expected = RankCorrelation(repeated x, repeated y).Value()

                if Double.IsNaN expected then
                    Expect.isNaN value ""
                else
                    Expect.near value expected 1e-12 "")

        testCase "cosines of known words are compared, others counted; the same on any number of threads" (fun () ->
            let vectors = randomVectors 5UL 50 4 0.0
            let known = judgements vectors 80
            let all = Array.append known [| SimilarityJudgement("unknown", "w1", 1.0) |]

            let run threads =
                use team = new WorkerTeam(threads)
                SimilarityBenchmark.Run(vectors, all, team, BootstrapSettings(Replicates = 200))

            let result = run 1
            Expect.equal result.Pairs 81 ""
            Expect.equal result.OutOfVocabulary 1 ""
            let unit = unitRows vectors
            let index (word: string) = vectors.IndexOf word

            let cosines =
                known
                |> Array.map (fun p ->
                    Array.fold2 (fun s x y -> s + x * y) 0.0 unit[index p.First] unit[index p.Second])

            Expect.near result.Spearman (spearman cosines (known |> Array.map (fun p -> p.Score))) (1e-12) ""
            Expect.isLessThan result.Interval.Lower result.Spearman ""
            Expect.isGreaterThan result.Interval.Upper result.Spearman ""
            Expect.equal (run 3) result "")

        testCase "the interval has the width that theory gives for independent pairs" (fun () ->
            // Independent x and y: Spearman's correlation has variance 1 / (n - 1).
            let n = 900
            let vectors = randomVectors 6UL 1800 2 0.0
            let random = CounterRandom(3UL, 3UL)

            let list =
                Array.init n (fun k -> SimilarityJudgement($"w{2 * k}", $"w{2 * k + 1}", random.Uniform(uint64 k)))

            use team = new WorkerTeam(2)

            let interval =
                SimilarityBenchmark.Run(vectors, list, team, BootstrapSettings(Replicates = 2000)).Interval

            let expected = 2.0 * 1.96 / sqrt (float (n - 1))
            // Each end of 2000 replicates is known to 0.06 standard deviations; the estimated width varies by some percent more.
            Expect.near (interval.Upper - interval.Lower) expected (0.01 * 10.0 * abs expected) "")

        testCase "malformed similarity files are refused with the line" (fun () ->
            use folder = new TemporaryFolder()

            let refused (text: string) (part: string) =
                let path = folder.WriteText("s", text)

                let failure =
                    Expect.raised<FileFormatException>(fun () -> SimilarityFile.Read path |> ignore)
                    |> Unchecked.nonNull

                Expect.stringContains failure.Message part ""

            refused "a b 1\na b\n" "Line 2"
            refused "a b 1\n\na b 1,5\n" "line 3"
            refused "a b NaN\n" "line 1"
            refused "a b 1 2\n" "Line 1"
            refused "\n" "no judgements"

            Expect.equal
                ((SimilarityFile.Read(folder.WriteText("s", "a\tb\t-1.5e1\n")))[0])
                (SimilarityJudgement("a", "b", -15.0))
                "")

        testCase "bootstrap settings outside their range are refused" (fun () ->
            let vectors = randomVectors 5UL 5 2 0.0
            use team = new WorkerTeam(1)

            for settings in
                [
                    BootstrapSettings(Replicates = -1)
                    BootstrapSettings(Confidence = 1.0)
                    BootstrapSettings(Confidence = nan)
                ] do
                Expect.throwsT<ArgumentOutOfRangeException>
                    (fun () -> SimilarityBenchmark.Run(vectors, [||], team, settings) |> ignore)
                    "")
    ]
