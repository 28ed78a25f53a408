using Qwem.Sim.LinearAlgebra;
using Qwem.Sim.Threading;

namespace Qwem.Sim.Training;

/// <summary>How a descent to rest ended.</summary>
/// <param name="AtRest">Whether the gradient fell to the tolerance; raise the number of iterations otherwise.</param>
/// <param name="Iterations">Steps taken.</param>
/// <param name="RelativeGradient">The gradient in units of its linear part, both with the root of the scales; 1 means 100%.</param>
public readonly record struct RestReport(bool AtRest, int Iterations, double RelativeGradient);

/// <summary>Where training ends: descends the full-batch loss of an objective until its gradient vanishes.</summary>
/// <remarks>
/// Conjugate gradients (Polak and Ribiere, restarted when a direction stops descending), preconditioned by a positive scale per
/// word. Along any direction the loss is a polynomial of degree 4, so every step ends at the exact minimum of its line: the loss
/// never increases and nothing needs tuning. A stiff flow that would take 10^5 steps to rest is there after some hundreds, at
/// the same point wherever the loss has one minimum up to rotations. Per step 8 V^2 d operations; memory: four V x V matrices.
/// The same bits on any number of threads. Nothing is allocated per step.
/// </remarks>
public sealed class ConjugateDescent
{
    private const int RowsPerTask = 16;

    private readonly PairwiseObjective _objective;
    private readonly double[] _scales;
    private readonly WorkerTeam _team;
    private readonly DenseMatrix _gram, _slope, _cross, _square;
    private readonly double[] _second, _third, _fourth;
    private readonly Action<int> _slopeRows, _lineRows;
    private readonly int _tasks;

    /// <summary>Prepares the work space.</summary>
    /// <param name="objective">Loss to descend.</param>
    /// <param name="scales">Preconditioner, length V, positive: by how much the gradient of each word is stretched.</param>
    /// <param name="team">Threads, or null for the calling thread alone.</param>
    /// <exception cref="ArgumentException">The scales are not one positive, finite number per word.</exception>
    public ConjugateDescent(PairwiseObjective objective, double[] scales, WorkerTeam? team = null)
    {
        ArgumentNullException.ThrowIfNull(objective);
        ArgumentNullException.ThrowIfNull(scales);
        team ??= new WorkerTeam(1);
        int v = objective.VocabularySize;
        if (scales.Length != v) throw new ArgumentException($"There are {scales.Length} scales for {v} words.", nameof(scales));
        foreach (double scale in scales)
            if (!(scale > 0) || !double.IsFinite(scale)) throw new ArgumentException($"Every scale must be positive and finite, but one is {scale}.", nameof(scales));
        _objective = objective;
        _scales = scales;
        _team = team;
        _gram = new DenseMatrix(v, v);
        _slope = new DenseMatrix(v, v);
        _cross = new DenseMatrix(v, v);
        _square = new DenseMatrix(v, v);
        _second = new double[v];
        _third = new double[v];
        _fourth = new double[v];
        _slopeRows = SlopeRows;
        _lineRows = LineRows;
        _tasks = (v + RowsPerTask - 1) / RowsPerTask;
    }

