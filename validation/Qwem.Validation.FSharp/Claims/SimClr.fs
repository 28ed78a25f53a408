/// The contrastive loss with a temperature (Eq. 20): its expansion as a flow, and itself as a descent over batches.
module Qwem.Validation.Claims.SimClr

open System
open Qwem.Reports
open Qwem.Sim.Descent
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Training
open Qwem.Theory
open Qwem.Validation
open Qwem.Validation.Drawing

/// Text subsampled so that every word is in equally many pairs: p_ij = x_i x_j P_ij with all row sums 1/V, V x V, symmetric to the bit. A
/// batch compares each word with the contexts of the batch's other pairs, so negatives have the pairs' own marginals; with uniform ones
/// all pairs of words weigh alike.
let balanced (frequencies: Frequencies) =
    let v = frequencies.Words.Length
    let joint = DenseMatrix(v, v, frequencies.Pairs)
    let x = frequencies.Words |> Array.map (fun p -> 1.0 / (p * float v))
    let settled, rounds = 1e-13, 10_000

    // One round of Sinkhorn's scaling, its square root taken because both sides are scaled at once.
    let rec balance round =
        let rows =
            Array.init v (fun i ->
                float v
                * x[i]
                * Kernels.Dot(ReadOnlySpan(joint.Values, i * v, v), ReadOnlySpan x))

        let off = rows |> Array.map (fun row -> abs (row - 1.0)) |> Array.max

        if off > settled then
            if round = rounds then
                raise (ArithmeticException $"Balancing the pairs did not settle: a row is off by {off}.")

            for i in 0 .. v - 1 do
                x[i] <- x[i] / sqrt rows[i]

            balance (round + 1)

    balance 0
    DenseMatrix(v, v, Array.init (v * v) (fun e -> (x[e / v] * x[e % v]) * joint.Values[e]))

let private sigma, temperatures = 1e-6, [ 0.5; 1.0; 2.0 ]

/// How far the fastest mode moves in one step of a descent: W grows by this share.
let private step = 0.1

let private first, last, records = 0.3, 7.0, 90

/// Descent of the cross-entropy itself, from a start of scale sigma / beta^{1/2}.
type private Descent =
    {
        /// beta.
        InverseTemperature: float
        LearningRate: float
        /// Steps taken at each record.
        Steps: float array
        Values: float array array
        Solved: Prediction<Solved>
    }

type private Measured =
    {
        Setting: Setting
        Words: int
        Dimension: int
        Batch: int
        /// beta and the flow of the expansion.
        Flows: (float * SteppedFlow) list
        Descents: Descent list
    }

    /// The descent at beta = 1, which goes on for longest.
    member measured.Plain =
        measured.Descents |> List.find (fun run -> run.InverseTemperature = 1.0)

