using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Qwem.Sim.Cooccurrence;

/// <summary>Exact co-occurrence counts C of a vocabulary: a symmetric V x V matrix of integers, stored as its upper triangle.</summary>
/// <remarks>
/// What an entry means is in <see cref="CountingConvention"/>. Row i has its entries in <see cref="ColumnsOf"/> and <see cref="CountsOf"/>, columns ascending
/// and at least i; an entry that is not stored is 0. The stored diagonal is C_ii of the symmetric matrix (not half of it).
/// </remarks>
public sealed class CooccurrenceCounts
{
    private readonly Lazy<string> _contentHash;

    /// <summary>Copies the arrays and checks that they fit together.</summary>
    /// <param name="convention">What an entry means.</param>
    /// <param name="words">The vocabulary, V distinct words in the order of their ids.</param>
    /// <param name="wordCounts">Occurrences of each word, V positive entries.</param>
    /// <param name="rowStarts">V + 1 offsets, ascending from 0 to the number of stored pairs.</param>
    /// <param name="columns">Column of each stored pair.</param>
    /// <param name="counts">C_ij of each stored pair, positive.</param>
    /// <exception cref="ArgumentException">The parts contradict each other; the message says where.</exception>
    /// <exception cref="OverflowException">A sum leaves the range of 64 bits.</exception>
    public CooccurrenceCounts(
        CountingConvention convention, string[] words, long[] wordCounts, long[] rowStarts, int[] columns, long[] counts)
        : this(convention, Copy(words), Copy(wordCounts), Copy(rowStarts), Copy(columns), Copy(counts), contentHash: null, texts: 1)
    {
    }

    /// <summary>Wraps the arrays without copying them; the content hash may be known.</summary>
    internal CooccurrenceCounts(
        CountingConvention convention, string[] words, long[] wordCounts, long[] rowStarts, int[] columns, long[] counts, string? contentHash, int texts)
    {
        ArgumentNullException.ThrowIfNull(convention);
        ArgumentNullException.ThrowIfNull(words);
        ArgumentNullException.ThrowIfNull(wordCounts);
        ArgumentNullException.ThrowIfNull(rowStarts);
        ArgumentNullException.ThrowIfNull(columns);
        ArgumentNullException.ThrowIfNull(counts);
        Convention = convention;
        Texts = texts;
        Words = ImmutableCollectionsMarshal.AsImmutableArray(words);
        WordCounts = ImmutableCollectionsMarshal.AsImmutableArray(wordCounts);
        RowStarts = rowStarts;
        Columns = columns;
        Counts = counts;
        CountsChecker.CheckVocabulary(words, wordCounts);
        CountsChecker.CheckRows(words.Length, rowStarts, columns, counts);
        foreach (long count in wordCounts) KeptTokens = CountSum.Add(KeptTokens, count);
        TotalCount = SumOfAllEntries();
        _contentHash = contentHash is null ? new Lazy<string>(() => Pack().Hash()) : new Lazy<string>(contentHash);
    }

    /// <summary>What an entry means.</summary>
    public CountingConvention Convention { get; }

    /// <summary>How many countings of different texts were added; 1 for one counting.</summary>
    public int Texts { get; }

    /// <summary>V, the number of words.</summary>
    public int VocabularySize => Words.Length;

    /// <summary>The words, V of them; the index is the id.</summary>
    public ImmutableArray<string> Words { get; }

    /// <summary>Occurrences of each word, V entries.</summary>
    public ImmutableArray<long> WordCounts { get; }

    /// <summary>Tokens that were kept: the sum of <see cref="WordCounts"/>.</summary>
    public long KeptTokens { get; }

    /// <summary>Row i has its entries at RowStarts[i] .. RowStarts[i + 1] - 1 of the two arrays below; V + 1 entries.</summary>
    internal long[] RowStarts { get; }

    /// <summary>Columns of the stored pairs.</summary>
    internal int[] Columns { get; }

    /// <summary>Counts of the stored pairs.</summary>
    internal long[] Counts { get; }

    /// <summary>Number of distinct unordered pairs (i, j), i at most j, with a positive count.</summary>
    public int DistinctPairs => Columns.Length;

    /// <summary>Sum of C_ij over all V^2 entries of the symmetric matrix.</summary>
    public long TotalCount { get; }

    /// <summary>SHA-256 (64 lower-case hexadecimal digits) of the canonical, uncompressed content: what identifies counts.</summary>
    /// <remarks>Files of equal counts may differ in bytes between versions of the Brotli library; their content hash does not.</remarks>
    public string ContentHash => _contentHash.Value;

    /// <summary>The columns of a row's stored entries, ascending, none below the row.</summary>
    /// <param name="row">Word id i, 0 .. V - 1.</param>
    /// <exception cref="IndexOutOfRangeException">The id is outside the vocabulary.</exception>
    public ReadOnlySpan<int> ColumnsOf(int row) => Columns.AsSpan((int)RowStarts[row]..(int)RowStarts[row + 1]);

