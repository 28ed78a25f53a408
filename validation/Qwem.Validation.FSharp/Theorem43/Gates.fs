namespace Qwem.Validation.Theorem43

open System
open System.Collections.Generic
open Qwem.Sim.Cooccurrence
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Threading
open Qwem.Sim.Training
open Qwem.Theory
open Qwem.Validation

/// All measurements of one loss, and the theory under any belief, computed once each.
type Evidence
    (
        settings: Settings,
        loss: Loss,
        counts: CooccurrenceCounts,
        preparation: Preparation,
        flow: FlowMeasurement,
        coarse: Observation array,
        gramDistances: float array,
        descents: DescentMeasurement list,
        learningRate: float,
        correct: Prediction,
        team: WorkerTeam
    ) =

    // A wrong belief needs no more than a few of the recorded times to be found out.
    let thinning = 8
    let predictions = Dictionary<Belief, Prediction>()
    let comparisons = Dictionary<Belief, ExactComparison>()
    do predictions[correct.Belief] <- correct

    let misalignment = Tolerances.misalignment settings correct
    let noise = Tolerances.samplingNoise settings preparation correct

    member _.Settings = settings
    member _.Loss = loss
    member _.Preparation = preparation
    member _.Flow = flow

    /// The flow integrated with a larger tolerance: how far the two are apart bounds the error of the better one.
    member _.Coarse = coarse

    /// Relative Gram distance of the two integrations at every record.
    member _.GramDistances = gramDistances
    member _.Descents = descents
    member _.LearningRate = learningRate
    member _.Correct = correct
    member _.Misalignment = misalignment
    member _.Noise = noise
    member _.Team = team

    /// The theory under a belief.
    member _.Prediction(belief: Belief) =
        match predictions.TryGetValue belief with
        | true, known -> known
        | _ ->
            let made = Prediction.make settings loss counts preparation.Start team belief
            predictions[belief] <- made
            made

    /// The exact theory under a belief beside the flow: at every record for the correct one, at some for a wrong one.
    member evidence.Exact(belief: Belief) =
        match comparisons.TryGetValue belief with
        | true, known -> known
        | _ ->
            let last = flow.Times.Length - 1

            let indices =
                if belief = correct.Belief then
                    [| 0..last |]
                else
                    [| last % thinning .. thinning .. last |]

            let made =
                Comparison.exact settings preparation flow (evidence.Prediction belief) indices team

            comparisons[belief] <- made
            made

    /// kappa eta_alg: how far one step of the descent goes on the clock kappa t.
    member _.StepInKappaTime(prediction: Prediction) = prediction.Kappa * learningRate

