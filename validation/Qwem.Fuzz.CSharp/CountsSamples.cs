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
        All =
        [
            Of(removed, new CountingConvention(3), null),
            Of(parsed.Encode(parsed.TypeCount), new CountingConvention(16, WindowWeighting.Flat), null),
            Of(masked, new CountingConvention(4, WindowWeighting.Harmonic, OutOfVocabularyRule.Masked), null),
            Of(removed, new CountingConvention(1, WindowWeighting.Linear, OutOfVocabularyRule.Removed, WindowEnds.AuthorsTail), null),
            .. Enumerable.Range(1, 3).Select(shard => Of(removed, new CountingConvention(3), new Shard(shard, 3))),
        ];
        Partial = [.. All.Where(sample => sample.IsPartial)];
    }

    /// <summary>All files.</summary>
    public Sample[] All { get; }

    /// <summary>Those of one shard; they belong together.</summary>
    public Sample[] Partial { get; }

    /// <summary>A file that holds content, with right lengths, checksums and hashes.</summary>
    public static byte[] Seal(byte[] content, bool isPartial)
    {
        using MemoryStream file = new();
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(number, isPartial ? QcoocFormat.PartialVersion : QcoocFormat.Version);
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

    private static Sample Of(TokenCorpus corpus, CountingConvention convention, Shard? shard)
    {
        PackedCounts counts = CooccurrenceCounter.CountPacked(corpus, convention, shard);
        using MemoryStream file = new();
        QcoocWriter.Write(counts, file);
        byte[] content = [.. QcoocContent.Segments(counts).SelectMany(segment => segment.ToArray())];
        byte[] sealedAgain = Seal(content, shard is not null);
        return sealedAgain.AsSpan().SequenceEqual(file.ToArray())
            ? new Sample(file.ToArray(), content, shard is not null)
            : throw new InvalidOperationException("The fuzzer seals a .qcooc file otherwise than its writer; correct CountsSamples.Seal.");
    }

    /// <summary>One file.</summary>
    /// <param name="File">Its bytes.</param>
    /// <param name="Content">Its unpacked content.</param>
    /// <param name="IsPartial">Whether it holds one shard.</param>
    internal sealed record Sample(byte[] File, byte[] Content, bool IsPartial);
}
