namespace Qwem.Validation.Concepts

open System
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Threading
open Qwem.Validation
open Qwem.Validation.Theorem43
open Qwem.Validation.Embeddings

/// Where the words lie in the plane of two of a model's own directions.
module Plane =

    /// The two directions, counted from 0: the horizontal one and the vertical one.
    let directions = 1, 0

    /// Coordinates s_k u_k of every word along two principal directions of embeddings V x d. Their signs are those that agree
    /// with given vectors, for a singular vector has none of its own.
    let coordinates (signs: DenseMatrix) (embeddings: DenseMatrix) =
        let svd = Svd.OfTall embeddings

        let along k =
            let vector = svd.LeftVectors.Row(k).ToArray()
            let agrees = Kernels.Dot(ReadOnlySpan vector, Span.op_Implicit (signs.Row k)) >= 0.0
            let scale = if agrees then svd.SingularValues[k] else -svd.SingularValues[k]
            vector |> Array.map (fun u -> scale * u)

        Array.zip (along (fst directions)) (along (snd directions))

    let private length (x: float, y: float) = sqrt (x * x + y * y)

    /// Largest distance of a word's two places, in units of the plane's largest radius.
    let distance (reference: (float * float) array) (places: (float * float) array) =
        let largest = reference |> Seq.map length |> Seq.max

        Seq.map2 (fun (x, y) (p, q) -> length (x - p, y - q)) reference places
        |> Curves.worst
        |> fun worst -> worst / largest

    /// Words at the ends of both axes, none twice.
    let extremes each (places: (float * float) array) =
        let ends (key: float * float -> float) =
            places
            |> Array.indexed
            |> Array.sortBy (fun (word, place) -> key place, word)
            |> Array.truncate each
            |> Array.map fst

        Array.concat [ ends fst; ends (fst >> (~-)); ends snd; ends (snd >> (~-)) ]
        |> Array.distinct

    /// The gate of the places at some records of a flow.
    let gate (flow: Flow) (records: int array) (team: WorkerTeam) : Gate<Belief> =
        let signs = flow.Sides.Eigenvectors

        let measured =
            records
            |> Array.map (fun record -> coordinates signs (Flow.simulated flow record team))

        let integration =
            records
            |> Array.mapi (fun n record -> distance measured[n] (coordinates signs (Flow.coarse flow record team)))
            |> Curves.worst

        let lambda = flow.Sides.Eigenvalues

        let condition = lambda[0] / (min (lambda[0] - lambda[1]) (lambda[1] - lambda[2]))

        let rounding =
            4.0
            * float flow.Start.Rows
            * Tolerance.unitRoundoff
            * (Predicted.exponent flow (Array.max records) + condition)

        {
            Id = "concepts/positions"
            Claim =
                "The exact solution gives the place of every word in the plane of the model's two leading directions at every shown time."
            Metric = "largest error of a word's place over words and times, in units of the plane's largest radius"
            Tolerance =
                {
                    Bound = integration + rounding
                    Because =
                        $"integration: the same of a flow integrated {Flow.coarseFactor} times worse, {integration:g2}, which by the order of the method exceeds the flow's own error about {Flow.coarseFactor} times or more; rounding: 4 V u times the largest exponent plus λ_{{1}} over the smallest gap between the directions, %.0f{condition}, {rounding:g2}"
                }
            Gap =
                (fun belief ->
                    records
                    |> Array.mapi (fun n record ->
                        distance measured[n] (coordinates signs (Predicted.atRecord flow belief record team)))
                    |> Curves.worst)
            Mutations = OldGate.mutations [ Belief.clockDoubled; Belief.aligned ]
        }
