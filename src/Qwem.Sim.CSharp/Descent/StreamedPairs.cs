using Qwem.Sim.Corpora;
using Qwem.Sim.Random;
using Qwem.Sim.Statistics;

namespace Qwem.Sim.Descent;

/// <summary>Positive pairs from the token stream itself: dynamic windows, document boundaries, a new shuffle of the positions in every epoch.</summary>
/// <remarks>
/// A candidate is a position of the shuffle and a distance r, which L - r + 1 of L (L + 1) / 2 candidates have: what a radius uniform on
/// 1 .. L gives. It joins the position with the one r later, and is rejected if that one is in another document. Each candidate has a position of its own,
/// so that pairs of one centre are no closer than the shuffle brings them. With folded weights Psi_ij = psi_i psi_j it is kept with probability
/// psi_i psi_j / (max psi)^2: true subsampling by rejection. Self-pairs are rejected as well, and drawn from a table instead with the mass that the
/// theory gives them, P_i^2. A step examines a fixed number of candidates, so that its first one is known from its number: as many as fill the batch but for
/// 8 standard deviations; those left over are lost, and where they do not suffice the next step's are examined too.
/// </remarks>
public sealed unsafe class StreamedPairs : IPairSource
{
    /// <summary>Largest L: the table of distances has L (L + 1) / 2 entries.</summary>
    public const int LargestHalfWidth = 1000;

    private readonly ushort[] _ids;
    private readonly PairMeasures _measures;
    private readonly StreamCandidates _candidates;
    private readonly CounterRandom _coins, _selfPairs, _selfWords;
    private readonly uint[]? _thresholds;
    private readonly PairWeigher? _weigher;
    private readonly AliasCell[] _selfCells;
    private readonly double _acceptance;
    private readonly ulong _selfThreshold;

