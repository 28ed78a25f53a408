using Qwem.Sim.Random;
using Qwem.Sim.Threading;

namespace Qwem.Sim.LinearAlgebra;

/// <summary>The iteration of <see cref="KrylovEigenSolver"/>: grow the basis by a block, solve the projected problem, restart when it is full.</summary>
internal sealed class BlockLanczos
{
    /// <summary>Stream of the start block; the streams of training are small numbers.</summary>
    private const ulong StartStream = 0x4B72796C6F76;

    /// <summary>Products with fresh random vectors after convergence: an eigenvector orthogonal to the start block would appear among them.</summary>
    private const int ProbeProducts = 4;

    /// <summary>Share of the products expected to be missing after which convergence is checked: it speeds up within a cycle.</summary>
    private const double CheckedShare = 0.75;

    private const double Roundoff = 1.1102230246251565e-16;

    private readonly ISymmetricOperator _matrix;
    private readonly KrylovSettings _settings;
    private readonly WorkerTeam _team;
    private readonly int _count, _width, _capacity;
    private readonly KrylovBasis _basis;
    private readonly BlockOrthonormaliser _orthonormaliser;
    private readonly DenseMatrix _block, _product, _projected, _coefficients, _coupling;
    private int _used, _first, _checked;
    private double _size, _missing = double.PositiveInfinity;

    internal BlockLanczos(ISymmetricOperator matrix, int count, int width, int capacity, KrylovSettings settings, WorkerTeam team)
    {
        (_matrix, _count, _width, _capacity, _settings, _team) = (matrix, count, width, capacity, settings, team);
        // Read once: the layout of the memory depends on it.
        int order = matrix.Order;
        _basis = new KrylovBasis(order, capacity + width, team);
        _orthonormaliser = new BlockOrthonormaliser(_basis, width, new CounterRandom(settings.Seed, StartStream), team);
        _block = new DenseMatrix(order, width);
        _product = new DenseMatrix(order, width);
        _projected = new DenseMatrix(capacity, capacity);
        _coefficients = new DenseMatrix(capacity, width);
        _coupling = new DenseMatrix(width, width);
    }

    /// <summary>Products made so far.</summary>
    internal int Products { get; private set; }

    /// <summary>Two n x b blocks that are free once the iteration has ended.</summary>
    internal (DenseMatrix Block, DenseMatrix Product) Workspace => (_block, _product);

    /// <summary>The residual that an eigenvalue may have.</summary>
    internal double Allowed(double eigenvalue) => Math.Max(_settings.Tolerance * Math.Abs(eigenvalue), 16 * Math.Sqrt(_basis.Length) * Roundoff * _size);

    /// <summary>The residual to reach; a tenth: the residuals that a probe drops for several copies of one eigenvalue add up, and the rest leaves room for them.</summary>
    private double Target(double eigenvalue) => 0.1 * Allowed(eigenvalue);

