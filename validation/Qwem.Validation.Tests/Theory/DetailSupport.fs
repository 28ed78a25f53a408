/// What the detail tests share: assertions that say how far off a number is, refusals to the letter, plain linear algebra.
module Qwem.Validation.Tests.DetailSupport

open System
open Expecto
open Qwem.Theory

/// Passes when two numbers agree to so many units of relative rounding; equal infinities and zeros do.
let agrees (units: float) (actual: float) (expected: float) message =
    let gap = abs (actual - expected)
    let allowed = units * Math.ScaleB(1.0, -53) * abs expected

    if not (actual = expected || gap <= allowed) then
        failtest $"%s{message}: %.17g{actual} is not %.17g{expected} to within %.3g{allowed}"

/// The same for arrays, each number against the largest of the expected ones.
let allAgree (units: float) (actual: float[]) (expected: float[]) message =
    Expect.equal actual.Length expected.Length $"%s{message}: number of entries"

    let allowed =
        units
        * Math.ScaleB(1.0, -53)
        * Array.fold (fun m x -> max m (abs x)) 0.0 expected

    for i in 0 .. actual.Length - 1 do
        if not (actual[i] = expected[i] || abs (actual[i] - expected[i]) <= allowed) then
            failtest $"%s{message}: entry %d{i} is %.17g{actual[i]}, not %.17g{expected[i]} to within %.3g{allowed}"

/// Passes when an argument is refused in exactly these words, up to the hypothesis that the exception adds.
let refusedSaying (expected: string) (action: unit -> unit) =
    match
        (try
            action ()
            None
         with :? HypothesisException as e ->
             Some e)
    with
    | None -> failtest $"nothing was refused, but this was expected: %s{expected}"
    | Some e -> Expect.stringStarts e.Message (expected + " (hypothesis: ") "the refusal's words"

/// Entry (i, j) of the inverse of a square matrix times another, by the library that the theory's own kernels do not use.
let solve (a: float[,]) (b: float[,]) =
    let dense (x: float[,]) =
        MathNet.Numerics.LinearAlgebra.Double.DenseMatrix.OfArray x

    (dense a).Solve(dense b).ToArray()

/// Numbers in [-1, 1) that look random and are the same everywhere.
let scattered (seed: int) (count: int) =
    let random = Random seed
    Array.init count (fun _ -> 2.0 * random.NextDouble() - 1.0)
