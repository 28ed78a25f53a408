/// What the tests of the training loops share. Every tolerance of theirs is derived where it stands, of one of four kinds: rounding
/// (operation count times the sum of absolute terms, worst case, u = 2^-53), truncation (the integrator's order), statistical (6
/// standard errors), or exact. The theory enters at one place: ExactSolution is the reference of the integrator's error.
module Qwem.Validation.Tests.TrainingSupport

open System
open Expecto
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Training
open Qwem.Theory
open Qwem.Validation.Tests.LinearAlgebraSupport
open Qwem.Validation.Tests.Problems

/// Passes when the call is refused with an ArgumentException whose message contains the part.
let refusedWith (part: string) (action: unit -> unit) =
    let message =
        try
            action ()
            "nothing was refused"
        with :? ArgumentException as e ->
            e.Message

    Expect.stringContains message part ""

/// Checks a mean of n values against its expectation, at 6 standard errors: two-sided normal tail 2e-9 per comparison.
let withinSixSigma name (value: float) (expected: float) (deviation: float) =
    within $"{name} (sigmas)" (abs (value - expected) / deviation) 6.0

let gaussMatrix (random: Random) rows columns scale =
    build rows columns (fun _ _ -> scale * gauss random)

/// Random symmetric weights over six decades, some zero, not all.
let weights (random: Random) size =
    let m =
        symmetric size (fun () -> if random.Next 4 = 0 then 0.0 else 10.0 ** (6.0 * random.NextDouble() - 3.0))

    m[0, size - 1] <- 1.0
    m[size - 1, 0] <- 1.0
    m.Values

let exactModel (beta: float[]) quadratic (start: DenseMatrix) time =
    let lambda = beta |> Array.map (fun b -> b / (2.0 * quadratic))

    let transposed =
        Array.init start.Values.Length (fun k -> start[k % start.Rows, k / start.Rows])

    model (
        ExactSolution(lambda, Projection.OfRows(transposed, start.Columns)).At(4.0 * quadratic * time * 1.0<kappaTime>)
    )

/// X X', V x V.
let gramOf (x: DenseMatrix) =
    Array.init (x.Rows * x.Rows) (fun k ->
        let i, j = k / x.Rows, k % x.Rows
        Seq.sum (Seq.init x.Columns (fun a -> x[i, a] * x[j, a])))

let flowError beta quadratic (start: DenseMatrix) time (state: DenseMatrix) =
    frobenius (gramOf state) (exactModel beta quadratic start time)

/// A loss with random weights, some pairs without positive weight, and random (a, b, c, d); a >= 0 or 0, c > 0.
let randomObjective (random: Random) size =
    let weight () =
        if random.Next 3 = 0 then 0.0 else random.NextDouble()

    let p = symmetric size weight

    // A descent has something to draw.
    if Array.sum p.Values = 0.0 then
        p[0, 0] <- 1.0

    let q = symmetric size (fun () -> 0.1 + random.NextDouble())

    PairwiseObjective.FromWeights(
        p,
        q,
        (if random.Next 3 = 0 then 0.0 else random.NextDouble()),
        2.0 * random.NextDouble(),
        0.1 + random.NextDouble(),
        2.0 * random.NextDouble() - 1.5
    )

/// The loss from its definition, pair by pair, and the sum of its absolute terms.
let lossOf (o: PairwiseObjective) (w: DenseMatrix) =
    let v = w.Rows
    let mutable loss, magnitude = 0.0, 0.0

    for i in 0 .. v - 1 do
        for j in 0 .. v - 1 do
            let mutable m, absolute = 0.0, 0.0

            for a in 0 .. w.Columns - 1 do
                m <- m + w[i, a] * w[j, a]
                absolute <- absolute + abs (w[i, a] * w[j, a])

            let p, q = o.Positive[i, j], o.Negative[i, j]

            loss <-
                loss
                + p * (o.PositiveQuadratic * m * m - o.PositiveLinear * m)
                + q * (o.NegativeQuadratic * m * m - o.NegativeLinear * m)

            magnitude <-
                magnitude
                + p
                  * (o.PositiveQuadratic * absolute * absolute + abs o.PositiveLinear * absolute)
                + q
                  * (o.NegativeQuadratic * absolute * absolute + abs o.NegativeLinear * absolute)

    loss, magnitude
