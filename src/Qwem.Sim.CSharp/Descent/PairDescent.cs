using System.Runtime.Intrinsics;
using Qwem.Sim.LinearAlgebra;
using Qwem.Sim.Statistics;
using Qwem.Sim.Threading;

namespace Qwem.Sim.Descent;

/// <summary>The numbers that embeddings are trained in.</summary>
public enum Precision
{
    /// <summary>float, 24 significant bits, down to 1e-38 without loss: squares of embeddings of size 1e-13 are far above it.</summary>
    Binary32,

    /// <summary>double, 53 significant bits.</summary>
    Binary64,
}

/// <summary>What a minibatch descent needs to know beside its start.</summary>
/// <param name="Loss">Loss of a pair.</param>
/// <param name="Positive">Source of positive pairs.</param>
/// <param name="Negative">Source of negative pairs; its mass is k.</param>
/// <param name="PositivePairs">Positive pairs per step; the paper has 50,000.</param>
/// <param name="NegativePairs">Negative pairs per step; the paper has 50,000.</param>
/// <param name="Asymmetric">True for M = W1'W2, false for M = W'W.</param>
public sealed record PairDescentSettings(
    PairLoss Loss, IPairSource Positive, IPairSource Negative, int PositivePairs, int NegativePairs, bool Asymmetric)
{
    /// <summary>
    /// What multiplies the learning rate of each row of the embeddings, positive and finite; null where all rows have one rate.
    /// </summary>
    /// <remarks>Moves no minimum. With 1 / p_i, a loss that weighs pairs by p_i p_j has all words learn as fast as the frequent ones.</remarks>
    public IReadOnlyList<double>? RowRates { get; init; }
}

/// <summary>Minibatch stochastic gradient descent on pairs.</summary>
public static class PairDescent
{
    /// <summary>Largest squared norm of a row, times that of the start if that is above 1, before a descent is called diverged.</summary>
    public const double LargestNormSquared = 1e12;

    /// <summary>Most pairs of one sign in a step: the lists of both of their words must fit one array.</summary>
    public const int LargestBatch = 1_000_000_000;

    /// <summary>Prepares a descent.</summary>
    /// <param name="settings">Loss, sources, batch.</param>
    /// <param name="start">W(0), or W1(0) above W2(0), row i is word i; not changed.</param>
    /// <param name="precision">Numbers to train in.</param>
    /// <param name="team">Threads, or null for the calling thread alone.</param>
    /// <exception cref="ArgumentException">The shapes differ, or a setting is outside its range.</exception>
    public static IDescent Create(PairDescentSettings settings, DenseMatrix start, Precision precision, WorkerTeam? team = null)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(start);
        team ??= new WorkerTeam(1);
        int v = settings.Positive.VocabularySize, rows = settings.Asymmetric ? 2 * v : v;
        if (settings.Negative.VocabularySize != v)
            throw new ArgumentException($"Positive pairs are of {v} words and negative ones of {settings.Negative.VocabularySize}.", nameof(settings));
        if (start.Rows != rows) throw new ArgumentException($"The start has {start.Rows} rows but the model {rows}.", nameof(start));
        if (rows > PairStatistics.LargestVocabulary)
            throw new ArgumentException($"The model has {rows} rows, and rows have 16-bit numbers: at most {PairStatistics.LargestVocabulary}.", nameof(settings));
        if (settings.PositivePairs is < 1 or > LargestBatch || settings.NegativePairs is < 1 or > LargestBatch)
            throw new ArgumentException($"A batch has 1 .. {LargestBatch} pairs of each sign, not {settings.PositivePairs} and {settings.NegativePairs}.", nameof(settings));
        if (settings.RowRates is not null) RequireRates(settings.RowRates, rows);
        FiniteMatrix.RequireFinite(start);
        return (precision, SimdPath.Wide) switch
        {
            (Precision.Binary32, true) => new PairDescent<float, Vector512<float>, WideLanes<float>>(settings, start, team),
            (Precision.Binary32, false) => new PairDescent<float, LanePair<float>, HalvedLanes<float>>(settings, start, team),
            (_, true) => new PairDescent<double, Vector512<double>, WideLanes<double>>(settings, start, team),
            (_, false) => new PairDescent<double, LanePair<double>, HalvedLanes<double>>(settings, start, team),
        };
    }

    private static void RequireRates(IReadOnlyList<double> rates, int rows)
    {
        if (rates.Count != rows) throw new ArgumentException($"There are {rates.Count} rates for the {rows} rows of the model.", nameof(rates));
        foreach (double rate in rates)
            if (!(rate > 0) || !double.IsFinite(rate)) throw new ArgumentException($"The rate of every row must be positive and finite, but one is {rate}.", nameof(rates));
    }
}

