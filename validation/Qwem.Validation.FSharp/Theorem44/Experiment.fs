namespace Qwem.Validation.Theorem44

open System.Threading
open Qwem.Reports
open Qwem.Sim.Cooccurrence
open Qwem.Sim.Threading
open Qwem.Validation
open Qwem.Validation.Limits

/// Experiment theorem-4.4: the paper's Experiment 3. Each of five subsamplings against the predictions of all five.
module Experiment =

    let private tolerance = 1e-9

    /// 4 f of Psi_i = P_i^{-f}.
    let private quarters = [| 0; 1; 2; 3; 4 |]

    let private exponent index = 0.25 * float quarters[index]

    // Square roots are exact to the last bit on every platform; Math.Pow is not.
    let private psi (words: float array) index =
        words |> Array.map (fun p -> 1.0 / pown (sqrt (sqrt p)) quarters[index])

    /// Relative distances of each model (row) from each prediction (column).
    let private table (models: float array array) (predictions: float array array) =
        models
        |> Array.map (fun model ->
            predictions
            |> Array.map (fun predicted -> Prediction.distance model predicted / Prediction.norm predicted))

    let private apart (distances: float array array) =
        seq {
            for f in 0 .. distances.Length - 1 do
                for g in 0 .. distances.Length - 1 do
                    if f <> g then
                        f, g, distances[f][g]
        }

    let private gates
        (distances: Belief -> float array array)
        (between: Belief -> float array array)
        bound
        norms
        because
        =
        let count = quarters.Length

        let beliefs =
            Belief.mutations [ Belief.printedClipping; Belief.unitZ; Belief.unweighted ]

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
            let measured = distances belief
            Seq.init count (fun f -> measured[f][f]) |> Curves.worst

        let nearest =
            apart (between Belief.correct) |> Seq.map (fun (_, _, x) -> x) |> Seq.min

        [
            gate
                "own-prediction"
                "Every subsampling exponent trains to the prediction of Theorem 4.4 for it."
                "largest relative distance of a trained Gram matrix from its own prediction, Frobenius norm"
                bound
                because
                own
            gate
                "other-predictions"
                "Every trained model is as far from the other exponents' predictions as its own prediction is."
                "largest difference between a measured and a predicted entry of the table off its diagonal"
                (norms * bound)
                $"triangle inequality: the distance to one's own prediction, {Numbers.short bound} at most, in units of another prediction's norm, up to {Numbers.short norms} times smaller"
                (fun belief ->
                    let measured, predicted = distances belief, between belief

                    apart measured
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

    let private name index = $"f = {exponent index:g}"

    let private rows (distances: float array array) =
        distances
        |> Array.mapi (fun f row -> name f :: (row |> Array.map Numbers.short |> List.ofArray))
        |> List.ofArray

    let private figure (distances: float array array) (between: float array array) =
        let axis label scale =
            {
                Label = label
                Scale = scale
                Range = None
            }

        {
            Id = "theorem-4-4"
            Title = "Each model is at its own prediction and far from the others"
            Caption =
                "Relative Frobenius distance of the model trained with Ψ_{i} = P_{i}^{−f} (circles, one colour per f) from the prediction for each exponent. Dashed: distance between the predictions. Each colour falls to the accuracy of the training at its own exponent. After Experiment 3 of the paper."
            PaperFigures = []
            AlternativeText =
                "Five curves; each falls by many decades at its own exponent and stays near the distance of the predictions elsewhere."
            Panels =
                [
                    {
                        Title = ""
                        X = axis "exponent f of the prediction" Linear
                        Y = axis "relative distance" Logarithmic
                        Series =
                            [
                                for f in 0 .. distances.Length - 1 do
                                    {
                                        Legend = if f = 0 then Some "between predictions" else None
                                        Colour = Some f
                                        Mark = Line(Dashed, 1.2)
                                        // The diagonal is 0, which a logarithm does not show.
                                        Points =
                                            [|
                                                for g in 0 .. distances.Length - 1 do
                                                    if f <> g then
                                                        exponent g, between[f][g]
                                            |]
                                    }

                                    {
                                        Legend = Some $"trained with {name f}"
                                        Colour = Some f
                                        Mark = Circles 4.0
                                        Points = distances[f] |> Array.mapi (fun g x -> exponent g, x)
                                    }
                            ]
                        VerticalRules = []
                    }
                ]
            Columns = 0
            Frames = []
            ColourNames = []
            Slider = false
            Command = "qwem reproduce"
        }

    /// Trains five models and holds each against five predictions.
    let run (setting: Setting) =
        let seed, counts, team = setting.Seed, setting.Embedded, setting.Team
        let progress, cancellation = setting.Progress, setting.Cancellation
        let v, d = if setting.IsSmoke then 100, 8 else 500, 50
        let frequencies = Training.frequencies counts v
        let statistics = Prediction.statistics counts v
        let indices = [| 0 .. quarters.Length - 1 |]

        let models =
            indices
            |> Array.map (fun f ->
                let told fraction =
                    progress.Invoke($"theorem-4.4: training with {name f}", fraction)

                told 0.0

                let objective =
                    Training.objective frequencies (psi frequencies.Words f) (struct (0.0, 1.0, 0.5, -1.0))

                Training.limit objective d (seed + uint64 f) tolerance team told cancellation)

        let predict belief =
            cancellation.ThrowIfCancellationRequested()
            progress.Invoke("theorem-4.4: predictions", 0.0)

            indices
            |> Array.map (fun f -> Prediction.crossEntropy statistics (psi frequencies.Words f) d team belief)

        let cache = System.Collections.Generic.Dictionary<string, float array array>()
        let correct = predict Belief.correct
        cache[Belief.correct.Name] <- correct |> Array.map _.Model

        // Three gates ask the same of every belief.
        let modelsOf belief =
            match cache.TryGetValue belief.Name with
            | true, known -> known
            | _ ->
                let found = predict belief |> Array.map _.Model
                cache[belief.Name] <- found
                found

        let distances belief = table models (modelsOf belief)

        let between belief =
            table (modelsOf belief) (modelsOf belief)

        let bound =
            correct
            |> Array.map (fun prediction ->
                Tolerances.distance prediction d tolerance / Prediction.norm prediction.Model)
            |> Array.max

        let norms =
            let all = correct |> Array.map (fun prediction -> Prediction.norm prediction.Model)
            Array.max all / Array.min all

        let because =
            Tolerances.because tolerance
            + ", over the smallest weight of a word; the largest over the five exponents"

        {
            Id = "theorem-4-4"
            Title = "Theorem 4.4: subsampling exponents"
            Question = ""
            Prediction = ""
            Paragraphs =
                [
                    $"L_{{xe}} on text subsampled with Ψ_{{i}} = P_{{i}}^{{−f}} weighs pairs by p_{{i}}p_{{j}}, a weight of rank one. For each of five exponents, embeddings of dimension {d} of the V = {v} most frequent words are trained full-batch to rest and compared with the predictions for all five: Pd^{{1/2}}M*Pd^{{1/2}} with the exact target, clipped at zero after the weight is applied."
                    "The paper has V = 1000 and d = 100; less of each keeps the report short. Training ends by conjugate gradients, whose limit is that of the flow: with a weight of rank one every minimum is a global one."
                ]
            Quantities = []
            Tables =
                [
                    {
                        Caption =
                            "Relative Frobenius distance of each trained model (row) from each prediction (column)"
                        Headings = "trained with" :: (indices |> Array.map (fun f -> "#" + name f) |> List.ofArray)
                        Rows = rows (distances Belief.correct)
                    }
                ]
            Figures = [ figure (distances Belief.correct) (between Belief.correct) ]
            Verdicts =
                gates distances between bound norms because
                |> List.map (Gate.evaluate Belief.correct)
        }
