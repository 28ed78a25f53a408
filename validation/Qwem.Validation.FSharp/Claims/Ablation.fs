/// The final version's Figure 7: what each of the two changes from word2vec to QWEM does.
module Qwem.Validation.Claims.Ablation

open System
open Qwem.Reports
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Training
open Qwem.Theory
open Qwem.Validation
open Qwem.Validation.Drawing

/// sigma and k of the paper's ablation.
let private sigma, ratio = 1e-3, 2.0

/// Largest local error per step of the logistic and quartic flows.
let private tolerance = 1e-6

/// Share of its plateau that a variance may have reached while its growth is called linear.
let private linearShare = 0.01

/// Where records begin and end, in units of each model's tau_1, and from where on the growth of s_1 beyond its plateau is followed.
let private first, lastWord2Vec, lastConstant, followedFrom = 0.4, 8.0, 7.0, 2.0

/// Inner products of a state, each weighed with u_i u_j of its leading left singular vector u: what any restoring force adds up to
/// follows from them. Products between two values of an even grid are shared between both.
type private Products =
    {
        Lowest: float
        Width: float
        Masses: float array
        /// (sum |u_i|)^2.
        Total: float
    }

module private Products =

    let private count = 32_768

    let make (model: float array) (u: float array) =
        let v = u.Length
        let lowest, highest = Array.min model, Array.max model
        let width = (highest - lowest) / float (count - 1)
        let masses = Array.zeroCreate<float> count

        for i in 0 .. v - 1 do
            for j in 0 .. v - 1 do
                let place = (model[i * v + j] - lowest) / width
                let below = min (int place) (count - 2)
                let share = place - float below
                let mass = u[i] * u[j]
                masses[below] <- masses[below] + (1.0 - share) * mass
                masses[below + 1] <- masses[below + 1] + share * mass

        {
            Lowest = lowest
            Width = width
            Masses = masses
            Total = (u |> Array.sumBy abs) ** 2.0
        }

    /// u'F(M)u, F entry by entry.
    let pull (force: float -> float) products =
        products.Masses
        |> Array.mapi (fun n mass -> mass * force (products.Lowest + products.Width * float n))
        |> Array.sum

    /// How far linear interpolation can be off for 2 tanh(m/2), whose second derivative is at most 0.385.
    let error products =
        products.Width * products.Width / 8.0 * 0.385 * products.Total

/// A record of SGNS at constant weight on its way beyond the plateau.
type private Pulled =
    {
        Vector: float array
        Products: Products
    }

/// Singular values of one of the four models, and the unit of its time.
type private Curve =
    {
        Times: float array
        Unit: float
        Values: float array array
    }

    member curve.Clock = curve.Times |> Array.map (fun t -> t / curve.Unit)

type private Measured =
    {
        Setting: Setting
        Statistics: Prediction<CorpusStatistics>
        Dimension: int
        Start: DenseMatrix
        /// SGNS and the quartic loss with word2vec's weights, SGNS at constant weight, and QWEM.
        SkipGram: Curve
        Quartic: Curve
        Constant: Curve
        Both: SteppedFlow
        /// eta_alg t at which linear growth is judged, and the leading right singular vector and value of the first two models there, with
        /// the integrator's relative error.
        Judged: float
        Leading: (float array * float * float) list
        /// The records of Constant that are followed, from the first of them to the last record, and the integrator's relative error between.
        From: int
        Pulls: Pulled array
        Drifted: float
        Linear: Linearisation
    }

