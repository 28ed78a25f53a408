namespace Qwem.Validation.Flows

open System
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Threading
open Qwem.Theory
open Qwem.Validation

/// The exact solution for a constant weight (THEORY.md 4.2) from one start.
type ExactTheory =
    {
        /// lambda*, descending.
        Eigenvalues: float array
        /// v*_k in row k, V x V.
        Eigenvectors: DenseMatrix
        /// kappa per unit of eta_alg t.
        Kappa: float
        Exact: ExactSolution
        /// sigma^2.
        Variance: float
    }

module ExactTheory =

    /// The theory of a target with its clock kappa = 4 g, from the start W(0), V x d, of scale sigma.
    let make (target: float array) kappa (start: DenseMatrix) sigma (team: WorkerTeam) =
        let v, d = start.Rows, start.Columns
        let eigen = SymmetricEigenSolver.Decompose(DenseMatrix(v, v, target), team)
        let projected = DenseMatrix(d, v)
        MatrixProduct.Multiply(1.0, start, true, eigen.Eigenvectors, true, 0.0, projected, team)

        {
            Eigenvalues = eigen.Eigenvalues
            Eigenvectors = eigen.Eigenvectors
            Kappa = kappa
            Exact = ExactSolution(eigen.Eigenvalues, projected.Values)
            Variance = sigma * sigma
        }

    /// tau_k of Theorem 4.3 with lambda_k(0) = sigma^2, in units of eta_alg t; infinite for a mode that is never realised.
    let realisation (theory: ExactTheory) k =
        if theory.Eigenvalues[k] <= theory.Variance then
            infinity
        else
            AlignedSolution.RealisationTime(theory.Variance, theory.Eigenvalues[k])
            / theory.Kappa

    /// Singular values at the given times: exact.
    let singularValues (theory: ExactTheory) (times: float array) =
        times
        |> Array.Parallel.map (fun t -> theory.Exact.At(theory.Kappa * t).SingularValues())

    /// Singular values at the given times: Theorem 4.3 with lambda_k(0) = sigma^2, the paper's curve.
    let alignedSingularValues (theory: ExactTheory) (times: float array) =
        let d = theory.Exact.EmbeddingDimension

        times
        |> Array.map (fun t ->
            Array.init d (fun k ->
                AlignedSolution.SingularValue(theory.Variance, theory.Eigenvalues[k], theory.Kappa * t)))

    let private gramDistance (a: DenseMatrix) (b: DenseMatrix) (team: WorkerTeam) =
        let difference = DenseMatrix(a.Rows, a.Rows)
        MatrixProduct.Multiply(1.0, a, false, a, true, 0.0, difference, team)
        let size = Math.Sqrt(Kernels.NormSquared difference.Values)
        MatrixProduct.Multiply(-1.0, b, false, b, true, 1.0, difference, team)
        Math.Sqrt(Kernels.NormSquared difference.Values) / size

    /// Largest relative distance of M between the exact solution and the kept records of a flow, Frobenius norm.
    let gramError (theory: ExactTheory) (flow: Integration.ConstantWeightFlow) (team: WorkerTeam) =
        let v, d = theory.Exact.VocabularySize, theory.Exact.EmbeddingDimension

        Array.map2
            (fun index (measured: DenseMatrix) ->
                let state = theory.Exact.At(theory.Kappa * flow.Times[index])
                let words = DenseMatrix(v, d)

                MatrixProduct.Multiply(
                    1.0,
                    theory.Eigenvectors,
                    true,
                    DenseMatrix(d, v, state.EmbeddingsInEigenbasis()),
                    true,
                    0.0,
                    words,
                    team
                )

                gramDistance measured words team)
            flow.Kept
            flow.Embeddings
        |> Curves.worst

    /// Bound of gramError: how far the coarse integration is from the fine one, and 4 V u for the matrix products, the
    /// eigenvalues and the exponents of both sides, amplified by the largest exponent 2 kappa lambda_1 t.
    let gramTolerance
        (theory: ExactTheory)
        (fine: Integration.ConstantWeightFlow)
        (coarse: Integration.ConstantWeightFlow)
        (team: WorkerTeam)
        =
        let apart =
            Array.map2 (fun a b -> gramDistance a b team) fine.Embeddings coarse.Embeddings
            |> Curves.worst

        let exponent =
            2.0 * theory.Kappa * theory.Eigenvalues[0] * fine.Times[Array.last fine.Kept]

        let rounding =
            4.0
            * float theory.Exact.VocabularySize
            * Tolerance.unitRoundoff
            * Math.Max(exponent, 1.0)

        {
            Bound = apart + rounding
            Because =
                $"integration: the largest such distance between this flow and one integrated with a %g{Integration.coarseFactor} times larger tolerance, %.1e{apart}, which by the order of the method exceeds the flow's own error; rounding: 4 V u, amplified by the largest exponent %.0f{exponent}, %.1e{rounding}"
        }
