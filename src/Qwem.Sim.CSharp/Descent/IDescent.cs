using Qwem.Sim.LinearAlgebra;

namespace Qwem.Sim.Descent;

/// <summary>A descent that proceeds step by step and can be saved and resumed.</summary>
/// <remarks>
/// Everything a step does is a function of the embeddings, the step's number and the learning rate, the same bits on any number of
/// threads and any vector width. The embeddings and the number are therefore its whole state.
/// </remarks>
public interface IDescent
{
    /// <summary>Rows of the embeddings: V, or 2 V with the words' rows before the contexts' in a model of two matrices.</summary>
    int Rows { get; }

    /// <summary>Columns of the embeddings: d.</summary>
    int Columns { get; }

    /// <summary>Steps taken so far.</summary>
    long StepCount { get; }

    /// <summary>True if a row has diverged; no further step is possible.</summary>
    bool Diverged { get; }

    /// <summary>Takes one step: W - learningRate grad L(W), all rows at once.</summary>
    /// <param name="learningRate">eta_alg.</param>
    void Advance(double learningRate);

    /// <summary>Loss of the minibatch the next step will use, at the present embeddings; the exact loss where there is no minibatch.</summary>
    double MinibatchLoss();

    /// <summary>Copies the embeddings, exactly.</summary>
    /// <param name="embeddings">Receives them, <see cref="Rows"/> x <see cref="Columns"/>.</param>
    void CopyTo(DenseMatrix embeddings);

    /// <summary>Restores a state: rounds the embeddings to the descent's precision and continues after a number of steps.</summary>
    /// <param name="embeddings"><see cref="Rows"/> x <see cref="Columns"/>; what <see cref="CopyTo"/> gave comes back exactly.</param>
    /// <param name="stepCount">Steps taken before.</param>
    void Restore(DenseMatrix embeddings, long stepCount);
}
