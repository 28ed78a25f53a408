namespace Qwem.Sim.LinearAlgebra;

/// <summary>Rotates the rows of a small square matrix until they are orthogonal; their lengths are then its singular values.</summary>
/// <remarks>
/// de Rijk (1989), SIAM J. Sci. Stat. Comput. 10 (longer row first); stopping test of Demmel and Veselic (1992): every cosine
/// between two rows at most sqrt(n) epsilon. Relative accuracy follows for matrices D B with D diagonal and B well conditioned.
/// </remarks>
internal static class OneSidedJacobi
{
    private const double Epsilon = 2.220446049250313e-16;
    private const int SweepLimit = 60;

    /// <summary>Orthogonalises in place.</summary>
    /// <param name="rows">n x n; on return its rows are orthogonal, in no particular order.</param>
    /// <param name="accumulated">n rows; receives the same rotations.</param>
    /// <returns>Squared lengths of the rows.</returns>
    /// <exception cref="ArithmeticException">No convergence in 60 sweeps.</exception>
    internal static double[] Orthogonalise(DenseMatrix rows, DenseMatrix accumulated)
    {
        int size = rows.Rows;
        double tolerance = Math.Sqrt(size) * Epsilon;
        double[] squares = new double[size];
        int[] order = [.. Enumerable.Range(0, size)];
        for (int i = 0; i < size; i++) squares[i] = Kernels.NormSquared(rows.Row(i));
        for (int sweep = 0; sweep < SweepLimit; sweep++)
        {
            bool rotated = false;
            for (int first = 0; first < size - 1; first++)
                for (int second = first + 1; second < size; second++)
                {
                    if (squares[order[first]] < squares[order[second]]) (order[first], order[second]) = (order[second], order[first]);
                    rotated |= Rotate(rows, accumulated, squares, order[first], order[second], tolerance);
                }
            if (!rotated) return squares;
        }
        throw new ArithmeticException($"One-sided Jacobi did not converge in {SweepLimit} sweeps for a matrix of order {size}.");
    }

    private static bool Rotate(DenseMatrix rows, DenseMatrix accumulated, double[] squares, int p, int q, double tolerance)
    {
        if (squares[q] == 0) return false;
        Span<double> x = rows.Row(p), y = rows.Row(q);
        double product = Kernels.Dot(x, y);
        if (Math.Abs(product) <= tolerance * Math.Sqrt(squares[p]) * Math.Sqrt(squares[q])) return false;
        double zeta = (squares[q] - squares[p]) / (2 * product);
        double tangent = Math.CopySign(1 / (Math.Abs(zeta) + Math.Sqrt(1 + zeta * zeta)), zeta);
        double cosine = 1 / Math.Sqrt(1 + tangent * tangent), sine = cosine * tangent;
        Kernels.Rotate(x, y, cosine, -sine);
        squares[p] = Kernels.NormSquared(x);
        squares[q] = Kernels.NormSquared(y);
        Kernels.Rotate(accumulated.Row(p), accumulated.Row(q), cosine, -sine);
        return true;
    }
}
