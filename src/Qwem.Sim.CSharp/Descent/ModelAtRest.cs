using Qwem.Sim.LinearAlgebra;
using Qwem.Sim.Threading;

namespace Qwem.Sim.Descent;

/// <summary>When a model counts as being at rest.</summary>
public sealed record RestSettings
{
    /// <summary>Largest distance ||M - M*||_F / ||M||_F of M = W W' from its value at rest, as estimated; 1e-3 by default.</summary>
    public double Tolerance { get; init; } = 1e-3;

    /// <summary>Largest number of steps; 2000 by default.</summary>
    public int MaximumSteps { get; init; } = 2000;
}

/// <summary>How far a descent to rest is.</summary>
/// <param name="Step">Steps taken.</param>
/// <param name="Loss">The loss.</param>
/// <param name="Change">||M - M'||_F / ||M||_F, M' the matrix <see cref="ModelAtRest.Window"/> steps before, the largest of the last three; NaN before the sixth.</param>
/// <param name="Remaining">Estimate of what is left until rest, in the same unit, from the fall of six changes; NaN as long as they do not fall.</param>
public readonly record struct RestProgress(int Step, double Loss, double Change, double Remaining);

/// <summary>Where training ends: the minimum of a loss over all pairs of words, without a learning rate and without noise.</summary>
/// <remarks>
/// M = W W'. Quasi-Newton steps (<see cref="QuasiNewtonDirections"/>, 12 pairs) on top of the inverse of an approximate Hessian, D^1/2 (I x H + 2 s y y' x I) D^1/2.
/// H = 4 sum_j u_j w_j w_j', D = diag(u), is its diagonal block for a loss whose weight has rank one, A_ij = u_i u_j: u_i are the row sums of A = a p + c q over the root of their
/// total. So words that occur 10^5 times less often than others, and directions in which W is 100 times shorter, move at their own pace. s and y are the
/// leading eigenpair of D^-1/2 S D^-1/2, S the derivative of the loss by M at the start: with k = 5 negative pairs most entries of M should be negative, which no W W' is, and the pull that
/// is left is several times as stiff as H; without this term five times as many steps are needed (V = 2000, d = 50, word2vec's weights). A step costs 3 V^2 d operations or little
/// more; memory: 30 matrices V x d beside the objective's. The same bits on any number of threads. Directions that cost hardly any loss still move the
/// vectors, so rest is judged by M and not by the loss.
/// </remarks>
public sealed class ModelAtRest
{
    /// <summary>Steps between two looks at M.</summary>
    public const int Window = 10;

    private const int Memory = 12, PowerIterations = 8;

    // Of the falls that the slope promises, how much must come true.
    private const double SufficientFall = 1e-4;

    // What V^2 terms leave uncertain in the loss, and the shortest step that is tried.
    private const double Rounding = 1e-14, LeastStep = 1e-9;

    private readonly ExactObjective _objective;
    private readonly double[] _rowWeights;
    private readonly WorkerTeam _team;

    /// <summary>Prepares.</summary>
    /// <param name="objective">The loss, of a model of one matrix.</param>
    /// <param name="team">Threads, or null for the calling thread alone.</param>
    /// <exception cref="ArgumentException">The objective is one of two matrices, or gives a word no weight.</exception>
    public ModelAtRest(ExactObjective objective, WorkerTeam? team = null)
    {
        ArgumentNullException.ThrowIfNull(objective);
        if (objective.Asymmetric) throw new ArgumentException("The rest of a model of two matrices is not computed: only products of the two are determined.", nameof(objective));
        _objective = objective;
        _team = team ?? new WorkerTeam(1);
        _rowWeights = objective.RowWeights();
        if (Array.FindIndex(_rowWeights, u => !(u > 0)) is int word and >= 0) throw new ArgumentException($"Word {word} has no weight in the loss, so that its vector is not determined.", nameof(objective));
    }

    /// <summary>u_i: how much each word weighs; V numbers.</summary>
    public ReadOnlySpan<double> RowWeights => _rowWeights;

