namespace Qwem.Validation.Theorem44

open Qwem.Reports
open Qwem.Validation
open Qwem.Validation.Drawing
open Qwem.Validation.Limits

/// Experiment theorem-4.4: the paper's Experiment 3. Each of five subsamplings against the predictions of all five.
module Experiment =

    /// Distances that theory expects of the annealed models: the noise and the distance between the predictions, in quadrature.
    let private expected (evidence: DescentGates.Evidence) =
        let between = DescentGates.between evidence

        Array.init Exponents.count (fun f ->
            Array.init Exponents.count (fun g -> sqrt (between[f][g] ** 2.0 + DescentGates.noise evidence f ** 2.0)))

    /// Trains five models to rest and five by annealed minibatches, and holds each against five predictions.
    let run (setting: Setting) =
        let v, d = if setting.IsSmoke then 100, 8 else 1000, 100
        let descents = DescentGates.gather setting
        let fullBatch = FullBatch.run setting v d
        let plan = descents.Plan
        let ends = DescentGates.distances descents descents.Correct

        let slowest =
            let weights = descents.Clocks[0].Limit.Weights
            Array.max weights / Array.min weights

        let ratio =
            Exponents.apart ends |> Seq.map (fun (f, _, x) -> x / ends[f][f]) |> Seq.min

        {
            Id = "theorem-4-4"
            Title = "Theorem 4.4: subsampling exponents"
            Question =
                "Does each way of subsampling frequent words lead to a model of its own, and to the one that is predicted?"
            Prediction =
                "Text subsampled with Ψ_{i} = P_{i}^{−f} weighs pairs by p_{i}p_{j}, p_{i} ~ P_{i}^{1−f}. The minimiser is M = Pd^{−1/2} A_{d} Pd^{−1/2} with A = Pd^{1/2} M* Pd^{1/2} and A_{d} its d leading eigenpairs, clipped at zero (Theorem 4.4). Where word i learns at the rate η/p_{i}, the whole training is the exact solution for the target A in the coordinates Pd^{1/2} W."
            Answer = ""
            Paragraphs =
                [
                    $"Two trainings on L_{{xe}}, for each of five exponents. Full batch: embeddings of dimension {d} of the V = {v} most frequent words are trained by conjugate gradients until the gradient is gone; with a weight of rank one every minimum is a global one, so their limit is the flow's."
                    $"Minibatches: V = {plan.VocabularySize}, d = {plan.Dimension}, float32, independent pairs drawn from the subsampled distributions, {plan.Steps} steps of {plan.Pairs} pairs of each sign at a constant rate and {plan.AnnealedSteps} of {plan.AnnealedPairs} at a rate that falls to zero on a line (the paper: 2 million steps of 50,000, V = 1000 and d = 100, here under the profile paper; noise falls with the number of pairs over V d). Words learn at η/p_{{i}}, which moves no minimum: at one rate for all, the rare words of unsubsampled text would need {slowest:F0} times the steps of the frequent ones."
                    "The noise of minibatches is predicted, not fitted: from the pair distribution at the minimum follows the variance of one batch, and from it, mode pair by mode pair through the annealing, the distance at which training ends."
                ]
            Quantities =
                List.init Exponents.count (fun f ->
                    dimensionless
                        $"annealed distance, {Exponents.name f}"
                        (ends[f][f])
                        "of the model trained by minibatches from its own prediction, relative, in the metric of its loss")
                @ List.init Exponents.count (fun f ->
                    dimensionless
                        $"predicted noise, {Exponents.name f}"
                        (DescentGates.noise descents f)
                        "root mean square of that distance from the variance of one batch")
                @ [
                    dimensionless
                        "nearest ratio"
                        ratio
                        "smallest distance of an annealed model from another prediction, over that from its own"
                ]
            References = []
            Tables =
                [
                    Exponents.table
                        $"Full batch, V = {v}, d = {d}: relative Frobenius distance of each trained model (row) from each prediction (column)"
                        (FullBatch.distances fullBatch Belief.correct)
                    Exponents.table
                        $"Minibatches, V = {plan.VocabularySize}, d = {plan.Dimension}: the same, every pair weighted by (p_{{i}}p_{{j}})^{{1/2}} of the column"
                        ends
                ]
            Figures =
                [
                    Figures.trajectories descents setting.Team
                    Figures.distances
                        (FullBatch.distances fullBatch Belief.correct)
                        (FullBatch.between fullBatch Belief.correct)
                        ends
                        (expected descents)
                ]
            Verdicts =
                (FullBatch.gates fullBatch |> List.map (OldGate.evaluate Belief.correct))
                @ (DescentGates.gates setting descents |> List.map (OldGate.evaluate descents.Correct))
        }
