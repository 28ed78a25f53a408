/// Every error of the simulation falls at the rate of its cause, against closed forms that have none.
module Qwem.Validation.Claims.Convergence

open System
open Qwem.Reports
open Qwem.Sim.LinearAlgebra
open Qwem.Theory
open Qwem.Validation
open Qwem.Validation.Drawing
open Qwem.Validation.Claims.ConvergenceRuns

type private Measured =
    {
        Problem: Problem
        Integrators: Integrators
        InRate: Descent<float> array
        InBatch: Descent<float> array
        Stepped: Descent<DenseMatrix> array
        /// One array per seed.
        Small: SmallStart array array
        /// Root mean square relative errors of the integrators' runs, by field and count.
        Errors: Prediction<float array array>
        /// Relative distances of the full-batch descents from the exact solution, by step and seed.
        SteppedErrors: Prediction<float array array>
    }

let private measure (setting: Setting) =
    let problem = problem setting
    let runs, stepped = integrators problem, stepped problem
    let inRate, inBatch = noisy problem
    let steppedStarts = steppedStarts problem
    let time = horizon / (problem.Kappa * problem.Eigenvalues[0])

    let relative (solved: DenseMatrix -> Solved) start embeddings =
        fromExact problem (solved start) time embeddings ||> (/)

    {
        Problem = problem
        Integrators = runs
        InRate = inRate
        InBatch = inBatch
        Stepped = stepped
        Small = smallStarts problem
        Errors =
            Prediction(fun theory ->
                let solved = problem.Solved theory

                runs.Ends
                |> Array.map (
                    Array.map (fun ends ->
                        sqrt (
                            Array.map2 (fun start state -> relative solved start state ** 2.0) runs.Starts ends
                            |> Array.average
                        ))
                ))
        SteppedErrors =
            Prediction(fun theory ->
                let solved = problem.Solved theory

                stepped
                |> Array.map (fun run -> Array.map2 (relative solved) steppedStarts run.Ends))
    }

// Orders of the integrator.

let private half = counts.Length / 2

/// Orders over the longer and over the shorter half of the steps, by field.
let private orders measured theory =
    (measured.Errors.Of theory)
    |> Array.map (fun errors ->
        let points = Array.zip stepSizes errors
        Slope.fit points[.. half - 1], Slope.fit points[half..])

let private integratorGate measured =
    let v, d = float measured.Problem.Words, float measured.Problem.Dimension
    let steps = float (Array.last counts)
    // 14 rounded sums a step at random signs, and the products of the start, the comparison and the exact solution.
    let rounding = sqrt (14.0 * steps + 8.0 * (d + v + 8.0)) * Tolerance.unitRoundoff
    let range = Math.Log(steps / float counts[half])
    let floor = measured.Errors.Of Theory.derived |> Array.map Array.last |> Array.min
    let drowned = Math.Log(1.0 + rounding / floor) / range

    let apart =
        orders measured Theory.derived
        |> Array.map (fun (longer, shorter) -> abs (longer - shorter))
        |> Array.max

    Gate.exact
        "convergence/integrator-order"
        "The simulator's integrator with steps of fixed size converges to the exact solution with order 8, in the eigenbasis and in the words."
        "distance of the observed order (slope of the logarithms over the shorter steps) from the order of the method, the larger of two right-hand sides"
        {
            Bound = apart + drowned
            Because =
                $"an error C h^8 (1 + c h) has a slope of 8 + c h: over the shorter half of the steps it is off by no more than it differs from the slope over the longer half, whose steps are twice as long, %.1e{apart}; rounding adds its share to the smallest error, %.1e{drowned}"
        }
        (fun theory ->
            orders measured theory
            |> Seq.map (fun (_, order) -> abs (order - theory.IntegratorOrder()))
            |> Curves.worst)

// Descents.

let private slopeOf property (runs: Descent<'end'> array) (errors: float array array) =
    Array.init errors[0].Length (fun n ->
        Slope.fit (Array.map2 (fun run (values: float array) -> property run, values[n]) runs errors))
    |> Slope.ofSeeds

let private slopeInRate measured =
    slopeOf _.Step measured.InRate (measured.InRate |> Array.map _.Ends)

