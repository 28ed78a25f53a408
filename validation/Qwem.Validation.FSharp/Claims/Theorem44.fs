/// The paper's Experiment 3: each of five subsamplings against the predictions for all five, and how far Z is from 1.
module Qwem.Validation.Claims.Theorem44

open System
open MathNet.Numerics.Distributions
open Qwem.Reports
open Qwem.Sim.LinearAlgebra
open Qwem.Validation
open Qwem.Validation.Drawing
open Qwem.Validation.Claims.Theorem44Runs

type private Measured =
    {
        Setting: Setting
        Plan: Plan
        Full: FullBatch
        Descents: Descent array
        /// M at the ends of the descents, V x V.
        Ends: float array array
        /// Z of the exponent f under a theory, on the full batch's words.
        Z: int -> Theory -> float
        /// The full batch's p and M* of the exponent that glimpses look at.
        Glimpsed: Prediction<float array * float array>
    }

/// The exponent that glimpses look at: every slip shows in it, as neither its weights nor its Z are trivial.
let private looked = 3

let private measure (setting: Setting) =
    let v, d = if setting.IsSmoke then 100, 8 else 1000, 100
    let plan = plan setting.Profile
    let descents = all |> Array.map (descend setting plan)
    let full = fullBatch setting v d

    {
        Setting = setting
        Plan = plan
        Full = full
        Descents = descents
        Ends = descents |> Array.map (fun run -> ending run setting.Team)
        Z =
            fun f theory ->
                let statistics = Corpus.statistics theory full.Counts
                theory.Z statistics (theory.Subsampling (exponent f) (statistics.Unigram()))
        Glimpsed = Prediction(fun theory -> RankOne.subsampled theory full.Counts (exponent looked))
    }

// Full batch.

let private predicted measured theory f : RankOne = measured.Full.Predicted[f].Of theory

/// Relative distance of a trained model from a prediction, in the metric of the loss as derived.
let private fromOwn measured theory f =
    let weights = (predicted measured Theory.derived f).Weights

    Dense.relative
        (RankOne.scaled weights measured.Full.Models[f])
        (RankOne.scaled weights (predicted measured theory f).Model)

let private bounds measured =
    all
    |> Array.map (fun f ->
        let right = predicted measured Theory.derived f

        RankOne.scaledBound right measured.Full.Dimension gradient
        / Dense.norm (RankOne.scaled right.Weights right.Model))

/// The same for one exponent to first order in a slip, without eigenpairs of the slipped target.
let private firstOrder measured =
    let d, team = measured.Full.Dimension, measured.Setting.Team
    let weights, target = measured.Glimpsed.Of Theory.derived
    let near = RankOne.near (RankOne.scaled weights target) d team
    let embeddings = RankOne.embeddings weights measured.Full.Models[looked] d team
    let size = Dense.norm (RankOne.scaled weights measured.Full.Models[looked])

    fun theory ->
        let weights, target = measured.Glimpsed.Of theory
        near weights embeddings (RankOne.scaled weights target) / size

let private fullBatchGate measured =
    Gate.exact
        "theorem-4.4/own-prediction"
        "Every subsampling exponent trains to the prediction of Theorem 4.4 for it."
        "largest distance of a trained Gram matrix from its own prediction over the five exponents, each entry weighted by (p_{i}p_{j})^{1/2}, Frobenius norm, relative"
        {
            Bound = Array.min (bounds measured)
            Because = RankOne.because gradient + "; the smallest of the five exponents"
        }
        (fun theory -> all |> Seq.map (fromOwn measured theory) |> Curves.worst)
    |> Gate.glimpsed (firstOrder measured)

/// The size that the paper gives for |Z - 1|.
let private paperZ = 1e-3

let private zGate measured =
    Gate.exact
        "theorem-4.4/z"
        "|Z − 1| < 10^{−3} for Ψ_{i} = 1/P_{i} holds on our text too, as the paper finds on its own (v1, section 4.1, before Theorem 4.3)."
        $"|Z − 1| of our statistics, V = {measured.Full.Counts.Words.Length}, Wikipedia of 2015, 70 million words"
        {
            Bound = paperZ
            Because = "the paper's number"
        }
        (fun theory -> abs (measured.Z (count - 1) theory - 1.0))

// Minibatches.

let private clocks measured theory =
    measured.Descents |> Array.map (fun run -> run.Clock.Of theory)

