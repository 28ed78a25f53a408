using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Qwem.Sim.LinearAlgebra;

namespace Qwem.Sim.Spectra;

/// <summary>Rows of a sparse matrix times a block of vectors, in registers of 48, 24 or 8 columns.</summary>
internal static unsafe class SparseKernel
{
    /// <summary>Entries ahead of the one in use whose row of the block is fetched into the cache.</summary>
    private const int Ahead = 8;

    /// <summary>result[i] = diagonal_i block[i] + u_i inner + sum_j S_ij block[j] for the rows first .. end - 1.</summary>
    internal static void Multiply(
        SparseRows rows, int first, int end, double[] diagonal, double[]? direction, double[] inner, double[] block, double[] result, int width)
    {
        fixed (double* values = rows.Values, d = diagonal, u = direction, s = inner, x = block, y = result)
        fixed (int* columns = rows.Columns)
            for (int i = first; i < end; i++)
            {
                Row row = new()
                {
                    Columns = columns + rows.Starts[i],
                    Values = values + rows.Starts[i],
                    Count = (int)(rows.Starts[i + 1] - rows.Starts[i]),
                    Block = x,
                    Own = x + (nint)i * width,
                    Result = y + (nint)i * width,
                    Inner = s,
                    Diagonal = d[i],
                    Direction = u == null ? 1 : u[i],
                    Width = width,
                };
                if (SimdPath.Wide) Run<WideLanes, Vector512<double>>(row);
                else Run<HalvedLanes, LanePair>(row);
            }
    }

    private static void Run<TLanes, TVector>(in Row row)
        where TLanes : ILanes<TVector>
        where TVector : struct
    {
        int column = 0;
        for (; column + 48 <= row.Width; column += 48) Six<TLanes, TVector>(row, column);
        for (; column + 24 <= row.Width; column += 24) Three<TLanes, TVector>(row, column);
        for (; column + 8 <= row.Width; column += 8) One<TLanes, TVector>(row, column);
        for (; column < row.Width; column++)
        {
            double sum = Math.FusedMultiplyAdd(row.Direction, row.Inner[column], row.Diagonal * row.Own[column]);
            for (int k = 0; k < row.Count; k++) sum = Math.FusedMultiplyAdd(row.Values[k], row.Block[(nint)row.Columns[k] * row.Width + column], sum);
            row.Result[column] = sum;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Six<TLanes, TVector>(in Row row, int column)
        where TLanes : ILanes<TVector>
        where TVector : struct
    {
        TVector s0 = Begin<TLanes, TVector>(row, column), s1 = Begin<TLanes, TVector>(row, column + 8), s2 = Begin<TLanes, TVector>(row, column + 16);
        TVector s3 = Begin<TLanes, TVector>(row, column + 24), s4 = Begin<TLanes, TVector>(row, column + 32), s5 = Begin<TLanes, TVector>(row, column + 40);
        double* block = row.Block + column, values = row.Values;
        int* columns = row.Columns;
        nint width = row.Width;
        int count = row.Count;
        for (int k = 0; k < count; k++)
        {
            if (k + Ahead < count) Fetch(block + columns[k + Ahead] * width, 6);
            TVector value = TLanes.Broadcast(values[k]);
            double* x = block + columns[k] * width;
            s0 = TLanes.FusedMultiplyAdd(value, TLanes.Load(x), s0);
            s1 = TLanes.FusedMultiplyAdd(value, TLanes.Load(x + 8), s1);
            s2 = TLanes.FusedMultiplyAdd(value, TLanes.Load(x + 16), s2);
            s3 = TLanes.FusedMultiplyAdd(value, TLanes.Load(x + 24), s3);
            s4 = TLanes.FusedMultiplyAdd(value, TLanes.Load(x + 32), s4);
            s5 = TLanes.FusedMultiplyAdd(value, TLanes.Load(x + 40), s5);
        }
        double* y = row.Result + column;
        TLanes.Store(s0, y);
        TLanes.Store(s1, y + 8);
        TLanes.Store(s2, y + 16);
        TLanes.Store(s3, y + 24);
        TLanes.Store(s4, y + 32);
        TLanes.Store(s5, y + 40);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Three<TLanes, TVector>(in Row row, int column)
        where TLanes : ILanes<TVector>
        where TVector : struct
    {
        TVector s0 = Begin<TLanes, TVector>(row, column), s1 = Begin<TLanes, TVector>(row, column + 8), s2 = Begin<TLanes, TVector>(row, column + 16);
        double* block = row.Block + column, values = row.Values;
        int* columns = row.Columns;
        nint width = row.Width;
        int count = row.Count;
        for (int k = 0; k < count; k++)
        {
            if (k + Ahead < count) Fetch(block + columns[k + Ahead] * width, 3);
            TVector value = TLanes.Broadcast(values[k]);
            double* x = block + columns[k] * width;
            s0 = TLanes.FusedMultiplyAdd(value, TLanes.Load(x), s0);
            s1 = TLanes.FusedMultiplyAdd(value, TLanes.Load(x + 8), s1);
            s2 = TLanes.FusedMultiplyAdd(value, TLanes.Load(x + 16), s2);
        }
        double* y = row.Result + column;
        TLanes.Store(s0, y);
        TLanes.Store(s1, y + 8);
        TLanes.Store(s2, y + 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void One<TLanes, TVector>(in Row row, int column)
        where TLanes : ILanes<TVector>
        where TVector : struct
    {
        TVector sum = Begin<TLanes, TVector>(row, column);
        double* block = row.Block + column;
        nint width = row.Width;
        for (int k = 0; k < row.Count; k++)
            sum = TLanes.FusedMultiplyAdd(TLanes.Broadcast(row.Values[k]), TLanes.Load(block + row.Columns[k] * width), sum);
        TLanes.Store(sum, row.Result + column);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Begin<TLanes, TVector>(in Row row, int column)
        where TLanes : ILanes<TVector>
        where TVector : struct =>
        TLanes.FusedMultiplyAdd(
            TLanes.Broadcast(row.Direction), TLanes.Load(row.Inner + column), TLanes.Multiply(TLanes.Broadcast(row.Diagonal), TLanes.Load(row.Own + column)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Fetch(double* address, int lines)
    {
        if (!Sse.IsSupported) return;
        for (int line = 0; line < lines; line++) Sse.Prefetch0(address + 8 * line);
    }

    private ref struct Row
    {
        internal int* Columns;
        internal double* Values, Block, Own, Result, Inner;
        internal double Diagonal, Direction;
        internal int Count, Width;
    }
}