let private measure (setting: Setting) =
    let v, d, batch =
        match setting.Profile with
        | Profile.Smoke -> 120, 16, 256
        | Profile.Quick -> 400, 24, 1024
        | _ -> 1000, 64, 4096

    let team = setting.Team
    setting.Told "simclr: balancing the pairs" 0.0
    let pairs = balanced (Corpus.frequencies (Corpus.leading setting.Embedded v))
    let even = 1.0 / float v
    let uniform = DenseMatrix(v, v, Array.create (v * v) (even * even))

    // The pairs are statistics already, with self-pairs of their own.
    let statistics = CorpusStatistics.FromCounts(Array.create v 1.0, pairs.Values)

    let plain =
        Solved.decomposed (fun theory -> theory.Target (theory.CrossEntropy()) statistics) team

    let solved beta =
        // A temperature scales the target, and with it every eigenvalue.
        let decomposed =
            Prediction(fun theory ->
                let target = plain.Of theory
                let scaled = theory.Temperature beta

                { target with
                    Target = scaled target.Target
                    Eigenvalues = scaled target.Eigenvalues
                })

        // G of L_xe where every word has the share 1/V.
        let weight (theory: Theory) =
            theory.TemperatureWeight beta (theory.CrossEntropy().NegativeQuadratic * even * even)

        fun start -> Solved.weighted decomposed weight start team

    let solutions = temperatures |> List.map (fun beta -> beta, solved beta)

    let flow (beta, solve: DenseMatrix -> Prediction<Solved>) =
        let objective =
            PairwiseObjective.FromWeights(pairs, uniform, 0.0, 1.0, 0.5 * beta, -1.0)

        let problem = ConstantWeight.make objective d sigma setting.Seed team
        let solved = solve problem.Start
        let unit = Steps.unit solved sigma
        let times = Curves.logSpaced first last records |> Array.map (fun t -> t * unit)
        beta, Steps.integrate problem solved times (records / 15) setting $"simclr: expansion, beta = %g{beta}"

    let flows = solutions |> List.map flow

    // The learning rate is the simulator's own business: a share of its fastest mode.
    let fastest =
        (Dense.eigen (Array.map2 (-) pairs.Values uniform.Values) team).Eigenvalues[0]

    let rate = step / (2.0 * fastest)

    // Until after the first rise, at beta = 1 three times as long.
    let rise =
        int (Math.Ceiling(Math.Log(1e4 / (sigma * sigma)) / (2.0 * Math.Log(1.0 + step))))

    let stride = 2

    let descend (beta, solve: DenseMatrix -> Prediction<Solved>) =
        let steps = if beta = 1.0 then 3 * rise else rise
        let start = Initialisation.Gaussian(v, d, sigma, setting.Seed)
        Kernels.Scale(1.0 / sqrt beta, start.Values)
        let solved = solve (Dense.copy start)

        let descent =
            ContrastiveDescent(IndependentPairs.FromWeights(pairs, true, true, setting.Seed), beta, batch, start, team)

        let state = DenseMatrix(v, d)

        let values =
            Array.init (steps / stride) (fun index ->
                for _ in 1..stride do
                    descent.Advance rate

                if descent.Diverged then
                    raise (
                        ArithmeticException $"The contrastive descent diverged at beta = {beta}; take smaller steps."
                    )

                setting.Told $"simclr: cross-entropy, beta = %g{beta}" (float (stride * (index + 1)) / float steps)
                descent.CopyTo state
                Dense.singularValues state team)

        {
            InverseTemperature = beta
            LearningRate = rate
            Steps = Array.init values.Length (fun index -> float (stride * (index + 1)))
            Values = values
            Solved = solved
        }

    {
        Setting = setting
        Words = v
        Dimension = d
        Batch = batch
        Flows = flows
        Descents = solutions |> List.map descend
    }

let private leading (run: Descent) = run.Values |> Array.map Array.head

/// The cross-entropy itself depends on the temperature through beta M alone.
let private scaling (measured: Measured) =
    let plain = measured.Plain

    let others =
        measured.Descents |> List.filter (fun run -> run.InverseTemperature <> 1.0)

    let compared =
        others |> List.map _.Values.Length |> List.min |> min plain.Values.Length

    let steps = plain.Steps[compared - 1]
    // Roundings of one sum of a product are in chains of 256.
    let chain = sqrt 256.0

    Gate.exact
        "simclr/temperature-scaling"
        "Descents of the true cross-entropy at different β from starts of scale σ/β^{1/2} are the same up to that scale: the model depends on β as the target M*_{xe}/β says, step by step, beyond the expansion."
        "largest difference of s_{k}², over what theory makes of 1 at β, from s_{k}² at β = 1, over modes, records and runs, in units of s_{1}²"
        {
            Bound =
                Tolerance.standardErrors
                * Tolerance.unitRoundoff
                * (2.0 * sqrt steps * (1.0 + step * sqrt 3.0 * chain) + sqrt 2.0 * chain)
            Because =
                $"rounding, six standard errors of independent ones, doubled by the square: one u per step, and %.2g{step} times three products' chains of 256 roundings, over %.0f{steps} steps; and the chains of both Gram matrices whose eigenvalues are compared"
        }
        (fun theory ->
            seq {
                for run in others do
                    let scale = (theory.Temperature run.InverseTemperature [| 1.0 |])[0]

                    for n in 0 .. compared - 1 do
                        let one = plain.Values[n]
                        let apart = Array.map2 (fun s t -> abs (s * s / scale - t * t)) run.Values[n] one
                        Array.max apart / (one[0] * one[0])
            }
            |> Curves.worst)

/// The descent that is judged by its first rise: its step number and what it is expected to be.
let private judged (measured: Measured) = List.last measured.Descents

let private measuredRise (measured: Measured) =
    let run = judged measured
    Curves.halfRiseTime (run.Solved.Of Theory.derived).Eigenvalues[0] run.Steps (leading run)

/// Growth of the first mode in a step, and its start over its plateau. A pair is its own negative with share 1/B.
let private growth (measured: Measured) (theory: Theory) =
    let run = judged measured
    let solved = run.Solved.Of theory
    let lambda = solved.Eigenvalues[0]
    let share = 1.0 - 1.0 / float measured.Batch
    float solved.Kappa * run.LearningRate * lambda * share, (theory.StartVariances solved.Exact)[0] / lambda

