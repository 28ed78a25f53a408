/// Pairs from the token stream: the distribution that the theory solves for, by chi-square.
module Qwem.Validation.Tests.StreamedPairsTests

open System
open System.Runtime.Intrinsics
open System.Runtime.Intrinsics.X86
open MathNet.Numerics.Distributions
open Expecto
open Qwem.Sim.Cooccurrence
open Qwem.Sim.Corpora
open Qwem.Sim.Descent
open Qwem.Sim.Random
open Qwem.Sim.Runs
open Qwem.Sim.Statistics
open Qwem.Sim.Threading
open Qwem.Validation.Tests.CountingSupport
open Qwem.Validation.Tests.Texts
open Qwem.Validation.Tests.TrainingSupport

/// Articles over the first words and over the last ones: pairs between them would have to cross a boundary. One in ten is of one word.
let private corpus =
    lazy
        (let random = Random 11

         let article a =
             let first = 4 * (a % 2)

             List.init (if a % 10 = 0 then 1 else 2 + random.Next 90) (fun place ->
                 let drawn = int (4.0 * random.NextDouble() ** 2.0)
                 lexicon[first + (if random.Next 2 = 0 then place % 4 else drawn)])

         use folder = new TemporaryFolder()
         let text = folder.WriteText("text", textOf (List.init 40 article))
         CorpusReader.Read([| text |], 8))

let private halfWidth = 5

let private measuresOf reweighting power =
    let statistics =
        PairStatistics.FromCounts(CooccurrenceCounter.Count(corpus.Value, halfWidth), 8)

    let parameter = if reweighting = Reweighting.Word2Vec then 0.02 else 0.6
    PairMeasures(statistics, reweighting, parameter, 1.5, power)

let private tally (source: IPairSource) steps pairs =
    let draws = PairDraws(pairs, source.Weighted)
    let counts = Array.zeroCreate 64

    for step in 0 .. steps - 1 do
        source.Draw(int64 step, draws)

        for n in 0 .. pairs - 1 do
            let e = 8 * int draws.First[n] + int draws.Second[n]
            counts[e] <- counts[e] + 1.0

    counts

let private drawn source = tally source 60 1999

/// Share of each ordered pair among the draws, from the counts of the corpus and the definition of the weights.
let private shares folded (measures: PairMeasures) =
    let masses =
        Array.init 64 (fun e ->
            let i, j = e / 8, e % 8
            let joint = measures.Statistics.Joint(i, j)
            if folded then measures.Positive(i, j, joint) else joint)

    let total = Array.sum masses
    Array.map (fun mass -> mass / total) masses

let private chiSquare (expected: float[]) (counts: float[]) =
    let total = Array.sum counts

    (expected, counts)
    ||> Array.map2 (fun p n -> if p > 0.0 then (n - total * p) ** 2.0 / (total * p) else 0.0)
    |> Array.sum

/// Exceeded once in 1e9 times by independent draws; a shuffle draws with less scatter than that, not with more.
let private critical cells =
    ChiSquared.InvCDF(float (cells - 1), 1.0 - 1e-9)

let private seen (expected: float[]) =
    expected |> Array.filter (fun p -> p > 0.0) |> Array.length

let private weightings = [
    Reweighting.None, false
    Reweighting.Power, true
    Reweighting.Power, false
    Reweighting.Word2Vec, true
    Reweighting.Constant, false
]

