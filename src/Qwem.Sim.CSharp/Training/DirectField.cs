using Qwem.Sim.LinearAlgebra;
using Qwem.Sim.Threading;

namespace Qwem.Sim.Training;

/// <summary>Gradient flow of any objective in the coordinates of the words: dW/dt = -grad L = 2 (B - 2 A o (W W')) W.</summary>
/// <remarks>
/// With one quadratic coefficient for all pairs the product is taken as B W - 2 A W (W' W), which needs no V x V Gram matrix.
/// State: V x d row-major, row i is word i. Cost per evaluation: 2 V^2 d operations, and as many again for unequal weights.
/// </remarks>
public sealed class DirectField : WordField
{
    private readonly PairwiseObjective _objective;
    private readonly DenseMatrix? _gram;

    /// <summary>The flow of an objective.</summary>
    /// <param name="objective">Loss to descend.</param>
    /// <param name="start">W(0), V x d; its size is the least that errors are measured against.</param>
    /// <param name="team">Threads, or null for the calling thread alone.</param>
    /// <exception cref="ArgumentException">The start has another number of words than the objective.</exception>
    public DirectField(PairwiseObjective objective, DenseMatrix start, WorkerTeam? team = null)
        : base(start, team, objective is { ConstantQuadratic: null })
    {
        ArgumentNullException.ThrowIfNull(objective);
        if (Rows != objective.VocabularySize)
            throw new ArgumentException($"The start has {Rows} words but the objective {objective.VocabularySize}.", nameof(start));
        _objective = objective;
        if (objective.ConstantQuadratic is not null) _gram = new DenseMatrix(Columns, Columns);
    }

    /// <inheritdoc/>
    public override void Evaluate(DenseMatrix state, DenseMatrix derivative)
    {
        if (_gram is null)
        {
            base.Evaluate(state, derivative);
            return;
        }
        MatrixProduct.Multiply(1, state, true, state, false, 0, _gram, Team);
        MatrixProduct.Multiply(2, _objective.Linear, false, state, false, 0, derivative, Team);
        MatrixProduct.Multiply(-4 * _objective.ConstantQuadratic!.Value, state, false, _gram, false, 1, derivative, Team);
    }

    /// <summary>B - 2 A o M.</summary>
    private protected override void ToSlope(int word, Span<double> row)
    {
        ReadOnlySpan<double> quadratic = _objective.Quadratic.Row(word), linear = _objective.Linear.Row(word);
        for (int j = 0; j < row.Length; j++) row[j] = linear[j] - 2 * quadratic[j] * row[j];
    }
}