let private slopeInBatch measured =
    slopeOf (fun run -> float run.Batch) measured.InBatch (measured.InBatch |> Array.map _.Ends)

let private slopeInSteps measured theory =
    slopeOf _.Step measured.Stepped (measured.SteppedErrors.Of theory)

let private slopeGate name claim bias because (slope: Theory -> Slope) (expected: Theory -> float) =
    let width = (slope Theory.derived).HalfWidth

    Gate.statistical
        $"convergence/{name}"
        claim
        "distance of the mean slope of the logarithms over the seeds from the exponent"
        {
            Bound = width + bias
            Because =
                $"half of the 99.9 %% interval of that mean by Student's distribution, %.1e{width}; {because}, %.1e{bias}"
        }
        (fun theory -> abs ((slope theory).Mean - expected theory))

let private descents measured =
    let range property runs =
        let values = runs |> Array.map property
        Math.Log(Array.max values / Array.min values)

    // A step takes at most z = 2 kappa h lambda_1 off a deviation of M, so that its stationary variance is 1 / (1 - z / 2) times that of
    // small steps and the distance changes by z / 4; the second order in the noise changes it by the square of itself.
    let noisyBias property (runs: Descent<float> array) =
        let step = runs |> Array.map _.Step |> Array.max
        let distance = runs |> Array.collect _.Ends |> Array.max
        (0.5 * step + distance * distance) / range property runs

    // What an undeveloped mode lacks after n steps of z, n z^2 / 2, is followed by 2 z / 3 of it and by its own exponential, n z^2 / 4.
    let steppedBias =
        let step = measured.Stepped |> Array.map _.Step |> Array.max
        step * (2.0 / 3.0 + horizon / 4.0) / range _.Step measured.Stepped

    let noise =
        "finite step and second order of the noise, z / 4 with z = 2 kappa h lambda_1 and the square of the largest distance, over the logarithm of the range"

    [
        slopeGate
            "noise-rate"
            "Where minibatch noise rules, the distance of stochastic gradient descent from the flow grows like the root of the learning rate."
            (noisyBias _.Step measured.InRate)
            noise
            (fun _ -> slopeInRate measured)
            (fun theory -> theory.NoiseInRate())
        slopeGate
            "noise-batch"
            "Where minibatch noise rules, that distance falls like the root of the batch."
            (noisyBias (fun run -> float run.Batch) measured.InBatch)
            noise
            (fun _ -> slopeInBatch measured)
            (fun theory -> theory.NoiseInBatch())
        slopeGate
            "step-rate"
            "Where finite steps rule, the distance of gradient descent from the exact solution is proportional to the learning rate."
            steppedBias
            "second order in the step z: 2 z / 3 and n z^2 / 4 of the leading one, over the logarithm of the range"
            (slopeInSteps measured)
            (fun theory -> theory.StepInRate())
    ]

// Small starts.

/// sqrt of the sum of the squares of the d leading eigenvalues: the size of a trained model.
let private size (problem: Problem) =
    Dense.norm problem.Eigenvalues[.. problem.Dimension - 1]

/// Largest distance of M from diagonal variances lambda_k(t) in the basis of the target, in units of the trained model.
let private fromAligned measured (theory: Theory) (variances: float array) (solved: Solved) (run: SmallStart) =
    Seq.init run.Times.Length (fun record ->
        let mutable squares = run.Rest[record] * run.Rest[record]

        for k in 0 .. measured.Problem.Dimension - 1 do
            let expected =
                theory.AlignedVariance variances[k] solved.Eigenvalues[k] (solved.Kappa * run.Times[record])

            squares <- squares + (run.Diagonals[record][k] - expected) ** 2.0

        sqrt squares)
    |> Curves.worst
    |> fun worst -> worst / size measured.Problem

/// Theorem 4.3 with lambda_k(0) = sigma^2, (a), and with R_kk(0)^2, (b).
let private paper measured theory (run: SmallStart) =
    let d = measured.Problem.Dimension
    let variance = theory.StartVariance run.Sigma d
    fromAligned measured theory (Array.create d variance) (measured.Problem.Solved theory run.Start) run

