namespace Qwem.Validation.TwoMillionSteps

open System
open System.Threading
open Qwem.Sim.Training
open Qwem.Validation
open Qwem.Validation.Theorem43
open Qwem.Validation.TwoMillionSteps.Theory

/// The recording beside the theory.
[<NoEquality; NoComparison>]
type Compared =
    {
        Recording: Recording
        /// The prediction under a belief, and under the one held to be right.
        Predict: Belief -> Prediction
        Correct: Prediction
        /// kappa h.
        Step: float
        Noise: Tolerances.SamplingNoise
        Bounds: DescentBounds
        /// Singular values of the exact solution at the records.
        Theory: float array array
        /// Half-rise times of the recording, in steps.
        HalfRises: float array
        /// Modes that rise well inside the run, which leaves room for their own bound.
        Modes: int array
    }

    /// The last record.
    member evidence.Last = evidence.Recording.Steps.Length - 1

/// The recorded descent against the exact solution, mode by mode.
module Gates =

    let private d = settings.EmbeddingDimension

    /// Reads the recording and computes what it is held against.
    let gather (setting: Setting) (told: float -> unit) : Compared =
        told 0.0
        let recording = Recording.embedded (if setting.IsSmoke then 0.4 else 1.0)
        let steps = recording.Steps

        let start =
            Initialisation.Gaussian(
                settings.VocabularySize,
                d,
                settings.InitialisationScale,
                settings.InitialisationSeed
            )

        let predict belief =
            setting.Cancellation.ThrowIfCancellationRequested()
            Prediction.make settings CrossEntropy setting.Embedded start setting.Team belief

        let prediction = predict correct
        let step = prediction.Kappa * learningRate

        let frequencies =
            Limits.Training.frequencies setting.Embedded settings.VocabularySize

        let noise = Tolerances.samplingNoise settings (objective frequencies) prediction
        let bounds = DescentBounds(prediction, step, noise, d, 1)
        told 0.2
        let last = steps[steps.Length - 1]

        {
            Recording = recording
            Predict = predict
            Correct = prediction
            Step = step
            Noise = noise
            Bounds = bounds
            Theory = singularValues prediction steps
            HalfRises = Comparison.halfRises prediction.Eigenvalues (Array.map float steps) recording.SingularValues d
            Modes =
                [|
                    for k in 0 .. d - 1 do
                        if
                            DescentBounds.HalfRiseStep(prediction, step, k) * (1.0 + bounds.Shift k) < 0.9 * float last
                        then
                            k
                |]
        }

    // Half-rise times in steps under a belief.
    let private rises (evidence: Compared) belief =
        let steps, lambda = evidence.Recording.Steps, evidence.Correct.Eigenvalues

        if belief = correct then
            Comparison.halfRises lambda (Array.map float steps) evidence.Theory d
            |> Array.mapi (fun k time -> time * DescentBounds.StepFactor(belief, evidence.Step * lambda[k]))
        else
            // A wrong law needs no more than a few of the records to be found out.
            halfRises (evidence.Predict belief) lambda (thinned steps)

    // Relative errors of the half-rise times of the modes, with the modes.
    let private riseErrors (evidence: Compared) belief =
        let predicted = rises evidence belief

        evidence.Modes
        |> Array.map (fun k -> k, Evidence.timeError predicted[k] evidence.HalfRises[k])

    // The same of the last singular values.
    let private endErrors (evidence: Compared) belief =
        let measured = evidence.Recording.SingularValues[evidence.Last]

        let predicted =
            if belief = correct then
                evidence.Theory[evidence.Last]
            else
                (singularValues (evidence.Predict belief) [| evidence.Recording.Steps[evidence.Last] |])[0]

        evidence.Modes
        |> Array.map (fun k -> k, Evidence.relative measured[k] predicted[k])

    let private largest errors = errors |> Seq.map snd |> Curves.worst

    /// Largest relative error of a half-rise time.
    let largestRiseError evidence = largest (riseErrors evidence correct)

    /// Largest relative error of a singular value after the last step.
    let largestEndError evidence = largest (endErrors evidence correct)

    // How far the noise of M between mode k and the others moves its eigenvalue, relative to it: by the entry or by its square
    // over the distance of the two, whichever is less.
    let private repulsion (evidence: Compared) k =
        let lambda = evidence.Correct.Eigenvalues

        Seq.init d id
        |> Seq.filter (fun j -> j <> k)
        |> Seq.sumBy (fun j ->
            let entry =
                Tolerance.standardErrors
                * Math.Sqrt(
                    evidence.Step * evidence.Noise.EntryVariance * lambda[k] * lambda[j]
                    / (lambda[j] + lambda[k])
                )

            Math.Min(entry, entry * entry / abs (lambda[j] - lambda[k])))
        |> fun shift -> shift / lambda[k]

    let private plateauBound (evidence: Compared) k =
        evidence.Bounds.Stationary k + 0.5 * repulsion evidence k

    let private inBounds bound errors =
        errors |> Seq.map (fun (k, error) -> error / bound k) |> Curves.worst

    /// Two gates, on half-rise times and on the end.
    let all (evidence: Compared) : Gate<Belief> list =
        let last, modes = evidence.Recording.Steps[evidence.Last], evidence.Modes
        let wrong (belief: Belief) name = name, { belief with Name = name }

        let normalised =
            wrong Belief.correct "target of the subsampled text, Z M* + (Z − 1)"

        let selfPairs =
            wrong
                { correct with
                    SelfPairsNeutral = false
                }
                "self-pairs kept"

        let doubled = wrong { correct with KappaFactor = 8.0 } "kappa twice too large"

        [
            {
                Id = "two-million-steps/half-rise"
                Claim =
                    $"The exact solution, corrected for the finite step, gives the half-rise times of a descent of {last:N0} steps ({modes.Length} of {d} modes)."
                Metric = "largest relative error of a half-rise time, in units of the mode's own bound"
                Tolerance =
                    {
                        Bound = 1.0
                        Because =
                            "per mode: 6 standard errors of the growth accumulated from the one-batch variance of v_k'M*v_k, computed pair by pair, its second order (k + 1) kappa h Var / lambda, and the finite step kappa h lambda / ln(lambda/lambda_0) while saturating"
                    }
                Gap = (fun belief -> inBounds evidence.Bounds.Shift (riseErrors evidence belief))
                Mutations = [ doubled; selfPairs; normalised ]
            }
            {
                Id = "two-million-steps/end"
                Claim =
                    $"After {last:N0} steps the singular values are those of the exact solution ({modes.Length} modes)."
                Metric = "largest relative error of a singular value at the end, in units of the mode's own bound"
                Tolerance =
                    {
                        Bound = 1.0
                        Because =
                            "per mode: stationary noise of a realised mode, 6 standard deviations sqrt(kappa h Var / lambda), the inflow kappa h Var (tr M / lambda + V) / (2 lambda) from the other modes, and the repulsion by the noise between it and them, entry or entry^2 over distance"
                    }
                Gap = (fun belief -> inBounds (plateauBound evidence) (endErrors evidence belief))
                Mutations = [ selfPairs ]
            }
        ]
