namespace Qwem.Theory

open System
open Qwem.Theory.Hypothesis

/// <summary>How well given eigenpairs belong to a target.</summary>
[<Sealed>]
type SpectrumCertificate internal (residual: float, orthogonality: float) =

    /// <summary>max_k ||M* v_k - lambda_k v_k|| / ||M*||_F.</summary>
    member _.Residual = residual

    /// <summary>max_kl |v_k . v_l - delta_kl|.</summary>
    member _.Orthogonality = orthogonality

/// <summary>The eigenpairs of the target M* = V* diag(lambda*) V*'.</summary>
/// <remarks>docs/derivations.md section 1. The pairs come from the caller, and Certify says what they are worth.
/// The arrays are not copied: the caller hands them over and writes to them no more.</remarks>
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

    /// <summary>V, the number of words and of modes.</summary>
    member _.VocabularySize = size

    /// <summary>lambda*, length V, descending.</summary>
    member _.Eigenvalues: ReadOnlySpan<float> = ReadOnlySpan eigenvalues

    /// <summary>V x V row-major; row k is eigenvector k.</summary>
    member _.Eigenvectors: ReadOnlySpan<float> = ReadOnlySpan eigenvectors

    /// <summary>C = W V*: embeddings in the target's eigenbasis.</summary>
    /// <remarks>docs/derivations.md section 4.2. Cost 2 d V^2.</remarks>
    /// <param name="embeddings">W, d x V row-major; column i is word i.</param>
    /// <returns>C, d x V row-major, entry (a, k) = sum_i W_ai v_k(i).</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">The length is not a positive multiple of V, or a value is not finite.</exception>
    member _.Project(embeddings: float[]) : float[] =
        if embeddings.Length = 0 || embeddings.Length % size <> 0 then
            broken
                "matching shapes"
                "embeddings"
                $"embeddings has {embeddings.Length} entries; expected a positive multiple of V = {size}"

        allFinite "embeddings" embeddings
        let rows = embeddings.Length / size
        let w = Kernels.repack embeddings size 0 rows size stride
        let v = Kernels.repack eigenvectors size 0 size size stride
        let result = Array.zeroCreate<float> embeddings.Length

        for k in 0 .. size - 1 do
            for a in 0 .. rows - 1 do
                result[a * size + k] <- Kernels.dot w (a * stride) v (k * stride) stride

        result

    /// <summary>Measures whether these are the eigenpairs of the target.</summary>
    /// <remarks>Cost 3 V^3 operations.</remarks>
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

        SpectrumCertificate((if residual = 0.0 then 0.0 else residual / norm), orthogonality)
