using Qwem.Sim.LinearAlgebra;

namespace Qwem.Sim.Descent;

/// <summary>Descents at one learning rate that are observed after given numbers of steps.</summary>
public static class RecordedDescent
{
    /// <summary>Steps through every count of <paramref name="recordedSteps"/>.</summary>
    /// <param name="descent">The descent.</param>
    /// <param name="learningRate">eta_alg, positive and finite.</param>
    /// <param name="recordedSteps">Increasing step counts, none before those taken already.</param>
    /// <param name="record">Called with (index, embeddings) at each; must copy what it keeps.</param>
    /// <param name="progress">Receives the steps taken, about a hundred times a run.</param>
    /// <param name="cancellation">Checked before every step.</param>
    /// <exception cref="ArgumentException">The learning rate is not one, or the step counts do not increase.</exception>
    /// <exception cref="DivergenceException">The descent diverged.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static void Run(
        this IDescent descent, double learningRate, ReadOnlySpan<long> recordedSteps, Action<int, DenseMatrix> record,
        IProgress<long>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(descent);
        ArgumentNullException.ThrowIfNull(record);
        if (!(learningRate > 0) || !double.IsFinite(learningRate))
            throw new ArgumentException($"The learning rate must be positive and finite, not {learningRate}.", nameof(learningRate));
        for (int index = 0; index < recordedSteps.Length; index++)
        {
            long before = index == 0 ? descent.StepCount - 1 : recordedSteps[index - 1];
            if (recordedSteps[index] <= before)
                throw new ArgumentException($"Step counts must increase, but record {index} is at {recordedSteps[index]} after {before}.", nameof(recordedSteps));
        }
        DenseMatrix embeddings = new(descent.Rows, descent.Columns);
        long reportEvery = recordedSteps.Length == 0 ? 1 : Math.Max(1, recordedSteps[^1] / 100);
        for (int index = 0; index < recordedSteps.Length; index++)
        {
            while (descent.StepCount < recordedSteps[index])
            {
                cancellation.ThrowIfCancellationRequested();
                descent.Advance(learningRate);
                if (descent.Diverged)
                    throw new DivergenceException($"The descent diverged in step {descent.StepCount} at the learning rate {learningRate}; start again with a smaller one.");
                if (descent.StepCount % reportEvery == 0) progress?.Report(descent.StepCount);
            }
            descent.CopyTo(embeddings);
            record(index, embeddings);
        }
    }
}
