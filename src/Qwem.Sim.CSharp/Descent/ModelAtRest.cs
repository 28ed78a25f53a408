using Qwem.Sim.Cooccurrence;
using Qwem.Sim.LinearAlgebra;
using Qwem.Sim.Spectra;
using Qwem.Sim.Threading;

namespace Qwem.Sim.Descent;

/// <summary>When a model counts as being at rest.</summary>
public sealed record RestSettings
{
    /// <summary>Largest distance ||M - M*||_F / ||M||_F of M = W W' from its value at rest, as estimated; 1e-3 by default; positive and finite.</summary>
    public double Tolerance { get; init; } = 1e-3;

    /// <summary>Largest number of steps, 0 or more; 2000 by default.</summary>
    public int MaximumSteps { get; init; } = 2000;
}

/// <summary>How far a descent to rest is.</summary>
/// <param name="Step">Steps taken.</param>
/// <param name="Loss">The loss.</param>
/// <param name="Change">||M - M'||_F / ||M||_F, M' the matrix <see cref="ModelAtRest.Window"/> steps before, the largest of the last three; NaN before the sixth.</param>
/// <param name="Remaining">Estimate of what is left until rest, in the same unit, from the fall of six changes; NaN as long as they do not fall. Where rounding hides the fall of the
/// loss, both are the length of the next step.</param>
public readonly record struct RestProgress(int Step, double Loss, double Change, double Remaining);

/// <summary>Where training ends: the minimum of a loss over all pairs of words, without a learning rate and without noise.</summary>
/// <remarks>
/// M = W W'. Quasi-Newton steps (<see cref="QuasiNewtonDirections"/>, 12 pairs) on top of a <see cref="RestPreconditioner"/>. A step costs 3 V^2 d operations or little more;
/// memory: 31 matrices V x d beside the objective's. The same bits on any number of threads. Directions that cost hardly any loss still move the
/// vectors, so rest is judged by M and not by the loss.
/// </remarks>
public sealed class ModelAtRest
{
    /// <summary>Steps between two measurements of M.</summary>
    public const int Window = 10;

    private const int Memory = 12;

    // Share of the decrease predicted by the slope that a step must achieve (Armijo's condition).
    private const double SufficientFall = 1e-4;

    // Relative rounding of a loss of V^2 terms, and the shortest step that is tried.
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

    /// <summary>A state close to rest: where training would end if the weight of the quadratic loss had rank one, u_i u_j.</summary>
    /// <param name="counts">The counts that the loss was made of.</param>
    /// <param name="target">M*.</param>
    /// <param name="dimension">d.</param>
    /// <param name="progress">Receives how many eigenpairs are found; may be null.</param>
    /// <param name="cancellation">Ends the work early.</param>
    /// <returns>V x d; directions whose eigenvalue is not positive are zero.</returns>
    /// <exception cref="ArgumentException">The counts have another number of words than the loss, or the target cannot be made of them.</exception>
    /// <exception cref="ArithmeticException">No eigenvalue is positive.</exception>
    public DenseMatrix Start(
        CooccurrenceCounts counts, TargetSettings target, int dimension, IProgress<WorkProgress>? progress = null, CancellationToken cancellation = default) =>
        RankOneEnd.Create(counts, target, _rowWeights, dimension, _team, progress, cancellation);

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
        if (!(settings.Tolerance > 0 && double.IsFinite(settings.Tolerance))) throw new ArgumentOutOfRangeException(nameof(settings), settings.Tolerance, "The tolerance must be positive and finite.");
        ArgumentOutOfRangeException.ThrowIfNegative(settings.MaximumSteps, nameof(settings));
        int v = state.Rows, d = state.Columns;
        if (v != _objective.Rows) throw new ArgumentException($"The state has {v} words but the objective {_objective.Rows}.", nameof(state));
        FiniteMatrix.RequireFinite(state);
        DenseMatrix next = new(v, d), gradient = new(v, d), nextGradient = new(v, d), direction = new(v, d), marked = new(v, d);
        double[] work = new double[v * d];
        QuasiNewtonDirections directions = new(v * d, Memory, _team);
        double loss = _objective.Evaluate(state, gradient, cancellation);
        state.Values.CopyTo(marked.Values, 0);
        RestProgress now = new(0, loss, double.NaN, double.NaN);
        RestPreconditioner preconditioner = new(_objective, _rowWeights, state, _team, cancellation);
        List<double> changes = [];
        while (now.Step < settings.MaximumSteps)
        {
            preconditioner.MoveTo(state);
            gradient.Values.CopyTo(direction.Values, 0);
            directions.Apply(direction.Values, preconditioner.Apply, work);
            double slope = directions.Dot(gradient.Values, direction.Values);
            if (!Advance(state, next, direction, nextGradient, directions, slope, ref loss, cancellation))
            {
                // Once more without the pairs of the last steps; if that fails too, no decrease can be measured any more, and the next step is the estimate of what is left.
                if (directions.Count > 0)
                {
                    directions.Clear();
                    continue;
                }
                state.Values.CopyTo(next.Values, 0);
                directions.Axpy(-1, direction.Values, next.Values);
                double left = Distance(state, next);
                now = now with { Change = left, Remaining = left };
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
            // Where the loss falls by less than its rounding, the slope decides: its absolute value must decrease.
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

    /// <summary>||A A' - B B'||_F / ||A A'||_F, from products of d x d.</summary>
    /// <remarks>With E = A - B it is ||E A' + B E'||: the squares of A A' and B B' themselves would cancel below 1e-8.</remarks>
    private double Distance(DenseMatrix a, DenseMatrix b)
    {
        int d = a.Columns;
        DenseMatrix difference = new(a.Rows, d);
        a.Values.CopyTo(difference.Values, 0);
        Kernels.Axpy(-1, b.Values, difference.Values);
        DenseMatrix Product(DenseMatrix x, DenseMatrix y)
        {
            DenseMatrix product = new(d, d);
            MatrixProduct.Multiply(1, x, true, y, false, 0, product, _team);
            return product;
        }

        DenseMatrix own = Product(a, a), other = Product(b, b), square = Product(difference, difference), first = Product(difference, a), second = Product(difference, b);
        double sum = Kernels.Dot(square.Values, own.Values) + Kernels.Dot(square.Values, other.Values);
        for (int k = 0; k < d; k++)
            for (int l = 0; l < d; l++) sum += 2 * first[k, l] * second[l, k];
        return Math.Sqrt(Math.Max(0, sum) / Kernels.NormSquared(own.Values));
    }

    /// <summary>Turns W so that its columns are orthogonal, the longest first, each with its entry of largest size positive.</summary>
    private void Straighten(DenseMatrix state)
    {
        int d = state.Columns;
        DenseMatrix gram = new(d, d), turned = new(state.Rows, d);
        MatrixProduct.Multiply(1, state, true, state, false, 0, gram, _team);
        SymmetricEigenDecomposition eigen = SymmetricEigenSolver.Decompose(RestPreconditioner.Symmetric(gram), _team);
        MatrixProduct.Multiply(1, state, false, eigen.Eigenvectors, true, 0, turned, _team);
        double[] column = new double[state.Rows];
        for (int k = 0; k < d; k++)
        {
            for (int i = 0; i < column.Length; i++) column[i] = turned[i, k];
            double sign = SymmetricEigenSolver.LargestIsNegative(column) ? -1 : 1;
            for (int i = 0; i < column.Length; i++) state[i, k] = sign * column[i];
        }
    }
}
