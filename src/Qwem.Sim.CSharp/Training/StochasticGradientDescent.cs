using System.Numerics.Tensors;
using Qwem.Sim.LinearAlgebra;
using Qwem.Sim.Random;
using Qwem.Sim.Threading;

namespace Qwem.Sim.Training;

/// <summary>Settings of a stochastic gradient descent.</summary>
/// <param name="LearningRate">eta_alg, the factor of the gradient in a step.</param>
/// <param name="PositivePairs">Positive pairs per step; the paper has 50,000.</param>
/// <param name="NegativePairs">Negative pairs per step; the paper has 50,000.</param>
/// <param name="Seed">Root seed of the draws.</param>
public sealed record DescentSettings(double LearningRate, int PositivePairs, int NegativePairs, ulong Seed);

/// <summary>Minibatch stochastic gradient descent on pairs drawn independently from an objective's two distributions.</summary>
/// <remarks>
/// Each step draws the positive pairs from p and the negative ones from q (alias tables), estimates the gradient of
/// <see cref="PairwiseObjective"/> without bias and subtracts eta_alg times it. All words move at once: the gradient is taken
/// at the embeddings before the step. The same bits on any number of threads. No allocation after the constructor.
/// </remarks>
public sealed class StochasticGradientDescent
{
    private const int DrawSlices = 8, WordsPerTask = 8;

    private readonly PairwiseObjective _objective;
    private readonly DescentSettings _settings;
    private readonly WorkerTeam _team;
    private readonly PairBatch _positive, _negative;
    private readonly double _positiveScale, _negativeScale;
    private readonly Action<int> _draw, _index, _move;
    private DenseMatrix _current, _next;

    /// <summary>Prepares a descent from <paramref name="start"/>, which is not modified.</summary>
    /// <param name="objective">Loss to descend.</param>
    /// <param name="start">W(0), V x d, row i is word i.</param>
    /// <param name="settings">Learning rate, batch and seed.</param>
    /// <param name="team">Threads.</param>
    /// <exception cref="ArgumentException">The shapes differ, or a setting is outside its range.</exception>
    public StochasticGradientDescent(PairwiseObjective objective, DenseMatrix start, DescentSettings settings, WorkerTeam team)
    {
        ArgumentNullException.ThrowIfNull(objective);
        ArgumentNullException.ThrowIfNull(start);
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(team);
        int v = objective.VocabularySize;
        if (start.Rows != v) throw new ArgumentException($"The start has {start.Rows} words but the objective {v}.", nameof(start));
        if (settings.PositivePairs < 1 || settings.NegativePairs < 1)
            throw new ArgumentException($"A batch needs at least one pair of each sign, not {settings.PositivePairs} and {settings.NegativePairs}.", nameof(settings));
        if (!(settings.LearningRate > 0) || !double.IsFinite(settings.LearningRate))
            throw new ArgumentException($"The learning rate must be positive and finite, not {settings.LearningRate}.", nameof(settings));
        _objective = objective;
        _settings = settings;
        _team = team;
        _current = new DenseMatrix(v, start.Columns, (double[])start.Values.Clone());
        _next = new DenseMatrix(v, start.Columns);
        _positive = new PairBatch(
            new AliasTable(objective.Positive.Values, v), new CounterRandom(settings.Seed, RandomStreams.PositivePairs), settings.PositivePairs, v);
        _negative = new PairBatch(
            new AliasTable(objective.Negative.Values, v), new CounterRandom(settings.Seed, RandomStreams.NegativePairs), settings.NegativePairs, v);
        _positiveScale = TotalOf(objective.Positive) / settings.PositivePairs;
        _negativeScale = TotalOf(objective.Negative) / settings.NegativePairs;
        _draw = Draw;
        _index = Index;
        _move = Move;
    }

    /// <summary>Steps taken so far.</summary>
    public long StepCount { get; private set; }

    /// <summary>Embeddings after <see cref="StepCount"/> steps, V x d; overwritten by the next step.</summary>
    public DenseMatrix Embeddings => _current;

    /// <summary>Takes one step.</summary>
    public void Step()
    {
        _team.Run(2 * DrawSlices, _draw);
        _team.Run(2, _index);
        _team.Run((_current.Rows + WordsPerTask - 1) / WordsPerTask, _move);
        (_current, _next) = (_next, _current);
        StepCount++;
    }

    /// <summary>Steps through every count of <paramref name="recordedSteps"/>.</summary>
    /// <param name="recordedSteps">Increasing step counts.</param>
    /// <param name="record">Called with (index, embeddings) at each; must copy what it keeps.</param>
    /// <param name="progress">Receives the steps taken, about a hundred times a run.</param>
    /// <param name="cancellation">Checked before every step.</param>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public void Run(ReadOnlySpan<long> recordedSteps, Action<int, DenseMatrix> record, IProgress<long>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(record);
        for (int index = 0; index < recordedSteps.Length; index++)
        {
            long before = index == 0 ? StepCount - 1 : recordedSteps[index - 1];
            if (recordedSteps[index] <= before)
                throw new ArgumentException($"Step counts must increase, but record {index} is at {recordedSteps[index]} after {before}.", nameof(recordedSteps));
        }
        long reportEvery = recordedSteps.Length == 0 ? 1 : Math.Max(1, recordedSteps[^1] / 100);
        for (int index = 0; index < recordedSteps.Length; index++)
        {
            while (StepCount < recordedSteps[index])
            {
                cancellation.ThrowIfCancellationRequested();
                Step();
                if (StepCount % reportEvery == 0) progress?.Report(StepCount);
            }
            record(index, _current);
        }
    }

    private static double TotalOf(DenseMatrix weights)
    {
        double total = 0;
        foreach (double weight in weights.Values) total += weight;
        return total;
    }

    private void Draw(int task)
    {
        PairBatch batch = task < DrawSlices ? _positive : _negative;
        batch.Draw(StepCount, task % DrawSlices, DrawSlices);
    }

    private void Index(int task) => (task == 0 ? _positive : _negative).Index();

    private void Move(int task)
    {
        int dimension = _current.Columns;
        Span<double> gradient = dimension <= 1024 ? stackalloc double[dimension] : new double[dimension];
        for (int word = task * WordsPerTask; word < Math.Min(_current.Rows, (task + 1) * WordsPerTask); word++)
        {
            gradient.Clear();
            PairGradient.Accumulate(_current, word, _positive.PartnersOf(word),
                2 * _objective.PositiveQuadratic * _positiveScale, -_objective.PositiveLinear * _positiveScale, gradient);
            PairGradient.Accumulate(_current, word, _negative.PartnersOf(word),
                2 * _objective.NegativeQuadratic * _negativeScale, -_objective.NegativeLinear * _negativeScale, gradient);
            TensorPrimitives.FusedMultiplyAdd(gradient, -_settings.LearningRate, _current.Row(word), _next.Row(word));
        }
    }
}