    /// <summary>Descends from a state until the relative gradient is at most the tolerance.</summary>
    /// <param name="state">W, V x d, row i is word i, not 0; replaced by the state at rest.</param>
    /// <param name="tolerance">Largest gradient at rest, relative to its linear part; above 0.</param>
    /// <param name="maximumIterations">Limit on the steps.</param>
    /// <param name="progress">Receives the relative gradient after every step; may be null.</param>
    /// <param name="cancellation">Checked before every step.</param>
    /// <returns>How it ended.</returns>
    /// <exception cref="ArgumentException">The state has another number of words.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The tolerance is not positive.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public RestReport Run(
        DenseMatrix state, double tolerance, int maximumIterations, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(state);
        if (state.Rows != _objective.VocabularySize)
            throw new ArgumentException($"The state has {state.Rows} words but the objective {_objective.VocabularySize}.", nameof(state));
        if (!(tolerance > 0)) throw new ArgumentOutOfRangeException(nameof(tolerance), tolerance, "The tolerance must be positive.");
        int v = state.Rows, d = state.Columns;
        DenseMatrix force = new(v, d), before = new(v, d), direction = new(v, d), linear = new(v, d);
        double power = 0;
        for (int iteration = 0; ; iteration++)
        {
            cancellation.ThrowIfCancellationRequested();
            before.Values.AsSpan().Clear();
            (force, before) = (before, force);
            Force(state, force);
            MatrixProduct.Multiply(2, _objective.Linear, false, state, false, 0, linear, _team);
            double powerNow = Scaled(force, force);
            double relative = Math.Sqrt(powerNow / Scaled(linear, linear));
            progress?.Report(relative);
            if (!(relative > tolerance) || iteration == maximumIterations)
                return new RestReport(relative <= tolerance, iteration, relative);

            double conjugate = iteration == 0 ? 0 : Math.Max(0, (powerNow - Scaled(force, before)) / power);
            power = powerNow;
            double descent = Turn(direction, force, conjugate);
            if (!(descent > 0)) descent = Turn(direction, force, 0);
            Kernels.Axpy(LineMinimum(state, direction, descent), direction.Values, state.Values);
        }
    }

    /// <summary>Minus the gradient, 2 (B - 2 A o M) W.</summary>
    private void Force(DenseMatrix state, DenseMatrix force)
    {
        MatrixProduct.Multiply(1, state, false, state, true, 0, _gram, _team);
        _team.Run(_tasks, _slopeRows);
        MatrixProduct.Multiply(2, _slope, false, state, false, 0, force, _team);
    }

    /// <summary>direction = scales force + conjugate direction; returns how fast the loss falls along it.</summary>
    private double Turn(DenseMatrix direction, DenseMatrix force, double conjugate)
    {
        double descent = 0;
        for (int i = 0; i < force.Rows; i++)
        {
            Kernels.Scale(conjugate, direction.Row(i));
            Kernels.Axpy(_scales[i], force.Row(i), direction.Row(i));
            descent += Kernels.Dot(direction.Row(i), force.Row(i));
        }
        return descent;
    }

    private double Scaled(DenseMatrix a, DenseMatrix b)
    {
        double sum = 0;
        for (int i = 0; i < a.Rows; i++) sum += _scales[i] * Kernels.Dot(a.Row(i), b.Row(i));
        return sum;
    }

    /// <summary>The first minimum of the loss along W + h P, h > 0: where a cubic that starts at -descent turns positive.</summary>
    private double LineMinimum(DenseMatrix state, DenseMatrix direction, double descent)
    {
        MatrixProduct.Multiply(1, state, false, direction, true, 0, _cross, _team);
        MatrixProduct.Multiply(1, direction, false, direction, true, 0, _square, _team);
        _team.Run(_tasks, _lineRows);
        double second = Kernels.Sum(_second), third = Kernels.Sum(_third), fourth = Kernels.Sum(_fourth);
        double Derivative(double h) => -descent + h * (2 * second + h * (3 * third + h * 4 * fourth));
        double high = descent / (2 * Math.Abs(second) + double.Epsilon), low = 0;
        while (Derivative(high) < 0 && double.IsFinite(high)) (low, high) = (high, 2 * high);
        for (int halving = 0; halving < 60; halving++)
        {
            double middle = 0.5 * (low + high);
            if (Derivative(middle) < 0) low = middle;
            else high = middle;
        }
        return 0.5 * (low + high);
    }

    private void SlopeRows(int task)
    {
        for (int i = task * RowsPerTask; i < Math.Min(_gram.Rows, (task + 1) * RowsPerTask); i++)
        {
            Span<double> slope = _slope.Row(i);
            ReadOnlySpan<double> gram = _gram.Row(i), quadratic = _objective.Quadratic.Row(i), linear = _objective.Linear.Row(i);
            for (int j = 0; j < slope.Length; j++) slope[j] = linear[j] - 2 * quadratic[j] * gram[j];
        }
    }

    /// <summary>Coefficients of h^2, h^3 and h^4 of the loss, row by row: M(h) = M + h C + h^2 Q with C = W P' + P W', Q = P P'.</summary>
    private void LineRows(int task)
    {
        double[] cross = _cross.Values;
        int v = _gram.Rows;
        for (int i = task * RowsPerTask; i < Math.Min(v, (task + 1) * RowsPerTask); i++)
        {
            ReadOnlySpan<double> slope = _slope.Row(i), quadratic = _objective.Quadratic.Row(i), square = _square.Row(i);
            double second = 0, third = 0, fourth = 0;
            for (int j = 0; j < v; j++)
            {
                double c = cross[i * v + j] + cross[j * v + i], q = square[j], a = quadratic[j];
                second += a * c * c - slope[j] * q;
                third += 2 * a * c * q;
                fourth += a * q * q;
            }
            (_second[i], _third[i], _fourth[i]) = (second, third, fourth);
        }
    }
}
