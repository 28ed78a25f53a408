/// Examples of the corpus and of losses, weights and targets, compiled and run as tests; docs/theory.md shows them.
module Qwem.Validation.Tests.TheoryExamples.CorpusExamples

open Expecto
open Qwem.Validation.Tests.Expectations
open Qwem.Theory
open Qwem.Validation.Tests.TheoryExamples.Checks

let tests =
    testList "Corpus examples" [
        testCase "example of DynamicWindow" (fun () ->
            // L = 16: neighbours always count, words 16 apart once in 16 draws, words 17 apart never.
            Expect.equal (DynamicWindow.Weight(16, 1)) 16 ""
            Expect.equal (DynamicWindow.Weight(16, 16)) 1 ""
            Expect.equal (DynamicWindow.Weight(16, 17)) 0 "")

        testCase "example of CorpusStatistics" (fun () ->
            // Two words: the first occurs 3 times, the second once; counts of pairs, symmetric.
            let corpus = CorpusStatistics.FromCounts([| 3.0; 1.0 |], [| 2.0; 1.0; 1.0; 0.0 |])
            close 0.25 (corpus.Unigram()[1])
            close (0.75 * 0.75) (corpus.WithNeutralSelfPairs().Joint()[0])
            let subsampled = corpus.Subsample(corpus.InverseFrequency())
            close 0.5 (subsampled.Statistics.Unigram()[0]))

        testCase "example of CorpusStatistics: margins" (fun () ->
            let corpus = CorpusStatistics([| 0.75; 0.25 |], [| 0.5; 0.25; 0.25; 0.0 |])
            Expect.equal corpus.VocabularySize 2 ""
            close 0.0 (corpus.MarginalMismatch()) // the rows of P_ij sum to P_i
            let neutral = corpus.WithNeutralSelfPairs()
            close 1.125 neutral.JointMass // 0.75^2 + 0.25^2 + 2 * 0.25
            close 0.25 (neutral.MarginalMismatch()) // word 1: 0.3125 / 0.25 - 1
            close 0.0625 (neutral.MarginalTotalVariation()))

        testCase "example of SubsampledStatistics" (fun () ->
            let corpus = CorpusStatistics([| 0.75; 0.25 |], [| 0.5; 0.25; 0.25; 0.0 |])
            let subsampled = corpus.Subsample(corpus.InverseFrequency())
            close 0.25 (subsampled.Statistics.Joint()[0]) // 0.5 / 0.75^2 over Z_j
            close 2.0 subsampled.UnigramNormalisation // sum of P_i / P_i
            close (32.0 / 9.0) subsampled.JointNormalisation // 0.5 / 0.75^2 + 2 * 0.25 / (0.75 * 0.25)
            close 1.125 subsampled.Z // 2^2 / (32/9)
        )

        testCase "example of PairWeights" (fun () ->
            let corpus = CorpusStatistics([| 0.5; 0.5 |], [| 0.4; 0.1; 0.1; 0.4 |])
            let fiveNegatives = PairWeights.Uniform(corpus, 5.0)
            close 6.0 (fiveNegatives.TotalMass())
            close 1.25 (fiveNegatives.Independent()[0]) // 5 * 0.5 * 0.5
        )

        testCase "example of PairWeights: two weights" (fun () ->
            let corpus = CorpusStatistics([| 0.5; 0.5 |], [| 0.4; 0.1; 0.1; 0.4 |])
            let psiPlus, psiMinus = Array.create 4 0.5, Array.create 4 1.0
            let pairs = PairWeights(corpus, psiPlus, psiMinus, 2.0)
            close 0.2 (pairs.Observed()[0]) // 0.5 * 0.4
            close 2.0 pairs.NegativeRatio
            Expect.equal pairs.VocabularySize 2 "")

        testCase "example of Weighting" (fun () ->
            let corpus = CorpusStatistics([| 0.5; 0.5 |], [| 0.4; 0.1; 0.1; 0.4 |])

            let observed weighting =
                QuadraticLoss.Sym.Pairs(weighting, corpus, 1.0).Observed()[0]

            close 0.4 (observed Weighting.Uniform)
            close 1.6 (observed Weighting.InverseFrequency) // 0.4 / (0.5 * 0.5)
            close (0.4 / 0.65) (observed Weighting.Omniscient) // 1 / (P_ij + P_i P_j)
            close 0.8 (observed (Weighting.WordByWord [| sqrt 2.0; 1.0 |]))
            close 1.2 (observed (Weighting.PairByPair(Array.create 4 3.0, Array.create 4 1.0)))
            Expect.equal (Weighting.Of [| 1.0; 2.0 |]) (Weighting.WordByWord [| 1.0; 2.0 |]) "" // what C# writes
        )

        testCase "example of QuadraticLoss" (fun () ->
            let corpus = CorpusStatistics([| 0.5; 0.5 |], [| 0.4; 0.1; 0.1; 0.4 |])
            close 0.6 (QuadraticLoss.Xe.Target(corpus)[0]) // P_ij / (P_i P_j) - 1
            close (2.0 * 0.15 / 0.65) (QuadraticLoss.Sym.Target(corpus)[0])
            close 0.125 (QuadraticLoss.Xe.Weight(corpus)[0]) // P_i P_j / 2
        )

        testCase "example of QuadraticLoss: coefficients" (fun () ->
            // L_sym with five independent pairs per observed one.
            let loss = QuadraticLoss.Of(0.25, 1.0, 0.25, -1.0).WithNegativeRatio 5.0
            close 0.25 loss.PositiveQuadratic
            close 1.0 loss.PositiveLinear
            close 1.25 loss.NegativeQuadratic
            close -5.0 loss.NegativeLinear
            Expect.equal loss (QuadraticLoss.General(0.25, 1.0, 1.25, -5.0)) "")

        testCase "example of QuadraticLoss: relatives" (fun () ->
            let corpus = CorpusStatistics([| 0.5; 0.5 |], [| 0.4; 0.1; 0.1; 0.4 |])
            close 0.3 ((QuadraticLoss.SimClr 2.0).Target(corpus)[0]) // half of 0.6: inverse temperature 2
            Expect.equal (QuadraticLoss.OfInverseTemperature 2.0) (QuadraticLoss.SimClr 2.0) "" // what C# writes
            close (2.0 * 0.15 / 0.65) (QuadraticLoss.SgnsQuartic.Target(corpus)[0]) // that of L_sym
            close 0.08125 (QuadraticLoss.SgnsQuartic.Weight(corpus)[0]) // half of L_sym's 0.65 / 4
        )

        testCase "example of QuadraticLoss: completing the square" (fun () ->
            // At M = M* only the constant is left: minus four entries of weight 1/8 and square 0.36.
            let corpus = CorpusStatistics([| 0.5; 0.5 |], [| 0.4; 0.1; 0.1; 0.4 |])
            close -0.18 (QuadraticLoss.Xe.Constant corpus)
            close -0.18 (QuadraticLoss.Xe.Evaluate(corpus, QuadraticLoss.Xe.Target corpus)))

        testCase "example of QuadraticLoss: constant weight" (fun () ->
            let corpus = CorpusStatistics([| 0.5; 0.5 |], [| 0.4; 0.1; 0.1; 0.4 |])
            close (1.0 / 0.65) (QuadraticLoss.Sym.OmniscientReweighting(corpus)[0]) // 1 / (P_ij + P_i P_j)
            let pairs = QuadraticLoss.Sym.Pairs(Weighting.Omniscient, corpus, 1.0)
            close 0.25 (QuadraticLoss.Sym.Weight(pairs)[0])
            close 0.25 QuadraticLoss.ConstantWeight)

        testCase "example of QuadraticLoss: subsampling and mutual information" (fun () ->
            close 0.76 (QuadraticLoss.SubsampledXeTarget([| 0.6 |], 1.1)[0]) // 1.1 * 0.6 + 0.1
            close (0.16 / 0.76) (QuadraticLoss.CostOfAssumingUnitZ([| 0.6 |], 1.1))
            close (log 2.0) (QuadraticLoss.PointwiseMutualInformation(2.0 / 3.0)) // (2 + 2/3) / (2 - 2/3) = 2
        )

        testCase "example of TaylorRemainder" (fun () ->
            close (log (cosh 0.5) - 1.0 / 8.0) (TaylorRemainder.Remainder 1.0)
            close (1.0 / 192.0) (TaylorRemainder.Bound 1.0)
            close (1.0 / 2880.0) (TaylorRemainder.NextBound 1.0)
            Expect.inRange (TaylorRemainder.Remainder 1.0 + 1.0 / 192.0) (0.0, 1.0 / 2880.0) "")

        testCase "example of SgnsLoss" (fun () ->
            let corpus = CorpusStatistics([| 0.5; 0.5 |], [| 0.4; 0.1; 0.1; 0.4 |])
            let sgns = SgnsLoss(PairWeights.Uniform(corpus, 1.0))
            close (2.0 * log 2.0) sgns.Offset
            close (2.0 * log 2.0) (sgns.Evaluate [| 0.0; 0.0; 0.0; 0.0 |]))

        testCase "example of SgnsLoss: remainder" (fun () ->
            let corpus = CorpusStatistics([| 0.5; 0.5 |], [| 0.4; 0.1; 0.1; 0.4 |])
            let sgns, model = SgnsLoss(PairWeights.Uniform(corpus, 1.0)), Array.create 4 1.0
            close (2.0 * (log (cosh 0.5) - 1.0 / 8.0)) (sgns.Remainder model) // total mass 2
            close (sgns.Expansion model + sgns.Remainder model) (sgns.Evaluate model)
            close (2.0 / 192.0) (sgns.Bound model)
            close (2.0 / 2880.0) (sgns.NextBound model))

        testCase "example of Target" (fun () ->
            let corpus = CorpusStatistics([| 0.5; 0.5 |], [| 0.5; 0.0; 0.0; 0.5 |])
            let unseen = -10.0
            close (log 2.0) ((Target.MutualInformation unseen).Matrix(corpus)[0])
            close unseen ((Target.MutualInformation unseen).Matrix(corpus)[1])
            close 0.0 (Target.PositiveMutualInformation.Matrix(corpus)[1])
            close 0.0 (Target.ShiftedMutualInformation(2.0, unseen).Matrix(corpus)[0]) // ln 2 - ln 2
            close 1.0 ((Target.OfLoss QuadraticLoss.Xe).Matrix(corpus)[0]) // 0.5 / 0.25 - 1
        )

        testCase "example of Target: from C#" (fun () ->
            // What C# writes; arguments are checked at once.
            Expect.equal (Target.Of QuadraticLoss.Xe) (Target.OfLoss QuadraticLoss.Xe) ""
            Expect.equal (Target.OfMutualInformation -10.0) (Target.MutualInformation -10.0) ""

            Expect.equal
                (Target.OfShiftedMutualInformation(2.0, -10.0))
                (Target.ShiftedMutualInformation(2.0, -10.0))
                "")

        testCase "example of Target: from and to L_sym" (fun () ->
            // M*_sym = 2 tanh(PMI / 2): a pair twice as frequent as by chance has 2/3, one that never occurs -2.
            close (2.0 / 3.0) (Target.ToSymTarget([| log 2.0 |])[0])
            close (log 2.0) (Target.FromSymTarget([| 2.0 / 3.0; -2.0 |], -10.0)[0])
            close -10.0 (Target.FromSymTarget([| 2.0 / 3.0; -2.0 |], -10.0)[1]))

        testCase "example of TargetSpectrum" (fun () ->
            // M* = (2 1; 1 2). Row k is the eigenvector of eigenvalue k.
            let h = sqrt 0.5
            let spectrum = TargetSpectrum([| 3.0; 1.0 |], [| h; h; h; -h |])
            close 0.0 (spectrum.Certify [| 2.0; 1.0; 1.0; 2.0 |]).Residual
            close -h (spectrum.Eigenvectors()[3])
            close 4.0 (Array.sum (spectrum.Eigenvalues())) // the trace
            Expect.equal spectrum.VocabularySize 2 ""
            let start = Embeddings.OfRows [| [| 1.0; 0.0 |] |] // W = (1 0): one dimension, two words
            let inEigenbasis = spectrum.Project start
            allClose [| h; h |] (inEigenbasis.ToRows())
            allClose [| 1.0; 0.0 |] (spectrum.Expand(inEigenbasis).ToRows()))

        testCase "example of TargetSpectrum: small targets" (fun () ->
            let spectrum = TargetSpectrum.Decompose [| 2.0; 1.0; 1.0; 2.0 |]
            allClose [| 3.0; 1.0 |] (spectrum.Eigenvalues()))

        testCase "example of TargetSpectrum: eigenvectors as columns" (fun () ->
            // As MathNet and NumPy return them.
            let spectrum = TargetSpectrum.OfColumns([| 3.0; 1.0 |], [| 0.6; -0.8; 0.8; 0.6 |])
            allClose [| 0.6; 0.8; -0.8; 0.6 |] (spectrum.Eigenvectors()))

        testCase "example of SpectrumCertificate" (fun () ->
            // Neither the second eigenvalue nor the length of the second vector is right.
            let wrong = TargetSpectrum([| 3.0; 1.0 |], [| 1.0; 0.0; 0.0; 0.5 |])
            let certificate = wrong.Certify [| 3.0; 0.0; 0.0; 2.0 |]
            close (0.5 / sqrt 13.0) certificate.Residual // ||2 v - v|| / ||M*||
            close 0.75 certificate.Orthogonality // |0.5^2 - 1|
        )

        testCase "example of InfoNceLoss" (fun () ->
            let corpus = CorpusStatistics([| 0.5; 0.5 |], [| 0.4; 0.1; 0.1; 0.4 |])
            let loss = InfoNceLoss(corpus, 1.0)
            let model = [| 1.0; 0.0; 0.0; 1.0 |]
            close (-0.8 + log ((exp 1.0 + 1.0) / 2.0)) (loss.Evaluate model)
            close (-0.8 + (exp 1.0 + 1.0) / 2.0 - 1.0) (loss.WithoutLogarithm model) // Eq. (18)
            close -0.05 (loss.AsPrinted model) // Eq. (20): -0.8 + 1/2 + 1/4
            close -0.175 (loss.Expansion model) // the variance, 1/4, for the second moment, 1/2
            close (1.0 / (36.0 * sqrt 3.0)) (loss.Bound model)
            close 1.0 loss.InverseTemperature)

        testCase "example of InfoNceLoss: one term of a batch" (fun () ->
            // Eq. (16): three samples alike, one of them the observed pair, two others.
            close (log 2.0) (InfoNceLoss.Term([| 0.5; 0.5; 0.5 |], 0, 10.0)))
    ]
