namespace Qwem.Validation.Asymmetric

open System
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Training

/// The simulated flow of two factors, W1 above W2 in one state of 2V x d, and what is read off it.
module Factors =

    /// W1 above W2 as one embedding of 2V words, of which only pairs of a word and a context count.
    let lifted (objective: PairwiseObjective) =
        let v = objective.VocabularySize

        let lift (m: DenseMatrix) =
            let size = 2 * v

            DenseMatrix(
                size,
                size,
                Array.init (size * size) (fun e ->
                    let i, j = e / size, e % size
                    if (i < v) = (j < v) then 0.0 else m[i % v, j % v])
            )

        PairwiseObjective.FromWeights(
            lift objective.Positive,
            lift objective.Negative,
            objective.PositiveQuadratic,
            objective.PositiveLinear,
            objective.NegativeQuadratic,
            objective.NegativeLinear
        )

    /// States of the flow at the given values of eta_alg t.
    let flow objective (start: DenseMatrix) (times: float array) tolerance team cancellation =
        let states = Array.zeroCreate<DenseMatrix> times.Length
        let state = DenseMatrix(start.Rows, start.Columns, Array.copy start.Values)
        let integrator = FlowIntegrator(DirectField(objective, start, team), team)

        let record index (m: DenseMatrix) =
            states[index] <- DenseMatrix(m.Rows, m.Columns, Array.copy m.Values)

        let outcome =
            integrator.Integrate(state, ReadOnlySpan times, tolerance, 100_000, record, cancellation)

        if outcome <> FlowOutcome.Completed then
            raise (ArithmeticException $"The flow of two factors ended with {outcome} after {integrator.Statistics}.")

        states

    let private factors (state: DenseMatrix) =
        let half = state.Values.Length / 2
        let v, d = state.Rows / 2, state.Columns
        DenseMatrix(v, d, state.Values[.. half - 1]), DenseMatrix(v, d, state.Values[half..])

    let private product (a: DenseMatrix) transposeA (b: DenseMatrix) transposeB team =
        let rows = if transposeA then a.Columns else a.Rows
        let columns = if transposeB then b.Rows else b.Columns
        let result = DenseMatrix(rows, columns)
        MatrixProduct.Multiply(1.0, a, transposeA, b, transposeB, 0.0, result, team)
        result

    /// M = W1'W2, V x V.
    let model team state =
        let left, right = factors state
        product left false right true team

    /// W1 W1' + sign W2 W2', d x d.
    let balance team sign state =
        let left, right = factors state

        Array.map2
            (fun a b -> a + sign * b)
            (product left true left false team).Values
            (product right true right false team).Values

    /// The d largest singular values of M.
    let singularValues team d state =
        let m = model team state

        let eigenvalues =
            SymmetricEigenSolver.Decompose(product m true m false team, team).Eigenvalues

        Array.init d (fun k -> sqrt (max 0.0 eigenvalues[k]))
