/// Examples of rank-one weights, compiled and run as tests; docs/theory.md shows them.
[<NUnit.Framework.TestFixture>]
module Qwem.Validation.Tests.TheoryExamples.RankOneExamples

open NUnit.Framework
open Qwem.Theory
open Qwem.Validation.Tests.TheoryExamples.Checks

[<Test>]
let ``example of RankOneApproximation`` () =
    let nearest = RankOneApproximation [| 4.0; 2.0; 2.0; 1.0 |]
    close 2.0 (nearest.Weights()[0])
    close 1.0 (nearest.Weights()[1])
    close 0.0 nearest.RelativeResidual
    close 0.0 nearest.EigenResidual
    Assert.That(nearest.VocabularySize, Is.EqualTo 2)

[<Test>]
let ``example of RankOneWeights`` () =
    // Weight p p' with p = (1, s): the printed Eq. (10) loses (1 - s)^2 / 4.
    let s = 0.5
    let weighted = RankOneWeights([| 1.0; s |], [| 0.0; 1.0; 1.0; 0.0 |])
    close s (weighted.Minimiser 1).Loss
    close (s + (1.0 - s) ** 2.0 / 4.0) (weighted.Paper 1).Loss
    close ((1.0 - s) ** 2.0 / 4.0) (weighted.PaperExcess 1)

[<Test>]
let ``example of RankOneWeights: losses`` () =
    let p, target = [| 1.0; 0.25 |], [| 0.0; 1.0; 1.0; 0.0 |]
    let weighted = RankOneWeights(p, target)
    Assert.That(weighted.VocabularySize, Is.EqualTo 2)
    allClose [| 0.0; 0.5; 0.5; 0.0 |] (weighted.ScaledTarget()) // Pd^{1/2} M* Pd^{1/2}
    let nothing = Embeddings.OfRows [| [| 0.0; 0.0 |] |]
    close 0.5 (weighted.Loss nothing) // 2 * 0.25 * 1^2
    close 2.0 (RankOneWeights.GeneralLoss(Array.create 4 1.0, target, nothing)) // G = 1

[<Test>]
let ``example of RankOneMinimiser`` () =
    // Eigenvalues 1/2 and -1/2: the second dimension stays empty.
    let best = RankOneWeights([| 1.0; 0.25 |], [| 0.0; 1.0; 1.0; 0.0 |]).Minimiser 2
    Assert.That((best.VocabularySize, best.EmbeddingDimension, best.LearnedModes), Is.EqualTo((2, 2, 1)))
    close 0.25 best.Loss // the square of the negative one
    close 0.0 best.Certificate.Residual
    allClose [| 0.5; 1.0; 0.0; 0.0 |] (Array.map abs (best.Embeddings.ToRows()))
