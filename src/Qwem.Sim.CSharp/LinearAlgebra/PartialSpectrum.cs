namespace Qwem.Sim.LinearAlgebra;

/// <summary>Some eigenvalues and eigenvectors of a symmetric matrix A, with their measured residuals.</summary>
public sealed class PartialSpectrum
{
    internal PartialSpectrum(double[] eigenvalues, DenseMatrix eigenvectors, double[] residualNorms, int products)
    {
        Eigenvalues = eigenvalues;
        Eigenvectors = eigenvectors;
        ResidualNorms = residualNorms;
        Products = products;
    }

    /// <summary>d eigenvalues in the order of the <see cref="SpectrumPart"/> asked for, unit of A.</summary>
    public double[] Eigenvalues { get; }

    /// <summary>d x n; ROW k is the unit eigenvector of eigenvalue k. Its entry of largest absolute value (the first one on ties) is positive.</summary>
    public DenseMatrix Eigenvectors { get; }

    /// <summary>||A v_k - lambda_k v_k||_2, d of them, unit of A, from a product of A with the returned vectors.</summary>
    public double[] ResidualNorms { get; }

    /// <summary>Products of A with a block that were needed, the one of the residuals not counted; 0 when a dense decomposition was made.</summary>
    public int Products { get; }
}
