/// What the tests of dense linear algebra share. Every tolerance is derived where it stands;
/// u = 2^-53 is the unit roundoff. Errors of many roundings are taken to grow with the square root of their number
/// (Higham and Mary 2019, "A new approach to probabilistic rounding error analysis") unless a worst case is named.
module Qwem.Validation.Tests.LinearAlgebraSupport

open System
open Expecto
open Qwem.Sim.LinearAlgebra

let build rows columns (entry: int -> int -> float) =
    DenseMatrix(rows, columns, Array.init (rows * columns) (fun i -> entry (i / columns) (i % columns)))

/// Entries between -1 and 1.
let randomFrom (generator: Random) rows columns =
    build rows columns (fun _ _ -> 2.0 * generator.NextDouble() - 1.0)

let random (seed: int) rows columns = randomFrom (Random seed) rows columns

let copyOf (m: DenseMatrix) =
    DenseMatrix(m.Rows, m.Columns, Array.copy m.Values)

let symmetric size (draw: unit -> float) =
    let m = DenseMatrix(size, size)

    for i in 0 .. size - 1 do
        for j in i .. size - 1 do
            let x = draw ()
            m[i, j] <- x
            m[j, i] <- x

    m

let mentions (part: string) (message: string) = Expect.stringContains message part ""

let same (expected: float[]) (tolerance: float) (actual: float[]) =
    let gap = Array.map2 (fun a b -> abs (a - b)) expected actual |> Array.max
    Expect.isLessThanOrEqual gap tolerance ""

let onHalves (work: unit -> 'a) =
    let before = SimdPath.Wide
    SimdPath.Wide <- false

    try
        work ()
    finally
        SimdPath.Wide <- before

let onWide (work: unit -> 'a) =
    let before = SimdPath.Wide
    SimdPath.Wide <- true

    try
        work ()
    finally
        SimdPath.Wide <- before
