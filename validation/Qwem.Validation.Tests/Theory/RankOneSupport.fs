/// Weighted problems, their rounding, and descent on them.
module Qwem.Validation.Tests.RankOneSupport

open System
open FsCheck
open FsCheck.FSharp
open Qwem.Theory
open Qwem.Validation.Tests.Spectra
open Qwem.Validation.Tests.Statistics

/// A weight p p' and a target of chosen spectrum: V of 1 to 12, p over four decades, d from 1 to V.
type Weighted = {
    Weights: float[]
    Target: float[]
    Eigenvalues: float[]
    Dimension: int
    Seed: Seed
} with

    member w.Size = w.Weights.Length
    member w.Loss = RankOneWeights(w.Weights, w.Target)

    member w.LossOf(embeddings: float[]) =
        w.Loss.Loss(Embeddings.OfRows(embeddings, w.Dimension))

/// V' diag(lambda) V for orthonormal rows, exactly symmetric.
let assemble (lambda: float[]) (v: float[]) =
    let size = lambda.Length

    let raw =
        Array.init (size * size) (fun k ->
            let i, j = k / size, k % size
            Seq.sum (Seq.init size (fun m -> lambda[m] * v[m * size + i] * v[m * size + j])))

    Array.init (size * size) (fun k -> 0.5 * (raw[k] + raw[k % size * size + k / size]))

/// The problem of these weights, eigenvalues and d; the seed turns the eigenvectors.
let private problemOf (weights: float[]) (eigenvalues: float[]) dimension (seed: Seed) = {
    Weights = weights
    Target = assemble eigenvalues (orthogonal (seed.Random()) weights.Length)
    Eigenvalues = eigenvalues
    Dimension = dimension
    Seed = seed
}

let private weightedProblems (map: float -> float) =
    gen {
        let! size = Gen.choose (1, 12)
        let! weights = weightsOf size
        let! eigenvalues = ofSize size
        let! dimension = Gen.choose (1, size)
        let! seed = Arb.toGen seeds
        return problemOf weights (Array.sortDescending (Array.map map eigenvalues)) dimension seed
    }

/// The problem of a stream, its eigenvalues mapped.
let weighted (map: float -> float) random = drawFrom random (weightedProblems map)

/// Fewer words, fewer dimensions, easier eigenvalues and weights of 1.
let private shrink =
    lowering (fun (w: Weighted) -> w.Dimension, Spectra.measure w.Eigenvalues, Array.sumBy hardness w.Weights) (fun w ->
        seq {
            for kept in fewer [| 0 .. w.Size - 1 |] do
                if kept.Length >= w.Dimension then
                    problemOf
                        (Array.map (fun i -> w.Weights[i]) kept)
                        (Array.map (fun i -> w.Eigenvalues[i]) kept)
                        w.Dimension
                        w.Seed

            for dimension in 1 .. w.Dimension - 1 do
                problemOf w.Weights w.Eigenvalues dimension w.Seed

            for values in easierValues w.Eigenvalues do
                problemOf w.Weights (Array.sortDescending values) w.Dimension w.Seed

            for i in 0 .. w.Size - 1 do
                problemOf (Array.updateAt i 1.0 w.Weights) w.Eigenvalues w.Dimension w.Seed
        })

type WeightedArbitrary =
    static member Any() : Arbitrary<Weighted> =
        Arb.fromGenShrink (weightedProblems id, shrink)

/// ||A||_F^2, the loss of no embeddings: the scale of every rounding bound here.
let scale (w: Weighted) =
    frobeniusNorm (w.Loss.ScaledTarget()) ** 2.0

/// A symmetric eigensolver's pairs are exact for a matrix within 8 V u ||A||_F (tridiagonal reduction and implicit steps, Higham's
/// practical constant); the loss of W moves by at most 2 ||A|| times that, and summing V^2 terms of d products adds (d + 8) u ||A||^2.
let rounding (w: Weighted) =
    (16.0 * float w.Size + float w.Dimension + 8.0) * u * scale w

/// Pd^{1/2} W'W Pd^{1/2}: what can be compared without the graded weights magnifying rounding.
let scaledModel (weights: float[]) rows (embeddings: float[]) =
    let size = weights.Length

    gram rows embeddings
    |> Array.mapi (fun k m -> sqrt (weights[k / size] * weights[k % size]) * m)

/// Singular values and right vectors by one-sided Jacobi: rotate pairs of rows of B until all are orthogonal. Rows come back as s_k u_k'.
let jacobi rows columns (b: float[]) =
    let b = Array.copy b
    let at i k = b[i * columns + k]

    let inner i j =
        Seq.sum (Seq.init columns (fun k -> at i k * at j k))

    for _ in 1..30 do
        for i in 0 .. rows - 2 do
            for j in i + 1 .. rows - 1 do
                let x, y, z = inner i i, inner j j, inner i j

                if abs z > 1e-300 then
                    let zeta = (y - x) / (2.0 * z)
                    let t = (if zeta >= 0.0 then 1.0 else -1.0) / (abs zeta + sqrt (1.0 + zeta * zeta))
                    let c = 1.0 / sqrt (1.0 + t * t)

                    for k in 0 .. columns - 1 do
                        let p, q = at i k, at j k
                        b[i * columns + k] <- c * p - c * t * q
                        b[j * columns + k] <- c * t * p + c * q

    Array.init rows (fun i -> Array.sub b (i * columns) columns)
    |> Array.sortBy (fun row -> -(frobeniusNorm row))

/// Gradient descent with a step that doubles after success and halves after failure; own gradient 4 (G o (W'W - M*)) W.
let descend steps (weight: float[]) (target: float[]) size rows (start: float[]) =
    let loss (w: float[]) =
        Array.sum (Array.map3 (fun g m t -> g * (m - t) * (m - t)) weight (gram rows w) target)

    let mutable w = start
    let mutable current = loss w
    let mutable step = 1e-2

    for _ in 1..steps do
        let misfit = Array.map3 (fun g m t -> 4.0 * g * (m - t)) weight (gram rows w) target
        let gradient = multiply rows size size w misfit
        let candidate = Array.map2 (fun x g -> x - step * g) w gradient
        let value = loss candidate

        if value <= current then
            w <- candidate
            current <- value
            step <- 1.5 * step
        else
            step <- 0.5 * step

    w, current
