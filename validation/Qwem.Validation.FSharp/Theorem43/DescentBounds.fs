namespace Qwem.Validation.Theorem43

open System
open Qwem.Theory
open Qwem.Validation

/// How far minibatch descent may stray from the flow, mode by mode, from the one-batch variances.
type DescentBounds(prediction: Prediction, step: float, noise: Tolerances.SamplingNoise, dimension: int, runs: int) =

    let lambda = prediction.Eigenvalues
    let runs = float runs

    /// How much later than the flow a descent realises mode k (section 4.5).
    static member StepFactor(belief: Belief, z: float) =
        if belief.StepCorrected then AlignedSolution.DiscreteTimeFactor z else 1.0

    /// Step of the descent at which the aligned theory (b) has mode k half risen, by itself.
    static member HalfRiseStep(prediction: Prediction, step: float, k: int) =
        let lambda = prediction.Eigenvalues[k]

        AlignedSolution.HalfRiseTime(prediction.InitialVariances[k], lambda) / step
        * DescentBounds.StepFactor(prediction.Belief, step * lambda)

    /// Relative shift of the half-rise time of mode k: sampling, second order of the sampling, finite step.
    member _.Shift(k: int) =
        let rise = Tolerances.logarithmicRise prediction prediction.InitialVariances k

        let sampling =
            Tolerance.standardErrors
            * Math.Sqrt(
                noise.DiagonalVariance[k]
                / (DescentBounds.HalfRiseStep(prediction, step, k) * runs)
            )
            / lambda[k]

        let secondOrder = step * (float k + 1.0) * noise.EntryVariance / lambda[k]
        let finiteStep = step * lambda[k] / rise
        sampling + secondOrder + finiteStep

    /// Stationary noise of a realised singular value, relative to its plateau: fluctuation of v_k'Mv_k, and the mean inflow from
    /// the noise of the other modes (trace of M) and of the V unlearned directions. Half of what the variance has.
    member _.Stationary(k: int) =
        let trace = lambda |> Array.take dimension |> Array.sum

        let fluctuation =
            Tolerance.standardErrors
            * Math.Sqrt(step * noise.DiagonalVariance[k] / (lambda[k] * runs))

        let inflow =
            0.5 * step * noise.EntryVariance * (trace / lambda[k] + float lambda.Length)
            / lambda[k]

        0.5 * (fluctuation + inflow)
