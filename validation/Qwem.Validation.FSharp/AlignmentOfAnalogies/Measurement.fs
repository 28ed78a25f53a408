namespace Qwem.Validation.AlignmentOfAnalogies

open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Random
open Qwem.Validation.Meaning

/// Word pairs of all families one after the other, with the embeddings of one size.
type Differences =
    {
        /// d.
        Dimension: int
        /// One word per row, V x d.
        Words: DenseMatrix
        /// a_n and b_n.
        First: int array
        Second: int array
        /// Family of each pair.
        Families: int array
        /// Number of families.
        Count: int
    }

module Differences =

    let ofFamilies (learned: Learned) d : Differences =
        let v = learned.VocabularySize
        let rows = learned.Embeddings d

        let pairs =
            learned.Families
            |> List.mapi (fun index family ->
                Array.init family.Count (fun n -> index, family.Pairs[2 * n], family.Pairs[2 * n + 1]))
            |> Array.concat

        {
            Dimension = d
            Words = DenseMatrix(v, d, Array.init (v * d) (fun e -> rows[e % d * v + e / d]))
            First = pairs |> Array.map (fun (_, a, _) -> a)
            Second = pairs |> Array.map (fun (_, _, b) -> b)
            Families = pairs |> Array.map (fun (family, _, _) -> family)
            Count = learned.Families.Length
        }

    /// b_n - a_n of length 1, one pair per row.
    let units (differences: Differences) =
        let count, d = differences.First.Length, differences.Dimension
        let units = DenseMatrix(count, d)

        for n in 0 .. count - 1 do
            let row = units.Row n
            differences.Words.Row(differences.Second[n]).CopyTo row
            Kernels.Axpy(-1.0, differences.Words.Row differences.First[n], row)
            Kernels.Scale(1.0 / sqrt (Kernels.NormSquared row), row)

        units

    /// Mean cosine of the pairs of each family with the others of theirs: (|sum u|^2 - N) / (N (N - 1)).
    let within (differences: Differences) (units: DenseMatrix) =
        let sums = DenseMatrix(differences.Count, differences.Dimension)
        let sizes = Array.zeroCreate<int> differences.Count

        for n in 0 .. units.Rows - 1 do
            let family = differences.Families[n]
            Kernels.Axpy(1.0, units.Row n, sums.Row family)
            sizes[family] <- sizes[family] + 1

        Array.init differences.Count (fun family ->
            let n = float sizes[family]
            (Kernels.NormSquared(sums.Row family) - n) / (n * (n - 1.0)))

    /// The pairs dealt to families of the same sizes at random.
    let dealt (random: CounterRandom) (differences: Differences) =
        let order = Resampling.shuffled random differences.Families.Length

        { differences with
            Families = order |> Array.map (fun n -> differences.Families[n])
        }

    /// The second words of each family dealt to its first words at random. A pair of a word with itself, which has no direction, is not
    /// made: its second word and that of the next pair change places.
    let repaired (random: CounterRandom) (differences: Differences) =
        let second = Array.copy differences.Second
        let mutable start = 0

        for family in 0 .. differences.Count - 1 do
            let count =
                differences.Families
                |> Array.filter (fun other -> other = family)
                |> Array.length

            let order = Resampling.shuffled random count

            for n in 0 .. count - 1 do
                second[start + n] <- differences.Second[start + order[n]]

            for n in 0 .. count - 1 do
                if second[start + n] = differences.First[start + n] then
                    let other = start + (n + 1) % count
                    let kept = second[start + n]
                    second[start + n] <- second[other]
                    second[other] <- kept

            start <- start + count

        { differences with Second = second }
