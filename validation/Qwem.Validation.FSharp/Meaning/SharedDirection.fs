namespace Qwem.Validation.Meaning

open System
open Qwem.Sim.LinearAlgebra
open Qwem.Theory
open Qwem.Validation

/// The eigenvalue that stands apart and the mean difference, in one family at one size.
type SharedDirection =
    {
        Family: Family
        Dimension: int
        /// The differences in the first d eigen-features, lengths as they are.
        Spectrum: FamilySpectrum
        /// N |mean|^2 / lambda_max for the pairs as they are.
        Share: float
        /// The same share as the law of mean plus noise has it, with the population lambda* and the noise and mean of the family.
        PredictedShare: float
        /// lambda_max over what that law says.
        LargestOverPredicted: float
    }

module SharedDirection =

    /// The differences of a family in all eigen-features, words in rows.
    let spectrum (theory: Theory) (words: DenseMatrix) (family: Family) =
        let rows = Bulk.differences theory words words.Columns family.Pairs
        FamilySpectrum(rows.Values, rows.Rows, rows.Columns)

    let measure (theory: Theory) (learned: Learned) d (family: Family) (all: FamilySpectrum) : SharedDirection =
        let spectrum = all.Truncated d
        let mean = spectrum.MeanDifference()
        let noise = Array.sum (spectrum.ColumnVariances())
        let population = theory.Population(Array.sub learned.Eigenvalues 0 d)
        let scale = noise / Array.sum population

        // |mean|^2 of N rows exceeds that of the shared direction by the noise left in a mean of N.
        let strength =
            max 0.0 (Array.sumBy (fun x -> x * x) mean - noise / float family.Count)

        let spikes =
            theory.SharedDirection (population |> Array.map (fun v -> scale * v)) mean family.Count

        {
            Family = family
            Dimension = d
            Spectrum = spectrum
            Share = spectrum.MeanShare
            PredictedShare = spikes.MeanShare strength
            LargestOverPredicted = (spectrum.Eigenvalues())[0] / spikes.LargestEigenvalue strength
        }

/// Inner products of the words of a family in the first d eigen-features: what the share of the mean depends on, whichever way pairs are
/// turned and whichever second word stands by a first one.
type PairProducts =
    {
        Family: Family
        Dimension: int
        /// a_n a_m, a_n b_m and b_n b_m, each N x N.
        First: DenseMatrix
        Mixed: DenseMatrix
        Second: DenseMatrix
    }

module PairProducts =

    let make (words: DenseMatrix) d (family: Family) : PairProducts =
        let n = family.Count

        let dot place other =
            Kernels.Dot((words.Row family.Pairs[place]).Slice(0, d), (words.Row family.Pairs[other]).Slice(0, d))

        let products first second =
            DenseMatrix(n, n, Array.init (n * n) (fun e -> dot (2 * (e / n) + first) (2 * (e % n) + second)))

        {
            Family = family
            Dimension = d
            First = products 0 0
            Mixed = products 0 1
            Second = products 1 1
        }

    /// R R' of the differences as a theory has them, the second word of pair n that of pair order[n].
    let gram (theory: Theory) (products: PairProducts) (order: int array) =
        let n = order.Length
        let factors = Array.init n theory.Difference

        DenseMatrix(
            n,
            n,
            Array.init (n * n) (fun e ->
                let i, j = e / n, e % n
                let struct (ai, bi) = factors[i]
                let struct (aj, bj) = factors[j]

                ai * aj * products.First[i, j]
                + ai * bj * products.Mixed[i, order[j]]
                + bi * aj * products.Mixed[j, order[i]]
                + bi * bj * products.Second[order[i], order[j]])
        )

    /// x' G x.
    let private form (gram: DenseMatrix) (x: float array) =
        Seq.init x.Length (fun i -> x[i] * Kernels.Dot(gram.Row i, x.AsSpan()))
        |> Seq.sum

    /// The largest eigenvalue, by powers of the matrix; 200 of them leave less than 1e-3 of it open even where the next is within 1%.
    let largest (gram: DenseMatrix) =
        let n = gram.Rows
        // Ones alone may be orthogonal to what is sought.
        let mutable x = Array.init n (fun i -> 1.0 + 0.1 * float i / float n)
        let mutable last = -1.0
        let mutable value = 0.0
        let mutable left = 200

        while left > 0 && abs (value - last) > 1e-8 * abs value do
            let y = Array.init n (fun i -> Kernels.Dot(gram.Row i, x.AsSpan()))
            let length = sqrt (Kernels.NormSquared y)
            x <- y |> Array.map (fun value -> value / length)
            last <- value
            value <- form gram x
            left <- left - 1

        value

    /// N |mean|^2 / lambda_max of pairs turned by signs.
    let share (gram: DenseMatrix) largest (signs: float array) =
        form gram signs / (float gram.Rows * largest)

    let private draws (seed: uint64) purpose count statistic =
        Array.Parallel.init count (fun draw -> statistic (Resampling.random seed purpose draw))

    let private own theory products =
        gram theory products [| 0 .. products.Family.Count - 1 |]

    let private ones (products: PairProducts) = Array.create products.Family.Count 1.0

    /// The share, and those of pairs in random orientation, which leaves lambda_max as it is.
    let turned (theory: Theory) products orientations (seed: uint64) =
        let gram = own theory products
        let most = largest gram

        share gram most (ones products),
        draws seed 4 orientations (fun random ->
            Array.init gram.Rows (fun i -> if random.Uniform(uint64 i) < 0.5 then -1.0 else 1.0)
            |> share gram most)

    /// The share, and those of second words dealt anew, which leaves the mean as it is.
    let dealt (theory: Theory) products deals (seed: uint64) =
        let word place pair = products.Family.Pairs[2 * pair + place]

        let first, second =
            Array.init products.Family.Count (word 0), Array.init products.Family.Count (word 1)

        let shareOf (gram: DenseMatrix) =
            share gram (largest gram) (ones products)

        shareOf (own theory products),
        draws seed 9 deals (fun random -> gram theory products (Resampling.repaired random first second) |> shareOf)
