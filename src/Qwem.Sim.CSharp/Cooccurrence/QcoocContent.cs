using System.Text;
using Qwem.Sim.Corpora;

namespace Qwem.Sim.Cooccurrence;

/// <summary>The canonical content of a <c>.qcooc</c> file before it is cut and packed.</summary>
internal sealed class QcoocContent
{
    private readonly List<byte> _bytes = [];

    /// <summary>The content in pieces: what comes before the rows, and the rows.</summary>
    public static IEnumerable<ReadOnlyMemory<byte>> Segments(PackedCounts counts) =>
        counts.Blocks.Select(block => (ReadOnlyMemory<byte>)block.Bytes).Prepend(Header(counts));

    /// <summary>Reads a varint that is known to be good.</summary>
    public static ulong Number(byte[] bytes, ref int position)
    {
        ulong value = bytes[position++];
        if (value < 0x80) return value;
        value &= 0x7F;
        for (int shift = 7; ; shift += 7)
        {
            byte next = bytes[position++];
            value |= (next & 0x7FUL) << shift;
            if (next < 0x80) return value;
        }
    }

    private static byte[] Header(PackedCounts counts)
    {
        QcoocContent content = new();
        CountingConvention convention = counts.Convention;
        content.Number((ulong)convention.WindowHalfWidth);
        content.Text(convention.Weighting);
        content.Text(convention.OutOfVocabularyRule);
        content.Text(convention.BoundaryRule);
        content.Text(convention.SelfPairRule);
        bool isPart = counts.Version == QcoocFormat.PartVersion;
        if (isPart) content.Number((ulong)counts.Texts);
        if (counts.Shards is ShardSet shards) content.Shards(shards);
        else if (isPart) content.Number(0);
        content.Number((ulong)counts.VocabularySize);
        for (int word = 0; word < counts.VocabularySize; word++)
        {
            content.Text(counts.Words[word]);
            content.Number((ulong)counts.WordCounts[word]);
        }
        if (isPart && counts.Shards is not null)
        {
            content.Number(counts.WholeCounts is null ? 0UL : 1UL);
            foreach (long count in counts.WholeCounts ?? []) content.Number((ulong)count);
        }
        content.Number((ulong)counts.DistinctPairs);
        return [.. content._bytes];
    }

    private void Shards(ShardSet shards)
    {
        Number((ulong)shards.Count);
        Number((ulong)shards.Held.Count);
        int least = 1;
        foreach (int shard in shards.Held)
        {
            Number((ulong)(shard - least));
            least = shard + 1;
        }
        Text(shards.Corpus);
    }

    private void Text(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Number((ulong)bytes.Length);
        _bytes.AddRange(bytes);
    }

    private void Number(ulong value)
    {
        while (value >= 0x80)
        {
            _bytes.Add((byte)(value | 0x80));
            value >>= 7;
        }
        _bytes.Add((byte)value);
    }
}
