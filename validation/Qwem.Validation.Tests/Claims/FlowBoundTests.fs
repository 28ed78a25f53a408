/// What the claims on flows of SGNS, QWEM and SimCLR take for granted of the simulator.
module Qwem.Validation.Tests.FlowBoundTests

open Expecto
open Qwem.Sim.Descent
open Qwem.Theory
open Qwem.Validation
open Qwem.Validation.Claims.SimClr
open Qwem.Validation.Tests.TrainingSupport

let private balanced =
    lazy
        (let counts = Corpus.leading (EmbeddedCounts.load EmbeddedCounts.wikipedia1000) 60
         let frequencies = Corpus.frequencies counts
         counts, frequencies, Qwem.Validation.Claims.SimClr.balanced frequencies)

let tests =
    testList "Flow bound" [
        testCase "balanced pairs are subsampled pairs in which every word is equally frequent" (fun () ->
            let _, frequencies, pairs = balanced.Value
            let v = pairs.Rows

            for i in 0 .. v - 1 do
                let row = Array.sum (pairs.Row(i).ToArray())
                Expect.near row (1.0 / float v) (1e-13 / float v * 4.0) ""

                for j in 0 .. v - 1 do
                    Expect.equal (pairs[i, j]) (pairs[j, i]) ""

            // p_ij / P_ij = x_i x_j: the root of its diagonal is x, 4 roundings and a root on each side.
            let ratio i j =
                pairs[i, j] / frequencies.Pairs[i * v + j]

            for i in 0 .. v - 1 do
                for j in 0 .. v - 1 do
                    if frequencies.Pairs[i * v + j] > 0.0 then
                        let expected = sqrt (ratio i i * ratio j j)
                        Expect.near (ratio i j / expected) 1.0 (12.0 * u) "")

        testCase
            "drawn pairs have the distribution they are drawn from, in either order, and a step's are always the same"
            (fun () ->
                let _, _, pairs = balanced.Value
                let v = pairs.Rows
                let source: IPairSource = IndependentPairs.FromWeights(pairs, true, true, 5UL)
                let draws, again = PairDraws(20_000, false), PairDraws(20_000, false)
                let steps = 10L
                let seen = Array.zeroCreate<float>(v * v)

                for step in 0L .. steps - 1L do
                    source.Draw(step, draws)

                    for n in 0 .. draws.First.Length - 1 do
                        let e = int draws.First[n] * v + int draws.Second[n]
                        seen[e] <- seen[e] + 1.0

                source.Draw(steps - 1L, again)
                Expect.isTrue (again.First = draws.First) ""
                Expect.isTrue (again.Second = draws.Second) ""
                let total = 20_000.0 * float steps

                // Chi-square over pairs expected at least five times, the others together: mean the degrees of freedom, variance at most
                // twice that and the sum of the reciprocal expectations.
                let expected = pairs.Values |> Array.map (fun p -> p * total)
                let often = Array.init (v * v) id |> Array.filter (fun e -> expected[e] >= 5.0)

                let term seen expected =
                    (seen - expected) * (seen - expected) / expected

                let statistic =
                    (often |> Array.sumBy (fun e -> term seen[e] expected[e]))
                    + (let rare = total - (often |> Array.sumBy (fun e -> expected[e]))

                       if rare < 5.0 then
                           0.0
                       else
                           term (total - (often |> Array.sumBy (fun e -> seen[e]))) rare)

                let freedom = float often.Length
                let variance = 2.0 * freedom + (often |> Array.sumBy (fun e -> 1.0 / expected[e]))
                withinSixSigma "chi-square" statistic freedom (sqrt variance))

        testCase
            "at constant weight both signs weigh every pair alike, and word2vec's weights are those the theory reads"
            (fun () ->
                let counts, frequencies, _ = balanced.Value
                let v = frequencies.Words.Length
                let theory = Theory.derived
                let statistics = Corpus.statistics theory counts
                let words = statistics.Unigram()

                for ratio in [ 1.0; 2.0 ] do
                    let constant = PairMeasures.constant frequencies ratio
                    let word2Vec = PairMeasures.word2Vec frequencies ratio

                    let pairs =
                        Word2Vec.Measures(
                            statistics,
                            words |> Array.map (theory.Keep PairMeasures.threshold),
                            words |> Array.map (fun p -> p ** theory.NegativePower()),
                            ratio
                        )

                    let observed, independent = pairs.Observed(), pairs.Independent()
                    // A mean of V terms and a dozen other roundings on either side.
                    let close ratio =
                        Expect.near ratio 1.0 (2.0 * float (v + 12) * u) ""

                    for e in 0 .. v * v - 1 do
                        let total = constant.Positive.Values[e] + constant.Negative.Values[e]
                        close (total * float (v * v) / (1.0 + ratio))
                        close (word2Vec.Negative.Values[e] / independent[e])

                        if observed[e] > 0.0 then
                            close (word2Vec.Positive.Values[e] / observed[e]))
    ]
