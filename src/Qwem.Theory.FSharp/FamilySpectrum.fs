namespace Qwem.Theory

open MathNet.Numerics.LinearAlgebra
open MathNet.Numerics.LinearAlgebra.Double
open Qwem.Theory.Hypothesis

/// <summary>The spectrum of one family of word pairs: the differences R_d (N x d) of its embeddings.</summary>
/// <remarks>
/// final section 4 and Appendix A.6; docs/derivations.md section 8.3. Row n is w_b - w_a of pair n in the top-d theoretical embeddings
/// W = V* diag(sqrt(lambda*)); column k is eigen-feature k. Eigenvalues are those of the smaller of R R' and R' R.
/// Accuracy: eigenvalues to about max(N, d) u of the largest, by MathNet.Numerics' managed symmetric solver; those far below the largest may have
/// no correct digit (the Gram matrix squares the condition of R), which is why Rank has a floor.
/// </remarks>
[<Sealed>]
type FamilySpectrum
    /// <summary>The spectrum of given differences.</summary>
    /// <param name="differences">R, N x d row-major, finite, not all zero.</param>
    /// <param name="rows">N, at least 1.</param>
    /// <param name="columns">d, at least 1.</param>
    /// <exception cref="T:Qwem.Theory.HypothesisException">Shapes differ, a value is not finite, or all differences vanish.</exception>
    (differences: float[], rows: int, columns: int) =

    do
        if rows < 1 then
            broken "at least one pair" "rows" $"rows = {rows}; allowed: 1 or more"

        if columns < 1 then
            broken "at least one dimension" "columns" $"columns = {columns}; allowed: 1 or more"

        hasLength "differences" differences (rows * columns) "N * d"
        allFinite "differences" differences

        if Array.forall (fun x -> x = 0.0) differences then
            broken "differences that do not all vanish" "differences" "all entries are 0; allowed: at least one other"

    let r = Array.copy differences

    let eigenvalues =
        let m: Matrix<float> =
            DenseMatrix.Create(rows, columns, (fun n k -> r[n * columns + k]))

        let gram =
            if rows <= columns then
                m.TransposeAndMultiply m
            else
                m.TransposeThisAndMultiply m

        gram.Evd(Symmetricity.Symmetric).EigenValues.ToArray()
        |> Array.map (fun c -> max 0.0 c.Real)
        |> Array.sortDescending

    let trace = Array.sumBy (fun x -> x * x) r

    let rank =
        let floor = 2.0 * float (max rows columns) * Kernels.unitRoundoff * eigenvalues[0]

        eigenvalues |> Array.filter (fun l -> l > floor) |> Array.length

    let mean =
        Array.init columns (fun k ->
            let mutable total = 0.0

            for n in 0 .. rows - 1 do
                total <- total + r[n * columns + k]

            total / float rows)

    let meanSquares = Array.sumBy (fun x -> x * x) mean

    let shares () =
        if meanSquares = 0.0 then
            broken "a mean difference" "differences" "the mean row is 0; allowed: any other"

        Array.map (fun x -> x * x / meanSquares) mean

    /// <summary>The differences of a family in the top-d theoretical embeddings W = V* diag(sqrt(lambda*)).</summary>
    /// <remarks>Eigenvalues below zero are never learned and give a zero column.</remarks>
    /// <param name="eigenvalues">lambda*, the D leading ones, finite, descending.</param>
    /// <param name="eigenvectors">D x V row-major; row k is the unit eigenvector of eigenvalue k.</param>
    /// <param name="firstWords">a_n: index of each pair's first word.</param>
    /// <param name="secondWords">b_n: index of each pair's second word.</param>
    /// <param name="dimension">d, 1 to D.</param>
    /// <returns>The spectrum of the rows w_b - w_a.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">Shapes differ, an index is no word, d leaves its range, or all differences vanish.</exception>
    static member OfPairs
        (eigenvalues: float[], eigenvectors: float[], firstWords: int[], secondWords: int[], dimension: int)
        : FamilySpectrum =
        let modes = eigenvalues.Length
        allFinite "eigenvalues" eigenvalues
        allFinite "eigenvectors" eigenvectors
        descending "eigenvalues" eigenvalues

        if dimension < 1 || dimension > modes then
            broken "a number of modes" "dimension" $"dimension = {dimension}; allowed: 1 to D = {modes}"

        if eigenvectors.Length = 0 || eigenvectors.Length % modes <> 0 then
            broken
                "matching shapes"
                "eigenvectors"
                $"eigenvectors has {eigenvectors.Length} entries; expected a positive multiple of D = {modes}"

        let words = eigenvectors.Length / modes
        let pairs = firstWords.Length

        if secondWords.Length <> pairs then
            broken "matching shapes" "secondWords" $"secondWords has {secondWords.Length} entries; expected {pairs}"

        let inside parameter (indices: int[]) =
            for n in 0 .. pairs - 1 do
                if indices[n] < 0 || indices[n] >= words then
                    broken "a word" parameter $"{parameter}[{n}] = {indices[n]}; allowed: 0 to V - 1 = {words - 1}"

        inside "firstWords" firstWords
        inside "secondWords" secondWords

        let scales =
            Array.init dimension (fun k -> if eigenvalues[k] > 0.0 then sqrt eigenvalues[k] else 0.0)

        let r =
            Array.init (pairs * dimension) (fun at ->
                let n, k = at / dimension, at % dimension

                scales[k]
                * (eigenvectors[k * words + secondWords[n]]
                   - eigenvectors[k * words + firstWords[n]]))

        FamilySpectrum(r, pairs, dimension)

    /// <summary>(sum v)^2 / sum v^2: the number of equal variances whose plain law has the same mean and variance.</summary>
    /// <remarks>Second moment of the generalised law: h_1^2 + gamma h_2 = h_1^2 (1 + N / d_eff), exactly that of the plain law with
    /// ratio N / d_eff and variance h_1 if d_eff = d h_1^2 / h_2. No fitted factor; it is the paper's d_eff only up to its fit of the
    /// edge instead of the second moment (final Appendix A.6).</remarks>
    /// <param name="variances">v_k, non-negative, at least one positive.</param>
    /// <returns>From 1 (one feature carries all) to d (all alike).</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">A variance is negative or not finite, or none is positive.</exception>
    static member EffectiveDimension(variances: float[]) : float =
        for k in 0 .. variances.Length - 1 do
            nonNegative "non-negative variances" $"variances[{k}]" variances[k]

        let largest = Array.fold max 0.0 variances
        positive "some positive variance" "largest of variances" largest
        let total = Array.sumBy (fun v -> v / largest) variances
        total * total / Array.sumBy (fun v -> (v / largest) * (v / largest)) variances

    /// <summary>N, the number of pairs.</summary>
    member _.Rows = rows

    /// <summary>d, the embedding dimension.</summary>
    member _.Columns = columns

    /// <summary>R, N x d row-major.</summary>
    /// <returns>A copy.</returns>
    member _.Differences() : float[] = Array.copy r

    /// <summary>The same family in its first d eigen-features.</summary>
    /// <param name="dimension">d, from 1 to Columns.</param>
    /// <returns>Its spectrum.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException"><paramref name="dimension"/> leaves its range, or all differences vanish.</exception>
    member _.Truncated(dimension: int) : FamilySpectrum =
        if dimension < 1 || dimension > columns then
            broken "a number of modes" "dimension" $"dimension = {dimension}; allowed: 1 to d = {columns}"

        FamilySpectrum(
            Array.init (rows * dimension) (fun at -> r[at / dimension * columns + at % dimension]),
            rows,
            dimension
        )

    /// <summary>The N eigenvalues of R R' / d, descending; N - d of them are exact zeros for N > d.</summary>
    /// <returns>N numbers, to be held against the laws of this library.</returns>
    member _.Eigenvalues() : float[] =
        Array.init rows (fun k -> if k < eigenvalues.Length then eigenvalues[k] / float columns else 0.0)

    /// <summary>The number of eigenvalues of R R' above 2 max(N, d) u times the largest.</summary>
    member _.Rank = rank

    /// <summary>lambda_max(R R') / (Tr(R R') / rank).</summary>
    /// <remarks>final section 4. From 1 to min(N, d); 1 for orthonormal rows. Discontinuous: N rows that agree up to
    /// tiny generic noise give nearly min(N, d), but exactly equal rows give 1, because their rank is 1.</remarks>
    member _.SignalToNoise = eigenvalues[0] * float rank / trace

    /// <summary>N |mean row|^2 / lambda_max(R R'): how much of the leading direction is the shared mean; 0 to 1.</summary>
    /// <remarks>final section 4. The numerator is the Rayleigh quotient of R R' at (1, ..., 1) / sqrt(N).</remarks>
    member _.MeanShare = float rows * meanSquares / eigenvalues[0]

    /// <summary>The mean row, length d.</summary>
    /// <returns>A copy.</returns>
    member _.MeanDifference() : float[] = Array.copy mean

    /// <summary>The share of the mean row's squared length on each eigen-feature.</summary>
    /// <remarks>Final version, Figure 4, top; v2 of the preprint shows it unnormalised.</remarks>
    /// <returns>d numbers that sum to 1.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">The mean row vanishes.</exception>
    member _.Localisation() : float[] = shares ()

    /// <summary>The sum of the squared localisation: 1 / d (spread evenly) to 1 (one feature).</summary>
    /// <remarks>From a notebook of the authors, whose figures do not show it.</remarks>
    /// <returns>A pure number.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">The mean row vanishes.</exception>
    member _.InverseParticipationRatio() : float =
        Array.sumBy (fun s -> s * s) (shares ())

    /// <summary>The variance of each column about its mean, sum of squares over N - 1.</summary>
    /// <remarks>A plug-in for the population variances of GeneralisedMarchenkoPastur when the family is all there is. With few rows the
    /// estimates scatter by a factor 1 +- sqrt(2 / (N - 1)), which itself lowers the effective dimension.</remarks>
    /// <returns>d variances.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">There is only one row.</exception>
    member _.ColumnVariances() : float[] =
        if rows < 2 then
            broken "at least two pairs" "rows" $"rows = {rows}; allowed: 2 or more"

        Array.init columns (fun k ->
            let mutable total = 0.0

            for n in 0 .. rows - 1 do
                let x = r[n * columns + k] - mean[k]
                total <- total + x * x

            total / float (rows - 1))

    member internal _.Content = rows, columns, r

    /// <summary>Are all differences equal?</summary>
    override this.Equals other =
        match other with
        | :? FamilySpectrum as x -> x.Content = this.Content
        | _ -> false

    /// <summary>Of the same.</summary>
    override this.GetHashCode() = hash this.Content

    /// <summary>Shape, rank and leading eigenvalues of R R' / d.</summary>
    override this.ToString() =
        $"differences, N x d = {rows} x {columns}, rank {rank}, eigenvalues of RR'/d: {Show.numbers (this.Eigenvalues())}"
