using System.Buffers;
using Qwem.Sim.LinearAlgebra;
using Qwem.Sim.Random;
using Qwem.Sim.Statistics;
using Qwem.Sim.Threading;

namespace Qwem.Sim.Descent;

/// <summary>The loss over all pairs of words, its gradient, and the eigenvalue that limits the learning rate.</summary>
/// <remarks>
/// L(W) = sum over all ordered pairs of p_ij f+(m_ij) + q_ij f-(m_ij), m_ij = w_i . w_j or w1_i . w2_j. In float64, by blocks of rows:
/// 3 V^2 d operations (6 V^2 d in a model of two matrices), and memory for the counts in both orders and a block of 32 MB at most. The same bits on any number of threads.
/// </remarks>
public sealed class ExactObjective
{
    private const int BlockEntries = 1 << 22, PowerIterations = 60, FewIterations = 16;

    private readonly int _size;
    private readonly Weigher _weigh;
    private readonly PairLoss _loss;
    private readonly WorkerTeam _team;
    private readonly double[] _rowLoss;
    private readonly int _blockRows;
    private double[] _products = [];

    /// <summary>Prepares the objective.</summary>
    /// <param name="measures">Weights of the pairs.</param>
    /// <param name="loss">Loss of a pair.</param>
    /// <param name="asymmetric">True for M = W1'W2.</param>
    /// <param name="team">Threads, or null for the calling thread alone.</param>
    public ExactObjective(PairMeasures measures, PairLoss loss, bool asymmetric, WorkerTeam? team = null)
        : this(Required(measures).VocabularySize, Sparse(measures), loss, asymmetric, team)
    {
    }

    /// <summary>Prepares the objective of a model of one matrix from weights of any form.</summary>
    /// <param name="positive">p, V x V, symmetric, not negative.</param>
    /// <param name="negative">q, V x V, symmetric, not negative.</param>
    /// <param name="loss">Loss of a pair.</param>
    /// <param name="team">Threads, or null for the calling thread alone.</param>
    /// <exception cref="ArgumentException">The weights have different shapes, or one is not finite or negative.</exception>
    public ExactObjective(DenseMatrix positive, DenseMatrix negative, PairLoss loss, WorkerTeam? team = null)
        : this(Square(positive, negative), (i, from, p, q) =>
        {
            positive.Row(i)[from..].CopyTo(p);
            negative.Row(i)[from..].CopyTo(q);
        }, loss, false, team)
    {
    }

    private ExactObjective(int size, Weigher weigh, PairLoss loss, bool asymmetric, WorkerTeam? team)
    {
        ArgumentNullException.ThrowIfNull(loss);
        _size = size;
        _weigh = weigh;
        _loss = loss;
        Asymmetric = asymmetric;
        _team = team ?? new WorkerTeam(1);
        // A symmetric model should have several blocks, because each pair of them is one task.
        _blockRows = Math.Clamp(BlockEntries / size, 1, asymmetric ? size : Math.Min(size, Math.Max(256, size / 8)));
        _rowLoss = new double[size];
    }

    /// <summary>Fills p_ij and q_ij of a word i with the words from one on.</summary>
    private delegate void Weigher(int i, int from, Span<double> positive, Span<double> negative);

    /// <summary>True for M = W1'W2.</summary>
    public bool Asymmetric { get; }

    /// <summary>Rows of the embeddings: V or 2 V.</summary>
    public int Rows => (Asymmetric ? 2 : 1) * _size;

    /// <summary>The loss, and the gradient where asked for.</summary>
    /// <param name="embeddings">W, or W1 above W2; <see cref="Rows"/> x d.</param>
    /// <param name="gradient">Receives dL/dW, of the same shape; null if not wanted.</param>
    /// <param name="cancellation">Checked between blocks.</param>
    public double Evaluate(DenseMatrix embeddings, DenseMatrix? gradient, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(embeddings);
        int v = _size, d = embeddings.Columns;
        if (embeddings.Rows != Rows || (gradient is not null && (gradient.Rows != Rows || gradient.Columns != d)))
            throw new ArgumentException($"The model has {Rows} rows; the embeddings have {embeddings.Rows}, or their gradient another shape.", nameof(embeddings));
        if (_products.Length == 0) _products = new double[_blockRows * v];
        gradient?.Values.AsSpan().Clear();
        ProductWorkspace workspace = ProductWorkspace.Mine;
        Operand Part(DenseMatrix matrix, int row, bool transposed = false) => new(matrix.Values, row * d, d, transposed);
        for (int top = 0; top < v; top += _blockRows)
        {
            cancellation.ThrowIfCancellationRequested();
            int first = top, rows = Math.Min(_blockRows, v - top);
            // M = W W' is symmetric: each pair of blocks of rows is visited once and contributes to both.
            int from = Asymmetric ? 0 : top, columns = v - from, others = Asymmetric ? v : 0;
            workspace.Multiply(rows, columns, d, 1, Part(embeddings, top), Part(embeddings, others + from, true), 0, new Operand(_products, 0, columns, false), _team);
            _team.Run(rows, row => Pairs(first + row, from, rows, _products.AsSpan(row * columns, columns)));
            if (gradient is null) continue;
            double factor = Asymmetric ? 1 : 2;
            workspace.Multiply(rows, d, columns, factor, new Operand(_products, 0, columns, false), Part(embeddings, others + from), 1, Part(gradient, top), _team);
            int skipped = Asymmetric ? 0 : rows;
            if (skipped < columns)
                workspace.Multiply(columns - skipped, d, rows, factor, new Operand(_products, skipped, columns, true), Part(embeddings, top), 1, Part(gradient, others + from + skipped), _team);
        }
        double loss = 0;
        foreach (double row in _rowLoss) loss += row;
        return loss;
    }

