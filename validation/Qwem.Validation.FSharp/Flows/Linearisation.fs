namespace Qwem.Validation.Flows

open System
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Threading
open Qwem.Theory

/// How any loss starts out near W = 0, whatever it weighs pairs with: dW/dt = 2 B W, B = b Psi+ P + d Psi- P P', until the quadratic
/// term 2 A o M of its expansion is no longer small.
type Linearisation =
    {
        /// Eigenvalues beta of B, descending: singular values grow at the rates 2 beta.
        Rates: float array
        /// Its eigenvectors in rows, V x V.
        Eigenvectors: DenseMatrix
        /// A, V x V row-major.
        Weight: float array
        /// W(0) in the eigenbasis, V x d.
        Start: DenseMatrix
        /// Where the first mode alone would come to rest if it kept its direction: beta_1 / (2 sum A_ij v_i^2 v_j^2).
        Plateau: float
        /// sigma^2.
        Variance: float
    }

module Linearisation =

    /// The theory of a loss under measures of pairs, from the start W(0), V x d, of scale sigma.
    let make (loss: QuadraticLoss) (pairs: PairWeights) (start: DenseMatrix) sigma (team: WorkerTeam) =
        let v = pairs.VocabularySize

        let linear =
            Array.map2
                (fun p q -> loss.PositiveLinear * p + loss.NegativeLinear * q)
                (pairs.Observed())
                (pairs.Independent())

        let eigen = SymmetricEigenSolver.Decompose(DenseMatrix(v, v, linear), team)
        let modes = DenseMatrix(start.Rows, start.Columns)
        MatrixProduct.Multiply(1.0, eigen.Eigenvectors, false, start, false, 0.0, modes, team)
        let weight = loss.Weight pairs
        let first = eigen.Eigenvectors.Row(0).ToArray()
        let squares = first |> Array.map (fun x -> x * x)

        let curvature =
            Seq.init v (fun i -> squares[i] * Kernels.Dot(ReadOnlySpan(weight, i * v, v), ReadOnlySpan squares))
            |> Seq.sum

        {
            Rates = eigen.Eigenvalues
            Eigenvectors = eigen.Eigenvectors
            Weight = weight
            Start = modes
            Plateau = eigen.Eigenvalues[0] / (2.0 * curvature)
            Variance = sigma * sigma
        }

    /// eta_alg t at which a variance that starts at sigma^2 and grows like the first mode's reaches a share of the plateau.
    let timeTo (share: float) (theory: Linearisation) =
        Math.Log(share * theory.Plateau / theory.Variance) / (4.0 * theory.Rates[0])

    /// The first mode's realisation time, in units of eta_alg t.
    let realisation (theory: Linearisation) = timeTo 1.0 theory

    // W(t) e^{-2 beta_1 t} in the eigenbasis.
    let private scaled (theory: Linearisation) t =
        let state = DenseMatrix(theory.Start.Rows, theory.Start.Columns)

        for k in 0 .. state.Rows - 1 do
            Kernels.Axpy(Math.Exp(2.0 * (theory.Rates[k] - theory.Rates[0]) * t), theory.Start.Row k, state.Row k)

        state

    /// ln of the largest singular value of e^{2 B t} W(0).
    let logLeading (theory: Linearisation) t team =
        2.0 * theory.Rates[0] * t
        + Math.Log((Integration.singularValues (scaled theory t) team)[0])

    /// How far ln s_1 can have fallen behind by the time end: the integral of 4 u'(A o M)u over the linear solution, u its leading
    /// left singular vector at the end. The model grows faster without the quadratic term than with it, and the trapezoid rule
    /// on a convex function is never below the integral; turning towards better directions only helps it.
    let lag (theory: Linearisation) finish (team: WorkerTeam) =
        let v, d = theory.Start.Rows, theory.Start.Columns

        let words t =
            let state = DenseMatrix(v, d)
            MatrixProduct.Multiply(1.0, theory.Eigenvectors, true, scaled theory t, false, 0.0, state, team)
            Kernels.Scale(Math.Exp(2.0 * theory.Rates[0] * t), state.Values)
            state

        let u = Integration.leadingVector (words finish) team
        let model = DenseMatrix(v, v)

        let force t =
            let state = words t
            MatrixProduct.Multiply(1.0, state, false, state, true, 0.0, model, team)

            Seq.init v (fun i ->
                let row = model.Row i
                let mutable sum = 0.0

                for j in 0 .. v - 1 do
                    sum <- sum + theory.Weight[i * v + j] * row[j] * u[j]

                4.0 * u[i] * sum)
            |> Seq.sum

        // Half an e-fold of the fastest growth, 4 beta_1, per interval; twelve e-folds leave 1e-5 of the integral out.
        let intervals = 24
        let width = Math.Min(0.5 / (4.0 * theory.Rates[0]), finish / float intervals)

        let forces = Array.init (intervals + 1) (fun n -> force (finish - width * float n))

        width * (Array.sum forces - 0.5 * (forces[0] + forces[intervals]))