let private aligned measured theory (run: SmallStart) =
    let solved = measured.Problem.Solved theory run.Start
    fromAligned measured theory (theory.StartVariances solved.Exact) solved run

/// Largest distance of M from the exact solution over the kept records, (c).
let private fromExactSolution measured chosen theory (run: SmallStart) =
    let solved = measured.Problem.Solved theory run.Start

    run.Kept
    |> Array.filter (fun (record, _) -> chosen record)
    |> Array.map (fun (record, state) -> fst (fromExact measured.Problem solved run.Times[record] state))
    |> Curves.worst
    |> fun worst -> worst / size measured.Problem

let private exactBound measured (run: SmallStart) =
    let problem = measured.Problem
    let exponent = 2.0 * problem.Kappa * problem.Eigenvalues[0] * Array.last run.Times

    run.Apart / size problem
    + 4.0 * float problem.Words * Tolerance.unitRoundoff * exponent

/// From here on Theorem 4.3 with R_kk(0)^2 is close enough to be told by its closest pair of modes.
let private smallSigma = 1e-8

let private slopeOver largest (property: SmallStart -> float) (small: SmallStart array array) =
    small
    |> Array.map (
        Array.filter (fun run -> run.Sigma <= largest)
        >> Array.map (fun run -> run.Sigma, property run)
        >> Slope.fit
    )
    |> Slope.ofSeeds

/// Exponent of the peak of R_13^2 in sigma^2.
let private peakSlope measured =
    let slope = slopeOver infinity _.Peak measured.Small

    {
        Mean = 0.5 * slope.Mean
        HalfWidth = 0.5 * slope.HalfWidth
    }

let private alignedSlope measured theory =
    slopeOver smallSigma (aligned measured theory) measured.Small

/// r of the pair of modes that is followed, and the largest r of a learned mode and the next.
let private ratio (problem: Problem) =
    problem.Eigenvalues[third] / problem.Eigenvalues[first]

let private closest (problem: Problem) =
    Seq.init problem.Dimension (fun k -> problem.Eigenvalues[k + 1] / problem.Eigenvalues[k])
    |> Seq.max

/// Leading order of the peak of R_13^2, and the squared peaks of all other entries of M off its diagonal over that of the closest
/// pair: the peak of M_ij^2 = R_ii^2 R_ij^2 is where R_ii^2 is lambda_j (docs/derivations.md, section 6).
let private peaks measured (run: SmallStart) =
    let theory, problem = Theory.derived, measured.Problem
    let solved = problem.Solved theory run.Start
    let factor = (solved.Exact.At 0.0<kappaTime>).EmbeddingsInEigenbasis()

    let lambda = solved.Eigenvalues

    let height i j =
        theory.PeakHeight lambda[i] lambda[j] (factor[i, i] ** 2.0) (factor[i, j] ** 2.0)

    let entries =
        [
            for i in 0 .. problem.Dimension - 1 do
                for j in i + 1 .. lambda.Length - 1 do
                    if lambda[j] > 0.0 then
                        lambda[j] / lambda[i], lambda[j] * height i j
        ]

    let closest = entries |> List.maxBy fst |> snd
    height first third, (List.sumBy snd entries - closest) / closest

