/// Examples of analogies, compiled and run as tests; docs/theory.md shows them.
module Qwem.Validation.Tests.TheoryExamples.AnalogiesExamples

open System
open Expecto
open Qwem.Validation.Tests.Expectations
open Qwem.Theory
open Qwem.Validation.Tests.TheoryExamples.Checks

let tests =
    testList "Analogies examples" [
        testCase "example of ProportionEstimate" (fun () ->
            // Ten of ten: the lower end p solves p^10 = risk.
            let all = ProportionEstimate(10L, 10L)
            close 1.0 all.Value
            close (0.05 ** 0.1) (all.Lower 0.05)
            close 1.0 (all.Upper 0.05)
            Expect.equal (all.Successes, all.Trials) (10L, 10L) "")

        testCase "example of AnalogyFamily" (fun () ->
            let family = AnalogyFamily.FromPairs [| 0; 1; 2; 3; 4; 5 |]
            Expect.equal (family.PairCount, family.QuestionCount) (3, 6) "" // N (N - 1)
            Expect.equal (family.Pairs()[2..3]) [| 2; 3 |] ""
            Expect.equal (family.Questions()[..3]) [| 0; 1; 2; 3 |] "" // 0 : 1 = 2 : 3
        )

        testCase "example of AnalogyFamily: a benchmark's own questions" (fun () ->
            // The second question has a word out of vocabulary.
            let family = AnalogyFamily.FromQuestions [| 0; 1; 2; 3; 0; 1; -1; 5 |]
            Expect.equal (family.QuestionCount, family.Discarded) (1, 1) "")

        testCase "example of Analogies" (fun () ->
            // Words 0..3 are corners of a parallelogram, 0 -> 1 as 2 -> 3; word 4 lies opposite.
            let words = [|
                [| 1.0; 0.0 |]
                [| 1.0; 1.0 |]
                [| 2.0; 0.0 |]
                [| 2.0; 1.0 |]
                [| -1.0; 0.0 |]
            |]

            let embeddings = Embeddings.OfWords words
            let family = AnalogyFamily.FromPairs [| 0; 1; 2; 3 |]
            close 1.0 (Analogies.Accuracy(embeddings, family)).Value
            close (3.0 / sqrt 5.0) (Analogies.SmoothScores(embeddings, family)[0]) // sqrt 2 * (1, 1)(2, 1)' / sqrt 10
            close (3.0 / sqrt 5.0) (Analogies.SmoothScore(embeddings, family)))

        testCase "example of Analogies: the estimator" (fun () ->
            // Both differences are (0, 1), so that the Gaussian stand-in is too, whatever the seed.
            let words = [|
                [| 1.0; 0.0 |]
                [| 1.0; 1.0 |]
                [| 2.0; 0.0 |]
                [| 2.0; 1.0 |]
                [| -1.0; 0.0 |]
            |]

            let embeddings = Embeddings.OfWords words
            let family = AnalogyFamily.FromPairs [| 0; 1; 2; 3 |]
            let samples, seed = 20, 7L
            allClose [| 0.0; 1.0 |] (Analogies.SampledDifference(embeddings, family, 0, 5, seed))
            close 1.0 (Analogies.Estimate(embeddings, family, samples, seed)).Value)

        testCase "example of Analogies: critical size" (fun () ->
            // With the first dimension alone a pair's words coincide.
            let words = [|
                [| 1.0; 0.0 |]
                [| 1.0; 1.0 |]
                [| 2.0; 0.0 |]
                [| 2.0; 1.0 |]
                [| -1.0; 0.0 |]
            |]

            let embeddings = Embeddings.OfWords words
            let family = AnalogyFamily.FromPairs [| 0; 1; 2; 3 |]
            let sizes = [| 1; 2 |]
            let scan = Analogies.Scan(embeddings, family, sizes, 20, 7L)
            close 0.0 scan[0].Value
            Expect.equal (Analogies.CriticalSize(sizes, scan, 0.05, 0.9).Estimate) (Nullable 2) "")

        testCase "example of AnalogyEstimator" (fun () ->
            // Both differences are (0, 1): a Gaussian with that mean answers rightly at d = 2, one with no mean and no spread stays at a.
            let words = [|
                [| 1.0; 0.0 |]
                [| 1.0; 1.0 |]
                [| 2.0; 0.0 |]
                [| 2.0; 1.0 |]
                [| -1.0; 0.0 |]
            |]

            let family = AnalogyFamily.FromPairs [| 0; 1; 2; 3 |]
            let estimator = AnalogyEstimator(Embeddings.OfWords words, family, [| 1; 2 |])
            close 1.0 (estimator.Estimates(20, 7L, 1.0, 0.0, 1.0)[1]).Value
            close 0.0 (estimator.Estimates(20, 7L, 0.0, 0.0, 1.0)[1]).Value)

        testCase "example of Analogies: embeddings of the target" (fun () ->
            // W = max(Lambda, 0)^{1/2} V': the negative mode gives a row of zeros.
            let spectrum = TargetSpectrum([| 4.0; -1.0 |], [| 1.0; 0.0; 0.0; 1.0 |])
            allClose [| 2.0; 0.0; 0.0; 0.0 |] (Analogies.SpectralEmbeddings(spectrum, 2).ToRows()))

        testCase "example of AnalogyAccuracy" (fun () ->
            // Words 3 and 4 are equal: the smaller index answers, and the tie is counted.
            let words = [|
                [| 1.0; 0.0 |]
                [| 1.0; 1.0 |]
                [| 2.0; 0.0 |]
                [| 2.0; 1.0 |]
                [| 2.0; 1.0 |]
            |]

            let embeddings = Embeddings.OfWords words

            let accuracy =
                Analogies.Accuracy(embeddings, AnalogyFamily.FromQuestions [| 0; 1; 2; 3; 2; 4; 0; 1 |])

            Expect.equal (accuracy.Correct, accuracy.Questions, accuracy.Ties) (1, 2, 1) ""
            close 0.5 accuracy.Value)

        testCase "example of CriticalDimension" (fun () ->
            // 0, 6 and 60 successes of 100 at d = 8, 16 and 32: the threshold 0.05 is reached at 16, with certainty only at 32.
            let estimates =
                [| 0L; 6L; 60L |] |> Array.map (fun k -> ProportionEstimate(k, 100L))

            let critical = Analogies.CriticalSize([| 8; 16; 32 |], estimates, 0.05, 0.9)
            Expect.equal critical.Estimate (Nullable 16) ""
            Expect.equal critical.Lower (Nullable 16) ""
            Expect.equal critical.Upper (Nullable 32) "")
    ]
