/// Gradient flows from vanishing starts for weights without a closed form, in coordinates that keep every mode's digits, beside the theory of
/// their saddles.
module Qwem.Validation.Claims.SaddleRuns

open System
open System.Threading
open Qwem.Sim.Descent
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Threading
open Qwem.Sim.Training
open Qwem.Theory
open Qwem.Validation

/// A loss: as the simulator descends it, and what a theory makes of the same counts.
[<NoEquality; NoComparison>]
type Case =
    {
        Name: string
        /// The field of a start's flow, on the given threads.
        Field: DenseMatrix -> WorkerTeam -> IFlowField
        /// S at W = 0 as the simulator has it, which sets its unit of time.
        Slope: DenseMatrix
        /// The loss over all pairs, for the minimiser.
        Objective: WorkerTeam -> ExactObjective
        Loss: Theory -> PairwiseLoss
        /// Mass of negative over that of positive pairs, where it says something.
        PairRatio: float option
    }

/// One flow from one start: when it was looked at, and its singular values then, descending.
[<NoEquality; NoComparison>]
type Run =
    {
        Sigma: float
        Seed: uint64
        Start: DenseMatrix
        /// eta_alg t.
        Times: float array
        SingularValues: float array array
    }

let private quadratic name (objective: PairwiseObjective) (weight: Theory -> float array) target =
    {
        Name = name
        Field = fun start team -> DirectField(objective, start, team)
        Slope = objective.Linear
        Objective =
            fun team ->
                ExactObjective(
                    objective.Positive,
                    objective.Negative,
                    PairLoss.Quadratic(
                        objective.PositiveQuadratic,
                        objective.PositiveLinear,
                        objective.NegativeQuadratic,
                        objective.NegativeLinear
                    ),
                    team
                )
        Loss = fun theory -> PairwiseLoss.Quadratic(weight theory, target theory)
        PairRatio = None
    }

/// L_sym with every pair weighing the same: Theorem 4.3's.
let constant (counts: Qwem.Sim.Cooccurrence.CooccurrenceCounts) v =
    let leading = Corpus.leading counts v
    let loss = ConstantLoss.Symmetric

    quadratic
        "every pair alike"
        (ConstantLoss.objective loss counts v)
        (fun _ -> Array.create (v * v) (ConstantLoss.weight v))
        (ConstantLoss.target loss leading)

/// L_sym on text subsampled with Psi = P^-f.
let symmetric name exponent (leading: LeadingCounts) =
    let psi (p: float array) =
        p |> Array.map (fun x -> if exponent = 0.0 then 1.0 else x ** -exponent)

    let frequencies = Corpus.frequencies leading

    let statistics =
        Prediction(fun theory ->
            let plain = Corpus.statistics theory leading

            let weights =
                if exponent = 0.0 then
                    Array.create leading.Words.Length 1.0
                else
                    theory.Subsampling exponent (plain.Unigram())

            theory.Subsampled plain weights)

    quadratic
        name
        (Corpus.objective frequencies (psi frequencies.Words) Corpus.symmetric)
        (fun theory -> theory.Weight (theory.Symmetric()) (statistics.Of theory))
        (fun theory -> theory.Target (theory.Symmetric()) (statistics.Of theory))

let private logistic name (measures: Qwem.Validation.PairMeasures) (pairs: Theory -> PairWeights) =
    let slope =
        DenseMatrix(
            measures.Positive.Rows,
            measures.Positive.Rows,
            Array.map2 (fun p q -> 0.5 * (p - q)) measures.Positive.Values measures.Negative.Values
        )

    {
        Name = name
        Field = fun start team -> LogisticField(measures.Positive, measures.Negative, start, team)
        Slope = slope
        Objective = fun team -> ExactObjective(measures.Positive, measures.Negative, PairLoss.Logistic, team)
        Loss = fun theory -> PairwiseLoss.Sgns(pairs theory)
        PairRatio = Some(Array.sum measures.Negative.Values / Array.sum measures.Positive.Values)
    }

/// SGNS with pairs as the text has them, one negative pair to a positive one.
let plainSkipGram (leading: LeadingCounts) =
    let frequencies, v = Corpus.frequencies leading, leading.Words.Length
    let statistics = PairTheory.statistics leading
    let p = frequencies.Words

    let measures =
        {
            Positive = DenseMatrix(v, v, frequencies.Pairs)
            Negative = DenseMatrix(v, v, Array.init (v * v) (fun e -> p[e / v] * p[e % v]))
        }

    logistic "as the text has them" measures (fun theory ->
        PairWeights.Uniform(statistics.Of theory, theory.NegativeRatio 1.0))

