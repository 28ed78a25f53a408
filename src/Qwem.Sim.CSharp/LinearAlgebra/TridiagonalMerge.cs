using Qwem.Sim.Threading;

namespace Qwem.Sim.LinearAlgebra;

/// <summary>One merge of divide and conquer: the eigensystem of diag(D1, D2) + rho z z' from those of the halves.</summary>
/// <remarks>
/// Deflation as in LAPACK's dlaed2 (tolerance 8 epsilon times the larger of max |d| and max |z|, the matrix scaled to norm one); the vector z is recomputed from
/// the roots (Gu and Eisenstat), which makes the eigenvectors orthogonal to working precision whatever the gaps.
/// Rows that are zero in one half are multiplied in the other half only.
/// </remarks>
internal sealed unsafe class TridiagonalMerge
{
    private const double Epsilon = 2.220446049250313e-16;
    private const int RootsPerTask = 32;
    private const int PolesPerTask = 128;

    private enum Kind : byte { Upper, Both, Lower, Deflated }

    private readonly int _start, _middle, _end, _stride, _size;
    private readonly double[] _diagonal, _rows, _z;
    private readonly int[] _order, _kept, _deflated;
    private readonly Kind[] _kind;
    private readonly double _rho;
    private int _deflatedCount;

    internal TridiagonalMerge(int start, int middle, int end, int stride, double coupling, double[] diagonal, int[] order, double[] rows)
    {
        (_start, _middle, _end, _stride, _size) = (start, middle, end, stride, end - start);
        (_diagonal, _rows, _order) = (diagonal, rows, order);
        _z = new double[_size];
        _kind = new Kind[_size];
        _kept = new int[_size];
        _deflated = new int[_size];
        // z has length sqrt 2: the last row of the upper eigenvectors, the first of the lower, signed so that rho is positive.
        _rho = 2 * Math.Abs(coupling);
        double root = Math.Sqrt(0.5), signed = coupling < 0 ? -root : root;
        for (int i = start; i < end; i++)
        {
            bool upper = i < middle;
            _z[i - start] = upper ? root * rows[i * stride + middle - 1] : signed * rows[i * stride + middle];
            _kind[i - start] = upper ? Kind.Upper : Kind.Lower;
        }
    }

    /// <summary>Eigenvalues that take part in the secular equation; the others are known already.</summary>
    internal int Kept { get; private set; }

    /// <summary>Sets aside every eigenvalue that the coupling does not move noticeably.</summary>
    /// <param name="norm">Largest entry of the whole tridiagonal matrix, the scale of the tolerance.</param>
    internal void Deflate(double norm)
    {
        int[] sorted = MergeOrders();
        double largest = 0, largestZ = 0;
        for (int i = 0; i < _size; i++)
        {
            largest = Math.Max(largest, Math.Abs(_diagonal[_start + i]));
            largestZ = Math.Max(largestZ, Math.Abs(_z[i]));
        }
        double tolerance = 8 * Epsilon * Math.Max(largest, norm * largestZ);
        if (_rho * largestZ <= tolerance) return;
        int pending = -1;
        foreach (int place in sorted)
        {
            int i = place - _start;
            if (_rho * Math.Abs(_z[i]) <= tolerance)
            {
                Drop(i);
            }
            else if (pending < 0)
            {
                pending = i;
            }
            else
            {
                if (!TryRotateAway(pending, i, tolerance)) _kept[Kept++] = pending;
                pending = i;
            }
        }
        if (pending >= 0) _kept[Kept++] = pending;
    }

    /// <summary>Solves the secular equation and multiplies the eigenvectors; scratch arrays are used from start * stride on.</summary>
    internal void Combine(double[] work, double[] secular, WorkerTeam? team)
    {
        int kept = Kept, offset = _start * _stride;
        double[] poles = new double[kept], weights = new double[kept], roots = new double[kept], signed = new double[kept];
        for (int k = 0; k < kept; k++)
        {
            poles[k] = _diagonal[_start + _kept[k]];
            signed[k] = _z[_kept[k]];
            weights[k] = signed[k] * signed[k];
        }
        int[] slots = Slots(out int upperRows, out int bothRows, out int lowerRows);
        WorkerTeam? helpers = kept < 64 ? null : team;
        Run(helpers, (kept + RootsPerTask - 1) / RootsPerTask, task =>
        {
            fixed (double* d = poles, w = weights, s = &secular[offset])
                for (int j = task * RootsPerTask; j < Math.Min(kept, (task + 1) * RootsPerTask); j++)
                    roots[j] = SecularEquation.Root(j, kept, d, w, _rho, s + (nint)j * kept);
        });
        Run(helpers, (kept + PolesPerTask - 1) / PolesPerTask, task =>
            RecomputeWeights(secular, offset, poles, signed, task * PolesPerTask, Math.Min(kept, (task + 1) * PolesPerTask)));
        Run(helpers, (kept + RootsPerTask - 1) / RootsPerTask, task =>
        {
            double[] row = new double[kept];
            for (int j = task * RootsPerTask; j < Math.Min(kept, (task + 1) * RootsPerTask); j++)
            {
                Span<double> differences = secular.AsSpan(offset + j * kept, kept);
                for (int i = 0; i < kept; i++) row[i] = signed[i] / differences[i];
                double scale = 1 / Math.Sqrt(Kernels.NormSquared(row));
                for (int i = 0; i < kept; i++) differences[slots[i]] = row[i] * scale;
            }
        });

        int firstHalf = _middle - _start, secondHalf = _end - _middle;
        int lowerOffset = offset + (upperRows + bothRows) * firstHalf, deflatedOffset = lowerOffset + (bothRows + lowerRows) * secondHalf;
        Gather(work, offset, lowerOffset, deflatedOffset, slots, upperRows);
        ProductWorkspace product = ProductWorkspace.Mine;
        int corner = _start * _stride + _start;
        product.Multiply(
            kept, firstHalf, upperRows + bothRows, 1, new Operand(secular, offset, kept, false),
            new Operand(work, offset, firstHalf, false), 0, new Operand(_rows, corner, _stride, false), team);
        product.Multiply(
            kept, secondHalf, bothRows + lowerRows, 1, new Operand(secular, offset + upperRows, kept, false),
            new Operand(work, lowerOffset, secondHalf, false), 0, new Operand(_rows, corner + firstHalf, _stride, false), team);
        double[] remaining = new double[_deflatedCount];
        for (int i = 0; i < _deflatedCount; i++)
        {
            work.AsSpan(deflatedOffset + i * _size, _size).CopyTo(_rows.AsSpan(corner + (kept + i) * _stride, _size));
            remaining[i] = _diagonal[_start + _deflated[i]];
        }
        roots.CopyTo(_diagonal, _start);
        remaining.CopyTo(_diagonal, _start + kept);
    }

