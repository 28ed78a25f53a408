/// What the figures of experiment theorem-4.3 plot: times and means of its records.
module Qwem.Validation.Theorem43.Plotted

/// Of the time axis.
let timeLabel = "time t/τ₁"

/// eta_alg t in units of tau_1.
let private clock (evidence: Evidence) =
    let unit =
        Prediction.firstRealisation evidence.Settings evidence.Correct
        / evidence.Correct.Kappa

    fun (t: float) -> t / unit

/// Of the flow's records, in these units.
let flowTimes (evidence: Evidence) =
    evidence.Flow.Times |> Array.map (clock evidence)

/// Of the records of the stochastic runs.
let descentTimes (evidence: Evidence) =
    evidence.Descents.Head.Steps
    |> Array.map (fun n -> clock evidence (float n * evidence.LearningRate))

/// Only the first of many series with one meaning is named in the legend.
let firstNamed name index = if index = 0 then Some name else None

/// Mean over the stochastic runs, record by record.
let averageOf (evidence: Evidence) (value: Qwem.Sim.Training.Observation -> float) =
    Array.init evidence.Descents.Head.Steps.Length (fun record ->
        evidence.Descents |> List.averageBy (fun run -> value run.Observations[record]))
