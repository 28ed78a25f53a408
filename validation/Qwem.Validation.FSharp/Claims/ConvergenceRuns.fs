/// The simulations of claim convergence: fixed steps, noisy and full-batch descents, and flows from ever smaller starts.
module Qwem.Validation.Claims.ConvergenceRuns

open System
open Qwem.Sim.Descent
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Statistics
open Qwem.Sim.Training
open Qwem.Theory
open Qwem.Validation

/// L_xe with one weight for all pairs, on the leading words of the embedded counts.
type Problem =
    {
        Setting: Setting
        Dimension: int
        Objective: PairwiseObjective
        Basis: SymmetricEigenDecomposition
        /// lambda*, of the simulator's own coefficients, and kappa per unit of eta_alg t: they choose steps and records.
        Eigenvalues: float array
        Kappa: float
        Seeds: uint64 array
        /// Eigenpairs and kappa under a theory, and the exact solution from a start W(0), V x d.
        Solved: Theory -> DenseMatrix -> Solved
    }

    member problem.Words = problem.Objective.VocabularySize

let problem (setting: Setting) =
    let v, d, seeds = if setting.IsSmoke then 30, 3, 6 else 60, 5, 8
    let team = setting.Team

    let objective =
        PairwiseObjective.SubsampledCrossEntropy(CorpusFrequencies(setting.Embedded, v))

    let basis = Dense.eigen (Array.copy objective.Linear.Values) team
    let quadratic = objective.ConstantQuadratic.Value
    let counts = Corpus.leading setting.Embedded v

    let target =
        Prediction(fun theory ->
            let statistics = Corpus.statistics theory counts
            let psi = theory.Subsampling 1.0 (statistics.Unigram())

            let matrix =
                theory.SubsampledTarget (theory.Target (theory.CrossEntropy()) statistics) (theory.Z statistics psi)

            matrix, Dense.eigen matrix team)

    {
        Setting = setting
        Dimension = d
        Objective = objective
        Basis = basis
        Eigenvalues = basis.Eigenvalues |> Array.map (fun beta -> beta / (2.0 * quadratic))
        Kappa = 4.0 * quadratic
        Seeds = Array.init seeds (fun n -> setting.Seed + uint64 n)
        // No prediction: what it returns reads the theory only when it is given a start.
        Solved =
            fun theory ->
                let matrix, eigen = target.Of theory

                let eigenvalues, kappa =
                    theory.Eigenvalues eigen.Eigenvalues, theory.Kappa(0.5 / float (v * v))

                fun start ->
                    {
                        Target = matrix
                        Eigenvalues = eigenvalues
                        Eigenvectors = eigen.Eigenvectors
                        Kappa = kappa
                        Exact =
                            Dense.product start true eigen.Eigenvectors true team
                            |> Dense.projection
                            |> theory.Exact eigenvalues
                    }
    }

/// W(0) of a seed, V x d.
let start (problem: Problem) scale seed =
    Initialisation.Gaussian(problem.Words, problem.Dimension, scale, seed)

let toModes (problem: Problem) embeddings =
    Dense.product problem.Basis.Eigenvectors false embeddings false problem.Setting.Team

/// ||W W' - M(t)||_F of embeddings and the exact solution after eta_alg t, and ||M(t)||_F.
let fromExact (problem: Problem) (solved: Solved) time (embeddings: DenseMatrix) =
    let team = problem.Setting.Team
    let exact = Dense.gram (Solved.embeddings solved time team) team
    Dense.distance (Dense.gram embeddings team).Values exact.Values, Dense.norm exact.Values

// Integrators: steps of fixed size.

/// kappa lambda_1 t of the runs with fixed steps: the first mode has risen by e^4.
let horizon = 4.0

let private integratorScale = 0.3

/// Steps of a run; the second half are the first half's, doubled. More of them would leave errors that rounding can be seen in.
let counts = [| 7; 8; 10; 12; 14; 16; 20; 24 |]

/// kappa lambda_1 h of each count.
let stepSizes = counts |> Array.map (fun n -> horizon / float n)

/// Both right-hand sides of the simulator.
let fields = [| "in the eigenbasis"; "in the words" |]

/// Starts of the integrator's runs, and their ends by field, count and start, V x d.
type Integrators =
    {
        Starts: DenseMatrix array
        Ends: DenseMatrix array array array
    }