    /// <summary>Descends from a state until it is at rest.</summary>
    /// <param name="state">W, V x d; replaced by the state at rest, its columns orthogonal and in descending order of length.</param>
    /// <param name="settings">When to stop; null for the defaults.</param>
    /// <param name="progress">Receives every step; may be null.</param>
    /// <param name="cancellation">Checked during every step.</param>
    /// <returns>The last progress; <see cref="RestProgress.Remaining"/> above the tolerance, or NaN, means that the steps were used up.</returns>
    /// <exception cref="ArgumentException">The state has another shape or is zero.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; the state is then somewhere on the way.</exception>
    public RestProgress Run(DenseMatrix state, RestSettings? settings = null, IProgress<RestProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(state);
        settings ??= new RestSettings();
        int v = state.Rows, d = state.Columns;
        if (v != _objective.Rows) throw new ArgumentException($"The state has {v} words but the objective {_objective.Rows}.", nameof(state));
        FiniteMatrix.RequireFinite(state);
        DenseMatrix next = new(v, d), gradient = new(v, d), nextGradient = new(v, d), direction = new(v, d), marked = new(v, d);
        double[] work = new double[v * d];
        QuasiNewtonDirections directions = new(v * d, Memory, _team);
        double loss = _objective.Evaluate(state, gradient, cancellation);
        state.Values.CopyTo(marked.Values, 0);
        RestProgress now = new(0, loss, double.NaN, double.NaN);
        (double stiffness, double[] stiff) = Stiffest(state, cancellation);
        List<double> changes = [];
        while (now.Step < settings.MaximumSteps)
        {
            (DenseMatrix inverse, DenseMatrix correction) = Inverses(state, stiffness);
            Array.Copy(gradient.Values, direction.Values, work.Length);
            directions.Apply(direction.Values, values => Precondition(values, inverse, stiff, correction), work);
            double slope = directions.Dot(gradient.Values, direction.Values);
            if (!Advance(state, next, direction, nextGradient, directions, slope, ref loss, cancellation))
            {
                // Once without what the last steps have taught, and then the loss cannot be told to fall any more.
                if (directions.Count > 0)
                {
                    directions.Clear();
                    continue;
                }
                now = now with { Change = 0, Remaining = 0 };
                progress?.Report(now);
                break;
            }
            directions.Add(next.Values, state.Values, nextGradient.Values, gradient.Values);
            next.Values.CopyTo(state.Values, 0);
            (gradient, nextGradient) = (nextGradient, gradient);
            now = now with { Step = now.Step + 1, Loss = loss };
            if (now.Step % Window == 0)
            {
                changes.Add(Distance(state, marked));
                state.Values.CopyTo(marked.Values, 0);
                (double change, double remaining) = Outlook(changes);
                now = now with { Change = change, Remaining = remaining };
            }
            progress?.Report(now);
            if (Math.Max(now.Remaining, now.Change) <= settings.Tolerance) break;
        }
        Straighten(state);
        return now;
    }

    /// <summary>The first of the steps 1, 1/2, 1/4 .. along a direction that lowers the loss enough; false if there is none.</summary>
    private bool Advance(
        DenseMatrix state, DenseMatrix next, DenseMatrix direction, DenseMatrix nextGradient, QuasiNewtonDirections directions, double slope, ref double loss, CancellationToken cancellation)
    {
        if (!(slope > 0)) return false;
        double before = loss, rounding = Rounding * Math.Abs(before);
        for (double length = 1; length > LeastStep; length *= 0.5)
        {
            state.Values.CopyTo(next.Values, 0);
            directions.Axpy(-length, direction.Values, next.Values);
            loss = _objective.Evaluate(next, nextGradient, cancellation);
            if (loss <= before - SufficientFall * length * slope) return true;
            // Where the loss falls by less than its rounding, its slope decides: it must be smaller, whatever its sign.
            if (Math.Abs(loss - before) <= rounding && Math.Abs(directions.Dot(nextGradient.Values, direction.Values)) < 0.9 * slope) return true;
        }
        loss = before;
        return false;
    }

    /// <summary>The largest of the last three changes, and what is left if they go on falling as they did over the six last ones.</summary>
    private static (double Change, double Remaining) Outlook(List<double> changes)
    {
        if (changes.Count < 6) return (double.NaN, double.NaN);
        double late = changes.TakeLast(3).Max(), early = changes.TakeLast(6).Take(3).Max(), ratio = Math.Cbrt(late / early);
        return (late, late == 0 ? 0 : ratio < 1 ? late * ratio / (1 - ratio) : double.NaN);
    }

    /// <summary>s and y, by power iteration; s = 0 if the largest eigenvalue is not positive.</summary>
    private (double Stiffness, double[] Direction) Stiffest(DenseMatrix state, CancellationToken cancellation)
    {
        double[] roots = Array.ConvertAll(_rowWeights, Math.Sqrt), direction = (double[])roots.Clone();
        double quotient = 0;
        for (int iteration = 0; iteration < PowerIterations; iteration++)
        {
            Kernels.Scale(1 / Math.Sqrt(Kernels.NormSquared(direction)), direction);
            double[] image = _objective.SlopeTimes(state, [.. direction.Zip(roots, (x, root) => x / root)], cancellation);
            for (int i = 0; i < image.Length; i++) image[i] /= roots[i];
            quotient = Kernels.Dot(direction, image);
            if (!(quotient > 0)) return (0, direction);
            if (iteration < PowerIterations - 1) direction = image;
        }
        return (quotient, direction);
    }

