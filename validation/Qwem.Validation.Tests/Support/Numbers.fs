/// Numbers, and the bounds that belong to them.
[<AutoOpen>]
module Qwem.Validation.Tests.Numbers

open System
open FsCheck.FSharp
open Expecto

/// The unit roundoff, 2^-53.
let u = Math.ScaleB(1.0, -53)

/// Passes when the gap is within its bound.
let within (name: string) (gap: float) (bound: float) =
    Expect.isLessThanOrEqual gap bound $"%s{name}: gap %.3g{gap}, bound %.3g{bound}"

/// The same for a property.
let labelled (name: string) (gap: float) (bound: float) =
    (gap <= bound) |> Prop.label $"%s{name}: gap %.3g{gap}, bound %.3g{bound}"

/// Relative distance of two numbers, the second being the reference; absolute at zero.
let relative (value: float) (reference: float) =
    if value = reference then 0.0
    elif reference = 0.0 then abs value
    else abs (value - reference) / abs reference

let largest (values: float[]) = Array.fold max 0.0 values

/// The largest relative distance of any entry.
let worstRelative value reference =
    largest (Array.map2 relative value reference)

/// The numbers bit by bit, so that 0 and -0 differ and NaN equals itself.
let bits (values: float[]) =
    values |> Array.map BitConverter.DoubleToInt64Bits

let frobeniusNorm (values: float[]) =
    let m = largest (Array.map abs values)
    if m = 0.0 then 0.0 else m * sqrt (Array.sumBy (fun x -> (x / m) ** 2.0) values)

/// Distance in the Frobenius norm relative to the reference; absolute at zero.
let frobenius (value: float[]) (reference: float[]) =
    let scale = frobeniusNorm reference

    if scale = 0.0 then
        frobeniusNorm value
    else
        frobeniusNorm (Array.map2 (-) value reference) / scale

/// A standard normal number (Box and Muller).
let gauss (random: Random) =
    sqrt (-2.0 * log (1.0 - random.NextDouble()))
    * cos (2.0 * Math.PI * random.NextDouble())

/// A matrix of independent normals of standard deviation sigma / sqrt rows, row-major.
let gaussian (random: Random) rows size sigma =
    Array.init (rows * size) (fun _ -> sigma / sqrt (float rows) * gauss random)

/// W'W of a d x V matrix.
let gram (rows: int) (w: float[]) =
    let size = w.Length / rows

    Array.init (size * size) (fun k ->
        let i, j = k / size, k % size
        let mutable total = 0.0

        for a in 0 .. rows - 1 do
            total <- total + w[a * size + i] * w[a * size + j]

        total)

/// A random orthogonal matrix, rows x rows.
let orthogonal (random: Random) rows =
    let a =
        MathNet.Numerics.LinearAlgebra.Double.DenseMatrix.Create(rows, rows, (fun _ _ -> gauss random))

    a.QR().Q.ToRowMajorArray()

/// a (n x m) times b (m x k), row-major.
let multiply n m k (a: float[]) (b: float[]) =
    Array.init (n * k) (fun at ->
        let i, j = at / k, at % k
        let mutable total = 0.0

        for l in 0 .. m - 1 do
            total <- total + a[i * m + l] * b[l * k + j]

        total)
