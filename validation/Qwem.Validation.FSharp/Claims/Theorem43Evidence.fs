/// What the run of Theorem 4.3 is held against: the exact solution at every record, and the bounds of the approximations mode by mode.
module Qwem.Validation.Claims.Theorem43Evidence

open System
open Qwem.Theory
open Qwem.Validation
open Qwem.Validation.Claims.Theorem43Run

[<NoEquality; NoComparison>]
type Evidence =
    {
        Measured: Measured
        Right: Solved
        /// The exact solution at every record.
        Exact: Prediction<Exact array>
        /// Half-rise times of the flow; NaN for a mode that does not rise within the run.
        HalfRises: float array
        /// Largest relative distance of the coarse integration's half-rise times.
        Integration: float
        /// Relative bound of a half-rise time from R_kk(0)^2, by the misalignment; infinite where leading order says nothing.
        Misaligned: float array
        /// The same for sigma^2 in the place of R_kk(0)^2, by the law of the latter.
        Start: float array
        /// kappa h, and what sampling and finite steps do.
        Step: float
        Deviation: DescentDeviation
        /// Half-rise times in steps: of every run, and their mean.
        Runs: float array list
        Mean: float array
        /// Modes that should rise well inside the descents, which leaves room for their own bound.
        Descended: int array
    }

    /// Modes whose time leading order predicts and the run shows.
    member it.Valid =
        [|
            for k in 0 .. it.Measured.Dimension - 1 do
                if Double.IsFinite it.Misaligned[k] && not (Double.IsNaN it.HalfRises[k]) then
                    k
        |]

    /// How many modes do not rise within the run.
    member it.Unrisen = it.HalfRises |> Seq.filter Double.IsNaN |> Seq.length

let deviation (right: Solved) (step: float) (noise: MinibatchNoise) runs =
    DescentDeviation(
        right.Eigenvalues,
        right.Exact.RDiagonalSquared(),
        step * 1.0<kappaTime / step>,
        noise,
        runs,
        Tolerance.standardErrors
    )

/// What one batch of a loss sees of the target, of its a, b, c, d and as the simulator draws its pairs.
let noise (objective: Qwem.Sim.Training.PairwiseObjective) (right: Solved) pairsPerSign =
    MinibatchNoise.Of(
        QuadraticLoss.Of(
            objective.PositiveQuadratic,
            objective.PositiveLinear,
            objective.NegativeQuadratic,
            objective.NegativeLinear
        ),
        objective.Positive.Values,
        objective.Negative.Values,
        objective.ConstantQuadratic.Value,
        right.Target,
        right.Eigenvectors.Values,
        right.Exact.EmbeddingDimension,
        pairsPerSign
    )

let gather loss (setting: Setting) : Evidence =
    let measured = measure loss setting
    setting.Told $"theorem-4.3/{loss.Code}: exact solution" 0.0
    let right = measured.Solved.Of Theory.derived
    let d = measured.Dimension
    let values (run: Qwem.Sim.Training.Observation array) = run |> Array.map _.SingularValues
    let rises = measured.HalfRises(values measured.Flow)
    let coarse = measured.HalfRises(values measured.Coarse)
    let variance = measured.Problem.Scale * measured.Problem.Scale
    let step = float right.Kappa * measured.LearningRate
    let noise = noise measured.Problem.Objective right measured.Sizes.PairsPerSign
    let deviation = deviation right step noise measured.Descents.Length
    let steps = measured.Steps |> Array.map float

    let runs =
        measured.Descents
        |> List.map (fun run -> Curves.halfRises measured.Plateaus steps (values run) d)

    {
        Measured = measured
        Right = right
        Exact = Prediction(exactAtAll measured)
        HalfRises = rises
        Integration =
            Array.map2 Curves.relativeError coarse rises
            |> Array.filter Double.IsFinite
            |> Curves.worst
        Misaligned = Misalignment.HalfRiseShifts right.Exact
        Start =
            Array.init d (fun k ->
                Misalignment.StartShift(d, k, log (right.Eigenvalues[k] / variance), Tolerance.standardErrors))
        Step = step
        Deviation = deviation
        Runs = runs
        Mean = Array.init d (fun k -> runs |> List.averageBy (fun run -> run[k]))
        Descended =
            [|
                for k in 0 .. d - 1 do
                    if
                        right.Eigenvalues[k] > 0.0
                        && deviation.HalfRiseStep k * (1.0 + deviation.HalfRiseShift k) < 0.9 * Array.last steps
                    then
                        k
            |]
    }