let private sizeOf (clock: Clock) =
    Dense.norm (RankOne.scaled clock.Weights clock.Limit)

/// Root mean square of the noise, relative to the prediction.
let private noise (clock: Clock) =
    sqrt clock.Noise.MeanSquare / sizeOf clock

/// Distances of the annealed models (rows) from all predictions (columns) of a theory, in the metrics of the losses as derived.
let private annealed measured theory =
    distances
        (clocks measured Theory.derived |> Array.map _.Weights)
        measured.Ends
        (clocks measured theory |> Array.map _.Limit)

/// How far the exact solution still is from its limit at the end, relative.
let private unfinished measured =
    Array.map2
        (fun (clock: Clock) run ->
            let last = clock.Embeddings(Array.sum run.Rates)
            let scaled = RankOne.scaled clock.Weights
            Dense.relative (scaled (modelOf last measured.Setting.Team)) (scaled clock.Limit))
        (clocks measured Theory.derived)
        measured.Descents

/// Squared distance of every annealed model from its own prediction over the expectation of the noise.
let private squares measured theory =
    let weights = clocks measured Theory.derived |> Array.map _.Weights

    Array.map3
        (fun p model (clock: Clock) ->
            Dense.distance (RankOne.scaled p model) (RankOne.scaled p clock.Limit) ** 2.0
            / clock.Noise.MeanSquare)
        weights
        measured.Ends
        (clocks measured theory)

let private descentGate measured =
    let right = clocks measured Theory.derived
    // The runs are independent: variances of their squares add up.
    let error = Dense.norm (right |> Array.map _.Noise.RelativeDeviation) / float count
    let second = right |> Array.averageBy _.Noise.SecondOrder

    let lack =
        Array.map2 (fun missing clock -> (missing / noise clock) ** 2.0) (unfinished measured) right
        |> Array.average

    Gate.statistical
        "theorem-4.4/descent-own-prediction"
        "On the average of the subsampling exponents, annealed minibatch descent ends at the squared distance from the prediction of Theorem 4.4 that the noise of its minibatches explains."
        $"mean over {count} runs, one per exponent, of the squared distance of the Gram matrix from its own prediction over the expected one, minus 1, absolute value; entries weighted by (p_{{i}}p_{{j}})^{{1/2}}"
        {
            Bound = Tolerance.standardErrors * error + second + lack
            Because =
                $"%g{Tolerance.standardErrors} standard errors of that mean, %.1e{error} each: around the minimum every entry (a, b) of the model in the eigenbasis relaxes at its own rate, 2 eta (Lambda_a − Lambda_b) or 2 eta (Lambda_a + Lambda_b) for two learned modes, driven by the variance of one batch, which is followed step by step through the annealing; the deviation of the sum of squares is that of independent normal entries, which correlations between them could only widen; plus the second order of the noise, %.1e{second}, and what the exact solution of the same descent without noise still lacks at its end, squared, %.1e{lack}"
        }
        (fun theory -> abs (Array.average (squares measured theory) - 1.0))

let rec private permutations (items: int list) : int list list =
    match items with
    | [] -> [ [] ]
    | _ ->
        items
        |> List.collect (fun x -> permutations (List.except [ x ] items) |> List.map (fun rest -> x :: rest))

let private nearest (table: float array array) =
    table |> Array.map (fun row -> all |> Array.minBy (fun g -> row[g]))

/// How many times as far as its own every model's nearest other prediction is.
let private ratios (table: float array array) =
    all
    |> Array.map (fun f ->
        (all |> Seq.filter ((<>) f) |> Seq.map (fun g -> table[f][g]) |> Seq.min)
        / table[f][f])