    /// <summary>T x, T_ij the derivative of the loss by M_ij at some embeddings of a model of one matrix; 2 V^2 d operations.</summary>
    internal double[] SlopeTimes(DenseMatrix embeddings, double[] x, CancellationToken cancellation = default)
    {
        int v = _size, d = embeddings.Columns;
        double[] result = new double[v];
        if (_products.Length == 0) _products = new double[_blockRows * v];
        for (int top = 0; top < v; top += _blockRows)
        {
            cancellation.ThrowIfCancellationRequested();
            int first = top, rows = Math.Min(_blockRows, v - top);
            ProductWorkspace.Mine.Multiply(
                rows, v, d, 1, new Operand(embeddings.Values, top * d, d, false), new Operand(embeddings.Values, 0, d, true), 0, new Operand(_products, 0, v, false), _team);
            _team.Run(rows, row =>
            {
                Span<double> products = _products.AsSpan(row * v, v);
                Pairs(first + row, 0, v, products);
                result[first + row] = Kernels.Dot(products, x);
            });
        }
        return result;
    }

    /// <summary>u_i with u_i u_j close to A_ij, the factor of M_ij^2 near 0: the row sums of A over the root of their total.</summary>
    internal double[] RowWeights()
    {
        int v = _size;
        double[] weights = new double[v];
        _team.Run(v, i =>
        {
            double[] rented = ArrayPool<double>.Shared.Rent(2 * v);
            Span<double> positive = rented.AsSpan(0, v), negative = rented.AsSpan(v, v);
            _weigh(i, 0, positive, negative);
            weights[i] = _loss.PositiveQuadratic * Kernels.Sum(positive) + _loss.NegativeQuadratic * Kernels.Sum(negative);
            ArrayPool<double>.Shared.Return(rented);
        });
        double root = Math.Sqrt(weights.Sum());
        return Array.ConvertAll(weights, weight => weight / root);
    }

    /// <summary>Estimate of the largest learning rate at which gradient descent of the full batch settles, from lambda_1.</summary>
    /// <remarks>
    /// lambda_1 and lambda_V are the extreme eigenvalues of B = -(p f+'(0) + q f-'(0)), by power iteration. Where all pairs weigh alike, the
    /// curvature is 4 lambda_1 along the first mode at its plateau and 2 (lambda_1 - lambda_V) between it and the last one; in a model of two
    /// matrices 2 max |lambda|, for those learn negative modes too. Descent is stable below 2 / curvature; unequal weights and the noise of
    /// minibatches lower the limit. Cost: about 200 passes over all pairs of words.
    /// </remarks>
    /// <param name="cancellation">Checked between iterations.</param>
    public double LargestStableRate(CancellationToken cancellation = default)
    {
        double radius = Math.Abs(Dominant(1, 0, PowerIterations, cancellation));
        if (Asymmetric) return 1 / radius;
        double first = Dominant(1, radius, PowerIterations, cancellation) - radius, last = radius - Dominant(-1, radius, PowerIterations, cancellation);
        return 1 / Math.Max(2 * first, first - last);
    }

    /// <summary>A rate at or below <see cref="LargestStableRate"/>, to a few percent, from the largest |lambda| alone: a tenth of the work.</summary>
    /// <param name="cancellation">Checked between iterations.</param>
    public double SafeRate(CancellationToken cancellation = default) =>
        (Asymmetric ? 1 : 0.5) / Math.Abs(Dominant(1, 0, FewIterations, cancellation));

