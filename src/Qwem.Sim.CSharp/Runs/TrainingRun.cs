using System.Diagnostics;
using System.Globalization;
using Qwem.Sim.Cooccurrence;
using Qwem.Sim.Corpora;
using Qwem.Sim.Descent;
using Qwem.Sim.IO;
using Qwem.Sim.LinearAlgebra;
using Qwem.Sim.Statistics;
using Qwem.Sim.Threading;
using Qwem.Sim.Training;

namespace Qwem.Sim.Runs;

/// <summary>A run that can be killed at any moment: resumed, it ends with the same bytes as an uninterrupted one.</summary>
/// <remarks>
/// Every step is a function of the embeddings and its number; a checkpoint holds both, is written whole or not at all, and records how
/// much of the trace belongs to it. What was recorded after the last checkpoint is cut off and recorded again.
/// </remarks>
public sealed class TrainingRun
{
    /// <summary>Most numbers of a model, rows times d: its checkpoint holds them as doubles and must fit one array.</summary>
    public const long LargestModel = 250_000_000;

    /// <summary>Share of the safe rate that is taken unless the plan has a rate: a margin for the noise of minibatches and unequal weights.</summary>
    private const double AutomaticShare = 0.1;

    private readonly TrainingPlan _plan;
    private readonly WorkerTeam _team;
    private readonly IDescent _descent;
    private readonly PairMeasures _measures;
    private readonly DenseMatrix _embeddings;
    private ExactObjective? _objective;

