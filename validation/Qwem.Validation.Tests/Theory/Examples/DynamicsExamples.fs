/// Examples of the training dynamics, compiled and run as tests; docs/theory.md shows them.
[<NUnit.Framework.TestFixture>]
module Qwem.Validation.Tests.TheoryExamples.DynamicsExamples

open NUnit.Framework
open Qwem.Theory
open Qwem.Validation.Tests.TheoryExamples.Checks

[<Test>]
let ``example of Clock`` () =
    // eta t = 2 kappa t; the compiler refuses one where the other is meant, and t / tau is a plain number.
    let time = 3.0<kappaTime>
    let tau = AlignedSolution.RealisationTime(1e-12, 4.0)
    Assert.That(Clock.EtaTime time, Is.EqualTo 6.0<etaTime>)
    Assert.That(Clock.KappaTime 6.0<etaTime>, Is.EqualTo time)
    close (24.0 / log 4e12) (time / tau)

[<Test>]
let ``example of Clock: of a trainer`` () =
    // A thousand steps of learning rate 0.01 on the loss g ||M - M*||^2 with g = 1/4: kappa t = 4 g t = 10.
    Assert.That(Clock.OfTraining(0.25, 1000.0 * 0.01), Is.EqualTo 10.0<kappaTime>)
    Assert.That(Clock.OfTrainingTwoFactors(0.25, 1000.0 * 0.01), Is.EqualTo 5.0<kappaTime>)

[<Test>]
let ``example of Embeddings`` () =
    // Three words in two dimensions, said both ways.
    let w = Embeddings.OfWords [| [| 1.0; 0.0 |]; [| 0.0; 2.0 |]; [| 1.0; 1.0 |] |]
    Assert.That(Embeddings.OfRows [| [| 1.0; 0.0; 1.0 |]; [| 0.0; 2.0; 1.0 |] |], Is.EqualTo w)
    Assert.That((w.Dimension, w.VocabularySize), Is.EqualTo((2, 3)))
    close 2.0 w[1, 1] // dimension 1 of word 1
    allClose [| 1.0; 0.0; 1.0 |] (w.Truncated(1).ToRows())
    allClose [| 1.0; 0.0; 0.0; 2.0; 1.0; 1.0 |] (w.ToWords())
    close 2.0 (w.Gram()[5]) // words 1 and 2

[<Test>]
let ``example of Projection`` () =
    // Embeddings in a target's eigenbasis: one dimension, two modes.
    let c = Projection.OfRows [| [| 0.3; 0.4 |] |]
    Assert.That((c.Dimension, c.VocabularySize), Is.EqualTo((1, 2)))
    close 0.4 c[0, 1]
    allClose [| 0.3; 0.4 |] (c.ToRows())
    allClose [| 0.09; 0.12; 0.12; 0.16 |] (c.Gram())

[<Test>]
let ``example of Functions`` () =
    // From counts to the predicted staircase.
    let words, pairs =
        [| 3.0; 2.0; 1.0 |], [| 0.0; 4.0; 1.0; 4.0; 0.0; 2.0; 1.0; 2.0; 0.0 |]

    let modes =
        Functions.statistics words pairs
        |> Functions.neutral
        |> Functions.target (Target.OfLoss QuadraticLoss.Sym)
        |> Functions.spectrum

    Assert.That((modes |> Functions.staircase 1 1e-6).RealisationTimes(), Has.Length.EqualTo 1)
    // The exact flow from a start of one's own, the aligned one, and embeddings of the target itself.
    let start = Embeddings.OfRows [| [| 1e-6; 2e-6; 3e-6 |] |]
    let state = modes |> Functions.exact start |> Functions.at 40.0<kappaTime>
    let lambda = modes.Eigenvalues()[0]
    close (Functions.aligned 1e-12 lambda 40.0<kappaTime>) (state.SingularValues()[0])
    Assert.That((modes |> Functions.embeddings 1).VocabularySize, Is.EqualTo 3)

[<Test>]
let ``example of Functions: analogies`` () =
    let family = AnalogyFamily.FromPairs [| 0; 1; 2; 3 |]
    let words = [| [| 1.0; 0.0 |]; [| 1.0; 1.0 |]; [| 2.0; 0.0 |]; [| 2.0; 1.0 |] |]
    close 1.0 (Embeddings.OfWords words |> Functions.accuracy family).Value

