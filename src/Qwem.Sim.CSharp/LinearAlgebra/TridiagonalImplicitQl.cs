namespace Qwem.Sim.LinearAlgebra;

/// <summary>Implicit QL iteration for small symmetric tridiagonal matrices: the leaves of divide and conquer.</summary>
/// <remarks>Wilkinson shifts; Martin and Wilkinson (1968), Numerische Mathematik 12. Eigenvectors are rows, so every rotation is contiguous.</remarks>
internal static unsafe class TridiagonalImplicitQl
{
    private const double Epsilon = 2.220446049250313e-16;

    /// <summary>Diagonalises in place.</summary>
    /// <param name="diagonal">Diagonal of length n; receives the eigenvalues, unordered.</param>
    /// <param name="offDiagonal">Off-diagonal of length n - 1 at least; destroyed.</param>
    /// <param name="size">n.</param>
    /// <param name="rows">n rows to rotate: the identity on entry, eigenvector k in row k on return.</param>
    /// <param name="stride">Step between rows.</param>
    /// <exception cref="ArithmeticException">No convergence in 60 steps for one eigenvalue.</exception>
    internal static void Diagonalise(double* diagonal, double* offDiagonal, int size, double* rows, nint stride)
    {
        double largest = 0;
        for (int i = 0; i < size; i++) largest = Math.Max(largest, Math.Abs(diagonal[i]));
        for (int i = 0; i < size - 1; i++) largest = Math.Max(largest, Math.Abs(offDiagonal[i]));
        double negligible = Epsilon * Epsilon * largest;
        for (int low = 0; low < size; low++)
        {
            for (int step = 0; ; step++)
            {
                int high = low;
                while (high < size - 1 && Math.Abs(offDiagonal[high]) > Epsilon * (Math.Abs(diagonal[high]) + Math.Abs(diagonal[high + 1])) + negligible) high++;
                if (high == low) break;
                if (step == 60) throw new ArithmeticException($"The QL iteration did not converge for eigenvalue {low} of a block of {size}.");
                Sweep(diagonal, offDiagonal, low, high, size, rows, stride);
            }
        }
    }

    /// <summary>Length of (x, y) without overflow or harmful underflow.</summary>
    internal static double Length(double x, double y)
    {
        double large = Math.Max(Math.Abs(x), Math.Abs(y)), small = Math.Min(Math.Abs(x), Math.Abs(y));
        if (large == 0) return 0;
        double ratio = small / large;
        return large * Math.Sqrt(1 + ratio * ratio);
    }

    private static void Sweep(double* diagonal, double* offDiagonal, int low, int high, int size, double* rows, nint stride)
    {
        if (high < size - 1) offDiagonal[high] = 0;
        double shift = (diagonal[low + 1] - diagonal[low]) / (2 * offDiagonal[low]);
        shift = diagonal[high] - diagonal[low] + offDiagonal[low] / (shift + Math.CopySign(Length(shift, 1), shift));
        double sine = 1, cosine = 1, correction = 0;
        for (int i = high - 1; i >= low; i--)
        {
            double f = sine * offDiagonal[i], b = cosine * offDiagonal[i], length = Length(f, shift);
            if (i + 1 < high) offDiagonal[i + 1] = length;
            if (length == 0)
            {
                diagonal[i + 1] -= correction;
                return;
            }
            sine = f / length;
            cosine = shift / length;
            shift = diagonal[i + 1] - correction;
            double r = (diagonal[i] - shift) * sine + 2 * cosine * b;
            correction = sine * r;
            diagonal[i + 1] = shift + correction;
            shift = cosine * r - b;
            Kernels.Rotate(rows + (i + 1) * stride, rows + i * stride, size, cosine, sine);
        }
        diagonal[low] -= correction;
        offDiagonal[low] = shift;
    }
}