/// Relative errors of the half-rise times of all modes under a law of the aligned modes; infinite where one of the two times does not exist.
let alignedErrors (it: Evidence) (variances: Measured -> Theory -> float array) (theory: Theory) =
    let measured = it.Measured

    Array.map2
        Curves.relativeError
        (measured.HalfRises(aligned measured theory (variances measured theory) measured.Times))
        it.HalfRises

/// The same of the exact solution.
let exactErrors (it: Evidence) (theory: Theory) =
    Array.map2
        Curves.relativeError
        (it.Measured.HalfRises(it.Exact.Of theory |> Array.map _.SingularValues))
        it.HalfRises

/// Bounds of theories (a) and (b), mode by mode.
let bounds (it: Evidence) =
    let own = it.Misaligned |> Array.map (fun shift -> shift + it.Integration)
    Array.map2 (+) it.Start own, own

/// Errors of the mean half-rise times of the descents for some modes. The exact solution's time is read off the two records around the
/// flow's half-rise, the logit being linear in time, and delayed by the finite step.
let private descentErrorsOf (it: Evidence) (modes: int array) (theory: Theory) =
    let measured = it.Measured
    let solved = measured.Solved.Of theory
    let step = float solved.Kappa * measured.LearningRate

    let after k =
        measured.Times |> Array.findIndex (fun t -> t > it.HalfRises[k])

    let values =
        modes
        |> Array.collect (fun k -> [| after k - 1; after k |])
        |> Array.distinct
        |> Array.Parallel.map (fun record -> record, (stateAt measured solved record).SingularValues())
        |> dict

    modes
    |> Array.map (fun k ->
        let logit record =
            let s = values[record][k]
            let x = s * s / measured.Plateaus[k]
            log (x / max (1.0 - x) 1e-3)

        let record = after k
        let before, next = logit (record - 1), logit record
        let earlier, later = measured.Times[record - 1], measured.Times[record]
        let time = earlier + (later - earlier) * (-before / (next - before))
        let steps = time / measured.LearningRate

        Curves.relativeError (steps * theory.StepDelay(step * solved.Eigenvalues[k])) it.Mean[k])

/// The same for all modes that should rise within the descents.
let descentErrors (it: Evidence) = descentErrorsOf it it.Descended

let private inBounds (it: Evidence) modes theory =
    Array.map2 (fun k error -> error / it.Deviation.HalfRiseShift k) modes (descentErrorsOf it modes theory)
    |> Curves.worst

let descentGap (it: Evidence) = inBounds it it.Descended

/// The same for the first mode and the one with the least bound.
let descentGlimpse (it: Evidence) =
    [| it.Descended[0]; it.Descended |> Array.minBy it.Deviation.HalfRiseShift |]
    |> Array.distinct
    |> inBounds it

/// Singular values of the descents' mean at their last record against the exact solution at that time, each over its bound: the noise of
/// a realised mode, and what the shift in time still moves where the mode is not quite at rest.
let endErrors (it: Evidence) (theory: Theory) =
    let measured, solved = it.Measured, it.Measured.Solved.Of theory
    let last = float (Array.last measured.Steps) * measured.LearningRate
    let predicted = (Solved.at solved last).SingularValues()
    let rightTime = it.Right.Kappa * last

    it.Descended
    |> Array.map (fun k ->
        let seen =
            measured.Descents
            |> List.averageBy (fun run -> (Array.last run).SingularValues[k])

        let lambda = it.Right.Eigenvalues[k]

        let atRest =
            AlignedSolution.Variance(it.Right.Exact.RDiagonalSquared()[k], lambda, rightTime)
            / lambda

        let delay = Theory.derived.StepDelay(it.Step * lambda) - 1.0

        let moving =
            (1.0 - atRest)
            * lambda
            * float rightTime
            * (it.Deviation.HalfRiseShift k + delay + it.Misaligned[k])

        abs (predicted[k] / seen - 1.0), it.Deviation.Plateau k + (if Double.IsFinite moving then moving else infinity))
