/// References, quadrature, populations and samples that the tests of random-matrix laws share.
module Qwem.Validation.Tests.RandomMatrixSupport

open System
open System.Globalization
open System.IO
open MathNet.Numerics.Integration
open MathNet.Numerics.LinearAlgebra
open MathNet.Numerics.LinearAlgebra.Double
open Qwem.Theory

/// A line of validation/reference/random-matrix.csv.
type Reference = {
    Case: string
    Ratio: float
    Values: float[]
    Weights: float[]
    Quantity: string
    Argument: float
    Result: float
}

let references =
    lazy
        (let number (text: string) =
            Double.Parse(text, CultureInfo.InvariantCulture)

         File.ReadAllLines(Repository.file "validation/reference/random-matrix.csv")
         |> Array.skip 1
         |> Array.map (fun line ->
             let f = line.Split ','

             {
                 Case = f[0]
                 Ratio = number f[1]
                 Values = f[2].Split ' ' |> Array.map number
                 Weights = f[3].Split ' ' |> Array.map number
                 Quantity = f[4]
                 Argument = number f[5]
                 Result = number f[6]
             }))

/// The integral of f over the angle t of x = low + (high - low) sin^2(t/2), from 0 to t: the substitution removes the square roots of
/// both edges. Panels of twenty Gauss points are halved until their halves agree with them to 1e-13 of the integral of |f|, at
/// most 40 times; the sum of the halves is then good to far less (order 40), so that what remains is rounding. Densities of
/// several values have narrow features inside an interval: fixed panels do not resolve them.
let integrate (low: float) (high: float) (upTo: float) (f: float -> float) =
    let top =
        if upTo >= high then
            Math.PI
        else
            2.0 * asin (sqrt ((upTo - low) / (high - low)))

    let g t =
        let half = sin (0.5 * t)

        // Measured from the nearer end.
        let x =
            if half * half < 0.5 then
                low + (high - low) * half * half
            else
                high - (high - low) * cos (0.5 * t) ** 2.0

        f x * 0.5 * (high - low) * sin t

    let gauss a b =
        GaussLegendreRule.Integrate(g, a, b, 20)

    let magnitude = GaussLegendreRule.Integrate((fun t -> abs (g t)), 0.0, top, 64)

    let rec adapt a b whole depth =
        let middle = 0.5 * (a + b)
        let left, right = gauss a middle, gauss middle b

        if depth = 0 || abs (left + right - whole) <= 1e-13 * magnitude then
            left + right
        else
            adapt a middle left (depth - 1) + adapt middle b right (depth - 1)

    adapt 0.0 top (gauss 0.0 top) 40

/// v_k = k^-0.6, the spectrum of natural text.
let powerLaw d =
    Array.init d (fun k -> float (k + 1) ** -0.6)

/// N x d, independent normal entries of variance v_k in column k.
let noise (random: Random) rows (variances: float[]) : Matrix<float> =
    let scales = Array.map sqrt variances
    DenseMatrix.Create(rows, variances.Length, (fun _ k -> scales[k] * gauss random))

/// The eigenvalues of R R' / d, ascending.
let eigenvaluesOf (r: Matrix<float>) =
    (r.TransposeAndMultiply r).Evd(Symmetricity.Symmetric).EigenValues.ToArray()
    |> Array.map (fun c -> c.Real / float r.ColumnCount)
    |> Array.sort

let kolmogorovSmirnov (distribution: float -> float) (sorted: float[]) =
    let n = float sorted.Length

    sorted
    |> Array.mapi (fun i x ->
        let f = distribution x
        max (abs (f - float i / n)) (abs (f - float (i + 1) / n)))
    |> largest

let natural rows d =
    GeneralisedMarchenkoPastur.OfVariances(powerLaw d, rows)

/// The integral over the continuous part of a law.
let over (law: GeneralisedMarchenkoPastur) (f: float -> float) =
    law.Edges()
    |> Array.chunkBySize 2
    |> Array.sumBy (fun e -> integrate e[0] e[1] e[1] f)
