using System.Numerics.Tensors;
using Qwem.Sim.LinearAlgebra;
using Qwem.Sim.Threading;

namespace Qwem.Sim.Training;

/// <summary>How an integration ended.</summary>
public enum FlowOutcome
{
    /// <summary>All requested times were reached.</summary>
    Completed,

    /// <summary>The step limit was reached first; raise it or loosen the tolerance.</summary>
    MaximumStepsReached,

    /// <summary>The tolerance asks for steps below the spacing of doubles; loosen it, unless the flow diverges in finite time.</summary>
    StepTooSmall,

    /// <summary>The state stopped being finite; the start is not finite or too large.</summary>
    NotFinite,
}

/// <summary>Work done by an integration.</summary>
/// <param name="AcceptedSteps">Steps taken.</param>
/// <param name="RejectedSteps">Steps repeated with a smaller size.</param>
/// <param name="Evaluations">Evaluations of the right-hand side.</param>
public readonly record struct FlowStatistics(int AcceptedSteps, int RejectedSteps, int Evaluations);

/// <summary>Adaptive explicit Runge-Kutta integrator of order 8 with the error estimate of orders 5 and 3 of Dormand and Prince.</summary>
/// <remarks>
/// Steps end exactly on the requested times. All arithmetic is elementwise with fused multiply-adds, so the bits do not
/// depend on threads or vector width as long as the field's do not. Allocates nothing per step.
/// </remarks>
public sealed class FlowIntegrator
{
    // Fits the first-level cache twice: one target chunk and one slope chunk.
    private const int Chunk = 1024;
    private const double Safety = 0.9, LargestGrowth = 5, LargestShrink = 0.2;

    private readonly IFlowField _field;
    private readonly WorkerTeam _team;
    private readonly DenseMatrix[] _slopes = new DenseMatrix[DormandPrinceTableau.Stages];
    private readonly DenseMatrix _argument, _error5, _error3;
    private readonly Action<int> _combineChunk;
    private DenseMatrix _base, _target;
    private double[] _coefficients = [];
    private double _scale;
    private int _evaluations;

    /// <summary>Prepares the work space for one field.</summary>
    /// <param name="field">Right-hand side.</param>
    /// <param name="team">Threads for the linear combinations.</param>
    public FlowIntegrator(IFlowField field, WorkerTeam? team = null)
    {
        ArgumentNullException.ThrowIfNull(field);
        team ??= new WorkerTeam(1);
        _field = field;
        _team = team;
        for (int i = 0; i < _slopes.Length; i++) _slopes[i] = new DenseMatrix(field.Rows, field.Columns);
        _argument = new DenseMatrix(field.Rows, field.Columns);
        _error5 = new DenseMatrix(field.Rows, field.Columns);
        _error3 = new DenseMatrix(field.Rows, field.Columns);
        _base = _target = _argument;
        _combineChunk = CombineChunk;
    }

    /// <summary>
    /// Largest step as a share, above 0 and at most 1, of the step at which the method turns unstable where the flow decays
    /// fastest, if the field knows that rate; 0.8 unless set.
    /// </summary>
    /// <remarks>Without a limit the step size would grow until instability raises the error to the tolerance, again and again.</remarks>
    public double StabilityShare { get; init; } = 0.8;

    /// <summary>Work done by the last <see cref="Integrate"/>.</summary>
    public FlowStatistics Statistics { get; private set; }

    /// <summary>One step of fixed size, without error control.</summary>
    /// <param name="state">State, replaced by the state one step later.</param>
    /// <param name="step">Step size in the field's unit of time.</param>
    public void FixedStep(DenseMatrix state, double step)
    {
        ArgumentNullException.ThrowIfNull(state);
        _field.Evaluate(state, _slopes[0]);
        Advance(state, step, _argument);
        _argument.Values.CopyTo(state.Values, 0);
    }

