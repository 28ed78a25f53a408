using Qwem.Sim.Threading;

namespace Qwem.Sim.LinearAlgebra;

/// <summary>Singular value decomposition of a tall matrix, A = sum_k s_k u_k v_k', small singular values to high relative accuracy.</summary>
/// <remarks>
/// Rows sorted by their largest entry, Householder QR with column pivoting (row-wise stable then: Cox and Higham 1998), one-sided
/// Jacobi on the rows of R (Drmac and Veselic 2008). When A = D B or B D with D diagonal of any grading and B well conditioned, every singular
/// value has a relative error of a small multiple of n d u cond(B), u = 2^-53. A dense matrix rotated on both sides holds its small
/// singular values only to u s_1: no algorithm recovers the digits that the entries lack. Entries below 1e-140 of the largest count
/// as zero. O(n d) memory per call; the same bits on any number of threads and on every instruction set.
/// </remarks>
public sealed class Svd
{
    private Svd(double[] singularValues, DenseMatrix leftVectors, DenseMatrix rightVectors)
    {
        SingularValues = singularValues;
        LeftVectors = leftVectors;
        RightVectors = rightVectors;
    }

    /// <summary>d singular values, largest first, unit of A.</summary>
    public double[] SingularValues { get; }

    /// <summary>d x n: ROW k is the left singular vector u_k (the transpose of U, so that each vector is contiguous). Rows are orthonormal, also where s_k = 0.</summary>
    public DenseMatrix LeftVectors { get; }

    /// <summary>d x d: ROW k is the right singular vector v_k; its entry of largest absolute value (the first on ties) is positive.</summary>
    public DenseMatrix RightVectors { get; }

    /// <summary>Singular values and vectors of an n x d matrix with n at least d.</summary>
    /// <param name="tall">n x d, finite; not changed.</param>
    /// <param name="team">The threads, or null for the calling thread alone.</param>
    /// <returns>The decomposition.</returns>
    /// <exception cref="ArgumentException">Fewer rows than columns, or an entry is NaN or infinite.</exception>
    /// <exception cref="ArithmeticException">The Jacobi iteration did not converge (not known to happen).</exception>
    public static Svd OfTall(DenseMatrix tall, WorkerTeam? team = null)
    {
        Factored factored = Factor(tall, team ??= new WorkerTeam(1));
        int count = tall.Columns, length = tall.Rows;
        DenseMatrix left = new(count, length), right = new(count, count);
        double[] singularValues = new double[count];
        bool[] flips = new bool[count];
        for (int k = 0; k < count; k++)
        {
            int row = factored.Order[k];
            double value = factored.Lengths[row];
            singularValues[k] = value * factored.Unit;
            Span<double> rightRow = right.Row(k);
            if (value > 0)
                for (int j = 0; j < count; j++) rightRow[factored.Reflectors.Permutation[j]] = factored.Triangle[row, j] / value;
            else
                CompleteRow(right, k);
            flips[k] = SymmetricEigenSolver.LargestIsNegative(rightRow);
            if (flips[k]) Kernels.Scale(-1, rightRow);
        }
        team.Run(count, k =>
        {
            double[] sorted = new double[length];
            factored.Rotations.Row(factored.Order[k]).CopyTo(sorted);
            factored.Reflectors.ApplyTo(sorted);
            Span<double> leftRow = left.Row(k);
            for (int i = 0; i < length; i++) leftRow[factored.RowOrder[i]] = flips[k] ? -sorted[i] : sorted[i];
        });
        return new Svd(singularValues, left, right);
    }

    /// <summary>The singular values alone, largest first: the same bits as <see cref="SingularValues"/> of <see cref="OfTall"/> in half the time.</summary>
    /// <inheritdoc cref="OfTall"/>
    /// <returns>d singular values, unit of A.</returns>
    public static double[] SingularValuesOfTall(DenseMatrix tall, WorkerTeam? team = null)
    {
        Factored factored = Factor(tall, team);
        return [.. factored.Order.Select(row => factored.Lengths[row] * factored.Unit)];
    }

    private static Factored Factor(DenseMatrix tall, WorkerTeam? team)
    {
        ArgumentNullException.ThrowIfNull(tall);
        int length = tall.Rows, count = tall.Columns;
        if (length < count) throw new ArgumentException($"The matrix is {length} x {count}: it must have at least as many rows as columns.", nameof(tall));
        double largest = FiniteMatrix.RequireFinite(tall);
        int exponent = largest == 0 ? 0 : Math.Clamp(Math.ILogB(largest), -1000, 1000);
        double factor = Math.ScaleB(1, -exponent);

        int[] rowOrder = RowsByLargestEntry(tall);
        double[] columns = new double[length * count];
        for (int i = 0; i < length; i++)
        {
            ReadOnlySpan<double> row = tall.Row(rowOrder[i]);
            for (int j = 0; j < count; j++) columns[j * length + i] = row[j] * factor;
        }
        ColumnReflectors reflectors = new(columns, count, length, pivot: true, team);
        DenseMatrix triangle = reflectors.Triangle();
        DenseMatrix rotations = new(count, count);
        for (int i = 0; i < count; i++) rotations[i, i] = 1;
        double[] squares = OneSidedJacobi.Orthogonalise(triangle, rotations);
        double[] lengths = [.. squares.Select(Math.Sqrt)];
        int[] order = [.. Enumerable.Range(0, count).OrderByDescending(k => lengths[k])];
        return new Factored(reflectors, triangle, rotations, rowOrder, lengths, order, Math.ScaleB(1, exponent));
    }

    private static int[] RowsByLargestEntry(DenseMatrix tall)
    {
        double[] largest = new double[tall.Rows];
        for (int i = 0; i < tall.Rows; i++)
            foreach (double entry in tall.Row(i)) largest[i] = Math.Max(largest[i], Math.Abs(entry));
        return [.. Enumerable.Range(0, tall.Rows).OrderByDescending(i => largest[i])];
    }

    /// <summary>A unit row orthogonal to the rows before it: the best of the unit vectors, orthogonalised twice.</summary>
    private static void CompleteRow(DenseMatrix rows, int k)
    {
        double[] best = [];
        double longest = -1;
        for (int axis = 0; axis < rows.Columns && longest < 0.5 / rows.Columns; axis++)
        {
            double[] candidate = new double[rows.Columns];
            candidate[axis] = 1;
            for (int pass = 0; pass < 2; pass++)
                for (int i = 0; i < k; i++) Kernels.Axpy(-Kernels.Dot(rows.Row(i), candidate), rows.Row(i), candidate);
            double square = Kernels.NormSquared(candidate);
            if (square > longest) (longest, best) = (square, candidate);
        }
        Kernels.Scale(1 / Math.Sqrt(longest), best);
        best.CopyTo(rows.Row(k));
    }

    private sealed record Factored(
        ColumnReflectors Reflectors, DenseMatrix Triangle, DenseMatrix Rotations, int[] RowOrder, double[] Lengths, int[] Order, double Unit);
}
