namespace Qwem.Validation.ZNotOne

open System.Threading
open Qwem.Reports
open Qwem.Sim.Cooccurrence
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Threading
open Qwem.Validation
open Qwem.Validation.Drawing
open Qwem.Validation.Limits

/// Experiment z-not-one: subsampling so strong that Z is far from 1, the exact target against training.
module Experiment =

    let private tolerance = 1e-10

    /// Psi_i that keeps a word in proportion to the square of how strongly it goes with one other, as if the text had been
    /// gathered around a topic; the words that are left then go together, which is what moves Z away from 1.
    let private topical (frequencies: Frequencies) =
        let p, v = frequencies.Words, frequencies.Words.Length

        let association i k =
            frequencies.Pairs[i * v + k] / (p[i] * p[k])

        let topic =
            Seq.init v id
            |> Seq.maxBy (fun k ->
                Seq.init v (fun i -> (association i k - 1.0) * (association i k - 1.0))
                |> Seq.sum)

        // A word that is never seen with the topic keeps some weight: Theorem 4.4 divides by it.
        let least = 0.1

        Array.init v (fun i ->
            let kept = association i topic + least
            kept * kept / p[i])

    let private figure v d (weights: float array) measured (predictions: (string * Stroke * Prediction) list) team =
        let modes (model: float array) =
            let eigenvalues =
                SymmetricEigenSolver.Decompose(DenseMatrix(v, v, Prediction.scaled weights model), team).Eigenvalues

            Array.init d (fun k -> float (k + 1), sqrt (max 0.0 eigenvalues[k]))

        let axis label =
            {
                Label = label
                Scale = Linear
                Range = None
            }

        {
            Id = "z-not-one"
            Title = "Z is not 1: where training ends"
            Caption =
                "Singular values of the trained embeddings weighted by p_{i}^{1/2} (circles), of the exact prediction with target Z M* + (Z − 1) (dashed), and of the two wrong ones (dotted): Z taken as 1, and the sign of Eq. (33) as printed."
            PaperFigures = []
            AlternativeText =
                "The circles of the simulation lie on the dashed line of the exact prediction; the two wrong laws lie apart."
            Panels =
                [
                    {
                        Title = ""
                        X = axis "mode k"
                        Y = axis "weighted singular value"
                        Series =
                            (predictions
                             |> List.mapi (fun index (name, stroke, prediction: Prediction) ->
                                 {
                                     Legend = Some name
                                     Colour = Some index
                                     Mark = Line(stroke, 1.6)
                                     Points = modes prediction.Model
                                 }))
                            @ [
                                {
                                    Legend = Some "training (simulated)"
                                    Colour = None
                                    Mark = Circles 4.0
                                    Points = modes measured
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

    /// Trains once and judges the three laws.
    let run (setting: Setting) =
        let seed, counts, team = setting.Seed, setting.Embedded, setting.Team
        let progress, cancellation = setting.Progress, setting.Cancellation
        let v, d = if setting.IsSmoke then 100, 6 else 400, 12

        let told fraction =
            progress.Invoke("z-not-one: training", fraction)

        told 0.0
        let frequencies = Training.frequencies counts v
        let psi = topical frequencies
        let objective = Training.objective frequencies psi (struct (0.0, 1.0, 0.5, -1.0))
        let measured = Training.limit objective d seed tolerance team told cancellation
        let predict = Prediction.crossEntropy (Prediction.statistics counts v) psi d team
        let correct = predict Belief.correct
        let seen = Prediction.scaled correct.Weights measured

        let gap belief =
            let predicted = Prediction.scaled correct.Weights (predict belief).Model
            Prediction.distance seen predicted / Prediction.norm predicted

        let size = Prediction.norm (Prediction.scaled correct.Weights correct.Model)

        let gate =
            {
                Id = "z-not-one/limit"
                Claim =
                    "Training on strongly subsampled text ends at the rank-d minimiser of the target Z M* + (Z − 1)."
                Metric =
                    "distance of the trained Gram matrix from the prediction, each entry weighted by (p_{i}p_{j})^{1/2}, Frobenius norm, relative"
                Tolerance =
                    {
                        Bound = Tolerances.scaledDistance correct d tolerance / size
                        Because = Tolerances.because tolerance
                    }
                Gap = gap
                Mutations = Gate.mutations [ Belief.unitZ; Belief.printedSign; Belief.unweighted ]
            }

        {
            Id = "z-not-one"
            Title = "Subsampling with Z far from 1"
            Question = "Does subsampling change the target as the paper says when Z is far from 1?"
            Prediction =
                "M*_{Ψ} = Z M* + (Z − 1), exactly (`docs/theory.md`); the paper has the constant with the opposite sign (Eq. 33) and then sets Z = 1."
            Paragraphs =
                [
                    $"The paper sets Z = Z_{{u}}²/Z_{{j}} to 1 and loses a sign on the way (Eq. 33). Here the {v} most frequent words are subsampled as if the text had been gathered around one topic: Ψ_{{i}}P_{{i}} is the square of a word's association with one other word. Then Z = {correct.Z:F3}, and embeddings of dimension {d} are trained on the full-batch L_{{xe}} of that text, by conjugate gradients from a random start, until the gradient is gone."
                    "The weight of a pair is p_{i}p_{j}, far from constant, so the end of training is Theorem 4.4 with the exact target."
                ]
            Quantities =
                [
                    dimensionless "Z" correct.Z "Z_{u}²/Z_{j} of the subsampling"
                    dimensionless
                        "weight ratio"
                        (Array.max correct.Weights / Array.min correct.Weights)
                        "largest over smallest weight p_{i} of a word"
                    dimensionless
                        "distance with Z = 1"
                        (gap Belief.unitZ)
                        "of the trained model from the prediction of M*"
                ]
            References = []
            Tables = []
            Figures =
                [
                    figure
                        v
                        d
                        correct.Weights
                        measured
                        [
                            "exact law", Dashed, correct
                            "Z taken as 1", Dotted, predict Belief.unitZ
                            "sign as printed", Dotted, predict Belief.printedSign
                        ]
                        team
                ]
            Verdicts = [ Gate.evaluate Belief.correct gate ]
        }
