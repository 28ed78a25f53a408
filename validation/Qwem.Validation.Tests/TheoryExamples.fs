/// One short example of every part of the theory, compiled and run as a test; docs/theory.md shows them.
[<NUnit.Framework.TestFixture>]
module Qwem.Validation.Tests.TheoryExamples

open NUnit.Framework
open Qwem.Theory

let private close (expected: float) (value: float) =
    Assert.That(value, Is.EqualTo(expected).Within 1e-9)

[<Test>]
let ``example of CorpusStatistics`` () =
    // Two words: the first occurs 3 times, the second once; counts of pairs, symmetric.
    let corpus = CorpusStatistics.FromCounts([| 3.0; 1.0 |], [| 2.0; 1.0; 1.0; 0.0 |])
    close 0.25 corpus.Unigram[1]
    close (0.75 * 0.75) (corpus.WithNeutralSelfPairs().Joint[0])
    let subsampled = corpus.Subsample(corpus.InverseFrequency())
    close 0.5 subsampled.Statistics.Unigram[0]

[<Test>]
let ``example of QuadraticLoss`` () =
    let corpus = CorpusStatistics([| 0.5; 0.5 |], [| 0.4; 0.1; 0.1; 0.4 |])
    close 0.6 (QuadraticLoss.Xe.Target(corpus)[0]) // P_ij / (P_i P_j) - 1
    close (2.0 * 0.15 / 0.65) (QuadraticLoss.Sym.Target(corpus)[0])
    close 0.125 (QuadraticLoss.Xe.Weight(corpus)[0]) // P_i P_j / 2

[<Test>]
let ``example of PairWeights`` () =
    let corpus = CorpusStatistics([| 0.5; 0.5 |], [| 0.4; 0.1; 0.1; 0.4 |])
    let fiveNegatives = PairWeights.Uniform(corpus, 5.0)
    close 6.0 (fiveNegatives.TotalMass())

[<Test>]
let ``example of SgnsLoss`` () =
    let corpus = CorpusStatistics([| 0.5; 0.5 |], [| 0.4; 0.1; 0.1; 0.4 |])
    let sgns = SgnsLoss(PairWeights.Uniform(corpus, 1.0))
    close (2.0 * log 2.0) (sgns.Evaluate [| 0.0; 0.0; 0.0; 0.0 |])
    Assert.That(abs (TaylorRemainder.Remainder 0.1), Is.LessThanOrEqualTo(TaylorRemainder.Bound 0.1))

[<Test>]
let ``example of Targets`` () =
    let corpus = CorpusStatistics([| 0.5; 0.5 |], [| 0.5; 0.0; 0.0; 0.5 |])
    let floorOfUnseenPairs = -10.0
    close (log 2.0) (Targets.PointwiseMutualInformation(corpus, floorOfUnseenPairs)[0])
    close floorOfUnseenPairs (Targets.PointwiseMutualInformation(corpus, floorOfUnseenPairs)[1])

[<Test>]
let ``example of TargetSpectrum`` () =
    // Row k is the eigenvector of eigenvalue k.
    let spectrum = TargetSpectrum([| 3.0; 1.0 |], [| 1.0; 0.0; 0.0; 1.0 |])
    close 0.0 (spectrum.Certify [| 3.0; 0.0; 0.0; 1.0 |]).Residual

[<Test>]
let ``example of AlignedSolution`` () =
    let start, eigenvalue = 1e-24, 250.0
    let time = AlignedSolution.HalfRiseTime(start, eigenvalue) // kappa t, unit 1/lambda
    close 125.0 (AlignedSolution.Variance(start, eigenvalue, time))
    close (sqrt 250.0) (AlignedSolution.SingularValue(start, eigenvalue, 2.0 * time))

