using Qwem.Sim.Threading;

namespace Qwem.Sim.LinearAlgebra;

/// <summary>Divide and conquer for the symmetric tridiagonal eigenproblem; eigenvectors are rows.</summary>
/// <remarks>
/// Cuppen (1981), Numerische Mathematik 36; Gu and Eisenstat (1995), SIAM J. Matrix Anal. Appl. 16. The halves of one level are
/// independent: many small merges run side by side, few large ones share the team inside; neither changes a bit.
/// </remarks>
internal sealed unsafe class TridiagonalDivideAndConquer
{
    private const int Leaf = 32;

    private readonly int _size;
    private readonly WorkerTeam _team;
    private readonly double[] _diagonal;
    private readonly double[] _offDiagonal;
    private readonly double[] _secular;
    private double _norm;

    /// <summary>Keeps the arrays; the diagonals are overwritten.</summary>
    internal TridiagonalDivideAndConquer(double[] diagonal, double[] offDiagonal, int size, WorkerTeam team)
    {
        _size = size;
        _team = team;
        _diagonal = diagonal;
        _offDiagonal = offDiagonal;
        Rows = new double[size * size];
        Work = new double[size * size];
        _secular = new double[size * size];
        Order = new int[size];
    }

    /// <summary>n x n; row k is the eigenvector of the eigenvalue in place k of the diagonal.</summary>
    internal double[] Rows { get; }

    /// <summary>n x n scratch, free after <see cref="Solve"/>.</summary>
    internal double[] Work { get; }

    /// <summary>Places of the eigenvalues in ascending order.</summary>
    internal int[] Order { get; }

    internal void Solve(Action<double> report, CancellationToken cancellation)
    {
        for (int i = 0; i < _size; i++)
            _norm = Math.Max(_norm, Math.Max(Math.Abs(_diagonal[i]), i < _size - 1 ? Math.Abs(_offDiagonal[i]) : 0));
        List<int> starts = Partition();
        int leaves = starts.Count - 1;
        for (int leaf = 1; leaf < leaves; leaf++)
        {
            double coupling = Math.Abs(_offDiagonal[starts[leaf] - 1]);
            _diagonal[starts[leaf] - 1] -= coupling;
            _diagonal[starts[leaf]] -= coupling;
        }
        _team.Run(leaves, leaf => SolveLeaf(starts[leaf], starts[leaf + 1]));
        for (; starts.Count > 2; starts = [.. starts.Where((_, place) => place % 2 == 0)])
        {
            cancellation.ThrowIfCancellationRequested();
            int pairs = (starts.Count - 1) / 2;
            bool sideBySide = pairs >= 2 * _team.Size;
            List<int> level = starts;
            void Merge(int pair) => MergePair(level[2 * pair], level[2 * pair + 1], level[2 * pair + 2], sideBySide ? null : _team);
            if (sideBySide) _team.Run(pairs, Merge);
            else for (int pair = 0; pair < pairs; pair++) Merge(pair);
            report(1.0 / (pairs * (double)pairs));
        }
    }

    /// <summary>Halves every block until none is larger than a leaf; the number of blocks is a power of two.</summary>
    private List<int> Partition()
    {
        List<int> starts = [0, _size];
        while (starts.Zip(starts.Skip(1), (a, b) => b - a).Max() > Leaf)
        {
            List<int> halved = [0];
            for (int i = 1; i < starts.Count; i++) halved.AddRange([(starts[i - 1] + starts[i]) / 2, starts[i]]);
            starts = halved;
        }
        return starts;
    }

    /// <summary>QL on the leaf, small end first: a matrix graded the other way round is turned, it converges in fewer sweeps.</summary>
    private void SolveLeaf(int start, int end)
    {
        int length = end - start;
        fixed (double* diagonal = &_diagonal[start], rows = &Rows[start * _size + start])
        {
            double* offDiagonal = stackalloc double[Leaf];
            bool reverse = Math.Abs(diagonal[0]) > Math.Abs(diagonal[length - 1]);
            if (reverse) new Span<double>(diagonal, length).Reverse();
            for (int i = 0; i < length; i++)
            {
                int place = reverse ? length - 1 - i : i;
                rows[(nint)i * _size + place] = 1;
                offDiagonal[i] = i < length - 1 ? _offDiagonal[reverse ? start + place - 1 : start + i] : 0;
            }
            TridiagonalImplicitQl.Diagonalise(diagonal, offDiagonal, length, rows, _size);
            SortOrder(start, end);
        }
    }

    private void SortOrder(int start, int end)
    {
        double[] keys = new double[end - start];
        int[] places = new int[end - start];
        for (int i = 0; i < keys.Length; i++) (keys[i], places[i]) = (_diagonal[start + i], start + i);
        Array.Sort(keys, places);
        places.CopyTo(Order, start);
    }

    private void MergePair(int start, int middle, int end, WorkerTeam? team)
    {
        double coupling = _offDiagonal[middle - 1];
        TridiagonalMerge merge = new(start, middle, end, _size, coupling, _diagonal, Order, Rows);
        merge.Deflate(_norm);
        if (merge.Kept > 0) merge.Combine(Work, _secular, team);
        SortOrder(start, end);
    }
}
