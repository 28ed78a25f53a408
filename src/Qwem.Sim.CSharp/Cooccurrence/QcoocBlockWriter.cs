using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.IO.Compression;
using System.Security.Cryptography;
using Qwem.Sim.IO;
using Qwem.Sim.Threading;

namespace Qwem.Sim.Cooccurrence;

/// <summary>Cuts content into blocks, packs them on several threads and writes them in order, a batch of blocks at a time.</summary>
internal sealed class QcoocBlockWriter : IDisposable
{
    // Blocks packed before the next are begun: bounds the memory, and lets writing go on beside packing.
    private const int BlocksPerBatch = 32;

    private readonly PackedCounts _counts;
    private readonly CheckedWriter _file;
    private readonly ReadOnlyMemory<byte>[] _segments;
    private readonly long[] _starts;
    private readonly IncrementalHash _contentHash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly ConcurrentBag<(byte[] Content, byte[] Packed)> _buffers = [];

    /// <summary>Content to be written to a stream.</summary>
    public QcoocBlockWriter(PackedCounts counts, Stream stream)
    {
        _counts = counts;
        _file = new CheckedWriter(stream);
        _segments = [.. QcoocContent.Segments(counts)];
        _starts = new long[_segments.Length + 1];
        for (int index = 0; index < _segments.Length; index++) _starts[index + 1] = _starts[index] + _segments[index].Length;
    }

    /// <summary>Writes the whole file and returns the content hash.</summary>
    public string Write(WorkerTeam team, CancellationToken cancellation)
    {
        _file.Put(QcoocFormat.Magic);
        _file.Put((int)_counts.Version);
        int blockCount = checked((int)((_starts[^1] + QcoocFormat.BlockLength - 1) / QcoocFormat.BlockLength));
        byte[][] before = [];
        for (int first = 0; first < blockCount || before.Length > 0; first += BlocksPerBatch)
        {
            byte[][] batch = new byte[Math.Max(0, Math.Min(BlocksPerBatch, blockCount - first))][];
            byte[][] finished = before;
            // The first task writes what the last batch packed, the second one hashes; both go on beside the packing.
            team.Run(batch.Length + 2, task =>
            {
                cancellation.ThrowIfCancellationRequested();
                if (task == 0) Array.ForEach(finished, block => _file.Put(block));
                else if (task == 1) HashContent((long)first * QcoocFormat.BlockLength, (long)batch.Length * QcoocFormat.BlockLength);
                else batch[task - 2] = Pack(first + task - 2);
            });
            before = batch;
        }
        _file.Put(stackalloc byte[QcoocFormat.LengthsLength]);
        byte[] contentHash = _contentHash.GetHashAndReset();
        _file.Put(contentHash);
        _file.Seal();
        return Convert.ToHexStringLower(contentHash);
    }

    public void Dispose()
    {
        _file.Dispose();
        _contentHash.Dispose();
    }

    /// <summary>One block with its lengths and its checksum.</summary>
    private byte[] Pack(int index)
    {
        if (!_buffers.TryTake(out (byte[] Content, byte[] Packed) buffers))
            buffers = (new byte[QcoocFormat.BlockLength], new byte[QcoocFormat.LargestPackedLength]);
        Span<byte> content = Content((long)index * QcoocFormat.BlockLength, buffers.Content);
        if (!BrotliEncoder.TryCompress(content, buffers.Packed, out int length, QcoocFormat.BrotliQuality, QcoocFormat.BrotliWindow))
            throw new InvalidOperationException("Brotli needed more room than its documented maximum.");
        ReadOnlySpan<byte> packed = buffers.Packed.AsSpan(0, length);
        byte[] block = new byte[QcoocFormat.LengthsLength + QcoocFormat.HashLength + length];
        Span<byte> lengths = block.AsSpan(0, QcoocFormat.LengthsLength);
        BinaryPrimitives.WriteInt32LittleEndian(lengths, content.Length);
        BinaryPrimitives.WriteInt32LittleEndian(lengths[4..], length);
        QcoocBlock.Checksum(index, lengths, packed).CopyTo(block.AsSpan(QcoocFormat.LengthsLength));
        packed.CopyTo(block.AsSpan(QcoocFormat.LengthsLength + QcoocFormat.HashLength));
        _buffers.Add(buffers);
        return block;
    }

    /// <summary>Copies the content from an offset on, as much as there is and fits.</summary>
    private Span<byte> Content(long offset, byte[] target)
    {
        int filled = 0;
        foreach (ReadOnlyMemory<byte> piece in Pieces(offset, target.Length))
        {
            piece.Span.CopyTo(target.AsSpan(filled));
            filled += piece.Length;
        }
        return target.AsSpan(0, filled);
    }

    private void HashContent(long offset, long length)
    {
        foreach (ReadOnlyMemory<byte> piece in Pieces(offset, length)) _contentHash.AppendData(piece.Span);
    }

    private IEnumerable<ReadOnlyMemory<byte>> Pieces(long offset, long length)
    {
        long end = Math.Min(_starts[^1], offset + length);
        int found = Array.BinarySearch(_starts, offset);
        for (int index = found >= 0 ? found : ~found - 1; offset < end; index++)
        {
            int start = (int)(offset - _starts[index]);
            int taken = (int)(Math.Min(end, _starts[index + 1]) - offset);
            yield return _segments[index].Slice(start, taken);
            offset += taken;
        }
    }
}
