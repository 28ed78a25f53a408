namespace Qwem.Theory

open System
open Qwem.Theory.Hypothesis

/// <summary>How well given eigenpairs belong to a target.</summary>
[<RequireQualifiedAccess; NoComparison>]
type SpectrumCertificate =
    {
        /// <summary>max_k ||M* v_k - lambda_k v_k|| / ||M*||_F.</summary>
        Residual: float
        /// <summary>max_kl |v_k . v_l - delta_kl|.</summary>
        Orthogonality: float
    }

    /// <summary>Both numbers.</summary>
    override c.ToString() =
        $"residual {Show.number c.Residual}, departure from orthonormality {Show.number c.Orthogonality}"

/// <summary>The eigenpairs of the target M* = V* diag(lambda*) V*'.</summary>
/// <remarks>docs/derivations.md section 1. The caller brings the pairs and Certify says what they are worth; for small V Decompose computes them.
/// The arrays are not copied: the caller hands them over and writes to them no more. Eigenvalues and Eigenvectors do copy: take them once, not in
/// a loop.</remarks>
[<Sealed>]
type TargetSpectrum
    /// <summary>A spectrum from its eigenpairs.</summary>
    /// <param name="eigenvalues">lambda*, length V, finite, descending.</param>
    /// <param name="eigenvectors">V x V row-major; row k is the unit eigenvector of eigenvalue k.</param>
    /// <exception cref="T:Qwem.Theory.HypothesisException">Shapes differ, a value is not finite, or the order is not descending.</exception>
    (eigenvalues: float[], eigenvectors: float[]) =

    do
        if eigenvalues.Length < 1 then
            broken "at least one mode" "eigenvalues" "eigenvalues is empty; allowed: length V of 1 or more"

        hasLength "eigenvectors" eigenvectors (eigenvalues.Length * eigenvalues.Length) "V * V"
        allFinite "eigenvalues" eigenvalues
        allFinite "eigenvectors" eigenvectors
        descending "eigenvalues" eigenvalues

    let size = eigenvalues.Length
    let stride = Kernels.padded size

    /// <summary>A spectrum from eigenvectors as columns, the layout of MathNet, NumPy and LAPACK's row-major callers.</summary>
    /// <param name="eigenvalues">lambda*, length V, finite, descending.</param>
    /// <param name="eigenvectors">V x V row-major; column k is the unit eigenvector of eigenvalue k.</param>
    /// <returns>The spectrum.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">Shapes differ, a value is not finite, or the order is not descending.</exception>
    static member OfColumns(eigenvalues: float[], eigenvectors: float[]) : TargetSpectrum =
        let size = eigenvalues.Length
        hasLength "eigenvectors" eigenvectors (size * size) "V * V"
        TargetSpectrum(eigenvalues, Kernels.transpose eigenvectors size size size size)

    /// <summary>V, the number of words and of modes.</summary>
    member _.VocabularySize = size

    /// <summary>lambda*, length V, descending.</summary>
    /// <returns>A copy.</returns>
    member _.Eigenvalues() : float[] = Array.copy eigenvalues

    /// <summary>V x V row-major; row k is eigenvector k.</summary>
    /// <returns>A copy of V^2 numbers.</returns>
    member _.Eigenvectors() : float[] = Array.copy eigenvectors

    member internal _.Values = eigenvalues
    member internal _.Vectors = eigenvectors

    // x y' for each of the rows of x (given) and of y (V of them).
    member private _.Products(x: float[], rows: int, y: float[]) : float[] =
        let a = Kernels.repack x size 0 rows size stride
        let b = Kernels.repack y size 0 size size stride
        let result = Array.zeroCreate<float> x.Length

        for k in 0 .. size - 1 do
            for row in 0 .. rows - 1 do
                result[row * size + k] <- Kernels.dot a (row * stride) b (k * stride) stride

        result

    /// <summary>C = W V*: embeddings in the target's eigenbasis.</summary>
    /// <remarks>docs/derivations.md section 4.2. Cost 2 d V^2.</remarks>
    /// <param name="embeddings">W, d x V; column i is word i.</param>
    /// <returns>C, d x V, entry (a, k) = sum_i W_ai v_k(i).</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException"><paramref name="embeddings"/> are not of V words.</exception>
    member this.Project(embeddings: Embeddings) : Projection =
        hasColumns "embeddings" "words" embeddings.Dimension embeddings.VocabularySize size
        Projection.Wrap(this.Products(embeddings.Values, embeddings.Dimension, eigenvectors), embeddings.Dimension)

    /// <summary>W = C V*': embeddings from the target's eigenbasis, the inverse of Project.</summary>
    /// <remarks>docs/derivations.md section 4.2. Cost 2 d V^2.</remarks>
    /// <param name="projection">C, d x V; column k is mode k.</param>
    /// <returns>W, d x V, entry (a, i) = sum_k C_ak v_k(i).</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException"><paramref name="projection"/> is not of V modes.</exception>
    member this.Expand(projection: Projection) : Embeddings =
        let rows = projection.Dimension
        hasColumns "projection" "modes" rows projection.VocabularySize size
        let columns = Kernels.transpose eigenvectors size size size size
        Embeddings.Wrap(this.Products(projection.Values, rows, columns), rows)

    /// <summary>The eigenpairs of a symmetric matrix by MathNet.Numerics' managed solver: the only eigensolver behind this library's targets.</summary>
    /// <remarks>For small V: some 20 V^3 operations on one core. Backward stable: eigenvalues to a small multiple of V u ||M*||, so those far below
    /// the largest may have no correct digit where a matrix is graded. Certify measures what the pairs are worth.</remarks>
    /// <param name="target">M*, V x V row-major, symmetric to 1e-12 of its largest entry.</param>
    /// <returns>All V eigenpairs.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException"><paramref name="target"/> is not square, symmetric and finite.</exception>
    static member Decompose(target: float[]) : TargetSpectrum =
        let size = int (Math.Round(sqrt (float target.Length)))

        if size < 1 then
            broken "at least one word" "target" "target is empty; allowed: V x V with V of 1 or more"

        hasLength "target" target (size * size) "a square matrix"
        symmetric "target" target size

        let evd =
            MathNet.Numerics.LinearAlgebra.Double.DenseMatrix(size, size, Array.copy target).Evd
                MathNet.Numerics.LinearAlgebra.Symmetricity.Symmetric

        let ascending = evd.EigenValues.ToArray() |> Array.map (fun z -> z.Real)
        let order = Array.init size id |> Array.sortBy (fun k -> -ascending[k])

        TargetSpectrum(
            Array.map (fun k -> ascending[k]) order,
            Array.init (size * size) (fun at -> evd.EigenVectors[at % size, order[at / size]])
        )

    /// <summary>Measures whether these are the eigenpairs of the target.</summary>
    /// <remarks>Cost 3 V^3 operations. Rows taken for columns have the right shape: only this finds them.</remarks>
    /// <param name="target">M*, V x V row-major, symmetric.</param>
    /// <returns>Worst residual relative to ||M*||_F (0 / 0 counts as 0) and worst departure from orthonormality.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException"><paramref name="target"/> is not V x V or not finite.</exception>
    member _.Certify(target: float[]) : SpectrumCertificate =
        hasLength "target" target (size * size) "V * V"
        allFinite "target" target
        let m = Kernels.repack target size 0 size size stride
        let v = Kernels.repack eigenvectors size 0 size size stride
        let norm = sqrt (Kernels.dot m 0 m 0 m.Length)
        let mutable residual = 0.0
        let mutable orthogonality = 0.0

        for k in 0 .. size - 1 do
            let mutable squares = 0.0

            for i in 0 .. size - 1 do
                let r =
                    Kernels.dot m (i * stride) v (k * stride) stride
                    - eigenvalues[k] * v[k * stride + i]

                squares <- squares + r * r

            residual <- max residual (sqrt squares)

            for l in 0..k do
                let product = Kernels.dot v (l * stride) v (k * stride) stride
                orthogonality <- max orthogonality (abs (product - (if l = k then 1.0 else 0.0)))

        {
            Residual = (if residual = 0.0 then 0.0 else residual / norm)
            Orthogonality = orthogonality
        }

    member internal _.Content = eigenvalues, eigenvectors

    /// <summary>Are all eigenpairs equal?</summary>
    override this.Equals other =
        match other with
        | :? TargetSpectrum as x -> x.Content = this.Content
        | _ -> false

    /// <summary>Of the same.</summary>
    override this.GetHashCode() = hash this.Content

    /// <summary>Size and leading eigenvalues.</summary>
    override _.ToString() =
        $"spectrum, V = {size}: lambda* = {Show.numbers eigenvalues}"
