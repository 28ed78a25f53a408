namespace Qwem.Validation.Theorem43

open System
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Training
open Qwem.Theory
open Qwem.Validation

/// Every bound of experiment theorem-4.3, as a formula of the settings and of the corpus statistics.
module Tolerances =

    let eigenpairs (settings: Settings) =
        {
            Bound = 8.0 * float settings.VocabularySize * Tolerance.unitRoundoff
            Because =
                "rounding: V rounded operations per entry of an orthogonal similarity, applied in a reduction, a merge and a back-transformation, so 8 V u in all"
        }

    /// Largest exponent 2 kappa lambda_1 t of a run.
    let largestExponent (prediction: Prediction) (flow: FlowMeasurement) =
        2.0
        * prediction.Kappa
        * prediction.Eigenvalues[0]
        * flow.Times[flow.Times.Length - 1]

    /// Bound of a comparison with the flow: how far the flow is, in the same metric, from a coarser integration of it, plus
    /// 4 V u for the matrix products, the eigenvalues and the exponents of both sides, times how much they are amplified.
    let integration (settings: Settings) (distanceToCoarse: float) (amplification: float) =
        let rounding =
            4.0 * float settings.VocabularySize * Tolerance.unitRoundoff * amplification

        {
            Bound = distanceToCoarse + rounding
            Because =
                $"integration: the largest such distance between this flow and one integrated with a %g{settings.CoarseFactor} times larger tolerance and half as many stops, %.1e{distanceToCoarse}, which by the order of the method exceeds the flow's own error about {settings.CoarseFactor} times or more; rounding: 4 V u, amplified %.0f{amplification} times, %.1e{rounding}"
        }

    /// How much a rounding of the target turns the eigenspaces whose alignment is recorded: lambda_1 over the smallest gap at
    /// their borders (Davis and Kahan).
    let eigenspaceCondition (settings: Settings) (prediction: Prediction) =
        let lambda = prediction.Eigenvalues

        settings.OverlapRanks
        |> Array.map (fun k -> lambda[0] / (lambda[k - 1] - lambda[k]))
        |> Array.max

    /// How far the variance of mode k is from evolving alone, relative to itself and to leading order. Two modes i < j of the
    /// triangular factor R(t) couple through rho = R_ij^2 / R_ii^2, which falls from its initial value by
    /// (lambda_0 / lambda_i)^(1 - lambda_j / lambda_i) until mode i is realised (THEORY.md section 6, Eq. 81). The variances
    /// are eigenvalues of R R', whose 2 x 2 block of the pair shifts them by at most rho / gap, gap being the relative
    /// distance of R_ii^2 and R_jj^2 at that time, and never by more than sqrt(rho). The sum over all partners is returned.
    let misalignment (variance: float) (exact: ExactSolution) =
        let v, d = exact.VocabularySize, exact.EmbeddingDimension
        let r = DenseMatrix(d, v, exact.At(0.0).EmbeddingsInEigenbasis())
        let lambda = exact.Eigenvalues.ToArray()

        let shift i j =
            let rise = Math.Log(lambda[i] / variance)
            let apart = (1.0 - lambda[j] / lambda[i]) * rise
            let rho = r[i, j] * r[i, j] / (r[i, i] * r[i, i]) * Math.Exp(-apart)

            // Modes beyond d have no variance of their own: they stay behind by the whole of it.
            let gap =
                if j < d then
                    abs (1.0 - r[j, j] * r[j, j] / (r[i, i] * r[i, i]) * Math.Exp(-apart))
                else
                    1.0

            Math.Min(Math.Sqrt rho, rho / gap)

        Array.init d (fun k ->
            if lambda[k] <= 0.0 then
                infinity
            else
                let behind = Seq.init (v - k - 1) (fun n -> shift k (k + 1 + n)) |> Seq.sum
                let ahead = Seq.init k (fun i -> shift i k) |> Seq.sum
                behind + ahead)

    /// Leading order is trusted while the misalignment is below this; modes above it are not gated on the aligned theories.
    let smallMisalignment = 0.1

    /// ln(lambda*_k / lambda_k(0)): the logarithmic distance a mode travels.
    let logarithmicRise (prediction: Prediction) (variances: float array) k =
        Math.Log(prediction.Eigenvalues[k] / variances[k])

    /// Relative shift of the half-rise time of mode k under theory (b), by its misalignment.
    let alignedShift (misalignment: float) (rise: float) = 4.0 * misalignment / rise

    /// Relative shift of the half-rise time of mode k (from 0) under theory (a): ln(R_kk(0)^2 / sigma^2) has mean
    /// ln((d - k) / d) and is a chi-square with d - k degrees of freedom, so a standard deviation of sqrt(2 / (d - k)).
    let startShift dimension k (rise: float) =
        let freedom = float (dimension - k)
        let mean = -Math.Log(freedom / float dimension)
        (mean + Tolerance.standardErrors * Math.Sqrt(2.0 / freedom)) / rise

    /// What minibatch sampling does to the growth of a mode, in units of lambda*.
    type SamplingNoise =
        {
            /// Variance of v_k' M*_batch v_k, one value per mode.
            DiagonalVariance: float array
            /// Variance of v_j' M*_batch v_k for two different modes, their mean.
            EntryVariance: float
        }

    /// One-batch variances from the pair distributions, pair by pair: at W = 0 and at M = M*, whichever is larger. A pair
    /// contributes its coefficient 2 a M - b (2 c M - d if negative) to the gradient, which for rare strong pairs is large.
    let samplingNoise (settings: Settings) (objective: PairwiseObjective) (prediction: Prediction) =
        let v = settings.VocabularySize
        let target = prediction.Target
        let scale = 0.5 / objective.ConstantQuadratic.Value

        /// Variance over one pair drawn with these weights of coefficient * v_i * v_j, in units of lambda*.
        let onePair (weights: DenseMatrix) quadratic linear learned (vector: float array) =
            let total = Array.sum weights.Values
            let mutable mean, square = 0.0, 0.0

            for i in 0 .. v - 1 do
                let mutable rowMean, rowSquare = 0.0, 0.0

                for j in 0 .. v - 1 do
                    let e = i * v + j
                    let model = if learned then target[e] else 0.0
                    let x = (2.0 * quadratic * model - linear) * vector[j]
                    let weight = weights.Values[e]
                    rowMean <- rowMean + weight * x
                    rowSquare <- rowSquare + weight * x * x

                mean <- mean + rowMean * vector[i]
                square <- square + rowSquare * vector[i] * vector[i]

            scale * scale * total * (square - mean * mean / total)

        let variance (vector: float array) learned =
            (onePair objective.Positive objective.PositiveQuadratic objective.PositiveLinear learned vector
             + onePair objective.Negative objective.NegativeQuadratic objective.NegativeLinear learned vector)
            / float settings.PairsPerSign

        let diagonal =
            Array.Parallel.init settings.EmbeddingDimension (fun k ->
                let vector = prediction.Eigenvectors.Row(k).ToArray()
                Math.Max(variance vector false, variance vector true))

        // For delocalised vectors the symmetrised entry (v_i u_j + u_i v_j)/2 has half the second moment of v_i v_j.
        {
            DiagonalVariance = diagonal
            EntryVariance = 0.5 * Array.average diagonal
        }