/// <summary>The descent in one precision and vector width.</summary>
/// <remarks>
/// One parallel loop per step: two of its tasks draw and sort the next step's pairs, one of each sign, while the others move rows by
/// the present step's. A task owns the rows it moves; it reads the old embeddings and writes the new ones.
/// </remarks>
internal sealed unsafe class PairDescent<T, TVector, TLanes> : IDescent
    where T : unmanaged
    where TVector : struct
    where TLanes : struct, ILanes<T, TVector>
{
    private const int Signs = 2, TasksPerStep = 256;

    /// <summary>The size of the second-level cache of a current core.</summary>
    private const int NearBytes = 768 * 1024;

    private readonly PairDescentSettings _settings;
    private readonly WorkerTeam _team;
    private readonly PairLists<T>[] _now = new PairLists<T>[Signs], _next = new PairLists<T>[Signs];
    private readonly Action<int> _prepare, _stepTask;
    private readonly double[] _shares;
    private readonly double[]? _rowRates;
    private readonly int _rowsPerTask;
    private readonly bool _far;
    private RowMatrix<T> _current, _target;
    private double _largest;
    private double _rate;
    private bool _prepared;
    private volatile bool _left;

    internal PairDescent(PairDescentSettings settings, DenseMatrix start, WorkerTeam team)
    {
        _settings = settings;
        _team = team;
        _current = new RowMatrix<T>(start.Rows, start.Columns);
        _target = new RowMatrix<T>(start.Rows, start.Columns);
        int v = settings.Asymmetric ? start.Rows / 2 : start.Rows;
        for (int parity = 0; parity < 2; parity++)
        {
            PairLists<T>[] lists = parity == 0 ? _now : _next;
            lists[0] = new PairLists<T>(settings.Positive, v, settings.PositivePairs, settings.Asymmetric);
            lists[1] = new PairLists<T>(settings.Negative, v, settings.NegativePairs, settings.Asymmetric);
        }
        _shares = [Share(settings.Positive, settings.PositivePairs), Share(settings.Negative, settings.NegativePairs)];
        _rowRates = settings.RowRates?.ToArray();
        _far = (long)start.Rows * _current.Stride * sizeof(T) > NearBytes;
        _rowsPerTask = (start.Rows + TasksPerStep - 1) / TasksPerStep;
        _prepare = sign => _now[sign].Prepare(StepCount);
        _stepTask = StepTask;
        Restore(start, 0);
    }

    public int Rows => _current.Rows;

    public int Columns => _current.Columns;

    public long StepCount { get; private set; }

    public bool Diverged => _left;

    public void Advance(double learningRate)
    {
        if (_left) throw new InvalidOperationException("The descent has diverged; start again with a smaller learning rate.");
        Prepare();
        _rate = learningRate;
        _team.Run(Signs + (Rows + _rowsPerTask - 1) / _rowsPerTask, _stepTask);
        (_current, _target) = (_target, _current);
        for (int sign = 0; sign < Signs; sign++) (_now[sign], _next[sign]) = (_next[sign], _now[sign]);
        StepCount++;
    }

    public double MinibatchLoss()
    {
        Prepare();
        double loss = 0;
        for (int sign = 0; sign < Signs; sign++) loss += (sign == 0 ? _settings.Positive : _settings.Negative).Mass * MeanLoss(_now[sign].Draws, sign == 0);
        return loss;
    }

    public void CopyTo(DenseMatrix embeddings)
    {
        ArgumentNullException.ThrowIfNull(embeddings);
        RequireShape(embeddings);
        _current.Save(embeddings);
    }

    public void Restore(DenseMatrix embeddings, long stepCount)
    {
        ArgumentNullException.ThrowIfNull(embeddings);
        ArgumentOutOfRangeException.ThrowIfNegative(stepCount);
        RequireShape(embeddings);
        _current.Load(embeddings);
        double largest = 1;
        for (int i = 0; i < Rows; i++) largest = Math.Max(largest, Kernels.NormSquared(embeddings.Row(i)));
        _largest = PairDescent.LargestNormSquared * largest;
        _left = false;
        StepCount = stepCount;
        _prepared = false;
    }

    private static double Share(IPairSource source, int pairs) => source.Weighted ? 1 : source.Mass / pairs;

    private void RequireShape(DenseMatrix embeddings)
    {
        if (embeddings.Rows != Rows || embeddings.Columns != Columns)
            throw new ArgumentException($"The embeddings are {embeddings.Rows} x {embeddings.Columns}, but the model is {Rows} x {Columns}.", nameof(embeddings));
    }

    private void Prepare()
    {
        if (_prepared) return;
        _team.Run(Signs, _prepare);
        _prepared = true;
    }

    private void StepTask(int task)
    {
        if (task < Signs)
        {
            _next[task].Prepare(StepCount + 1);
            return;
        }
        int start = (task - Signs) * _rowsPerTask, end = Math.Min(Rows, start + _rowsPerTask);
        PairLoss loss = _settings.Loss;
        if (loss.IsLogistic)
        {
            Move(start, end, new LogisticSlope<T>(true, _shares[0]), new LogisticSlope<T>(false, _shares[1]));
            return;
        }
        Move(
            start, end,
            new LinearSlope<T>(RowMath.From<T>(2 * loss.PositiveQuadratic * _shares[0]), RowMath.From<T>(-loss.PositiveLinear * _shares[0])),
            new LinearSlope<T>(RowMath.From<T>(2 * loss.NegativeQuadratic * _shares[1]), RowMath.From<T>(-loss.NegativeLinear * _shares[1])));
    }

    private void Move<TSlope>(int start, int end, TSlope positive, TSlope negative)
        where TSlope : struct, ISlope<T>
    {
        RowMatrix<T> current = _current, target = _target;
        int stride = current.Stride;
        ushort nothing = (ushort)current.Rows;
        for (int row = start; row < end; row++)
        {
            // The new row holds the gradient until it is added to the old one.
            T* own = current.Row(row), gradient = target.Row(row);
            new Span<T>(gradient, stride).Clear();
            int count = _now[0].Of(row, out ushort* partners, out T* weights);
            RowGradient<T, TVector, TLanes>.Accumulate(current.Values, stride, own, partners, weights, count, nothing, _far, positive, gradient);
            count = _now[1].Of(row, out partners, out weights);
            RowGradient<T, TVector, TLanes>.Accumulate(current.Values, stride, own, partners, weights, count, nothing, _far, negative, gradient);
            double norm = RowGradient<T, TVector, TLanes>.Move(own, gradient, RowMath.From<T>(_rowRates is null ? _rate : _rate * _rowRates[row]), gradient, stride);
            if (!(norm <= _largest)) _left = true;
        }
    }

    private double MeanLoss(PairDraws draws, bool positive)
    {
        int secondOffset = _settings.Asymmetric ? Rows / 2 : 0, stride = _current.Stride;
        double sum = 0, lost = 0;
        for (int n = 0; n < draws.First.Length; n++)
        {
            T* left = _current.Row(draws.First[n]), right = _current.Row(draws.Second[n] + secondOffset);
            double product = 0;
            for (int a = 0; a < stride; a++) product = Math.FusedMultiplyAdd(RowMath.ToDouble(left[a]), RowMath.ToDouble(right[a]), product);
            double value = (draws.Weights?[n] ?? 1) * _settings.Loss.Value(positive, product);
            // Neumaier's compensated sum: a hundred thousand terms, and losses are compared in their last digits.
            double next = sum + value;
            lost += Math.Abs(sum) >= Math.Abs(value) ? sum - next + value : value - next + sum;
            sum = next;
        }
        return (sum + lost) / draws.First.Length;
    }
}
