namespace Qwem.Validation.Theorem43

open System
open System.Collections.Generic
open Qwem.Sim.Cooccurrence
open Qwem.Sim.Threading
open Qwem.Sim.Training
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

    let misalignment =
        let sigma = settings.InitialisationScale
        Tolerances.misalignment (sigma * sigma) correct.Exact

    let noise = Tolerances.samplingNoise settings preparation.Objective correct

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
            let made =
                if Belief.ofTarget belief = Belief.ofTarget correct.Belief then
                    Prediction.restart belief correct
                else
                    Prediction.make settings loss counts preparation.Start team belief

            predictions[belief] <- made
            made

    /// The exact theory under a belief beside the flow: at every record for the correct one, at some for a wrong one.
    member evidence.Exact(belief: Belief) =
        let key = Belief.ofTarget belief

        match comparisons.TryGetValue key with
        | true, known -> known
        | _ ->
            let last = flow.Times.Length - 1

            let indices =
                if key = Belief.ofTarget correct.Belief then
                    [| 0..last |]
                else
                    [| last % thinning .. thinning .. last |]

            let made =
                Comparison.exact settings preparation flow (evidence.Prediction belief) indices team

            comparisons[key] <- made
            made

    /// kappa eta_alg: how far one step of the descent goes on the clock kappa t.
    member _.StepInKappaTime(prediction: Prediction) = prediction.Kappa * learningRate

/// What the gates share.
module Evidence =

    let relative (a: float) (b: float) = Math.Abs(a - b) / Math.Abs b

    /// Relative error of a predicted time; infinite if one of the two does not exist.
    let timeError (predicted: float) (measured: float) =
        if Double.IsNaN predicted || Double.IsNaN measured then
            infinity
        else
            relative predicted measured

    /// Errors of the times that exist on either side.
    let relativeTimes (predicted: float seq) (measured: float seq) =
        Seq.zip predicted measured
        |> Seq.filter (fun (p, m) -> not (Double.IsNaN p && Double.IsNaN m))
        |> Seq.map (fun (p, m) -> timeError p m)

    let identifier (evidence: Evidence) name =
        $"theorem-4.3/{evidence.Loss.Code}/{name}"

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
    let halfRiseDistance (evidence: Evidence) =
        relativeTimes (halfRisesOf evidence evidence.Coarse) (flowHalfRises evidence)
        |> Curves.worst