let private measure (setting: Setting) =
    let v, d, records =
        match setting.Profile with
        | Profile.Smoke -> 120, 16, 60
        | Profile.Quick -> 1000, 48, 120
        | _ -> 3000, 100, 120

    let team = setting.Team
    let counts = Corpus.leading setting.Larger.Value v
    let frequencies = Corpus.frequencies counts
    let statistics = PairTheory.statistics counts

    let constant, word2Vec =
        PairMeasures.constant frequencies ratio, PairMeasures.word2Vec frequencies ratio

    let problem =
        ConstantWeight.make (PairMeasures.objective constant Corpus.symmetric) d sigma setting.Seed team

    let solved =
        Solved.weighted
            (Solved.decomposed (PairTheory.target statistics ratio) team)
            (PairTheory.weight v ratio)
            problem.Start
            team

    let linearised = PairTheory.start statistics ratio team

    let own, unit = linearised.TimeTo(1.0, sigma * sigma), Steps.unit solved sigma
    let judged = linearised.TimeTo(linearShare, sigma * sigma)

    let uneven =
        Array.append (Curves.logSpaced first lastWord2Vec records |> Array.map (fun t -> t * own)) [| judged |]
        |> Array.sort
        |> Array.distinct

    let run field times direction observe stage =
        ConstantWeight.metered field problem.Start times tolerance direction observe setting $"ablation: {stage}"

    let unevenRun field stage =
        let at = Array.IndexOf(uneven, judged)

        let observed, errors =
            run
                field
                uneven
                (linearised.Direction())
                (fun n state ->
                    let values = Dense.singularValues state team
                    values, (if n = at then Some(fst (Dense.leadingVectors state team), values[0]) else None))
                stage

        let x, s = Array.pick snd observed

        {
            Times = uneven
            Unit = own
            Values = Array.map fst observed
        },
        (x, s, errors[at])

    let skipGram, first' =
        unevenRun (PairMeasures.logistic word2Vec problem.Start team) "logistic loss, word2vec's weights"

    let quartic, second =
        let objective = PairMeasures.objective word2Vec struct (0.125, 0.5, 0.125, -0.5)
        unevenRun (DirectField(objective, problem.Start, team)) "quartic loss, word2vec's weights"

    let times =
        Curves.logSpaced first lastConstant records |> Array.map (fun t -> t * unit)

    // An even number of intervals, so that every second record makes a grid too.
    let from =
        let start = times |> Array.findIndex (fun t -> t >= followedFrom * unit)
        start + (times.Length - 1 - start) % 2

    let slow = times |> Array.map (fun t -> 2.0 * t)

    let observed, errors =
        run
            (PairMeasures.logistic constant problem.Start team)
            slow
            ((solved.Of Theory.derived).Eigenvectors.Row(0).ToArray())
            (fun n state ->
                Dense.singularValues state team,
                (if n >= from then
                     let _, u = Dense.leadingVectors state team

                     Some
                         {
                             Vector = u
                             Products = Products.make (Dense.gram state team).Values u
                         }
                 else
                     None))
            "logistic loss, constant weight"

    {
        Setting = setting
        Statistics = statistics
        Dimension = d
        Start = problem.Start
        SkipGram = skipGram
        Quartic = quartic
        Constant =
            {
                Times = slow
                Unit = 2.0 * unit
                Values = Array.map fst observed
            }
        Both = Steps.integrate problem solved times (records / 10) setting "ablation: QWEM"
        Judged = judged
        Leading = [ first'; second ]
        From = from
        Pulls = Array.choose snd observed
        Drifted = Array.last errors - errors[from]
        Linear = linearised
    }

/// With word2vec's weights either loss starts out along its weighted linear term.
let private linearGrowth (measured: Measured) =
    let v, d = measured.Start.Rows, measured.Start.Columns

    // W(0)x of the two models.
    let starts =
        measured.Leading
        |> List.map (fun (x, s, _) ->
            Dense.product measured.Start false (DenseMatrix(d, 1, x)) false measured.Setting.Team
            |> _.Values,
            Math.Log s)

    let matrix = Prediction(PairTheory.linearTerm measured.Statistics ratio)

    let predicted =
        Prediction(fun theory ->
            let b = matrix.Of theory

            starts
            |> List.map (fun (start, _) -> Linearisation.LogGrowth(b, start, measured.Judged)))

    let lag =
        let start = Dense.embeddings measured.Start

        measured.Leading
        |> List.map (fun (x, _, _) -> -Math.Log(1.0 - measured.Linear.Lag(start, x, measured.Judged)))
        |> List.max

    let integration =
        measured.Leading |> List.map (fun (_, _, error) -> error) |> List.max

    Gate.leadingOrder
        "ablation/linear-growth"
        $"With word2vec's weights the logistic and the quartic loss grow alike at first: W(t) = e^{{2Bt}}W(0) under the weighted linear term B (V = {v})."
        $"larger error of ln |Wx| of the two, x the leading right singular vector, when s_{{1}}² has reached {linearShare:g} of the first plateau"
        {
            Bound = lag + integration
            Because =
                $"the dropped term: the quadratic term 4(A∘M)W takes a share of |Wx| that is its integral along the linear solution at first order, %.5f{lag} (Linearisation.Lag; the model under the quadratic term is smaller, so this overstates); integration: the sum of the steps' estimated errors, each over the part of W that grows, %.0e{integration}. The gap comes close to the bound because the bound is what theory leaves out"
        }
        (fun theory ->
            List.map2 (fun (_, measured) predicted -> abs (measured - predicted)) starts (predicted.Of theory)
            |> Curves.worst)

/// At constant weight the logistic loss pulls on s_1 with what saturation leaves of the target.
let private drift (measured: Measured) =
    let times = Array.skip measured.From measured.Constant.Times
    let v, team = measured.Start.Rows, measured.Setting.Team

    let vectors =
        DenseMatrix(times.Length, v, measured.Pulls |> Array.map _.Vector |> Array.concat)

    let targets =
        Prediction(fun theory ->
            let images =
                Dense.product
                    vectors
                    false
                    (DenseMatrix(v, v, PairTheory.target measured.Statistics ratio theory))
                    false
                    team

            Array.init times.Length (fun n ->
                Kernels.Dot(ReadOnlySpan(images.Values, n * v, v), ReadOnlySpan(vectors.Values, n * v, v))))

    let forces =
        Prediction(fun theory ->
            measured.Pulls
            |> Array.Parallel.map (fun pulled -> Products.pull theory.RestoringForce pulled.Products))

    let kappa (theory: Theory) =
        float (theory.Kappa(theory.EvenWeight (theory.SkipGram()) (theory.NegativeRatio ratio) v))

    let integral stride theory =
        let rates = Array.map2 (-) (targets.Of theory) (forces.Of theory)

        seq {
            for n in 0..stride .. times.Length - 1 - stride do
                0.5 * (rates[n] + rates[n + stride]) * (times[n + stride] - times[n])
        }
        |> Seq.sum
        |> (*) (kappa theory)

    let s n = measured.Constant.Values[n][0]
    let growth = Math.Log(s (measured.Constant.Values.Length - 1) / s measured.From)
    let quadrature = abs (integral 1 Theory.derived - integral 2 Theory.derived)
    let integration = measured.Drifted

    let interpolation =
        kappa Theory.derived
        * (Array.last times - times[0])
        * (measured.Pulls
           |> Array.map (fun pulled -> Products.error pulled.Products)
           |> Array.max)

    Gate.exact
        "ablation/no-plateau"
        "At constant weight the logistic loss drives s_{1} on beyond QWEM's plateau: d ln s_{1}/dt = ½ κ u'(M* − 2 tanh(M/2))u, which the unseen pairs, for which M* = −2, keep positive."
        $"error of the growth of ln s_{{1}} from {followedFrom:g} τ_{{1}} to the last record"
        {
            Bound = quadrature + integration + interpolation
            Because =
                $"quadrature: the trapezoid rule over the records is about three times closer than over every second one, from which it differs by %.1e{quadrature}; integration, the sum of the steps' estimated errors over s_{{1}}, %.0e{integration}; inner products counted on a grid %.0e{interpolation}"
        }
        (fun theory -> abs (growth - integral 1 theory))

let private judge (measured: Measured) =
    [
        Steps.gramGate
            "ablation/both-gram"
            "With the quartic loss and constant weight together the Gram matrix is the exact solution's at every record compared, at negative ratio 2."
            [ measured.Both ]
            measured.Setting.Team
        linearGrowth measured
        drift measured
    ]

let private leading (curve: Curve) = curve.Values |> Array.map Array.head

let private plateaus (measured: Measured) =
    (measured.Both.Solved.Of Theory.derived).Eigenvalues
    |> Array.truncate 5
    |> Array.map sqrt

let private final (curve: Curve) k = (Array.last curve.Values)[k]
let private peak curve = Array.max (leading curve)

/// Largest relative difference of s_1 between the two losses with word2vec's weights, and its time in their unit.
let private lossesApart (measured: Measured) =
    Array.map3
        (fun t a b -> abs (b / a - 1.0), t)
        measured.SkipGram.Clock
        (leading measured.SkipGram)
        (leading measured.Quartic)
    |> Array.maxBy fst

let private beyond (measured: Measured) n =
    measured.Constant.Values[n][0] / (plateaus measured)[0]

let private gap id verdicts =
    Numbers.short (Verdicts.find $"ablation/{id}" verdicts).Gap

let private percent x = Numbers.short (100.0 * x)

let private headline (measured: Measured) verdicts =
    let apart, _ = lossesApart measured

    $"""{Verdicts.failed verdicts}Both changes from word2vec to QWEM together give the exact solution to {gap "both-gram" verdicts}; the quartic loss alone moves s_{{1}} by at most {percent apart} %%, and with constant weight alone it reaches no plateau within the run."""

let private further (measured: Measured) verdicts =
    let _, at = lossesApart measured
    let last = measured.Constant.Values.Length - 1
    let gapLinear, gapDrift = gap "linear-growth" verdicts, gap "no-plateau" verdicts

    $"All models start from σ = %g{sigma} with k = {ratio:g}. With word2vec's weights either loss grows as e^{{2Bt}}W(0) up to {100.0 * linearShare:g} %% of the plateau, to {gapLinear} in ln s_{{1}}. The quartic loss moves s_{{1}} most at {Numbers.decimals 2 at} τ_{{1}}, and by {percent (final measured.Quartic 0 / final measured.SkipGram 0 - 1.0)} %% at the end. With constant weight and the logistic loss s_{{1}} goes on from {Numbers.decimals 3 (beyond measured measured.From)} to {Numbers.decimals 3 (beyond measured last)} √λ_{{1}} between {followedFrom:g} and {lastConstant:g} τ_{{1}}. The rate ½ κ u'(M* − 2 tanh(M/2))u explains this growth to {gapDrift} in ln s_{{1}}."

let private drawing (measured: Measured) =
    let both: Curve =
        {
            Times = measured.Both.Times
            Unit = Steps.unit measured.Both.Solved sigma
            Values = measured.Both.Values.Fine
        }

    let modes = shownModes measured.Dimension

    let drawn title (rows: Curve list) (curve: Curve) extra =
        let top = rows |> List.map peak |> List.max

        stepPanel
            title
            0.5
            (Array.last curve.Clock)
            top
            (modeCurves "simulated" (Line(Solid, 2.2)) modes curve.Clock curve.Values @ extra)

    let upper, lower =
        [ measured.SkipGram; measured.Quartic ], [ measured.Constant; both ]

    let exact =
        Solved.singularValues (measured.Both.Solved.Of Theory.derived) both.Times

    let apart, _ = lossesApart measured

    { figure
          "ablation"
          "From word2vec to QWEM in two changes"
          [ "final 7" ]
          $"Singular values against time, each model's in units of its own first realisation time; one colour per mode. The quartic loss alone (top right) moves word2vec's leading value (top left) by at most {Numbers.short (100.0 * apart)} %%; constant weight alone (bottom left) gives clean steps, but the leading value grows on; both together (bottom right) are QWEM, on its exact solution (dashed)."
          "Four panels of singular values that rise in steps: the two at the top are close to each other and their steps drawn out, bottom left has clean steps whose leading one rises on slowly, bottom right has level plateaus on the dashed theory."
          0
          []
          [
              drawn "logistic loss, word2vec's weights" upper measured.SkipGram []
              drawn "quartic loss, word2vec's weights" upper measured.Quartic []
              drawn "logistic loss, constant weight" lower measured.Constant []
              drawn
                  "quartic loss, constant weight (QWEM)"
                  lower
                  both
                  (modeCurves "exact theory" (Line(Dashed, 1.2)) modes both.Clock exact)
          ] with
        ColourNames = modeNames modes
        Command = "qwem reproduce --only ablation"
    }

/// The final version's Figure 7 beside ours.
let private beside (measured: Measured) : Reference list =
    let window = measured.Setting.Larger.Value.Convention.WindowHalfWidth

    let here =
        PaperValues.here measured.Setting measured.Start.Rows window $"d = {measured.Dimension}, k = {ratio:g}, flows"

    let reference =
        PaperValues.beside
            "final 7"
            "COCA and NOW, 41 million words; V = 20,000 (values of the first 10,000), L = 16, d = 150, k = 2"
            here

    let value = Numbers.decimals 1
    let pair (a: float) (b: float) = $"{value a} and {value b}"
    let plateaus = plateaus measured

    let rise =
        Curves.halfRiseTime
            (plateaus[0] * plateaus[0])
            measured.Both.Times
            (measured.Both.Values.Fine |> Array.map Array.head)
        / Steps.unit measured.Both.Solved sigma

    [
        reference
            "s_{1} at the end, logistic and quartic loss"
            "45.8 and 43.4"
            (pair (final measured.SkipGram 0) (final measured.Quartic 0))
        reference
            "s_{2} at the end, logistic and quartic loss"
            "39.5 and 36.7"
            (pair (final measured.SkipGram 1) (final measured.Quartic 1))
        reference
            "peak of s_{1}, logistic and quartic loss"
            "52.5 and 51"
            (pair (peak measured.SkipGram) (peak measured.Quartic))
        reference "QWEM's plateaus, k = 1 … 5" "41.8, 35.1, 32.0, 30.9, 29.6" (PaperValues.series value plateaus)
        reference
            "s_{1} of the logistic loss at constant weight over QWEM's plateau, at 7 τ₁"
            "above 1.32 (55) and growing"
            $"{Numbers.decimals 3 (final measured.Constant 0 / plateaus[0])} and growing"
        reference "first rise of QWEM by half" "0.84 τ₁ (their τ₁ is that of k = 1)" $"{Numbers.decimals 3 rise} τ₁"
    ]

let claim =
    claim "ablation" "From word2vec to QWEM in two changes" {
        asks
            "QWEM differs from word2vec in its loss and in how it weighs pairs. What does each of the two changes do alone?"

        predicts
            "With both, the exact solution. With word2vec's weights, whatever the loss, linear growth e^{2Bt}W(0) under the weighted linear term B = ½(Ψ⁺P − Ψ⁻PP'). With the logistic loss at constant weight no plateau: its minimiser is the mutual information, −∞ for unseen pairs, and s_{1} is driven on at the rate ½ κ u'(M* − 2 tanh(M/2))u."

        seconds 3 40 550 550
        measures measure
        gates judge
        answer headline
        details further

        text (fun (measured: Measured) ->
            [
                $"Gradient flows of dimension d = {measured.Dimension} on {measured.Start.Rows} words with two negative pairs per positive one from σ = %g{sigma}, after the paper's Figure 7: SGNS with word2vec's weights, the quartic loss alone, constant weight alone, and both."
                "Changing the loss alone moves the curves little; constant weight is what makes clean steps and the plateaus of a closed form possible. It also exposes the logistic loss: nothing holds the leading value at its plateau."
            ])

        quantities (fun (measured: Measured) ->
            let overshoot curve = peak curve / final curve 0
            let apart, _ = lossesApart measured

            [
                quantity
                    "growth rate of s_{1}"
                    (2.0 * measured.Linear.Rates()[0])
                    "1/(learning rate × step)"
                    "twice the largest eigenvalue of word2vec's weighted linear term"
                dimensionless
                    "overshoot, logistic"
                    (overshoot measured.SkipGram)
                    "peak over last value of s_{1}, word2vec's weights"
                dimensionless "overshoot, quartic" (overshoot measured.Quartic) "the same with the quartic loss"
                dimensionless
                    "losses apart"
                    apart
                    "largest relative difference of s_{1} between the two losses, word2vec's weights"
                dimensionless
                    "s_{1} at constant weight, first"
                    (beyond measured measured.From)
                    "logistic loss, over QWEM's plateau √λ_{1}, at 2 τ_{1}"
                dimensionless
                    "s_{1} at constant weight, last"
                    (beyond measured (measured.Constant.Values.Length - 1))
                    "the same at the last record"
            ])

        references beside
        figures (fun measured -> [ drawing measured ])
    }
