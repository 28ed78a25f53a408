/// From counts to pairs: statistics, weights, draws.
module Qwem.Validation.Tests.PairSourceTests

open System
open Expecto
open Qwem.Sim.Descent
open Qwem.Sim.Statistics
open Qwem.Theory
open Qwem.Validation.Tests.CountingSupport
open Qwem.Validation.Tests.Texts
open Qwem.Validation.Tests.LinearAlgebraSupport
open Qwem.Validation.Tests.TrainingSupport

/// Counts of a random text whose words have very unequal frequencies; some pairs are never seen.
let randomCounts seed size length halfWidth =
    let random = Random(seed: int)

    let word _ =
        lexicon[int (float size * random.NextDouble() ** 2.0)]

    // Every word occurs, so that the vocabulary has its size.
    let articles =
        List.ofArray lexicon[.. size - 1]
        :: List.init 3 (fun _ -> List.init length word)

    countDocuments articles size halfWidth

let reweightings = [ Reweighting.None; Reweighting.Power; Reweighting.Constant ]

let private table size (entry: int -> int -> float) =
    Array.init (size * size) (fun e -> entry (e / size) (e % size))

let private close (expected: float[]) (actual: float[]) =
    // A dozen roundings, and a power of the library in one of the two.
    for e in 0 .. expected.Length - 1 do
        Expect.isLessThanOrEqual (abs (actual[e] - expected[e])) (40.0 * u * abs expected[e]) ($"entry {e}")

/// Mass of every ordered pair as a source gives it: the sum of weights of its draws, per draw, and the standard error.
let private drawn (source: IPairSource) steps pairs =
    let v = source.VocabularySize
    let draws = PairDraws(pairs, source.Weighted)
    let sums, squares = Array.zeroCreate (v * v), Array.zeroCreate (v * v)

    for step in 0 .. steps - 1 do
        source.Draw(int64 step, draws)

        for n in 0 .. pairs - 1 do
            let weight =
                match draws.Weights with
                | null -> 1.0
                | weights -> weights[n]

            let e = int draws.First[n] * v + int draws.Second[n]
            sums[e] <- sums[e] + weight
            squares[e] <- squares[e] + weight * weight

    let count = float (steps * pairs)
    sums |> Array.map (fun s -> source.Mass * s / count), squares |> Array.map (fun q -> source.Mass * sqrt q / count)