    /// <summary>Integrates from time 0 through every time of <paramref name="times"/>.</summary>
    /// <param name="state">State at time 0, replaced by the last one reached.</param>
    /// <param name="times">Increasing positive times.</param>
    /// <param name="relativeTolerance">Largest estimated local error per step, in the field's norm.</param>
    /// <param name="maximumSteps">Limit on accepted plus rejected steps.</param>
    /// <param name="record">Called with (index, state) at every requested time; must copy what it keeps.</param>
    /// <param name="cancellation">Checked once per step.</param>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public FlowOutcome Integrate(
        DenseMatrix state, ReadOnlySpan<double> times, double relativeTolerance, int maximumSteps, Action<int, DenseMatrix> record,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(record);
        if (state.Rows != _field.Rows || state.Columns != _field.Columns)
            throw new ArgumentException($"The state is {state.Rows} x {state.Columns} but the field {_field.Rows} x {_field.Columns}.", nameof(state));
        if (!(relativeTolerance >= 1e-14)) throw new ArgumentOutOfRangeException(nameof(relativeTolerance), relativeTolerance, "The relative tolerance must be at least 1e-14.");
        for (int index = 0; index < times.Length; index++)
        {
            double before = index == 0 ? 0 : times[index - 1];
            if (!(times[index] > before) || !double.IsFinite(times[index]))
                throw new ArgumentException($"Times must be finite and increase from 0, but time {index} is {times[index]} after {before}.", nameof(times));
        }
        // A rate of 0 makes this infinite: no limit.
        double largestStep = StabilityShare * DormandPrinceTableau.StabilityInterval / _field.FastestDecay;
        _evaluations = 0;
        int accepted = 0, rejected = 0;
        double time = 0, step = times.Length == 0 ? 0 : times[0] / 16;
        DenseMatrix current = new(state.Rows, state.Columns, (double[])state.Values.Clone()), candidate = new(state.Rows, state.Columns);
        FlowOutcome outcome = FlowOutcome.Completed;
        Evaluate(current, _slopes[0]);
        for (int index = 0; index < times.Length && outcome == FlowOutcome.Completed; index++)
        {
            double end = times[index];
            bool retry = false;
            while (time < end)
            {
                cancellation.ThrowIfCancellationRequested();
                double remaining = end - time;
                step = Math.Min(step, largestStep);
                bool last = step >= remaining;
                // Avoids a tiny last step after a nearly complete one.
                double size = last ? remaining : step > 0.5 * remaining ? 0.5 * remaining : step;
                // Of the time reached, not of the next one, which may be far: steps grow again after two requested times close together.
                double scale = Math.Max(time, times[0]);
                if (size < 1e-14 * scale) { outcome = FlowOutcome.StepTooSmall; break; }
                if (accepted + rejected >= maximumSteps) { outcome = FlowOutcome.MaximumStepsReached; break; }
                Advance(current, size, candidate);
                double error = EstimateError(current, candidate, size) / relativeTolerance;
                if (!double.IsFinite(error))
                {
                    if (size < 1e-10 * scale) { outcome = FlowOutcome.NotFinite; break; }
                    step = LargestShrink * size;
                    rejected++;
                    retry = true;
                    continue;
                }
                double factor = error == 0 ? LargestGrowth : Math.Clamp(Safety * RootEighth(1 / error), LargestShrink, LargestGrowth);
                if (error > 1)
                {
                    step = size * Math.Min(factor, Safety);
                    rejected++;
                    retry = true;
                    continue;
                }
                time = last ? end : time + size;
                (current, candidate) = (candidate, current);
                Evaluate(current, _slopes[0]);
                accepted++;
                double proposal = size * (retry ? Math.Min(1, factor) : factor);
                // A step that was shortened to end at a requested time does not reduce the planned step size.
                step = last || size < step ? Math.Max(proposal, Math.Min(step, LargestGrowth * proposal)) : proposal;
                retry = false;
            }
            if (outcome == FlowOutcome.Completed) record(index, current);
        }
        current.Values.CopyTo(state.Values, 0);
        Statistics = new FlowStatistics(accepted, rejected, _evaluations);
        return outcome;
    }

    // Three square roots are exact to the last bit on every platform; Math.Pow is not.
    private static double RootEighth(double x) => Math.Sqrt(Math.Sqrt(Math.Sqrt(x)));

    private void Evaluate(DenseMatrix state, DenseMatrix derivative)
    {
        _field.Evaluate(state, derivative);
        _evaluations++;
    }

    /// <summary>The candidate at the end of a step; slope 0 must hold f(state).</summary>
    private void Advance(DenseMatrix state, double step, DenseMatrix candidate)
    {
        for (int stage = 1; stage < DormandPrinceTableau.Stages; stage++)
        {
            Combine(state, DormandPrinceTableau.Couplings[stage], step, _argument);
            Evaluate(_argument, _slopes[stage]);
        }
        Combine(state, DormandPrinceTableau.Weights, step, candidate);
    }

    private double EstimateError(DenseMatrix before, DenseMatrix after, double step)
    {
        Array.Clear(_argument.Values);
        Combine(_argument, DormandPrinceTableau.FifthOrderError, step, _error5);
        Combine(_argument, DormandPrinceTableau.ThirdOrderError, step, _error3);
        double fifth = _field.RelativeError(before, after, _error5);
        double third = _field.RelativeError(before, after, _error3);
        if (fifth == 0) return 0;
        return fifth * fifth / Math.Sqrt(fifth * fifth + 0.01 * third * third);
    }

    /// <summary>target = origin + step * sum_i coefficients_i slope_i.</summary>
    private void Combine(DenseMatrix origin, double[] coefficients, double step, DenseMatrix target)
    {
        _base = origin;
        _target = target;
        _coefficients = coefficients;
        _scale = step;
        _team.Run((target.Values.Length + Chunk - 1) / Chunk, _combineChunk);
    }

    private void CombineChunk(int chunk)
    {
        int start = chunk * Chunk, length = Math.Min(Chunk, _target.Values.Length - start);
        Span<double> target = _target.Values.AsSpan(start, length);
        _base.Values.AsSpan(start, length).CopyTo(target);
        for (int i = 0; i < _coefficients.Length; i++)
        {
            if (_coefficients[i] != 0)
                TensorPrimitives.FusedMultiplyAdd(_slopes[i].Values.AsSpan(start, length), _scale * _coefficients[i], target, target);
        }
    }
}
