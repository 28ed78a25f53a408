using Qwem.Sim.Cooccurrence;
using Qwem.Sim.Corpora;
using Qwem.Sim.IO;

namespace Qwem.Sim.Statistics;

/// <summary>What a <c>.qcooc</c> file is and a few numbers that describe its counts, found in one pass without holding them.</summary>
/// <remarks>
/// With C_ij the counts, T their sum, n_i the occurrences of words and N their sum: P_ij = C_ij / T and P_i = n_i / N. Sums of
/// doubles are added in the order of the rows, with compensation, so that they are the same bits everywhere.
/// </remarks>
public sealed record CountsSummary
{
    private const int LargestTop = 10;

    private CountsSummary(QcoocRowReader reader)
    {
        Convention = reader.Convention;
        Shards = reader.Shards;
        Texts = reader.Texts;
        AbsentWords = reader.Shards is null ? reader.WordCounts.Count(count => count == 0) : 0;
        VocabularySize = reader.Words.Length;
        KeptTokens = reader.WordCounts.Aggregate(0L, (sum, count) => CountSum.Add(sum, count));
        DistinctPairs = reader.DistinctPairs;
        TopWords = [.. reader.Words.Zip(reader.WordCounts, (word, count) => new WordCount(word, count)).Take(LargestTop)];
    }

    /// <summary>What an entry means.</summary>
    public CountingConvention Convention { get; }

    /// <summary>Which shards the file holds; null for all.</summary>
    public ShardSet? Shards { get; }

    /// <summary>How many countings of different texts were added; 1 for one counting.</summary>
    public int Texts { get; }

    /// <summary>How many words of the vocabulary do not occur in the text, which is then a part of a sum; 0 where the file holds shards.</summary>
    public int AbsentWords { get; }

    /// <summary>V, the number of words.</summary>
    public int VocabularySize { get; }

    /// <summary>Tokens of the vocabulary in what was counted (in a file of version 2, in the whole corpus).</summary>
    public long KeptTokens { get; }

    /// <summary>Number of distinct unordered pairs with a positive count.</summary>
    public long DistinctPairs { get; }

    /// <summary>Sum of C_ij over all V^2 entries.</summary>
    public long TotalCount { get; private init; }

    /// <summary>Share of the V^2 entries that are positive, 0 .. 1.</summary>
    public double Density { get; private init; }

    /// <summary>Largest |sum_j P_ij / P_i - 1| over the words; null when nothing was counted or the file is partial.</summary>
    public double? MarginalMismatch { get; private init; }

    /// <summary>The word where <see cref="MarginalMismatch"/> is attained.</summary>
    public string? MostMismatchedWord { get; private init; }

    /// <summary>
    /// Z of subsampling with Psi_i = 1 / P_i after P_ii := P_i^2: V^2 / sum_ij P_ij / (P_i P_j). null when nothing was counted or
    /// the file is partial.
    /// </summary>
    public double? InverseFrequencyZ { get; private init; }

    /// <summary>The ten most frequent words.</summary>
    public IReadOnlyList<WordCount> TopWords { get; }

    /// <summary>SHA-256 of the content, 64 lower-case hexadecimal digits.</summary>
    public string ContentHash { get; private init; } = "";

    /// <summary>Reads a file to its end.</summary>
    /// <param name="path">Path of the file.</param>
    /// <param name="cancellation">Ends the reading early.</param>
    /// <exception cref="FileFormatException">The file is truncated, altered, foreign or of another version.</exception>
    /// <exception cref="IOException">The file is missing or the disk fails.</exception>
    /// <exception cref="UnauthorizedAccessException">The file cannot be read, or is a folder.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static CountsSummary Read(string path, CancellationToken cancellation = default)
    {
        using QcoocRowReader reader = QcoocRowReader.Open(path);
        try
        {
            return Of(reader, cancellation);
        }
        catch (OverflowException failure)
        {
            throw reader.Refusal(failure);
        }
    }

    private static CountsSummary Of(QcoocRowReader reader, CancellationToken cancellation)
    {
        CountsSummary summary = new(reader);
        int size = summary.VocabularySize;
        long[] rowSums = new long[size];
        CompensatedSum ratios = default;
        long diagonal = 0, total = 0;
        int[] columns = [];
        long[] counts = [];
        for (int row = 0; row < size; row++)
        {
            cancellation.ThrowIfCancellationRequested();
            int entries = reader.NextRow(ref columns, ref counts);
            for (int entry = 0; entry < entries; entry++)
            {
                int column = columns[entry];
                long count = counts[entry];
                rowSums[row] = CountSum.Add(rowSums[row], count);
                if (column == row)
                {
                    diagonal++;
                    continue;
                }
                rowSums[column] = CountSum.Add(rowSums[column], count);
                if (summary.Shards is null) ratios.Add(2.0 * count / reader.WordCounts[row] / reader.WordCounts[column]);
            }
            total = CountSum.Add(total, rowSums[row]);
        }
        string hash = reader.Finish();
        summary = summary with
        {
            TotalCount = total,
            Density = ((2.0 * summary.DistinctPairs) - diagonal) / size / size,
            ContentHash = hash,
        };
        if (total == 0 || summary.Shards is not null || summary.AbsentWords > 0) return summary;
        // sum_ij P_ij / (P_i P_j) is N^2 / T times the sum of ratios, and each of the V self-pairs adds 1.
        double kept = summary.KeptTokens;
        double sum = (ratios.Value * kept / total * kept) + size;
        (double mismatch, int word) = Mismatch(rowSums, reader.WordCounts, total, kept);
        return summary with { InverseFrequencyZ = (double)size / sum * size, MarginalMismatch = mismatch, MostMismatchedWord = reader.Words[word] };
    }

    private static (double Mismatch, int Word) Mismatch(long[] rowSums, long[] wordCounts, long total, double kept)
    {
        (double Mismatch, int Word) worst = (-1, 0);
        for (int word = 0; word < rowSums.Length; word++)
        {
            double mismatch = Math.Abs((rowSums[word] / (double)total / (wordCounts[word] / kept)) - 1);
            if (mismatch > worst.Mismatch) worst = (mismatch, word);
        }
        return worst;
    }

    /// <summary>A word and how often it occurs.</summary>
    /// <param name="Word">The word.</param>
    /// <param name="Count">Its occurrences.</param>
    public sealed record WordCount(string Word, long Count);

    /// <summary>Neumaier's sum.</summary>
    private struct CompensatedSum
    {
        private double _sum;
        private double _lost;

        public readonly double Value => _sum + _lost;

        public void Add(double term)
        {
            double next = _sum + term;
            _lost += Math.Abs(_sum) >= Math.Abs(term) ? _sum - next + term : term - next + _sum;
            _sum = next;
        }
    }
}