let tests =
    testList "Pair source" [
        testCase "statistics and weights are those of the theory, which defines them anew" (fun () ->
            for size, used in [ 7, 7; 9, 5 ] do
                let counts = randomCounts 4 size 12 1
                let statistics = PairStatistics.FromCounts(counts, used)
                let words, pairs = Qwem.Validation.EmbeddedCounts.leading counts used

                let corpus =
                    CorpusStatistics.FromCounts(Array.map float words, pairs).WithNeutralSelfPairs()

                let unigram, joint = corpus.Unigram(), corpus.Joint()
                close unigram statistics.Words
                close joint (table used (fun i j -> statistics.Joint(i, j)))
                Expect.near statistics.JointMass corpus.JointMass (1e-14) ""
                Expect.isTrue (joint |> Array.exists (fun p -> p = 0.0)) "some pair is unseen"

                for k in [ 1.0; 2.5 ] do
                    for reweighting in reweightings do
                        let f = 0.5

                        let psi =
                            match reweighting with
                            | Reweighting.Power ->
                                let mean = unigram |> Array.sumBy (fun p -> p ** (1.0 - f))
                                table used (fun i j -> (unigram[i] ** -f) * (unigram[j] ** -f) / mean / mean)
                            | Reweighting.Constant ->
                                table used (fun i j ->
                                    (1.0 + k)
                                    / float (used * used)
                                    / (joint[i * used + j] + k * unigram[i] * unigram[j]))
                            | _ -> table used (fun _ _ -> 1.0)

                        let symmetric = table used (fun i j -> psi[min i j * used + max i j])
                        let expected = PairWeights(corpus, symmetric, symmetric, k)
                        let measures = PairMeasures(statistics, reweighting, f, k)

                        close
                            (expected.Observed())
                            (table used (fun i j -> measures.Positive(i, j, statistics.Joint(i, j))))

                        close
                            (expected.Independent())
                            (table used (fun i j -> measures.Negative(i, j, statistics.Joint(i, j)))))

        testCase "frequencies are those of the leading words, with the marginals and self-pairs asked for" (fun () ->
            let counts = randomCounts 4 9 12 1
            let rules = [ SelfPairs.Neutral; SelfPairs.Counted ]

            for used in [ 5; 9 ] do
                let words, pairs = Qwem.Validation.EmbeddedCounts.leading counts used
                let total = Array.sum pairs

                let rowOf i =
                    Array.sum pairs[i * used .. (i + 1) * used - 1]

                for selfPairs in rules do
                    for marginals in [ Marginals.Words; Marginals.Pairs ] do
                        let frequencies = CorpusFrequencies(counts, used, marginals, selfPairs)

                        let expected =
                            match marginals with
                            | Marginals.Pairs -> Array.init used (fun i -> rowOf i / total)
                            | _ -> words |> Array.map (fun n -> float n / float (Array.sum words))

                        Expect.equal frequencies.Words expected $"P_i of {used} words from {marginals}"
                        Expect.equal frequencies.PairTotal total "N"

                        let joint i j =
                            if i = j && selfPairs = SelfPairs.Neutral then
                                expected[i] * expected[i]
                            else
                                pairs[i * used + j] / total

                        Expect.equal
                            (frequencies.DenseJoint().Values)
                            (table used joint)
                            $"P_ij, {selfPairs} self-pairs"

            refusedWith "vocabularySize" (fun () -> CorpusFrequencies(counts, 10) |> ignore)
            refusedWith "vocabularySize" (fun () -> CorpusFrequencies(counts, 0) |> ignore)
            let apart = countDocuments [ [ "a"; "b" ]; [ "c" ] ] 3 1
            refusedWith "'c' is in no pair" (fun () -> CorpusFrequencies(apart, 3, Marginals.Pairs) |> ignore)
            let alone = countDocuments [ [ "a" ]; [ "b" ] ] 2 1
            refusedWith "no pair of words among the 2" (fun () -> CorpusFrequencies alone |> ignore))

        testCase "pairs come with the masses of the loss, weighted or folded, of either sign, in both orders" (fun () ->
            let counts = randomCounts 6 8 40 2
            let statistics = PairStatistics.FromCounts(counts, 8)

            for reweighting in reweightings do
                let measures = PairMeasures(statistics, reweighting, 0.75, 1.5)

                for folded in [ false; true ] do
                    for positive in [ true; false ] do
                        let mass i j =
                            let joint = statistics.Joint(i, j)

                            if positive then
                                measures.Positive(i, j, joint)
                            else
                                measures.Negative(i, j, joint)

                        let source =
                            if positive then
                                IndependentPairs.Positive(measures, folded, true, 3UL)
                            else
                                IndependentPairs.Negative(measures, folded, true, 3UL)

                        Expect.equal source.Weighted (not folded && reweighting <> Reweighting.None) ""
                        // A count that is no multiple of a vector or a block: the last draws go another way.
                        let mean, deviation = drawn source 300 997

                        for i in 0..7 do
                            for j in 0..7 do
                                let name = $"{reweighting}, folded {folded}, positive {positive}, ({i}, {j})"
                                let expected = mass i j

                                if expected = 0.0 then
                                    Expect.equal (mean[i * 8 + j]) 0.0 name
                                else
                                    withinSixSigma name mean[i * 8 + j] expected (max deviation[i * 8 + j] 1e-6))

        testCase "a step's pairs depend on its number and the seed only" (fun () ->
            let measures =
                PairMeasures(PairStatistics.FromCounts(randomCounts 6 8 40 2, 8), Reweighting.Constant, 1.0, 1.0)

            let pairsOf (source: IPairSource) step =
                let draws = PairDraws(300, source.Weighted)
                source.Draw(step, draws)
                Array.copy draws.First, Array.copy draws.Second

            for make in
                [
                    fun seed -> IndependentPairs.Positive(measures, true, true, seed)
                    fun seed -> IndependentPairs.Negative(measures, false, true, seed)
                ] do
                let source = make 1UL
                let third = pairsOf source 3L
                pairsOf source 4L |> ignore
                Expect.isTrue (pairsOf source 3L = third) "asked again"
                Expect.isTrue (pairsOf (make 1UL) 3L = third) "another source"
                Expect.isTrue (pairsOf source 4L <> third) "another step"
                Expect.isTrue (pairsOf (make 2UL) 3L <> third) "another seed")
    ]
