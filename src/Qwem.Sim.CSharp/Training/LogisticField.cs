using System.Runtime.Intrinsics;
using Qwem.Sim.Descent;
using Qwem.Sim.LinearAlgebra;
using Qwem.Sim.Threading;

namespace Qwem.Sim.Training;

/// <summary>
/// Gradient flow of SGNS over all pairs in the coordinates of the words: of L(W) = sum_ij p_ij log(1 + e^-M_ij) + q_ij log(1 + e^M_ij),
/// dW/dt = 2 (p - (p + q) o sigmoid(M)) W.
/// </summary>
/// <remarks>State: V x d row-major, row i is word i. Cost per evaluation: 4 V^2 d operations and V^2 exponentials; V x V numbers of memory twice.</remarks>
public sealed class LogisticField : IFlowField
{
    private const int RowsPerTask = 32;

    private readonly DenseMatrix _positive, _total, _slope;
    private readonly WorkerTeam _team;
    private readonly double _floor;
    private readonly Action<int> _slopeRows;

    /// <summary>The flow of two measures.</summary>
    /// <param name="positive">p, V x V, symmetric: probability of a positive pair times its weight in the loss; not changed.</param>
    /// <param name="negative">q, V x V, symmetric: probability of a negative pair times its weight in the loss; not changed.</param>
    /// <param name="start">W(0), V x d; its size is the least that errors are measured against.</param>
    /// <param name="team">Threads.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public LogisticField(DenseMatrix positive, DenseMatrix negative, DenseMatrix start, WorkerTeam team)
    {
        ArgumentNullException.ThrowIfNull(positive);
        ArgumentNullException.ThrowIfNull(negative);
        ArgumentNullException.ThrowIfNull(start);
        ArgumentNullException.ThrowIfNull(team);
        int v = start.Rows;
        if (positive.Rows != v || positive.Columns != v || negative.Rows != v || negative.Columns != v)
            throw new ArgumentException($"The start has {v} words, but the weights are {positive.Rows} x {positive.Columns} and {negative.Rows} x {negative.Columns}.", nameof(start));
        _positive = positive;
        _total = new DenseMatrix(v, v);
        for (int e = 0; e < _total.Values.Length; e++) _total.Values[e] = positive.Values[e] + negative.Values[e];
        _slope = new DenseMatrix(v, v);
        _team = team;
        Rows = v;
        Columns = start.Columns;
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
        MatrixProduct.Multiply(1, state, false, state, true, 0, _slope, _team);
        _team.Run((Rows + RowsPerTask - 1) / RowsPerTask, _slopeRows);
        MatrixProduct.Multiply(2, _slope, false, state, false, 0, derivative, _team);
    }

    /// <summary>Frobenius norm of the error over that of the state, or of the start if that is larger.</summary>
    /// <param name="before">State at the start of the step.</param>
    /// <param name="after">Candidate state at its end.</param>
    /// <param name="difference">Estimated local error.</param>
    public double RelativeError(DenseMatrix before, DenseMatrix after, DenseMatrix difference) =>
        DirectField.WholeStateError(before, after, difference, _floor);

    /// <summary>Turns rows of the Gram matrix M into rows of p - (p + q) o sigmoid(M).</summary>
    private void SlopeRows(int block)
    {
        for (int i = block * RowsPerTask; i < Math.Min(Rows, (block + 1) * RowsPerTask); i++)
        {
            Span<double> slope = _slope.Row(i);
            ReadOnlySpan<double> positive = _positive.Row(i), total = _total.Row(i);
            int j = 0;
            for (; j <= slope.Length - Vector256<double>.Count; j += Vector256<double>.Count)
            {
                Vector256<double> sigmoid = LogisticFunction.Sigmoid(Vector256.Create<double>(slope[j..]));
                Vector256.FusedMultiplyAdd(-Vector256.Create(total[j..]), sigmoid, Vector256.Create(positive[j..])).CopyTo(slope[j..]);
            }
            for (; j < slope.Length; j++) slope[j] = Math.FusedMultiplyAdd(-total[j], LogisticFunction.Sigmoid(slope[j]), positive[j]);
        }
    }
}
