namespace Qwem.Validation.Emergence

open System.Threading
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Threading
open Qwem.Validation
open Qwem.Validation.Embeddings

/// Shares of questions answered rightly along a flow.
[<NoEquality; NoComparison>]
type Curve =
    {
        /// t / tau_1.
        Times: float array
        /// One array per family.
        Families: float array array
        Total: float array
    }

module Curve =

    let private make times (rows: (int * int) array array) =
        let share parts =
            float (Array.sumBy fst parts) / float (Array.sumBy snd parts)

        {
            Times = times
            Families = rows |> Array.map (Array.map (fun part -> share [| part |])) |> Array.transpose
            Total = rows |> Array.map share
        }

    /// By the theory, at times in units of a first realisation time, which is in units of kappa t.
    let theory
        (questions: Questions)
        (flow: Flow)
        (belief: Belief)
        (first: float)
        (times: float array)
        (team: WorkerTeam)
        (cancellation: CancellationToken)
        =
        let rows =
            times
            |> Array.map (fun time ->
                cancellation.ThrowIfCancellationRequested()
                let embeddings = Predicted.byDimension flow belief (time * first) team

                Questions.theory embeddings.Values embeddings.Rows questions
                |> Array.map (fun accuracy -> accuracy.Correct, accuracy.Questions))

        make times rows

    /// By the simulator's benchmark, of embeddings V x d in the order of the times.
    let simulated (questions: Questions) words times (embeddings: DenseMatrix array) (team: WorkerTeam) cancellation =
        let rows =
            embeddings
            |> Array.map (fun model ->
                let report =
                    Questions.simulated (Questions.vectors words model) questions 0 team cancellation

                report.Families
                |> Seq.map (fun family -> family.ExcludingInputs.Correct, family.Asked)
                |> Array.ofSeq)

        make times rows

    /// The largest value of a curve up to a time, and when.
    let peak (upTo: float) (curve: Curve) =
        Array.zip curve.Times curve.Total
        |> Array.filter (fun (time, _) -> time <= upTo)
        |> Array.maxBy snd
