using Qwem.Sim.Threading;

namespace Qwem.Sim.LinearAlgebra;

/// <summary>Full eigendecomposition of dense symmetric matrices.</summary>
/// <remarks>
/// Blocked Householder tridiagonalisation, divide and conquer, blocked back-transformation. About
/// 4/3 n^3 operations (half of them bound by memory), up to 4/3 n^3, and 2 n^3. Memory: four n x n arrays beside the input.
/// Accuracy: absolute, |error of an eigenvalue| of the order of u n ||A||_2 at most, u = 2^-53; small eigenvalues of graded
/// matrices have no relative accuracy. The same bits for every team and instruction set, and under scaling by powers of two.
/// </remarks>
public static class SymmetricEigenSolver
{
    /// <summary>|a_ij - a_ji| may be at most this times max |a|; the upper triangle is used.</summary>
    public const double SymmetryTolerance = 1e-12;

    /// <summary>Largest n: the padded n x n entries must fit one array.</summary>
    public const int LargestOrder = 46_336;

    private const double ReductionShare = 0.6, ConquerShare = 0.2, BackShare = 0.2;

    /// <summary>All eigenvalues and eigenvectors of a symmetric matrix.</summary>
    /// <param name="symmetric">n x n, finite, symmetric within <see cref="SymmetryTolerance"/>; not changed.</param>
    /// <param name="team">The threads, or null for the calling thread alone; the result does not depend on how many there are.</param>
    /// <param name="progress">Receives the fraction done, 0 to 1; may be null.</param>
    /// <param name="cancellation">Checked between blocks of work.</param>
    /// <returns>Eigenvalues in descending order, eigenvectors as rows.</returns>
    /// <exception cref="ArgumentException">Not square, larger than <see cref="LargestOrder"/>, an entry is NaN or infinite, or not symmetric.</exception>
    /// <exception cref="ArithmeticException">A leaf iteration did not converge (not known to happen).</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was requested.</exception>
    public static SymmetricEigenDecomposition Decompose(
        DenseMatrix symmetric, WorkerTeam? team = null, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(symmetric);
        team ??= new WorkerTeam(1);
        double largest = RequireSymmetric(symmetric);
        int size = symmetric.Rows;
        int exponent = ExponentOf(largest);
        double factor = Math.ScaleB(1, -exponent);

        HouseholderTridiagonal reduction = new(size);
        reduction.Load(symmetric, factor);
        reduction.Reduce(team, progress, ReductionShare, cancellation);
        TridiagonalDivideAndConquer conquer = new(reduction.Diagonal, reduction.OffDiagonal, size, team);
        conquer.Solve(part => progress?.Report(ReductionShare + ConquerShare * part), cancellation);

        double[] eigenvalues = new double[size], rows = conquer.Work;
        for (int k = 0; k < size; k++)
        {
            int place = conquer.Order[size - 1 - k];
            eigenvalues[k] = reduction.Diagonal[place];
            conquer.Rows.AsSpan(place * size, size).CopyTo(rows.AsSpan(k * size, size));
        }
        double before = ReductionShare + ConquerShare;
        ReflectorBlocks.Apply(reduction, rows, size, team, part => progress?.Report(before + BackShare * part), cancellation);
        DenseMatrix eigenvectors = new(size, size, rows);
        for (int k = 0; k < size; k++)
            if (LargestIsNegative(eigenvectors.Row(k))) Kernels.Scale(-1, eigenvectors.Row(k));

        progress?.Report(1);
        double unit = Math.ScaleB(1, exponent);
        for (int k = 0; k < size; k++) eigenvalues[k] *= unit;
        return new SymmetricEigenDecomposition(eigenvalues, eigenvectors);
    }

    /// <summary>The power of two that a matrix is divided by, so that no sum of squares leaves the range of doubles.</summary>
    internal static int ExponentOf(double largest) => largest == 0 ? 0 : Math.Clamp(Math.ILogB(largest), -1000, 1000);

    /// <summary>True when the entry of largest absolute value, the first one on ties, is negative.</summary>
    internal static bool LargestIsNegative(ReadOnlySpan<double> vector)
    {
        double largest = 0;
        foreach (double entry in vector)
            if (Math.Abs(entry) > Math.Abs(largest)) largest = entry;
        return largest < 0;
    }

    internal static double RequireSymmetric(DenseMatrix matrix)
    {
        if (matrix.Rows != matrix.Columns)
            throw new ArgumentException($"The matrix is {matrix.Rows} x {matrix.Columns}, not square.", nameof(matrix));
        int size = matrix.Rows;
        if (size > LargestOrder)
            throw new ArgumentException($"The matrix is of order {size}; a whole decomposition has room for {LargestOrder}, so ask for some of the eigenpairs.", nameof(matrix));
        double largest = FiniteMatrix.RequireFinite(matrix);
        double allowed = SymmetryTolerance * largest;
        const int block = 64;
        for (int top = 0; top < size; top += block)
            for (int left = 0; left <= top; left += block)
                for (int i = top; i < Math.Min(size, top + block); i++)
                    for (int j = left; j < Math.Min(i, left + block); j++)
                        if (Math.Abs(matrix[i, j] - matrix[j, i]) > allowed)
                            throw new ArgumentException(
                                $"Entries ({i}, {j}) = {matrix[i, j]:R} and ({j}, {i}) = {matrix[j, i]:R} differ by more than {SymmetryTolerance:R} of the largest entry {largest:R}.",
                                nameof(matrix));
        return largest;
    }
}
