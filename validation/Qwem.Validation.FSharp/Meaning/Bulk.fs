namespace Qwem.Validation.Meaning

open System
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Random
open Qwem.Sim.Threading
open Qwem.Validation

/// Eigenvalues of the differences of N word pairs once their mean is removed. Rows have length 1 before that, so that no word of long
/// embedding outweighs the others; eigenvalues are those of R R', which then sum to N less what the mean takes.
module Bulk =

    /// Rows of length 1.
    let unit (rows: DenseMatrix) =
        let result = DenseMatrix(rows.Rows, rows.Columns, Array.copy rows.Values)

        for n in 0 .. result.Rows - 1 do
            let row = result.Row n
            Kernels.Scale(1.0 / sqrt (Kernels.NormSquared row), row)

        result

    /// Rows less their mean.
    let centred (rows: DenseMatrix) =
        let mean = Array.zeroCreate<float> rows.Columns

        for n in 0 .. rows.Rows - 1 do
            Kernels.Axpy(1.0 / float rows.Rows, rows.Row n, mean.AsSpan())

        let result = DenseMatrix(rows.Rows, rows.Columns, Array.copy rows.Values)

        for n in 0 .. rows.Rows - 1 do
            Kernels.Axpy(-1.0, mean.AsSpan(), result.Row n)

        result

    /// Eigenvalues of R R', descending.
    let eigenvalues (rows: DenseMatrix) =
        let gram = DenseMatrix(rows.Rows, rows.Rows)

        for m in 0 .. rows.Rows - 1 do
            for n in 0..m do
                let product = Kernels.Dot(rows.Row m, rows.Row n)
                gram[m, n] <- product
                gram[n, m] <- product

        // So small a matrix is no work for a team.
        use alone = new WorkerTeam(1)
        SymmetricEigenSolver.Decompose(gram, alone).Eigenvalues

    /// The N - 1 eigenvalues that are left of rows of length 1 when their mean is removed. Gaussian rows with their mean removed are N - 1
    /// Gaussian rows in other coordinates, so that the law is that of N - 1 rows; the last eigenvalue, 0, is left out.
    let ofRows (rows: DenseMatrix) =
        (eigenvalues (centred (unit rows)))[.. rows.Rows - 2]

    /// Differences of pairs of words as a theory has them, one pair per row, N x d, of words in rows.
    let differences (theory: Theory) (words: DenseMatrix) d (pairs: int array) =
        let result = DenseMatrix(pairs.Length / 2, d)

        for n in 0 .. result.Rows - 1 do
            let struct (first, second) = theory.Difference n
            Kernels.Axpy(first, (words.Row pairs[2 * n]).Slice(0, d), result.Row n)
            Kernels.Axpy(second, (words.Row pairs[2 * n + 1]).Slice(0, d), result.Row n)

        result

    /// Pairs of different words drawn at random, in the layout of a family.
    let randomPairs (random: CounterRandom) v count =
        Array.init count (fun n ->
            let a = int (random.Uniform(uint64 (2 * n)) * float v)
            let other = int (random.Uniform(uint64 (2 * n + 1)) * float (v - 1))
            [| a; (if other >= a then other + 1 else other) |])
        |> Array.concat

/// Distribution function of a law of mean 1, tabulated once: a distance takes as many values as there are eigenvalues, and an ensemble
/// takes hundreds of distances.
[<NoEquality; NoComparison>]
type Law =
    {
        Lower: float
        Upper: float
        Values: float array
    }

module Law =

    let private points = 600

    // Abscissa number i: dense at both ends, where densities start like roots.
    let private at (lower: float) (upper: float) (i: float) =
        0.5 * (lower + upper)
        - 0.5 * (upper - lower) * Math.Cos(Math.PI * i / float (points - 1))

    let private tabulated lower upper (distribution: float -> float) =
        {
            Lower = lower
            Upper = upper
            Values = Array.init points (fun i -> distribution (at lower upper (float i)))
        }

    /// A population scaled to a mean of 1.
    let unit (population: float array) =
        let mean = Array.average population
        population |> Array.map (fun v -> v / mean)

    /// The generalised law of a population, scaled to a mean of 1, for a number of rows.
    let generalised (theory: Theory) (population: float array) rows =
        let law = theory.BulkLaw (unit population) rows
        tabulated law.LowerEdge law.UpperEdge law.Distribution

    /// The plain law of mean 1.
    let plain (theory: Theory) ratio =
        let law = theory.PlainLaw ratio
        tabulated law.LowerEdge law.UpperEdge law.Distribution

    /// The share of eigenvalues up to x.
    let distribution (law: Law) x =
        if x <= law.Lower then
            law.Values[0]
        elif x >= law.Upper then
            1.0
        else
            let cosine = (law.Lower + law.Upper - 2.0 * x) / (law.Upper - law.Lower)

            let place = Math.Acos(Math.Clamp(cosine, -1.0, 1.0)) / Math.PI * float (points - 1)

            let below = min (points - 2) (int place)

            let x0, x1 =
                at law.Lower law.Upper (float below), at law.Lower law.Upper (float (below + 1))

            let share = Math.Clamp((x - x0) / (x1 - x0), 0.0, 1.0)
            law.Values[below] + share * (law.Values[below + 1] - law.Values[below])

    /// Kolmogorov and Smirnov's distance of eigenvalues, in units of which the law's mean is 1.
    let distance (law: Law) (eigenvalues: float array) =
        let n = float eigenvalues.Length

        Array.sort eigenvalues
        |> Array.mapi (fun i x ->
            let f = distribution law x
            max (abs (f - float i / n)) (abs (f - float (i + 1) / n)))
        |> Array.max

    /// The same after the eigenvalues are brought to the law's mean.
    let scaledDistance law (eigenvalues: float array) =
        let mean = Array.average eigenvalues
        distance law (eigenvalues |> Array.map (fun x -> x / mean))
