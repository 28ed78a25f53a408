namespace Qwem.Validation.SimClr

open System
open Qwem.Sim.Descent
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Training
open Qwem.Theory
open Qwem.Validation
open Qwem.Validation.Flows

/// The flow of the quadratic expansion at one inverse temperature.
type FlowRun =
    {
        /// beta.
        InverseTemperature: float
        Start: DenseMatrix
        Theory: ExactTheory
        Fine: Integration.ConstantWeightFlow
        Coarse: Integration.ConstantWeightFlow
    }

/// Descent of the cross-entropy itself at one inverse temperature.
type ContrastiveRun =
    {
        /// beta.
        InverseTemperature: float
        /// W(0), of scale sigma / beta^{1/2}.
        Start: DenseMatrix
        Sigma: float
        LearningRate: float
        /// Steps taken at each record.
        Steps: float array
        Values: float array array
    }

/// How large the experiment is.
type Size =
    {
        /// V.
        Words: int
        /// d.
        Dimension: int
        /// B.
        Batch: int
    }

module Runs =

    let sigma = 1e-6
    let temperatures = [ 0.5; 1.0; 2.0 ]

    /// How far the fastest mode moves in one step of a descent: W grows by this share.
    let private step = 0.1

    let private first, last, records = 0.3, 7.0, 90

    let sizeOf (profile: Profile) =
        match profile with
        | Profile.Smoke ->
            {
                Words = 120
                Dimension = 16
                Batch = 256
            }
        | Profile.Quick ->
            {
                Words = 400
                Dimension = 24
                Batch = 1024
            }
        | _ ->
            {
                Words = 1000
                Dimension = 64
                Batch = 4096
            }

    /// The theory of the expansion on balanced pairs: their words are uniform, so G = beta / (2 V^2) is constant.
    let theory (pairs: DenseMatrix) (loss: QuadraticLoss) start sigma team =
        let statistics =
            CorpusStatistics.FromCounts(Array.create pairs.Rows 1.0, pairs.Values)

        let g = Array.average (loss.Weight statistics)
        ExactTheory.make (loss.Target statistics) (4.0 * g) start sigma team

    /// Integrates the flow of the expansion (0, 1, beta/2, -1).
    let flow (setting: Setting) size (pairs: DenseMatrix) basis beta =
        let v, team = pairs.Rows, setting.Team
        let start = Initialisation.Gaussian(v, size.Dimension, sigma, setting.Seed)
        let theory = theory pairs (QuadraticLoss.SimClr beta) start sigma team

        let times =
            Curves.logSpaced first last records
            |> Array.map (fun t -> t * ExactTheory.realisation theory 0)

        let uniform = DenseMatrix(v, v, Array.create (v * v) (1.0 / float v / float v))

        let objective =
            PairwiseObjective.FromWeights(pairs, uniform, 0.0, 1.0, 0.5 * beta, -1.0)

        let told fraction =
            setting.Progress.Invoke($"simclr: expansion, beta = %g{beta}", fraction)

        let run fine =
            Integration.constantWeight
                objective
                basis
                start
                times
                [| 0 .. records / 15 .. records - 1 |]
                fine
                team
                told
                setting.Cancellation

        {
            InverseTemperature = beta
            Start = start
            Theory = theory
            Fine = run true
            Coarse = run false
        }

    /// Descends the cross-entropy of batches until after the first rise, or longer, from a start of scale sigma / beta^{1/2}.
    let contrastive (setting: Setting) size (pairs: DenseMatrix) (basis: SymmetricEigenDecomposition) beta steps =
        let team = setting.Team
        let root = sqrt beta
        let start = Initialisation.Gaussian(pairs.Rows, size.Dimension, sigma, setting.Seed)
        Kernels.Scale(1.0 / root, start.Values)
        let source = DrawnPairs(pairs, setting.Seed)
        let descent = ContrastiveDescent(source, beta, size.Batch, start, team)
        let rate = step / (2.0 * basis.Eigenvalues[0])
        let state = DenseMatrix(start.Rows, start.Columns)
        let stride = 2

        let values =
            Array.init (steps / stride) (fun index ->
                setting.Cancellation.ThrowIfCancellationRequested()

                for _ in 1..stride do
                    descent.Advance rate

                if descent.Diverged then
                    raise (
                        ArithmeticException $"The contrastive descent diverged at beta = {beta}; take smaller steps."
                    )

                setting.Progress.Invoke(
                    $"simclr: cross-entropy, beta = %g{beta}",
                    float (stride * (index + 1)) / float steps
                )

                descent.CopyTo state
                Integration.singularValues state team)

        {
            InverseTemperature = beta
            Start = start
            Sigma = sigma / root
            LearningRate = rate
            Steps = Array.init values.Length (fun index -> float (stride * (index + 1)))
            Values = values
        }

    /// Steps in which a variance grows by a factor at the first mode's rate, whatever beta is.
    let stepsTo factor =
        int (Math.Ceiling(Math.Log factor / (2.0 * Math.Log(1.0 + step))))
