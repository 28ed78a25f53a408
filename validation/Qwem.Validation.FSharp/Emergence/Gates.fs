namespace Qwem.Validation.Emergence

open Qwem.Reports
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Threading
open Qwem.Validation
open Qwem.Validation.Theorem43
open Qwem.Validation.Meaning

/// The exact solution against the simulated flow, word by word and answer by answer.
module Gates =

    // A wrong belief needs no more than some of the records to be found out.
    let private some (records: int array) belief =
        if belief = Belief.correct then
            records
        else
            records |> Array.filter (fun record -> record % 3 = 0)

    /// The gates of one flow.
    let ofFlow (questions: Questions) (flow: Flow) (team: WorkerTeam) : Gate<Belief> list * Verdict list =
        let records = [| 0 .. flow.Times.Length - 1 |]

        let measured =
            records
            |> Array.map (fun record -> Questions.cosines questions (Flow.simulated flow record team) team)

        let tolerance = Predicted.cosineTolerance questions flow records team

        let predicted belief record =
            Questions.cosines questions (Predicted.atRecord flow belief record team) team

        let answers = measured |> Array.map (Questions.margins questions)

        let ties =
            records
            |> Array.sumBy (fun record -> NearTies.count tolerance.Bound answers[record])

        let mutations = Belief.mutations [ Belief.clockDoubled; Belief.aligned ]
        let id name = $"emergence/{flow.Sides.Loss.Code}/{name}"

        let gates: Gate<Belief> list =
            [
                {
                    Id = id "cosines"
                    Claim =
                        "The exact solution gives the cosine of every word that is asked about with every other word, from before the first mode has appeared."
                    Metric = "largest error of a cosine over the records"
                    Tolerance = tolerance
                    Gap =
                        (fun belief ->
                            some records belief
                            |> Array.map (fun record -> Questions.distance (predicted belief record) measured[record])
                            |> Curves.worst)
                    Mutations = mutations
                }
                {
                    Id = id "answers"
                    Claim =
                        "The exact solution answers every analogy as the simulated model does, at every recorded time, near ties excepted."
                    Metric = "questions that only one of the two answers rightly, summed over the records"
                    Tolerance =
                        {
                            Bound = float ties + 0.5
                            Because =
                                $"of {records.Length} x {questions.Count} answers, {ties} are decided by less than {NearTies.cosinesPerAnswer} times the bound on a cosine: three cosines in each of the two sums that are compared; half a question more, for questions are whole"
                        }
                    Gap =
                        (fun belief ->
                            some records belief
                            |> Array.sumBy (fun record ->
                                NearTies.different
                                    answers[record]
                                    (Questions.margins questions (predicted belief record)))
                            |> float)
                    Mutations = mutations
                }
            ]

        gates, gates |> List.map (Gate.evaluate Belief.correct)

    /// The linear law of the unweighted loss's beginning; beliefs are factors of the clock.
    let ofUnweighted (questions: Questions) (run: Unweighted) (records: int array) (team: WorkerTeam) : Gate<float> =
        let measured =
            records |> Array.map (fun record -> Questions.cosines questions run.Fine[record] team)

        let apart =
            records
            |> Array.mapi (fun n record ->
                Questions.distance measured[n] (Questions.cosines questions run.Coarse[record] team))
            |> Curves.worst

        let condition =
            records |> Array.map (fun record -> Predicted.rowCondition run.Fine[record]) |> Curves.worst

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
                        Questions.distance measured[n] (Questions.cosines questions (run.Linear clock run.Times[record]) team))
                    |> Curves.worst)
            Mutations = [ "kappa twice too large", 2.0; "kappa half as large", 0.5 ]
        }