let tests =
    testList "Streamed pairs" [
        testCase
            "the stream has the distribution of the theory's statistics for each reweighting, and so have independent draws"
            (fun () ->
                for reweighting, folded in weightings do
                    let measures = measuresOf reweighting 1.0
                    let expected = shares folded measures

                    let sources: (string * IPairSource) list = [
                        "stream", StreamedPairs(corpus.Value, halfWidth, measures, folded, 5UL)
                        "independent", IndependentPairs.Positive(measures, folded, true, 5UL)
                    ]

                    let counts =
                        sources
                        |> List.map (fun (name, source) ->
                            let counts = drawn source
                            let smallest = expected |> Array.filter (fun p -> p > 0.0) |> Array.min
                            Expect.isGreaterThan (smallest * Array.sum counts) 5.0 "expected number of each pair"
                            Expect.equal (seen expected) 32 "half of the pairs would cross a boundary"

                            for e in 0..63 do
                                if expected[e] = 0.0 then
                                    Expect.equal counts[e] 0.0 ($"{name}: pair {e}")

                            Expect.isLessThan
                                (chiSquare expected counts)
                                (critical (seen expected))
                                ($"{name}, {reweighting}, folded {folded}")

                            counts)

                    // Two samples of one size: sum (a - b)^2 / (a + b) has the same law.
                    let between =
                        (counts[0], counts[1])
                        ||> Array.map2 (fun a b -> if a + b > 0.0 then (a - b) ** 2.0 / (a + b) else 0.0)
                        |> Array.sum

                    Expect.isLessThan between (critical (seen expected)) ($"against each other: {reweighting}")
                    Expect.near ((snd sources[0]).Mass) ((snd sources[1]).Mass) (1e-12) "")

        testCase "the test rejects another window and another weight" (fun () ->
            let measures = measuresOf Reweighting.None 1.0

            let wrong = [
                StreamedPairs(corpus.Value, 1, measures, false, 5UL) :> IPairSource, shares false measures
                StreamedPairs(corpus.Value, halfWidth, measuresOf Reweighting.Word2Vec 1.0, true, 5UL),
                shares false measures
            ]

            for source, expected in wrong do
                Expect.isGreaterThan
                    (chiSquare expected (drawn source))
                    (critical (seen expected))
                    ($"mass {source.Mass}"))

        testCase "a pair of the stream comes with its weight" (fun () ->
            for reweighting in [ Reweighting.Power; Reweighting.Word2Vec; Reweighting.Constant ] do
                let measures = measuresOf reweighting 1.0
                let source = StreamedPairs(corpus.Value, halfWidth, measures, false, 1UL)
                let draws = PairDraws(500, true)
                source.Draw(2L, draws)

                match draws.Weights with
                | null -> failtest "no weights"
                | weights ->
                    for n in 0 .. weights.Length - 1 do
                        let i, j = int draws.First[n], int draws.Second[n]
                        let expected = measures.Psi(i, j, measures.Statistics.Joint(i, j))
                        Expect.near weights[n] expected (4.0 * u * expected) "")

        testCase "negative words follow a power of their frequency" (fun () ->
            let measures = measuresOf Reweighting.None 0.75
            let powers = measures.Statistics.Words |> Array.map (fun p -> p ** 0.75)
            let total = Array.sum powers

            let expected =
                Array.init 64 (fun e -> powers[e / 8] * powers[e % 8] / total / total)

            let source = IndependentPairs.Negative(measures, false, true, 2UL)
            Expect.equal source.Mass 1.5 ""
            Expect.isLessThan (chiSquare expected (drawn source)) (critical 64) ""

            let uniform =
                IndependentPairs.Negative(measuresOf Reweighting.None 1.0, false, true, 2UL)

            Expect.isGreaterThan (chiSquare expected (drawn uniform)) (critical 64) "")

        testCase "streamed pairs depend on the step's number and the seed only, and draw without allocating" (fun () ->
            for reweighting, folded in weightings do
                let measures = measuresOf reweighting 1.0

                let pairsOf (source: IPairSource) step =
                    let draws = PairDraws(300, source.Weighted)
                    source.Draw(step, draws)
                    Array.append draws.First draws.Second

                let make seed =
                    StreamedPairs(corpus.Value, halfWidth, measures, folded, seed)

                let source = make 1UL
                let third = pairsOf source 3L
                pairsOf source 4L |> ignore
                Expect.isTrue (pairsOf source 3L = third) "asked again"
                Expect.isTrue (pairsOf (make 1UL) 3L = third) "another source"
                Expect.isTrue (pairsOf source 4L <> third) "another step"
                Expect.isTrue (pairsOf (make 2UL) 3L <> third) "another seed"
                let draws = PairDraws(300, (source :> IPairSource).Weighted)
                source.Draw(0L, draws)

                let hundred () =
                    for step in 0L .. 99L do
                        source.Draw(step, draws)

                Expect.equal (Allocation.byThisThread hundred) 0L "")

        testCase "a shuffle is a permutation, another one in each epoch, one at a time or eight" (fun () ->
            for positions in [ 2; 3; 50; 1000; 4097; 70_000 ] do
                let size = int (PositionShuffle.SizeFor positions)
                Expect.inRange size (positions, positions + int (sqrt (float positions)) + 1) ""

                let order epoch =
                    let shuffle = PositionShuffle(positions, CounterRandom(1UL, 2UL), epoch)
                    Array.init size (fun n -> int shuffle[uint32 n])

                let first = order 0UL
                Expect.isTrue (Array.sort first = Array.init size id) ($"{positions} positions")

                if positions > 3 then
                    Expect.isTrue (order 1UL <> first) "the next epoch"

                if Avx2.IsSupported then
                    let shuffle = PositionShuffle(positions, CounterRandom(1UL, 2UL), 0UL)

                    for n in 0..8 .. size - 8 do
                        let eight = shuffle.Eight(Vector256.Create(uint32 n) + Vector256<uint32>.Indices)

                        for k in 0..7 do
                            Expect.equal (int (eight.GetElement k)) (first[n + k]) "")

        testCase "an epoch passes each position of the stream once" (fun () ->
            // One article of 3000 different words and L = 1: a candidate is a position, and an epoch has every pair of neighbours once.
            let size = 3000
            use folder = new TemporaryFolder()
            let words = List.init size wordOf

            let stream =
                CorpusReader.Read([| folder.WriteText("text", textOf [ words ]) |], size)

            let counts = CooccurrenceCounter.Count(stream, 1)

            let measures =
                PairMeasures(PairStatistics.FromCounts(counts, size), Reweighting.None, 1.0, 1.0)

            let source = StreamedPairs(stream, 1, measures, false, 9UL)
            // Less than an epoch: no pair but a self-pair comes twice, and their order is not that of the text.
            let draws = PairDraws(2800, false)
            source.Draw(0L, draws)

            let positionOf =
                stream.NarrowIds
                |> Unchecked.nonNull
                |> Array.mapi (fun position id -> id, position)
                |> dict

            let places =
                Array.zip draws.First draws.Second
                |> Array.filter (fun (i, j) -> i <> j)
                |> Array.map (fun (i, j) ->
                    Expect.equal (abs (positionOf[i] - positionOf[j])) 1 "neighbours"
                    min positionOf[i] positionOf[j])

            Expect.isGreaterThan places.Length 2750 ""
            Expect.equal ((Array.distinct places).Length) places.Length ""
            // Ranks of successive places of a random order correlate with deviation 1 / sqrt n.
            let mean = Array.averageBy float places

            let product =
                places
                |> Array.pairwise
                |> Array.averageBy (fun (a, b) -> (float a - mean) * (float b - mean))

            let variance = places |> Array.averageBy (fun a -> (float a - mean) ** 2.0)
            withinSixSigma "successive places" (product / variance) 0.0 (1.0 / sqrt (float places.Length)))

        testCase "a stream that does not fit is refused" (fun () ->
            let measures = measuresOf Reweighting.Constant 1.0

            let make window measures folded () =
                StreamedPairs(corpus.Value, window, measures, folded, 1UL) |> ignore

            refusedWith "not a product" (make halfWidth measures true)
            refusedWith "windowHalfWidth" (make 0 measures false)

            let fewer =
                PairStatistics.FromCounts(CooccurrenceCounter.Count(corpus.Value, halfWidth), 5)

            refusedWith "over the 5 words" (make halfWidth (PairMeasures(fewer, Reweighting.None, 1.0, 1.0)) false)
            refusedWith "threshold" (fun () -> PairMeasures(fewer, Reweighting.Word2Vec, 0.0, 1.0) |> ignore))

        testCase "a streamed run refuses counts of another convention than the stream's own" (fun () ->
            use team = new WorkerTeam(1)

            let run (convention: CountingConvention) () =
                let counts = CooccurrenceCounter.Count(corpus.Value, convention)

                TrainingRun(
                    TrainingPlan(
                        Counts = counts,
                        Stream = corpus.Value,
                        VocabularySize = 8,
                        Loss = PairLoss.Symmetric,
                        Sampling = Sampling.Streamed,
                        EmbeddingDimension = 2,
                        Steps = 1L,
                        Trace = TraceSettings(TraceSteps.Every 1L, false, null, [||])
                    ),
                    team
                )
                |> ignore

            run (CountingConvention halfWidth) ()
            refusedWith "but the counts are 'flat: 1'" (run (CountingConvention(halfWidth, WindowWeighting.Flat)))

            refusedWith
                "'within articles, no pair begins"
                (run (CountingConvention(halfWidth, ends = WindowEnds.AuthorsTail))))
    ]
