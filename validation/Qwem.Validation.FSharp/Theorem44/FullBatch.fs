namespace Qwem.Validation.Theorem44

open Qwem.Reports
open Qwem.Validation
open Qwem.Validation.Limits

/// Training on all pairs at once until the gradient is gone, against the predictions of all five exponents.
module FullBatch =

    /// Gradient at the end, relative to its linear part.
    let tolerance = 1e-9

    /// What was measured, and what theory says about it.
    type Evidence =
        {
            /// Trained models, V x V, one per exponent.
            Models: float array array
            /// Predicted models under a belief.
            Predicted: Belief -> float array array
            Correct: Prediction array
            Dimension: int
        }

    /// Distances of models from predictions.
    let distances evidence belief =
        Exponents.distances evidence.Models (evidence.Predicted belief)

    /// Distances of predictions from predictions.
    let between evidence belief =
        Exponents.distances (evidence.Predicted belief) (evidence.Predicted belief)

    /// Trains five models and predicts them.
    let run (setting: Setting) v d =
        let frequencies = Training.frequencies setting.Embedded v
        let statistics = Prediction.statistics setting.Embedded v

        let models =
            Array.init Exponents.count (fun f ->
                let told fraction =
                    setting.Progress.Invoke($"theorem-4.4: full batch, {Exponents.name f}", fraction)

                told 0.0

                let objective =
                    Training.objective frequencies (Exponents.psi frequencies.Words f) (struct (0.0, 1.0, 0.5, -1.0))

                Training.limit objective d (setting.Seed + uint64 f) tolerance setting.Team told setting.Cancellation)

        let predict belief =
            setting.Progress.Invoke("theorem-4.4: predictions", 0.0)

            Array.init Exponents.count (fun f ->
                setting.Cancellation.ThrowIfCancellationRequested()
                Prediction.crossEntropy statistics (Exponents.psi frequencies.Words f) d setting.Team belief)

        let correct = predict Belief.correct
        let cache = System.Collections.Generic.Dictionary<string, float array array>()
        cache[Belief.correct.Name] <- correct |> Array.map _.Model

        // Three gates ask the same of every belief.
        let predicted belief =
            match cache.TryGetValue belief.Name with
            | true, known -> known
            | _ ->
                let found = predict belief |> Array.map _.Model
                cache[belief.Name] <- found
                found

        {
            Models = models
            Predicted = predicted
            Correct = correct
            Dimension = d
        }

    /// How far a trained model can be from its prediction, relative, the worst of the exponents.
    let private bound evidence =
        evidence.Correct
        |> Array.map (fun prediction ->
            Tolerances.distance prediction evidence.Dimension tolerance
            / Prediction.norm prediction.Model)
        |> Array.max

    /// The gates of the limit.
    let gates evidence : Gate<Belief> list =
        let bound = bound evidence

        let norms =
            let all =
                evidence.Correct
                |> Array.map (fun prediction -> Prediction.norm prediction.Model)

            Array.max all / Array.min all

        let beliefs =
            OldGate.mutations [ Belief.printedClipping; Belief.unitZ; Belief.unweighted ]

        let gate name claim metric bound because gap : Gate<Belief> =
            {
                Id = $"theorem-4.4/{name}"
                Claim = claim
                Metric = metric
                Tolerance = { Bound = bound; Because = because }
                Gap = gap
                Mutations = beliefs
            }

        let own belief =
            let measured = distances evidence belief
            Seq.init Exponents.count (fun f -> measured[f][f]) |> Curves.worst

        let nearest =
            Exponents.apart (between evidence Belief.correct)
            |> Seq.map (fun (_, _, x) -> x)
            |> Seq.min

        [
            gate
                "own-prediction"
                "Every subsampling exponent trains to the prediction of Theorem 4.4 for it."
                "largest relative distance of a trained Gram matrix from its own prediction, Frobenius norm"
                bound
                (Tolerances.because tolerance
                 + ", over the smallest weight of a word; the largest over the five exponents")
                own
            gate
                "other-predictions"
                "Every trained model is as far from the other exponents' predictions as its own prediction is."
                "largest difference between a measured and a predicted entry of the table off its diagonal"
                (norms * bound)
                $"triangle inequality: the distance to one's own prediction, {Numbers.short bound} at most, in units of another prediction's norm, up to {Numbers.short norms} times smaller"
                (fun belief ->
                    let measured, predicted = distances evidence belief, between evidence belief

                    Exponents.apart measured
                    |> Seq.map (fun (f, g, x) -> abs (x - predicted[f][g]))
                    |> Curves.worst)
            gate
                "nearest"
                "Every trained model is closer to its own prediction than any prediction is to another."
                "largest distance from one's own prediction over the smallest between two predictions"
                (bound / nearest)
                $"the bound of own-prediction over the smallest distance between two predictions, {Numbers.short nearest}"
                (fun belief -> own belief / nearest)
        ]
