namespace Qwem.Validation.Embeddings

open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Threading
open Qwem.Theory
open Qwem.Validation

/// What the theory side takes to be true of a flow.
type Belief =
    {
        Name: string
        /// kappa over its right value.
        ClockFactor: float
        /// Whether the model is taken to stand in the target's leading eigen-directions from the start, as Theorem 4.3 has it.
        Aligned: bool
    }

module Belief =

    let correct =
        {
            Name = "as derived"
            ClockFactor = 1.0
            Aligned = false
        }

    let clockDoubled =
        { correct with
            Name = "kappa twice too large"
            ClockFactor = 2.0
        }

    let aligned =
        { correct with
            Name = "aligned from the start"
            Aligned = true
        }

/// The theory of a flow in the coordinates of the words, and how far rounding lets it and the flow part.
module Predicted =

    /// Embeddings at kappa t in the target's eigenbasis, d x V, up to a rotation.
    let private modes (flow: Flow) (belief: Belief) (kappaTime: float) =
        let d, v = flow.Dimension, flow.Start.Rows
        let time = belief.ClockFactor * kappaTime

        let values =
            if belief.Aligned then
                let variance = flow.Scale * flow.Scale

                Array.init (d * v) (fun e ->
                    if e / v = e % v then
                        AlignedSolution.SingularValue(variance, flow.Sides.Eigenvalues[e % v], time)
                    else
                        0.0)
            else
                flow.Exact.At(time).EmbeddingsInEigenbasis()

        DenseMatrix(d, v, values)

    /// Embeddings at kappa t, V x d.
    let at flow belief kappaTime (team: WorkerTeam) =
        Sides.toWords flow.Sides.Eigenvectors (modes flow belief kappaTime) true team

    /// The same as the theory's functions take them, d x V.
    let byDimension flow belief kappaTime (team: WorkerTeam) =
        let modes = modes flow belief kappaTime
        let embeddings = DenseMatrix(modes.Rows, modes.Columns)
        MatrixProduct.Multiply(1.0, modes, false, flow.Sides.Eigenvectors, false, 0.0, embeddings, team)
        embeddings

    /// Embeddings at a record.
    let atRecord (flow: Flow) belief record team =
        at flow belief (flow.Sides.Kappa * flow.Times[record]) team

    /// 2 kappa lambda_1 t of a record: how much the flow amplifies a relative error of the target.
    let exponent (flow: Flow) record =
        2.0 * flow.Sides.Kappa * flow.Sides.Eigenvalues[0] * flow.Times[record]

    /// ||W||_2 over the length of every word: by how much more an error weighs in a word than in the model.
    let rowConditions (embeddings: DenseMatrix) =
        let largest = (Svd.OfTall embeddings).SingularValues[0]
        Array.init embeddings.Rows (fun i -> largest / sqrt (Kernels.NormSquared(embeddings.Row i)))
