using Qwem.Sim.LinearAlgebra;

namespace Qwem.Sim.Descent;

/// <summary>What the descents in float64 with a gradient of their own share: the state and the step.</summary>
public abstract class DenseDescent : IDescent
{
    private readonly DenseMatrix _embeddings, _gradient;
    private double _largest;

    /// <summary>Starts.</summary>
    /// <param name="start">W(0), or W1(0) above W2(0); not changed.</param>
    private protected DenseDescent(DenseMatrix start)
    {
        ArgumentNullException.ThrowIfNull(start);
        FiniteMatrix.RequireFinite(start);
        _embeddings = new DenseMatrix(start.Rows, start.Columns);
        _gradient = new DenseMatrix(start.Rows, start.Columns);
        Restore(start, 0);
    }

    /// <inheritdoc/>
    public int Rows => _embeddings.Rows;

    /// <inheritdoc/>
    public int Columns => _embeddings.Columns;

    /// <inheritdoc/>
    public long StepCount { get; private set; }

    /// <inheritdoc/>
    public bool Diverged { get; private set; }

    /// <inheritdoc/>
    public void Advance(double learningRate)
    {
        if (Diverged) throw new InvalidOperationException("The descent has diverged; start again with a smaller learning rate.");
        Gradient(_embeddings, _gradient);
        Kernels.Axpy(-learningRate, _gradient.Values, _embeddings.Values);
        for (int i = 0; i < Rows; i++)
            if (!(Kernels.NormSquared(_embeddings.Row(i)) <= _largest)) Diverged = true;
        StepCount++;
    }

    /// <inheritdoc/>
    public double MinibatchLoss() => Loss(_embeddings);

    /// <inheritdoc/>
    public void CopyTo(DenseMatrix embeddings)
    {
        ArgumentNullException.ThrowIfNull(embeddings);
        RequireShape(embeddings);
        _embeddings.Values.CopyTo(embeddings.Values, 0);
    }

    /// <inheritdoc/>
    public void Restore(DenseMatrix embeddings, long stepCount)
    {
        ArgumentNullException.ThrowIfNull(embeddings);
        ArgumentOutOfRangeException.ThrowIfNegative(stepCount);
        RequireShape(embeddings);
        embeddings.Values.CopyTo(_embeddings.Values, 0);
        double largest = 1;
        for (int i = 0; i < Rows; i++) largest = Math.Max(largest, Kernels.NormSquared(embeddings.Row(i)));
        _largest = PairDescent.LargestNormSquared * largest;
        Diverged = false;
        StepCount = stepCount;
    }

    /// <summary>The loss of the next step at some embeddings.</summary>
    private protected abstract double Loss(DenseMatrix embeddings);

    /// <summary>The gradient of the next step at some embeddings.</summary>
    private protected abstract void Gradient(DenseMatrix embeddings, DenseMatrix gradient);

    private void RequireShape(DenseMatrix embeddings)
    {
        if (embeddings.Rows != Rows || embeddings.Columns != Columns)
            throw new ArgumentException($"The embeddings are {embeddings.Rows} x {embeddings.Columns}, but the model is {Rows} x {Columns}.", nameof(embeddings));
    }
}

/// <summary>Gradient descent on the loss over all pairs: no sampling, no noise, in float64.</summary>
/// <param name="objective">The loss and its gradient.</param>
/// <param name="start">W(0), or W1(0) above W2(0); not changed.</param>
internal sealed class FullBatchDescent(ExactObjective objective, DenseMatrix start) : DenseDescent(start)
{
    private readonly ExactObjective _objective = objective;

    private protected override double Loss(DenseMatrix embeddings) => _objective.Evaluate(embeddings, null);

    private protected override void Gradient(DenseMatrix embeddings, DenseMatrix gradient) => _objective.Evaluate(embeddings, gradient);
}
