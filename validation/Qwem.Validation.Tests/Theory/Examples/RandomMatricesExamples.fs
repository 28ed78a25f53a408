/// Examples of the random-matrix view of word families, compiled and run as tests; docs/theory.md shows them.
module Qwem.Validation.Tests.TheoryExamples.RandomMatricesExamples

open System
open Expecto
open Qwem.Validation.Tests.Expectations
open Qwem.Theory
open Qwem.Validation.Tests.TheoryExamples.Checks

let tests =
    testList "Random matrices examples" [
        testCase "example of MarchenkoPastur" (fun () ->
            let law = MarchenkoPastur(0.25, 1.0) // N/d and the variance
            close 0.25 law.LowerEdge // (1 - 1/2)^2
            close 2.25 law.UpperEdge
            close (1.6 / Math.PI) (law.Density 1.25) // sqrt(1 * 1) / (2 pi 0.25 * 1.25)
            close 1.0 (law.Distribution 3.0)
            close 1.0 (law.Quantile(law.Distribution 1.0)))

        testCase "example of MarchenkoPastur: more rows than columns" (fun () ->
            let law = MarchenkoPastur(4.0, 1.0)
            close 4.0 law.Ratio
            close 1.0 law.Variance
            close 0.75 law.MassAtZero // 1 - 1/4
            close 5.0 (law.Moment 2) // 1 + 4
        )

        testCase "example of GeneralisedMarchenkoPastur" (fun () ->
            // Half of the columns have variance 1, half 3; the mean eigenvalue is 2.
            let law = GeneralisedMarchenkoPastur([| 1.0; 3.0 |], [| 0.5; 0.5 |], 0.25)
            close 0.25 law.Ratio
            close 2.0 (law.Moment 1)
            close 5.25 (law.Moment 2) // 2^2 + 0.25 * (1 + 9) / 2
            close (1.0 + 0.5 / 0.75 + 1.5 / 0.25) (law.InverseStieltjes -1.0))

        testCase "example of GeneralisedMarchenkoPastur: equal variances" (fun () ->
            // One row, four columns of variance 1: the plain law of ratio 1/4.
            let law = GeneralisedMarchenkoPastur.OfVariances([| 1.0; 1.0; 1.0; 1.0 |], 1)
            allClose [| law.LowerEdge; law.UpperEdge |] (law.Edges())
            close 0.25 law.LowerEdge
            close 2.25 law.UpperEdge
            close (1.6 / Math.PI) (law.Density 1.25)
            close 1.0 (law.Quantile(law.Distribution 1.0))
            close 0.75 (GeneralisedMarchenkoPastur.OfVariances([| 1.0; 1.0 |], 8)).MassAtZero)

        testCase "example of Spikes" (fun () ->
            // White noise, N/d = 1/4: a shared mean is seen from the squared length sigma^2 / sqrt(1/4) on.
            close 2.0 (Spikes.WhiteThreshold(1.0, 0.25))
            close 2.5 (Spikes.WhiteLargestEigenvalue(4.0, 1.0, 0.25)) // (1 + 4)(1/4 + 1/4)
            close 0.6 (Spikes.WhiteRowOverlap(4.0, 1.0, 0.25)) // (4 - 4/4) / (4 + 1)
        )

        testCase "example of Spikes: any variances" (fun () ->
            // The same noise, column by column.
            let spikes = Spikes([| 1.0; 1.0; 1.0; 1.0 |], [| 1.0; 0.0; 0.0; 0.0 |], 1)
            close 2.0 spikes.Threshold
            let seen, position = spikes.TryOutlier 4.0
            Expect.isTrue seen ""
            close 2.5 position
            close 2.5 (spikes.LargestEigenvalue 4.0)
            close 2.25 spikes.Bulk.UpperEdge)

        testCase "example of Spikes: directions and fluctuations" (fun () ->
            let spikes = Spikes([| 1.0; 1.0; 1.0; 1.0 |], [| 1.0; 0.0; 0.0; 0.0 |], 1)
            close 0.6 (spikes.RowOverlap 4.0)
            close 0.375 (spikes.DirectionOverlap 4.0)
            close 0.8 (spikes.MeanShare 4.0) // (4/4 + 1) / 2.5
            close (7.0 / 3.0) (spikes.PaperLargestEigenvalue 4.0) // 4/4 + 1 + 1/3, without the products of mean and noise
            close (0.5 * 2.25 ** (2.0 / 3.0)) spikes.EdgeFluctuation)

        testCase "example of FamilySpectrum" (fun () ->
            // Two orthonormal differences: one direction is as strong as the other.
            let family = FamilySpectrum([| 1.0; 0.0; 0.0; 1.0 |], 2, 2)
            close 1.0 family.SignalToNoise
            close 2.0 (FamilySpectrum.EffectiveDimension [| 1.0; 1.0 |])
            Expect.equal (family.Rows, family.Columns, family.Rank) (2, 2, 2) "")

        testCase "example of FamilySpectrum: a shared mean" (fun () ->
            // Differences (2, 1) and (2, -1): R R' has the eigenvalues 8 and 2.
            let family = FamilySpectrum([| 2.0; 1.0; 2.0; -1.0 |], 2, 2)
            allClose [| 4.0; 1.0 |] (family.Eigenvalues()) // of R R' / d
            close 1.6 family.SignalToNoise // 8 / (10 / 2)
            allClose [| 2.0; 0.0 |] (family.MeanDifference())
            close 1.0 family.MeanShare // 2 * 2^2 / 8
            allClose [| 0.0; 2.0 |] (family.ColumnVariances()))

        testCase "example of FamilySpectrum: localisation" (fun () ->
            // Mean difference (2, 1).
            let family = FamilySpectrum([| 2.0; 1.0; 2.0; 1.0 |], 2, 2)
            allClose [| 0.8; 0.2 |] (family.Localisation())
            close 0.68 (family.InverseParticipationRatio())
            allClose [| 2.0; 2.0 |] (family.Truncated(1).Differences()))

        testCase "example of FamilySpectrum: from eigenpairs" (fun () ->
            // One pair, word 0 -> word 1, in W = diag(2, 1).
            let family =
                FamilySpectrum.OfPairs([| 4.0; 1.0 |], [| 1.0; 0.0; 0.0; 1.0 |], [| 0 |], [| 1 |], 2)

            allClose [| -2.0; 1.0 |] (family.Differences()))
    ]