[<Test>]
let ``example of AlignedSolution`` () =
    let start, eigenvalue = 1e-24, 250.0
    let time = AlignedSolution.HalfRiseTime(start, eigenvalue) // kappa t, unit 1/lambda
    close 125.0 (AlignedSolution.Variance(start, eigenvalue, time))
    close (log 125.0) (AlignedSolution.LogVariance(start, eigenvalue, time))
    close 125.0 (AlignedSolution.Deficit(start, eigenvalue, time)) // lambda* - s^2
    close (sqrt 250.0) (AlignedSolution.SingularValue(start, eigenvalue, 2.0 * time))
    close (log (250.0 / 1e-24) / 500.0) (float (AlignedSolution.RealisationTime(start, eigenvalue)))

[<Test>]
let ``example of AlignedSolution: discrete steps`` () =
    // Steps with kappa h lambda* = 1 double the mode, where the flow multiplies it by e.
    close (1.0 / log 2.0) (AlignedSolution.DiscreteTimeFactor 1.0)
    let time = AlignedSolution.EffectiveKappaTime(10L<step>, 0.5<kappaTime / step>, 2.0)
    close (5.0 * log 2.0) (float time) // instead of 10 * 0.5

[<Test>]
let ``example of ExactSolution`` () =
    // Two modes, one dimension; C = W(0) V* is 1 x 2.
    let solution =
        ExactSolution([| 2.0; -1.0 |], Projection.OfRows [| [| 1e-6; 1e-6 |] |])

    let late = solution.At 20.0<kappaTime>
    close (sqrt 2.0) (late.SingularValues()[0])
    close 1.0 (late.SubspaceOverlap 1)
    close 1.0 (late.Loss()) // the negative mode stays: ||M - M*||^2 = 1

[<Test>]
let ``example of ExactSolution: many times`` () =
    let solution =
        ExactSolution([| 2.0; -1.0 |], Projection.OfRows [| [| 0.3; 0.4 |] |])

    let states = solution.AtMany [| 0.0<kappaTime>; 20.0<kappaTime> |]
    close 0.5 (states[0].SingularValues()[0]) // |(0.3, 0.4)|
    close (sqrt 2.0) (states[1].SingularValues()[0])

[<Test>]
let ``example of ExactSolution: the start`` () =
    let solution =
        ExactSolution([| 2.0; -1.0 |], Projection.OfRows [| [| 0.3; 0.4 |] |])

    close 0.09 (solution.RDiagonalSquared()[0]) // what Theorem 4.3 starts from
    close -1.0 (solution.Eigenvalues()[1])
    Assert.That(solution.Rank, Is.EqualTo 1)
    Assert.That(solution.EmbeddingDimension, Is.EqualTo 1)
    Assert.That(solution.VocabularySize, Is.EqualTo 2)

[<Test>]
let ``example of ExactSolution: from embeddings and back`` () =
    // M* = (2 1; 1 2), W(0) = (0.1 0): one dimension, two words.
    let spectrum = TargetSpectrum.Decompose [| 2.0; 1.0; 1.0; 2.0 |]

    let late =
        ExactSolution(spectrum, Embeddings.OfRows [| [| 0.1; 0.0 |] |]).At 20.0<kappaTime>

    allClose [| 1.5; 1.5; 1.5; 1.5 |] (late.Embeddings(spectrum).Gram()) // the leading mode: 3 (1 1)'(1 1) / 2

[<Test>]
let ``example of ExactState`` () =
    let state =
        ExactSolution([| 2.0; -1.0 |], Projection.OfRows [| [| 0.3; 0.4 |] |]).At 0.0<kappaTime>

    allClose [| 0.3; 0.4 |] (state.EmbeddingsInEigenbasis().ToRows())
    close 0.5 (state.SingularValues()[0])
    close 0.09 (state.RDiagonalSquared()[0])
    close (0.09 / 0.25) (state.SubspaceOverlap 1)
    close (0.09 / 0.25) (state.EigenspaceOverlaps()[0])
    // Up to a rotation W(t) itself; here words are modes.
    let spectrum = TargetSpectrum([| 2.0; -1.0 |], [| 1.0; 0.0; 0.0; 1.0 |])
    allClose [| 0.3; 0.4 |] (state.Embeddings(spectrum).ToRows())

[<Test>]
let ``example of ExactState: loss`` () =
    let state =
        ExactSolution([| 2.0; -1.0 |], Projection.OfRows [| [| 0.3; 0.4 |] |]).At 0.0<kappaTime>

    close 5.0225 (state.Loss()) // (0.09 - 2)^2 + (0.16 + 1)^2 + 2 * 0.12^2
    close 6.0225 (state.Loss 6.0) // ||M*||^2 = 6: modes left out of the spectrum add 1
    Assert.That(state.KappaTime, Is.EqualTo 0.0<kappaTime>)
    Assert.That((state.EmbeddingDimension, state.VocabularySize), Is.EqualTo((1, 2)))

