using Qwem.Sim.Threading;

namespace Qwem.Sim.LinearAlgebra;

/// <summary>A dense symmetric matrix as an operator; worth its n^2 numbers where few entries of the matrix are zero.</summary>
public sealed class DenseSymmetricOperator : ISymmetricOperator
{
    private readonly DenseMatrix _matrix;

    /// <summary>Wraps a matrix without copying.</summary>
    /// <param name="matrix">n x n, finite and symmetric (within <see cref="SymmetricEigenSolver.SymmetryTolerance"/>); not to be changed any more.</param>
    /// <exception cref="ArgumentException">Not square, not symmetric, or an entry is NaN or infinite.</exception>
    public DenseSymmetricOperator(DenseMatrix matrix)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        SymmetricEigenSolver.RequireSymmetric(matrix);
        _matrix = matrix;
    }

    /// <inheritdoc/>
    public int Order => _matrix.Rows;

    /// <inheritdoc/>
    public void Multiply(DenseMatrix block, DenseMatrix result, WorkerTeam team) =>
        MatrixProduct.Multiply(1, _matrix, false, block, false, 0, result, team);
}
