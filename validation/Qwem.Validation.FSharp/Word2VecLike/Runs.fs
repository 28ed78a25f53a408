namespace Qwem.Validation.Word2VecLike

open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Training
open Qwem.Validation
open Qwem.Validation.Flows
open Qwem.Validation.Limits

/// How large the experiment is.
type Size =
    {
        /// V.
        Words: int
        /// d.
        Dimension: int
        /// Records of a flow of SGNS; one of QWEM, which costs little, has twice as many.
        Records: int
    }

module Size =

    let ofProfile (profile: Profile) =
        match profile with
        | Profile.Smoke ->
            {
                Words = 120
                Dimension = 16
                Records = 60
            }
        | Profile.Quick ->
            {
                Words = 1000
                Dimension = 48
                Records = 90
            }
        | _ ->
            {
                Words = 3000
                Dimension = 100
                Records = 90
            }

/// The runs from one scale sigma of the start.
type ScaleRuns =
    {
        Sigma: float
        Start: DenseMatrix
        Theory: ExactTheory
        Fine: Integration.ConstantWeightFlow
        Coarse: Integration.ConstantWeightFlow
        /// How SGNS with word2vec's weights starts out.
        Linear: Linearisation
        /// eta_alg t of the records of SGNS with word2vec's weights, and its singular values.
        SkipGramTimes: float array
        SkipGram: float array array
    }

/// SGNS under the constant weight, from the start of the small scale.
type HalfClockRun =
    {
        Times: float array
        SingularValues: float array array
        /// Largest local error of an integration step.
        Tolerance: float
    }

module Runs =

    /// The paper's two scales, large first.
    let sigmas = [ 1e-1; 1e-12 ]

    /// Where a figure's time axis ends, in units of tau_1.
    let last sigma = if sigma > 1e-3 then 12.0 else 5.0

    let private first = 0.4
    let private logisticTolerance = 1e-6

    /// Everything about one scale.
    let scale (setting: Setting) (size: Size) (frequencies: Frequencies) linear sigma target kappa =
        let team, cancellation = setting.Team, setting.Cancellation

        let told name fraction =
            setting.Progress.Invoke($"word2vec-like: sigma = %g{sigma}, {name}", fraction)

        let start = Initialisation.Gaussian(size.Words, size.Dimension, sigma, setting.Seed)
        let theory = ExactTheory.make target kappa start sigma team
        let weights = Weights.constant frequencies 1.0

        let objective =
            PairwiseObjective.FromWeights(weights.Positive, weights.Negative, 0.25, 1.0, 0.25, -1.0)

        let basis = SymmetricEigenSolver.Decompose(objective.Linear, team)

        let clock count =
            Curves.logSpaced first (last sigma) count

        let count = 2 * size.Records

        let times = clock count |> Array.map (fun t -> t * ExactTheory.realisation theory 0)

        let kept = [| 0 .. count / 10 .. count - 1 |]

        let flow fine =
            Integration.constantWeight
                objective
                basis
                start
                times
                kept
                fine
                team
                (told (if fine then "QWEM" else "QWEM, coarsely"))
                cancellation

        let skipGram = Weights.word2Vec frequencies 1.0
        let linearised: Linearisation = linear start sigma

        let skipGramTimes =
            clock size.Records
            |> Array.map (fun t -> t * Linearisation.realisation linearised)

        {
            Sigma = sigma
            Start = start
            Theory = theory
            Fine = flow true
            Coarse = flow false
            Linear = linearised
            SkipGramTimes = skipGramTimes
            SkipGram =
                Integration.run
                    (LogisticField(skipGram.Positive, skipGram.Negative, start, team))
                    start
                    skipGramTimes
                    logisticTolerance
                    0.8
                    (fun _ state -> Integration.singularValues state team)
                    team
                    (told "word2vec")
                    cancellation
        }

    /// SGNS under the constant weight through its first rise, recorded most densely there.
    let halfClock (setting: Setting) (frequencies: Frequencies) (small: ScaleRuns) =
        let unit = ExactTheory.realisation small.Theory 0
        let tolerance = 1e-8

        let times =
            Array.concat
                [
                    Curves.logSpaced first 1.7 16
                    Array.init 60 (fun i -> 1.7 + 0.5 * float (i + 1) / 60.0)
                    Array.init 12 (fun i -> 2.2 + 0.115 * float (i + 1))
                ]
            |> Array.map (fun t -> t * unit)

        let weights = Weights.constant frequencies 1.0

        {
            Times = times
            Tolerance = tolerance
            SingularValues =
                Integration.run
                    (LogisticField(weights.Positive, weights.Negative, small.Start, setting.Team))
                    small.Start
                    times
                    tolerance
                    0.8
                    (fun _ state -> Integration.singularValues state setting.Team)
                    setting.Team
                    (fun fraction -> setting.Progress.Invoke("word2vec-like: SGNS at constant weight", fraction))
                    setting.Cancellation
        }
