/// Balanced problems of the asymmetric model.
module Qwem.Validation.Tests.AsymmetricSupport

open System
open Qwem.Theory
open Qwem.Validation.Tests.Spectra

let transpose n m (a: float[]) =
    Array.init (n * m) (fun at -> a[at % n * m + at / n])

/// A target with chosen singular values, and a balanced start: W2 = T Q for W1 = T P, P and Q with orthonormal rows.
type Lifted = {
    M: int
    N: int
    Rows: int
    Values: float[]
    U: float[]
    V: float[]
    Target: float[]
    Left: float[]
    Right: float[]
} with

    member p.Spectrum = TargetSingularSpectrum(p.Values, p.U, p.V)

    member p.From(left: float[], right: float[]) =
        AsymmetricSolution(p.Spectrum, Embeddings.OfRows(left, p.Rows), Embeddings.OfRows(right, p.Rows))

    member p.Solution = p.From(p.Left, p.Right)

let liftedWide extra (random: Random) maxSize sigma =
    let m, n = random.Next(1, maxSize + 1), random.Next(1, maxSize + 1)
    let small = min m n
    let inner = random.Next(1, min 8 small + 1)
    // Wider than the rank: the rows of both factors are combinations of `inner` common ones.
    let rows = inner + extra

    let values = Array.map abs (spectrum random small) |> Array.sortDescending

    let u', v = orthogonal random m, orthogonal random n
    let middle = Array.zeroCreate<float>(m * n)

    for k in 0 .. small - 1 do
        middle[k * n + k] <- values[k]

    let triangle = gaussian random rows inner sigma
    // The first `inner` rows of orthogonal matrices.
    let p = (orthogonal random m)[.. inner * m - 1]
    let q = (orthogonal random n)[.. inner * n - 1]

    {
        M = m
        N = n
        Rows = rows
        Values = values
        U = u'
        V = v
        Target = multiply m n n (multiply m m n (transpose m m u') middle) v
        Left = multiply rows inner m triangle p
        Right = multiply rows inner n triangle q
    }

let lifted random = liftedWide 0 random

let modelOf (p: Lifted) (left: float[]) (right: float[]) =
    multiply p.M p.Rows p.N (transpose p.Rows p.M left) right
