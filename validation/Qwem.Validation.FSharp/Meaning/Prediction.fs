namespace Qwem.Validation.Meaning

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

    let mutations beliefs =
        beliefs |> List.map (fun belief -> belief.Name, belief)

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

    /// 2 kappa lambda_1 t of the last record: how much the flow amplifies a relative error of the target.
    let exponent (flow: Flow) =
        2.0
        * flow.Sides.Kappa
        * flow.Sides.Eigenvalues[0]
        * flow.Times[flow.Times.Length - 1]

    /// What rounding does to the embeddings of both sides, relative to their largest singular value.
    let rounding (flow: Flow) =
        4.0 * float flow.Start.Rows * Tolerance.unitRoundoff * exponent flow

    /// ||W||_2 over the length of the shortest word: by how much more an error weighs in a word than in the model.
    let rowCondition (embeddings: DenseMatrix) =
        let shortest =
            Seq.init embeddings.Rows (fun i -> Kernels.NormSquared(embeddings.Row i)) |> Seq.min

        let largest = (Svd.OfTall embeddings).SingularValues[0]
        largest / sqrt shortest

    /// Bound of the error of a cosine between two words, over the given records.
    let cosineTolerance (questions: Questions) (flow: Flow) (records: int seq) (team: WorkerTeam) =
        let integration, condition =
            records
            |> Seq.map (fun record ->
                let fine = Flow.simulated flow record team
                let cosines = Questions.cosines questions fine team

                let apart =
                    Questions.distance cosines (Questions.cosines questions (Flow.coarse flow record team) team)

                apart, rowCondition fine)
            |> Array.ofSeq
            |> Array.unzip

        let worst, rows = Curves.worst integration, Curves.worst condition
        let rounded = 2.0 * rows * rounding flow

        {
            Bound = worst + rounded
            Because =
                $"integration: the largest such error of a flow integrated {Flow.coarseFactor} times worse, {worst:g2}, which by the order of the method exceeds the flow's own about {Flow.coarseFactor} times or more; rounding: 4 V u, amplified by the largest exponent %.0f{exponent flow} and twice by ||W|| over the shortest word, %.0f{rows}, {rounded:g2}"
        }

/// Where two models may answer differently although they differ by rounding and integration only.
module NearTies =

    /// A question compares two sums of three cosines.
    let cosinesPerAnswer = 6.0

    /// Questions that are decided by no more than a bound on cosines allows to turn.
    let count (bound: float) (margins: float array) =
        margins
        |> Array.filter (fun margin -> abs margin <= cosinesPerAnswer * bound)
        |> Array.length

    /// Questions that are answered rightly on one side only.
    let different (a: float array) (b: float array) =
        Array.map2 (fun x y -> if (x > 0.0) <> (y > 0.0) then 1 else 0) a b |> Array.sum
