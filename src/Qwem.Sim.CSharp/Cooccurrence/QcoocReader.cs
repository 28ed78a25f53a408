using Qwem.Sim.Corpora;
using Qwem.Sim.IO;

namespace Qwem.Sim.Cooccurrence;

/// <summary>Reads <c>.qcooc</c> files; a truncated, altered, foreign or partial one is refused as a whole.</summary>
public static class QcoocReader
{
    /// <summary>The first bytes of every such file.</summary>
    public static ReadOnlySpan<byte> FirstBytes => QcoocFormat.Magic;

    /// <summary>Reads a file.</summary>
    /// <param name="path">Path of the file.</param>
    /// <exception cref="FileFormatException">The file is truncated, altered, foreign, of another version, or holds some shards only.</exception>
    /// <exception cref="IOException">The file is missing or the disk fails.</exception>
    /// <exception cref="UnauthorizedAccessException">The file cannot be read, or is a folder.</exception>
    /// <exception cref="OverflowException">There are more pairs than one array holds.</exception>
    public static CooccurrenceCounts Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using QcoocRowReader reader = QcoocRowReader.Open(path);
        return Read(reader, path);
    }

    /// <summary>Reads a stream to its end.</summary>
    /// <param name="stream">Where from, from where it stands; stays open.</param>
    /// <param name="name">The source's name in messages.</param>
    /// <exception cref="FileFormatException">The content is truncated, altered, foreign, of another version, or holds some shards only.</exception>
    /// <exception cref="IOException">The stream fails.</exception>
    /// <exception cref="OverflowException">There are more pairs than one array holds.</exception>
    public static CooccurrenceCounts Read(Stream stream, string name = "stream")
    {
        ArgumentNullException.ThrowIfNull(stream);
        using QcoocRowReader reader = new(stream, name);
        return Read(reader, name);
    }

    private static CooccurrenceCounts Read(QcoocRowReader reader, string name)
    {
        if (reader.Shards is ShardSet shards)
        {
            throw new FileFormatException(
                $"The file '{name}' holds only shards {ShardSet.Ranges(shards.Held)} of {shards.Count}; merge all of them with 'qwem merge' first.");
        }
        if (reader.LacksWords)
        {
            throw new FileFormatException(
                $"The file '{name}' is a part of a sum, in which the word '{reader.Words[reader.WordCounts.IndexOf(0)]}' does not occur; merge it with the counts of other texts with 'qwem merge' first.");
        }
        CooccurrenceCounts.RefuseTooMany(reader.DistinctPairs);
        int size = reader.Words.Length;
        long[] rowStarts = new long[size + 1];
        int[] columns = [];
        long[] counts = [];
        int filled = 0;
        try
        {
            for (int row = 0; row < size; row++) rowStarts[row + 1] = filled += reader.NextRow(ref columns, ref counts, filled);
            string contentHash = reader.Finish();
            Array.Resize(ref columns, filled);
            Array.Resize(ref counts, filled);
            return new CooccurrenceCounts(reader.Convention, reader.Words, reader.WordCounts, rowStarts, columns, counts, contentHash, reader.Texts);
        }
        catch (Exception failure) when (failure is ArgumentException or OverflowException)
        {
            throw reader.Refusal(failure);
        }
    }
}
