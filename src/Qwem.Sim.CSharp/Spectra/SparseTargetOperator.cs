using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Qwem.Sim.LinearAlgebra;
using Qwem.Sim.Threading;

namespace Qwem.Sim.Spectra;

/// <summary>A target as sparse rows plus a diagonal plus c u u': memory and time follow the number of distinct pairs, not V^2.</summary>
/// <remarks>
/// Entry (i, j) of a product is one chain of fused multiply-adds, in the order of <see cref="PanelKernel"/>; the rank one's inner products u'x add
/// runs of 1024 rows in order. So the bits depend neither on the team nor on the instruction set.
/// </remarks>
internal sealed unsafe class SparseTargetOperator : ISymmetricOperator
{
    private const int RunRows = 1024;

    private readonly PanelStrip[] _strips;
    private readonly ColumnTiles _tiles;
    private readonly double[] _diagonal;
    private readonly double[]? _direction;
    private readonly double _factor;
    private double[] _partial = [], _inner = [], _aligned = [];

    /// <summary>A = S + diag(diagonal) + factor u u'.</summary>
    /// <param name="strips">S.</param>
    /// <param name="tiles">How its columns are cut.</param>
    /// <param name="diagonal">V numbers.</param>
    /// <param name="factor">Factor of the rank-one part.</param>
    /// <param name="direction">u, or null for ones.</param>
    internal SparseTargetOperator(PanelStrip[] strips, ColumnTiles tiles, double[] diagonal, double factor, double[]? direction) =>
        (_strips, _tiles, _diagonal, _factor, _direction) = (strips, tiles, diagonal, factor, direction);

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
        Align(block, team);
        team.Run(_strips.Length, task =>
        {
            PanelStrip strip = _strips[task];
            PanelKernel.Begin(strip.First, strip.First + strip.Rows, _diagonal, _direction, _inner.AsSpan(0, width), block, result);
            for (int tile = 0; tile < _tiles.Count; tile++) PanelKernel.Add(strip, tile, _tiles.Start(tile), Aligned, result);
        });
    }

    /// <summary>A copy of the block whose rows lie on cache lines: a vector of eight numbers that crosses one is read twice.</summary>
    private double* Aligned => (double*)(((nint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_aligned)) + 63) & ~(nint)63);

    private void Align(DenseMatrix block, WorkerTeam team)
    {
        int width = block.Columns;
        // Pinned arrays do not move, so an aligned address stays so.
        if (_aligned.Length < Order * width + 8) _aligned = GC.AllocateUninitializedArray<double>(Order * width + 8, pinned: true);
        team.Run((Order + RunRows - 1) / RunRows, run =>
        {
            int first = run * RunRows * width, length = Math.Min(Order * width - first, RunRows * width);
            block.Values.AsSpan(first, length).CopyTo(new Span<double>(Aligned + first, length));
        });
    }

    /// <summary>inner = factor u' block.</summary>
    private void Project(DenseMatrix block, WorkerTeam team)
    {
        int width = block.Columns, strips = (Order + RunRows - 1) / RunRows;
        if (_inner.Length < width) _inner = new double[width];
        if (_partial.Length < strips * width) _partial = new double[strips * width];
        team.Run(strips, strip =>
        {
            Span<double> sums = _partial.AsSpan(strip * width, width);
            sums.Clear();
            for (int i = strip * RunRows; i < Math.Min(Order, (strip + 1) * RunRows); i++)
                Kernels.Axpy(_direction is null ? 1 : _direction[i], block.Row(i), sums);
        });
        Span<double> inner = _inner.AsSpan(0, width);
        inner.Clear();
        for (int strip = 0; strip < strips; strip++) Kernels.Axpy(1, _partial.AsSpan(strip * width, width), inner);
        Kernels.Scale(_factor, inner);
    }
}
