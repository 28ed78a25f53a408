using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;

namespace Qwem.Sim.Cooccurrence;

/// <summary>Writes counts as a <c>.qcooc</c> file.</summary>
public static class QcoocWriter
{
    /// <summary>Writes a file under a temporary name, flushes it to the disk and renames it; a failure leaves nothing behind.</summary>
    /// <param name="counts">What to write.</param>
    /// <param name="path">Path of the file; an older file of that name is replaced.</param>
    /// <param name="cancellation">Ends the writing early.</param>
    /// <exception cref="IOException">The folder is missing, the path is a folder, or the disk fails.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder cannot be written.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static void Write(CooccurrenceCounts counts, string path, CancellationToken cancellation = default) =>
        AtomicFile.Write(path, stream => Write(counts, stream, cancellation));

    /// <summary>Writes to a stream, from where it stands.</summary>
    /// <param name="counts">What to write.</param>
    /// <param name="stream">Where to; stays open.</param>
    /// <param name="cancellation">Ends the writing early.</param>
    /// <exception cref="IOException">The stream fails.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static void Write(CooccurrenceCounts counts, Stream stream, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(counts);
        ArgumentNullException.ThrowIfNull(stream);
        using IncrementalHash fileHash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using IncrementalHash contentHash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

        void Put(ReadOnlySpan<byte> bytes)
        {
            fileHash.AppendData(bytes);
            stream.Write(bytes);
        }

        Span<byte> version = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(version, QcoocFormat.Version);
        Put(QcoocFormat.Magic);
        Put(version);

        int index = 0;
        byte[] packed = new byte[QcoocFormat.LargestPackedLength];
        QcoocPayload.Write(counts, content =>
        {
            cancellation.ThrowIfCancellationRequested();
            contentHash.AppendData(content.Span);
            if (!BrotliEncoder.TryCompress(content.Span, packed, out int length, QcoocFormat.BrotliQuality, QcoocFormat.BrotliWindow))
                throw new InvalidOperationException("Brotli needed more room than it promises to need.");
            Span<byte> lengths = stackalloc byte[QcoocFormat.LengthsLength];
            BinaryPrimitives.WriteInt32LittleEndian(lengths, content.Length);
            BinaryPrimitives.WriteInt32LittleEndian(lengths[4..], length);
            Put(lengths);
            Put(QcoocBlock.Checksum(index++, lengths, packed.AsSpan(0, length)));
            Put(packed.AsSpan(0, length));
        });
        Put(stackalloc byte[QcoocFormat.LengthsLength]);
        Put(contentHash.GetHashAndReset());
        stream.Write(fileHash.GetHashAndReset());
    }
}
