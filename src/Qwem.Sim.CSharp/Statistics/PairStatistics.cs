using Qwem.Sim.Cooccurrence;

namespace Qwem.Sim.Statistics;

/// <summary><see cref="CorpusFrequencies"/> kept as sparse as the counts, for at most 65,535 words and with neutral self-pairs.</summary>
/// <remarks>Stored is the upper triangle, columns ascending, every diagonal entry present; 10 bytes per distinct pair.</remarks>
public sealed class PairStatistics
{
    /// <summary>Largest V: word ids have 16 bits, and one id more stands for no word.</summary>
    public const int LargestVocabulary = 65_535;

    private readonly int[] _rowStarts;
    private readonly ushort[] _columns;
    private readonly double[] _joint;

    private PairStatistics(double[] words, int[] rowStarts, ushort[] columns, double[] joint)
    {
        Words = words;
        _rowStarts = rowStarts;
        _columns = columns;
        _joint = joint;
        double mass = 0;
        for (int i = 0; i < VocabularySize; i++)
        {
            double row = 0;
            for (int e = rowStarts[i]; e < rowStarts[i + 1]; e++) row += columns[e] == i ? joint[e] : 2 * joint[e];
            mass += row;
        }
        JointMass = mass;
    }

    /// <summary>V.</summary>
    public int VocabularySize => Words.Length;

    /// <summary>P_i, sums to 1.</summary>
    internal double[] Words { get; }

    /// <summary>Sum of all P_ij: 1 but for the self-pairs.</summary>
    public double JointMass { get; }

    /// <summary>Statistics of the most frequent words of counts.</summary>
    /// <param name="counts">Exact counts.</param>
    /// <param name="vocabularySize">How many words to use, 2 .. the counts' V and at most <see cref="LargestVocabulary"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="vocabularySize"/> is outside its range.</exception>
    /// <exception cref="ArgumentException">No two of these words were seen together.</exception>
    public static PairStatistics FromCounts(CooccurrenceCounts counts, int vocabularySize)
    {
        ArgumentNullException.ThrowIfNull(counts);
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabularySize, 2);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(vocabularySize, Math.Min(counts.VocabularySize, LargestVocabulary));
        CorpusFrequencies frequencies = new(counts, vocabularySize);
        // The diagonal, and whatever was counted beside it.
        int entries = vocabularySize;
        for (int i = 0; i < vocabularySize; i++)
        {
            (int start, int end) = Others(frequencies, counts, i);
            entries += end - start;
        }
        int[] rowStarts = new int[vocabularySize + 1];
        ushort[] columns = new ushort[entries];
        double[] joint = new double[entries];
        int used = 0;
        for (int i = 0; i < vocabularySize; i++)
        {
            columns[used] = (ushort)i;
            joint[used++] = frequencies.SelfPair(i, 0);
            (int entry, int end) = Others(frequencies, counts, i);
            for (; entry < end; entry++)
            {
                columns[used] = (ushort)counts.Columns[entry];
                joint[used++] = frequencies.Joint(counts.Counts[entry]);
            }
            rowStarts[i + 1] = used;
        }
        return new PairStatistics(frequencies.P, rowStarts, columns, joint);
    }

    /// <summary>The words j, at least i, that were seen with word i, ascending; i itself is the first.</summary>
    /// <param name="word">i.</param>
    internal ReadOnlySpan<ushort> PartnersOf(int word) => _columns.AsSpan(_rowStarts[word].._rowStarts[word + 1]);

    /// <summary>P_ij for each of <see cref="PartnersOf"/>.</summary>
    /// <param name="word">i.</param>
    internal ReadOnlySpan<double> JointOf(int word) => _joint.AsSpan(_rowStarts[word].._rowStarts[word + 1]);

    /// <summary>P_ij of any two words, by binary search.</summary>
    /// <param name="i">A word.</param>
    /// <param name="j">A word.</param>
    public double Joint(int i, int j)
    {
        if (i > j) (i, j) = (j, i);
        int found = PartnersOf(i).BinarySearch((ushort)j);
        return found < 0 ? 0 : JointOf(i)[found];
    }

    /// <summary>The entries (i, j), j above i: the diagonal is the first of its row.</summary>
    private static (int Start, int End) Others(CorpusFrequencies frequencies, CooccurrenceCounts counts, int i)
    {
        (int start, int end) = frequencies.EntriesOf(i);
        return (start < end && counts.Columns[start] == i ? start + 1 : start, end);
    }
}
