using Qwem.Sim.LinearAlgebra;
using Qwem.Sim.Threading;

namespace Qwem.Sim.Spectra;

/// <summary>A target as sparse rows plus a diagonal plus c u u': memory and time follow the number of distinct pairs, not V^2.</summary>
/// <remarks>
/// Entry (i, j) of a product is one chain of fused multiply-adds, in the order of <see cref="PanelKernel"/>; the rank one's inner products u'x add
/// runs of 1024 rows in order. So the bits depend neither on the team nor on the instruction set.
/// </remarks>
internal sealed class SparseTargetOperator : ISymmetricOperator
{
    private const int StripRows = 1024, ProductTasks = 256;

    private readonly PanelRows _rows;
    private readonly double[] _diagonal;
    private readonly double[]? _direction;
    private readonly double _factor;
    private readonly int[] _bounds;
    private double[] _partial = [], _inner = [];

    /// <summary>A = S + diag(diagonal) + factor u u'.</summary>
    /// <param name="rows">S.</param>
    /// <param name="diagonal">V numbers.</param>
    /// <param name="factor">Factor of the rank-one part.</param>
    /// <param name="direction">u, or null for ones.</param>
    internal SparseTargetOperator(PanelRows rows, double[] diagonal, double factor, double[]? direction)
    {
        (_rows, _diagonal, _factor, _direction) = (rows, diagonal, factor, direction);
        // Work of a panel: its shared columns, and a single one for each of its rows costs about as much as a shared one.
        long[] work = new long[rows.Panels + 1];
        for (int panel = 0; panel < work.Length; panel++)
            work[panel] = rows.SharedStarts[panel] + rows.Starts[Math.Min(rows.Order, panel * PanelRows.Height)];
        _bounds = SparseRows.Bounds(work, ProductTasks);
    }

    /// <inheritdoc/>
    public int Order => _diagonal.Length;

    /// <inheritdoc/>
    public void Multiply(DenseMatrix block, DenseMatrix result, WorkerTeam team)
    {
        ArgumentNullException.ThrowIfNull(block);
        ArgumentNullException.ThrowIfNull(result);
        ArgumentNullException.ThrowIfNull(team);
        if (block.Rows != Order || result.Rows != Order || result.Columns != block.Columns || ReferenceEquals(block.Values, result.Values))
            throw new ArgumentException(
                $"A block of {Order} rows and a result of the same shape, in arrays of their own, are needed, not {block.Rows} x {block.Columns} and {result.Rows} x {result.Columns}.", nameof(block));
        int width = block.Columns;
        if (_factor != 0) Project(block, team);
        else if (_inner.Length < width) _inner = new double[width];
        team.Run(_bounds.Length - 1, task =>
        {
            int first = _bounds[task], end = _bounds[task + 1];
            PanelKernel.Begin(
                first * PanelRows.Height, Math.Min(Order, end * PanelRows.Height), _diagonal, _direction, _inner.AsSpan(0, width), block, result);
            PanelKernel.Add(_rows, first, end, block, result);
        });
    }

    /// <summary>inner = factor u' block.</summary>
    private void Project(DenseMatrix block, WorkerTeam team)
    {
        int width = block.Columns, strips = (Order + StripRows - 1) / StripRows;
        if (_inner.Length < width) _inner = new double[width];
        if (_partial.Length < strips * width) _partial = new double[strips * width];
        team.Run(strips, strip =>
        {
            Span<double> sums = _partial.AsSpan(strip * width, width);
            sums.Clear();
            for (int i = strip * StripRows; i < Math.Min(Order, (strip + 1) * StripRows); i++)
                Kernels.Axpy(_direction is null ? 1 : _direction[i], block.Row(i), sums);
        });
        Span<double> inner = _inner.AsSpan(0, width);
        inner.Clear();
        for (int strip = 0; strip < strips; strip++) Kernels.Axpy(1, _partial.AsSpan(strip * width, width), inner);
        Kernels.Scale(_factor, inner);
    }
}
