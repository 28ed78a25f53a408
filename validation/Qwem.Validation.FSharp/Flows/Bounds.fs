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

            Tolerances.startShift d k rise
            + Tolerances.alignedShift misalignment[k] rise)

/// How far s_k / sqrt(lambda_k) can be from 1 at the time 2 kappa t = clock, to leading order (Eq. 81): half of what the mode
/// itself still lacks, exp(-lambda_k (t - tau_k)), and of what each pair i < j shifts, min(sqrt rho, 2 rho / gap) with
/// rho = R_ij^2(t) / R_ii^2(t) and the relative gap of their plateaus. A mode beyond d has no plateau: its gap is 1. The start
/// R_kk(0)^2 from which tau_k is counted is uncertain by exp(4 eta_k), as for half-rise times, eta_k the misalignment; modes for
/// which that is not small are given an infinite shift, and hold back nobody.
let plateauShifts (theory: ExactTheory) (clock: float) =
    let v, d = theory.Exact.VocabularySize, theory.Exact.EmbeddingDimension
    let r = triangle theory.Exact
    let lambda = theory.Eigenvalues
    let misalignment = Tolerances.misalignment theory.Variance theory.Exact

    let isLeading k =
        k < d
        && lambda[k] > 0.0
        && misalignment[k] <= Tolerances.smallMisalignment

    // ln(lambda / (lambda + start (e^{lambda t} - 1))) without overflow, from the later of the possible starts: at most 0.
    let saturation k =
        let grown =
            Math.Log(r[k, k] * r[k, k] / lambda[k]) + lambda[k] * clock
            - 4.0 * misalignment[k]

        if grown > 30.0 then -grown else -Math.Log(1.0 + Math.Exp grown)

    let shift i j =
        let rho =
            r[i, j] * r[i, j] / (r[i, i] * r[i, i])
            * Math.Exp((lambda[j] - lambda[i]) * clock + (if isLeading j then 2.0 * saturation j else 0.0))

        let gap = if j < d then 1.0 - lambda[j] / lambda[i] else 1.0
        Math.Min(Math.Sqrt rho, 2.0 * rho / gap)

    Array.init d (fun k ->
        if not (isLeading k) then
            infinity
        else
            let own = Math.Exp(saturation k)
            let behind = Seq.init (v - k - 1) (fun n -> shift k (k + 1 + n)) |> Seq.sum
            let ahead = Seq.init k (fun i -> shift i k) |> Seq.sum
            0.5 * (own + behind + ahead))
