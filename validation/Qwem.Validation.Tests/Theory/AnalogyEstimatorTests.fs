/// The Gaussian estimator of accuracy.
module Qwem.Validation.Tests.AnalogyEstimatorTests

open System
open Expecto
open Qwem.Theory
open Qwem.Validation.Tests.AnalogySupport

let tests =
    testList "Analogy estimator" [
        slow (
            testCase
                "sampled differences have the family's mean and covariance, and streams do not know each other"
                (fun () ->
                    let random = Random 11
                    let d, n, samples = 3, 5, 20000
                    let words = Array.init (2 * n) (fun _ -> gaussian random d 1 1.0)

                    let family =
                        AnalogyFamily.FromPairs(Array.collect (fun k -> [| k; n + k |]) [| 0 .. n - 1 |])

                    let delta = Array.init n (fun k -> Array.map2 (-) words[n + k] words[k])
                    let mean = Array.init d (fun i -> Array.averageBy (fun (x: float[]) -> x[i]) delta)

                    let covariance =
                        Array.init d (fun i ->
                            Array.init d (fun j ->
                                Array.sumBy (fun (x: float[]) -> (x[i] - mean[i]) * (x[j] - mean[j])) delta
                                / float (n - 1)))

                    let draw pair =
                        Array.init samples (fun s ->
                            Analogies.SampledDifference(Embeddings.OfWords words, family, pair, s, 42L))

                    let first, second = draw 0, draw 1
                    let s = float samples
                    // Each comparison within six standard deviations of its own estimator: 2e-9 per comparison, 40 of them.
                    let mutable worst = 0.0

                    let sigmas (name: string) (value: float) (expected: float) (sigma: float) =
                        worst <- max worst (abs (value - expected) / sigma)
                        Expect.isLessThan (abs (value - expected)) (6.0 * sigma) name

                    for xi in [ first; second ] do
                        for i in 0 .. d - 1 do
                            sigmas
                                "mean"
                                (Array.averageBy (fun (x: float[]) -> x[i]) xi)
                                (mean[i])
                                (sqrt (covariance[i][i] / s))

                            for j in 0..i do
                                // About the known mean; variance of a product of Gaussians by Isserlis.
                                let found =
                                    Array.averageBy (fun (x: float[]) -> (x[i] - mean[i]) * (x[j] - mean[j])) xi

                                let sigma =
                                    sqrt ((covariance[i][i] * covariance[j][j] + covariance[i][j] ** 2.0) / s)

                                sigmas "covariance" found (covariance[i][j]) sigma

                            // Kurtosis: E x^4 = 3 sigma^4, variance (105 - 9) sigma^8.
                            let variance = covariance[i][i]

                            sigmas
                                "fourth moment"
                                (Array.averageBy (fun (x: float[]) -> (x[i] - mean[i]) ** 4.0) xi)
                                (3.0 * variance * variance)
                                (sqrt (96.0 / s) * variance * variance)

                    for i in 0 .. d - 1 do
                        for j in 0 .. d - 1 do
                            let sigma = sqrt (covariance[i][i] * covariance[j][j] / s)

                            sigmas
                                "pair 0 and pair 1"
                                (Array.average (
                                    Array.map2
                                        (fun (x: float[]) (y: float[]) -> (x[i] - mean[i]) * (y[j] - mean[j]))
                                        first
                                        second
                                ))
                                0.0
                                sigma

                            sigmas
                                "sample s and sample s + 1"
                                (Array.average (
                                    Array.map
                                        (fun (x: float[], y: float[]) -> (x[i] - mean[i]) * (y[j] - mean[j]))
                                        (Array.pairwise first)
                                ))
                                0.0
                                (sigma * sqrt (s / (s - 1.0)))

                    within "worst of all, in standard deviations" worst 6.0)
        )

        slow (
            testCase "with two pairs the estimator has the expectation known in closed form" (fun () ->
                let samples = 4000
                let mutable worst = 0.0
                let mutable inside = 0

                for seed in 1..60 do
                    let f = twoPairs seed
                    let p = exactForTwoPairs f

                    let estimate = Analogies.Estimate(f.Embeddings, f.Family, samples, int64 seed)

                    if p > 0.05 && p < 0.95 then
                        inside <- inside + 1
                    // The count's variance is at most the binomial one; plus one count for probabilities near 0 and 1.
                    let sigma = sqrt (p * (1.0 - p) / float estimate.Trials)
                    let bound = 6.0 * sigma + 1.0 / float estimate.Trials
                    worst <- max worst (abs (estimate.Value - p) / bound)

                within $"worst of 60 (of which {inside} between 0.05 and 0.95), in units of 6 sigma" worst 1.0
                Expect.isGreaterThanOrEqual inside 15 "")
        )

        slow (
            testCase "wrong estimators are found out by the closed form" (fun () ->
                let samples = 4000

                for name, wrong in
                    [
                        "covariance over N for N - 1", exactWith 1.0 1.0 (sqrt 0.5)
                        "twice the covariance", exactWith 1.0 1.0 (sqrt 2.0)
                        "no covariance", exactWith 1.0 1.0 0.0
                        "no mean", exactWith 1.0 0.0 1.0
                        "sign of the mean", exactWith 1.0 -1.0 1.0
                        "without a", exactWith 0.0 1.0 1.0
                        "twice a", exactWith 2.0 1.0 1.0
                    ] do
                    let mutable worst = 0.0

                    for seed in 1..60 do
                        let f = twoPairs seed
                        let p = wrong f

                        let estimate = Analogies.Estimate(f.Embeddings, f.Family, samples, int64 seed)

                        let bound =
                            6.0 * sqrt (p * (1.0 - p) / float estimate.Trials) + 1.0 / float estimate.Trials

                        worst <- max worst (abs (estimate.Value - p) / bound)

                    Expect.isGreaterThan worst 1.0 name)
        )

        slow (
            testCase "the estimator agrees with samples drawn through the d x d covariance" (fun () ->
                let samples = 4000
                let mutable worst = 0.0

                for seed in 100..111 do
                    let f = family seed
                    let d, pairs = f.Dimension, f.Pairs
                    let count = pairs.Length / 2
                    let random = Random seed
                    let units = Array.map unitVector f.Words

                    let delta =
                        Array.init count (fun k -> Array.map2 (-) f.Words[pairs[2 * k + 1]] f.Words[pairs[2 * k]])

                    let mean = Array.init d (fun i -> Array.averageBy (fun (x: float[]) -> x[i]) delta)

                    let covariance =
                        Array.init (d * d) (fun at ->
                            Array.sumBy
                                (fun (x: float[]) -> (x[at / d] - mean[at / d]) * (x[at % d] - mean[at % d]))
                                delta
                            / float (count - 1))
                    // The symmetric root, not the factor under test.
                    let evd =
                        MathNet.Numerics.LinearAlgebra.Double
                            .DenseMatrix(d, d, covariance)
                            .Evd(MathNet.Numerics.LinearAlgebra.Symmetricity.Symmetric)

                    let mutable right = 0

                    for k in 0 .. count - 1 do
                        for _ in 1..samples do
                            let xi = Array.copy mean

                            for m in 0 .. d - 1 do
                                let z = sqrt (max 0.0 evd.EigenValues[m].Real) * gauss random

                                for i in 0 .. d - 1 do
                                    xi[i] <- xi[i] + z * evd.EigenVectors[i, m]

                            let query = Array.map2 (+) f.Words[pairs[2 * k]] xi
                            let scores = Array.map (inner query) units

                            if Array.max scores = scores[pairs[2 * k + 1]] then
                                right <- right + 1

                    let trials = float (count * samples)
                    let other = float right / trials
                    let estimate = (Analogies.Estimate(f.Embeddings, f.Family, samples, 5L)).Value
                    let pooled = 0.5 * (other + estimate)
                    // Two independent estimates of one probability.
                    let bound = 6.0 * sqrt (2.0 * pooled * (1.0 - pooled) / trials) + 1.0 / trials
                    worst <- max worst (abs (other - estimate) / bound)

                within "worst of 12, in units of 6 sigma" worst 1.0)
        )

        testCase "the estimate is a function of the seed and of nothing else" (fun () ->
            // Two pairs and a probability off 0, 1/2 and 1: at least one of them is truly random.
            let f =
                Seq.initInfinite twoPairs
                |> Seq.find (fun f ->
                    let p = exactForTwoPairs f
                    p > 0.2 && p < 0.4)

            let run seed =
                (Analogies.Estimate(f.Embeddings, f.Family, 500, seed)).Successes

            Expect.equal (run 3L) (run 3L) ""
            Expect.isGreaterThan (Array.length (Array.distinct (Array.init 20 (fun s -> run (int64 s - 10L))))) 5 ""
            // One draw at a time, on one thread, from the public sampler.
            let units = Array.map unitVector f.Words
            let mutable right = 0L

            for n in 0 .. f.Family.PairCount - 1 do
                for s in 0..499 do
                    let xi = Analogies.SampledDifference(f.Embeddings, f.Family, n, s, 3L)
                    let query = Array.map2 (+) f.Words[f.Pairs[2 * n]] xi
                    let scores = Array.map (inner query) units

                    if Array.max scores = scores[f.Pairs[2 * n + 1]] then
                        right <- right + 1L

            Expect.equal (run 3L) right "")
    ]
