namespace Qwem.Validation.Meaning

open System
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Random
open Qwem.Sim.Threading

/// The bulks of many sets of rows drawn in one way: N - 1 eigenvalues of each.
type Sets = { Eigenvalues: float array array }

/// A mean over sets and its standard error.
type SetMean = { Mean: float; Error: float }

module Sets =

    /// Of so many sets of rows, each by its number.
    let draw count (rows: int -> DenseMatrix) (team: WorkerTeam) : Sets =
        let eigenvalues = Array.zeroCreate<float array> count
        team.Run(count, (fun set -> eigenvalues[set] <- Bulk.ofRows (rows set)))
        { Eigenvalues = eigenvalues }

    /// N independent Gaussian rows of a population; a purpose and a set's number are its seed.
    let gaussian (population: float array) rows (seed: uint64) purpose set =
        let d = population.Length
        let roots = Array.map sqrt population
        let normal = GaussianSequence(Resampling.random seed purpose set)
        DenseMatrix(rows, d, Array.init (rows * d) (fun e -> roots[e % d] * normal.Next()))

    /// Random orthonormal eigenvectors in place of those of words, D x V: X (X X')^{-1/2} ... of Gaussian X.
    let randomEigenvectors modes v (seed: uint64) (team: WorkerTeam) : DenseMatrix =
        let normal = GaussianSequence(Resampling.random seed 8 0)
        let x = DenseMatrix(modes, v, Array.init (modes * v) (fun _ -> normal.Next()))

        let multiply a transposeA b transposeB rows columns =
            let result = DenseMatrix(rows, columns)
            MatrixProduct.Multiply(1.0, a, transposeA, b, transposeB, 0.0, result, team)
            result

        let eigen =
            SymmetricEigenSolver.Decompose(multiply x false x true modes modes, team)

        // (X X')^{-1/2} X: the nearest orthonormal rows, all directions alike. Its eigenvectors are in rows.
        let turned = multiply eigen.Eigenvectors false x false modes v

        for k in 0 .. modes - 1 do
            Kernels.Scale(1.0 / sqrt eigen.Eigenvalues[k], turned.Row k)

        multiply eigen.Eigenvectors true turned false modes v

    /// The first so many of them.
    let first count (sets: Sets) : Sets =
        {
            Eigenvalues = Array.truncate count sets.Eigenvalues
        }

    let private summary (values: float array) =
        let mean = Array.average values
        let count = float values.Length
        let squares = values |> Array.sumBy (fun x -> (x - mean) * (x - mean))

        {
            Mean = mean
            Error = sqrt (squares / (count - 1.0) / count)
        }

    /// Mean Kolmogorov-Smirnov distance of the sets from a law.
    let distance law (sets: Sets) =
        sets.Eigenvalues |> Array.map (Law.distance law) |> summary

    /// Distances of the sets, each brought to the law's mean.
    let scaledDistances law (sets: Sets) =
        sets.Eigenvalues |> Array.map (Law.scaledDistance law)

    /// Distance of all eigenvalues of the sets together: what is left when the scatter of a set averages out.
    let pooledDistance law (sets: Sets) =
        Law.distance law (Array.concat sets.Eigenvalues)

    /// Largest standard error of the pooled distribution function, at twenty points of the law.
    let pooledError (law: Law) (sets: Sets) =
        Array.init 20 (fun i -> law.Lower + (law.Upper - law.Lower) * (float i + 0.5) / 20.0)
        |> Array.map (fun x ->
            sets.Eigenvalues
            |> Array.map (fun eigenvalues ->
                float (eigenvalues |> Array.filter (fun value -> value <= x) |> Array.length)
                / float eigenvalues.Length)
            |> summary
            |> _.Error)
        |> Array.max

    /// Difference of two means in its standard errors.
    let apart (x: SetMean) (y: SetMean) =
        abs (x.Mean - y.Mean) / Math.Sqrt(x.Error * x.Error + y.Error * y.Error)

/// The bulk of one family at one size, beside the laws.
type FamilyBulk =
    {
        Family: Qwem.Validation.Family
        Dimension: int
        /// N - 1 eigenvalues, unit rows, mean removed, divided by their mean.
        Eigenvalues: float array
        /// Distance from the generalised law of the population lambda*.
        Distance: float
        /// Distance from the plain law with the d_eff that the authors read off the edge, and that d_eff.
        Fitted: float
        EffectiveDimension: float
        /// Distance from the plain law of ratio (N - 1) / d.
        Plain: float
    }

module FamilyBulk =

    /// The authors' fit: the ratio whose upper edge (1 + sqrt(N / d_eff))^2 is the second eigenvalue of the rows without their mean.
    /// They multiply it by a factor chosen by hand as well; here there is none.
    let private fittedRatio (eigenvalues: float array) =
        let root = sqrt eigenvalues[1] - 1.0
        root * root

    let measure
        (theory: Qwem.Validation.Theory)
        (words: DenseMatrix)
        law
        d
        (family: Qwem.Validation.Family)
        : FamilyBulk =
        let eigenvalues = Bulk.differences theory words d family.Pairs |> Bulk.ofRows
        let scaled = Law.unit eigenvalues
        let ratio = fittedRatio scaled

        {
            Family = family
            Dimension = d
            Eigenvalues = scaled
            Distance = Law.distance law scaled
            Fitted = Law.distance (Law.plain theory ratio) scaled
            EffectiveDimension = float family.Count / ratio
            Plain = Law.distance (Law.plain theory (float (family.Count - 1) / float d)) scaled
        }
