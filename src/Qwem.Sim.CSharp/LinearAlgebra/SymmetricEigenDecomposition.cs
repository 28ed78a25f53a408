using Qwem.Sim.Threading;

namespace Qwem.Sim.LinearAlgebra;

/// <summary>Eigenvalues and eigenvectors of a symmetric matrix A.</summary>
public sealed class SymmetricEigenDecomposition
{
    private const int BlockRows = 256;

    internal SymmetricEigenDecomposition(double[] eigenvalues, DenseMatrix eigenvectors)
    {
        Eigenvalues = eigenvalues;
        Eigenvectors = eigenvectors;
    }

    /// <summary>Eigenvalues, largest (most positive) first; length n, unit of A.</summary>
    public double[] Eigenvalues { get; }

    /// <summary>
    /// n x n; ROW k is the unit eigenvector of eigenvalue k, so that each eigenvector is contiguous. Its entry of largest
    /// absolute value (the first one on ties) is positive. A = V' diag(lambda) V with V this matrix.
    /// </summary>
    public DenseMatrix Eigenvectors { get; }

    /// <summary>Measures how good the eigenpairs are, by plain products: 3 n^3 operations.</summary>
    /// <param name="matrix">A, as it was decomposed.</param>
    /// <param name="team">The threads, or null for the calling thread alone; the result does not depend on how many there are.</param>
    /// <param name="cancellation">Checked between blocks of work.</param>
    /// <exception cref="ArgumentException">The matrix is of another order.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was requested.</exception>
    public EigenCertificate Certify(DenseMatrix matrix, WorkerTeam? team = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        team ??= new WorkerTeam(1);
        int size = Eigenvalues.Length;
        if (matrix.Rows != size || matrix.Columns != size)
            throw new ArgumentException($"The matrix is {matrix.Rows} x {matrix.Columns}, but {size} eigenpairs are to be certified.", nameof(matrix));
        double largest = FiniteMatrix.RequireFinite(matrix);
        int exponent = SymmetricEigenSolver.ExponentOf(largest);
        DenseMatrix vectors = Eigenvectors;
        // Half of the scaling goes to the vectors, half to the product, so that no partial sum leaves the normal range.
        double factor = Math.ScaleB(1, -exponent), half = Math.ScaleB(1, -exponent / 2), otherHalf = Math.ScaleB(1, -(exponent - exponent / 2));
        double frobenius = 0, residual = 0, orthogonality = 0;
        double[] block = new double[Math.Min(BlockRows, size) * size], halved = new double[block.Length], scaled = new double[size];
        for (int i = 0; i < size; i++)
        {
            matrix.Row(i).CopyTo(scaled);
            Kernels.Scale(factor, scaled);
            frobenius += Kernels.NormSquared(scaled);
        }
        frobenius = Math.Sqrt(frobenius);
        for (int start = 0; start < size; start += BlockRows)
        {
            cancellation.ThrowIfCancellationRequested();
            int count = Math.Min(BlockRows, size - start);
            Operand some = new(vectors.Values, start * size, size, false), target = new(block, 0, size, false);
            vectors.Values.AsSpan(start * size, count * size).CopyTo(halved);
            Kernels.Scale(half, halved);
            ProductWorkspace.Mine.Multiply(count, size, size, otherHalf, new Operand(halved, 0, size, false), new Operand(matrix.Values, 0, size, true), 0, target, team);
            for (int k = 0; k < count; k++)
            {
                Span<double> row = block.AsSpan(k * size, size);
                Kernels.Axpy(-Eigenvalues[start + k] * factor, vectors.Row(start + k), row);
                residual = Math.Max(residual, Math.Sqrt(Kernels.NormSquared(row)));
            }
            int rest = size - start;
            ProductWorkspace.Mine.Multiply(count, rest, size, 1, some, new Operand(vectors.Values, start * size, size, true), 0, target, team);
            for (int k = 0; k < count; k++)
                for (int j = 0; j < rest; j++)
                    orthogonality = Math.Max(orthogonality, Math.Abs(block[k * size + j] - (j == k ? 1 : 0)));
        }
        return new EigenCertificate(frobenius == 0 ? 0 : residual / frobenius, orthogonality);
    }
}

/// <summary>How good the eigenpairs of a symmetric matrix A are.</summary>
/// <param name="Residual">max over k of ||A v_k - lambda_k v_k||_2 / ||A||_F; 0 for the zero matrix.</param>
/// <param name="Orthogonality">max over i, j of |v_i' v_j - delta_ij|.</param>
public readonly record struct EigenCertificate(double Residual, double Orthogonality);
