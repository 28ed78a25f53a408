/// Examples of training from saddle to saddle, compiled and run as tests; docs/theory.md shows them.
module Qwem.Validation.Tests.TheoryExamples.SaddleExamples

open Expecto
open Qwem.Validation.Tests.Expectations
open Qwem.Theory
open Qwem.Validation.Tests.TheoryExamples.Checks

// To the accuracy of a path.
let private near (expected: float) (value: float) =
    Expect.near value expected (1e-5 * abs expected) ""

let tests =
    testList "Saddle examples" [
        testCase "example of PairwiseLoss" (fun () ->
            // Two words; pairs of equal words are seen more often than by chance.
            let statistics =
                CorpusStatistics.FromCounts([| 5.0; 5.0 |], [| 3.0; 2.0; 2.0; 3.0 |])

            let pairs = PairWeights.Uniform(statistics, 1.0)

            match PairwiseLoss.Sgns pairs, PairwiseLoss.Of(QuadraticLoss.Sym, pairs) with
            | PairwiseLoss.Logistic(observed, independent), PairwiseLoss.Quadratic(weight, target) ->
                allClose [| 0.3; 0.2; 0.2; 0.3 |] observed
                close 0.25 independent[0]
                close (0.25 * 0.55) weight[0] // (P_ij + P_i P_j) / 4
                close (2.0 * 0.05 / 0.55) target[0]
            | _ -> failtest "another case")

        testCase "example of SaddleSequence" (fun () ->
            // A constant weight 1/4, so that kappa = 1, and M* with eigenvalues 4, 1 and 0: the saddles are those of Theorem 4.3.
            let target = [| 4.0; 0.0; 0.0; 0.0; 1.0; 0.0; 0.0; 0.0; 0.0 |]
            let loss = PairwiseLoss.Quadratic(Array.create 9 0.25, target)
            let saddles = SaddleSequence.Follow(loss, 2)
            Expect.equal (saddles.Count, saddles.VocabularySize) (2, 3) ""
            near 4.0 (saddles.Rates(0)[0]) // kappa lambda at the origin
            near 1.0 (saddles.Rates(1)[0]) // what grows where the first mode is at rest
            near 2.0 (saddles.SingularValues(1)[0])
            near 4.0 (saddles.Embeddings(1).Gram()[0])
            near (0.25 * 1.0) (saddles.Loss(1)) // M* - M has the eigenvalue 1 left
            Expect.isLessThan (saddles.Unfinished 1) 1e-6 "the first path came to rest")

        testCase "example of SaddleSequence: times from a start" (fun () ->
            let target = [| 4.0; 0.0; 0.0; 0.0; 1.0; 0.0; 0.0; 0.0; 0.0 |]

            let saddles =
                SaddleSequence.Follow(PairwiseLoss.Quadratic(Array.create 9 0.25, target), 2)

            let lengths =
                saddles.Start(Embeddings.OfRows([| 1e-6; 0.0; 0.0; 0.0; 2e-6; 0.0 |], 2))

            allClose [| 1e-6; 2e-6 |] lengths

            let theorem start eigenvalue =
                float (AlignedSolution.HalfRiseTime(start, eigenvalue))

            near (theorem 1e-12 4.0) (saddles.HalfRiseTimes(lengths)[0])
            near (theorem 4e-12 1.0) (saddles.HalfRiseTimes(lengths)[1])
            near (theorem 4e-12 1.0) (saddles.LongPhaseTimes(lengths)[1])
            near ((log 2.0 - log 1e-6) / 4.0) (saddles.OriginTimes(lengths)[0])
            Expect.near (saddles.SingularValuesAt(lengths, theorem 1e-12 4.0)[0]) (sqrt 2.0) 1e-3 ""
            // The second row, e^(-3 tau) of the first when that is realised, and 1 / 4 of the way in ln: both small.
            Expect.isLessThan (saddles.Smallness(lengths)[1]) 1e-3 "")

        testCase "example of SaddleSequence: where a model comes to rest" (fun () ->
            // word2vec's loss of two words that are alike: sum p sigma(-m) = sum q sigma(m) at m = ln (0.5 / 0.2).
            let loss = PairwiseLoss.Logistic([| 0.3; 0.2; 0.2; 0.3 |], [| 0.1; 0.1; 0.1; 0.1 |])
            let rest = SaddleSequence.RestNear(loss, Embeddings.OfRows([| 0.1; 0.1 |], 1))
            allClose (Array.create 4 (log 2.5)) (rest.Gram())
            near (sqrt (2.0 * log 2.5)) (SaddleSequence.Follow(loss, 1).SingularValues(1)[0]))
    ]