let private nearestGate measured =
    let nulls theory : NullModel list =
        let found = nearest (annealed measured theory)

        let hits (labels: int list) =
            List.zip labels (List.ofArray found)
            |> List.filter (fun (a, b) -> a = b)
            |> List.length

        let scores = permutations (List.ofArray all) |> List.map hits
        let own = hits (List.ofArray all)

        [
            {
                Name = "exponents exchanged among the models"
                Score = scores |> List.averageBy float
                P =
                    float (scores |> List.filter (fun score -> score >= own) |> List.length)
                    / float scores.Length
            }
        ]

    let table = annealed measured Theory.derived
    let hits = Array.map2 (=) all (nearest table) |> Array.filter id |> Array.length
    let logs = ratios table |> Array.map Math.Log
    let mean = Array.average logs

    let deviation =
        sqrt ((logs |> Array.sumBy (fun x -> (x - mean) ** 2.0)) / float (count - 1))

    let half =
        StudentT.InvCDF(0.0, 1.0, float (count - 1), 0.975) * deviation
        / sqrt (float count)

    let shown x = Numbers.decimals 2 (Math.Exp x)

    Gate.qualitative
        "theorem-4.4/descent-nearest"
        "Every model trained by minibatches is nearest to the prediction for its own exponent."
        $"{hits} of {count} models are nearest to their own prediction; the nearest other one is {shown mean} times as far (geometric mean over the runs, 95 %% interval {shown (mean - half)} to {shown (mean + half)}; at least {Numbers.decimals 2 (Array.min (ratios table))})"
        nulls

let private judge measured =
    [
        fullBatchGate measured
        zGate measured
        descentGate measured
        nearestGate measured
    ]

// The report.

let private fullTable measured =
    let right = all |> Array.map (predicted measured Theory.derived)
    distances (right |> Array.map _.Weights) measured.Full.Models (right |> Array.map _.Model)

let private betweenFull measured =
    let right = all |> Array.map (predicted measured Theory.derived)
    let models = right |> Array.map _.Model
    distances (right |> Array.map _.Weights) models models

/// Distances that theory expects of the annealed models: the noise and the distance between the predictions, in quadrature.
let private expected measured =
    let right = clocks measured Theory.derived
    let models = right |> Array.map _.Limit
    let between = distances (right |> Array.map _.Weights) models models

    all
    |> Array.map (fun f -> all |> Array.map (fun g -> sqrt (between[f][g] ** 2.0 + noise right[f] ** 2.0)))

let private table caption (values: float array array) : Table =
    {
        Caption = caption
        Headings = "trained with" :: List.init count (fun f -> "#" + name f)
        Rows =
            values
            |> Array.mapi (fun f row -> name f :: (row |> Array.map Numbers.short |> List.ofArray))
            |> List.ofArray
    }

/// How far the trained model of an exponent is from its prediction with Z taken as 1.
let private costOfUnitZ measured f = fromOwn measured (Slip.theory "z") f

let private exponentTable measured : Table =
    let full = fullTable measured

    {
        Caption = "Full batch, by exponent"
        Headings =
            [
                "exponent"
                "#Z − 1"
                "#largest over smallest p_{i}"
                "#distance from own prediction"
                "#the same, entries unweighted"
                "#from the nearest other one"
            ]
        Rows =
            all
            |> Array.map (fun f ->
                let right = predicted measured Theory.derived f

                name f
                :: ([
                        measured.Z f Theory.derived - 1.0
                        Array.max right.Weights / Array.min right.Weights
                        full[f][f]
                        Dense.relative measured.Full.Models[f] right.Model
                        all |> Seq.filter ((<>) f) |> Seq.map (fun g -> full[f][g]) |> Seq.min
                    ]
                    |> List.map Numbers.short))
            |> List.ofArray
    }

/// |row sum of P_ij / P_i - 1| of every word, ascending.
let private marginals measured =
    let frequencies = Corpus.frequencies measured.Full.Counts
    let v = frequencies.Words.Length

    Array.init v (fun i -> abs (Array.sum frequencies.Pairs[i * v .. i * v + v - 1] / frequencies.Words[i] - 1.0))
    |> Array.sort