let integrators (problem: Problem) =
    let team = problem.Setting.Team
    let time = horizon / (problem.Kappa * problem.Eigenvalues[0])
    // The error of one start changes sign with the step; the root mean square over many does not.
    let starts =
        Array.init 20 (fun n -> start problem integratorScale (problem.Setting.Seed + uint64 n))

    let run inModes steps (start: DenseMatrix) =
        let state = if inModes then toModes problem start else Dense.copy start

        let field: IFlowField =
            if inModes then
                EigenbasisField(
                    problem.Basis.Eigenvalues,
                    problem.Objective.ConstantQuadratic.Value,
                    Dense.copy state,
                    team
                )
            else
                DirectField(problem.Objective, start, team)

        let integrator = FlowIntegrator(field, team)

        for _ in 1..steps do
            integrator.FixedStep(state, time / float steps)

        if inModes then
            Dense.product problem.Basis.Eigenvectors true state false team
        else
            state

    {
        Starts = starts
        Ends =
            [| true; false |]
            |> Array.mapi (fun index inModes ->
                problem.Setting.Told "convergence: integrators" (0.5 * float index)
                counts |> Array.map (fun steps -> starts |> Array.map (run inModes steps)))
    }

// Descents: where minibatch noise rules, and where the size of the step does.

/// A descent's step kappa h lambda_1 and its batch of each sign.
type Descent<'end'> =
    {
        Step: float
        Batch: int
        /// For each seed: the distance from the flow, or W at the end.
        Ends: 'end' array
    }

let private commonStep, private commonBatch = 0.04, 2500

let private rate (problem: Problem) step =
    step / (problem.Kappa * problem.Eigenvalues[0])

/// Relative distances of M from rest after descents that differ in rate, and in batch; the noisiest is in both. At rest the full batch
/// and gradient descent of any step stay where they are, so that nothing but noise is left.
let noisy (problem: Problem) : Descent<float> array * Descent<float> array =
    let setting = problem.Setting

    let reduced full =
        if setting.IsSmoke then full / 4 else full
    // Flow time kappa lambda_1 T, equal for all: slow modes have moved by the same share of their noise.
    let time = if setting.IsSmoke then 5.0 else 10.0
    let rest = start problem 0.3 setting.Seed

    let report =
        ConjugateDescent(problem.Objective, Array.create rest.Rows 1.0, setting.Team)
            .Run(rest, 1e-12, 20_000, null, setting.Cancellation)

    if not report.AtRest then
        raise (ArithmeticException $"Training did not come to rest: {report}; allow more iterations.")

    let expected = (Dense.gram rest setting.Team).Values

    let run step batch =
        {
            Step = step
            Batch = batch
            Ends =
                problem.Seeds
                |> Array.map (fun seed ->
                    setting.Told $"convergence: noisy descents, {batch} pairs" (0.04 * step / commonStep)
                    let settings = problem.Objective.Sampled(batch, batch, seed)
                    let descent = PairDescent.Create(settings, rest, Precision.Binary64, setting.Team)
                    let model = ref rest

                    descent.Run(
                        rate problem step,
                        ReadOnlySpan [| int64 (Math.Round(time / step)) |],
                        (fun _ embeddings -> model.Value <- Dense.gram embeddings setting.Team),
                        null,
                        setting.Cancellation
                    )

                    Dense.relative model.Value.Values expected)
        }

    let inRate =
        [| commonStep; 0.01; 0.0025 |]
        |> Array.map (fun step -> run step (reduced commonBatch))

    let inBatch =
        [| 10_000; 40_000 |]
        |> Array.map (fun batch -> run commonStep (reduced batch))
        |> Array.append [| inRate[0] |]

    inRate, inBatch

let private steppedScale = 0.3

/// Full-batch gradient descent until the first mode has risen by e^4: W at the end for each step and seed.
let stepped (problem: Problem) : Descent<DenseMatrix> array =
    [| 0.01; 0.005; 0.0025; 0.00125 |]
    |> Array.map (fun step ->
        problem.Setting.Told "convergence: finite steps" 0.0

        {
            Step = step
            Batch = 0
            Ends =
                problem.Seeds
                |> Array.map (fun seed ->
                    let state = start problem steppedScale seed
                    let field = DirectField(problem.Objective, state, problem.Setting.Team)
                    let slope = DenseMatrix(state.Rows, state.Columns)

                    for _ in 1 .. int (Math.Round(horizon / step)) do
                        field.Evaluate(state, slope)
                        Kernels.Axpy(rate problem step, ReadOnlySpan slope.Values, Span state.Values)

                    state)
        })

/// Their starts.
let steppedStarts (problem: Problem) =
    problem.Seeds |> Array.map (start problem steppedScale)

