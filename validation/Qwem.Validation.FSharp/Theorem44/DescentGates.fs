namespace Qwem.Validation.Theorem44

open Qwem.Reports
open Qwem.Sim.LinearAlgebra
open Qwem.Validation
open Qwem.Validation.Limits

/// What is taken to be true about the end of the annealed descents.
type DescentBelief =
    {
        Name: string
        /// The model that each exponent ends near, V x V.
        Models: float array array
        /// E ||XX' - A_d||_F^2 of the noise, one per exponent.
        MeanSquares: float array
    }

/// The annealed descents against Theorem 4.4, the exact solution and the noise of their minibatches.
module DescentGates =

    /// All that the gates, tables and figures of the descents need.
    type Evidence =
        {
            Plan: DescentPlan
            Runs: DescentRun array
            Clocks: WordClock array
            Noises: DescentNoise array
            /// Models at the end, V x V.
            Ends: float array array
            /// XX' of the exact solution at the end.
            ExactEnds: float array array
            Correct: DescentBelief
            Wrong: DescentBelief list
        }

    let private norm (clock: WordClock) =
        Prediction.norm (Prediction.scaled clock.Limit.Weights clock.Limit.Model)

    let private weights evidence =
        evidence.Clocks |> Array.map _.Limit.Weights

    /// Distances of the ends from what is believed, each column in the metric of its own exponent's loss.
    let distances evidence belief =
        Exponents.weightedDistances (weights evidence) evidence.Ends belief.Models

    /// Distances between the predictions, likewise.
    let between evidence =
        Exponents.weightedDistances (weights evidence) evidence.Correct.Models evidence.Correct.Models

    /// ||XX' - Y||_F of the end of every descent from the exact solution at that time, squared.
    let private fromExact evidence index =
        let scaled =
            Prediction.scaled evidence.Clocks[index].Limit.Weights evidence.Ends[index]

        Prediction.distance scaled evidence.ExactEnds[index] ** 2.0

    /// How far the exact solution still is from its limit, relative.
    let unfinished evidence index =
        let clock = evidence.Clocks[index]

        Prediction.distance evidence.ExactEnds[index] (Prediction.scaled clock.Limit.Weights clock.Limit.Model)
        / norm clock

    /// Root mean square of the noise, relative.
    let noise evidence index =
        sqrt evidence.Noises[index].MeanSquare / norm evidence.Clocks[index]

    /// How far an end can be from its own prediction, relative.
    let bound evidence index =
        let noise = evidence.Noises[index]
        let fluctuation = Tolerance.standardErrors * noise.RelativeDeviation

        unfinished evidence index
        + sqrt (noise.MeanSquare * (1.0 + fluctuation + noise.SecondOrder))
          / norm evidence.Clocks[index]

    /// Runs the five descents and everything theory says about them.
    let gather (setting: Setting) =
        let plan = Descent.plan setting.Profile
        let team = setting.Team
        let v, d = plan.VocabularySize, plan.Dimension
        let runs = Array.init Exponents.count (Descent.run setting plan)
        let statistics = Prediction.statistics setting.Embedded v
        let words = (Training.frequencies setting.Embedded v).Words

        let clocks =
            runs
            |> Array.mapi (fun f run -> WordClock.make statistics (Exponents.psi words f) run.Start team)

        let pairs =
            Array.init (plan.Steps + plan.AnnealedSteps) (fun step ->
                if step < plan.Steps then plan.Pairs else plan.AnnealedPairs)

        let noiseOf rates =
            Array.map2 (fun clock run -> WordClock.noise clock d (rates run) pairs team) clocks runs

        let noises = noiseOf _.Rates

        let models beliefs =
            Array.init Exponents.count (fun f ->
                (Prediction.crossEntropy statistics (Exponents.psi words f) d team beliefs).Model)

        let correct =
            {
                Name = "as derived"
                Models = clocks |> Array.map _.Limit.Model
                MeanSquares = noises |> Array.map _.MeanSquare
            }

        let constantRate (run: DescentRun) =
            Array.create run.Rates.Length run.Rates[0]

        {
            Plan = plan
            Runs = runs
            Clocks = clocks
            Noises = noises
            Ends =
                runs
                |> Array.map (fun run -> Training.gram run.States[run.States.Length - 1] team)
            ExactEnds =
                Array.map2
                    (fun (clock: WordClock) run ->
                        Prediction.modelOf v (WordClock.embeddings clock (Array.sum run.Rates) team) team
                        |> Prediction.scaled clock.Limit.Weights)
                    clocks
                    runs
            Correct = correct
            Wrong =
                [
                    { correct with
                        Name = "exponent off by a quarter"
                        Models = Array.permute (fun f -> (f + 1) % Exponents.count) correct.Models
                    }
                    { correct with
                        Name = Belief.unweighted.Name
                        Models = models Belief.unweighted
                    }
                    { correct with
                        Name = "twice the batch"
                        MeanSquares = correct.MeanSquares |> Array.map (fun square -> 0.5 * square)
                    }
                    { correct with
                        Name = "annealing ignored"
                        MeanSquares = noiseOf constantRate |> Array.map _.MeanSquare
                    }
                ]
        }

    let private nearest = "theorem-4.4/descent-nearest"

    /// Whether a profile has a gate: the reduced problem has too few pairs to tell neighbouring exponents apart.
    let hasGate (profile: Profile) (gate: string) =
        profile <> Profile.Smoke || gate <> nearest

    /// The gates of the descents.
    let gates (setting: Setting) evidence : Gate<DescentBelief> list =
        let limits = Array.init Exponents.count (bound evidence)
        let between = between evidence

        let named names =
            evidence.Wrong
            |> List.filter (fun belief -> List.contains belief.Name names)
            |> List.map (fun belief -> belief.Name, belief)

        let ofModel = named [ "exponent off by a quarter"; Belief.unweighted.Name ]

        let relative (noise: DescentNoise) =
            Tolerance.standardErrors * noise.RelativeDeviation
            / sqrt (float Exponents.count)
            + noise.SecondOrder

        [
            {
                Id = "theorem-4.4/descent-own-prediction"
                Claim =
                    "Annealed minibatch descent ends, for every subsampling exponent, within its own noise of the prediction of Theorem 4.4."
                Metric =
                    "largest distance of a trained Gram matrix from its own prediction, each entry weighted by (p_{i}p_{j})^{1/2}, Frobenius norm, in units of its bound"
                Tolerance =
                    {
                        Bound = 1.0
                        Because =
                            $"noise of the minibatches: to first order around the minimum every entry (a, b) of the model in the eigenbasis relaxes at its own rate, 2 eta (Lambda_a - Lambda_b) or 2 eta (Lambda_a + Lambda_b) for two learned modes, and is driven by the one-batch variance of u_a'Nu_b at the minimum; its variance is followed step by step through the annealing and summed, plus {Tolerance.standardErrors:g} standard deviations of that sum and its second order, together %.2g{Array.min limits} to %.2g{Array.max limits} of the prediction; plus what the exact solution of the same descent without noise still lacks at its end, at most %.1e{Array.init Exponents.count (unfinished evidence) |> Array.max}"
                    }
                Gap =
                    (fun belief ->
                        let measured = distances evidence belief
                        Seq.init Exponents.count (fun f -> measured[f][f] / limits[f]) |> Curves.worst)
                Mutations = ofModel
            }
            if hasGate setting.Profile nearest then
                {
                    Id = nearest
                    Claim = "Every model trained by minibatches is nearest to the prediction for its own exponent."
                    Metric =
                        "largest ratio of the distance from one's own prediction to the distance from another one, each in the metric of its prediction"
                    Tolerance =
                        {
                            Bound =
                                Exponents.apart between
                                |> Seq.map (fun (f, _, x) -> limits[f] / x)
                                |> Curves.worst
                            Because =
                                "the bound of descent-own-prediction over the distance between the two predictions, the worst pair; the noise in the other metric is nearly perpendicular to that distance and only adds to it"
                        }
                    Gap =
                        (fun belief ->
                            let measured = distances evidence belief

                            Exponents.apart measured
                            |> Seq.map (fun (f, _, x) -> measured[f][f] / x)
                            |> Curves.worst)
                    Mutations = ofModel
                }
            {
                Id = "theorem-4.4/descent-noise"
                Claim =
                    "The scatter of annealed minibatch descent about its exact solution is what the variance of one batch predicts."
                Metric =
                    "squared distance from the exact solution at the end over the predicted one, minus 1, mean over the exponents"
                Tolerance =
                    {
                        Bound = evidence.Noises |> Array.map relative |> Array.max
                        Because =
                            $"{Tolerance.standardErrors:g} standard deviations of a sum of squares of independent normal entries with the predicted variances, over the square root of {Exponents.count} runs, plus the second order in the noise"
                    }
                Gap =
                    (fun belief ->
                        Seq.init Exponents.count (fun f -> fromExact evidence f / belief.MeanSquares[f] - 1.0)
                        |> Seq.average
                        |> abs)
                Mutations = named [ "twice the batch"; "annealing ignored" ]
            }
        ]
