using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Qwem.Sim.Threading;

namespace Qwem.Sim.LinearAlgebra;

/// <summary>Blocked Householder reduction of a symmetric matrix to tridiagonal form, A = H T H' with H = H_0 H_1 ... H_(n-2).</summary>
/// <remarks>
/// Dongarra, Sorensen and Hammarling (1989), "Block reduction of matrices to condensed forms". The upper triangle is used, each
/// element of the trailing matrix is read once per column; each panel ends with a rank-2k product. Reflector j,
/// H_j = I - tau_j v_j v_j', is kept in row j from column j + 1 on, its first entry 1 and everything before it 0.
/// </remarks>
internal sealed unsafe class HouseholderTridiagonal
{
    internal const int Panel = 32;
    private const int MaximumChunks = 16;

    private readonly int _size;
    private readonly double[] _panel;
    private readonly double[] _partial;
    private readonly double[] _vector;
    private readonly int[] _chunkStart = new int[MaximumChunks + 1];
    private readonly Action<int> _multiplyChunk;

    /// <summary>Makes the working copy; the caller fills the upper triangle of <see cref="Values"/> and mirrors the diagonal blocks.</summary>
    internal HouseholderTridiagonal(int size)
    {
        _size = size;
        Padded = (size + 7) & ~7;
        Stride = Padded % 512 == 0 ? Padded + 8 : Padded;
        Values = new double[Padded * Stride];
        Diagonal = new double[size];
        OffDiagonal = new double[size];
        Scales = new double[size];
        _panel = new double[3 * Panel * Stride];
        _partial = new double[MaximumChunks * Stride];
        _vector = new double[Stride];
        _multiplyChunk = MultiplyChunk;
    }

    /// <summary>Order rounded up to a multiple of eight; the padding is zero.</summary>
    internal int Padded { get; }

    /// <summary>Step between rows of <see cref="Values"/>.</summary>
    internal int Stride { get; }

    /// <summary>The matrix, then the reflectors, one per row.</summary>
    internal double[] Values { get; }

    /// <summary>Diagonal of T.</summary>
    internal double[] Diagonal { get; }

    /// <summary>Off-diagonal of T, n - 1 entries used.</summary>
    internal double[] OffDiagonal { get; }

    /// <summary>tau_j of each reflector.</summary>
    internal double[] Scales { get; }

    /// <summary>Copies the upper triangle of <paramref name="source"/> times <paramref name="factor"/> and mirrors the 8 x 8 diagonal blocks.</summary>
    internal void Load(DenseMatrix source, double factor)
    {
        for (int i = 0; i < _size; i++)
        {
            ReadOnlySpan<double> row = source.Row(i);
            for (int j = i; j < _size; j++) Values[i * Stride + j] = row[j] * factor;
            for (int j = i + 1; j < Math.Min(_size, (i | 7) + 1); j++) Values[j * Stride + i] = Values[i * Stride + j];
        }
    }

    internal void Reduce(WorkerTeam team, IProgress<double>? progress, double share, CancellationToken cancellation)
    {
        fixed (double* values = Values, panel = _panel, vector = _vector)
            for (int start = 0; start < _size; start += Panel)
            {
                cancellation.ThrowIfCancellationRequested();
                int end = Math.Min(start + Panel, _size);
                _panel.AsSpan().Clear();
                for (int column = start; column < end; column++) ReduceColumn(column, start, values, panel, vector, team);
                for (int column = start; column < end; column++)
                    _panel.AsSpan((column - start) * Stride, _size).CopyTo(Values.AsSpan(column * Stride, _size));
                int rest = _size - end;
                if (rest > 0)
                {
                    Operand left = new(_panel, end, Stride, true), right = new(_panel, Panel * Stride + end, Stride, false);
                    ProductWorkspace.Mine.Multiply(
                        rest, rest, 2 * Panel, -1, left, right, 1, new Operand(Values, end * Stride + end, Stride, false), team, upperOnly: true);
                }
                double remaining = (double)rest / _size;
                progress?.Report(share * (1 - remaining * remaining * remaining));
            }
    }

    /// <summary>Panel rows: v_0 .. v_31, then w_0 .. w_31, then v_0 .. v_31 again, so that [v; w]' [w; v] is one product.</summary>
    private void ReduceColumn(int column, int start, double* values, double* panel, double* vector, WorkerTeam team)
    {
        int done = column - start;
        double* row = values + (nint)column * Stride, ws = panel + Panel * Stride;
        for (int l = 0; l < done; l++)
        {
            double* v = panel + l * Stride, w = ws + l * Stride;
            Kernels.Axpy(-v[column], w + column, row + column, _size - column);
            Kernels.Axpy(-w[column], v + column, row + column, _size - column);
        }
        Diagonal[column] = row[column];
        if (column == _size - 1) return;

        int first = column + 1, length = _size - first;
        double scale = MakeReflector(row + first, length, out double offDiagonal);
        OffDiagonal[column] = offDiagonal;
        Scales[column] = scale;
        if (scale == 0) return;

        new Span<double>(vector, first).Clear();
        Copy(row + first, vector + first, length);
        double* product = ws + done * Stride, mine = panel + done * Stride;
        MultiplyTrailing(first, product, team);
        int aligned = first & ~7;
        for (int l = 0; l < done; l++)
        {
            double* v = panel + l * Stride, w = ws + l * Stride;
            double alongV = Kernels.Dot(v + aligned, vector + aligned, _size - aligned);
            double alongW = Kernels.Dot(w + aligned, vector + aligned, _size - aligned);
            Kernels.Axpy(-alongW, v + first, product + first, length);
            Kernels.Axpy(-alongV, w + first, product + first, length);
        }
        new Span<double>(product, first).Clear();
        Kernels.Scale(scale, new Span<double>(product + first, length));
        double along = Kernels.Dot(product + aligned, vector + aligned, _size - aligned);
        Kernels.Axpy(-0.5 * scale * along, vector + first, product + first, length);
        Copy(vector, mine, _size);
        Copy(vector, panel + (2 * Panel + done) * Stride, _size);
    }

