/// The simulations of claim theorem-4.4, and what theory says of each: five subsamplings trained full-batch and by minibatches.
module Qwem.Validation.Claims.Theorem44Runs

open System
open Qwem.Sim.Cooccurrence
open Qwem.Sim.Descent
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Statistics
open Qwem.Sim.Training
open Qwem.Theory
open Qwem.Validation

// Psi_i = P_i^{-f}, f in quarters.
let count = 5
let exponent index = 0.25 * float index
let name index = $"f = {exponent index:g}"
let all = [| 0 .. count - 1 |]

/// Psi on the simulator's side; square roots are exact to the last bit on every platform.
let private psi (words: float array) index =
    words |> Array.map (fun p -> 1.0 / pown (sqrt (sqrt p)) index)

let private objective (counts: LeadingCounts) index =
    let frequencies = Corpus.frequencies counts
    Corpus.objective frequencies (psi frequencies.Words index) Corpus.crossEntropy

/// Gradient at the end of the full-batch trainings, relative to its linear part.
let gradient = 1e-9

type FullBatch =
    {
        Counts: LeadingCounts
        Dimension: int
        /// M of the trained models, V x V.
        Models: float array array
        Predicted: Prediction<RankOne> array
    }

let fullBatch (setting: Setting) v d =
    let counts = Corpus.leading setting.Embedded v

    let predicted index =
        Prediction(fun theory ->
            let weights, target = RankOne.subsampled theory counts (exponent index)
            RankOne.minimiser theory weights target d setting.Team)

    {
        Counts = counts
        Dimension = d
        Models =
            all
            |> Array.map (fun f ->
                let stage = $"theorem-4.4: full batch, {name f}"
                RankOne.train (objective counts f) d (setting.Seed + uint64 f) gradient setting stage)
        Predicted = Array.map predicted all
    }

/// How the annealed descents are run.
type Plan =
    {
        Words: int
        Dimension: int
        /// sigma of the start.
        Scale: float
        /// Steps at the full rate, which take the model near its end, and pairs of each sign in them.
        Steps: int
        Pairs: int
        /// Steps after that, at a rate that falls to 0 on a line, and pairs of each sign in them.
        AnnealedSteps: int
        AnnealedPairs: int
        /// Full rate in units of the largest stable one.
        Share: float
    }

let plan profile =
    // Noise makes a descent unstable long before its curvature does: the rate over the batch is what counts, more so for more words.
    let quick =
        {
            Words = 100
            Dimension = 8
            Scale = 1e-3
            Steps = 700
            Pairs = 50_000
            AnnealedSteps = 1500
            AnnealedPairs = 100_000
            Share = 0.2
        }

    match profile with
    | Profile.Smoke ->
        { quick with
            Words = 50
            Dimension = 4
            Steps = 500
            Pairs = 10_000
            AnnealedSteps = 500
            AnnealedPairs = 20_000
        }
    | Profile.Full ->
        { quick with
            Words = 200
            Dimension = 20
            Steps = 2000
            AnnealedSteps = 10_000
        }
    | Profile.Paper ->
        // Experiment 3 of the paper: 1 million steps, the rate annealed from step 750,000 on.
        { quick with
            Words = 1000
            Dimension = 100
            Steps = 750_000
            AnnealedSteps = 250_000
            AnnealedPairs = 50_000
            Share = 0.04
        }
    | _ -> quick

/// What theory says of one descent.
type Clock =
    {
        /// p_i.
        Weights: float array
        /// M of Theorem 4.4, V x V.
        Limit: float array
        /// Eigenvalues of Pd^{1/2} M* Pd^{1/2}, descending.
        Eigenvalues: float array
        Noise: DescentNoise
        /// W after the given sum of eta over the steps, up to a rotation.
        Embeddings: float -> Embeddings
    }

/// One descent: minibatches of independent pairs in float32, every word at the rate eta / p_i.
type Descent =
    {
        /// eta of every step; word i moves by eta / p_i.
        Rates: float array
        /// Steps before each record.
        Recorded: int array
        /// W at each record, V x d; the last one is the end.
        States: DenseMatrix array
        Clock: Prediction<Clock>
    }

// Text that is really subsampled has fewer pairs and words, and its frequencies add up to 1 again.
let private ofMassOne (source: IPairSource) =
    { new IPairSource with
        member _.VocabularySize = source.VocabularySize
        member _.Weighted = source.Weighted
        member _.Mass = 1.0
        member _.Draw(stepNumber, draws) = source.Draw(stepNumber, draws)
    }

/// The largest rate at which the full batch settles: the curvature of the loss for words on one clock is 4 at most times the largest
/// eigenvalue of the linear coefficient over the weights.
let private stableRate (objective: PairwiseObjective) (weights: float array) team =
    let v = weights.Length

    let linear =
        Array.init (v * v) (fun e -> objective.Linear.Values[e] / sqrt (weights[e / v] * weights[e % v]))

    0.5 / (Dense.eigen linear team).Eigenvalues[0]

