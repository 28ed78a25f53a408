using System.Numerics.Tensors;
using Qwem.Sim.LinearAlgebra;
using Qwem.Sim.Threading;

namespace Qwem.Sim.Descent;

/// <summary>Descent of SimCLR's normalised-temperature cross-entropy over a batch of positive pairs, in float64.</summary>
/// <remarks>
/// For B pairs (i_n, j_n) and s_nm = w_i(n) . w_j(m), the loss is 1/(beta B) sum_n [log((1/B) sum_m e^(beta s_nm)) - beta s_nn]: each pair
/// against the contexts of all pairs of the batch, its own among them. Divided by beta as in Eq. 20. Its expansion is L_xe with c = beta/2
/// but for the share 1/B of a pair with itself and for the variance of s_nm over m in place of its mean square: a row's mean changes
/// nothing in a softmax. Embeddings are not divided by their norms. 6 B^2 d operations per step.
/// </remarks>
public sealed class ContrastiveDescent : DenseDescent
{
    private readonly IPairSource _source;
    private readonly int _vocabularySize;
    private readonly double _beta;
    private readonly WorkerTeam _team;
    private readonly PairDraws _draws;
    private readonly DenseMatrix _words, _contexts, _products, _wordParts, _contextParts;
    private readonly double[] _rowLoss;
    private readonly Action<int> _softmax;

    /// <summary>Prepares a descent.</summary>
    /// <param name="source">Source of ordered positive pairs, without weights.</param>
    /// <param name="inverseTemperature">beta, positive and finite.</param>
    /// <param name="batch">B, pairs per step, 2 .. 16,384.</param>
    /// <param name="start">W(0), or W1(0) above W2(0), row i is word i; not changed.</param>
    /// <param name="team">Threads, or null for the calling thread alone.</param>
    /// <exception cref="ArgumentException">The shapes differ, or an argument is outside its range.</exception>
    public ContrastiveDescent(IPairSource source, double inverseTemperature, int batch, DenseMatrix start, WorkerTeam? team = null)
        : base(start)
    {
        ArgumentNullException.ThrowIfNull(source);
        team ??= new WorkerTeam(1);
        ArgumentOutOfRangeException.ThrowIfLessThan(batch, 2);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(batch, 16_384);
        if (!(inverseTemperature > 0) || !double.IsFinite(inverseTemperature))
            throw new ArgumentException($"The inverse temperature beta = {inverseTemperature} must be positive and finite.", nameof(inverseTemperature));
        if (source.Weighted) throw new ArgumentException("The contrastive loss takes pairs without weights.", nameof(source));
        if (start.Rows != source.VocabularySize && start.Rows != 2 * source.VocabularySize)
            throw new ArgumentException($"The start has {start.Rows} rows, but the source {source.VocabularySize} words.", nameof(start));
        _source = source;
        _vocabularySize = source.VocabularySize;
        _beta = inverseTemperature;
        _team = team;
        _draws = new PairDraws(batch, false);
        _words = new DenseMatrix(batch, Columns);
        _contexts = new DenseMatrix(batch, Columns);
        _wordParts = new DenseMatrix(batch, Columns);
        _contextParts = new DenseMatrix(batch, Columns);
        _products = new DenseMatrix(batch, batch);
        _rowLoss = new double[batch];
        _softmax = Softmax;
    }

    private int SecondOffset => Rows - _vocabularySize;

    private protected override double Loss(DenseMatrix embeddings)
    {
        Compare(embeddings);
        double loss = 0;
        foreach (double row in _rowLoss) loss += row;
        return loss / (_beta * _rowLoss.Length);
    }

    private protected override void Gradient(DenseMatrix embeddings, DenseMatrix gradient)
    {
        Compare(embeddings);
        double share = 1.0 / _rowLoss.Length;
        MatrixProduct.Multiply(share, _products, false, _contexts, false, 0, _wordParts, _team);
        MatrixProduct.Multiply(share, _products, true, _words, false, 0, _contextParts, _team);
        Array.Clear(gradient.Values);
        for (int n = 0; n < _rowLoss.Length; n++)
        {
            Kernels.Axpy(1, _wordParts.Row(n), gradient.Row(_draws.First[n]));
            Kernels.Axpy(1, _contextParts.Row(n), gradient.Row(_draws.Second[n] + SecondOffset));
        }
    }

    /// <summary>Fills the rows' losses, and the products with the derivative of the loss by them, times B.</summary>
    private void Compare(DenseMatrix embeddings)
    {
        _draws.Fill(_source, StepCount, _vocabularySize);
        for (int n = 0; n < _rowLoss.Length; n++)
        {
            embeddings.Row(_draws.First[n]).CopyTo(_words.Row(n));
            embeddings.Row(_draws.Second[n] + SecondOffset).CopyTo(_contexts.Row(n));
        }
        MatrixProduct.Multiply(_beta, _words, false, _contexts, true, 0, _products, _team);
        _team.Run(_rowLoss.Length, _softmax);
    }

    private void Softmax(int n)
    {
        Span<double> row = _products.Row(n);
        double own = row[n], largest = TensorPrimitives.Max<double>(row);
        for (int m = 0; m < row.Length; m++) row[m] = LogisticFunction.ExpOfMinus(largest - row[m]);
        double sum = Kernels.Sum(row);
        _rowLoss[n] = Math.Log(sum / row.Length) + largest - own;
        Kernels.Scale(1 / sum, row);
        row[n] -= 1;
    }
}
