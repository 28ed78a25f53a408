using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;
using Qwem.Sim.IO;

namespace Qwem.Sim.Cooccurrence;

/// <summary>Reads the blocks of a <c>.qcooc</c> file, checking every byte against its checksum before it is used.</summary>
internal sealed class QcoocBlock : IDisposable
{
    private readonly CheckedReader _reader;
    private readonly IncrementalHash _contentHash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private byte[] _content = [];
    private byte[] _packed = [];
    private int _index = -1;
    private int _length;
    private bool _isLast;

    /// <summary>Reads and checks the first bytes of a file.</summary>
    /// <exception cref="FileFormatException">The file is foreign, of another version, or truncated.</exception>
    public QcoocBlock(Stream stream, string name)
    {
        _reader = new CheckedReader(stream, complaint => new FileFormatException($"The file '{name}' {complaint}; make or fetch it again."));
        Version = _reader.Begin(".qcooc file", QcoocFormat.Magic, 4, QcoocFormat.Version, QcoocFormat.PartVersion);
    }

    /// <summary>The version of the file.</summary>
    public uint Version { get; }

    /// <summary>What was kept of the content before the current block, and the content of the block.</summary>
    public ReadOnlySpan<byte> Content => _content.AsSpan(0, _length);

    /// <summary>The present place, for messages.</summary>
    public string Place => $"in block {Math.Max(_index, 0)}, before byte offset {_reader.Offset}";

    /// <summary>Reads the next block behind what is not yet used of the present content; false, without a change, at the end mark.</summary>
    /// <exception cref="FileFormatException">The block is truncated or altered.</exception>
    public bool Next(int used)
    {
        long start = _reader.Offset;
        Span<byte> lengths = stackalloc byte[QcoocFormat.LengthsLength];
        _reader.Take(lengths, $"the lengths of block {_index + 1}");
        uint contentLength = BinaryPrimitives.ReadUInt32LittleEndian(lengths);
        uint packedLength = BinaryPrimitives.ReadUInt32LittleEndian(lengths[4..]);
        if (contentLength == 0 && packedLength == 0) return false;
        _index++;
        if (contentLength is 0 or > QcoocFormat.BlockLength || packedLength is 0 or > QcoocFormat.LargestPackedLength || _isLast)
            throw Failure($"is damaged: block {_index} at byte offset {start} has the impossible lengths {contentLength} and {packedLength}");
        _isLast = contentLength < QcoocFormat.BlockLength;
        Span<byte> checksum = stackalloc byte[QcoocFormat.HashLength];
        _reader.Take(checksum, $"the checksum of block {_index}");
        if (_packed.Length < packedLength) _packed = new byte[packedLength];
        Span<byte> packed = _packed.AsSpan(0, (int)packedLength);
        _reader.Take(packed, $"block {_index}");
        _reader.Compare(checksum, Checksum(_index, lengths, packed), $"block {_index}", start);
        int kept = _length - used, length = kept + (int)contentLength;
        byte[] target = _content.Length < length ? new byte[length + Varint.Longest] : _content;
        Content[used..].CopyTo(target);
        (_content, _length) = (target, length);
        Span<byte> content = target.AsSpan(kept, (int)contentLength);
        if (!BrotliDecoder.TryDecompress(packed, content, out int written) || written != content.Length)
            throw Failure($"is damaged: block {_index} at byte offset {start} does not unpack to its {contentLength} bytes");
        _contentHash.AppendData(content);
        return true;
    }

    /// <summary>Reads the footer after the end mark, compares both hashes, and makes sure that nothing follows.</summary>
    /// <returns>The content hash, 64 lower-case hexadecimal digits.</returns>
    /// <exception cref="FileFormatException">A hash differs, the footer is truncated, or bytes follow.</exception>
    public string Finish()
    {
        Span<byte> stored = stackalloc byte[QcoocFormat.HashLength];
        long start = _reader.Offset;
        _reader.Take(stored, "the hash of its content");
        if (!stored.SequenceEqual(_contentHash.GetHashAndReset()))
            throw Failure($"is damaged: its content does not agree with the hash at byte offset {start}");
        _reader.Seal();
        _reader.End();
        return Convert.ToHexStringLower(stored);
    }

    /// <summary>An exception whose sentence begins with the name of the file.</summary>
    public Exception Failure(string complaint) => _reader.Refusal(complaint);

    /// <summary>SHA-256 of a block's index, lengths and packed bytes.</summary>
    public static byte[] Checksum(int index, ReadOnlySpan<byte> lengths, ReadOnlySpan<byte> packed)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> place = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(place, index);
        hash.AppendData(place);
        hash.AppendData(lengths);
        hash.AppendData(packed);
        return hash.GetHashAndReset();
    }

    public void Dispose()
    {
        _reader.Dispose();
        _contentHash.Dispose();
    }
}
