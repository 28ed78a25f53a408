namespace Qwem.Validation.Comparison

open Qwem.Reports
open Qwem.Sim.Threading
open Qwem.Theory
open Qwem.Validation
open Qwem.Validation.Theorem43
open Qwem.Validation.Embeddings

/// How the theory is taken to ask its questions.
type Asking =
    | AsDefined
    /// a, b and a' may be answers.
    | InputsAllowed
    /// a and b exchanged: every pair backwards.
    | Reversed

/// What is judged of the comparison.
module Gates =

    /// Two evaluators without a line in common.
    let evaluators (models: Models) (methods: Method array) : Gate<Asking> =
        let questions = models.Questions

        let disagreement asking (it: Method) =
            let asked =
                match asking with
                | Reversed ->
                    { questions with
                        Families =
                            questions.Families
                            |> Array.map (fun family -> AnalogyFamily.FromPairs(Array.rev (family.Pairs.ToArray())))
                    }
                | _ -> questions

            let theory =
                Questions.theory (Method.transposed it.Vectors) it.Vectors.Dimension asked

            Seq.zip theory it.Report.Families
            |> Seq.sumBy (fun (accuracy, family) ->
                let counted =
                    if asking = InputsAllowed then
                        family.IncludingInputs.Correct
                    else
                        family.ExcludingInputs.Correct

                abs (accuracy.Correct - counted))

        // Six products of unit vectors, each summed over d terms on either side.
        let rounding = 12.0 * float (models.Corpus.Dimension + 4) * Tolerance.unitRoundoff

        let ties =
            methods
            |> Array.sumBy (fun it ->
                it.Answers.Margins
                |> Array.filter (fun margin -> abs margin <= rounding)
                |> Array.length)

        {
            Id = "comparison/evaluators"
            Claim =
                "The theory's definition of accuracy and the simulator's benchmark count the same right answers in every family for every method."
            Metric = "difference in right answers, summed over families and methods"
            Tolerance =
                {
                    Bound = float ties + 0.5
                    Because =
                        $"of {methods.Length} x {questions.Count} answers, {ties} are decided by less than the rounding of six products of d terms on each side, {rounding:g2}; half a question more, for questions are whole"
                }
            Gap =
                (fun asking ->
                    // One method tells a wrong definition.
                    (if asking = AsDefined then methods else Array.truncate 1 methods)
                    |> Array.sumBy (disagreement asking)
                    |> float)
            Mutations =
                [
                    "inputs allowed as answers", InputsAllowed
                    "pairs asked backwards", Reversed
                ]
        }

    /// A trained model against the exact solution at the time at which training ended, and against the end of time.
    let trained (models: Models) (loss: Loss) (closed: Method) (other: Method) (team: WorkerTeam) =
        let questions, flow = models.Questions, models.Trained loss
        let asked = Asked.ofRecord questions flow 0 team

        let predicted belief =
            Questions.cosines questions (Predicted.atRecord flow belief 0 team) team
            |> Questions.answers questions

        let unfinished = Questions.different (predicted Belief.correct) closed.Answers

        let right (answers: Answers) =
            answers.Right |> Array.filter id |> Array.length

        let exact: Gate<Belief> =
            {
                Id = $"comparison/{loss.Code}/trained"
                Claim =
                    "The exact solution at the time at which training ends answers every analogy as the trained model does, near ties excepted."
                Metric = "questions that only one of the two answers rightly"
                Tolerance = Asked.answerTolerance questions [| asked |]
                Gap = (fun belief -> Asked.different asked (predicted belief) |> float)
                Mutations = OldGate.mutations [ Belief.clockDoubled; Belief.aligned ]
            }

        let limit: Gate<Method> =
            {
                Id = $"comparison/{loss.Code}/closed-form"
                Claim = "Training ends at the accuracy of the closed form of the same target, as far as it has come."
                Metric = "difference in right answers"
                Tolerance =
                    {
                        Bound = float (unfinished + asked.Ties) + 0.5
                        Because =
                            $"modelling: training ends at a finite time, and the exact solution of that time answers {unfinished} questions otherwise than its limit; integration and rounding: {asked.Ties} near ties; half a question more, for questions are whole"
                    }
                Gap = (fun believed -> abs (right asked.Answers - right believed.Answers) |> float)
                Mutations = [ "the other loss's target", other ]
            }

        [ OldGate.evaluate Belief.correct exact; OldGate.evaluate closed limit ],
        Questions.different asked.Answers closed.Answers,
        unfinished

    /// That the target of L_sym answers more analogies than that of L_xe.
    let order (accuracies: float array array) (needed: float) (sym: int) (xe: int) : Gate<int * int> =
        {
            Id = "comparison/order"
            Claim =
                "M*_{sym}, whose entries are bounded, answers more analogies than M*_{xe}, in which rare coincidences weigh most."
            Metric =
                $"{needed:g} standard errors of the difference in accuracy, over the difference; infinite if it is not positive"
            Tolerance =
                {
                    Bound = 1.0
                    Because =
                        $"sampling: a difference of {needed:g} standard errors, the word pairs of each family resampled {accuracies.Length} times, the same ones for both"
                }
            Gap =
                (fun (better, worse) ->
                    let mean, error = PairedBootstrap.difference accuracies better worse

                    if mean > 0.0 then needed * error / mean else infinity)
            Mutations = [ "M*_{xe} taken for the better one", (xe, sym) ]
        }
