using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Qwem.Sim.LinearAlgebra;

namespace Qwem.Sim.Spectra;

/// <summary>Panels of a sparse matrix times a block of vectors, 24 or 8 columns of the block at a time in registers.</summary>
/// <remarks>
/// Entry (i, j) of the result is one chain of fused multiply-adds: diagonal, rank one, then tile by tile shared columns, single columns. A shared
/// column that the row does not have adds a zero, which changes nothing.
/// The loops are written out for each number of rows and columns, because sums stay in registers only as local variables.
/// </remarks>
internal static unsafe class PanelKernel
{
    /// <summary>Values ahead of those in use that are fetched into the second-level cache.</summary>
    /// <remarks>
    /// Each value is used once, and waiting for it would delay the reads of the block, which are in that cache: without this a product takes 1.6 times as long.
    /// </remarks>
    private const int Ahead = 512;

    /// <summary>What the chains begin with: result_i = diagonal_i block_i + direction_i inner, for every row; direction null means ones.</summary>
    internal static void Begin(int first, int end, double[] diagonal, double[]? direction, ReadOnlySpan<double> inner, DenseMatrix block, DenseMatrix result)
    {
        for (int i = first; i < end; i++)
        {
            Span<double> row = result.Row(i);
            block.Row(i).CopyTo(row);
            Kernels.Scale(diagonal[i], row);
            Kernels.Axpy(direction is null ? 1 : direction[i], inner, row);
        }
    }

    /// <summary>result += S block for the rows of a strip and the columns of a tile.</summary>
    /// <param name="strip">The rows.</param>
    /// <param name="tile">Which tile.</param>
    /// <param name="start">First column of the tile.</param>
    /// <param name="x">V x b, on a cache line.</param>
    /// <param name="result">V x b.</param>
    internal static void Add(PanelStrip strip, int tile, int start, double* x, DenseMatrix result)
    {
        int stride = result.Columns;
        fixed (double* y = result.Values, shared = strip.SharedValues, single = strip.Values)
        fixed (ushort* sharedColumns = strip.SharedColumns, singleColumns = strip.Columns)
        {
            // The last panel may lack rows: their sums are not stored.
            double* spare = stackalloc double[24];
            for (int panel = 0; panel < strip.Panels; panel++)
            {
                int top = panel * PanelStrip.Height, height = Math.Min(PanelStrip.Height, strip.Rows - top);
                int from = strip.SharedStarts[tile * strip.Panels + panel], count = strip.SharedStarts[tile * strip.Panels + panel + 1] - from;
                for (int column = 0; column < stride;)
                {
                    int width = stride - column >= 24 ? 24 : stride - column >= 8 ? 8 : 1;
                    double* target = y + (nint)(strip.First + top) * stride + column;
                    Lines lines = new()
                    {
                        Block = x + (nint)start * stride + column,
                        Stride = stride,
                        Y0 = target,
                        Y1 = height > 1 ? target + stride : spare,
                        Y2 = height > 2 ? target + 2 * (nint)stride : spare,
                        Y3 = height > 3 ? target + 3 * (nint)stride : spare,
                    };
                    if (SimdPath.Wide) Shared<WideLanes<double>, Vector512<double>>(lines, sharedColumns + from, shared + (nint)from * PanelStrip.Height, count, width);
                    else Shared<HalvedLanes<double>, LanePair<double>>(lines, sharedColumns + from, shared + (nint)from * PanelStrip.Height, count, width);
                    for (int k = 0; k < height; k++)
                    {
                        int row = tile * strip.Rows + top + k, own = strip.Starts[row], entries = strip.Starts[row + 1] - own;
                        double* sums = target + k * (nint)stride;
                        if (SimdPath.Wide) Single<WideLanes<double>, Vector512<double>>(lines, sums, singleColumns + own, single + own, entries, width);
                        else Single<HalvedLanes<double>, LanePair<double>>(lines, sums, singleColumns + own, single + own, entries, width);
                    }
                    column += width;
                }
            }
        }
    }