    /// <summary>Eigenvalue of largest size of sign B + shift, by Rayleigh's quotient.</summary>
    private double Dominant(double sign, double shift, int iterations, CancellationToken cancellation)
    {
        int v = _size;
        double[] x = new double[v], y = new double[v];
        Random.GaussianSequence gaussian = new(new Random.CounterRandom(0, RandomStreams.PowerIteration));
        for (int i = 0; i < v; i++) x[i] = gaussian.Next();
        double quotient = 0;
        for (int iteration = 0; iteration < iterations; iteration++)
        {
            cancellation.ThrowIfCancellationRequested();
            double norm = Math.Sqrt(Kernels.NormSquared(x));
            if (norm == 0) return 0;
            Kernels.Scale(1 / norm, x);
            double[] from = x, to = y;
            _team.Run(v, i => to[i] = sign * Growth(i, from) + shift * from[i]);
            quotient = Kernels.Dot(x, y);
            (x, y) = (y, x);
        }
        return quotient;
    }

    private double Growth(int i, ReadOnlySpan<double> x)
    {
        double[] rented = ArrayPool<double>.Shared.Rent(2 * x.Length);
        Span<double> positive = rented.AsSpan(0, x.Length), negative = rented.AsSpan(x.Length, x.Length);
        _weigh(i, 0, positive, negative);
        double growth = -_loss.Slope(true, 0) * Kernels.Dot(positive, x) - _loss.Slope(false, 0) * Kernels.Dot(negative, x);
        ArrayPool<double>.Shared.Return(rented);
        return growth;
    }

    /// <summary>Turns a row of inner products, with words from one on, into the derivatives by them, and keeps the row's loss.</summary>
    /// <param name="i">The row.</param>
    /// <param name="from">The first of the other words.</param>
    /// <param name="once">Of a symmetric model, how many of them have a row of their own in this block; pairs with the others count twice.</param>
    /// <param name="products">M_ij.</param>
    private void Pairs(int i, int from, int once, Span<double> products)
    {
        int length = products.Length;
        double[] rented = ArrayPool<double>.Shared.Rent(2 * length);
        Span<double> positive = rented.AsSpan(0, length), negative = rented.AsSpan(length, length);
        _weigh(i, from, positive, negative);
        if (Asymmetric) once = length;
        double loss = _loss.Differentiate(positive[..once], negative[..once], products[..once]);
        _rowLoss[i] = once == length ? loss : loss + 2 * _loss.Differentiate(positive[once..], negative[once..], products[once..]);
        ArrayPool<double>.Shared.Return(rented);
    }

    private static PairMeasures Required(PairMeasures measures)
    {
        ArgumentNullException.ThrowIfNull(measures);
        return measures;
    }

    private static Weigher Sparse(PairMeasures measures)
    {
        (int[] starts, ushort[] columns, double[] joint) = BothOrders(measures.Statistics);
        return (i, from, positive, negative) =>
        {
            positive.Clear();
            int first = from == 0 ? 0 : columns.AsSpan(starts[i]..starts[i + 1]).BinarySearch((ushort)from);
            for (int e = starts[i] + (first < 0 ? ~first : first); e < starts[i + 1]; e++) positive[columns[e] - from] = joint[e];
            measures.Fill(i, from, positive, negative);
        };
    }

    private static int Square(DenseMatrix positive, DenseMatrix negative)
    {
        PairWeightCheck.Require(positive, negative);
        return positive.Rows;
    }

    private static (int[] Starts, ushort[] Columns, double[] Joint) BothOrders(PairStatistics statistics)
    {
        int v = statistics.VocabularySize;
        int[] starts = new int[v + 1];
        for (int i = 0; i < v; i++)
        {
            foreach (ushort j in statistics.PartnersOf(i))
            {
                starts[i + 1]++;
                if (j != i) starts[j + 1]++;
            }
        }
        long entries = starts.Sum(length => (long)length);
        if (entries > Array.MaxLength)
            throw new ArgumentException($"Both orders of the pairs that were seen are {entries}, more than the {Array.MaxLength} of one array; choose a smaller vocabulary.", nameof(statistics));
        for (int i = 0; i < v; i++) starts[i + 1] += starts[i];
        int[] cursors = starts[..v];
        ushort[] columns = new ushort[starts[v]];
        double[] joint = new double[starts[v]];
        for (int i = 0; i < v; i++)
        {
            ReadOnlySpan<ushort> partners = statistics.PartnersOf(i);
            ReadOnlySpan<double> weights = statistics.JointOf(i);
            for (int n = 0; n < partners.Length; n++)
            {
                int j = partners[n];
                columns[cursors[i]] = (ushort)j;
                joint[cursors[i]++] = weights[n];
                if (j == i) continue;
                columns[cursors[j]] = (ushort)i;
                joint[cursors[j]++] = weights[n];
            }
        }
        return (starts, columns, joint);
    }
}
