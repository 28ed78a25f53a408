using Qwem.Sim.LinearAlgebra;
using Qwem.Sim.Threading;

namespace Qwem.Sim.Spectra;

/// <summary>The entries of unseen pairs of a shrunk target as a matrix of low rank, U diag(weights) U'.</summary>
/// <remarks>
/// Such an entry is f = a + b / (1 + e^-(u_i + u_j + c)) with u_i = ln P_i: analytic in u up to a distance pi from the real axis. It is interpolated in
/// both variables at n + 1 Chebyshev points of [min u, max u]; h is half the length. In one variable the error is at most
/// e = 4 |b| M rho^-n / (rho - 1) (Trefethen 2013, Approximation Theory and Approximation Practice, theorem 8.2) for the ellipse with
/// semi-minor axis y &lt; pi, rho = y/h + (1 + (y/h)^2)^1/2 and M = 1 / sin(max(y, pi/2)); in two, (1 + Lambda) e with Lebesgue's constant
/// Lambda &lt;= 1 + (2/pi) ln(n + 1). The matrix of values at the points is then cut to its eigenvalues that matter, which adds at most Lambda^2
/// times the sum of those left out. <see cref="ErrorBound"/> is the sum of both.
/// </remarks>
internal sealed class UnseenExpansion
{
    /// <summary>What <see cref="ErrorBound"/> is made to stay below, as a share of |b|.</summary>
    private const double Accuracy = 1e-12;

    private const int LargestDegree = 2000;

    /// <summary>Expands a + b / (1 + e^-(ln P_i + ln P_j + c)).</summary>
    /// <param name="probabilities">P_i, positive.</param>
    /// <param name="constant">a.</param>
    /// <param name="slope">b.</param>
    /// <param name="shift">c.</param>
    /// <param name="team">The threads.</param>
    internal UnseenExpansion(double[] probabilities, double constant, double slope, double shift, WorkerTeam team)
    {
        double low = Math.Log(probabilities.Min()), high = Math.Log(probabilities.Max());
        double middle = 0.5 * (low + high), half = 0.5 * (high - low);
        (int degree, double error, double lebesgue) = Degree(half);
        double[] points = new double[degree + 1];
        for (int m = 0; m <= degree; m++) points[m] = Math.Cos(Math.PI * (m + 0.5) / (degree + 1));
        DenseMatrix core = new(degree + 1, degree + 1);
        for (int m = 0; m <= degree; m++)
            for (int l = 0; l <= degree; l++)
                core[m, l] = constant + slope / (1 + Math.Exp(-(2 * middle + half * (points[m] + points[l]) + shift)));
        SymmetricEigenDecomposition spectrum = SymmetricEigenSolver.Decompose(core, team);
        int[] order = [.. Enumerable.Range(0, degree + 1).OrderByDescending(k => Math.Abs(spectrum.Eigenvalues[k])).ThenBy(k => k)];
        double left = 0, allowed = 0.5 * Accuracy * Math.Abs(slope) / (lebesgue * lebesgue);
        int rank = degree + 1;
        while (rank > 1 && left + Math.Abs(spectrum.Eigenvalues[order[rank - 1]]) <= allowed) left += Math.Abs(spectrum.Eigenvalues[order[--rank]]);
        ErrorBound = Math.Abs(slope) * error + lebesgue * lebesgue * left;
        Weights = new double[rank];
        for (int k = 0; k < rank; k++) Weights[k] = spectrum.Eigenvalues[order[k]];
        Factors = new DenseMatrix(probabilities.Length, rank);
        double[] basis = new double[degree + 1];
        for (int i = 0; i < probabilities.Length; i++)
        {
            // Words of equal counts are neighbours and have equal rows.
            if (i > 0 && probabilities[i] == probabilities[i - 1])
            {
                Factors.Row(i - 1).CopyTo(Factors.Row(i));
                continue;
            }
            Lagrange(half == 0 ? 0 : (Math.Log(probabilities[i]) - middle) / half, points, basis);
            for (int k = 0; k < rank; k++) Factors[i, k] = Kernels.Dot(basis, spectrum.Eigenvectors.Row(order[k]));
        }
    }

    /// <summary>U, V x r.</summary>
    internal DenseMatrix Factors { get; }

    /// <summary>r weights.</summary>
    internal double[] Weights { get; }

    /// <summary>No entry is farther from the exact one, rounding aside.</summary>
    internal double ErrorBound { get; }

    /// <summary>The degree that suffices, its error for b = 1 in two variables, and Lebesgue's constant.</summary>
    private static (int Degree, double Error, double Lebesgue) Degree(double half)
    {
        if (half == 0) return (0, 0, 1);
        for (int degree = 1; degree <= LargestDegree; degree++)
        {
            double lebesgue = 1 + 2 / Math.PI * Math.Log(degree + 1), best = double.PositiveInfinity;
            for (int step = 1; step < 64; step++)
            {
                double y = Math.PI * step / 64, rho = y / half + Math.Sqrt(1 + y / half * (y / half));
                best = Math.Min(best, 4 / Math.Sin(Math.Max(y, Math.PI / 2)) * Math.Pow(rho, -degree) / (rho - 1));
            }
            if ((1 + lebesgue) * best <= 0.5 * Accuracy) return (degree, (1 + lebesgue) * best, lebesgue);
        }
        throw new ArithmeticException($"Word frequencies that range over a factor of e^{2 * half:F0} are too many for the expansion of unseen pairs; choose a smaller vocabulary.");
    }

    /// <summary>The Lagrange polynomials of the Chebyshev points at x, by the barycentric formula.</summary>
    private static void Lagrange(double x, double[] points, double[] basis)
    {
        double sum = 0;
        for (int m = 0; m < points.Length; m++)
        {
            double distance = x - points[m];
            if (distance == 0)
            {
                Array.Clear(basis);
                basis[m] = 1;
                return;
            }
            double weight = Math.Sin(Math.PI * (m + 0.5) / points.Length) / distance;
            sum += basis[m] = (m & 1) == 0 ? weight : -weight;
        }
        for (int m = 0; m < points.Length; m++) basis[m] /= sum;
    }
}
