namespace Qwem.Validation.Theorem43

open System
open Qwem.Theory
open Qwem.Validation
open Qwem.Validation.Theorem43.Evidence

/// Stochastic gradient descent against the three theories, corrected for its finite step.
module DescentGates =

    let private boundsOf (evidence: Evidence) =
        DescentBounds(
            evidence.Correct,
            evidence.StepInKappaTime evidence.Correct,
            evidence.Noise,
            evidence.Settings.EmbeddingDimension,
            evidence.Descents.Length
        )

    let private predictedSteps (evidence: Evidence) (prediction: Prediction) k =
        DescentBounds.HalfRiseStep(prediction, evidence.StepInKappaTime prediction, k)

    /// Relative bound of a descent's half-rise time of mode k: sampling, second order of the sampling, finite step, misalignment.
    let descentShift (evidence: Evidence) k =
        let rise =
            Tolerances.logarithmicRise evidence.Correct evidence.Correct.InitialVariances k

        (boundsOf evidence).Shift k
        + Tolerances.alignedShift evidence.Misalignment[k] rise

    /// Singular values of an aligned model after n steps of the descent, each mode on its own clock (section 4.5).
    let private alignedSingularValues (evidence: Evidence) (prediction: Prediction) variances (steps: float) =
        let step = evidence.StepInKappaTime prediction

        Comparison.alignedSingularValues prediction variances (fun k ->
            steps * step
            / DescentBounds.StepFactor(prediction.Belief, step * prediction.Eigenvalues[k]))

    /// All of them.
    let all (evidence: Evidence) : Gate<Belief> list =
        let settings, correct = evidence.Settings, evidence.Correct
        let runs = evidence.Descents
        let steps = runs.Head.Steps |> Array.map float
        let last = steps[steps.Length - 1]

        let mean =
            Array.init steps.Length (fun record ->
                Array.init settings.EmbeddingDimension (fun k ->
                    runs |> List.averageBy (fun run -> run.Observations[record].SingularValues[k])))

        let halfRises (curves: float array array) =
            Comparison.halfRises correct.Eigenvalues steps curves settings.EmbeddingDimension

        let measured =
            let each =
                runs
                |> List.map (fun run -> halfRises (run.Observations |> Array.map _.SingularValues))

            Array.init settings.EmbeddingDimension (fun k -> each |> List.averageBy (fun times -> times[k]))

        // Modes that the theory has risen well inside the run, leaving room for their own bound.
        let modes =
            [|
                for k in 0 .. settings.EmbeddingDimension - 1 do
                    if
                        evidence.Misalignment[k] <= Tolerances.smallMisalignment
                        && predictedSteps evidence correct k * (1.0 + descentShift evidence k) < 0.9 * last
                    then
                        k
            |]

        let covered = $"{modes.Length} modes, mean of {runs.Length} runs"

        let halfRiseGap (predict: Prediction -> float array) (allowed: int -> float) belief =
            let predicted = predict (evidence.Prediction belief)

            modes
            |> Seq.map (fun k -> timeError predicted[k] measured[k] / allowed k)
            |> Curves.worst

        let aligned (variances: Prediction -> float array) (prediction: Prediction) =
            steps
            |> Array.map (alignedSingularValues evidence prediction (variances prediction))
            |> halfRises

        // The exact solution has no clock of its own for every mode, so its times are corrected after they are read off.
        let exact (prediction: Prediction) =
            let comparison = evidence.Exact prediction.Belief
            let step = evidence.StepInKappaTime prediction

            let flowSteps =
                comparison.Indices
                |> Array.map (fun i -> evidence.Flow.Times[i] / evidence.LearningRate)

            Comparison.halfRises correct.Eigenvalues flowSteps comparison.SingularValues settings.EmbeddingDimension
            |> Array.mapi (fun k time ->
                time
                * DescentBounds.StepFactor(prediction.Belief, step * correct.Eigenvalues[k]))

        let bounds = boundsOf evidence

        let plateauNoise k =
            bounds.Stationary k + evidence.Misalignment[k]

        let qr (prediction: Prediction) =
            alignedSingularValues evidence prediction prediction.InitialVariances

        let trajectoryGap belief =
            let prediction = evidence.Prediction belief
            let shifts = modes |> Array.map (descentShift evidence)

            let noises =
                modes |> Array.map (fun k -> plateauNoise k * Math.Sqrt correct.Eigenvalues[k])

            Array.zip steps mean
            |> Array.Parallel.map (fun (count, observed) ->
                let now = qr prediction count

                modes
                |> Seq.mapi (fun index k ->
                    let at factor = (qr prediction (count * factor))[k]

                    let early, late = at (1.0 - shifts[index]), at (1.0 + shifts[index])
                    let allowed = Math.Max(late - now[k], now[k] - early) + noises[index]
                    Math.Abs(observed[k] - now[k]) / allowed)
                |> Curves.worst)
            |> Curves.worst

        let halfRiseGate name theory extra predict allowed wrong =
            {
                Id = identifier evidence name
                Claim =
                    $"{theory}, corrected for the finite step, gives the half-rise times of stochastic gradient descent ({covered})."
                Metric = "largest relative error of a half-rise time, in units of the mode's own bound"
                Tolerance =
                    {
                        Bound = 1.0
                        Because =
                            "per mode: 6 standard errors of the growth accumulated from the one-batch variance of v_k'M*v_k, computed pair by pair, its second order (k + 1) kappa h Var / lambda, the finite step kappa h lambda / ln(lambda/lambda_0) while saturating, 4 eta_k / ln(lambda/lambda_0)"
                            + extra
                    }
                Gap = halfRiseGap predict allowed
                Mutations = OldGate.mutations (Belief.kappaDoubled :: wrong)
            }

        let bound k = descentShift evidence k
        let rise = Tolerances.logarithmicRise correct correct.InitialVariances
        let confusedVariance = Belief.varianceDividedByDimension settings.EmbeddingDimension

        [
            halfRiseGate
                "descent-paper-half-rise"
                "Theorem 4.3 with λ_{k}(0) = σ^{2}"
                ", and the law of R_kk(0)^2/sigma^2 as for the flow"
                (aligned (fun prediction -> AlignedGates.paperVariances settings prediction.Belief))
                (fun k -> bound k + Tolerances.startShift settings.EmbeddingDimension k (rise k))
                [ confusedVariance ]
            halfRiseGate
                "descent-qr-half-rise"
                "Theorem 4.3 with λ_{k}(0) = R_{kk}(0)^{2}"
                ""
                (aligned _.InitialVariances)
                bound
                [ Belief.selfPairsKept; confusedVariance; Belief.stepUncorrected ]
            halfRiseGate "descent-exact-half-rise" "The exact solution" "" exact bound [ Belief.stepUncorrected ]
            {
                Id = identifier evidence "descent-trajectory"
                Claim =
                    $"Theorem 4.3 with λ_{{k}}(0) = R_{{kk}}(0)^{{2}} gives the singular values of stochastic gradient descent at every recorded step ({covered})."
                Metric = "largest error of a singular value, in units of its own bound at that time"
                Tolerance =
                    {
                        Bound = 1.0
                        Because =
                            "the change of s_k under the half-rise bound, plus sqrt(lambda_k) times the stationary noise of a realised mode: 6 standard deviations sqrt(kappa h Var / lambda), the inflow kappa h Var (tr M / lambda + V) / (2 lambda) from the other modes, and eta_k"
                    }
                Gap = trajectoryGap
                Mutations = OldGate.mutations [ Belief.kappaDoubled; Belief.selfPairsKept; confusedVariance ]
            }
        ]