/// SGNS with the pairs of the authors' program: subsampling, negative words in proportion to P^(3/4) and 5 times as heavy.
let word2Vec (leading: LeadingCounts) =
    let statistics = PairTheory.statistics leading

    logistic
        "as word2vec draws them"
        (PairMeasures.word2Vec (Corpus.frequencies leading) 5.0)
        (PairTheory.word2Vec statistics 5.0)

/// How large the starts are whose ends are looked at.
let largeStart = 0.5

/// M where descent from a large start of a seed comes to rest, to a relative distance as the minimiser estimates it.
let rest (case: Case) d (seed: uint64) tolerance (setting: Setting) =
    let w = Initialisation.Gaussian(case.Slope.Rows, d, largeStart, seed)

    let ended =
        ModelAtRest(case.Objective setting.Team, setting.Team)
            .Run(w, RestSettings(Tolerance = tolerance, MaximumSteps = 20_000), null, setting.Cancellation)

    if not (ended.Remaining <= tolerance) then
        raise (ArithmeticException $"Descent did not come to rest: {ended}; allow more steps.")

    (Dense.gram w setting.Team).Values

/// Turns the columns of W so that they are orthogonal: the flow acts on columns one by one, so that small modes keep their digits beside large ones.
let private turned (state: DenseMatrix) =
    let factored = Svd.OfTall state

    DenseMatrix(
        state.Rows,
        state.Columns,
        Array.init state.Values.Length (fun e ->
            let i, k = e / state.Columns, e % state.Columns
            factored.SingularValues[k] * factored.LeftVectors[k, i])
    )

// The error of a step relative to each column by itself.
let private columnwise (field: IFlowField) =
    let lengths (m: DenseMatrix) =
        let sums = Array.zeroCreate<float> m.Columns

        for i in 0 .. m.Rows - 1 do
            let row = m.Row i

            for k in 0 .. m.Columns - 1 do
                sums[k] <- sums[k] + row[k] * row[k]

        sums

    { new IFlowField with
        member _.Rows = field.Rows
        member _.Columns = field.Columns
        member _.FastestDecay = field.FastestDecay
        member _.Evaluate(state, derivative) = field.Evaluate(state, derivative)

        member _.RelativeError(before, after, difference) =
            let a, b, c = lengths before, lengths after, lengths difference

            Seq.init c.Length (fun k -> if c[k] = 0.0 then 0.0 else sqrt (c[k] / max a[k] b[k]))
            |> Seq.max
    }

/// Records between two turns of the columns, and how many e-foldings of the fastest mode apart they are.
let private perTurn, apart = 4, 0.5

/// Follows a flow until it has gone on for a time.
let follow (case: Case) d sigma (seed: uint64) (until: float) tolerance (cancellation: CancellationToken) : Run =
    use team = new WorkerTeam(1)
    let start = Initialisation.Gaussian(case.Slope.Rows, d, sigma, seed)
    let rate = 2.0 * (SymmetricEigenSolver.Decompose(case.Slope, team)).Eigenvalues[0]
    let step = apart / rate
    let times, seen = ResizeArray<float>(), ResizeArray<float array>()
    let mutable state, turns = Dense.copy start, 0

    while float (turns * perTurn) * step < until do
        let integrator = FlowIntegrator(columnwise (case.Field state team), team)
        let stops = Array.init perTurn (fun i -> float (i + 1) * step)

        let outcome =
            integrator.Integrate(
                state,
                stops,
                tolerance,
                100_000,
                (fun i w ->
                    times.Add(float (turns * perTurn) * step + stops[i])
                    seen.Add(Svd.SingularValuesOfTall w)),
                cancellation
            )

        if outcome <> FlowOutcome.Completed then
            raise (ArithmeticException $"The gradient flow ended with {outcome} after {integrator.Statistics}.")

        state <- turned state
        turns <- turns + 1

    {
        Sigma = sigma
        Seed = seed
        Start = start
        Times = times.ToArray()
        SingularValues = seen.ToArray()
    }

/// When the k-th largest singular value, squared, first passes half of a height; NaN where it does not.
let halfRise (run: Run) k (height: float) =
    Curves.smoothHalfRiseTime height run.Times (run.SingularValues |> Array.map (fun s -> s[k]))