    /// <summary>The counts of a row's stored entries, as many as <see cref="ColumnsOf"/>.</summary>
    /// <param name="row">Word id i, 0 .. V - 1.</param>
    /// <exception cref="IndexOutOfRangeException">The id is outside the vocabulary.</exception>
    public ReadOnlySpan<long> CountsOf(int row) => Counts.AsSpan((int)RowStarts[row]..(int)RowStarts[row + 1]);

    /// <summary>C_ij of the symmetric matrix, by binary search.</summary>
    /// <param name="row">Word id i, 0 .. V - 1.</param>
    /// <param name="column">Word id j, 0 .. V - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">An id is outside the vocabulary.</exception>
    public long this[int row, int column]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(row);
            ArgumentOutOfRangeException.ThrowIfNegative(column);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, VocabularySize);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(column, VocabularySize);
            (int i, int j) = row <= column ? (row, column) : (column, row);
            int start = (int)RowStarts[i];
            int found = Array.BinarySearch(Columns, start, (int)RowStarts[i + 1] - start, j);
            return found < 0 ? 0 : Counts[found];
        }
    }

    /// <summary>The symmetric matrix as doubles, row-major, V * V entries; exact while every count is at most 2^53.</summary>
    /// <exception cref="InvalidOperationException">V * V entries do not fit one array (V above 46,340).</exception>
    public double[] DenseSymmetric()
    {
        int size = VocabularySize;
        if ((long)size * size > Array.MaxLength)
            throw new InvalidOperationException($"A dense {size} x {size} matrix does not fit one array; use the sparse rows.");
        double[] dense = new double[size * size];
        for (int i = 0; i < size; i++)
        {
            for (int entry = (int)RowStarts[i]; entry < (int)RowStarts[i + 1]; entry++)
            {
                int j = Columns[entry];
                double count = Counts[entry];
                dense[(i * size) + j] = count;
                dense[(j * size) + i] = count;
            }
        }
        return dense;
    }

    /// <summary>The counts of the first words, the most frequent ones where the vocabulary is in that order; pairs with other words are left out.</summary>
    /// <remarks>Counting anew with the smaller vocabulary differs where other words are removed before windows are laid: it closes the gaps that they leave.</remarks>
    /// <param name="vocabularySize">How many words to keep, from 1 to the number that there are.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer words, or the number is below 1.</exception>
    public CooccurrenceCounts Leading(int vocabularySize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabularySize, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(vocabularySize, VocabularySize);
        long[] rowStarts = new long[vocabularySize + 1];
        // Columns ascend, so the pairs of words that stay are the first ones of each row.
        for (int row = 0; row < vocabularySize; row++)
        {
            int found = ColumnsOf(row).BinarySearch(vocabularySize);
            rowStarts[row + 1] = rowStarts[row] + (found < 0 ? ~found : found);
        }
        int[] columns = new int[rowStarts[^1]];
        long[] values = new long[columns.Length];
        for (int row = 0; row < vocabularySize; row++)
        {
            int length = (int)(rowStarts[row + 1] - rowStarts[row]);
            ColumnsOf(row)[..length].CopyTo(columns.AsSpan((int)rowStarts[row]));
            CountsOf(row)[..length].CopyTo(values.AsSpan((int)rowStarts[row]));
        }
        return new CooccurrenceCounts(
            Convention,
            Words.AsSpan()[..vocabularySize].ToArray(),
            WordCounts.AsSpan()[..vocabularySize].ToArray(),
            rowStarts, columns, values, contentHash: null, texts: 1);
    }

    /// <summary>The same counts as they stand in a file.</summary>
    internal PackedCounts Pack()
    {
        // Few blocks, so that one is large enough to be worth its overhead, and small enough for one array.
        const int PairsPerBlock = 1 << 20;
        RowPacker packer = new();
        List<PackedRows> blocks = [];
        int pairs = 0;
        packer.Begin(0);
        for (int row = 0; row < VocabularySize; row++)
        {
            packer.Row(ColumnsOf(row), CountsOf(row));
            pairs += ColumnsOf(row).Length;
            if (pairs < PairsPerBlock && row + 1 < VocabularySize) continue;
            blocks.Add(packer.End());
            packer.Begin(row + 1);
            pairs = 0;
        }
        return new PackedCounts(Convention, null, ImmutableCollectionsMarshal.AsArray(Words)!, ImmutableCollectionsMarshal.AsArray(WordCounts)!, blocks) { Texts = Texts };
    }

    /// <exception cref="OverflowException">The number of pairs is too large.</exception>
    internal static void RefuseTooMany(long pairs)
    {
        if (pairs > Array.MaxLength)
            throw new OverflowException($"There are {pairs} distinct pairs, more than the {Array.MaxLength} that fit into memory as arrays; choose a smaller vocabulary.");
    }

    private static T[] Copy<T>(T[] array)
    {
        ArgumentNullException.ThrowIfNull(array);
        return [.. array];
    }

    private long SumOfAllEntries()
    {
        long total = 0;
        for (int i = 0; i < VocabularySize; i++)
        {
            for (int entry = (int)RowStarts[i]; entry < (int)RowStarts[i + 1]; entry++)
                total = CountSum.Add(total, Columns[entry] == i ? Counts[entry] : CountSum.Add(Counts[entry], Counts[entry]));
        }
        return total;
    }
}