    /// <summary>Replaces x by v (first entry 1) with (I - scale v v') x = offDiagonal e_1; scale 0 stands for the identity.</summary>
    internal static double MakeReflector(double* x, int length, out double offDiagonal)
    {
        double head = x[0], tail = Kernels.Dot(x + 1, x + 1, length - 1), square = head * head + tail;
        offDiagonal = head;
        if (tail == 0) return 0;
        if (square < 1e-280)
        {
            // Entries below 1e-140 of the largest are dropped: their squares would lose digits and the reflector orthogonality.
            offDiagonal = 0;
            return 0;
        }
        offDiagonal = -Math.CopySign(Math.Sqrt(square), head);
        Kernels.Scale(1 / (head - offDiagonal), new Span<double>(x + 1, length - 1));
        x[0] = 1;
        return (offDiagonal - head) / offDiagonal;
    }

    /// <summary>product = A[first.., first..] vector. The chunks depend on the order alone; each sums into its own buffer, added in chunk order.</summary>
    private void MultiplyTrailing(int first, double* product, WorkerTeam team)
    {
        int aligned = first & ~7, blocks = (Padded - aligned) / 8;
        int chunks = Math.Clamp(blocks / 8, 1, MaximumChunks);
        for (int chunk = 0; chunk <= chunks; chunk++)
            _chunkStart[chunk] = aligned + 8 * (int)(blocks * (1 - Math.Sqrt(1 - (double)chunk / chunks)));
        _chunkStart[chunks] = Padded;
        if (blocks < 24) for (int chunk = 0; chunk < chunks; chunk++) MultiplyChunk(chunk);
        else team.Run(chunks, _multiplyChunk);
        fixed (double* partial = _partial)
        {
            Copy(partial + aligned, product + aligned, Padded - aligned);
            for (int chunk = 1; chunk < chunks; chunk++)
            {
                int from = _chunkStart[chunk];
                Kernels.Axpy(1, partial + chunk * Stride + from, product + from, Padded - from);
            }
        }
    }

    private void MultiplyChunk(int chunk)
    {
        int from = _chunkStart[chunk], to = _chunkStart[chunk + 1];
        fixed (double* values = Values, vector = _vector, partial = &_partial[chunk * Stride])
        {
            new Span<double>(partial + from, Padded - from).Clear();
            for (int i = from; i < to; i += 8)
                for (int half = 0; half < 8; half += 4)
                {
                    double* rows = values + (nint)(i + half) * Stride;
                    if (SimdPath.Wide) MultiplyFour<WideLanes<double>, Vector512<double>>(rows, Stride, vector, partial, i, i + half, Padded);
                    else MultiplyFour<HalvedLanes<double>, LanePair<double>>(rows, Stride, vector, partial, i, i + half, Padded);
                }
        }
    }

    /// <summary>Four rows: their inner products with x, and their multiples added to y right of the diagonal block; each element is read once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyFour<TLanes, TVector>(double* rows, nint stride, double* x, double* y, int block, int row, int end)
        where TLanes : ILanes<double, TVector>
        where TVector : struct
    {
        double* row1 = rows + stride, row2 = row1 + stride, row3 = row2 + stride;
        TVector x0 = TLanes.Broadcast(x[row]), x1 = TLanes.Broadcast(x[row + 1]), x2 = TLanes.Broadcast(x[row + 2]), x3 = TLanes.Broadcast(x[row + 3]);
        TVector right = TLanes.Load(x + block);
        TVector sum0 = TLanes.Multiply(TLanes.Load(rows + block), right), sum1 = TLanes.Multiply(TLanes.Load(row1 + block), right);
        TVector sum2 = TLanes.Multiply(TLanes.Load(row2 + block), right), sum3 = TLanes.Multiply(TLanes.Load(row3 + block), right);
        for (int c = block + 8; c < end; c += 8)
        {
            right = TLanes.Load(x + c);
            TVector result = TLanes.Load(y + c);
            TVector entry = TLanes.Load(rows + c);
            sum0 = TLanes.FusedMultiplyAdd(entry, right, sum0);
            result = TLanes.FusedMultiplyAdd(entry, x0, result);
            entry = TLanes.Load(row1 + c);
            sum1 = TLanes.FusedMultiplyAdd(entry, right, sum1);
            result = TLanes.FusedMultiplyAdd(entry, x1, result);
            entry = TLanes.Load(row2 + c);
            sum2 = TLanes.FusedMultiplyAdd(entry, right, sum2);
            result = TLanes.FusedMultiplyAdd(entry, x2, result);
            entry = TLanes.Load(row3 + c);
            sum3 = TLanes.FusedMultiplyAdd(entry, right, sum3);
            result = TLanes.FusedMultiplyAdd(entry, x3, result);
            TLanes.Store(result, y + c);
        }
        y[row] += LaneSums.One(TLanes.Fold(sum0));
        y[row + 1] += LaneSums.One(TLanes.Fold(sum1));
        y[row + 2] += LaneSums.One(TLanes.Fold(sum2));
        y[row + 3] += LaneSums.One(TLanes.Fold(sum3));
    }

    private static void Copy(double* source, double* target, int length) => new ReadOnlySpan<double>(source, length).CopyTo(new Span<double>(target, length));
}
