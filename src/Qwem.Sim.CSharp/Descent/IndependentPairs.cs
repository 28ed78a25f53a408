using Qwem.Sim.LinearAlgebra;
using Qwem.Sim.Random;
using Qwem.Sim.Statistics;

namespace Qwem.Sim.Descent;

/// <summary>Pairs drawn independently: positive ones from P_ij and negative ones from P_i P_j of counts, or from any weights.</summary>
/// <remarks>
/// The reweighting is either a weight of each pair in the loss (as in the papers) or folded into the distribution of the draws: the
/// same expected gradient, with less noise. A minibatch is drawn in two passes: first all first words, of which only the number of
/// times each was drawn is kept, then for each first word its partners, from one row of the table. That is the distribution of
/// independent draws, in sorted order, and one row of cells stays in the cache where a table of all pairs does not.
/// Pairs that are not independent come from the upper triangle; where their order matters, a random bit gives it.
/// </remarks>
public sealed unsafe class IndependentPairs : IPairSource
{
    /// <summary>The alias tables: of the first words, and of each one's partners, or one for all where the rows are none.</summary>
    private sealed record Tables(AliasCell[] FirstCells, AliasCell[] Cells, AliasRow[]? Rows, double Mass);

    /// <summary>The partners j, at least i, of word i and their weights: how many there are.</summary>
    private delegate int RowOf(int i, Span<ushort> partners, Span<double> weights);

    private readonly CounterRandom _firstRandom, _secondRandom, _orderRandom;
    private readonly Tables _tables;
    private readonly int[] _times;
    private readonly PairWeigher? _weigher;
    private readonly bool _ordered;

    private IndependentPairs(Tables tables, PairWeigher? weigher, bool positive, bool ordered, ulong seed)
    {
        _tables = tables;
        _weigher = weigher;
        _ordered = ordered && tables.Rows is not null;
        _firstRandom = new CounterRandom(seed, positive ? RandomStreams.PositiveFirstWords : RandomStreams.NegativeFirstWords);
        _secondRandom = new CounterRandom(seed, positive ? RandomStreams.PositivePartners : RandomStreams.NegativePartners);
        _orderRandom = new CounterRandom(seed, positive ? RandomStreams.PositiveOrders : RandomStreams.NegativeOrders);
        _times = new int[VocabularySize];
    }

    /// <inheritdoc/>
    public int VocabularySize => _tables.FirstCells.Length;

    /// <inheritdoc/>
    public bool Weighted => _weigher is not null;

    /// <inheritdoc/>
    public double Mass => _tables.Mass;

    /// <summary>Positive pairs.</summary>
    /// <param name="measures">What to draw from.</param>
    /// <param name="folded">True to fold the weights into the draws, false to hand them over with each pair.</param>
    /// <param name="ordered">True if the order of a pair matters (two matrices).</param>
    /// <param name="seed">Root seed.</param>
    public static IndependentPairs Positive(PairMeasures measures, bool folded, bool ordered, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(measures);
        measures.RequireDrawable();
        PairStatistics statistics = measures.Statistics;
        long cells = 0;
        for (int i = 0; i < statistics.VocabularySize; i++) cells += statistics.PartnersOf(i).Length;
        Tables tables = ByRows(statistics.VocabularySize, cells, (i, partners, weights) =>
        {
            ReadOnlySpan<ushort> seen = statistics.PartnersOf(i);
            ReadOnlySpan<double> joint = statistics.JointOf(i);
            seen.CopyTo(partners);
            for (int n = 0; n < seen.Length; n++) weights[n] = (seen[n] == i ? 1 : 2) * (folded ? measures.Positive(i, seen[n], joint[n]) : joint[n]);
            return seen.Length;
        });
        return new IndependentPairs(tables, WeigherOf(measures, folded), true, ordered, seed);
    }

    /// <summary>Negative pairs.</summary>
    /// <param name="measures">What to draw from.</param>
    /// <param name="folded">True to fold the weights into the draws, false to hand them over with each pair.</param>
    /// <param name="ordered">True if the order of a pair matters (two matrices).</param>
    /// <param name="seed">Root seed.</param>
    public static IndependentPairs Negative(PairMeasures measures, bool folded, bool ordered, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(measures);
        measures.RequireDrawable();
        PairStatistics statistics = measures.Statistics;
        int v = statistics.VocabularySize;
        Tables tables;
        if (folded && measures.Reweighting == Reweighting.Constant)
        {
            tables = ByRows(v, v * (v + 1L) / 2, (i, partners, weights) =>
            {
                ReadOnlySpan<ushort> seen = statistics.PartnersOf(i);
                weights.Clear();
                for (int n = 0; n < seen.Length; n++) weights[seen[n] - i] = statistics.JointOf(i)[n];
                for (int n = 0; n < v - i; n++)
                {
                    partners[n] = (ushort)(i + n);
                    weights[n] = (n == 0 ? 1 : 2) * measures.Negative(i, i + n, weights[n]);
                }
                return v - i;
            });
        }
        else
        {
            // The weights of a product are those of its factors, q_ij proportional to q_i0 q_j0: one table serves both words.
            AliasCell[] cells = GC.AllocateArray<AliasCell>(v, pinned: true);
            double[] weights = new double[v];
            for (int i = 0; i < v; i++) weights[i] = folded ? measures.Negative(i, 0, 0) : measures.NegativeWords[i];
            new AliasFiller(v).Fill(AllWords(v), weights, cells);
            tables = new Tables(cells, cells, null, measures.NegativeRatio);
        }
        return new IndependentPairs(tables, WeigherOf(measures, folded), false, ordered, seed);
    }

