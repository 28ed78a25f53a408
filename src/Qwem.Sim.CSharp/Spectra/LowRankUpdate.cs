using Qwem.Sim.LinearAlgebra;
using Qwem.Sim.Threading;

namespace Qwem.Sim.Spectra;

/// <summary>A + U diag(weights) U' for an operator A and a factor U of few columns.</summary>
/// <param name="inner">A, V x V.</param>
/// <param name="factors">U, V x r.</param>
/// <param name="weights">r numbers.</param>
internal sealed class LowRankUpdate(ISymmetricOperator inner, DenseMatrix factors, double[] weights) : ISymmetricOperator
{
    private DenseMatrix _projection = new(1, 1);

    /// <inheritdoc/>
    public int Order => inner.Order;

    /// <inheritdoc/>
    public void Multiply(DenseMatrix block, DenseMatrix result, WorkerTeam team)
    {
        inner.Multiply(block, result, team);
        if (_projection.Rows != weights.Length || _projection.Columns != block.Columns) _projection = new DenseMatrix(weights.Length, block.Columns);
        MatrixProduct.Multiply(1, factors, true, block, false, 0, _projection, team);
        for (int k = 0; k < weights.Length; k++) Kernels.Scale(weights[k], _projection.Row(k));
        MatrixProduct.Multiply(1, factors, false, _projection, false, 1, result, team);
    }
}
