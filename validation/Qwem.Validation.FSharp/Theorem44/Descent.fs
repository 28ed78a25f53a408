namespace Qwem.Validation.Theorem44

open System
open Qwem.Sim.Descent
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Training
open Qwem.Validation
open Qwem.Validation.Limits

/// How the annealed descents are run.
type DescentPlan =
    {
        VocabularySize: int
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

/// One descent as it was measured.
type DescentRun =
    {
        /// W(0), V x d.
        Start: DenseMatrix
        /// eta of every step; word i moves by eta / p_i.
        Rates: float array
        /// Steps before each record.
        Recorded: int array
        /// W at each record, V x d; the last one is the end.
        States: DenseMatrix array
    }

/// The experimental side of the annealed descents: minibatches of independent pairs in float32, every word at the rate eta / p_i.
module Descent =

    let plan profile =
        // Noise makes a descent unstable long before its curvature does: the rate over the batch is what counts, more so for more words.
        let quick =
            {
                VocabularySize = 100
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
                VocabularySize = 50
                Dimension = 4
                Steps = 500
                Pairs = 10_000
                AnnealedSteps = 500
                AnnealedPairs = 20_000
            }
        | Profile.Full ->
            { quick with
                VocabularySize = 200
                Dimension = 20
                Steps = 2000
                AnnealedSteps = 10_000
            }
        | Profile.Paper ->
            { quick with
                VocabularySize = 1000
                Dimension = 100
                Steps = 100_000
                AnnealedSteps = 2_000_000
                AnnealedPairs = 50_000
                Share = 0.04
            }
        | _ -> quick

    // Text that is really subsampled has fewer pairs and words, and its frequencies add up to 1 again.
    let private ofMassOne (source: IPairSource) =
        { new IPairSource with
            member _.VocabularySize = source.VocabularySize
            member _.Weighted = source.Weighted
            member _.Mass = 1.0
            member _.Draw(stepNumber, draws) = source.Draw(stepNumber, draws)
        }

    let private records = 60

    // Before that share of the run nothing has risen.
    let private firstRecord = 1.0 / 400.0

    let private recordedSteps (plan: DescentPlan) =
        let total = plan.Steps + plan.AnnealedSteps

        Curves.logSpaced (firstRecord * float total) (float total) records
        |> Array.map (fun step -> int (Math.Round step))
        |> Array.distinct

    /// The largest rate at which the full batch settles: the curvature of the loss for words on one clock is 4 at most times the
    /// largest eigenvalue of the linear coefficient over the weights.
    let private stableRate (objective: PairwiseObjective) (weights: float array) team =
        let v = weights.Length

        let linear =
            Array.init (v * v) (fun e -> objective.Linear.Values[e] / sqrt (weights[e / v] * weights[e % v]))

        0.5
        / SymmetricEigenSolver.Decompose(DenseMatrix(v, v, linear), team).Eigenvalues[0]

    /// Runs one exponent. The seed is of the draws; all exponents start from one W(0).
    let run (setting: Setting) (plan: DescentPlan) (index: int) =
        let v, d = plan.VocabularySize, plan.Dimension
        let frequencies = Training.frequencies setting.Embedded v

        let objective =
            Training.objective frequencies (Exponents.psi frequencies.Words index) (struct (0.0, 1.0, 0.5, -1.0))

        // c q_ii = q_i^2 / 2.
        let weights = Array.init v (fun i -> sqrt (2.0 * objective.Quadratic[i, i]))
        let rate = plan.Share * stableRate objective weights setting.Team

        let measures =
            PairMeasures(
                PairStatistics.FromCounts(setting.Embedded, v),
                Reweighting.Power,
                Exponents.exponent index,
                1.0
            )

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

            PairDescent.Create(settings, from, Precision.Binary32, setting.Team)

        let total = plan.Steps + plan.AnnealedSteps
        let schedule = LearningRateSchedule.Parse $"linear:{plan.Steps}"

        let rates =
            Array.init total (fun step -> rate * schedule.FactorAt(int64 step, int64 total))

        let recorded = recordedSteps plan
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

            setting.Cancellation.ThrowIfCancellationRequested()

            if step % (total / 50) = 0 then
                setting.Progress.Invoke($"theorem-4.4: minibatches, {Exponents.name index}", float step / float total)

            current.Advance rates[step]

            match Array.BinarySearch(recorded, step + 1) with
            | at when at >= 0 -> states[at] <- snapshot current
            | _ -> ()

        {
            Start = start
            Rates = rates
            Recorded = recorded
            States = states
        }
