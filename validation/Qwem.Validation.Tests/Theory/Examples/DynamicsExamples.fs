/// Examples of the training dynamics, compiled and run as tests; docs/theory.md shows them.
module Qwem.Validation.Tests.TheoryExamples.DynamicsExamples

open Expecto
open Qwem.Validation.Tests.Expectations
open Qwem.Theory
open Qwem.Validation.Tests.TheoryExamples.Checks

let tests =
    testList "Dynamics examples" [
        testCase "example of Clock" (fun () ->
            // eta t = 2 kappa t; the compiler refuses one where the other is meant, and t / tau is a plain number.
            let time = 3.0<kappaTime>
            let tau = AlignedSolution.RealisationTime(1e-12, 4.0)
            Expect.equal (Clock.EtaTime time) (6.0<etaTime>) ""
            Expect.equal (Clock.KappaTime 6.0<etaTime>) time ""
            close (24.0 / log 4e12) (time / tau))

        testCase "example of Clock: of a trainer" (fun () ->
            // A thousand steps of learning rate 0.01 on the loss g ||M - M*||^2 with g = 1/4: kappa t = 4 g t = 10.
            Expect.equal (Clock.OfTraining(0.25, 1000.0 * 0.01)) (10.0<kappaTime>) ""
            Expect.equal (Clock.OfTrainingTwoFactors(0.25, 1000.0 * 0.01)) (5.0<kappaTime>) "")

        testCase "example of Embeddings" (fun () ->
            // Three words in two dimensions, said both ways.
            let w = Embeddings.OfWords [| [| 1.0; 0.0 |]; [| 0.0; 2.0 |]; [| 1.0; 1.0 |] |]
            Expect.equal (Embeddings.OfRows [| [| 1.0; 0.0; 1.0 |]; [| 0.0; 2.0; 1.0 |] |]) w ""
            Expect.equal (w.Dimension, w.VocabularySize) (2, 3) ""
            close 2.0 w[1, 1] // dimension 1 of word 1
            allClose [| 1.0; 0.0; 1.0 |] (w.Truncated(1).ToRows())
            allClose [| 1.0; 0.0; 0.0; 2.0; 1.0; 1.0 |] (w.ToWords())
            close 2.0 (w.Gram()[5]) // words 1 and 2
        )

        testCase "example of Projection" (fun () ->
            // Embeddings in a target's eigenbasis: one dimension, two modes.
            let c = Projection.OfRows [| [| 0.3; 0.4 |] |]
            Expect.equal (c.Dimension, c.VocabularySize) (1, 2) ""
            close 0.4 c[0, 1]
            allClose [| 0.3; 0.4 |] (c.ToRows())
            allClose [| 0.09; 0.12; 0.12; 0.16 |] (c.Gram()))

        testCase "example of Functions" (fun () ->
            // From counts to the predicted staircase.
            let words, pairs =
                [| 3.0; 2.0; 1.0 |], [| 0.0; 4.0; 1.0; 4.0; 0.0; 2.0; 1.0; 2.0; 0.0 |]

            let modes =
                Functions.statistics words pairs
                |> Functions.neutral
                |> Functions.target (Target.OfLoss QuadraticLoss.Sym)
                |> Functions.spectrum

            Expect.hasLength ((modes |> Functions.staircase 1 1e-6).RealisationTimes()) 1 ""
            // The exact flow from a start of one's own, the aligned one, and embeddings of the target itself.
            let start = Embeddings.OfRows [| [| 1e-6; 2e-6; 3e-6 |] |]
            let state = modes |> Functions.exact start |> Functions.at 40.0<kappaTime>
            let lambda = modes.Eigenvalues()[0]
            close (Functions.aligned 1e-12 lambda 40.0<kappaTime>) (state.SingularValues()[0])
            Expect.equal ((modes |> Functions.embeddings 1).VocabularySize) 3 "")

        testCase "example of Functions: analogies" (fun () ->
            let family = AnalogyFamily.FromPairs [| 0; 1; 2; 3 |]
            let words = [| [| 1.0; 0.0 |]; [| 1.0; 1.0 |]; [| 2.0; 0.0 |]; [| 2.0; 1.0 |] |]
            close 1.0 (Embeddings.OfWords words |> Functions.accuracy family).Value)

        testCase "example of AlignedSolution" (fun () ->
            let start, eigenvalue = 1e-24, 250.0
            let time = AlignedSolution.HalfRiseTime(start, eigenvalue) // kappa t, unit 1/lambda
            close 125.0 (AlignedSolution.Variance(start, eigenvalue, time))
            close (log 125.0) (AlignedSolution.LogVariance(start, eigenvalue, time))
            close 125.0 (AlignedSolution.Deficit(start, eigenvalue, time)) // lambda* - s^2
            close (sqrt 250.0) (AlignedSolution.SingularValue(start, eigenvalue, 2.0 * time))
            close (log (250.0 / 1e-24) / 500.0) (float (AlignedSolution.RealisationTime(start, eigenvalue))))

        testCase "example of AlignedSolution: discrete steps" (fun () ->
            // Steps with kappa h lambda* = 1 double the mode, where the flow multiplies it by e.
            close (1.0 / log 2.0) (AlignedSolution.DiscreteTimeFactor 1.0)
            let time = AlignedSolution.EffectiveKappaTime(10L<step>, 0.5<kappaTime / step>, 2.0)
            close (5.0 * log 2.0) (float time) // instead of 10 * 0.5
        )

        testCase "example of ExactSolution" (fun () ->
            // Two modes, one dimension; C = W(0) V* is 1 x 2.
            let solution =
                ExactSolution([| 2.0; -1.0 |], Projection.OfRows [| [| 1e-6; 1e-6 |] |])

            let late = solution.At 20.0<kappaTime>
            close (sqrt 2.0) (late.SingularValues()[0])
            close 1.0 (late.SubspaceOverlap 1)
            close 1.0 (late.Loss()) // the negative mode stays: ||M - M*||^2 = 1
        )

        testCase "example of ExactSolution: many times" (fun () ->
            let solution =
                ExactSolution([| 2.0; -1.0 |], Projection.OfRows [| [| 0.3; 0.4 |] |])

            let states = solution.AtMany [| 0.0<kappaTime>; 20.0<kappaTime> |]
            close 0.5 (states[0].SingularValues()[0]) // |(0.3, 0.4)|
            close (sqrt 2.0) (states[1].SingularValues()[0]))

        testCase "example of ExactSolution: the start" (fun () ->
            let solution =
                ExactSolution([| 2.0; -1.0 |], Projection.OfRows [| [| 0.3; 0.4 |] |])

            close 0.09 (solution.RDiagonalSquared()[0]) // what Theorem 4.3 starts from
            close -1.0 (solution.Eigenvalues()[1])
            Expect.equal solution.Rank 1 ""
            Expect.equal solution.EmbeddingDimension 1 ""
            Expect.equal solution.VocabularySize 2 "")

        testCase "example of ExactSolution: from embeddings and back" (fun () ->
            // M* = (2 1; 1 2), W(0) = (0.1 0): one dimension, two words.
            let spectrum = TargetSpectrum.Decompose [| 2.0; 1.0; 1.0; 2.0 |]

            let late =
                ExactSolution(spectrum, Embeddings.OfRows [| [| 0.1; 0.0 |] |]).At 20.0<kappaTime>

            allClose [| 1.5; 1.5; 1.5; 1.5 |] (late.Embeddings(spectrum).Gram()) // the leading mode: 3 (1 1)'(1 1) / 2
        )

        testCase "example of ExactState" (fun () ->
            let state =
                ExactSolution([| 2.0; -1.0 |], Projection.OfRows [| [| 0.3; 0.4 |] |]).At 0.0<kappaTime>

            allClose [| 0.3; 0.4 |] (state.EmbeddingsInEigenbasis().ToRows())
            close 0.5 (state.SingularValues()[0])
            close 0.09 (state.RDiagonalSquared()[0])
            close (0.09 / 0.25) (state.SubspaceOverlap 1)
            close (0.09 / 0.25) (state.EigenspaceOverlaps()[0])
            // Up to a rotation W(t) itself; here words are modes.
            let spectrum = TargetSpectrum([| 2.0; -1.0 |], [| 1.0; 0.0; 0.0; 1.0 |])
            allClose [| 0.3; 0.4 |] (state.Embeddings(spectrum).ToRows()))

        testCase "example of ExactState: loss" (fun () ->
            let state =
                ExactSolution([| 2.0; -1.0 |], Projection.OfRows [| [| 0.3; 0.4 |] |]).At 0.0<kappaTime>

            close 5.0225 (state.Loss()) // (0.09 - 2)^2 + (0.16 + 1)^2 + 2 * 0.12^2
            close 6.0225 (state.Loss 6.0) // ||M*||^2 = 6: modes left out of the spectrum add 1
            Expect.equal state.KappaTime (0.0<kappaTime>) ""
            Expect.equal (state.EmbeddingDimension, state.VocabularySize) (1, 2) "")

        testCase "example of AsymmetricSolution" (fun () ->
            // M* = (2), W1 = W2 = (0.1): balanced. Late, W1'W2 = 2.
            let spectrum = TargetSingularSpectrum([| 2.0 |], [| 1.0 |], [| 1.0 |])

            let solution =
                AsymmetricSolution(spectrum, Embeddings.OfRows([| 0.1 |], 1), Embeddings.OfRows([| 0.1 |], 1))

            close 2.0 (solution.At(20.0<kappaTime>).Model()[0])
            Expect.equal solution.EmbeddingDimension 1 ""
            close 2.0 (solution.Spectrum.SingularValues()[0]))

        testCase "example of AsymmetricSolution: balance" (fun () ->
            // |0.01 - 0.04| / (0.01 + 0.04), far above what the constructor accepts.
            close 0.6 (AsymmetricSolution.Imbalance(Embeddings.OfRows([| 0.1 |], 1), Embeddings.OfRows([| 0.2 |], 1)))

            close (48.0 * 2.0 ** -53.0) (AsymmetricSolution.BalanceTolerance(1, 1, 1)))

        testCase "example of AsymmetricState" (fun () ->
            // M* = (-2) = (-1) 2 (1): the left factor changes sign in the singular basis.
            let spectrum = TargetSingularSpectrum([| 2.0 |], [| -1.0 |], [| 1.0 |])

            let state =
                AsymmetricSolution(spectrum, Embeddings.OfRows([| -0.1 |], 1), Embeddings.OfRows([| 0.1 |], 1)).At
                    0.0<kappaTime>

            close 0.1 (state.LeftInSingularBasis()[0, 0])
            close 0.1 (state.RightInSingularBasis()[0, 0])
            close -0.1 (state.Left()[0, 0])
            close 0.1 (state.Right()[0, 0]))

        testCase "example of AsymmetricState: model" (fun () ->
            let spectrum = TargetSingularSpectrum([| 2.0 |], [| -1.0 |], [| 1.0 |])

            let state =
                AsymmetricSolution(spectrum, Embeddings.OfRows([| -0.1 |], 1), Embeddings.OfRows([| 0.1 |], 1)).At
                    0.0<kappaTime>

            close -0.01 (state.Model()[0])
            close 0.01 (state.ModelInSingularBasis()[0])
            close 0.01 (state.ModelSingularValues()[0])
            close (1.99 ** 2.0) (state.Loss())
            Expect.equal state.KappaTime (0.0<kappaTime>) ""
            Expect.equal state.EmbeddingDimension 1 "")

        testCase "example of TargetSingularSpectrum" (fun () ->
            // M* = (0 2): one row, two columns; the second right vector completes the basis.
            let spectrum =
                TargetSingularSpectrum([| 2.0 |], [| 1.0 |], [| 0.0; 1.0; 1.0; 0.0 |])

            close 0.0 (spectrum.Certify [| 0.0; 2.0 |]).Residual
            close 2.0 (spectrum.SingularValues()[0])
            Expect.equal (spectrum.LeftSize, spectrum.RightSize) (1, 2) "")

        testCase "example of LossStaircase" (fun () ->
            let staircase = LossStaircase([| 1e-12; 1e-12 |], [| 4.0; 2.0 |], 20.0)
            close 1.0 (staircase.Plateau 0)
            close 0.2 (staircase.Plateau 1) // 1 - 16/20
            allClose [| 1.0; 0.2; 0.0 |] (staircase.Plateaus())
            Expect.isAscending (staircase.RealisationTimes()) "")

        testCase "example of LossStaircase: over time" (fun () ->
            let staircase = LossStaircase([| 1e-12; 1e-12 |], [| 4.0; 2.0 |], 20.0)
            close 1.0 (staircase.At 0.0<kappaTime>)
            close 0.0 (staircase.At 20.0<kappaTime>)
            close (log 4e12 / 8.0) (float (staircase.RealisationTimes()[0]))
            Expect.equal staircase.Modes 2 "")

        testCase "example of LossStaircase: from a random start" (fun () ->
            // W(0) of variance sigma^2 / d per entry: R_kk^2(0) is sigma^2 (d - k + 1) / d on average.
            let spectrum = TargetSpectrum.Decompose [| 2.0; 1.0; 1.0; 2.0 |]
            let staircase = LossStaircase.OfGaussianStart(spectrum, 2, 1e-6)
            close (log 3e12 / 6.0) (float (staircase.RealisationTimes()[0]))
            close (log 2e12 / 2.0) (float (staircase.RealisationTimes()[1]))
            close 0.1 (staircase.Plateau 1) // 1 - 9/10
        )
    ]