    private static void Run(WorkerTeam? team, int count, Action<int> body)
    {
        if (team is not null) team.Run(count, body);
        else for (int task = 0; task < count; task++) body(task);
    }

    private int[] MergeOrders()
    {
        int[] sorted = new int[_size];
        int upper = _start, lower = _middle;
        for (int i = 0; i < _size; i++)
        {
            bool takeUpper = lower == _end || (upper < _middle && _diagonal[_order[upper]] <= _diagonal[_order[lower]]);
            sorted[i] = takeUpper ? _order[upper++] : _order[lower++];
        }
        return sorted;
    }

    private void Drop(int i)
    {
        _kind[i] = Kind.Deflated;
        _deflated[_deflatedCount++] = i;
    }

    /// <summary>Two eigenvalues so close that a rotation may clear the first one's z without disturbing the matrix noticeably.</summary>
    private bool TryRotateAway(int first, int second, double tolerance)
    {
        double length = TridiagonalImplicitQl.Length(_z[first], _z[second]);
        double cosine = _z[second] / length, sine = -_z[first] / length;
        double low = _diagonal[_start + first], high = _diagonal[_start + second];
        if (Math.Abs((high - low) * cosine * sine) > tolerance) return false;
        _z[second] = length;
        _z[first] = 0;
        if (_kind[first] != _kind[second]) _kind[second] = Kind.Both;
        Span<double> firstRow = _rows.AsSpan((_start + first) * _stride + _start, _size);
        Kernels.Rotate(firstRow, _rows.AsSpan((_start + second) * _stride + _start, _size), cosine, sine);
        _diagonal[_start + first] = low * cosine * cosine + high * sine * sine;
        _diagonal[_start + second] = low * sine * sine + high * cosine * cosine;
        Drop(first);
        return true;
    }

    /// <summary>Place of each kept eigenvector when they are ordered upper only, both, lower only.</summary>
    private int[] Slots(out int upperRows, out int bothRows, out int lowerRows)
    {
        int[] slots = new int[Kept];
        int next = 0;
        int[] counts = new int[3];
        for (Kind kind = Kind.Upper; kind <= Kind.Lower; kind++)
            for (int k = 0; k < Kept; k++)
                if (_kind[_kept[k]] == kind)
                {
                    slots[k] = next++;
                    counts[(int)kind]++;
                }
        (upperRows, bothRows, lowerRows) = (counts[0], counts[1], counts[2]);
        return slots;
    }

    /// <summary>z_i^2 (up to a common factor) = (lambda_i - d_i) prod over j other than i of (lambda_j - d_i) / (d_j - d_i).</summary>
    private void RecomputeWeights(double[] secular, int offset, double[] poles, double[] signed, int from, int to)
    {
        Span<double> products = stackalloc double[PolesPerTask];
        products.Fill(1);
        int kept = Kept;
        for (int j = 0; j < kept; j++)
        {
            ReadOnlySpan<double> differences = secular.AsSpan(offset + j * kept + from, to - from);
            double pole = poles[j];
            for (int i = 0; i < differences.Length; i++)
                products[i] *= j == from + i ? -differences[i] : differences[i] / (poles[from + i] - pole);
        }
        for (int i = from; i < to; i++) signed[i] = Math.CopySign(Math.Sqrt(Math.Abs(products[i - from])), signed[i]);
    }

    private void Gather(double[] work, int upperOffset, int lowerOffset, int deflatedOffset, int[] slots, int upperRows)
    {
        int firstHalf = _middle - _start, secondHalf = _end - _middle;
        for (int k = 0; k < Kept; k++)
        {
            int row = (_start + _kept[k]) * _stride + _start;
            Kind kind = _kind[_kept[k]];
            if (kind != Kind.Lower) _rows.AsSpan(row, firstHalf).CopyTo(work.AsSpan(upperOffset + slots[k] * firstHalf));
            if (kind != Kind.Upper) _rows.AsSpan(row + firstHalf, secondHalf).CopyTo(work.AsSpan(lowerOffset + (slots[k] - upperRows) * secondHalf));
        }
        for (int i = 0; i < _deflatedCount; i++)
            _rows.AsSpan((_start + _deflated[i]) * _stride + _start, _size).CopyTo(work.AsSpan(deflatedOffset + i * _size));
    }
}
