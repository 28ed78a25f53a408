/// Gradient flows of the simulator, recorded as they go.
module Qwem.Validation.Flows.Integration

open System
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Threading
open Qwem.Sim.Training

// Eigenpairs of W'W, d x d.
let private latent (embeddings: DenseMatrix) (team: WorkerTeam) =
    let gram = DenseMatrix(embeddings.Columns, embeddings.Columns)
    MatrixProduct.Multiply(1.0, embeddings, true, embeddings, false, 0.0, gram, team)
    SymmetricEigenSolver.Decompose(gram, team)

/// Singular values of embeddings with one word or mode per row, descending; those 1e-8 times smaller than the first drown in rounding.
let singularValues (embeddings: DenseMatrix) team =
    (latent embeddings team).Eigenvalues
    |> Array.map (fun square -> sqrt (max 0.0 square))

/// The first left singular vector of such embeddings, one number per row.
let leadingVector (embeddings: DenseMatrix) team =
    let right = (latent embeddings team).Eigenvectors.Row(0).ToArray()
    let left = DenseMatrix(embeddings.Rows, 1)
    MatrixProduct.Multiply(1.0, embeddings, false, DenseMatrix(right.Length, 1, right), false, 0.0, left, team)
    let length = sqrt (Kernels.NormSquared left.Values)
    left.Values |> Array.map (fun x -> x / length)

let copy (m: DenseMatrix) =
    DenseMatrix(m.Rows, m.Columns, Array.copy m.Values)

/// Integrates a field through the given times and returns what observe makes of every record's number and state.
let run
    (field: IFlowField)
    (start: DenseMatrix)
    (times: float array)
    tolerance
    share
    (observe: int -> DenseMatrix -> 'observed)
    (team: WorkerTeam)
    (told: float -> unit)
    cancellation
    =
    let observed = Array.zeroCreate<'observed> times.Length
    let integrator = FlowIntegrator(field, team, StabilityShare = share)

    let record index state =
        observed[index] <- observe index state
        told (float (index + 1) / float times.Length)

    let outcome =
        integrator.Integrate(copy start, times, tolerance, 200_000, record, cancellation)

    if outcome <> FlowOutcome.Completed then
        raise (ArithmeticException $"The gradient flow ended with {outcome} after {integrator.Statistics}.")

    observed

/// A flow with one quadratic coefficient for all pairs, in the eigenbasis of its linear coefficient.
type ConstantWeightFlow =
    {
        Times: float array
        SingularValues: float array array
        /// Which records keep their embeddings.
        Kept: int array
        /// W at those, V x d, one word per row.
        Embeddings: DenseMatrix array
    }

let private errorPerStep = 5e-10

/// How much larger the tolerance of the coarse integration is.
let coarseFactor = 16.0

/// Integrates the flow of a constant-weight objective, finely or coarsely. The coarse one exists to bound the error of the fine
/// one, which therefore also keeps a sqrt 2 times larger distance from the limit of stability (Theorem43.Measurement.flow).
let constantWeight
    (objective: PairwiseObjective)
    (basis: SymmetricEigenDecomposition)
    (start: DenseMatrix)
    (times: float array)
    (kept: int array)
    fine
    (team: WorkerTeam)
    told
    cancellation
    =
    let modes = DenseMatrix(start.Rows, start.Columns)
    MatrixProduct.Multiply(1.0, basis.Eigenvectors, false, start, false, 0.0, modes, team)

    let field =
        EigenbasisField(basis.Eigenvalues, objective.ConstantQuadratic.Value, modes, team)

    let tolerance, share =
        if fine then errorPerStep, 0.8 / sqrt 2.0 else coarseFactor * errorPerStep, 0.8

    let isKept = Array.init times.Length (fun i -> Array.contains i kept)

    let observe index (state: DenseMatrix) =
        let words =
            if isKept[index] then
                let words = DenseMatrix(state.Rows, state.Columns)
                MatrixProduct.Multiply(1.0, basis.Eigenvectors, true, state, false, 0.0, words, team)
                Some words
            else
                None

        singularValues state team, words

    // Steps that the records cut short must be shorter too: the fine run also stops halfway between records.
    let stops =
        if fine then
            times
            |> Array.mapi (fun i t -> [| (if i = 0 then 0.5 * t else sqrt (times[i - 1] * t)); t |])
            |> Array.concat
        else
            times

    let stride = stops.Length / times.Length

    let atStop stop state =
        if stop % stride = stride - 1 then Some(observe (stop / stride) state) else None

    let observed =
        run field modes stops tolerance share atStop team told cancellation
        |> Array.choose id

    {
        Times = times
        SingularValues = Array.map fst observed
        Kept = kept
        Embeddings = observed |> Array.choose snd
    }
