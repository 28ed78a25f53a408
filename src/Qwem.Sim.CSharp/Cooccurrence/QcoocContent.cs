using System.Text;
using Qwem.Sim.Corpora;
using Qwem.Sim.IO;

namespace Qwem.Sim.Cooccurrence;

/// <summary>The canonical content of a <c>.qcooc</c> file before it is cut and packed.</summary>
internal static class QcoocContent
{
    /// <summary>The content in pieces: what comes before the rows, and the rows.</summary>
    public static IEnumerable<ReadOnlyMemory<byte>> Segments(PackedCounts counts) =>
        counts.Blocks.Select(block => (ReadOnlyMemory<byte>)block.Bytes).Prepend(Header(counts));

    private static byte[] Header(PackedCounts counts)
    {
        using MemoryStream content = new();
        CountingConvention convention = counts.Convention;
        Varint.Write(content, (ulong)convention.WindowHalfWidth);
        foreach (string rule in convention.Rules.Values) Text(content, rule);
        bool isPart = counts.Version == QcoocFormat.PartVersion;
        if (isPart) Varint.Write(content, (ulong)counts.Texts);
        if (counts.Shards is ShardSet shards) Held(content, shards);
        else if (isPart) Varint.Write(content, 0);
        Varint.Write(content, (ulong)counts.VocabularySize);
        for (int word = 0; word < counts.VocabularySize; word++)
        {
            Text(content, counts.Words[word]);
            Varint.Write(content, (ulong)counts.WordCounts[word]);
        }
        if (isPart && counts.Shards is not null)
        {
            Varint.Write(content, counts.WholeCounts is null ? 0UL : 1UL);
            foreach (long count in counts.WholeCounts ?? []) Varint.Write(content, (ulong)count);
        }
        Varint.Write(content, (ulong)counts.DistinctPairs);
        return content.ToArray();
    }

    private static void Held(MemoryStream content, ShardSet shards)
    {
        Varint.Write(content, (ulong)shards.Count);
        Varint.Write(content, (ulong)shards.Held.Count);
        int least = 1;
        foreach (int shard in shards.Held)
        {
            Varint.Write(content, (ulong)(shard - least));
            least = shard + 1;
        }
        Text(content, shards.Corpus);
    }

    private static void Text(MemoryStream content, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Varint.Write(content, (ulong)bytes.Length);
        content.Write(bytes);
    }
}
