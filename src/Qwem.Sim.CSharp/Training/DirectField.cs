using Qwem.Sim.LinearAlgebra;
using Qwem.Sim.Threading;

namespace Qwem.Sim.Training;

/// <summary>Gradient flow of any objective in the coordinates of the words: dW/dt = -grad L = 2 (B - 2 A o (W W')) W.</summary>
/// <remarks>
/// With one quadratic coefficient for all pairs the product is taken as B W - 2 A W (W' W), which needs no V x V Gram matrix.
/// State: V x d row-major, row i is word i. Cost per evaluation: 2 V^2 d operations, and as many again for unequal weights.
/// </remarks>
public sealed class DirectField : IFlowField
{
    private const int RowsPerTask = 32;

    private readonly PairwiseObjective _objective;
    private readonly WorkerTeam _team;
    private readonly DenseMatrix? _gram, _slope;
    private readonly double _floor;
    private readonly Action<int> _slopeRows;

    /// <summary>The flow of an objective.</summary>
    /// <param name="objective">Loss to descend.</param>
    /// <param name="start">W(0), V x d; its size is the least that errors are measured against.</param>
    /// <param name="team">Threads.</param>
    public DirectField(PairwiseObjective objective, DenseMatrix start, WorkerTeam team)
    {
        ArgumentNullException.ThrowIfNull(objective);
        ArgumentNullException.ThrowIfNull(start);
        ArgumentNullException.ThrowIfNull(team);
        if (start.Rows != objective.VocabularySize)
            throw new ArgumentException($"The start has {start.Rows} words but the objective {objective.VocabularySize}.", nameof(start));
        _objective = objective;
        _team = team;
        Rows = start.Rows;
        Columns = start.Columns;
        if (objective.ConstantQuadratic is not null) _gram = new DenseMatrix(Columns, Columns);
        else _slope = new DenseMatrix(Rows, Rows);
        _floor = Math.Sqrt(Kernels.NormSquared(start.Values));
        _slopeRows = SlopeRows;
    }

    /// <inheritdoc/>
    public int Rows { get; }

    /// <inheritdoc/>
    public int Columns { get; }

    /// <inheritdoc/>
    public double FastestDecay => 0;

    /// <inheritdoc/>
    public void Evaluate(DenseMatrix state, DenseMatrix derivative)
    {
        if (_gram is not null)
        {
            MatrixProduct.Multiply(1, state, true, state, false, 0, _gram, _team);
            MatrixProduct.Multiply(2, _objective.Linear, false, state, false, 0, derivative, _team);
            MatrixProduct.Multiply(-4 * _objective.ConstantQuadratic!.Value, state, false, _gram, false, 1, derivative, _team);
            return;
        }
        MatrixProduct.Multiply(1, state, false, state, true, 0, _slope!, _team);
        _team.Run((Rows + RowsPerTask - 1) / RowsPerTask, _slopeRows);
        MatrixProduct.Multiply(2, _slope!, false, state, false, 0, derivative, _team);
    }

    /// <summary>Frobenius norm of the error over that of the state, or of the start if that is larger.</summary>
    /// <param name="before">State at the start of the step.</param>
    /// <param name="after">Candidate state at its end.</param>
    /// <param name="difference">Estimated local error.</param>
    public double RelativeError(DenseMatrix before, DenseMatrix after, DenseMatrix difference) => WholeStateError(before, after, difference, _floor);

    /// <summary>Frobenius norm of an error over that of the state, or over <paramref name="floor"/> if that is larger.</summary>
    internal static double WholeStateError(DenseMatrix before, DenseMatrix after, DenseMatrix difference, double floor)
    {
        double gap = Math.Sqrt(Kernels.NormSquared(difference.Values));
        // A start of 0 stays there: no error, not 0/0.
        if (gap == 0) return 0;
        double size = Math.Sqrt(Math.Max(Kernels.NormSquared(before.Values), Kernels.NormSquared(after.Values)));
        return gap / Math.Max(size, floor);
    }

    /// <summary>Turns rows of the Gram matrix M into rows of B - 2 A o M.</summary>
    private void SlopeRows(int block)
    {
        for (int i = block * RowsPerTask; i < Math.Min(Rows, (block + 1) * RowsPerTask); i++)
        {
            Span<double> slope = _slope!.Row(i);
            ReadOnlySpan<double> quadratic = _objective.Quadratic.Row(i), linear = _objective.Linear.Row(i);
            for (int j = 0; j < slope.Length; j++) slope[j] = linear[j] - 2 * quadratic[j] * slope[j];
        }
    }
}
