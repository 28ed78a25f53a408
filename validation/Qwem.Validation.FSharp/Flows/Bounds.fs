/// Bounds of the aligned theories (Theorem 4.3) from a random start that is small but not infinitely so.
module Qwem.Validation.Flows.Bounds

open System
open Qwem.Sim.LinearAlgebra
open Qwem.Theory
open Qwem.Validation
open Qwem.Validation.Theorem43

/// R(0), d x V.
let private triangle (exact: ExactSolution) =
    DenseMatrix(exact.EmbeddingDimension, exact.VocabularySize, exact.At(0.0).EmbeddingsInEigenbasis())

/// Relative shift of the half-rise time of every mode from tau_k: the law of R_kk(0)^2 / sigma^2 and the misalignment, of which
/// leading order is trusted up to Tolerances.smallMisalignment; modes beyond are given an infinite one.
let halfRiseShifts (theory: ExactTheory) =
    let d = theory.Exact.EmbeddingDimension
    let misalignment = Tolerances.misalignment theory.Variance theory.Exact

    Array.init d (fun k ->
        if misalignment[k] > Tolerances.smallMisalignment || theory.Eigenvalues[k] <= 0.0 then
            infinity
        else
            let rise = Math.Log(theory.Eigenvalues[k] / theory.Variance)

            Tolerances.startShift d k rise + Tolerances.alignedShift misalignment[k] rise)

/// How far s_k / sqrt(lambda_k) can be from 1 at the time 2 kappa t = clock, to second order; infinite for a mode that has not
/// had the time. Among the m modes that have, Q = M^{-1} obeys a linear equation, Q(t) = 1/Lambda + e^{-Lambda t/2} (Q(0) - 1/Lambda)
/// e^{-Lambda t/2}, Q(0) = (R'R)^{-1} of their block of R(0). So a mode lacks own_k = lambda_k Q_kk(0) e^{-lambda_k t} of its plateau
/// at first order, and at second, by Cauchy and Schwarz, at most own_k own_l over the relative gap for every partner. The
/// later modes tilt its direction by Z_kj = R_m^{-1} R_rest: each holds Z_kj^2 e^{(lambda_j - lambda_k) t} of its variance and has
/// taken lambda_k (e^{lambda_j t} - 1)/lambda_j Z_kj^2 e^{-lambda_k t} from it, of opposite signs (THEORY.md 4.2 for one dimension).
/// Half of all that, for a singular value.
let plateauShifts (theory: ExactTheory) (clock: float) =
    let v, d = theory.Exact.VocabularySize, theory.Exact.EmbeddingDimension
    let r = triangle theory.Exact
    let lambda = theory.Eigenvalues
    let early = 0.1

    let m =
        Seq.init d id
        |> Seq.takeWhile (fun k ->
            lambda[k] > 0.0
            && lambda[k] / (r[k, k] * r[k, k]) * Math.Exp(-lambda[k] * clock) < early)
        |> Seq.length

    // Rows of R_m^{-1} [1 R_rest] by back substitution, last row first: x_k = (unit_k or R_kj - sum over l > k of R_kl x_l) / R_kk.
    let solved = Array.zeroCreate<float array> m

    for k in m - 1 .. -1 .. 0 do
        solved[k] <-
            Array.init v (fun j ->
                let own =
                    if j >= m then r[k, j]
                    elif j = k then 1.0
                    else 0.0

                let later = Seq.init (m - 1 - k) (fun n -> r[k, k + 1 + n] * solved[k + 1 + n][j])
                (own - Seq.sum later) / r[k, k])

    let own =
        Array.init m (fun k ->
            let inverse = Seq.init m (fun l -> solved[k][l] * solved[k][l]) |> Seq.sum
            lambda[k] * inverse * Math.Exp(-lambda[k] * clock))

    Array.init d (fun k ->
        if k >= m then
            infinity
        else
            let pairs =
                Seq.init m id
                |> Seq.filter (fun l -> l <> k)
                |> Seq.sumBy (fun l -> own[k] * own[l] / abs (1.0 - lambda[l] / lambda[k]))

            let tilt =
                Seq.init (v - m) (fun n ->
                    let j = m + n
                    let held = Math.Exp((lambda[j] - lambda[k]) * clock)

                    let taken =
                        if lambda[j] = 0.0 then
                            lambda[k] * clock * held
                        else
                            lambda[k] * (held - Math.Exp(-lambda[k] * clock)) / lambda[j]

                    solved[k][j] * solved[k][j] * Math.Max(held, taken))
                |> Seq.sum

            0.5 * (own[k] + pairs + tilt))