    /// <summary>Prepares the source.</summary>
    /// <param name="corpus">The token stream, words outside the vocabulary removed.</param>
    /// <param name="windowHalfWidth">L, 1 .. 1000.</param>
    /// <param name="measures">Statistics of the same stream and window, and the weights.</param>
    /// <param name="folded">True to reject by the weights, false to hand them over with each pair.</param>
    /// <param name="seed">Root seed.</param>
    /// <exception cref="ArgumentException">The vocabularies differ, the weights are not a product and to be folded, or no pair would be kept.</exception>
    public StreamedPairs(TokenCorpus corpus, int windowHalfWidth, PairMeasures measures, bool folded, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(corpus);
        ArgumentNullException.ThrowIfNull(measures);
        measures.RequireDrawable();
        ArgumentOutOfRangeException.ThrowIfLessThan(windowHalfWidth, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(windowHalfWidth, LargestHalfWidth);
        int v = measures.VocabularySize;
        if (corpus.NarrowIds is null || corpus.OutOfVocabularyRule != OutOfVocabularyRule.Removed || corpus.Vocabulary.Size != v)
            throw new ArgumentException($"The stream must be over the {v} words of the statistics, with all others removed.", nameof(corpus));
        if (folded && measures.Reweighting == Reweighting.Constant)
            throw new ArgumentException("Weights that make all pairs of words alike are not a product, so a stream cannot be subsampled by them: use them in the loss.", nameof(folded));
        _measures = measures;
        _ids = corpus.NarrowIds;
        _candidates = new StreamCandidates(corpus, windowHalfWidth, seed);
        _coins = new CounterRandom(seed, RandomStreams.StreamCoins);
        _selfPairs = new CounterRandom(seed, RandomStreams.SelfPairs);
        _selfWords = new CounterRandom(seed, RandomStreams.SelfPairWords);
        Weighted = !folded && measures.Reweighting != Reweighting.None;
        if (Weighted) _weigher = new PairWeigher(measures);
        bool rejects = folded && measures.Reweighting != Reweighting.None;
        double largest = 0;
        for (int i = 0; i < v; i++) largest = Math.Max(largest, measures.Factor(i));
        if (rejects) _thresholds = [.. Enumerable.Range(0, v).Select(i => (uint)Math.Min(uint.MaxValue, measures.Factor(i) / largest * 4294967296.0))];
        (double self, double other) = Masses(folded, out double[] selfWeights);
        Mass = self + other;
        double share = self / Mass;
        _selfThreshold = share >= 1 ? ulong.MaxValue : (ulong)(share * Math.ScaleB(1, 64));
        _acceptance = _candidates.ValidShare * other / (rejects ? largest * largest : 1);
        if (!(_acceptance > 1e-9))
            throw new ArgumentException("Fewer than one of 1e9 pairs of the stream would be kept; use a smaller exponent, the weights in the loss, or a longer text.", nameof(measures));
        _selfCells = GC.AllocateArray<AliasCell>(v, pinned: true);
        new AliasFiller(v).Fill([.. Enumerable.Range(0, v).Select(i => (ushort)i)], selfWeights, _selfCells);
    }

    /// <inheritdoc/>
    public int VocabularySize => _measures.VocabularySize;

    /// <inheritdoc/>
    public bool Weighted { get; }

    /// <inheritdoc/>
    public double Mass { get; }

    /// <summary>Candidates that a step of so many pairs examines.</summary>
    /// <param name="pairs">Pairs per step.</param>
    internal long CandidatesPerStep(int pairs) =>
        (long)Math.Ceiling((pairs + 8 * Math.Sqrt(pairs * (1 - Math.Min(1, _acceptance)))) / _acceptance) + 1;

    /// <inheritdoc/>
    public void Draw(long stepNumber, PairDraws draws)
    {
        ArgumentNullException.ThrowIfNull(draws);
        int pairs = draws.First.Length;
        ulong candidate = (ulong)stepNumber * (ulong)CandidatesPerStep(pairs);
        ushort* first = stackalloc ushort[StreamCandidates.Block], second = stackalloc ushort[StreamCandidates.Block];
        uint* left = stackalloc uint[StreamCandidates.Block], right = stackalloc uint[StreamCandidates.Block];
        for (int filled = 0; filled < pairs; candidate += StreamCandidates.Block)
        {
            _candidates.Places(candidate, left, right);
            int kept = _thresholds is null ? Kept(left, right, first, second) : KeptByCoins(candidate, left, right, first, second);
            int used = Math.Min(kept, pairs - filled);
            new ReadOnlySpan<ushort>(first, used).CopyTo(draws.First.AsSpan(filled));
            new ReadOnlySpan<ushort>(second, used).CopyTo(draws.Second.AsSpan(filled));
            filled += used;
        }
        ulong start = (ulong)stepNumber * (ulong)pairs;
        for (int n = 0; n < pairs; n++)
        {
            if (_selfPairs.Bits(start + (ulong)n) >= _selfThreshold) continue;
            fixed (AliasCell* cells = _selfCells) draws.First[n] = draws.Second[n] = AliasDraws.One(cells, (uint)VocabularySize, _selfWords.Bits(start + (ulong)n));
        }
        if (draws.Weights is not null) _weigher!.Weigh(draws);
    }

    /// <summary>Total masses of self-pairs and of all others, and the weights of the first.</summary>
    private (double Self, double Other) Masses(bool folded, out double[] selfWeights)
    {
        PairStatistics statistics = _measures.Statistics;
        double self = 0, other = 0;
        selfWeights = new double[VocabularySize];
        for (int i = 0; i < VocabularySize; i++)
        {
            ReadOnlySpan<ushort> partners = statistics.PartnersOf(i);
            ReadOnlySpan<double> joint = statistics.JointOf(i);
            for (int n = 0; n < partners.Length; n++)
            {
                double mass = folded ? _measures.Positive(i, partners[n], joint[n]) : joint[n];
                if (partners[n] == i) self += selfWeights[i] = mass;
                else other += 2 * mass;
            }
        }
        return (self, other);
    }

    private int Kept(uint* left, uint* right, ushort* first, ushort* second)
    {
        int kept = 0;
        fixed (ushort* ids = _ids)
        {
            for (int n = 0; n < StreamCandidates.Block; n++)
            {
                ushort i = ids[left[n]], j = ids[right[n]];
                first[kept] = i;
                second[kept] = j;
                kept += i != j ? 1 : 0;
            }
        }
        return kept;
    }

    private int KeptByCoins(ulong candidate, uint* left, uint* right, ushort* first, ushort* second)
    {
        int kept = 0;
        fixed (ushort* ids = _ids)
        fixed (uint* thresholds = _thresholds)
        {
            for (int n = 0; n < StreamCandidates.Block; n++)
            {
                ulong coins = _coins.Bits(candidate + (ulong)n);
                ushort i = ids[left[n]], j = ids[right[n]];
                first[kept] = i;
                second[kept] = j;
                // Without a branch, because which pairs are kept cannot be predicted.
                kept += (i != j ? 1 : 0) & ((uint)coins <= thresholds[i] ? 1 : 0) & ((uint)(coins >> 32) <= thresholds[j] ? 1 : 0);
            }
        }
        return kept;
    }
}
