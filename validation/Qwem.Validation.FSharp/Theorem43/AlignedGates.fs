namespace Qwem.Validation.Theorem43

open System
open Qwem.Theory
open Qwem.Validation
open Qwem.Validation.Theorem43.Evidence

/// The flow against theories (a) and (b), Theorem 4.3 from two readings of the start.
module AlignedGates =

    /// Half-rise times of an aligned model on the flow's clock, read off the flow's records like those of the flow.
    let alignedHalfRises (evidence: Evidence) (prediction: Prediction) (variances: float array) =
        let times = evidence.Flow.Times

        let curves =
            times
            |> Array.Parallel.map (fun t ->
                Comparison.alignedSingularValues prediction variances (fun _ -> prediction.Kappa * t))

        Comparison.halfRises evidence.Correct.Eigenvalues times curves evidence.Settings.EmbeddingDimension

    /// The modes on which the aligned theories are gated: leading order holds, and a rise was recorded.
    let alignedModes (evidence: Evidence) (measured: float array) =
        [|
            for k in 0 .. evidence.Settings.EmbeddingDimension - 1 do
                if
                    evidence.Misalignment[k] <= Tolerances.smallMisalignment
                    && not (Double.IsNaN measured[k])
                then
                    k
        |]

    /// sigma^2 for every mode: theory (a).
    let paperVariances (settings: Settings) (belief: Belief) =
        Array.create
            settings.EmbeddingDimension
            (settings.InitialisationScale
             * settings.InitialisationScale
             * belief.InitialVarianceFactor)

    /// All of them.
    let all (evidence: Evidence) : Gate<Belief> list =
        let settings, correct = evidence.Settings, evidence.Correct
        let measured = flowHalfRises evidence
        let modes = alignedModes evidence measured
        let rise = Tolerances.logarithmicRise correct correct.InitialVariances

        let gap (variances: Prediction -> float array) (allowed: int -> float) belief =
            let prediction = evidence.Prediction belief
            let predicted = alignedHalfRises evidence prediction (variances prediction)

            modes
            |> Seq.map (fun k -> timeError predicted[k] measured[k] / allowed k)
            |> Curves.worst

        let misaligned k =
            Tolerances.alignedShift evidence.Misalignment[k] (rise k)

        let slips =
            OldGate.mutations
                [
                    Belief.kappaDoubled
                    Belief.varianceDividedByDimension settings.EmbeddingDimension
                ]

        let covered = $"{modes.Length} of {settings.EmbeddingDimension} modes"

        [
            {
                Id = identifier evidence "aligned-paper-half-rise"
                Claim = $"Theorem 4.3 with λ_{{k}}(0) = σ^{{2}} gives the half-rise times of the flow ({covered})."
                Metric = "largest relative error of a half-rise time, in units of the mode's own bound"
                Tolerance =
                    {
                        Bound = 1.0
                        Because =
                            "per mode: [ln(d/(d-k+1)) + 6 sqrt(2/(d-k+1))] / ln(lambda/lambda_0), the law of R_kk(0)^2/sigma^2, plus 4 eta_k / ln(lambda/lambda_0) for the misalignment eta_k of leading order; modes with eta_k at most 0.1"
                    }
                Gap =
                    gap (fun prediction -> paperVariances settings prediction.Belief) (fun k ->
                        Tolerances.startShift settings.EmbeddingDimension k (rise k) + misaligned k)
                Mutations = slips
            }
            {
                Id = identifier evidence "aligned-qr-half-rise"
                Claim =
                    $"Theorem 4.3 with λ_{{k}}(0) = R_{{kk}}(0)^{{2}} gives the half-rise times of the flow ({covered})."
                Metric = "largest relative error of a half-rise time, in units of the mode's own bound"
                Tolerance =
                    {
                        Bound = 1.0
                        Because =
                            "per mode: 4 eta_k / ln(lambda/lambda_0) for the misalignment eta_k of leading order, plus the bound of the integration; modes with eta_k at most 0.1"
                    }
                Gap =
                    let integration =
                        (Tolerances.integration
                            settings
                            (halfRiseDistance evidence)
                            (Tolerances.largestExponent correct evidence.Flow))
                            .Bound

                    gap _.InitialVariances (fun k -> misaligned k + integration)
                Mutations = slips
            }
        ]
