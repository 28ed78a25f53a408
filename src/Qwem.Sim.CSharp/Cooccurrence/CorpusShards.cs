using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Qwem.Sim.Corpora;

namespace Qwem.Sim.Cooccurrence;

/// <summary>Divides a token stream into shards of whole articles; <see cref="ShardSet"/> says how.</summary>
internal static class CorpusShards
{
    /// <summary>One shard alone.</summary>
    /// <exception cref="ArgumentException">The number is outside 1 .. n, or n outside its range.</exception>
    public static ShardSet Only(Shard shard, TokenCorpus corpus) => new(shard.Count, [shard.Number], Identity(corpus));

    /// <summary>The positions of the articles of a set of one shard, from the first to behind the last.</summary>
    public static (int Start, int End) Range(ShardSet shards, TokenCorpus corpus)
    {
        int shard = shards.Held[0];
        return (FirstArticleFrom(shard - 1), FirstArticleFrom(shard));

        int FirstArticleFrom(int share)
        {
            int position = (int)((long)corpus.PositionCount * share / shards.Count);
            int found = Array.BinarySearch(corpus.ArticleStarts, position);
            return corpus.ArticleStarts[found >= 0 ? found : ~found];
        }
    }

    /// <summary>SHA-256 of the article boundaries and the ids, each 4 bytes in little-endian order, or 2 bytes where ids are narrow.</summary>
    private static string Identity(TokenCorpus corpus)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append<int>(corpus.ArticleStarts);
        if (corpus.NarrowIds is not null) Append<ushort>(corpus.NarrowIds);
        else Append<int>(corpus.WideIds);
        return Convert.ToHexStringLower(hash.GetHashAndReset());

        void Append<T>(ReadOnlySpan<T> numbers)
            where T : unmanaged
        {
            if (!BitConverter.IsLittleEndian) throw new PlatformNotSupportedException("Shards are counted on little-endian machines only.");
            Span<byte> length = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(length, (long)numbers.Length * Unsafe.SizeOf<T>());
            hash.AppendData(length);
            hash.AppendNumbers(numbers);
        }
    }
}
