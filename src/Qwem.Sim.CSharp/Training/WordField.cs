using Qwem.Sim.LinearAlgebra;
using Qwem.Sim.Threading;

namespace Qwem.Sim.Training;

/// <summary>Gradient flow of a loss of all pairs in the coordinates of the words: dW/dt = 2 S W, the slope S an entrywise function of M = W W'.</summary>
/// <remarks>State: V x d row-major, row i is word i.</remarks>
public abstract class WordField : IFlowField
{
    private const int RowsPerTask = 32;

    private readonly DenseMatrix? _slope;
    private readonly double _floor;
    private readonly Action<int> _slopeRows;

    /// <summary>The flow from a start.</summary>
    /// <param name="start">W(0), V x d; its size is the least that errors are measured against.</param>
    /// <param name="team">Threads, or null for the calling thread alone.</param>
    /// <param name="needsGram">Whether S is ever formed; its V x V numbers are not allocated otherwise.</param>
    private protected WordField(DenseMatrix start, WorkerTeam? team, bool needsGram)
    {
        ArgumentNullException.ThrowIfNull(start);
        team ??= new WorkerTeam(1);
        Team = team;
        Rows = start.Rows;
        Columns = start.Columns;
        if (needsGram) _slope = new DenseMatrix(Rows, Rows);
        _floor = Math.Sqrt(Kernels.NormSquared(start.Values));
        _slopeRows = SlopeRows;
    }

    /// <inheritdoc/>
    public int Rows { get; }

    /// <inheritdoc/>
    public int Columns { get; }

    /// <inheritdoc/>
    public double FastestDecay => 0;

    private protected WorkerTeam Team { get; }

    /// <inheritdoc/>
    public virtual void Evaluate(DenseMatrix state, DenseMatrix derivative)
    {
        MatrixProduct.Multiply(1, state, false, state, true, 0, _slope!, Team);
        Team.Run((Rows + RowsPerTask - 1) / RowsPerTask, _slopeRows);
        MatrixProduct.Multiply(2, _slope!, false, state, false, 0, derivative, Team);
    }

    /// <summary>Frobenius norm of the error over that of the state, or of the start if that is larger.</summary>
    /// <param name="before">State at the start of the step.</param>
    /// <param name="after">Candidate state at its end.</param>
    /// <param name="difference">Estimated local error.</param>
    public double RelativeError(DenseMatrix before, DenseMatrix after, DenseMatrix difference)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        ArgumentNullException.ThrowIfNull(difference);
        double gap = Math.Sqrt(Kernels.NormSquared(difference.Values));
        // A start of 0 stays there: its error is 0, not 0/0.
        if (gap == 0) return 0;
        double size = Math.Sqrt(Math.Max(Kernels.NormSquared(before.Values), Kernels.NormSquared(after.Values)));
        return gap / Math.Max(size, _floor);
    }

    /// <summary>Turns a row of M into that of S.</summary>
    /// <param name="word">Index of the row.</param>
    /// <param name="row">V numbers, changed in place.</param>
    private protected abstract void ToSlope(int word, Span<double> row);

    private void SlopeRows(int block)
    {
        for (int i = block * RowsPerTask; i < Math.Min(Rows, (block + 1) * RowsPerTask); i++) ToSlope(i, _slope!.Row(i));
    }
}
