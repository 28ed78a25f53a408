using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;
using Qwem.Sim.IO;

namespace Qwem.Sim.Cooccurrence;

/// <summary>Reads the blocks of a <c>.qcooc</c> file, checking every byte against its checksum before it is used.</summary>
internal sealed class QcoocBlock : IDisposable
{
    private readonly Stream _stream;
    private readonly string _name;
    private readonly IncrementalHash _fileHash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly IncrementalHash _contentHash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private byte[] _content = [];
    private byte[] _packed = [];
    private long _offset;
    private int _index = -1;
    private int _length;

    /// <summary>Reads and checks the first bytes of a file.</summary>
    /// <exception cref="FileFormatException">The file is foreign, of another version, or truncated.</exception>
    public QcoocBlock(Stream stream, string name)
    {
        _stream = stream;
        _name = name;
        Span<byte> magic = stackalloc byte[QcoocFormat.Magic.Length];
        Take(magic, "its first bytes");
        if (!magic.SequenceEqual(QcoocFormat.Magic)) throw Failure("is not a .qcooc file: it does not begin with the mark of the format, at byte offset 0");
        Span<byte> version = stackalloc byte[4];
        Take(version, "its version");
        uint found = BinaryPrimitives.ReadUInt32LittleEndian(version);
        if (found is < QcoocFormat.Version or > QcoocFormat.PartVersion)
            throw Failure($"has version {found} at byte offset {magic.Length}, and only versions {QcoocFormat.Version} to {QcoocFormat.PartVersion} can be read");
        Version = found;
    }

    /// <summary>The version of the file.</summary>
    public uint Version { get; }

    /// <summary>The content of the current block.</summary>
    public ReadOnlySpan<byte> Content => _content.AsSpan(0, _length);

    /// <summary>Where the reading stands, for messages.</summary>
    public string Place => $"in block {Math.Max(_index, 0)}, before byte offset {_offset}";

    /// <summary>Reads the next block; false at the end mark.</summary>
    /// <exception cref="FileFormatException">The block is truncated or altered.</exception>
    public bool Next()
    {
        long start = _offset;
        bool afterShortBlock = _index >= 0 && _length < QcoocFormat.BlockLength;
        Span<byte> lengths = stackalloc byte[QcoocFormat.LengthsLength];
        Take(lengths, $"the lengths of block {_index + 1}");
        uint contentLength = BinaryPrimitives.ReadUInt32LittleEndian(lengths);
        uint packedLength = BinaryPrimitives.ReadUInt32LittleEndian(lengths[4..]);
        if (contentLength == 0 && packedLength == 0) return false;
        _index++;
        if (contentLength is 0 or > QcoocFormat.BlockLength || packedLength is 0 or > QcoocFormat.LargestPackedLength || afterShortBlock)
            throw Failure($"is damaged: block {_index} at byte offset {start} has the impossible lengths {contentLength} and {packedLength}");
        Span<byte> checksum = stackalloc byte[QcoocFormat.HashLength];
        Take(checksum, $"the checksum of block {_index}");
        if (_packed.Length < packedLength) _packed = new byte[packedLength];
        Span<byte> packed = _packed.AsSpan(0, (int)packedLength);
        Take(packed, $"block {_index}");
        if (!checksum.SequenceEqual(Checksum(_index, lengths, packed)))
            throw Failure($"is damaged: block {_index} at byte offset {start} does not agree with its checksum");
        if (_content.Length < contentLength) _content = new byte[contentLength];
        _length = (int)contentLength;
        if (!BrotliDecoder.TryDecompress(packed, _content.AsSpan(0, _length), out int written) || written != _length)
            throw Failure($"is damaged: block {_index} at byte offset {start} does not unpack to its {contentLength} bytes");
        _contentHash.AppendData(Content);
        return true;
    }

    /// <summary>Reads the footer after the end mark, compares both hashes, and makes sure that nothing follows.</summary>
    /// <returns>The content hash, 64 lower-case hexadecimal digits.</returns>
    /// <exception cref="FileFormatException">A hash differs, the footer is truncated, or bytes follow.</exception>
    public string Finish()
    {
        Span<byte> stored = stackalloc byte[QcoocFormat.HashLength];
        long start = _offset;
        Take(stored, "the hash of its content");
        if (!stored.SequenceEqual(_contentHash.GetHashAndReset()))
            throw Failure($"is damaged: its content does not agree with the hash at byte offset {start}");
        string contentHash = Convert.ToHexStringLower(stored);
        byte[] expected = _fileHash.GetHashAndReset();
        start = _offset;
        Take(stored, "the hash of the file");
        if (!stored.SequenceEqual(expected)) throw Failure($"is damaged: its bytes do not agree with the hash at byte offset {start}");
        if (_stream.ReadByte() >= 0) throw Failure($"is damaged: bytes follow its end at byte offset {_offset}");
        return contentHash;
    }

    /// <summary>An exception whose sentence begins with the name of the file.</summary>
    public FileFormatException Failure(string complaint) => new($"The file '{_name}' {complaint}; make or fetch it again.");

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
        _fileHash.Dispose();
        _contentHash.Dispose();
    }

    private void Take(Span<byte> target, string what)
    {
        int read = _stream.ReadAtLeast(target, target.Length, throwOnEndOfStream: false);
        _offset += read;
        if (read < target.Length) throw Failure($"is truncated: it ends at byte offset {_offset} inside {what}");
        _fileHash.AppendData(target);
    }
}
