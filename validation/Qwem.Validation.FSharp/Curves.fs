/// Reading times off sampled curves, in the same way for theory and experiment.
module Qwem.Validation.Curves

open System

/// count points from first to last, equally spaced in the logarithm.
let logSpaced first last count =
    let ratio = Math.Log(last / first)

    Array.init count (fun i -> first * Math.Exp(ratio * float i / float (count - 1)))

/// Time at which a rising variance s^2, sampled as singular values at increasing times, crosses half its plateau; NaN if it
/// does not. Between samples ln(s^2 / (plateau - s^2)) is taken as linear in time: exact for a logistic rise.
let halfRiseTime (plateau: float) (times: float array) (singularValues: float array) =
    let half = 0.5 * plateau
    let crossing = singularValues |> Array.tryFindIndex (fun s -> s * s >= half)

    match crossing with
    | None
    | Some 0 -> nan
    | Some i ->
        // Noise can lift a sample above its plateau; the logit is then taken just below it.
        let logit s =
            Math.Log(s * s / Math.Max(plateau - s * s, 1e-3 * plateau))

        let before, after = logit singularValues[i - 1], logit singularValues[i]
        times[i - 1] + (times[i] - times[i - 1]) * (-before / (after - before))

/// The same of a rise that is only nearly logistic: the cubic through the logits of the four samples around the crossing is inverted.
let smoothHalfRiseTime (plateau: float) (times: float array) (singularValues: float array) =
    let share i =
        singularValues[i] * singularValues[i] / plateau

    match singularValues |> Array.tryFindIndex (fun s -> s * s > 0.5 * plateau) with
    | Some index when index > 0 && share index < 0.99 ->
        let samples =
            [ max 0 (index - 2) .. min (index + 1) (times.Length - 1) ]
            |> List.filter (fun i -> share i < 0.99)

        let logit i = log (share i / (1.0 - share i))

        samples
        |> List.sumBy (fun i ->
            samples
            |> List.filter ((<>) i)
            |> List.fold (fun product j -> product * -(logit j) / (logit i - logit j)) times[i])
    | _ -> nan

/// Half-rise time of every singular value, of its plateau lambda_k, times and the singular values at each; NaN where there is none.
let halfRises (plateaus: float array) (times: float array) (singularValues: float array array) dimension =
    Array.init dimension (fun k ->
        if plateaus[k] <= 0.0 then
            nan
        else
            halfRiseTime plateaus[k] times (singularValues |> Array.map (fun s -> s[k])))

/// |a / b - 1|; infinite where either is not a number.
let relativeError (a: float) (b: float) =
    if Double.IsNaN a || Double.IsNaN b then infinity else abs (a / b - 1.0)

/// Largest of a sequence in which a single NaN makes the result NaN, as does the lack of any value: nothing compared is
/// nothing shown.
let worst (values: float seq) =
    let larger acc x =
        if Double.IsNaN acc || Double.IsNaN x then nan else max acc x

    if Seq.isEmpty values then nan else Seq.fold larger 0.0 values

/// Where a function of one variable with one minimum between low and high is least, by golden section: to about 1e-8 of the interval.
let argmin low high (f: float -> float) =
    let ratio = 0.5 * (sqrt 5.0 - 1.0)

    let rec narrow low high count =
        let a, b = high - ratio * (high - low), low + ratio * (high - low)

        if count = 0 then 0.5 * (low + high)
        elif f a < f b then narrow low b (count - 1)
        else narrow a high (count - 1)

    narrow low high 80
