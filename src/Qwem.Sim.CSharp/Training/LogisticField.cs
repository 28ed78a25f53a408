using System.Runtime.Intrinsics;
using Qwem.Sim.LinearAlgebra;
using Qwem.Sim.Threading;

namespace Qwem.Sim.Training;

/// <summary>
/// Gradient flow of SGNS over all pairs in the coordinates of the words: of L(W) = sum_ij p_ij log(1 + e^-M_ij) + q_ij log(1 + e^M_ij),
/// dW/dt = 2 (p - (p + q) o sigmoid(M)) W.
/// </summary>
/// <remarks>State: V x d row-major, row i is word i. Cost per evaluation: 4 V^2 d operations and V^2 exponentials; V x V numbers of memory twice.</remarks>
public sealed class LogisticField : WordField
{
    private readonly DenseMatrix _positive, _total;

    /// <summary>The flow of two measures.</summary>
    /// <param name="positive">p, V x V, symmetric: probability of a positive pair times its weight in the loss; not changed.</param>
    /// <param name="negative">q, V x V, symmetric: probability of a negative pair times its weight in the loss; not changed.</param>
    /// <param name="start">W(0), V x d; its size is the least that errors are measured against.</param>
    /// <param name="team">Threads, or null for the calling thread alone.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public LogisticField(DenseMatrix positive, DenseMatrix negative, DenseMatrix start, WorkerTeam? team = null)
        : base(start, team, needsGram: true)
    {
        ArgumentNullException.ThrowIfNull(positive);
        ArgumentNullException.ThrowIfNull(negative);
        int v = Rows;
        if (positive.Rows != v || positive.Columns != v || negative.Rows != v || negative.Columns != v)
            throw new ArgumentException($"The start has {v} words, but the weights are {positive.Rows} x {positive.Columns} and {negative.Rows} x {negative.Columns}.", nameof(start));
        _positive = positive;
        _total = new DenseMatrix(v, v);
        for (int e = 0; e < _total.Values.Length; e++) _total.Values[e] = positive.Values[e] + negative.Values[e];
    }

    /// <summary>p - (p + q) o sigmoid(M).</summary>
    private protected override void ToSlope(int word, Span<double> row)
    {
        ReadOnlySpan<double> positive = _positive.Row(word), total = _total.Row(word);
        int j = 0;
        for (; j <= row.Length - Vector256<double>.Count; j += Vector256<double>.Count)
        {
            Vector256<double> sigmoid = LogisticFunction.Sigmoid(Vector256.Create<double>(row[j..]));
            Vector256.FusedMultiplyAdd(-Vector256.Create(total[j..]), sigmoid, Vector256.Create(positive[j..])).CopyTo(row[j..]);
        }
        for (; j < row.Length; j++) row[j] = Math.FusedMultiplyAdd(-total[j], LogisticFunction.Sigmoid(row[j]), positive[j]);
    }
}