let private smallStartGates measured =
    let problem, all = measured.Problem, Array.concat measured.Small
    let sigmas = sigmas problem
    let late = all |> Array.filter (fun run -> run.Sigma <= smallSigma)

    let starting =
        late
        |> Array.filter (fun run -> run.Sigma = (late |> Seq.map _.Sigma |> Seq.max))

    let ofBound chosen (runs: SmallStart array) theory =
        runs
        |> Seq.map (fun run -> fromExactSolution measured chosen theory run / exactBound measured run)
        |> Curves.worst

    [
        Gate.exact
            "convergence/sigma-exact"
            $"The exact solution is at the integrator's accuracy for every start from sigma = {Array.max sigmas:g} to {Array.min sigmas:g}."
            "largest distance of M over a run, in units of its bound, the worst start"
            {
                Bound = 1.0
                Because =
                    $"the bound of each run: the largest such distance from a flow with a {64} times larger tolerance, and for rounding 4 V u times the largest exponent 2 kappa lambda_1 t"
            }
            (ofBound (fun _ -> true) all)
        |> Gate.glimpsed (ofBound (fun record -> record % 50 = 49) measured.Small[0])
        slopeGate
            "sigma-peak"
            "The off-diagonal entry R_{13} of the flow's triangular factor peaks at a height R_{13}^{2} ~ σ^{2(1 − r)}, r = λ_{3}/λ_{1}."
            ((Array.max sigmas
              ** (2.0 * (1.0 - problem.Eigenvalues[1] / problem.Eigenvalues[0])))
             / (2.0 * Math.Log(Array.max sigmas / Array.min sigmas)))
            "the next order of the law, (sigma^2)^{1 - lambda_2/lambda_1} at the largest sigma, over the logarithm of the range of sigma^2"
            (fun _ -> peakSlope measured)
            (fun theory -> theory.PeakExponent(ratio problem))
        slopeGate
            "sigma-aligned"
            "Theorem 4.3 with λ_{k}(0) = R_{kk}(0)^{2} approaches the flow like σ^{1 − r}, r the largest ratio of neighbouring eigenvalues."
            (((late |> Seq.map (aligned measured Theory.derived) |> Seq.max)
              + 0.5
                * (starting
                   |> Array.averageBy (fun run -> Math.Log(1.0 + snd (peaks measured run)))))
             / Math.Log(smallSigma / Array.min sigmas))
            "next order, the largest distance itself, and what all other pairs of modes add to the closest one at the largest sigma, over the logarithm of the range"
            (alignedSlope measured)
            (fun theory -> theory.PeakExponent(closest problem))
    ]

let private judge measured =
    integratorGate measured :: descents measured @ smallStartGates measured

let private slopes measured : Table =
    let theory, problem = Theory.derived, measured.Problem

    let expected ratio =
        Numbers.decimals 4 (theory.PeakExponent ratio)

    {
        Caption = "Observed exponents: slopes of logarithms, mean over the seeds with the 99.9 % interval of the mean"
        Headings = [ "error"; "#theory"; "#measured" ]
        Rows =
            [
                for name, (longer, shorter) in Array.zip fields (orders measured theory) do
                    [
                        $"integrator {name}, over the step"
                        "8"
                        $"{Numbers.decimals 3 shorter} (longer steps: {Numbers.decimals 3 longer})"
                    ]

                [
                    "minibatches, over the learning rate"
                    "0.5"
                    Slope.text (slopeInRate measured)
                ]
                [ "minibatches, over the batch"; "−0.5"; Slope.text (slopeInBatch measured) ]
                [
                    "full batch, over the learning rate"
                    "1"
                    Slope.text (slopeInSteps measured theory)
                ]
                [
                    "peak of R_{13}^{2}, over σ^{2}"
                    expected (ratio problem)
                    Slope.text (peakSlope measured)
                ]
                [
                    "Theorem 4.3 with R_{kk}(0)^{2}, over σ"
                    expected (closest problem)
                    Slope.text (alignedSlope measured theory)
                ]
            ]
    }

let private sweep measured : Table =
    let theory = Theory.derived

    {
        Caption = "Largest distance of M from the simulated flow, in units of the trained model's norm; first seed"
        Headings =
            [
                "#σ"
                "#(a) λ_{k}(0) = σ^{2}"
                "#(b) R_{kk}(0)^{2}"
                "#(c) exact"
                "#largest R_{13}^{2}"
                "#predicted"
            ]
        Rows =
            measured.Small[0]
            |> Array.map (fun run ->
                [
                    run.Sigma
                    paper measured theory run
                    aligned measured theory run
                    fromExactSolution measured (fun _ -> true) theory run
                    run.Peak
                    fst (peaks measured run)
                ]
                |> List.map Numbers.short)
            |> List.ofArray
    }