[<Test>]
let ``example of AsymmetricSolution`` () =
    // M* = (2), W1 = W2 = (0.1): balanced. Late, W1'W2 = 2.
    let spectrum = TargetSingularSpectrum([| 2.0 |], [| 1.0 |], [| 1.0 |])

    let solution =
        AsymmetricSolution(spectrum, Embeddings.OfRows([| 0.1 |], 1), Embeddings.OfRows([| 0.1 |], 1))

    close 2.0 (solution.At(20.0<kappaTime>).Model()[0])
    Assert.That(solution.EmbeddingDimension, Is.EqualTo 1)
    close 2.0 (solution.Spectrum.SingularValues()[0])

[<Test>]
let ``example of AsymmetricSolution: balance`` () =
    // |0.01 - 0.04| / (0.01 + 0.04), far above what the constructor accepts.
    close 0.6 (AsymmetricSolution.Imbalance(Embeddings.OfRows([| 0.1 |], 1), Embeddings.OfRows([| 0.2 |], 1)))
    close (48.0 * 2.0 ** -53.0) (AsymmetricSolution.BalanceTolerance(1, 1, 1))

[<Test>]
let ``example of AsymmetricState`` () =
    // M* = (-2) = (-1) 2 (1): the left factor changes sign in the singular basis.
    let spectrum = TargetSingularSpectrum([| 2.0 |], [| -1.0 |], [| 1.0 |])

    let state =
        AsymmetricSolution(spectrum, Embeddings.OfRows([| -0.1 |], 1), Embeddings.OfRows([| 0.1 |], 1)).At
            0.0<kappaTime>

    close 0.1 (state.LeftInSingularBasis()[0, 0])
    close 0.1 (state.RightInSingularBasis()[0, 0])
    close -0.1 (state.Left()[0, 0])
    close 0.1 (state.Right()[0, 0])

[<Test>]
let ``example of AsymmetricState: model`` () =
    let spectrum = TargetSingularSpectrum([| 2.0 |], [| -1.0 |], [| 1.0 |])

    let state =
        AsymmetricSolution(spectrum, Embeddings.OfRows([| -0.1 |], 1), Embeddings.OfRows([| 0.1 |], 1)).At
            0.0<kappaTime>

    close -0.01 (state.Model()[0])
    close 0.01 (state.ModelInSingularBasis()[0])
    close 0.01 (state.ModelSingularValues()[0])
    close (1.99 ** 2.0) (state.Loss())
    Assert.That(state.KappaTime, Is.EqualTo 0.0<kappaTime>)
    Assert.That(state.EmbeddingDimension, Is.EqualTo 1)

[<Test>]
let ``example of TargetSingularSpectrum`` () =
    // M* = (0 2): one row, two columns; the second right vector completes the basis.
    let spectrum =
        TargetSingularSpectrum([| 2.0 |], [| 1.0 |], [| 0.0; 1.0; 1.0; 0.0 |])

    close 0.0 (spectrum.Certify [| 0.0; 2.0 |]).Residual
    close 2.0 (spectrum.SingularValues()[0])
    Assert.That((spectrum.LeftSize, spectrum.RightSize), Is.EqualTo((1, 2)))

[<Test>]
let ``example of LossStaircase`` () =
    let staircase = LossStaircase([| 1e-12; 1e-12 |], [| 4.0; 2.0 |], 20.0)
    close 1.0 (staircase.Plateau 0)
    close 0.2 (staircase.Plateau 1) // 1 - 16/20
    allClose [| 1.0; 0.2; 0.0 |] (staircase.Plateaus())
    Assert.That(staircase.RealisationTimes(), Is.Ordered.Ascending)

[<Test>]
let ``example of LossStaircase: over time`` () =
    let staircase = LossStaircase([| 1e-12; 1e-12 |], [| 4.0; 2.0 |], 20.0)
    close 1.0 (staircase.At 0.0<kappaTime>)
    close 0.0 (staircase.At 20.0<kappaTime>)
    close (log 4e12 / 8.0) (float (staircase.RealisationTimes()[0]))
    Assert.That(staircase.Modes, Is.EqualTo 2)

[<Test>]
let ``example of LossStaircase: from a random start`` () =
    // W(0) of variance sigma^2 / d per entry: R_kk^2(0) is sigma^2 (d - k + 1) / d on average.
    let spectrum = TargetSpectrum.Decompose [| 2.0; 1.0; 1.0; 2.0 |]
    let staircase = LossStaircase.OfGaussianStart(spectrum, 2, 1e-6)
    close (log 3e12 / 6.0) (float (staircase.RealisationTimes()[0]))
    close (log 2e12 / 2.0) (float (staircase.RealisationTimes()[1]))
    close 0.1 (staircase.Plateau 1) // 1 - 9/10
