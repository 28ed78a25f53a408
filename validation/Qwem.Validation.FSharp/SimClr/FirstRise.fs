/// When the cross-entropy of a batch is to make its first step, and what may make it earlier or later than its expansion.
module Qwem.Validation.SimClr.FirstRise

open System
open Qwem.Validation
open Qwem.Validation.Flows

/// Step at which a mode that multiplies its amplitude by 1 + x rate(nu) from its variance start on, nu the variance in units of
/// its plateau, reaches half of the plateau. Interpolated like the measurement.
let private halfRise x (start: float) (rate: float -> float) =
    let variances =
        start
        |> Seq.unfold (fun nu ->
            if nu > 0.9 then
                None
            else
                let grown = 1.0 + x * rate nu
                Some(nu, nu * grown * grown))
        |> Array.ofSeq

    Curves.halfRiseTime 1.0 (Array.init variances.Length float) (Array.map sqrt variances)

/// One step's growth of the first mode: the learning rate's share of lambda_1, less the share 1/B of a pair with itself.
let private growth (theory: ExactTheory) learningRate batch =
    theory.Kappa * learningRate * theory.Eigenvalues[0] * (1.0 - 1.0 / float batch)

let private relativeStart (theory: ExactTheory) =
    (theory.Exact.RDiagonalSquared())[0] / theory.Eigenvalues[0]

/// The half-rise by the expansion, in steps.
let predicted (theory: ExactTheory) learningRate batch =
    halfRise (growth theory learningRate batch) (relativeStart theory) (fun nu -> 1.0 - nu)

/// Relative bound of that: the batch's noise, and what the softmax does otherwise than its expansion during the rise.
let bound (theory: ExactTheory) beta learningRate batch =
    let v = theory.Exact.VocabularySize
    let first = theory.Eigenvectors.Row(0).ToArray()
    // lambda of beta = 1: what the products beta M are measured in.
    let lambda = beta * theory.Eigenvalues[0]
    let gap = 1.0 - theory.Eigenvalues[1] / theory.Eigenvalues[0]
    let x = growth theory learningRate batch
    let start = relativeStart theory
    let steps = predicted theory learningRate batch

    // v'Tv and |T v - v v'T v|^2 of the softmax's pull T_ij = e^y_ij / mean_j e^y_ij - 1, y = nu lambda v v', made symmetric.
    let pull nu =
        let rows =
            Array.Parallel.init v (fun i ->
                let weights = first |> Array.map (fun b -> Math.Exp(nu * lambda * first[i] * b))
                let mean = Array.average weights
                weights |> Array.map (fun w -> w / mean - 1.0))

        let image =
            Array.init v (fun i ->
                let mutable sum = 0.0

                for j in 0 .. v - 1 do
                    sum <- sum + 0.5 * (rows[i][j] + rows[j][i]) * first[j]

                sum)

        let along = Array.fold2 (fun sum a b -> sum + a * b) 0.0 image first
        let across = (image |> Array.sumBy (fun a -> a * a)) - along * along
        along / lambda, Math.Max(across, 0.0) / (lambda * lambda)

    // Below a thousandth of the plateau the softmax is its expansion for this purpose.
    let small = 1e-3

    let softmax turning nu =
        if nu < small then
            1.0 - nu
        else
            let along, across = pull nu
            1.0 - along + (if turning then across / gap else 0.0)

    let frozen = halfRise x start (softmax false)
    let turned = halfRise x start (softmax true)
    let modelling = (abs (frozen - steps) + abs (turned - frozen)) / steps

    // M*_1 = V^2 p - 1: the second moment of one pair's contribution V^2 v_i v_j to lambda, from the target itself.
    let square =
        let squares = first |> Array.map (fun a -> a * a)
        let mutable sum = 0.0

        for k in 0 .. v - 1 do
            let image = theory.Eigenvectors.Row(k)
            let mutable inner = 0.0

            for i in 0 .. v - 1 do
                inner <- inner + image[i] * squares[i]

            sum <- sum + beta * theory.Eigenvalues[k] * inner * inner

        float (v * v) * (1.0 + sum)

    let noise = sqrt ((square - lambda * lambda) / float batch) / lambda

    let sampling =
        Tolerance.standardErrors * noise * x / (Math.Log(1.0 + x) * sqrt steps)
        + 0.5 * x * noise * noise

    // Directions other than v take up V^3/(2B) per step in units of lambda^2, and lose it again at the rate of the gap.
    let rise = -Math.Log start

    let orthogonal =
        x * float (pown v 3)
        / (2.0 * float batch * lambda * lambda)
        / (2.0 * gap)
        / rise

    {
        Bound = modelling + sampling + orthogonal
        Because =
            $"modelling: along the first eigenvector the softmax of the batch instead of its expansion shifts the half-rise by %.1e{modelling}, its turning included; sampling: six standard errors of the growth over %.0f{steps} steps and its second order, %.1e{sampling}; what the batches' noise adds in other directions, %.1e{orthogonal}"
    }
