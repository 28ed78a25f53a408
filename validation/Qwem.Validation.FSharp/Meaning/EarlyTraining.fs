namespace Qwem.Validation.Meaning

open Qwem.Sim.Evaluation
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Training
open Qwem.Validation

/// A large model at one moment of its training.
type Moment =
    {
        /// eta_alg t.
        Time: float
        /// First and last number of modes of the truncated models that it is a mixture of, but for a hundredth at each end.
        Least: int
        Most: int
        /// Its benchmark.
        Report: AnalogyReport
    }

/// A large model early in training, from a small random start: the gradient flow within the span of the leading eigenvectors.
type EarlyTraining =
    {
        /// d.
        Dimension: int
        /// Eigenvectors in whose span the flow runs; the others would not rise within the time looked at.
        Modes: int
        Moments: Moment array
    }

module EarlyTraining =

    /// sigma of the start, the paper's.
    let initialisationScale = 1e-12

    /// The weight of all pairs.
    let private quadratic = 0.25

    /// The number of modes that a theory has risen by half at a time.
    let risen (theory: Theory) (eigenvalues: float array) d (time: float) =
        let variance = theory.StartVariance initialisationScale d
        let now = theory.Kappa quadratic * time

        theory.Eigenvalues eigenvalues
        |> Array.filter (fun lambda -> lambda > variance && theory.HalfRiseTime variance lambda <= now)
        |> Array.length

    /// Theorem 4.3 gives M(t) = sum_n (f_n - f_{n+1}) M_n with f_n = s_n^2(t) / lambda_n, falling with n: a mixture of the truncated models
    /// M_n. The numbers n between which all but a hundredth of it at each end lies.
    let mixture (theory: Theory) (eigenvalues: float array) d (time: float) =
        let variance = theory.StartVariance initialisationScale d

        let count share =
            eigenvalues
            |> Array.filter (fun lambda ->
                lambda > variance
                && theory.AlignedVariance variance lambda (theory.Kappa quadratic * time) > share * lambda)
            |> Array.length

        count 0.99, count 0.01

    /// Trains a model of dimension d and asks it whenever one of the given numbers of modes has risen by half.
    let run (learned: Learned) d modes (numbers: int array) (setting: Setting) : EarlyTraining =
        let eigenvalues = Array.sub learned.Eigenvalues 0 modes
        let v, team = learned.VocabularySize, setting.Team
        let vectors = DenseMatrix(modes, v, Array.sub learned.Eigenvectors 0 (modes * v))
        let start = Initialisation.Gaussian(modes, d, initialisationScale, setting.Seed)
        let linear = eigenvalues |> Array.map (fun lambda -> 2.0 * quadratic * lambda)
        let variance = Theory.derived.StartVariance initialisationScale d

        let times =
            numbers
            |> Array.map (fun n ->
                Theory.derived.HalfRiseTime variance eigenvalues[n - 1]
                / Theory.derived.Kappa quadratic)

        let asked (state: DenseMatrix) =
            let rows = Dense.product state true vectors false team
            Learned.ask learned.Words learned.Families 0 setting.Seed rows.Values team

        let reports =
            ConstantWeight.run
                (EigenbasisField(linear, quadratic, Dense.copy start, team))
                start
                times
                1e-6
                false
                (fun _ state -> asked state)
                setting
                "critical-size: training"

        {
            Dimension = d
            Modes = modes
            Moments =
                Array.map2
                    (fun time report ->
                        let least, most = mixture Theory.derived eigenvalues d time

                        {
                            Time = time
                            Least = least
                            Most = most
                            Report = report
                        })
                    times
                    reports
        }
