namespace Qwem.Validation.Theorem43

open System
open System.Threading
open Qwem.Sim.Cooccurrence
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Threading
open Qwem.Sim.Training
open Qwem.Validation

/// What the simulator starts from: the loss, a random start, and its own eigenbasis of the loss's linear coefficient.
type Preparation =
    {
        Objective: PairwiseObjective
        /// W(0), V x d.
        Start: DenseMatrix
        /// Eigenvectors of the linear coefficient in rows, V x V, and beta.
        Basis: SymmetricEigenDecomposition
        Quadratic: float
    }

/// A gradient flow as it was measured.
type FlowMeasurement =
    {
        /// eta_alg t of each record.
        Times: float array
        /// X(t) = Q W(t), V x d, at each record.
        Modes: DenseMatrix array
        Observations: Observation array
        Statistics: FlowStatistics
    }

/// One stochastic gradient descent as it was measured.
type DescentMeasurement =
    {
        Seed: uint64
        Steps: int64 array
        Observations: Observation array
    }

module Measurement =

    let prepare (settings: Settings) (loss: Loss) (counts: CooccurrenceCounts) (team: WorkerTeam) =
        let v = settings.VocabularySize
        let words, pairs = EmbeddedCounts.leading counts v

        let objective =
            match loss with
            | CrossEntropy -> PairwiseObjective.SubsampledCrossEntropy(words, pairs)
            | Symmetric -> PairwiseObjective.ReweightedSymmetric(words, pairs)

        {
            Objective = objective
            Start =
                Initialisation.Gaussian(
                    v,
                    settings.EmbeddingDimension,
                    settings.InitialisationScale,
                    settings.InitialisationSeed
                )
            Basis = SymmetricEigenSolver.Decompose(objective.Linear, team)
            Quadratic = objective.ConstantQuadratic.Value
        }

    /// W in the coordinates of the simulator's eigenbasis.
    let toModes (preparation: Preparation) (embeddings: DenseMatrix) (team: WorkerTeam) =
        let modes = DenseMatrix(embeddings.Rows, embeddings.Columns)
        MatrixProduct.Multiply(1.0, preparation.Basis.Eigenvectors, false, embeddings, false, 0.0, modes, team)
        modes

    let private copy (m: DenseMatrix) =
        DenseMatrix(m.Rows, m.Columns, Array.copy m.Values)

    /// Observations are independent of one another, so they are taken in parallel without changing a bit.
    let private observe (settings: Settings) (preparation: Preparation) (snapshots: DenseMatrix array) =
        let observer =
            Observer(preparation.Basis.Eigenvalues, preparation.Quadratic, settings.OverlapRanks)

        Memory.inBatches (Array.Parallel.map observer.Observe) snapshots

    /// Integrates the gradient flow through the given values of eta_alg t and returns X(t) = Q W(t) at each. The finer of two
    /// integrations also stops halfway between them on the logarithmic scale and keeps a larger distance from the limit of
    /// stability: steps that the records or the stability cut short are then smaller too, which a smaller tolerance alone would
    /// not make them.
    let trajectory
        (basis: SymmetricEigenDecomposition)
        quadratic
        (start: DenseMatrix)
        (times: float array)
        (tolerance: float)
        (finer: bool)
        (team: WorkerTeam)
        (told: float -> unit)
        (cancellation: CancellationToken)
        =
        let stride = if finer then 2 else 1
        // A ratio of sqrt 2 in the steps is one of 16 in the errors of a method of order 8.
        let share = if finer then 0.8 / sqrt 2.0 else 0.8

        let stops =
            Array.init (stride * times.Length) (fun i ->
                if stride = 1 || i % 2 = 1 then times[i / stride]
                elif i = 0 then 0.5 * times[0]
                else Math.Sqrt(times[i / 2 - 1] * times[i / 2]))

        let state = DenseMatrix(start.Rows, start.Columns)
        MatrixProduct.Multiply(1.0, basis.Eigenvectors, false, start, false, 0.0, state, team)
        let field = EigenbasisField(basis.Eigenvalues, quadratic, state, team)
        let integrator = FlowIntegrator(field, team, StabilityShare = share)
        let modes = Array.zeroCreate<DenseMatrix> times.Length

        let record stop snapshot =
            let index = stop / stride

            if stop % stride = stride - 1 then
                modes[index] <- copy snapshot

            told (float (index + 1) / float times.Length)

        let outcome =
            integrator.Integrate(state, stops, tolerance, 200_000, record, cancellation)

        if outcome <> FlowOutcome.Completed then
            raise (ArithmeticException $"The gradient flow ended with {outcome} after {integrator.Statistics}.")

        modes, integrator.Statistics

    /// Integrates the gradient flow of a preparation and observes it at each record.
    let flow
        (settings: Settings)
        (preparation: Preparation)
        (times: float array)
        (tolerance: float)
        (finer: bool)
        (team: WorkerTeam)
        (progress: Progress)
        (cancellation: CancellationToken)
        =
        let told fraction =
            progress.Invoke($"gradient flow, tolerance {tolerance:g2}", fraction)

        let modes, statistics =
            trajectory
                preparation.Basis
                preparation.Quadratic
                preparation.Start
                times
                tolerance
                finer
                team
                told
                cancellation

        {
            Times = times
            Modes = modes
            Observations = observe settings preparation modes
            Statistics = statistics
        }

    /// Runs one stochastic gradient descent through the given step counts.
    let descent
        (settings: Settings)
        (preparation: Preparation)
        (learningRate: float)
        (steps: int64 array)
        (seed: uint64)
        (team: WorkerTeam)
        (progress: Progress)
        (cancellation: CancellationToken)
        =
        let descent =
            StochasticGradientDescent(
                preparation.Objective,
                preparation.Start,
                DescentSettings(learningRate, settings.PairsPerSign, settings.PairsPerSign, seed),
                team
            )

        let snapshots = Array.zeroCreate<DenseMatrix> steps.Length

        let report =
            { new IProgress<int64> with
                member _.Report taken =
                    progress.Invoke("stochastic gradient descent", float taken / float steps[steps.Length - 1])
            }

        descent.Run(
            steps,
            (fun index embeddings -> snapshots[index] <- toModes preparation embeddings team),
            report,
            cancellation
        )

        {
            Seed = seed
            Steps = steps
            Observations = observe settings preparation snapshots
        }
