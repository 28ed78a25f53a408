using Qwem.Sim.LinearAlgebra;
using Qwem.Sim.Threading;

namespace Qwem.Sim.Spectra;

/// <summary>diag(s) A diag(s).</summary>
/// <param name="matrix">A.</param>
/// <param name="scales">s, one per row.</param>
internal sealed class ScaledOperator(ISymmetricOperator matrix, double[] scales) : ISymmetricOperator
{
    private DenseMatrix? _scaled;

    /// <inheritdoc/>
    public int Order => matrix.Order;

    /// <inheritdoc/>
    public void Multiply(DenseMatrix block, DenseMatrix result, WorkerTeam team)
    {
        ArgumentNullException.ThrowIfNull(block);
        ArgumentNullException.ThrowIfNull(result);
        if (_scaled is null || _scaled.Columns != block.Columns) _scaled = new DenseMatrix(block.Rows, block.Columns);
        block.Values.CopyTo(_scaled.Values, 0);
        for (int i = 0; i < scales.Length; i++) Kernels.Scale(scales[i], _scaled.Row(i));
        matrix.Multiply(_scaled, result, team);
        for (int i = 0; i < scales.Length; i++) Kernels.Scale(scales[i], result.Row(i));
    }
}
