using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;
using Qwem.Sim.Cooccurrence;
using Qwem.Sim.Corpora;

namespace Qwem.Fuzz;

/// <summary>Small <c>.qcooc</c> files of every convention, whole and partial, with their content.</summary>
internal sealed class CountsSamples
{
    /// <summary>Counts of one text under several conventions.</summary>
    public CountsSamples(ParsedCorpus parsed)
    {
        TokenCorpus removed = parsed.Encode(5), masked = parsed.Encode(4, OutOfVocabularyRule.Masked);
        PackedCounts[] shards =
        [
            .. Enumerable.Range(1, 3).Select(shard => CooccurrenceCounter.CountPacked(
                parsed.EncodeShare(VocabularyChoice.Largest(5), new Shard(shard, 3), 3), new CountingConvention(3))),
        ];
        PackedCounts whole = CooccurrenceCounter.CountPacked(removed, new CountingConvention(3));
        All =
        [
            Of(whole),
            Of(CooccurrenceCounter.CountPacked(parsed.Encode(parsed.TypeCount), new CountingConvention(16, WindowWeighting.Flat))),
            Of(CooccurrenceCounter.CountPacked(masked, new CountingConvention(4, WindowWeighting.Harmonic, OutOfVocabularyRule.Masked))),
            Of(CooccurrenceCounter.CountPacked(removed, new CountingConvention(1, WindowWeighting.Linear, OutOfVocabularyRule.Removed, WindowEnds.AuthorsTail))),
            Of(new PackedCounts(whole.Convention, null, whole.Words, [.. whole.WordCounts], whole.Blocks) { Texts = 3 }),
            .. shards.Select(Of),
            .. shards.Select(shard => Of(new PackedCounts(shard.Convention, shard.Shards, shard.Words, [.. whole.WordCounts], shard.Blocks) { CountsWholeWords = true })),
        ];
        Partial = [.. All.Where(sample => sample.IsPartial)];
    }

    /// <summary>All files.</summary>
    public Sample[] All { get; }

    /// <summary>Those of one shard, which belong together as far as they are of one version.</summary>
    public Sample[] Partial { get; }

    /// <summary>A file that holds content, with right lengths, checksums and hashes.</summary>
    public static byte[] Seal(byte[] content, uint version)
    {
        using MemoryStream file = new();
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(number, version);
        file.Write(QcoocFormat.Magic);
        file.Write(number);
        byte[] lengths = new byte[QcoocFormat.LengthsLength], packed = new byte[QcoocFormat.LargestPackedLength];
        for (int block = 0; block * QcoocFormat.BlockLength < content.Length; block++)
        {
            ReadOnlySpan<byte> piece = content.AsSpan(block * QcoocFormat.BlockLength);
            if (piece.Length > QcoocFormat.BlockLength) piece = piece[..QcoocFormat.BlockLength];
            BrotliEncoder.TryCompress(piece, packed, out int length, QcoocFormat.BrotliQuality, QcoocFormat.BrotliWindow);
            BinaryPrimitives.WriteInt32LittleEndian(lengths, piece.Length);
            BinaryPrimitives.WriteInt32LittleEndian(lengths.AsSpan(4), length);
            file.Write(lengths);
            file.Write(QcoocBlock.Checksum(block, lengths, packed.AsSpan(0, length)));
            file.Write(packed.AsSpan(0, length));
        }
        file.Write(new byte[QcoocFormat.LengthsLength]);
        file.Write(SHA256.HashData(content));
        file.Write(SHA256.HashData(file.ToArray()));
        return file.ToArray();
    }

    private static Sample Of(PackedCounts counts)
    {
        using MemoryStream file = new();
        QcoocWriter.Write(counts, file);
        byte[] content = [.. QcoocContent.Segments(counts).SelectMany(segment => segment.ToArray())];
        byte[] sealedAgain = Seal(content, counts.Version);
        return sealedAgain.AsSpan().SequenceEqual(file.ToArray())
            ? new Sample(file.ToArray(), content, counts.Version, counts.Shards is not null)
            : throw new InvalidOperationException("The fuzzer seals a .qcooc file otherwise than its writer; correct CountsSamples.Seal.");
    }

    /// <summary>One file.</summary>
    /// <param name="File">Its bytes.</param>
    /// <param name="Content">Its unpacked content.</param>
    /// <param name="Version">The version of the format.</param>
    /// <param name="IsPartial">Whether it holds one shard.</param>
    internal sealed record Sample(byte[] File, byte[] Content, uint Version, bool IsPartial);
}