    /// <summary>Pairs drawn in proportion to freely chosen weights, which their <see cref="Mass"/> is the sum of.</summary>
    /// <param name="weights">V x V, symmetric, finite, not negative, not all zero; its upper triangle is read. 4 V^2 bytes of tables.</param>
    /// <param name="positive">The sign, which decides the stream of random numbers.</param>
    /// <param name="ordered">True if the order of a pair matters.</param>
    /// <param name="seed">Root seed.</param>
    /// <exception cref="ArgumentException">The matrix is not V x V with V from 1 to 65,535, a weight is not what it must be, or all are zero.</exception>
    public static IndependentPairs FromWeights(DenseMatrix weights, bool positive, bool ordered, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(weights);
        int v = weights.Rows;
        if (weights.Columns != v || v is < 1 or > PairStatistics.LargestVocabulary)
            throw new ArgumentException($"The weights must be V x V with V from 1 to {PairStatistics.LargestVocabulary}, not {v} x {weights.Columns}.", nameof(weights));
        long cells = 0;
        for (int i = 0; i < v; i++)
        {
            for (int j = i; j < v; j++)
            {
                double weight = weights[i, j];
                if (!(weight >= 0) || !double.IsFinite(weight))
                    throw new ArgumentException($"The weight of pair ({i}, {j}) is {weight}; weights must be finite and not negative.", nameof(weights));
                if (weight > 0) cells++;
            }
        }
        if (cells == 0) throw new ArgumentException("All weights are zero.", nameof(weights));
        Tables tables = ByRows(v, cells, (i, partners, row) =>
        {
            int count = 0;
            for (int j = i; j < v; j++)
            {
                if (weights[i, j] == 0) continue;
                partners[count] = (ushort)j;
                row[count++] = (i == j ? 1 : 2) * weights[i, j];
            }
            return count;
        });
        if (!double.IsFinite(tables.Mass)) throw new ArgumentException("The weights add up to more than a double holds.", nameof(weights));
        return new IndependentPairs(tables, null, positive, ordered, seed);
    }

    /// <inheritdoc/>
    public void Draw(long stepNumber, PairDraws draws)
    {
        ArgumentNullException.ThrowIfNull(draws);
        int pairs = draws.First.Length;
        ulong start = (ulong)stepNumber * (ulong)pairs;
        Span<ushort> first = draws.First, second = draws.Second;
        fixed (AliasCell* firstCells = _tables.FirstCells, cells = _tables.Cells)
        fixed (AliasRow* rows = _tables.Rows)
        {
            AliasDraws.FromTable(firstCells, VocabularySize, _firstRandom, start, first);
            Sort(first);
            if (rows == null) AliasDraws.FromTable(cells, VocabularySize, _secondRandom, start, second);
            else AliasDraws.FromRows(rows, cells, _secondRandom, start, first, second);
        }
        if (_ordered) Shuffle(start, first, second);
        if (draws.Weights is not null) _weigher!.Weigh(draws);
    }

    /// <summary>Sorts words by counting them.</summary>
    private void Sort(Span<ushort> words)
    {
        Array.Clear(_times);
        foreach (ushort word in words) _times[word]++;
        int end = 0;
        for (int i = 0; i < _times.Length; i++)
        {
            words.Slice(end, _times[i]).Fill((ushort)i);
            end += _times[i];
        }
    }

    /// <summary>Gives each pair one of its two orders.</summary>
    private void Shuffle(ulong start, Span<ushort> first, Span<ushort> second)
    {
        for (int n = 0; n < first.Length; n++)
        {
            int swap = -(int)(_orderRandom.Bits(start + (ulong)n) >> 63) & (first[n] ^ second[n]);
            first[n] ^= (ushort)swap;
            second[n] ^= (ushort)swap;
        }
    }

    private static Tables ByRows(int v, long count, RowOf rowOf)
    {
        if (count > Array.MaxLength)
            throw new ArgumentException($"The table of {count} pairs is too large; use weights in the loss instead of in the draws, or fewer words.");
        AliasCell[] cells = GC.AllocateArray<AliasCell>((int)count, pinned: true), firstCells = GC.AllocateArray<AliasCell>(v, pinned: true);
        AliasRow[] rows = GC.AllocateArray<AliasRow>(v, pinned: true);
        double[] rowMass = new double[v], weights = new double[v];
        ushort[] partners = new ushort[v];
        AliasFiller filler = new(v);
        double mass = 0;
        int used = 0;
        for (int i = 0; i < v; i++)
        {
            int length = rowOf(i, partners, weights);
            foreach (double weight in weights.AsSpan(0, length)) rowMass[i] += weight;
            filler.Fill(partners.AsSpan(0, length), weights.AsSpan(0, length), cells.AsSpan(used, length));
            rows[i] = new AliasRow((uint)used, (uint)length);
            used += length;
            mass += rowMass[i];
        }
        filler.Fill(AllWords(v), rowMass, firstCells);
        return new Tables(firstCells, cells, rows, mass);
    }

    private static PairWeigher? WeigherOf(PairMeasures measures, bool folded) =>
        folded || measures.Reweighting == Reweighting.None ? null : new PairWeigher(measures);

    private static ushort[] AllWords(int v) => [.. Enumerable.Range(0, v).Select(i => (ushort)i)];
}