let private orderFigure measured =
    let stepped = measured.SteppedErrors.Of Theory.derived

    let ofSeed n =
        Array.map2 (fun (run: Descent<DenseMatrix>) (e: float array) -> run.Step, e[n]) measured.Stepped stepped

    ConvergenceFigures.orders
        fields
        ((measured.Errors.Of Theory.derived) |> Array.map (Array.zip stepSizes))
        (Array.append measured.InRate measured.InBatch
         |> Array.collect (fun run -> run.Ends |> Array.map (fun distance -> run.Step / float run.Batch, distance)))
        (List.init stepped[0].Length ofSeed)

let private sigmaFigure measured =
    let theory, problem = Theory.derived, measured.Problem

    let points property =
        measured.Small[0] |> Array.map (fun run -> run.Sigma, property run)

    ConvergenceFigures.sigmas
        {
            Paper = points (paper measured theory)
            Aligned = points (aligned measured theory)
            Exact = points (fromExactSolution measured (fun _ -> true) theory)
            Peaks = points _.Peak
            Predicted = points (fun run -> fst (peaks measured run))
        }
        smallSigma
        (theory.PeakExponent(closest problem))
        (theory.PeakExponent(ratio problem))

let claim =
    claim "convergence" "How errors fall" {
        asks
            "Are the differences between simulation and theory what they are said to be: step size, minibatch noise and finite starts, and nothing else?"

        predicts
            "An integrator of order p errs like h^{p}. Minibatches scatter a model at rest by a variance proportional to the learning rate over the batch; finite steps move a rising model in proportion to the rate. From a random start of size σ, Theorem 4.3 with λ_{k}(0) = R_{kk}(0)^{2} errs by its off-diagonal R_{ij}, R_{ij}^{2} ~ σ^{2(1 − r)} with r = λ_{j}/λ_{i}; the exact solution does not depend on σ (docs/derivations.md, sections 4.2, 6 and 9)."

        seconds 1 6 6 6
        measures measure
        gates judge

        answer (fun measured verdicts ->
            let order =
                orders measured Theory.derived
                |> Array.map (snd >> Numbers.decimals 2)
                |> Array.distinct
                |> Array.sort
                |> String.concat " and "

            $"{Verdicts.failed verdicts}Errors shrink as theory says: the integrator's with order {order} (theory: 8), minibatch noise with the learning rate to the power {Slope.text (slopeInRate measured)} (theory: ½).")

        details (fun measured verdicts ->
            let theory, problem = Theory.derived, measured.Problem
            let exact = (Verdicts.find "convergence/sigma-exact" verdicts).Gap
            let sigmas = sigmas problem

            $"Minibatch noise goes with the batch to the power {Slope.text (slopeInBatch measured)} (theory: −½). What finite steps do goes with the learning rate to the power {Slope.text (slopeInSteps measured theory)} (1). As the start shrinks, the error of Theorem 4.3 falls slowly, with σ to the power {Slope.text (alignedSlope measured theory)} ({Numbers.decimals 4 (theory.PeakExponent(closest problem))}). The exact solution needs no small start: from σ = {Array.max sigmas:g} to {Array.min sigmas:g} its distance from the flow is at most {Numbers.short exact} of the bound from integration and rounding.")

        text (fun measured ->
            [
                $"L_{{xe}} with Ψ_{{i}} = 1/P_{{i}}, V = {measured.Problem.Words}, d = {measured.Problem.Dimension}, {measured.Problem.Seeds.Length} seeds. Noise is measured from the full batch at rest, where the flow and gradient descent of any step stay put, so that nothing but noise is left; all noisy descents run for the same time of the flow. Finite steps are measured on the full batch, so that nothing but steps is left."
                "Theorem 4.3 with λ_{k}(0) = σ^{2} does not converge as σ falls: a random start does not have exactly that variance in every mode, and each rise stays early or late by a fixed fraction of its own width. With R_{kk}(0)^{2} it converges, as slowly as the closest pair of eigenvalues says."
            ])

        quantities (fun measured ->
            [
                dimensionless
                    "1 − r of the closest pair"
                    (1.0 - closest measured.Problem)
                    "exponent in σ with which Theorem 4.3 is approached; smallest relative distance of neighbouring eigenvalues"
            ])

        tables (fun measured -> [ slopes measured; sweep measured ])
        figures (fun measured -> [ orderFigure measured; sigmaFigure measured ])
    }
