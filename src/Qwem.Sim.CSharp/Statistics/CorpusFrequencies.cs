using Qwem.Sim.Cooccurrence;
using Qwem.Sim.LinearAlgebra;

namespace Qwem.Sim.Statistics;

/// <summary>P_i and P_ij of the most frequent words of counts: the one place where the simulator turns counts into probabilities.</summary>
/// <remarks>
/// P_i is as <see cref="Marginals"/> defines it. P_ij = C_ij / N, N the sum of all C_ij of these words; a pair of a word with itself is as
/// <see cref="SelfPairs"/> defines it, and nothing is renormalised.
/// </remarks>
public sealed class CorpusFrequencies
{
    private readonly CooccurrenceCounts _counts;

    /// <summary>The frequencies of the most frequent words of counts, as if there were no others.</summary>
    /// <param name="counts">Exact counts; kept.</param>
    /// <param name="vocabularySize">How many words to use, 1 .. the counts' V; null for all.</param>
    /// <param name="marginals">Where P_i comes from.</param>
    /// <param name="selfPairs">What becomes of pairs of a word with itself.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="vocabularySize"/> is outside its range.</exception>
    /// <exception cref="ArgumentException">No two words were seen together, or a word has no pairs although P_i is to come from them.</exception>
    public CorpusFrequencies(
        CooccurrenceCounts counts, int? vocabularySize = null, Marginals marginals = Marginals.Words, SelfPairs selfPairs = SelfPairs.Neutral)
    {
        ArgumentNullException.ThrowIfNull(counts);
        int size = vocabularySize ?? counts.VocabularySize;
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1, nameof(vocabularySize));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, counts.VocabularySize, nameof(vocabularySize));
        _counts = counts;
        SelfPairs = selfPairs;
        P = new double[size];
        long pairTotal = size == counts.VocabularySize ? counts.TotalCount : RowSums().Sum(), wordTotal = 0;
        if (pairTotal == 0)
            throw new ArgumentException($"The counts hold no pair of words among the {size} most frequent; count a longer text or a wider window.");
        PairTotal = pairTotal;
        ReadOnlySpan<long> occurrences = marginals == Marginals.Words ? counts.WordCounts.AsSpan(0, size) : RowSums();
        foreach (long count in occurrences) wordTotal += count;
        for (int i = 0; i < size; i++)
        {
            if (occurrences[i] == 0)
                throw new ArgumentException($"The word '{counts.Words[i]}' is in no pair, so its marginal is 0; take the marginals from the words.");
            P[i] = (double)occurrences[i] / wordTotal;
        }
    }

    /// <summary>V.</summary>
    public int VocabularySize => P.Length;

    /// <summary>P_i, V of them, positive; they sum to 1. A copy.</summary>
    public double[] Words => [.. P];

    /// <summary>P_i themselves.</summary>
    internal double[] P { get; }

    /// <summary>N, the sum of C_ij over all V^2 entries.</summary>
    public double PairTotal { get; }

    /// <summary>What becomes of pairs of a word with itself.</summary>
    public SelfPairs SelfPairs { get; }

    /// <summary>P_ij of different words.</summary>
    /// <param name="count">C_ij.</param>
    public double Joint(long count) => count / PairTotal;

    /// <summary>P_ii.</summary>
    /// <param name="word">i.</param>
    /// <param name="count">C_ii, which neutral self-pairs do not depend on.</param>
    public double SelfPair(int word, long count) => SelfPairs == SelfPairs.Neutral ? P[word] * P[word] : Joint(count);

    /// <summary>All P_ij, V x V, symmetric to the bit.</summary>
    /// <exception cref="ArgumentException">V^2 entries do not fit one array.</exception>
    public DenseMatrix DenseJoint()
    {
        DenseMatrix joint = new(VocabularySize, VocabularySize);
        for (int i = 0; i < VocabularySize; i++)
        {
            joint[i, i] = SelfPair(i, 0);
            (int entry, int end) = EntriesOf(i);
            for (; entry < end; entry++)
            {
                int j = _counts.Columns[entry];
                joint[i, j] = joint[j, i] = i == j ? SelfPair(i, _counts.Counts[entry]) : Joint(_counts.Counts[entry]);
            }
        }
        return joint;
    }

    /// <summary>Where the entries (i, j) of the counts are, j from i to V - 1.</summary>
    internal (int Start, int End) EntriesOf(int i)
    {
        int start = (int)_counts.RowStarts[i], end = (int)_counts.RowStarts[i + 1];
        if (VocabularySize == _counts.VocabularySize) return (start, end);
        int found = Array.BinarySearch(_counts.Columns, start, end - start, VocabularySize);
        return (start, found < 0 ? ~found : found);
    }

    private long[] RowSums()
    {
        long[] sums = new long[VocabularySize];
        for (int i = 0; i < sums.Length; i++)
        {
            (int entry, int end) = EntriesOf(i);
            for (; entry < end; entry++)
            {
                int j = _counts.Columns[entry];
                sums[i] += _counts.Counts[entry];
                if (j != i) sums[j] += _counts.Counts[entry];
            }
        }
        return sums;
    }
}
