using Qwem.Sim.Random;

namespace Qwem.Sim.Descent;

/// <summary>Pairs drawn independently from the counts: positive ones from P_ij, negative ones from P_i P_j.</summary>
/// <remarks>
/// The reweighting is either a weight of each pair in the loss (as in the papers) or folded into the distribution of the draws: the
/// same expected gradient, with less noise. A minibatch is drawn in two passes: first all first words, of which only the number of
/// times each was drawn is kept, then for each first word its partners, from one row of the table. That is the distribution of
/// independent draws, in sorted order, and one row of cells stays in the cache where a table of all pairs does not.
/// Pairs that are not independent come from the upper triangle; where their order matters, a random bit gives it.
/// </remarks>
public sealed unsafe class IndependentPairs : IPairSource
{
    private readonly PairMeasures _measures;
    private readonly CounterRandom _firstRandom, _secondRandom, _orderRandom;
    private readonly AliasCell[] _firstCells, _cells;
    private readonly AliasRow[] _rows;
    private readonly int[] _times;
    private readonly PairWeigher? _weigher;
    private readonly bool _shared, _ordered;

    private IndependentPairs(PairMeasures measures, bool positive, bool folded, bool ordered, ulong seed)
    {
        _measures = measures;
        PairStatistics statistics = measures.Statistics;
        int v = statistics.VocabularySize;
        Weighted = !folded && measures.Reweighting != Reweighting.None;
        _firstRandom = new CounterRandom(seed, positive ? RandomStreams.PositiveFirstWords : RandomStreams.NegativeFirstWords);
        _secondRandom = new CounterRandom(seed, positive ? RandomStreams.PositivePartners : RandomStreams.NegativePartners);
        _orderRandom = new CounterRandom(seed, positive ? RandomStreams.PositiveOrders : RandomStreams.NegativeOrders);
        _times = new int[v];
        // Independent pairs have one row of cells for all first words, unless their weights are folded in and not a product.
        _shared = !positive && !(folded && measures.Reweighting == Reweighting.Constant);
        _ordered = ordered && !_shared;
        _rows = GC.AllocateArray<AliasRow>(v, pinned: true);
        double[] rowMass = new double[v], row = new double[v];
        ushort[] words = new ushort[v];
        for (int i = 0; i < v; i++) words[i] = (ushort)i;
        AliasFiller filler = new(v);
        _firstCells = GC.AllocateArray<AliasCell>(v, pinned: true);
        if (_shared)
        {
            // The weights of a product are those of its factors: q_ij proportional to q_i0 q_j0.
            for (int i = 0; i < v; i++) row[i] = folded ? measures.Negative(i, 0, 0) : measures.NegativeWords[i];
            _cells = GC.AllocateArray<AliasCell>(v, pinned: true);
            filler.Fill(words, row, _cells);
            row.CopyTo(rowMass, 0);
            Mass = measures.NegativeRatio;
        }
        else
        {
            long cells = 0;
            for (int i = 0; i < v; i++) cells += positive ? statistics.PartnersOf(i).Length : v - i;
            if (cells > Array.MaxLength)
                throw new ArgumentException($"The table of {cells} pairs is too large; use weights in the loss instead of in the draws, or fewer words.");
            _cells = GC.AllocateArray<AliasCell>((int)cells, pinned: true);
            int used = 0;
            for (int i = 0; i < v; i++)
            {
                ReadOnlySpan<ushort> partners = positive ? statistics.PartnersOf(i) : words.AsSpan(i);
                Weigh(i, positive, folded, partners, row);
                for (int n = 0; n < partners.Length; n++) rowMass[i] += row[n];
                filler.Fill(partners, row.AsSpan(0, partners.Length), _cells.AsSpan(used, partners.Length));
                _rows[i] = new AliasRow((uint)used, (uint)partners.Length);
                used += partners.Length;
                Mass += rowMass[i];
            }
        }
        filler.Fill(words, rowMass, _firstCells);
        if (Weighted) _weigher = new PairWeigher(measures);
    }

    /// <inheritdoc/>
    public int VocabularySize => _measures.VocabularySize;

    /// <inheritdoc/>
    public bool Weighted { get; }

    /// <inheritdoc/>
    public double Mass { get; }

    /// <summary>Positive pairs.</summary>
    /// <param name="measures">What to draw from.</param>
    /// <param name="folded">True to fold the weights into the draws, false to hand them over with each pair.</param>
    /// <param name="ordered">True if the order of a pair matters (two matrices).</param>
    /// <param name="seed">Root seed.</param>
    public static IndependentPairs Positive(PairMeasures measures, bool folded, bool ordered, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(measures);
        return new IndependentPairs(measures, true, folded, ordered, seed);
    }

    /// <summary>Negative pairs.</summary>
    /// <param name="measures">What to draw from.</param>
    /// <param name="folded">True to fold the weights into the draws, false to hand them over with each pair.</param>
    /// <param name="ordered">True if the order of a pair matters (two matrices).</param>
    /// <param name="seed">Root seed.</param>
    public static IndependentPairs Negative(PairMeasures measures, bool folded, bool ordered, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(measures);
        return new IndependentPairs(measures, false, folded, ordered, seed);
    }

    /// <inheritdoc/>
    public void Draw(long stepNumber, PairDraws draws)
    {
        ArgumentNullException.ThrowIfNull(draws);
        int pairs = draws.First.Length;
        ulong start = (ulong)stepNumber * (ulong)pairs;
        Span<ushort> first = draws.First, second = draws.Second;
        fixed (AliasCell* firstCells = _firstCells, cells = _cells)
        fixed (AliasRow* rows = _rows)
        {
            AliasDraws.FromTable(firstCells, VocabularySize, _firstRandom, start, first);
            Sort(first);
            if (_shared) AliasDraws.FromTable(cells, VocabularySize, _secondRandom, start, second);
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

    /// <summary>Weights of the pairs (i, j), j at least i: both orders of a pair, so twice the entry off the diagonal.</summary>
    private void Weigh(int i, bool positive, bool folded, ReadOnlySpan<ushort> partners, double[] row)
    {
        PairStatistics statistics = _measures.Statistics;
        if (!positive)
        {
            Array.Clear(row, 0, partners.Length);
            ReadOnlySpan<ushort> seenWords = statistics.PartnersOf(i);
            for (int n = 0; n < seenWords.Length; n++) row[seenWords[n] - i] = statistics.JointOf(i)[n];
            for (int n = 0; n < partners.Length; n++) row[n] = (n == 0 ? 1 : 2) * _measures.Negative(i, i + n, row[n]);
            return;
        }
        ReadOnlySpan<double> seen = statistics.JointOf(i);
        for (int n = 0; n < partners.Length; n++)
            row[n] = (partners[n] == i ? 1 : 2) * (folded ? _measures.Positive(i, partners[n], seen[n]) : seen[n]);
    }
}
