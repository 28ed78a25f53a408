using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Qwem.Sim.Corpora;
using Qwem.Sim.IO;

namespace Qwem.Sim.Cooccurrence;

/// <summary>Exact co-occurrence counts as they stand in a file: a few bytes a pair, quick to write, read only row by row.</summary>
/// <remarks>
/// What counting and merging make. The same counts as <see cref="CooccurrenceCounts"/> (see there for what an entry is), which
/// <see cref="Unpack"/> makes of them when they fit; these here have no limit on the number of pairs, and may be partial.
/// </remarks>
public sealed class PackedCounts
{
    internal PackedCounts(
        CountingConvention convention, ShardSet? shards, string[] words, long[] wordCounts, IReadOnlyList<PackedRows> blocks)
    {
        Convention = convention;
        Shards = shards;
        Words = words;
        WordCounts = ImmutableCollectionsMarshal.AsImmutableArray(wordCounts);
        Blocks = blocks;
        foreach (long count in wordCounts) KeptTokens = CountSum.Add(KeptTokens, count);
        foreach (PackedRows block in blocks)
        {
            DistinctPairs += block.Pairs;
            TotalCount = CountSum.Add(TotalCount, block.Total);
        }
    }

    /// <summary>What an entry means.</summary>
    public CountingConvention Convention { get; }

    /// <summary>Which shards of the corpus were counted; null for all of it.</summary>
    public ShardSet? Shards { get; }

    /// <summary>How many countings of different texts were added; 1 for one counting.</summary>
    public int Texts { get; internal init; } = 1;

    /// <summary>Whether some words of the vocabulary do not occur, so that the counts are of use only as a part of a sum.</summary>
    public bool LacksWords => Shards is null && WordCounts.Contains(0);

    /// <summary>Occurrences of each word in the whole corpus, where only shards were counted and they are known; V entries or null.</summary>
    internal long[]? WholeCounts { get; init; }

    /// <summary>Whether <see cref="WordCounts"/> are those of the whole corpus although only shards were counted, as in files of version 2.</summary>
    internal bool CountsWholeWords { get; init; }

    /// <summary>The version of the file that holds these counts.</summary>
    internal uint Version =>
        CountsWholeWords ? QcoocFormat.PartialVersion : Shards is not null || Texts > 1 || LacksWords ? QcoocFormat.PartVersion : QcoocFormat.Version;

    /// <summary>The words; the index is the id. V entries.</summary>
    internal string[] Words { get; }

    /// <summary>Occurrences of each word in what was counted, V entries.</summary>
    public ImmutableArray<long> WordCounts { get; }

    /// <summary>V, the number of words.</summary>
    public int VocabularySize => Words.Length;

    /// <summary>Tokens of the vocabulary in what was counted: the sum of <see cref="WordCounts"/>.</summary>
    public long KeptTokens { get; }

    /// <summary>Number of distinct unordered pairs (i, j), i at most j, with a positive count.</summary>
    public long DistinctPairs { get; }

    /// <summary>Sum of C_ij over all V^2 entries of the symmetric matrix.</summary>
    public long TotalCount { get; }

    /// <summary>The rows, in order, without gaps.</summary>
    internal IReadOnlyList<PackedRows> Blocks { get; }

    /// <summary>SHA-256 of the content in lower-case hexadecimal digits; computed anew at each call.</summary>
    internal string Hash()
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (ReadOnlyMemory<byte> segment in QcoocContent.Segments(this)) hash.AppendData(segment.Span);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>The same counts as arrays.</summary>
    /// <exception cref="InvalidOperationException">The counts are partial, or a word does not occur.</exception>
    /// <exception cref="OverflowException">There are more pairs than one array holds, or a sum leaves the range of 64 bits.</exception>
    public CooccurrenceCounts Unpack()
    {
        if (Shards is not null)
            throw new InvalidOperationException($"The counts hold only shards {ShardSet.Ranges(Shards.Held)} of {Shards.Count}; merge all of them first.");
        if (LacksWords) throw new InvalidOperationException($"The word '{Words[WordCounts.IndexOf(0)]}' does not occur; merge the counts with those of other texts first.");
        CooccurrenceCounts.RefuseTooMany(DistinctPairs);
        long[] rowStarts = new long[VocabularySize + 1];
        int[] columns = new int[DistinctPairs];
        long[] counts = new long[DistinctPairs];
        int filled = 0;
        foreach (PackedRows block in Blocks)
        {
            int position = 0;
            for (int row = block.FirstWord; row < block.FirstWord + block.WordCount; row++)
            {
                int entries = (int)Varint.Read(block.Bytes, ref position);
                int column = row - 1;
                for (int entry = filled; entry < filled + entries; entry++)
                    columns[entry] = column += 1 + (int)Varint.Read(block.Bytes, ref position);
                for (int entry = filled; entry < filled + entries; entry++) counts[entry] = (long)Varint.Read(block.Bytes, ref position);
                rowStarts[row + 1] = filled += entries;
            }
        }
        return new CooccurrenceCounts(Convention, Words, ImmutableCollectionsMarshal.AsArray(WordCounts)!, rowStarts, columns, counts, contentHash: null, Texts);
    }
}
