/// The Gaussian estimator at all sizes in one pass, with its moments changed.
module Qwem.Validation.Tests.AnalogyScanTests

open System
open Expecto
open Qwem.Theory
open Qwem.Validation.Tests.Problems
open Qwem.Validation.Tests.AnalogySupport

let tests =
    testList "Analogy scan" [
        property "one pass over the modes counts what one pass for each size counts" 60 (fun (Seed value as seed) ->
            let f = familyFrom seed
            // At d = 1 all words of one sign have equal scores.
            let dimensions = [| 2 .. f.Dimension |]

            let counts (estimates: ProportionEstimate[]) =
                estimates |> Array.map (fun e -> e.Successes, e.Trials)

            let once =
                AnalogyEstimator(f.Embeddings, f.Family, dimensions).Estimates(12, int64 value, 1.0, 0.0, 1.0)

            counts once = counts (Analogies.Scan(f.Embeddings, f.Family, dimensions, 12, int64 value)))

        slow (
            testCase "with two pairs any mean and any spread have the expectation known in closed form" (fun () ->
                let samples = 4000

                for mean, spread in [ 1.0, 1.0; 0.0, 1.0; 1.0, 0.5; 0.5, 1.5; -1.0, 1.0 ] do
                    let mutable worst = 0.0

                    for seed in 1..30 do
                        let f = twoPairs seed
                        let p = exactWith 1.0 mean spread f

                        let estimate =
                            AnalogyEstimator(f.Embeddings, f.Family, [| f.Dimension |])
                                .Estimates(samples, int64 seed, mean, 0.0, spread)[0]

                        let trials = float estimate.Trials
                        let bound = 6.0 * sqrt (p * (1.0 - p) / trials) + 1.0 / trials
                        worst <- max worst (abs (estimate.Value - p) / bound)

                    within $"mean {mean}, spread {spread}, in units of 6 sigma" worst 1.0)
        )

        testCase "a mean made noise is right as often as the normal falls into the answer's cone" (fun () ->
            // Differences (0, 1) without deviations: a + z (0, 1). Directions of the words: 0, 45, 26.57 and 180 degrees.
            let embeddings =
                Embeddings.OfRows [| [| 1.0; 1.0; 2.0; 2.0; -1.0 |]; [| 0.0; 1.0; 0.0; 1.0; 0.0 |] |]

            let family = AnalogyFamily.FromPairs [| 0; 1; 2; 3 |]
            let samples = 20_000

            let estimate =
                AnalogyEstimator(embeddings, family, [| 2 |]).Estimates(samples, 3L, 0.0, 1.0, 1.0)[0]

            let normal x =
                0.5 * MathNet.Numerics.SpecialFunctions.Erfc(-x / sqrt 2.0)

            let narrow, wide =
                Math.Tan(0.5 * Math.Atan 0.5), Math.Tan(0.5 * (Math.Atan 0.5 + Math.PI / 4.0))

            let p = 0.5 * (1.0 - normal wide + normal (2.0 * wide) - normal (2.0 * narrow))
            let sigma = sqrt (p * (1.0 - p) / float estimate.Trials)
            Expect.near estimate.Value p (6.0 * sigma) "")

        testCase "an estimator refuses what has no meaning, by name" (fun () ->
            let embeddings =
                Embeddings.OfRows [| [| 1.0; 1.0; 2.0; 2.0; -1.0 |]; [| 0.0; 1.0; 0.0; 1.0; 0.0 |] |]

            let family = AnalogyFamily.FromPairs [| 0; 1; 2; 3 |]

            let refused (parameter: string) (make: unit -> obj) =
                let error = Expect.raised<HypothesisException>(fun () -> make () |> ignore)
                Expect.stringContains (error.Message) parameter ""

            refused "dimensions[1]" (fun () -> AnalogyEstimator(embeddings, family, [| 2; 1 |]))
            refused "dimensions[0]" (fun () -> AnalogyEstimator(embeddings, family, [| 3 |]))

            refused "family" (fun () -> AnalogyEstimator(Embeddings.OfRows([| 1.0; 1.0; 2.0 |], 1), family, [| 1 |]))

            let estimator = AnalogyEstimator(embeddings, family, [| 2 |])
            refused "samplesPerPair" (fun () -> estimator.Estimates(0, 1L, 1.0, 0.0, 1.0))
            refused "meanShare" (fun () -> estimator.Estimates(1, 1L, nan, 0.0, 1.0))
            refused "meanSpread" (fun () -> estimator.Estimates(1, 1L, 1.0, infinity, 1.0))
            refused "spread" (fun () -> estimator.Estimates(1, 1L, 1.0, 0.0, nan)))
    ]
