namespace Qwem.Validation.Theorem43

open System
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Threading
open Qwem.Theory
open Qwem.Validation

/// The exact theory (THEORY.md 4.2) beside the flow, at some of the recorded times.
type ExactComparison =
    {
        /// Which of the flow's records.
        Indices: int array
        SingularValues: float array array
        /// ||M - M*||_F^2 / ||M*||_F^2.
        Losses: float array
        /// Overlaps of the top-k subspaces with those of M*, one array per record.
        Overlaps: float array array
        /// ||M_theory - M_flow||_F / ||M_flow||_F in the coordinates of the words.
        GramErrors: float array
    }

module Comparison =

    /// The flow's loss as a fraction of the loss at W = 0, from the simulator's own coefficients.
    let normalisedLoss (preparation: Preparation) =
        let depth =
            (preparation.Basis.Eigenvalues |> Array.sumBy (fun b -> b * b))
            / (4.0 * preparation.Quadratic)

        fun (loss: float) -> 1.0 + loss / depth

    /// Rows of modes (V x d or its transpose d x V) turned into rows of words, V x d.
    let private toWords (eigenvectors: DenseMatrix) (modes: DenseMatrix) transposed (team: WorkerTeam) =
        let d = if transposed then modes.Rows else modes.Columns
        let words = DenseMatrix(eigenvectors.Columns, d)
        MatrixProduct.Multiply(1.0, eigenvectors, true, modes, transposed, 0.0, words, team)
        words

    let private gramError (a: DenseMatrix) (b: DenseMatrix) (difference: DenseMatrix) (team: WorkerTeam) =
        MatrixProduct.Multiply(1.0, a, false, a, true, 0.0, difference, team)
        let size = Math.Sqrt(Kernels.NormSquared difference.Values)
        MatrixProduct.Multiply(-1.0, b, false, b, true, 1.0, difference, team)
        Math.Sqrt(Kernels.NormSquared difference.Values) / size

    let exact
        (settings: Settings)
        (preparation: Preparation)
        (flow: FlowMeasurement)
        (prediction: Prediction)
        (indices: int array)
        (team: WorkerTeam)
        =
        let v, d = settings.VocabularySize, settings.EmbeddingDimension
        let difference = DenseMatrix(v, v)

        let rows =
            indices
            |> Memory.inBatches (fun batch ->
                batch
                |> Array.Parallel.map (fun i ->
                    let state = prediction.Exact.At(prediction.Kappa * flow.Times[i])
                    let overlaps = settings.OverlapRanks |> Array.map state.SubspaceOverlap
                    state.SingularValues(), state.Loss(), overlaps, state.EmbeddingsInEigenbasis(), i)
                |> Array.map (fun (singular, loss, overlaps, embeddings, i) ->
                    let theory =
                        toWords prediction.Eigenvectors (DenseMatrix(d, v, embeddings)) true team

                    let measured = toWords preparation.Basis.Eigenvectors flow.Modes[i] false team
                    singular, loss / prediction.TargetNormSquared, overlaps, gramError measured theory difference team))

        {
            Indices = indices
            SingularValues = rows |> Array.map (fun (s, _, _, _) -> s)
            Losses = rows |> Array.map (fun (_, l, _, _) -> l)
            Overlaps = rows |> Array.map (fun (_, _, o, _) -> o)
            GramErrors = rows |> Array.map (fun (_, _, _, g) -> g)
        }

    /// Relative Gram error of an aligned model with the given initial variances, at every record of the flow.
    let aligned
        (settings: Settings)
        (preparation: Preparation)
        (flow: FlowMeasurement)
        (prediction: Prediction)
        (initialVariances: float array)
        (team: WorkerTeam)
        =
        let rotation = DenseMatrix(settings.VocabularySize, settings.VocabularySize)

        MatrixProduct.Multiply(
            1.0,
            prediction.Eigenvectors,
            false,
            preparation.Basis.Eigenvectors,
            true,
            0.0,
            rotation,
            team
        )

        let modes = DenseMatrix(settings.VocabularySize, settings.EmbeddingDimension)

        Array.init flow.Times.Length (fun i ->
            MatrixProduct.Multiply(1.0, rotation, false, flow.Modes[i], false, 0.0, modes, team)
            let size = flow.Observations[i].SingularValues |> Array.sumBy (fun s -> s ** 4.0)

            let predicted =
                initialVariances
                |> Array.mapi (fun k v0 ->
                    AlignedSolution.Variance(v0, prediction.Eigenvalues[k], prediction.Kappa * flow.Times[i]))

            // ||M - diag||_F^2 expanded: errors below 1e-7 would drown in the cancellation, and these are far above it.
            let cross =
                predicted
                |> Array.mapi (fun k s -> s * Kernels.NormSquared(modes.Row k))
                |> Array.sum

            let own = predicted |> Array.sumBy (fun s -> s * s)
            Math.Sqrt(Math.Max(0.0, size - 2.0 * cross + own) / size))

    /// Relative Gram distance of a second integration from the first, record by record, in the simulator's eigenbasis.
    let integrations (settings: Settings) (flow: FlowMeasurement) (coarse: FlowMeasurement) (team: WorkerTeam) =
        let difference = DenseMatrix(settings.VocabularySize, settings.VocabularySize)
        Array.map2 (fun fine other -> gramError fine other difference team) flow.Modes coarse.Modes

    /// How fast the Gram matrix still changes at the last record: its relative change per unit of the logarithm of time.
    let finalDrift (settings: Settings) (flow: FlowMeasurement) (team: WorkerTeam) =
        let last = flow.Times.Length - 1
        let difference = DenseMatrix(settings.VocabularySize, settings.VocabularySize)

        gramError flow.Modes[last] flow.Modes[last - 1] difference team
        / Math.Log(flow.Times[last] / flow.Times[last - 1])

    /// Half-rise time of every singular value, with plateaus lambda*_k.
    let halfRises (plateaus: float array) (times: float array) (singularValues: float array array) dimension =
        Array.init dimension (fun k ->
            if plateaus[k] <= 0.0 then
                nan
            else
                Curves.halfRiseTime plateaus[k] times (singularValues |> Array.map (fun s -> s[k])))

    /// Singular values of an aligned model: its modes' own values in descending order, for a mode with a small start may be
    /// overtaken by its successor. kappaTime gives the mode's clock.
    let alignedSingularValues (prediction: Prediction) (variances: float array) (kappaTime: int -> float) =
        variances
        |> Array.mapi (fun k start -> AlignedSolution.SingularValue(start, prediction.Eigenvalues[k], kappaTime k))
        |> Array.sortDescending