module Gates =

    let private relative (a: float) (b: float) = Math.Abs(a - b) / Math.Abs b

    /// Relative error of a predicted time; infinite if one of the two does not exist.
    let private timeError (predicted: float) (measured: float) =
        if Double.IsNaN predicted || Double.IsNaN measured then
            infinity
        else
            relative predicted measured

    /// Errors of the times that exist on either side.
    let private relativeTimes (predicted: float seq) (measured: float seq) =
        Seq.zip predicted measured
        |> Seq.filter (fun (p, m) -> not (Double.IsNaN p && Double.IsNaN m))
        |> Seq.map (fun (p, m) -> timeError p m)

    let private identifier (evidence: Evidence) name =
        $"theorem-4.3/{evidence.Loss.Code}/{name}"

    let private mutations beliefs =
        beliefs |> List.map (fun (belief: Belief) -> belief.Name, belief)

    /// The slips that change the exact theory of this loss.
    let private exactMutations (evidence: Evidence) =
        [
            Belief.kappaDoubled
            if evidence.Loss = CrossEntropy then
                Belief.subsamplingIgnored
            Belief.selfPairsKept
        ]
        |> mutations

    let private measuredAt (evidence: Evidence) (indices: int array) =
        indices |> Array.map (fun i -> evidence.Flow.Observations[i])

    /// Half-rise times of a flow on its own clock eta_alg t.
    let private halfRisesOf (evidence: Evidence) (observations: Observation array) =
        Comparison.halfRises
            evidence.Correct.Eigenvalues
            evidence.Flow.Times
            (observations |> Array.map _.SingularValues)
            evidence.Settings.EmbeddingDimension

    /// Half-rise times of the flow.
    let flowHalfRises (evidence: Evidence) =
        halfRisesOf evidence evidence.Flow.Observations

    /// Relative error of the flow's half-rise times.
    let private halfRiseDistance (evidence: Evidence) =
        relativeTimes (halfRisesOf evidence evidence.Coarse) (flowHalfRises evidence)
        |> Curves.worst

    let private exactGates (evidence: Evidence) : Gate<Belief> list =
        let settings, flow, coarse = evidence.Settings, evidence.Flow, evidence.Coarse
        let exponent = Tolerances.largestExponent evidence.Correct flow
        let normalised = Comparison.normalisedLoss evidence.Preparation

        let gate name claim metric (distanceToCoarse, amplification) gap =
            {
                Id = identifier evidence name
                Claim = claim
                Metric = metric
                Tolerance = Tolerances.integration settings distanceToCoarse amplification
                Gap = gap
                Mutations = exactMutations evidence
            }

        let singularDistance (a: float array seq) (b: float array seq) =
            Seq.zip a b |> Seq.collect (fun (x, y) -> Seq.map2 relative x y) |> Curves.worst

        // A mode's rounding is bounded against its whole row of X, of which its own direction may be 1/sqrt(d).
        let condition = sqrt (float settings.EmbeddingDimension)

        let overlapDistance (a: float array seq) (b: float array seq) =
            Seq.zip a b
            |> Seq.collect (fun (x, y) -> Seq.map2 (fun p q -> abs (p - q)) x y)
            |> Curves.worst

        let overlapsOf (run: Observation array) = run |> Array.map _.SubspaceOverlaps

        let valuesOf (run: Observation array) = run |> Array.map _.SingularValues

        [
            gate
                "exact-gram"
                "The exact solution gives the Gram matrix of the simulated flow at every recorded time."
                "largest relative error of M over the records, Frobenius norm"
                (Curves.worst evidence.GramDistances, exponent)
                (fun belief -> (evidence.Exact belief).GramErrors |> Curves.worst)
            gate
                "exact-final-gram"
                "The exact solution gives the Gram matrix of the simulated flow at the last recorded time."
                "relative error of M, Frobenius norm"
                (Curves.worst evidence.GramDistances, exponent)
                (fun belief -> (evidence.Exact belief).GramErrors |> Array.last)
            gate
                "exact-singular-values"
                "The exact solution gives every singular value at every recorded time, also those 13 decades below the largest."
                "largest relative error over modes and records"
                (singularDistance (valuesOf coarse) (valuesOf flow.Observations), condition * exponent)
                (fun belief ->
                    let exact = evidence.Exact belief

                    singularDistance
                        exact.SingularValues
                        (measuredAt evidence exact.Indices |> Array.map _.SingularValues))
            gate
                "exact-half-rise"
                "The exact solution gives the time at which each singular value reaches half its plateau's square."
                "largest relative error of a half-rise time over the modes"
                (halfRiseDistance evidence, exponent)
                (fun belief ->
                    let exact = evidence.Exact belief
                    let measured = measuredAt evidence exact.Indices |> Array.map _.SingularValues
                    let times = exact.Indices |> Array.map (fun i -> flow.Times[i])
                    let plateaus = evidence.Correct.Eigenvalues

                    relativeTimes
                        (Comparison.halfRises plateaus times exact.SingularValues settings.EmbeddingDimension)
                        (Comparison.halfRises plateaus times measured settings.EmbeddingDimension)
                    |> Curves.worst)
            gate
                "exact-alignment"
                "The exact solution gives the alignment of the simulated top-k subspaces with the target's at every recorded time."
                "largest error of an overlap over subspaces and records"
                (overlapDistance (overlapsOf coarse) (overlapsOf flow.Observations),
                 exponent + Tolerances.eigenspaceCondition settings evidence.Correct)
                (fun belief ->
                    let exact = evidence.Exact belief
                    overlapDistance exact.Overlaps (measuredAt evidence exact.Indices |> overlapsOf))
            gate
                "exact-loss-staircase"
                "The exact solution gives the loss of the simulated flow at every recorded time."
                "largest error of the loss, in units of the loss at W = 0"
                (Seq.map2
                    (fun (a: Observation) (b: Observation) -> Math.Abs(normalised a.Loss - normalised b.Loss))
                    coarse
                    flow.Observations
                 |> Curves.worst,
                 exponent)
                (fun belief ->
                    let exact = evidence.Exact belief

                    Seq.map2
                        (fun theory (measured: Observation) -> Math.Abs(theory - normalised measured.Loss))
                        exact.Losses
                        (measuredAt evidence exact.Indices)
                    |> Curves.worst)
        ]

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

    let private alignedGates (evidence: Evidence) : Gate<Belief> list =
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
            mutations
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
                        Tolerances.startShift settings k (rise k) + misaligned k)
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

    /// Step of the descent at which the aligned theory (b) has mode k half risen, by itself.
    let private predictedSteps (evidence: Evidence) (prediction: Prediction) k =
        let lambda = prediction.Eigenvalues[k]
        let step = evidence.StepInKappaTime prediction

        let steps =
            AlignedSolution.HalfRiseTime(prediction.InitialVariances[k], lambda) / step

        if prediction.Belief.StepCorrected then
            steps * AlignedSolution.DiscreteTimeFactor(step * lambda)
        else
            steps

    /// Relative bound of a descent's half-rise time of mode k: sampling, second order of the sampling, finite step, misalignment.
    let descentShift (evidence: Evidence) k =
        let correct = evidence.Correct
        let lambda = correct.Eigenvalues[k]
        let step = evidence.StepInKappaTime correct
        let rise = Tolerances.logarithmicRise correct correct.InitialVariances k
        let runs = float evidence.Descents.Length

        let sampling =
            Tolerance.standardErrors
            * Math.Sqrt(evidence.Noise.DiagonalVariance[k] / (predictedSteps evidence correct k * runs))
            / lambda

        let secondOrder = step * (float k + 1.0) * evidence.Noise.EntryVariance / lambda
        let finiteStep = step * lambda / rise

        sampling
        + secondOrder
        + finiteStep
        + Tolerances.alignedShift evidence.Misalignment[k] rise

    /// Singular values of the aligned theory (b) after n steps of the descent, each mode on its own clock (section 4.5).
    let private descentSingularValues (evidence: Evidence) (prediction: Prediction) (steps: float) =
        let step = evidence.StepInKappaTime prediction

        Comparison.alignedSingularValues prediction prediction.InitialVariances (fun k ->
            if prediction.Belief.StepCorrected then
                steps * step
                / AlignedSolution.DiscreteTimeFactor(step * prediction.Eigenvalues[k])
            else
                steps * step)

    let private descentGates (evidence: Evidence) : Gate<Belief> list =
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

        let mutants =
            mutations
                [
                    Belief.kappaDoubled
                    Belief.selfPairsKept
                    Belief.varianceDividedByDimension settings.EmbeddingDimension
                    Belief.stepUncorrected
                ]

        let covered = $"{modes.Length} modes, mean of {runs.Length} runs"

        let halfRiseGap belief =
            let prediction = evidence.Prediction belief

            let predicted =
                halfRises (steps |> Array.map (descentSingularValues evidence prediction))

            modes
            |> Seq.map (fun k -> timeError predicted[k] measured[k] / descentShift evidence k)
            |> Curves.worst

        // Stationary noise of a realised mode, relative to its plateau: fluctuation of v_k'Mv_k, and the mean inflow from
        // the noise of the other modes (trace of M) and of the V unlearned directions.
        let plateauNoise k =
            let lambda = correct.Eigenvalues[k]
            let step = evidence.StepInKappaTime correct

            let trace =
                correct.Eigenvalues |> Array.take settings.EmbeddingDimension |> Array.sum

            let v = float settings.VocabularySize

            let fluctuation =
                Tolerance.standardErrors
                * Math.Sqrt(step * evidence.Noise.DiagonalVariance[k] / (lambda * float runs.Length))

            let inflow =
                0.5 * step * evidence.Noise.EntryVariance * (trace / lambda + v) / lambda

            0.5 * (fluctuation + inflow) + evidence.Misalignment[k]

        let trajectoryGap belief =
            let prediction = evidence.Prediction belief
            let shifts = modes |> Array.map (descentShift evidence)

            let noises =
                modes |> Array.map (fun k -> plateauNoise k * Math.Sqrt correct.Eigenvalues[k])

            Array.zip steps mean
            |> Array.Parallel.map (fun (count, observed) ->
                let now = descentSingularValues evidence prediction count

                modes
                |> Seq.mapi (fun index k ->
                    let at factor =
                        (descentSingularValues evidence prediction (count * factor))[k]

                    let early, late = at (1.0 - shifts[index]), at (1.0 + shifts[index])
                    let allowed = Math.Max(late - now[k], now[k] - early) + noises[index]
                    Math.Abs(observed[k] - now[k]) / allowed)
                |> Curves.worst)
            |> Curves.worst

        [
            {
                Id = identifier evidence "descent-half-rise"
                Claim =
                    $"Theorem 4.3 from R_{{kk}}(0)^{{2}}, corrected for the finite step, gives the half-rise times of stochastic gradient descent ({covered})."
                Metric = "largest relative error of a half-rise time, in units of the mode's own bound"
                Tolerance =
                    {
                        Bound = 1.0
                        Because =
                            "per mode: 6 standard errors of the growth accumulated from the one-batch variance of v_k'M*v_k, computed pair by pair, its second order (k + 1) kappa h Var / lambda, the finite step kappa h lambda / ln(lambda/lambda_0) while saturating, 4 eta_k / ln(lambda/lambda_0)"
                    }
                Gap = halfRiseGap
                Mutations = mutants
            }
            {
                Id = identifier evidence "descent-trajectory"
                Claim =
                    $"The same theory gives the singular values of stochastic gradient descent at every recorded step ({covered})."
                Metric = "largest error of a singular value, in units of its own bound at that time"
                Tolerance =
                    {
                        Bound = 1.0
                        Because =
                            "the change of s_k under the half-rise bound, plus sqrt(lambda_k) times the stationary noise of a realised mode: 6 standard deviations sqrt(kappa h Var / lambda), the inflow kappa h Var (tr M / lambda + V) / (2 lambda) from the other modes, and eta_k"
                    }
                Gap = trajectoryGap
                Mutations = mutants |> List.filter (fun (_, belief) -> belief.StepCorrected)
            }
        ]

    let private eigenpairGate (evidence: Evidence) : Gate<Belief> =
        let correct = evidence.Correct.Target

        {
            Id = identifier evidence "eigenpairs"
            Claim = "The eigenpairs handed to the theory are those of its target, and orthonormal."
            Metric = "largest of the residual relative to ||M*||_F and the orthogonality error"
            Tolerance = Tolerances.eigenpairs evidence.Settings
            Gap =
                (fun belief ->
                    let prediction = evidence.Prediction belief

                    let spectrum =
                        TargetSpectrum(prediction.Eigenvalues, prediction.Eigenvectors.Values)

                    let certificate = spectrum.Certify correct
                    Math.Max(certificate.Residual, certificate.Orthogonality))
            Mutations = mutations [ Belief.selfPairsKept ]
        }

    /// All gates of one loss.
    let all (evidence: Evidence) =
        eigenpairGate evidence :: exactGates evidence
        @ alignedGates evidence
        @ descentGates evidence