let private clock (plan: Plan) counts index (start: DenseMatrix) (rates: float array) team =
    let v, d = plan.Words, plan.Dimension

    let pairs =
        Array.init rates.Length (fun step -> float (if step < plan.Steps then plan.Pairs else plan.AnnealedPairs))

    Prediction(fun theory ->
        let weights, target = RankOne.subsampled theory counts (exponent index)
        let limit = (RankOne.minimiser theory weights target d team).Model
        let eigen = Dense.eigen (RankOne.scaled weights target) team
        let spectrum = TargetSpectrum(eigen.Eigenvalues, eigen.Eigenvectors.Values)
        let variances = theory.PairNoise weights spectrum d target limit

        let x =
            DenseMatrix(d, v, WordClock.Coordinates(weights, Dense.embeddings start).ToRows())

        let projected =
            Dense.projection (Dense.product x false eigen.Eigenvectors true team)

        let exact = theory.Exact (theory.Eigenvalues eigen.Eigenvalues) projected
        // The loss's g is 1/2 in these coordinates.
        let kappa = theory.Kappa 0.5

        {
            Weights = weights
            Limit = limit
            Eigenvalues = eigen.Eigenvalues
            Noise = theory.DescentNoise eigen.Eigenvalues variances rates pairs
            Embeddings =
                fun time ->
                    let modes = exact.At(kappa * time).EmbeddingsInEigenbasis()
                    let x = Dense.product (Dense.ofProjection modes) false eigen.Eigenvectors false team
                    WordClock.Embeddings(weights, Embeddings.OfRows(x.Values, d))
        })

/// Runs one exponent. The seed is of the draws; all exponents start from one W(0).
let descend (setting: Setting) (plan: Plan) index =
    let v, d, team = plan.Words, plan.Dimension, setting.Team
    let counts = Corpus.leading setting.Embedded v
    let objective = objective counts index
    // c q_ii = q_i^2 / 2.
    let weights = Array.init v (fun i -> sqrt (2.0 * objective.Quadratic[i, i]))
    let rate = plan.Share * stableRate objective weights team

    let measures =
        PairMeasures(PairStatistics.FromCounts(setting.Embedded, v), Reweighting.Power, exponent index, 1.0)

    let start = Initialisation.Gaussian(v, d, plan.Scale, setting.Seed)

    let descent seed pairs from =
        let settings =
            PairDescentSettings(
                PairLoss.CrossEntropy,
                ofMassOne (IndependentPairs.Positive(measures, true, false, seed)),
                IndependentPairs.Negative(measures, true, false, seed),
                pairs,
                pairs,
                false,
                RowRates = (weights |> Array.map (fun p -> 1.0 / p))
            )

        PairDescent.Create(settings, from, Precision.Binary32, team)

    let total = plan.Steps + plan.AnnealedSteps
    let schedule = LearningRateSchedule.Parse $"linear:{plan.Steps}"

    let rates =
        Array.init total (fun step -> rate * schedule.FactorAt(int64 step, int64 total))

    let recorded =
        // Before the first of these nothing has risen.
        Curves.logSpaced (float total / 400.0) (float total) 60
        |> Array.map (fun step -> int (Math.Round step))
        |> Array.distinct

    let states = Array.zeroCreate<DenseMatrix> recorded.Length

    let snapshot (descent: IDescent) =
        let state = DenseMatrix(v, d)
        descent.CopyTo state
        state

    let seed = setting.Seed + 2UL * uint64 index
    let mutable current = descent seed plan.Pairs start

    for step in 0 .. total - 1 do
        if step = plan.Steps then
            current <- descent (seed + 1UL) plan.AnnealedPairs (snapshot current)

        if step % max 1 (total / 50) = 0 then
            setting.Told $"theorem-4.4: minibatches, {name index}" (float step / float total)

        current.Advance rates[step]

        match Array.BinarySearch(recorded, step + 1) with
        | at when at >= 0 -> states[at] <- snapshot current
        | _ -> ()

    {
        Rates = rates
        Recorded = recorded
        States = states
        Clock = clock plan counts index start rates team
    }

/// Sum of eta over the steps before each record.
let times (run: Descent) =
    let passed = Array.scan (+) 0.0 run.Rates
    run.Recorded |> Array.map (fun step -> passed[step])

/// M at the end of a descent, V x V.
let ending (run: Descent) team =
    (Dense.gram (Array.last run.States) team).Values

/// W'W of embeddings, V x V.
let modelOf (embeddings: Embeddings) team =
    let w =
        DenseMatrix(embeddings.Dimension, embeddings.VocabularySize, embeddings.ToRows())

    (Dense.product w true w false team).Values

/// Relative distances of each model (row) from each prediction (column), every pair of words weighted as by the loss of the column,
/// (p_i p_j)^{1/2}.
let distances (weights: float array array) (models: float array array) (predictions: float array array) =
    let columns = Array.map2 RankOne.scaled weights predictions

    models
    |> Array.map (fun model ->
        Array.map2 (fun p column -> Dense.relative (RankOne.scaled p model) column) weights columns)

/// Every value of a table off its diagonal, with its row and column.
let apart (table: float array array) =
    seq {
        for f in all do
            for g in all do
                if f <> g then
                    f, g, table[f][g]
    }