    private static void Shared<TLanes, TVector>(in Lines lines, ushort* columns, double* values, int count, int width)
        where TLanes : ILanes<double, TVector>
        where TVector : struct
    {
        if (count == 0) return;
        if (width == 24) Shared24<TLanes, TVector>(lines, columns, values, count);
        else if (width == 8) Shared8<TLanes, TVector>(lines, columns, values, count);
        else
            for (int k = 0; k < count; k++, values += PanelStrip.Height)
            {
                double x = lines.Block[columns[k] * lines.Stride];
                *lines.Y0 = Math.FusedMultiplyAdd(values[0], x, *lines.Y0);
                *lines.Y1 = Math.FusedMultiplyAdd(values[1], x, *lines.Y1);
                *lines.Y2 = Math.FusedMultiplyAdd(values[2], x, *lines.Y2);
                *lines.Y3 = Math.FusedMultiplyAdd(values[3], x, *lines.Y3);
            }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Shared24<TLanes, TVector>(in Lines lines, ushort* columns, double* values, int count)
        where TLanes : ILanes<double, TVector>
        where TVector : struct
    {
        double* block = lines.Block, y0 = lines.Y0, y1 = lines.Y1, y2 = lines.Y2, y3 = lines.Y3;
        nint stride = lines.Stride;
        TVector s00 = TLanes.Load(y0), s01 = TLanes.Load(y0 + 8), s02 = TLanes.Load(y0 + 16);
        TVector s10 = TLanes.Load(y1), s11 = TLanes.Load(y1 + 8), s12 = TLanes.Load(y1 + 16);
        TVector s20 = TLanes.Load(y2), s21 = TLanes.Load(y2 + 8), s22 = TLanes.Load(y2 + 16);
        TVector s30 = TLanes.Load(y3), s31 = TLanes.Load(y3 + 8), s32 = TLanes.Load(y3 + 16);
        for (int k = 0; k < count; k++, values += PanelStrip.Height)
        {
            Fetch(values + Ahead);
            double* x = block + columns[k] * stride;
            TVector x0 = TLanes.Load(x), x1 = TLanes.Load(x + 8), x2 = TLanes.Load(x + 16);
            TVector value = TLanes.Broadcast(values[0]);
            s00 = TLanes.FusedMultiplyAdd(value, x0, s00);
            s01 = TLanes.FusedMultiplyAdd(value, x1, s01);
            s02 = TLanes.FusedMultiplyAdd(value, x2, s02);
            value = TLanes.Broadcast(values[1]);
            s10 = TLanes.FusedMultiplyAdd(value, x0, s10);
            s11 = TLanes.FusedMultiplyAdd(value, x1, s11);
            s12 = TLanes.FusedMultiplyAdd(value, x2, s12);
            value = TLanes.Broadcast(values[2]);
            s20 = TLanes.FusedMultiplyAdd(value, x0, s20);
            s21 = TLanes.FusedMultiplyAdd(value, x1, s21);
            s22 = TLanes.FusedMultiplyAdd(value, x2, s22);
            value = TLanes.Broadcast(values[3]);
            s30 = TLanes.FusedMultiplyAdd(value, x0, s30);
            s31 = TLanes.FusedMultiplyAdd(value, x1, s31);
            s32 = TLanes.FusedMultiplyAdd(value, x2, s32);
        }
        Store<TLanes, TVector>(y0, s00, s01, s02);
        Store<TLanes, TVector>(y1, s10, s11, s12);
        Store<TLanes, TVector>(y2, s20, s21, s22);
        Store<TLanes, TVector>(y3, s30, s31, s32);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Shared8<TLanes, TVector>(in Lines lines, ushort* columns, double* values, int count)
        where TLanes : ILanes<double, TVector>
        where TVector : struct
    {
        TVector s0 = TLanes.Load(lines.Y0), s1 = TLanes.Load(lines.Y1), s2 = TLanes.Load(lines.Y2), s3 = TLanes.Load(lines.Y3);
        double* block = lines.Block;
        nint stride = lines.Stride;
        for (int k = 0; k < count; k++, values += PanelStrip.Height)
        {
            Fetch(values + Ahead);
            TVector x = TLanes.Load(block + columns[k] * stride);
            s0 = TLanes.FusedMultiplyAdd(TLanes.Broadcast(values[0]), x, s0);
            s1 = TLanes.FusedMultiplyAdd(TLanes.Broadcast(values[1]), x, s1);
            s2 = TLanes.FusedMultiplyAdd(TLanes.Broadcast(values[2]), x, s2);
            s3 = TLanes.FusedMultiplyAdd(TLanes.Broadcast(values[3]), x, s3);
        }
        TLanes.Store(s0, lines.Y0);
        TLanes.Store(s1, lines.Y1);
        TLanes.Store(s2, lines.Y2);
        TLanes.Store(s3, lines.Y3);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Single<TLanes, TVector>(in Lines lines, double* own, ushort* columns, double* values, int count, int width)
        where TLanes : ILanes<double, TVector>
        where TVector : struct
    {
        if (count == 0) return;
        double* block = lines.Block;
        nint stride = lines.Stride;
        if (width == 24)
        {
            TVector s0 = TLanes.Load(own), s1 = TLanes.Load(own + 8), s2 = TLanes.Load(own + 16);
            for (int k = 0; k < count; k++)
            {
                if (k % TLanes.Count == 0) Fetch(values + k + Ahead);
                double* x = block + columns[k] * stride;
                TVector value = TLanes.Broadcast(values[k]);
                s0 = TLanes.FusedMultiplyAdd(value, TLanes.Load(x), s0);
                s1 = TLanes.FusedMultiplyAdd(value, TLanes.Load(x + 8), s1);
                s2 = TLanes.FusedMultiplyAdd(value, TLanes.Load(x + 16), s2);
            }
            Store<TLanes, TVector>(own, s0, s1, s2);
        }
        else if (width == 8)
        {
            TVector sum = TLanes.Load(own);
            for (int k = 0; k < count; k++)
                sum = TLanes.FusedMultiplyAdd(TLanes.Broadcast(values[k]), TLanes.Load(block + columns[k] * stride), sum);
            TLanes.Store(sum, own);
        }
        else
            for (int k = 0; k < count; k++) *own = Math.FusedMultiplyAdd(values[k], block[columns[k] * stride], *own);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TLanes, TVector>(double* y, TVector s0, TVector s1, TVector s2)
        where TLanes : ILanes<double, TVector>
        where TVector : struct
    {
        TLanes.Store(s0, y);
        TLanes.Store(s1, y + 8);
        TLanes.Store(s2, y + 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Fetch(double* address)
    {
        if (Sse.IsSupported) Sse.Prefetch1(address);
    }

    private ref struct Lines
    {
        internal double* Block, Y0, Y1, Y2, Y3;
        internal nint Stride;
    }
}
