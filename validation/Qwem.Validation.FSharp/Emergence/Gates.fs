namespace Qwem.Validation.Emergence

open System.Collections.Generic
open System.Threading
open Qwem.Reports
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Threading
open Qwem.Validation
open Qwem.Validation.Theorem43
open Qwem.Validation.Embeddings

/// The exact solution against the simulated flow, word by word and answer by answer.
module Gates =

    /// Every so many records are enough to find a wrong belief out.
    let private thinning = 4

    /// The gates of one flow, judged.
    let ofFlow (questions: Questions) (flow: Flow) (team: WorkerTeam) (cancellation: CancellationToken) : Verdict list =
        let asked =
            Array.init flow.Times.Length (fun record ->
                cancellation.ThrowIfCancellationRequested()
                Asked.ofRecord questions flow record team)

        // Both gates ask the same of every belief: the largest error of a cosine, and the questions answered otherwise.
        let compared = Dictionary<string, float * int>()

        let compare belief =
            match compared.TryGetValue belief.Name with
            | true, known -> known
            | _ ->
                let apart, different =
                    asked
                    |> Array.filter (fun it -> belief = Belief.correct || it.Record % thinning = 0)
                    |> Array.map (fun it ->
                        cancellation.ThrowIfCancellationRequested()

                        let cosines =
                            Questions.cosines questions (Predicted.atRecord flow belief it.Record team) team

                        Asked.distance questions it cosines, Asked.different it (Questions.answers questions cosines))
                    |> Array.unzip

                let found = Curves.worst apart, Array.sum different
                compared[belief.Name] <- found
                found

        let gate name claim metric tolerance gap : Gate<Belief> =
            {
                Id = $"emergence/{flow.Sides.Loss.Code}/{name}"
                Claim = claim
                Metric = metric
                Tolerance = tolerance
                Gap = gap
                Mutations = OldGate.mutations [ Belief.clockDoubled; Belief.aligned ]
            }

        [
            gate
                "cosines"
                "The exact solution gives the cosine of every word that is asked about with every other word, from before the first mode has appeared."
                "largest error of a cosine over the records"
                (Asked.cosineTolerance asked)
                (compare >> fst)
            gate
                "answers"
                "The exact solution answers every analogy as the simulated model does, at every recorded time, near ties excepted."
                "questions that only one of the two answers rightly, summed over the records"
                (Asked.answerTolerance questions asked)
                (compare >> snd >> float)
        ]
        |> List.map (OldGate.evaluate Belief.correct)

    /// The linear law of the unweighted loss's beginning; beliefs are factors of the clock.
    let ofUnweighted (questions: Questions) (run: Unweighted) (records: int array) (team: WorkerTeam) : Gate<float> =
        let measured =
            records
            |> Array.map (fun record -> Questions.cosines questions run.Fine[record] team)

        let apart =
            records
            |> Array.mapi (fun n record ->
                Questions.distance questions measured[n] (Questions.cosines questions run.Coarse[record] team))
            |> Curves.worst

        let condition =
            records
            |> Seq.collect (fun record -> Predicted.rowConditions run.Fine[record])
            |> Curves.worst

        let last = Array.last records
        let v = float run.Fine[0].Rows

        let rounding =
            8.0 * v * Tolerance.unitRoundoff * run.Exponent * run.Times[last] * condition

        let curvature = 2.0 * condition * run.Curvature last

        {
            Id = "emergence/unweighted/linear-law"
            Claim =
                "Until its first mode appears, L_{sym} without reweighting moves every word by the linear law of G o M*, whose directions are not those of M*."
            Metric =
                $"largest error of a cosine between a word that is asked about and another, records up to {run.Times[last]:g} τ_{{1}}"
            Tolerance =
                {
                    Bound = apart + rounding + curvature
                    Because =
                        $"integration: the largest such error of a flow integrated {Flow.coarseFactor} times worse, {apart:g2}; rounding: 4 V u, amplified by the exponent and twice by ||W|| over the shortest word, %.0f{condition}, {rounding:g2}; modelling: the quadratic part of the loss turns the model by at most max|M| ||G|| over the rate of growth, {curvature:g2} in a cosine"
                }
            Gap =
                (fun clock ->
                    records
                    |> Array.mapi (fun n record ->
                        Questions.distance
                            questions
                            measured[n]
                            (Questions.cosines questions (run.Linear clock run.Times[record]) team))
                    |> Curves.worst)
            Mutations = [ "kappa twice too large", 2.0; "kappa half as large", 0.5 ]
        }
