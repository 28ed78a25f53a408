using Qwem.Sim.Threading;

namespace Qwem.Sim.LinearAlgebra;

/// <summary>Householder QR of a matrix whose columns are stored contiguously, with or without column pivoting.</summary>
/// <remarks>
/// Column j of the matrix is row j of <c>_columns</c>. After the factorisation column k holds reflector k from entry k on (first entry
/// 1) and, in front of it, the entries R[0..k-1, k]; the diagonal of R is kept apart. Norms are recomputed at every step, not
/// downdated: half as much work again, and no cancellation. A column is moved by one thread: the same bits on any number of them.
/// </remarks>
internal sealed unsafe class ColumnReflectors
{
    private const int ColumnsPerTask = 8;

    private readonly double[] _columns, _scales, _squares;
    private readonly int _length, _count;
    private readonly bool _pivot;
    private int _step;

    /// <summary>Factors in place.</summary>
    /// <param name="columns">count x length, column j of the matrix contiguous; kept and overwritten.</param>
    /// <param name="count">Number of columns.</param>
    /// <param name="length">Number of rows.</param>
    /// <param name="pivot">True to bring the column with the longest remainder forward at every step.</param>
    /// <param name="team">The threads, or null for the calling thread alone.</param>
    internal ColumnReflectors(double[] columns, int count, int length, bool pivot, WorkerTeam? team = null)
    {
        (_columns, _count, _length, _pivot) = (columns, count, length, pivot);
        int steps = Math.Min(count, length);
        _scales = new double[steps];
        Diagonal = new double[steps];
        Permutation = [.. Enumerable.Range(0, count)];
        _squares = new double[count];
        team ??= new WorkerTeam(1);
        Action<int> reflect = Reflect;
        if (pivot) for (int j = 0; j < count; j++) _squares[j] = Kernels.NormSquared(columns.AsSpan(j * length, length));
        for (_step = 0; _step < steps; _step++)
        {
            if (pivot) BringForward(_step, _squares);
            fixed (double* reflector = &columns[_step * length + _step])
                _scales[_step] = HouseholderTridiagonal.MakeReflector(reflector, length - _step, out Diagonal[_step]);
            team.Run((count - _step - 1 + ColumnsPerTask - 1) / ColumnsPerTask, reflect);
        }
    }

    /// <summary>The present reflector on some of the columns behind it.</summary>
    private void Reflect(int task)
    {
        int first = _step + 1 + task * ColumnsPerTask, rest = _length - _step;
        double scale = _scales[_step];
        fixed (double* all = _columns)
        {
            double* reflector = all + (nint)_step * _length + _step;
            for (int j = first; j < Math.Min(_count, first + ColumnsPerTask); j++)
            {
                double* column = all + (nint)j * _length + _step;
                if (scale != 0) Kernels.Axpy(-scale * Kernels.Dot(reflector, column, rest), reflector, column, rest);
                if (_pivot) _squares[j] = Kernels.Dot(column + 1, column + 1, rest - 1);
            }
        }
    }

    /// <summary>R[k, k].</summary>
    internal double[] Diagonal { get; }

    /// <summary>Column k of R belongs to column Permutation[k] of the matrix.</summary>
    internal int[] Permutation { get; }

    /// <summary>min(count, length) x count upper trapezoidal, row-major.</summary>
    internal DenseMatrix Triangle()
    {
        DenseMatrix triangle = new(Diagonal.Length, _count);
        for (int k = 0; k < Diagonal.Length; k++)
        {
            triangle[k, k] = Diagonal[k];
            for (int j = k + 1; j < _count; j++) triangle[k, j] = _columns[j * _length + k];
        }
        return triangle;
    }

    /// <summary>x becomes Q x.</summary>
    /// <param name="x">A vector of the column length.</param>
    internal void ApplyTo(Span<double> x)
    {
        fixed (double* all = _columns, target = x)
            for (int k = _scales.Length - 1; k >= 0; k--)
            {
                if (_scales[k] == 0) continue;
                double* reflector = all + (nint)k * _length + k;
                int rest = _length - k;
                Kernels.Axpy(-_scales[k] * Kernels.Dot(reflector, target + k, rest), reflector, target + k, rest);
            }
    }

    private void BringForward(int k, double[] squares)
    {
        int best = k;
        for (int j = k + 1; j < _count; j++)
            if (squares[j] > squares[best]) best = j;
        if (best == k) return;
        Span<double> first = _columns.AsSpan(k * _length, _length), second = _columns.AsSpan(best * _length, _length);
        for (int i = 0; i < _length; i++) (first[i], second[i]) = (second[i], first[i]);
        (squares[k], squares[best]) = (squares[best], squares[k]);
        (Permutation[k], Permutation[best]) = (Permutation[best], Permutation[k]);
    }
}
