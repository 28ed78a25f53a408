/// Examples of rank-one weights, compiled and run as tests; docs/theory.md shows them.
module Qwem.Validation.Tests.TheoryExamples.RankOneExamples

open Expecto
open Qwem.Validation.Tests.Expectations
open Qwem.Theory
open Qwem.Validation.Tests.TheoryExamples.Checks

let tests =
    testList "Rank one examples" [
        testCase "example of RankOneApproximation" (fun () ->
            let nearest = RankOneApproximation [| 4.0; 2.0; 2.0; 1.0 |]
            close 2.0 (nearest.Weights()[0])
            close 1.0 (nearest.Weights()[1])
            close 0.0 nearest.RelativeResidual
            close 0.0 nearest.EigenResidual
            Expect.equal nearest.VocabularySize 2 "")

        testCase "example of RankOneWeights" (fun () ->
            // Weight p p' with p = (1, s): the printed Eq. (10) loses (1 - s)^2 / 4.
            let s = 0.5
            let weighted = RankOneWeights([| 1.0; s |], [| 0.0; 1.0; 1.0; 0.0 |])
            close s (weighted.Minimiser 1).Loss
            close (s + (1.0 - s) ** 2.0 / 4.0) (weighted.Paper 1).Loss
            close ((1.0 - s) ** 2.0 / 4.0) (weighted.PaperExcess 1))

        testCase "example of RankOneWeights: losses" (fun () ->
            let p, target = [| 1.0; 0.25 |], [| 0.0; 1.0; 1.0; 0.0 |]
            let weighted = RankOneWeights(p, target)
            Expect.equal weighted.VocabularySize 2 ""
            allClose [| 0.0; 0.5; 0.5; 0.0 |] (weighted.ScaledTarget()) // Pd^{1/2} M* Pd^{1/2}
            let nothing = Embeddings.OfRows [| [| 0.0; 0.0 |] |]
            close 0.5 (weighted.Loss nothing) // 2 * 0.25 * 1^2
            close 2.0 (RankOneWeights.GeneralLoss(Array.create 4 1.0, target, nothing)) // G = 1
        )

        testCase "example of RankOneMinimiser" (fun () ->
            // Eigenvalues 1/2 and -1/2: the second dimension stays empty.
            let best = RankOneWeights([| 1.0; 0.25 |], [| 0.0; 1.0; 1.0; 0.0 |]).Minimiser 2
            Expect.equal (best.VocabularySize, best.EmbeddingDimension, best.LearnedModes) (2, 2, 1) ""
            close 0.25 best.Loss // the square of the negative one
            close 0.0 best.Certificate.Residual
            allClose [| 0.5; 1.0; 0.0; 0.0 |] (Array.map abs (best.Embeddings.ToRows())))

        testCase "example of WordClock" (fun () ->
            // Word i learns at eta / p_i: in X = W Pd^{1/2} the flow has a constant weight and kappa = 2 eta.
            let p = [| 0.8; 0.2 |]
            let x = WordClock.Coordinates(p, Embeddings.OfRows [| [| 0.1; 0.1 |] |])
            close (0.1 * sqrt 0.8) x[0, 0]
            close 0.1 (WordClock.Embeddings(p, x)[0, 1]))

        testCase "example of DescentNoise" (fun () ->
            // Two words alike, one mode of Lambda = 1/2: pairs of one word come more often than by chance, the others less.
            let half, root = [| 0.5; 0.5 |], sqrt 0.5
            let target = [| 0.5; -0.5; -0.5; 0.5 |]
            let spectrum = TargetSpectrum([| 0.5; 0.0 |], [| root; -root; root; root |])
            let variances = WordClock.EntryVariances(half, spectrum, 1, target, target)

            close 1.75 variances[0] // 2 - Lambda^2
            // One step of 2 eta Lambda = 0.2 with 100 pairs of each sign; entry (a, b) counts twice.
            let noise =
                WordClock.Noise([| 0.5; 0.0 |], 1, [| 1.75; 0.0 |], [| 0.1 |], [| 100.0 |])

            close (0.04 * 1.75 / 100.0) noise.MeanSquare
            close (sqrt 2.0) noise.RelativeDeviation
            close 0.0 noise.SecondOrder)
    ]
