namespace Qwem.Sim.LinearAlgebra;

/// <summary>Householder QR factorisation, A = Q R, without pivoting.</summary>
/// <remarks>
/// Column-wise backward stable: R is exact for a matrix whose column j differs from that of A by at most a small multiple of
/// m n u times its length, u = 2^-53 (Higham 2002, theorem 19.4). Single-threaded; the same bits on every instruction set.
/// </remarks>
internal static class QrFactor
{
    /// <summary>The factor R, made unique by a diagonal that is not negative.</summary>
    /// <param name="matrix">m x n, finite; not changed.</param>
    /// <returns>min(m, n) x n, upper trapezoidal (zero below the diagonal), unit of the entries.</returns>
    /// <exception cref="ArgumentException">An entry is NaN or infinite.</exception>
    public static DenseMatrix UpperTrapezoidal(DenseMatrix matrix) => Factor(matrix, out _, out _);

    /// <summary>Both factors: R as in <see cref="UpperTrapezoidal"/> and the thin Q.</summary>
    /// <param name="matrix">m x n, finite; not changed.</param>
    /// <param name="orthonormalRows">min(m, n) x m: ROW k is column k of Q, so that each is contiguous.</param>
    /// <returns>R, min(m, n) x n.</returns>
    /// <exception cref="ArgumentException">An entry is NaN or infinite.</exception>
    public static DenseMatrix Decompose(DenseMatrix matrix, out DenseMatrix orthonormalRows)
    {
        DenseMatrix triangle = Factor(matrix, out ColumnReflectors reflectors, out bool[] flipped);
        orthonormalRows = new DenseMatrix(triangle.Rows, matrix.Rows);
        for (int k = 0; k < triangle.Rows; k++)
        {
            Span<double> row = orthonormalRows.Row(k);
            row[k] = flipped[k] ? -1 : 1;
            reflectors.ApplyTo(row);
        }
        return triangle;
    }

    private static DenseMatrix Factor(DenseMatrix matrix, out ColumnReflectors reflectors, out bool[] flipped)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        double largest = FiniteMatrix.RequireFinite(matrix);
        int exponent = largest == 0 ? 0 : Math.Clamp(Math.ILogB(largest), -1000, 1000);
        double factor = Math.ScaleB(1, -exponent), unit = Math.ScaleB(1, exponent);
        int length = matrix.Rows, count = matrix.Columns;
        double[] columns = new double[length * count];
        for (int i = 0; i < length; i++)
            for (int j = 0; j < count; j++) columns[j * length + i] = matrix[i, j] * factor;
        reflectors = new ColumnReflectors(columns, count, length, pivot: false);
        DenseMatrix triangle = reflectors.Triangle();
        flipped = new bool[triangle.Rows];
        for (int k = 0; k < triangle.Rows; k++)
        {
            flipped[k] = triangle[k, k] < 0;
            Kernels.Scale(flipped[k] ? -unit : unit, triangle.Row(k)[k..]);
        }
        return triangle;
    }
}