    /// <summary>Prepares a run.</summary>
    /// <param name="plan">What to do.</param>
    /// <param name="team">Threads, or null for the calling thread alone; the results do not depend on how many there are.</param>
    /// <exception cref="ArgumentException">The model has more than <see cref="LargestModel"/> numbers, or the plan cannot be carried out; the message is a sentence.</exception>
    public TrainingRun(TrainingPlan plan, WorkerTeam? team = null)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentOutOfRangeException.ThrowIfNegative(plan.Steps, nameof(plan));
        if (plan.LearningRate is double rate && !(rate > 0 && double.IsFinite(rate))) throw new ArgumentOutOfRangeException(nameof(plan), rate, "The learning rate must be positive and finite.");
        team ??= new WorkerTeam(1);
        _plan = plan;
        _team = team;
        _measures = new PairMeasures(PairStatistics.FromCounts(plan.Counts, plan.VocabularySize), plan.Reweighting, plan.Exponent, plan.NegativeRatio, plan.NegativePower);
        int rows = (plan.Asymmetric ? 2 : 1) * plan.VocabularySize;
        if ((long)rows * plan.EmbeddingDimension > LargestModel)
            throw new ArgumentException($"The model has {rows} x {plan.EmbeddingDimension} = {(long)rows * plan.EmbeddingDimension} numbers, more than the {LargestModel} of the largest one; choose a smaller vocabulary or dimension.", nameof(plan));
        DenseMatrix start = plan.Start ?? Initialisation.Gaussian(rows, plan.EmbeddingDimension, plan.InitialisationScale, plan.Seed);
        if (start.Rows != rows || start.Columns != plan.EmbeddingDimension)
            throw new ArgumentException($"The start is {start.Rows} x {start.Columns}, but the model {rows} x {plan.EmbeddingDimension}.", nameof(plan));
        if (plan.Trace.Basis is DenseMatrix basis && (basis.Columns != rows || plan.Trace.OverlapRanks.Any(k => k < 1 || k > Math.Min(basis.Rows, start.Columns))))
            throw new ArgumentException($"The basis is {basis.Rows} x {basis.Columns}; it must have columns for the {rows} rows of the model, and overlaps are for k from 1 to its rows and d = {start.Columns}.", nameof(plan));
        _embeddings = new DenseMatrix(rows, start.Columns);
        _descent = Descent(start);
    }

    /// <summary>The learning rate of the first step, once <see cref="Train"/> has begun.</summary>
    public double LearningRate { get; private set; }

    /// <summary>Trains to the last step and writes the results.</summary>
    /// <param name="path">Folder of the run, which exists.</param>
    /// <param name="resume">True to resume the run in it, if there is one.</param>
    /// <param name="checkpointEvery">Time between checkpoints.</param>
    /// <param name="progress">Receives the steps taken, about ten times a second.</param>
    /// <param name="cancellation">Ends the run after the present step, with a checkpoint.</param>
    /// <returns>The step the run began at, 0 unless it was resumed.</returns>
    /// <exception cref="CheckpointException">The folder holds another run or is in use.</exception>
    /// <exception cref="FileFormatException">A file of the run was altered.</exception>
    /// <exception cref="DivergenceException">The embeddings left the range of their numbers; the last checkpoint is kept.</exception>
    /// <exception cref="RunInterruptedException">Cancelled.</exception>
    public long Train(string path, bool resume, TimeSpan checkpointEvery, IProgress<WorkProgress>? progress, CancellationToken cancellation)
    {
        string parameters = _plan.Describe();
        using RunFolder folder = new(path);
        Checkpoint? checkpoint = folder.Open(parameters, resume);
        if (checkpoint is not null) _descent.Restore(checkpoint.Embeddings, checkpoint.Step);
        long begun = _descent.StepCount, saved = begun;
        using Trace trace = new(folder.TraceFile, checkpoint?.Trace, _plan.Trace, _plan.Trace.ExactLoss ? Objective : null, _descent, _plan.Precision == Precision.Binary32, _team);
        TraceMark whole = trace.Mark;
        void Save()
        {
            trace.FlushToDisk();
            _descent.CopyTo(_embeddings);
            folder.Save(new Checkpoint(parameters, _descent.StepCount, whole, _embeddings));
            saved = _descent.StepCount;
        }
        if (checkpoint is null) Save();
        // A function of the plan alone, so that a resumed run has the same one.
        LearningRate = _plan.LearningRate ?? AutomaticShare * Objective.SafeRate(cancellation);
        Stopwatch sinceSaved = Stopwatch.StartNew(), sinceReport = Stopwatch.StartNew();
        try
        {
            while (true)
            {
                whole = trace.Mark;
                cancellation.ThrowIfCancellationRequested();
                long step = _descent.StepCount;
                double rate = LearningRate * _plan.Schedule.FactorAt(step, _plan.Steps);
                if (trace.Includes(step, _plan.Steps)) trace.Record(_descent, rate, cancellation);
                if (step >= _plan.Steps) break;
                _descent.Advance(rate);
                if (_descent.Diverged) throw Divergence(rate, saved, cancellation);
                if (sinceReport.ElapsedMilliseconds >= 100)
                {
                    progress?.Report(new WorkProgress(_descent.StepCount, _plan.Steps));
                    sinceReport.Restart();
                }
                if (sinceSaved.Elapsed < checkpointEvery) continue;
                whole = trace.Mark;
                Save();
                sinceSaved.Restart();
            }
        }
        catch (OperationCanceledException)
        {
            // A record of this step may or may not have been written: the resumed run writes it again.
            if (!_descent.Diverged) Save();
            throw new RunInterruptedException($"Cancelled at step {_descent.StepCount} of {_plan.Steps}; the checkpoint of step {saved} is kept.");
        }
        trace.FlushToDisk();
        _descent.CopyTo(_embeddings);
        folder.WriteResults(_embeddings, _plan.Asymmetric, _plan.Precision == Precision.Binary32, _plan.Counts.Words);
        return begun;
    }

    private ExactObjective Objective => _objective ??= new ExactObjective(_measures, _plan.Loss ?? PairLoss.CrossEntropy, _plan.Asymmetric, _team);

    private IDescent Descent(DenseMatrix start)
    {
        if (_plan.Loss is null)
        {
            if (_plan.Precision != Precision.Binary64 || _plan.Sampling == Sampling.Full || _plan.Trace.ExactLoss)
                throw new ArgumentException("The loss simclr compares the pairs of a batch in double precision: it needs double precision, independent or streamed pairs, and no exact loss.");
            if (_plan.Reweighting != Reweighting.None && !_plan.Folded)
                throw new ArgumentException("The loss simclr has no weight for a single pair: fold the weights into the draws.");
            return new ContrastiveDescent(Positive(ordered: true), _plan.InverseTemperature, _plan.Batch, start, _team);
        }
        if (_plan.Sampling == Sampling.Full)
        {
            if (_plan.Precision != Precision.Binary64) throw new ArgumentException("The full batch is in double precision only.");
            return new FullBatchDescent(Objective, start);
        }
        PairDescentSettings settings = new(
            _plan.Loss,
            Positive(_plan.Asymmetric),
            IndependentPairs.Negative(_measures, _plan.Folded, _plan.Asymmetric, _plan.Seed),
            _plan.Batch, _plan.Batch, _plan.Asymmetric);
        return PairDescent.Create(settings, start, _plan.Precision, _team);
    }

    private IPairSource Positive(bool ordered)
    {
        if (_plan.Sampling != Sampling.Streamed) return IndependentPairs.Positive(_measures, _plan.Folded, ordered, _plan.Seed);
        TokenCorpus stream = _plan.Stream ?? throw new ArgumentException("A streamed run needs the token stream.");
        CountingConvention convention = _plan.Counts.Convention;
        if (convention != new CountingConvention(convention.WindowHalfWidth))
            throw new ArgumentException($"A streamed run draws pairs with linear weights, of all windows and of words of the vocabulary only, but the counts are '{string.Join("', '", convention.Rules.Values.Take(3))}'.");
        return new StreamedPairs(stream, convention.WindowHalfWidth, _measures, _plan.Folded, _plan.Seed);
    }

    private DivergenceException Divergence(double rate, long saved, CancellationToken cancellation)
    {
        double loss = _descent.MinibatchLoss(), stable = Objective.LargestStableRate(cancellation);
        return new DivergenceException(string.Create(
            CultureInfo.InvariantCulture,
            $"The descent diverged in step {_descent.StepCount} (loss of the minibatch {loss:G4}) at learning rate {rate:G6}; from lambda_1 the largest stable one is about {stable:G3}, less with a noisy minibatch or unequal weights; the checkpoint of step {saved} is kept."));
    }
}