[<Test>]
let ``example of ExactSolution`` () =
    // Two modes, one dimension; C = W(0) V* is 1 x 2.
    let solution = ExactSolution([| 2.0; -1.0 |], [| 1e-6; 1e-6 |])
    let late = solution.At 20.0
    close (sqrt 2.0) (late.SingularValues()[0])
    close 1.0 (late.SubspaceOverlap 1)
    close 1.0 (late.Loss()) // the negative mode stays: ||M - M*||^2 = 1

[<Test>]
let ``example of AsymmetricSolution`` () =
    // M* = (2), W1 = W2 = (0.1): balanced. Late, W1'W2 = 2.
    let spectrum = TargetSingularSpectrum([| 2.0 |], [| 1.0 |], [| 1.0 |])
    let solution = AsymmetricSolution(spectrum, [| 0.1 |], [| 0.1 |])
    close 2.0 (solution.At(20.0).Model()[0])

[<Test>]
let ``example of LossStaircase`` () =
    let staircase = LossStaircase([| 1e-12; 1e-12 |], [| 4.0; 2.0 |], 20.0)
    close 1.0 (staircase.Plateau 0)
    close 0.2 (staircase.Plateau 1) // 1 - 16/20
    Assert.That(staircase.RealisationTimes(), Is.Ordered.Ascending)

[<Test>]
let ``example of RankOneWeights`` () =
    // Weight p p' with p = (1, s): the printed Eq. (10) loses (1 - s)^2 / 4.
    let s = 0.5
    let weighted = RankOneWeights([| 1.0; s |], [| 0.0; 1.0; 1.0; 0.0 |])
    close s (weighted.Minimiser 1).Loss
    close ((1.0 - s) ** 2.0 / 4.0) (weighted.PaperExcess 1)

[<Test>]
let ``example of RankOneApproximation`` () =
    let nearest = RankOneApproximation [| 4.0; 2.0; 2.0; 1.0 |]
    close 2.0 nearest.Weights[0]
    Assert.That(nearest.RelativeResidual, Is.LessThan 1e-9)

[<Test>]
let ``example of Analogies`` () =
    // Words 0..3 are corners of a parallelogram: 0 -> 1 as 2 -> 3.
    let embeddings = [| 1.0; 0.0; 1.0; 1.0; 2.0; 0.0; 2.0; 1.0 |]
    let family = AnalogyFamily.FromPairs [| 0; 1; 2; 3 |]
    Assert.That(Analogies.Accuracy(embeddings, 2, family).Questions, Is.EqualTo 2)

[<Test>]
let ``example of Alignment`` () =
    // The corrected peak of R_ij^2 over the printed one: (1 - r)^{1 - r} (1 + r).
    let corrected = Alignment.CorrectedPeak(1.0, 0.7, 1e-16, 1e-16)
    close (Alignment.PeakRatio(1.0, 0.7)) (corrected / Alignment.PaperPeak(1.0, 0.7, 1e-16))

[<Test>]
let ``example of MarchenkoPastur`` () =
    let law = MarchenkoPastur(0.25, 1.0) // N/d and the variance
    close 2.25 law.UpperEdge
    close 1.0 (law.Distribution 3.0)

[<Test>]
let ``example of GeneralisedMarchenkoPastur`` () =
    // Half of the columns have variance 1, half 3; the mean eigenvalue is 2.
    let law = GeneralisedMarchenkoPastur([| 1.0; 3.0 |], [| 0.5; 0.5 |], 0.25)
    close 2.0 (law.Moment 1)

[<Test>]
let ``example of Spikes`` () =
    // White noise, N/d = 1/4: a shared mean is seen from the squared length sigma^2 / sqrt(1/4) on.
    close 2.0 (Spikes.WhiteThreshold(1.0, 0.25))

[<Test>]
let ``example of FamilySpectrum`` () =
    // Two orthonormal differences: one direction is as strong as the other.
    let family = FamilySpectrum([| 1.0; 0.0; 0.0; 1.0 |], 2, 2)
    close 1.0 family.SignalToNoise
    close 2.0 (FamilySpectrum.EffectiveDimension [| 1.0; 1.0 |])