/// Modes of a flow whose half-rise time was recorded and is bounded, and the largest error of a predicted half-rise time
/// (eta_alg t of mode k) over them, in units of each mode's bound.
let stepTimeError (theory: ExactTheory) (flow: Integration.ConstantWeightFlow) =
    let allowed = halfRiseShifts theory

    let measured =
        Array.init allowed.Length (fun k ->
            if theory.Eigenvalues[k] <= 0.0 then
                nan
            else
                let curve = flow.SingularValues |> Array.map (fun s -> s[k])
                Curves.halfRiseTime theory.Eigenvalues[k] flow.Times curve)

    let modes =
        [|
            for k in 0 .. allowed.Length - 1 do
                if Double.IsFinite measured[k] && Double.IsFinite allowed[k] then
                    k
        |]

    modes,
    fun (predicted: int -> float) ->
        modes
        |> Seq.map (fun k -> abs (predicted k / measured[k] - 1.0) / allowed[k])
        |> Curves.worst

// A gate on what stepTimeError or plateauError measures.
let private inModeUnits metric because id claim gap mutations : Gate<'belief> =
    {
        Id = id
        Claim = claim
        Metric = $"{metric}, in units of the mode's own bound"
        Tolerance = { Bound = 1.0; Because = because }
        Gap = gap
        Mutations = mutations
    }

/// A gate, by its id, claim, gap and mutations, on step times: its gap is that of stepTimeError.
let stepTimeGate id claim (gap: 'belief -> float) mutations =
    inModeUnits
        "largest relative error of a half-rise time"
        "per mode: [ln(d/(d-k+1)) + 6 sqrt(2/(d-k+1))] / ln(lambda/sigma^2), the law of R_kk(0)^2/sigma^2, plus 4 eta_k / ln(lambda/sigma^2) for the misalignment eta_k of leading order; modes with eta_k at most 0.1 that rise within the records"
        id
        claim
        gap
        mutations

/// The perturbation of plateauShifts is trusted up to this.
let private smallShift = 1e-2

/// Modes that have had the time to come to rest, and the largest relative error of a predicted singular value at the last record
/// over them, in units of each mode's bound.
let plateauError (theory: ExactTheory) (fine: Integration.ConstantWeightFlow) (coarse: Integration.ConstantWeightFlow) =
    let last = fine.Times.Length - 1
    let shifts = plateauShifts theory (2.0 * theory.Kappa * fine.Times[last])
    let final, other = fine.SingularValues[last], coarse.SingularValues[last]

    let modes =
        [|
            for k in 0 .. shifts.Length - 1 do
                if shifts[k] <= smallShift then
                    k
        |]

    // Of an eigenvalue of the Gram matrix, and of the predicted one.
    let rounding k =
        8.0
        * float theory.Exact.VocabularySize
        * Tolerance.unitRoundoff
        * theory.Eigenvalues[0]
        / theory.Eigenvalues[k]

    modes,
    fun (predicted: int -> float) ->
        modes
        |> Seq.map (fun k ->
            abs (final[k] / predicted k - 1.0)
            / (shifts[k] + abs (other[k] / final[k] - 1.0) + rounding k))
        |> Curves.worst

/// The same on plateaus: its gap is that of plateauError.
let plateauGate id claim (gap: 'belief -> float) mutations =
    inModeUnits
        "largest relative error of a singular value at the last record"
        "per mode: half of own_k = lambda_k [(R'R)^-1]_kk exp(-2 kappa lambda_k t), what it still lacks; of own_k own_l over the relative gap per partner; and of the squared tilt towards later modes; modes where this is at most 1e-2; plus the distance of a coarser integration and 8 V u lambda_1/lambda_k"
        id
        claim
        gap
        mutations
