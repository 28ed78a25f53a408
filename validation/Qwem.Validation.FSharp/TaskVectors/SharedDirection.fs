namespace Qwem.Validation.TaskVectors

open Qwem.Theory
open Qwem.Validation
open Qwem.Validation.Meaning

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

    let private orientations = 4000

    /// N |mean|^2 / lambda_max when pair n is turned round where its sign is negative. Turning pairs round leaves lambda_max as it is.
    let oriented (spectrum: FamilySpectrum) (signs: int -> float) =
        let n, d = spectrum.Rows, spectrum.Columns
        let r = spectrum.Differences()

        let squares =
            Seq.init d (fun k ->
                let mutable sum = 0.0

                for i in 0 .. n - 1 do
                    sum <- sum + signs i * r[i * d + k]

                sum * sum)
            |> Seq.sum

        squares / (float n * float d * (spectrum.Eigenvalues())[0])

    /// Signs of one draw of random orientations.
    let signs (seed: uint64) draw =
        let random = Resampling.random seed 4 draw
        fun (pair: int) -> if random.Uniform(uint64 pair) < 0.5 then -1.0 else 1.0

    /// The share that 1% of random orientations of the pairs exceed.
    // e' G e / (N lambda_max) with the Gram matrix, so that a draw costs N^2 and not N d.
    let chance (spectrum: FamilySpectrum) seed =
        let n, d = spectrum.Rows, spectrum.Columns
        let r = spectrum.Differences()

        let gram =
            Array.init (n * n) (fun e ->
                let mutable sum = 0.0

                for k in 0 .. d - 1 do
                    sum <- sum + r[e / n * d + k] * r[e % n * d + k]

                sum)

        let largest = float n * float d * (spectrum.Eigenvalues())[0]

        Array.init orientations (fun draw ->
            let signs = Array.init n (signs seed draw)
            let mutable sum = 0.0

            for i in 0 .. n - 1 do
                for j in 0 .. n - 1 do
                    sum <- sum + signs[i] * signs[j] * gram[i * n + j]

            sum / largest)
        |> Resampling.quantile 0.99

    /// The differences of a family in all eigen-features.
    let spectrum (learned: Learned) (family: Family) =
        FamilySpectrum.OfPairs(
            learned.Eigenvalues,
            learned.Eigenvectors,
            Array.init family.Count (fun n -> family.Pairs[2 * n]),
            Array.init family.Count (fun n -> family.Pairs[2 * n + 1]),
            learned.Modes
        )

    let measure (learned: Learned) d (family: Family) (all: FamilySpectrum) : SharedDirection =
        let spectrum = all.Truncated d
        let mean = spectrum.MeanDifference()
        let noise = Array.sum (spectrum.ColumnVariances())
        let population = Array.sub learned.Eigenvalues 0 d
        let scale = noise / Array.sum population

        // |mean|^2 of N rows exceeds that of the shared direction by the noise left in a mean of N.
        let strength =
            max 0.0 (Array.sumBy (fun x -> x * x) mean - noise / float family.Count)

        let spikes =
            Spikes(population |> Array.map (fun v -> scale * v), mean, family.Count)

        {
            Family = family
            Dimension = d
            Spectrum = spectrum
            Share = spectrum.MeanShare
            PredictedShare = spikes.MeanShare strength
            LargestOverPredicted = (spectrum.Eigenvalues())[0] / spikes.LargestEigenvalue strength
        }