    /// <summary>Runs to the end.</summary>
    internal (double[] Eigenvalues, DenseMatrix Eigenvectors) Run(IProgress<WorkProgress>? progress, CancellationToken cancellation)
    {
        _orthonormaliser.Draw(_product, -1);
        _orthonormaliser.Run(_product, 0, 0, _coupling);
        _basis.Store(0, _product);
        int nextCheck = Math.Min(_capacity, 2 * _count), converged = 0;
        double[]? probed = null;
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            Grow();
            bool full = _used + _width > _capacity, last = Products >= _settings.ProductLimit;
            if (_used >= _count && (full || last || _used >= nextCheck))
            {
                SymmetricEigenDecomposition ritz = Decompose();
                int[] wanted = SpectrumOrder.Wanted(_settings.Part, ritz.Eigenvalues, _count);
                double[] values = [.. wanted.Select(place => ritz.Eigenvalues[place])], residuals = Residuals(ritz, wanted);
                converged = Enumerable.Range(0, _count).Count(k => residuals[k] <= Target(values[k]));
                bool done = converged == _count;
                if (done && (last || (probed is not null && Unchanged(probed, values)))) return Result(ritz, wanted, cancellation);
                if (last) throw new EigenConvergenceException(residuals, values, Products);
                if (full || done) Restart(ritz, onlyWanted: done);
                probed = done ? values : null;
                if (done) Probe();
                nextCheck = done ? _used + ProbeProducts * _width : NextCheck(values, residuals);
            }
            progress?.Report(new WorkProgress(converged, _count));
        }
    }

    /// <summary>Products before the next check, which costs a dense decomposition of the projected matrix, as much as a product or more.</summary>
    /// <remarks>The slowest pair is taken to go on as between the last two checks; an estimate beyond the capacity means the end of the cycle.</remarks>
    private int NextCheck(double[] values, double[] residuals)
    {
        double missing = 0;
        for (int k = 0; k < values.Length; k++) missing = Math.Max(missing, Math.Log(residuals[k] / Target(values[k])));
        double pace = (_missing - missing) / (Products - _checked);
        (_missing, _checked) = (missing, Products);
        if (double.IsInfinity(pace)) return (_used + _capacity) / 2;
        return pace > 0 ? (int)Math.Min(_capacity, _used + Math.Max(1, CheckedShare * missing / pace) * _width) : _capacity;
    }

    /// <summary>Replaces the next block by random vectors orthogonal to the basis.</summary>
    /// <remarks>
    /// In exact arithmetic a Krylov space holds no more copies of a repeated eigenvalue than its block has columns. What is dropped are the
    /// residuals of converged pairs.
    /// </remarks>
    private void Probe()
    {
        _orthonormaliser.Draw(_product, -1);
        for (int pass = 0; pass < 2; pass++) _basis.Remove(0, _used, _product, _coefficients);
        _orthonormaliser.Run(_product, _used, 0, _coupling);
        _basis.Store(_used, _product);
    }

    private bool Unchanged(double[] before, double[] after)
    {
        for (int k = 0; k < after.Length; k++)
            if (!(Math.Abs(after[k] - before[k]) <= Allowed(after[k]))) return false;
        return true;
    }

    /// <summary>Multiplies the newest block, extends the projected matrix and makes the next block.</summary>
    private void Grow()
    {
        _basis.Load(_used, _block);
        _matrix.Multiply(_block, _product, _team);
        Products++;
        int end = _used + _width;
        // By the recurrence the product reaches back one block, or after a restart to all that was kept; the second pass, over all of
        // the basis, removes what rounding has put elsewhere.
        _size = Math.Max(_size, LongestColumn());
        int back = _first;
        _basis.Remove(back, end, _product, _coefficients);
        Record(back, end, add: false);
        _basis.Remove(0, end, _product, _coefficients);
        Record(0, end, add: true);
        _orthonormaliser.Run(_product, end, _size, _coupling);
        _basis.Store(end, _product);
        (_first, _used) = (_used, end);
    }

    private double LongestColumn()
    {
        double longest = 0;
        double[] squares = new double[_width];
        for (int i = 0; i < _product.Rows; i++)
            for (int j = 0; j < _width; j++) squares[j] = Math.FusedMultiplyAdd(_product[i, j], _product[i, j], squares[j]);
        foreach (double square in squares) longest = Math.Max(longest, Math.Sqrt(square));
        return longest;
    }

    /// <summary>Writes, or adds, the coefficients of the newest block into the projected matrix and its mirror image.</summary>
    private void Record(int first, int end, bool add)
    {
        for (int i = first; i < end; i++)
            for (int j = 0; j < _width; j++)
                _projected[i, _used + j] = _coefficients[i - first, j] + (add ? _projected[i, _used + j] : 0);
        for (int i = first; i < end; i++)
            for (int j = 0; j < _width; j++)
            {
                int column = _used + j;
                if (i < _used) _projected[column, i] = _projected[i, column];
                else if (i < column) _projected[column, i] = _projected[i, column] = 0.5 * (_projected[i, column] + _projected[column, i]);
            }
    }

    private SymmetricEigenDecomposition Decompose()
    {
        DenseMatrix leading = new(_used, _used);
        for (int i = 0; i < _used; i++) _projected.Row(i)[.._used].CopyTo(leading.Row(i));
        return SymmetricEigenSolver.Decompose(leading, _team);
    }

    /// <summary>Residuals of Ritz pairs: the next block times the last entries of the small eigenvector.</summary>
    private double[] Residuals(SymmetricEigenDecomposition ritz, int[] wanted)
    {
        double[] residuals = new double[wanted.Length];
        for (int k = 0; k < wanted.Length; k++)
        {
            ReadOnlySpan<double> last = ritz.Eigenvectors.Row(wanted[k])[(_used - _width)..];
            double sum = 0;
            for (int i = 0; i < _width; i++)
            {
                double part = Kernels.Dot(_coupling.Row(i), last);
                sum = Math.FusedMultiplyAdd(part, part, sum);
            }
            residuals[k] = Math.Sqrt(sum);
        }
        return residuals;
    }

    /// <summary>Keeps the wanted Ritz vectors, and some beyond them so that the next cycle starts from a larger gap.</summary>
    /// <param name="ritz">The projected problem's eigenpairs.</param>
    /// <param name="onlyWanted">Nothing beyond them, as before a probe: it drops the next block, which the others still need.</param>
    private void Restart(SymmetricEigenDecomposition ritz, bool onlyWanted)
    {
        int kept = onlyWanted ? _count : Math.Min(_count + Math.Max(_width, (_capacity - _count) / 3), _capacity - _width);
        int[] order = SpectrumOrder.Preference(_settings.Part, ritz.Eigenvalues)[..kept];
        DenseMatrix combination = new(kept, _used);
        for (int k = 0; k < kept; k++) ritz.Eigenvectors.Row(order[k]).CopyTo(combination.Row(k));
        _basis.Combine(combination);
        _basis.Move(_used, kept, _width);
        Array.Clear(_projected.Values);
        for (int k = 0; k < kept; k++) _projected[k, k] = ritz.Eigenvalues[order[k]];
        (_first, _used) = (0, kept);
    }

    private (double[] Eigenvalues, DenseMatrix Eigenvectors) Result(SymmetricEigenDecomposition ritz, int[] wanted, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        DenseMatrix combination = new(_count, _used), vectors = new(_count, _basis.Length);
        for (int k = 0; k < _count; k++) ritz.Eigenvectors.Row(wanted[k]).CopyTo(combination.Row(k));
        _basis.Expand(combination, vectors);
        _team.Run(_count, k =>
        {
            Span<double> vector = vectors.Row(k);
            double scale = 1 / Math.Sqrt(Kernels.NormSquared(vector));
            Kernels.Scale(SymmetricEigenSolver.LargestIsNegative(vector) ? -scale : scale, vector);
        });
        return ([.. wanted.Select(place => ritz.Eigenvalues[place])], vectors);
    }
}
