using Qwem.Sim.Threading;

namespace Qwem.Sim.LinearAlgebra;

/// <summary>Some eigenpairs, at the ends of the spectrum, of a symmetric operator that may be far too large for a dense decomposition.</summary>
/// <remarks>
/// Block Lanczos with full reorthogonalisation and thick restarts (Wu and Simon 2000, SIAM J. Matrix Anal. Appl. 22(2); block
/// form after Golub and Underwood 1977). Matrices so small, or so many pairs, that the basis would hold half of the space are
/// decomposed by <see cref="SymmetricEigenSolver"/>. Accuracy: ||A v - lambda v|| at most max(tolerance |lambda|, 16 n^1/2 u ||A||), u = 2^-53,
/// for every pair, measured on the returned vectors; the vectors are orthonormal to about 1e-12. No Krylov method can prove that
/// no wanted eigenvalue was missed; as a check, products with fresh random vectors after convergence must not change the eigenvalues. Memory: (basis + 3 blocks + d) n numbers.
/// The same bits for every team and instruction set when the operator keeps them.
/// </remarks>
public static class KrylovEigenSolver
{
    /// <summary>The <paramref name="count"/> eigenpairs that the settings ask for.</summary>
    /// <param name="matrix">The operator, n x n.</param>
    /// <param name="count">d, 1 .. n.</param>
    /// <param name="team">The threads, or null for the calling thread alone; the result does not depend on how many there are.</param>
    /// <param name="settings">Part of the spectrum, tolerance, sizes; null for the defaults.</param>
    /// <param name="progress">Receives the progress after every product; may be null.</param>
    /// <param name="cancellation">Checked between products.</param>
    /// <returns>Eigenvalues, eigenvectors and measured residuals.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> or a setting is outside its range.</exception>
    /// <exception cref="EigenConvergenceException">The products allowed did not suffice; it holds the residuals reached.</exception>
    /// <exception cref="ArithmeticException">A product with the operator is not finite.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was requested.</exception>
    public static PartialSpectrum Solve(
        ISymmetricOperator matrix,
        int count,
        WorkerTeam? team = null,
        KrylovSettings? settings = null,
        IProgress<WorkProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        team ??= new WorkerTeam(1);
        settings ??= new KrylovSettings();
        int order = matrix.Order;
        Check(settings);
        int largest = LargestCount(order, settings);
        if (count < 1 || count > largest)
            throw new ArgumentOutOfRangeException(nameof(count), count, $"A matrix of order {order} has 1 .. {largest} eigenpairs to ask for{(largest < order ? ": the basis for more does not fit one array" : "")}.");
        (int width, int capacity) = Sizes(order, count, settings);
        if (2L * capacity > order) return Densely(matrix, count, team, settings, progress, cancellation);
        BlockLanczos iteration = new(matrix, count, width, capacity, settings, team);
        (double[] eigenvalues, DenseMatrix eigenvectors) = iteration.Run(progress, cancellation);
        double[] residuals = ResidualNorms.Measure(matrix, eigenvalues, eigenvectors, iteration.Workspace, team, cancellation);
        for (int k = 0; k < count; k++)
            if (!(residuals[k] <= iteration.Allowed(eigenvalues[k]))) throw new EigenConvergenceException(residuals, eigenvalues, iteration.Products);
        return new PartialSpectrum(eigenvalues, eigenvectors, residuals, iteration.Products);
    }

    /// <summary>Most eigenpairs that can be asked of a matrix of order n: n up to <see cref="SymmetricEigenSolver.LargestOrder"/>, for a dense decomposition.</summary>
    /// <remarks>Beyond that the basis, of at least d and three blocks of b vectors, must fit one array and hold no more than half of the space: d at most 2,147,483,591 / n - 3 b and n / 2 - 2 b, b = 24 unless set.</remarks>
    /// <param name="order">n.</param>
    /// <param name="settings">Sizes; null for the defaults.</param>
    public static int LargestCount(int order, KrylovSettings? settings = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(order, 1);
        if (order <= SymmetricEigenSolver.LargestOrder) return order;
        long width = Width(order, settings ?? new KrylovSettings());
        return (int)Math.Max(0, Math.Min(DenseMatrix.LargestLength / order - 3 * width, order / 2 - 2 * width));
    }

    private static void Check(KrylovSettings settings)
    {
        if (!Enum.IsDefined(settings.Part)) throw new ArgumentOutOfRangeException(nameof(settings), settings.Part, "There is no such part of the spectrum.");
        if (!(settings.Tolerance is >= 1e-14 and <= 0.1))
            throw new ArgumentOutOfRangeException(nameof(settings), settings.Tolerance, "The tolerance must be 1e-14 .. 0.1.");
        ArgumentOutOfRangeException.ThrowIfNegative(settings.BlockSize, nameof(settings));
        ArgumentOutOfRangeException.ThrowIfNegative(settings.BasisSize, nameof(settings));
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.ProductLimit, 1, nameof(settings));
    }

    /// <summary>Width of a block and vectors of the basis. A basis of 4 d rarely needs a second restart; 24 columns are one tile of the matrix product.</summary>
    private static (int Width, int Capacity) Sizes(int order, int count, KrylovSettings settings)
    {
        int width = Width(order, settings);
        long least = count + 2L * width, most = Math.Min(Math.Max(least, order / 2), DenseMatrix.LargestLength / order - width);
        long capacity = settings.BasisSize != 0 ? Math.Max(settings.BasisSize, least) : Math.Max(4L * count, count + 10L * width);
        return (width, (int)Math.Min(capacity, most));
    }

    private static int Width(int order, KrylovSettings settings) => settings.BlockSize != 0 ? settings.BlockSize : order < 4000 ? 8 : 24;

    private static PartialSpectrum Densely(
        ISymmetricOperator matrix, int count, WorkerTeam team, KrylovSettings settings, IProgress<WorkProgress>? progress, CancellationToken cancellation)
    {
        int order = matrix.Order;
        DenseMatrix unit = new(order, order), dense = new(order, order);
        for (int i = 0; i < order; i++) unit[i, i] = 1;
        matrix.Multiply(unit, dense, team);
        foreach (double entry in dense.Values)
            if (!double.IsFinite(entry)) throw new ArithmeticException("An entry of the matrix is not finite; check it for NaN and infinities.");
        SymmetricEigenDecomposition all = SymmetricEigenSolver.Decompose(dense, team, null, cancellation);
        int[] wanted = SpectrumOrder.Wanted(settings.Part, all.Eigenvalues, count);
        double[] eigenvalues = new double[count];
        DenseMatrix eigenvectors = new(count, order);
        for (int k = 0; k < count; k++)
        {
            eigenvalues[k] = all.Eigenvalues[wanted[k]];
            all.Eigenvectors.Row(wanted[k]).CopyTo(eigenvectors.Row(k));
        }
        progress?.Report(new WorkProgress(count, count));
        double[] residuals = ResidualNorms.Measure(matrix, eigenvalues, eigenvectors, (new(order, count), new(order, count)), team, cancellation);
        return new PartialSpectrum(eigenvalues, eigenvectors, residuals, 0);
    }
}