    /// <summary>H^-1 and H^-1 - (H + 2 s)^-1, d x d; directions in which the model has no extent to speak of move like those in which it has a little.</summary>
    private (DenseMatrix Inverse, DenseMatrix Correction) Inverses(DenseMatrix state, double stiffness)
    {
        int d = state.Columns;
        DenseMatrix weighted = new(state.Rows, d), sum = new(d, d);
        state.Values.CopyTo(weighted.Values, 0);
        for (int i = 0; i < state.Rows; i++) Kernels.Scale(4 * _rowWeights[i], weighted.Row(i));
        MatrixProduct.Multiply(1, weighted, true, state, false, 0, sum, _team);
        Symmetrise(sum);
        SymmetricEigenDecomposition eigen = SymmetricEigenSolver.Decompose(sum, _team);
        double least = 1e-6 * eigen.Eigenvalues[0];
        if (!(least > 0)) throw new ArgumentException("The state is zero, where every direction is as good as another.", nameof(state));
        DenseMatrix Function(Func<double, double> function)
        {
            DenseMatrix scaled = new(d, d), result = new(d, d);
            for (int k = 0; k < d; k++)
            {
                eigen.Eigenvectors.Row(k).CopyTo(scaled.Row(k));
                Kernels.Scale(function(Math.Max(eigen.Eigenvalues[k], least)), scaled.Row(k));
            }
            MatrixProduct.Multiply(1, scaled, true, eigen.Eigenvectors, false, 0, result, _team);
            return result;
        }

        return (Function(h => 1 / h), Function(h => 1 / h - 1 / (h + 2 * stiffness)));
    }

    /// <summary>X becomes D^-1/2 (Y H^-1 - y (y'Y) (H^-1 - (H + 2 s)^-1)) with Y = D^-1/2 X.</summary>
    private void Precondition(double[] values, DenseMatrix inverse, double[] stiff, DenseMatrix correction)
    {
        int d = inverse.Rows;
        DenseMatrix scaled = new(_rowWeights.Length, d, (double[])values.Clone()), result = new(_rowWeights.Length, d, values);
        for (int i = 0; i < _rowWeights.Length; i++) Kernels.Scale(1 / Math.Sqrt(_rowWeights[i]), scaled.Row(i));
        DenseMatrix along = new(1, d), less = new(1, d);
        MatrixProduct.Multiply(1, new DenseMatrix(1, stiff.Length, stiff), false, scaled, false, 0, along, _team);
        MatrixProduct.Multiply(1, along, false, correction, false, 0, less, _team);
        MatrixProduct.Multiply(1, scaled, false, inverse, false, 0, result, _team);
        for (int i = 0; i < _rowWeights.Length; i++)
        {
            Kernels.Axpy(-stiff[i], less.Values, result.Row(i));
            Kernels.Scale(1 / Math.Sqrt(_rowWeights[i]), result.Row(i));
        }
    }

    /// <summary>||A A' - B B'||_F / ||A A'||_F, from products of d x d.</summary>
    private double Distance(DenseMatrix a, DenseMatrix b)
    {
        double Squared(DenseMatrix x, DenseMatrix y)
        {
            DenseMatrix product = new(x.Columns, y.Columns);
            MatrixProduct.Multiply(1, x, true, y, false, 0, product, _team);
            return Kernels.NormSquared(product.Values);
        }

        double own = Squared(a, a);
        return Math.Sqrt(Math.Max(0, own + Squared(b, b) - 2 * Squared(a, b)) / own);
    }

    /// <summary>Turns W so that its columns are orthogonal, the longest first, each with its entry of largest size positive.</summary>
    private void Straighten(DenseMatrix state)
    {
        int d = state.Columns;
        DenseMatrix gram = new(d, d), turned = new(state.Rows, d);
        MatrixProduct.Multiply(1, state, true, state, false, 0, gram, _team);
        Symmetrise(gram);
        SymmetricEigenDecomposition eigen = SymmetricEigenSolver.Decompose(gram, _team);
        MatrixProduct.Multiply(1, state, false, eigen.Eigenvectors, true, 0, turned, _team);
        double[] column = new double[state.Rows];
        for (int k = 0; k < d; k++)
        {
            for (int i = 0; i < column.Length; i++) column[i] = turned[i, k];
            double sign = SymmetricEigenSolver.LargestIsNegative(column) ? -1 : 1;
            for (int i = 0; i < column.Length; i++) state[i, k] = sign * column[i];
        }
    }

    private static void Symmetrise(DenseMatrix matrix)
    {
        for (int i = 0; i < matrix.Rows; i++)
            for (int j = 0; j < i; j++) matrix[i, j] = matrix[j, i];
    }
}
