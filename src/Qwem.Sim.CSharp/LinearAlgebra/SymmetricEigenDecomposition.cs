namespace Qwem.Sim.LinearAlgebra;

/// <summary>Eigenvalues and eigenvectors of a symmetric matrix A, with two measured certificates.</summary>
public sealed class SymmetricEigenDecomposition
{
    internal SymmetricEigenDecomposition(double[] eigenvalues, DenseMatrix eigenvectors, double residualNorm, double orthogonalityError)
    {
        Eigenvalues = eigenvalues;
        Eigenvectors = eigenvectors;
        ResidualNorm = residualNorm;
        OrthogonalityError = orthogonalityError;
    }

    /// <summary>Eigenvalues, largest (most positive) first; length n, unit of A.</summary>
    public double[] Eigenvalues { get; }

    /// <summary>
    /// n x n; ROW k is the unit eigenvector of eigenvalue k, so that each eigenvector is contiguous. Its entry of largest
    /// absolute value (the first one on ties) is positive. A = V' diag(lambda) V with V this matrix.
    /// </summary>
    public DenseMatrix Eigenvectors { get; }

    /// <summary>max over k of ||A v_k - lambda_k v_k||_2 / ||A||_F, computed by a plain product; 0 for the zero matrix.</summary>
    public double ResidualNorm { get; }

    /// <summary>max over i, j of |v_i' v_j - delta_ij|, computed by a plain product.</summary>
    public double OrthogonalityError { get; }
}
