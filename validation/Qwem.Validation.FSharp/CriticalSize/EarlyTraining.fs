namespace Qwem.Validation.CriticalSize

open Qwem.Sim.Evaluation
open Qwem.Theory
open Qwem.Validation.Meaning

/// A large model at one moment of its training.
type Moment =
    {
        /// kappa t.
        Time: float
        /// Modes above half of their final variance.
        Learned: int
        /// First and last number of modes of the truncated models that it is a mixture of, but for a hundredth at each end.
        Least: int
        Most: int
        /// Its benchmark.
        Report: AnalogyReport
    }

/// Large models early in training.
module EarlyTraining =

    /// sigma of the start, the paper's.
    let initialisationScale = 1e-12

    let private variance = initialisationScale * initialisationScale

    /// The number of modes that have risen by half at a time.
    let risen (learned: Learned) (time: float) =
        learned.Eigenvalues
        |> Array.filter (fun lambda -> lambda > variance && AlignedSolution.HalfRiseTime(variance, lambda) <= time)
        |> Array.length

    /// The large model at the moment when mode number n has risen by half. Theorem 4.3 gives its singular values, so that
    /// M(t) = sum_n (f_n - f_{n+1}) M_n with f_n = s_n^2(t) / lambda_n, falling with n: a mixture of the truncated models M_n.
    let moment (learned: Learned) largest n (ask: float array -> AnalogyReport) =
        let time = AlignedSolution.HalfRiseTime(variance, learned.Eigenvalues[n - 1])

        let variances =
            AlignedSolution.Variance(Array.create largest variance, Array.sub learned.Eigenvalues 0 largest, time)

        let count share =
            Seq.zip variances learned.Eigenvalues
            |> Seq.filter (fun (s, lambda) -> s > share * lambda)
            |> Seq.length

        {
            Time = time
            Learned = risen learned time
            Least = count 0.99
            Most = count 0.01
            Report = ask (learned.Scaled(Array.map sqrt variances))
        }