let private expectedRise (measured: Measured) (theory: Theory) =
    growth measured theory ||> theory.FirstRise

let private firstRise (measured: Measured) =
    let run = judged measured
    let beta = run.InverseTemperature
    let solved = run.Solved.Of Theory.derived
    let x, start = growth measured Theory.derived

    let spectrum =
        TargetSpectrum(solved.Eigenvalues |> Array.map ((*) beta), solved.Eigenvectors.Values)

    let shifts = FirstRise.Shifts(spectrum, x, start, measured.Batch)
    let sampling = Tolerance.standardErrors * shifts.StandardError
    let rise = measuredRise measured

    Gate.statistical
        "simclr/cross-entropy-first-rise"
        $"The true cross-entropy over batches of {measured.Batch} pairs makes its first step when its expansion says (β = {beta:g})."
        "relative error of the step number of the first half-rise, one descent"
        {
            Bound = shifts.Modelling + sampling + shifts.Noise
            Because =
                $"six standard errors of one descent's growth over %.0f{expectedRise measured Theory.derived} steps, %.1e{sampling}; its second order and what the batches' noise adds in other directions, %.1e{shifts.Noise}; the softmax along the first eigenvector instead of its expansion, its turning included, %.1e{shifts.Modelling} (FirstRise)"
        }
        (fun theory -> abs (expectedRise measured theory / rise - 1.0))

let private betas (measured: Measured) =
    String.Join(", ", measured.Flows |> List.map (fun (beta, _) -> $"{beta:g}"))

let private judge (measured: Measured) =
    let flows = List.map snd measured.Flows

    let count modes =
        flows
        |> List.sumBy (modes >> List.filter (fun (mode: Steps.Mode) -> mode.IsValid) >> List.length)

    let all = flows |> List.sumBy Steps.risenCount

    [
        Steps.gramGate
            "simclr/exact-gram"
            $"The expanded loss at β = {betas measured} follows the exact solution with target M*_{{xe}}/β at every record compared."
            flows
            measured.Setting.Team
        Steps.timeGate
            "simclr/step-times"
            $"The singular values that rise within the records, {all} of the three runs, rise at ln(λ_{{k}}/(βσ²)) V²/(4λ_{{k}}), λ_{{k}} the eigenvalues of M*_{{xe}} ({count Steps.halfRises} of them are aligned enough to be judged)."
            flows
        Steps.plateauGate
            "simclr/plateaus"
            $"The singular values that have had the time, {count Steps.ends} of the three runs, are at rest at (λ_{{k}}/β)^{{1/2}}."
            flows
        scaling measured
        firstRise measured
    ]

let private headline (measured: Measured) verdicts =
    let exact = (Verdicts.find "simclr/exact-gram" verdicts).Gap
    let rise, expected = measuredRise measured, expectedRise measured Theory.derived

    $"{Verdicts.failed verdicts}Expanded, the contrastive loss with β = {betas measured} follows the exact solution for the target M*_{{xe}}/β to {Numbers.short exact}; under the full cross-entropy the first singular value rises after {Numbers.decimals 1 rise} steps, where {Numbers.decimals 1 expected} are expected."

let private further (measured: Measured) verdicts =
    let worst modes predicted =
        measured.Flows
        |> Seq.collect (fun (_, flow) ->
            modes flow
            |> List.filter (fun (mode: Steps.Mode) -> mode.IsValid)
            |> List.map (Steps.error (predicted flow Theory.derived)))
        |> Seq.fold max 0.0

    let times, heights =
        worst Steps.halfRises Steps.stepTime, worst Steps.ends Steps.plateau

    let rise, expected = measuredRise measured, expectedRise measured Theory.derived
    let bound = (Verdicts.find "simclr/cross-entropy-first-rise" verdicts).Bound
    let scaling = (Verdicts.find "simclr/temperature-scaling" verdicts).Gap

    $"From σ = %g{sigma} the expanded loss has the plateaus (λ_{{k}}/β)^{{1/2}} to {Numbers.short (100.0 * heights)} %% and the times τ_{{k}} to {Numbers.short (100.0 * times)} %%, in the modes that are judged. The true cross-entropy depends on β through βM alone, to {Numbers.short scaling}. Its first rise is {Numbers.short (100.0 * abs (expected / rise - 1.0))} %% from where it is expected, and the noise of its batches leaves room for {Numbers.short (100.0 * bound)} %%."