let claim =
    claim "theorem-4.4" "Theorem 4.4: subsampling exponents" {
        asks
            "Does each way of subsampling frequent words lead to a model of its own, and to the one that is predicted? Is Z as close to 1 as the paper says?"

        predicts
            "Text subsampled with Ψ_{i} = P_{i}^{−f} weighs pairs by p_{i}p_{j}, p_{i} ~ P_{i}^{1−f}. The minimiser is M = Pd^{−1/2} A_{d} Pd^{−1/2} with A = Pd^{1/2} M*_{Ψ} Pd^{1/2}, M*_{Ψ} = Z M* + (Z − 1) and A_{d} its d leading eigenpairs, clipped at zero (Theorem 4.4; docs/derivations.md, sections 3 and 5.1). Where word i learns at the rate η/p_{i}, the whole training is the exact solution for the target A in the coordinates Pd^{1/2} W."

        seconds 2 50 120 5000
        measures measure
        gates judge

        answer (fun measured verdicts ->
            let z = measured.Z (count - 1) Theory.derived - 1.0
            let own = Verdicts.find "theorem-4.4/own-prediction" verdicts

            let unit =
                if (Verdicts.find "theorem-4.4/z" verdicts).Outcome = Outcome.Confirmed then
                    $"|Z − 1| is {Numbers.short (abs z)} on our statistics, below 10^{{−3}} as the paper has it"
                else
                    $"Contradicted on our statistics: |Z − 1| is {Numbers.short (abs z)}, not below 10^{{−3}} as the paper has it"

            $"""{Verdicts.failedBut [ "theorem-4.4/z" ] verdicts}{unit}; trained to rest, all {count} models are those that Theorem 4.4 predicts, to {Numbers.short own.Gap}.""")

        details (fun measured verdicts ->
            let own, descent =
                Verdicts.find "theorem-4.4/own-prediction" verdicts,
                Verdicts.find "theorem-4.4/descent-own-prediction" verdicts

            let other = apart (fullTable measured) |> Seq.map (fun (_, _, x) -> x) |> Seq.min

            // A run that looks for no resolutions has none to tell.
            let resolved words (sizes: (string * string * float * Verdict) list) =
                sizes
                |> List.choose (fun (name, slip, unit, verdict) ->
                    Verdicts.resolution slip [ verdict ]
                    |> Option.map (fun size -> $"{name} to {Numbers.short (unit * size)}"))
                |> function
                    | [] -> ""
                    | some -> words + String.concat " and " some

            let atRest =
                resolved
                    ", which confirms "
                    [
                        "the exponent f", "subsampling-exponent", 0.25, own
                        "the power of the weights", "word-weights", 1.0, own
                    ]

            let annealing =
                resolved ", which confirms " [ "f", "subsampling-exponent", 0.25, descent ]

            // Every run's square over the expected one, and how many predicted deviations that is off.
            let runs =
                Array.map3
                    (fun f ratio (clock: Clock) -> f, ratio, (ratio - 1.0) / clock.Noise.RelativeDeviation)
                    all
                    (squares measured Theory.derived)
                    (clocks measured Theory.derived)

            let worst, ratio, deviations = runs |> Array.maxBy (fun (_, _, z) -> abs z)
            // Of independent normal runs this would be chi-square with one degree of freedom each.
            let scatter = runs |> Array.sumBy (fun (_, _, z) -> z * z)
            let tooMuch = (scatter - float count) / sqrt (2.0 * float count)

            // What is off by more than three deviations needs an explanation, and has none.
            let unexplained =
                if abs deviations < 3.0 then
                    $"The run furthest off, {name worst}, has {Numbers.decimals 2 ratio} times the expected square, {Numbers.decimals 1 deviations} predicted standard deviations."
                else
                    $"An open question: the run {name worst} has {Numbers.decimals 2 ratio} times the expected square, which is {Numbers.decimals 1 deviations} predicted standard deviations off and makes the scatter of the {count} runs {Numbers.decimals 1 tooMuch} deviations too large, and the cause is not known."

            let annealed = annealed measured Theory.derived
            let ends = all |> Array.map (fun f -> annealed[f][f])
            let hits = Array.map2 (=) all (nearest annealed) |> Array.filter id |> Array.length

            $"With Z taken as 1 the prediction misses the trained model by {Numbers.short (costOfUnitZ measured (count - 1))}. The nearest prediction for another exponent is {Numbers.short other} away{atRest}. Trained by annealed minibatches, the models end at distances of {Numbers.short (Array.min ends)} to {Numbers.short (Array.max ends)} from their predictions, and {hits} of {count} are nearest to their own. On average their squared distance is {Numbers.decimals 1 (100.0 * abs (Array.average (squares measured Theory.derived) - 1.0))} %% off what the noise of the minibatches explains{annealing}. {unexplained}")

        text (fun measured ->
            let v, d, plan =
                measured.Full.Counts.Words.Length, measured.Full.Dimension, measured.Plan

            let slowest = (clocks measured Theory.derived |> Array.head).Weights
            let apart = marginals measured
            let percent x = Numbers.short (100.0 * x)

            let listed values =
                values |> Array.map (Numbers.decimals 2) |> String.concat ", "

            let scatter = listed (squares measured Theory.derived)

            let deviations =
                listed (clocks measured Theory.derived |> Array.map _.Noise.RelativeDeviation)

            [
                $"Two trainings on L_{{xe}}, for each of five exponents. Full batch: embeddings of dimension {d} of the V = {v} most frequent words are trained by conjugate gradients until the gradient is gone; with a weight of rank one every minimum is a global one, so their limit is the flow's."
                $"Minibatches: V = {plan.Words}, d = {plan.Dimension}, float32, independent pairs drawn from the subsampled distributions, {plan.Steps} steps of {plan.Pairs} pairs of each sign at a constant rate and {plan.AnnealedSteps} of {plan.AnnealedPairs} at a rate that falls to zero on a line. The paper's Experiment 3 has V = 1000, d = 100 and 1 million steps of 50,000 pairs of each sign, annealed from step 750,000 on (v1, Appendix C); the profile paper takes these. Words learn at η/p_{{i}}, which moves no minimum: at one rate for all, the rare words of unsubsampled text would need {Array.max slowest / Array.min slowest:F0} times the steps of the frequent ones."
                $"The noise of minibatches is predicted, not fitted: from the pair distribution at the minimum follows the variance of one batch, and from it, mode pair by mode pair through the annealing, the mean square distance at which training ends and its deviation. Measured over predicted squares are {scatter} for the five exponents; each should scatter about 1 by {deviations}."
                $"The paper finds |Z − 1| < 10^{{−3}} for Ψ_{{i}} = 1/P_{{i}} (v1, section 4.1), and in the same version |⟨M*⟩| < 0.02 on text8 with V = 1000 (after Eq. 35), which allows twenty times as much. Its texts are not ours (v1: text8 and 135 million words of Wikipedia; final version: 2.0 billion words; V up to 10,000), and it expects Z to come closer to 1 with more text and more words: what is contradicted here is the size on our statistics, the {v} most frequent words of 70 million words of Wikipedia. Nothing in Theorem 4.4 needs Z = 1."
                $"P_{{i}} is the frequency of word i among the words kept, not the row sum of P_{{ij}}. The two differ, because windows end with an article and self-pairs are set to P_{{i}}^{{2}}: by {percent apart[0]} to {percent (Array.last apart)} %%, {percent apart[apart.Length / 2]} %% for the median word. Both the simulation and the prediction use the former; the slip 'marginals' is what it costs to mix them up."
                "The distances from other exponents' predictions follow from the distance to one's own and are shown, not judged; so do those from the exact solution at the end of the minibatches."
            ])

        quantities (fun measured ->
            let right, table = clocks measured Theory.derived, annealed measured Theory.derived

            let own = all |> Array.map (fun f -> table[f][f])

            [
                dimensionless
                    "Z − 1"
                    (measured.Z (count - 1) Theory.derived - 1.0)
                    "of Ψ_{i} = 1/P_{i}; the paper: below 10^{−3} in magnitude"
                dimensionless
                    "cost of Z = 1"
                    (costOfUnitZ measured (count - 1))
                    "relative distance of the trained model of f = 1 from the prediction with Z taken as 1"

                for f in all do
                    dimensionless
                        $"annealed distance, {name f}"
                        own[f]
                        "of the model trained by minibatches from its own prediction, relative, in the metric of its loss"

                for f in all do
                    dimensionless
                        $"predicted noise, {name f}"
                        (noise right[f])
                        "root mean square of that distance from the variance of one batch"

                dimensionless
                    "nearest ratio"
                    (Array.min (ratios table))
                    "smallest distance of an annealed model from another prediction, over that from its own"
            ])

        tables (fun measured ->
            let v, d, plan =
                measured.Full.Counts.Words.Length, measured.Full.Dimension, measured.Plan

            [
                exponentTable measured
                table
                    $"Full batch, V = {v}, d = {d}: relative distance of each trained model (row) from each prediction (column), every pair weighted by (p_{{i}}p_{{j}})^{{1/2}} of the column"
                    (fullTable measured)
                table
                    $"Minibatches, V = {plan.Words}, d = {plan.Dimension}: the same"
                    (annealed measured Theory.derived)
            ])

        figures (fun measured ->
            [
                Theorem44Figures.trajectories measured.Plan measured.Descents measured.Setting.Team
                Theorem44Figures.distances
                    (fullTable measured)
                    (betweenFull measured)
                    (annealed measured Theory.derived)
                    (expected measured)
            ])
    }