// Flows from ever smaller starts.

/// A flow from one start.
type SmallStart =
    {
        Sigma: float
        Start: DenseMatrix
        /// eta_alg t of the records.
        Times: float array
        /// At every record, in the basis of the target: M_kk for k up to d, and the norm of everything else.
        Diagonals: float array array
        Rest: float array
        /// Records of which the embeddings are kept, in the words, and how far a coarser integration is from them at most.
        Kept: (int * DenseMatrix) array
        Apart: float
        /// max over t of R_13^2.
        Peak: float
    }

let private errorPerStep, private coarser = 1e-11, 64.0

let sigmas (problem: Problem) =
    Array.init (if problem.Setting.IsSmoke then 6 else 12) (fun n -> Qwem.Reports.Numbers.pow10 (-2 * (n + 1)))

/// Modes whose alignment is followed: the first and the third, far enough apart that r and 1 - r differ.
let first, third = 0, 2

// Records while only the first mode rises, and after that.
let private early, private late = 300, 200

let private recordTimes (problem: Problem) sigma =
    let lambda = problem.Eigenvalues
    let rise = 0.5 * Math.Log(lambda[0] / (sigma * sigma))
    let knee, last = 1.5 * rise, 1.3 * rise * lambda[0] / lambda[problem.Dimension - 1]

    Array.append
        (Array.init early (fun i -> knee * float (i + 1) / float early))
        (Array.init late (fun i -> knee + (last - knee) * float (i + 1) / float late))
    |> Array.map (fun t -> t / (problem.Kappa * lambda[0]))

// The largest value of a sampled hump, by a parabola through the logarithms of the three highest samples.
let private peak (values: float array) =
    let at = Seq.init values.Length id |> Seq.maxBy (fun i -> values[i])

    if at = 0 || at = values.Length - 1 then
        values[at]
    else
        let before, here, after =
            Math.Log values[at - 1], Math.Log values[at], Math.Log values[at + 1]

        let slope, bend = 0.5 * (after - before), after - 2.0 * here + before
        Math.Exp(here - 0.5 * slope * slope / bend)

/// Every sigma for every seed: one array per seed.
let smallStarts (problem: Problem) : SmallStart array array =
    let team, d = problem.Setting.Team, problem.Dimension
    let isKept record = record % 10 = 9

    let flow sigma seed =
        let start = start problem sigma seed
        let modes, times = toModes problem start, recordTimes problem sigma

        let field =
            EigenbasisField(problem.Basis.Eigenvalues, problem.Objective.ConstantQuadratic.Value, modes, team)

        let run tolerance (observe: int -> DenseMatrix -> unit) =
            let outcome =
                FlowIntegrator(field, team)
                    .Integrate(Dense.copy modes, times, tolerance, 100_000, observe, problem.Setting.Cancellation)

            if outcome <> FlowOutcome.Completed then
                raise (ArithmeticException $"The flow from a small start ended with {outcome}.")

        let models = Array.zeroCreate<float array> times.Length
        let kept = ResizeArray<int * DenseMatrix>()

        run errorPerStep (fun record state ->
            models[record] <- (Dense.gram state team).Values

            if isKept record then
                kept.Add(record, Dense.product problem.Basis.Eigenvectors true state false team))

        let apart = ref 0.0

        run (coarser * errorPerStep) (fun record state ->
            if isKept record then
                apart.Value <- max apart.Value (Dense.distance (Dense.gram state team).Values models[record]))

        let v = problem.Words

        {
            Sigma = sigma
            Start = start
            Times = times
            Diagonals = models |> Array.map (fun m -> Array.init d (fun k -> m[k * v + k]))
            Rest =
                models
                |> Array.map (fun m ->
                    m
                    |> Array.mapi (fun e x -> if e / v = e % v && e / v < d then 0.0 else x)
                    |> Dense.norm)
            Kept = kept.ToArray()
            Apart = apart.Value
            // The first row of the triangular factor: R_1j = M_1j / sqrt(M_11). Later both modes are of order 1, and the rounding of
            // their product, 1e-16, hides what is left of it.
            Peak =
                models[.. early - 1]
                |> Array.map (fun m -> m[third] * m[third] / m[first])
                |> peak
        }

    problem.Seeds
    |> Array.mapi (fun n seed ->
        problem.Setting.Told "convergence: small starts" (float n / float problem.Seeds.Length)
        sigmas problem |> Array.map (fun sigma -> flow sigma seed))