let private drawing (measured: Measured) =
    let plain = measured.Plain
    let modes = shownModes measured.Dimension |> List.filter (fun k -> k < 10)

    let highest =
        measured.Flows
        |> Seq.collect (fun (_, flow) -> flow.Values.Fine |> Seq.map Array.head)
        |> Seq.append (leading plain)
        |> Seq.max

    let drawn title (clock: float array) simulated exact =
        stepPanel
            title
            0.5
            (Array.last clock)
            highest
            (modeCurves "simulated" (Line(Solid, 3.0)) modes clock simulated
             @ modeCurves "exact theory of the expansion" (Line(Dashed, 1.2)) modes clock exact)

    let expansion (beta: float, flow: SteppedFlow) =
        let unit = Steps.unit flow.Solved sigma
        let exact = Solved.singularValues (flow.Solved.Of Theory.derived) flow.Times
        drawn $"expansion, β = {beta:g}" (flow.Times |> Array.map (fun t -> t / unit)) flow.Values.Fine exact

    let times = plain.Steps |> Array.map (fun n -> n * plain.LearningRate)
    let unit = Steps.unit plain.Solved sigma
    let exact = Solved.singularValues (plain.Solved.Of Theory.derived) times
    let delay = Theory.derived.StepDelay step - 1.0

    { figure
          "simclr"
          "Stepwise learning with a temperature"
          []
          $"Singular values against time in units of the first realisation time; one colour per mode. Solid: simulated; dashed: exact solution of the expansion. The plateaus are (λ_{{k}}/β)^{{1/2}}, the clock does not depend on β. Last panel: stochastic descent of the true cross-entropy; its finite steps make its first rise {Numbers.decimals 0 (100.0 * delay)}%% later than a flow's (`AlignedSolution.DiscreteTimeFactor` in `docs/theory.md`), which the gate accounts for. What it does afterwards is not predicted."
          "Four panels of sigmoidal steps. In the first three theory lies on the simulation and the heights fall as the inverse temperature grows; in the last the simulated curves rise a little later than the theory's and fluctuate near their heights."
          0
          []
          ((measured.Flows |> List.map expansion)
           @ [
               drawn "cross-entropy, β = 1" (times |> Array.map (fun t -> t / unit)) plain.Values exact
           ]) with
        ColourNames = modeNames modes
        Slider = true
        Command = "qwem reproduce --only simclr"
    }

let claim =
    claim "simclr" "Stepwise learning with a temperature" {
        asks "Does SimCLR's contrastive loss learn in steps too, and where does its temperature enter?"

        predicts
            "Eq. (20) over β expands to the quadratic loss (0, 1, β/2, −1): target M*_{xe}/β, weight βP_{i}P_{j}/2 (`QuadraticLoss.SimClr` in `docs/theory.md`). With uniform words the flow is solved: plateaus (λ_{k}/β)^{1/2} at times that know β only through ln(λ_{k}/(βσ²))."

        seconds 3 12 80 80
        measures measure
        gates judge
        answer headline
        details further

        text (fun (measured: Measured) ->
            [
                $"The {measured.Words} most frequent words, d = {measured.Dimension}, subsampled so that every word is in equally many pairs: a batch draws its negatives from the marginals of its pairs, and uniform ones make the weight constant. The expansion of the logarithm of a mean of exponentials has a variance where L_{{xe}} has a second moment; for uniform marginals M* has rows of mean zero, and the two agree on everything that is learned."
                $"The expansion is integrated as a flow from σ = %g{sigma}; the cross-entropy itself is descended over batches of {measured.Batch} pairs, each of which is its own negative with share 1/B, which slows the clock by 1 − 1/B. Where the true loss leaves its expansion, after the first step, its values are reported and not gated."
            ])

        quantities (fun (measured: Measured) ->
            let final, plain =
                Array.last measured.Plain.Values, measured.Plain.Solved.Of Theory.derived

            let over k = final[k] / sqrt plain.Eigenvalues[k]

            [
                dimensionless
                    "s_{1} of the cross-entropy"
                    (over 0)
                    "after the last step at β = 1, over the expansion's plateau"
                dimensionless "s_{2} of the cross-entropy" (over 1) "the same for the second mode"
            ])

        figures (fun measured ->
            [
                drawing measured
                { Steps.figure
                      "simclr-step-errors"
                      "Step times and plateaus, mode by mode"
                      (measured.Flows |> List.map (fun (beta, flow) -> $"β = {beta:g}", flow)) with
                    Command = "qwem reproduce --only simclr"
                }
            ])
    }
