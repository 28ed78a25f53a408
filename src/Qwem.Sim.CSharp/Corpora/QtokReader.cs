using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Unicode;
using Microsoft.Win32.SafeHandles;
using Qwem.Sim.IO;

namespace Qwem.Sim.Corpora;

/// <summary>Opens prepared corpora; every byte is checked before it is used.</summary>
/// <remarks>
/// Head and vocabulary are read at once, the units block by block when they are asked for. The file stays open as long as the corpus
/// is in use; a block that changes meanwhile is refused like any other damage.
/// </remarks>
internal sealed class QtokReader : ITokenPieces
{
    private readonly string _path;
    private readonly SafeFileHandle _file;
    private readonly QtokHead _head;
    private readonly byte[] _hashed;

    private QtokReader(string path, SafeFileHandle file)
    {
        _path = path;
        _file = file;
        byte[] first = Bytes(0, QtokFormat.HeadLength);
        if (!first.AsSpan().StartsWith(QtokFormat.Magic)) throw Failure("is not a .qtok file: it does not begin with the mark of the format, at byte offset 0");
        uint version = BinaryPrimitives.ReadUInt32LittleEndian(first.AsSpan(QtokFormat.Magic.Length));
        if (version != QtokFormat.Version) throw Failure($"has version {version} at byte offset {QtokFormat.Magic.Length}, and only version {QtokFormat.Version} can be read");
        _head = QtokHead.Read(first) ?? throw Failure("is damaged: its head, at byte offset 0, has an impossible value");
        long length = RandomAccess.GetLength(file);
        if (length != _head.FileLength)
            throw Failure(length < _head.FileLength ? $"is truncated: it has {length} of {_head.FileLength} bytes" : $"is damaged: bytes follow its end at byte offset {_head.FileLength}");
        _hashed = Bytes(0, _head.HashedLength);
        if (!SHA256.HashData(_hashed).AsSpan().SequenceEqual(Bytes(_head.HashedLength, QtokFormat.HashLength)))
            throw Failure($"is damaged: its first {_head.HashedLength} bytes do not agree with the hash behind them");
        CheckZeros(_head.HashedLength + QtokFormat.HashLength, _head.VocabularyStart);
        CheckZeros(_head.VocabularyStart + _head.VocabularyLength, _head.UnitsStart);
    }

    public int Count => (int)QtokFormat.Blocks(2 * _head.UnitCount);

    /// <summary>Opens a file.</summary>
    /// <exception cref="CorpusException">The file cannot be read, or is truncated, altered, or of another version.</exception>
    public static ParsedCorpus Open(string path)
    {
        SafeFileHandle? file = null;
        try
        {
            file = File.OpenHandle(path);
            QtokReader reader = new(path, file);
            WordTypes types = reader.Vocabulary();
            QtokHead head = reader._head;
            return new ParsedCorpus(types, reader, head.Convention, new CountedText(head.Convention.Summary, reader.Hash, []), head.Words, head.Documents);
        }
        catch (Exception failure)
        {
            file?.Dispose();
            if (failure is not (IOException or UnauthorizedAccessException)) throw;
            throw new CorpusException($"The prepared corpus '{path}' cannot be read ({failure.Message.TrimEnd('.')}); check its permissions and the disk.", failure);
        }
    }

    public ReadOnlySpan<ushort> Units(int piece, ref ushort[] scratch)
    {
        if (scratch.Length < QtokFormat.BlockLength / 2) scratch = new ushort[QtokFormat.BlockLength / 2];
        long offset = (long)piece * QtokFormat.BlockLength;
        Span<ushort> units = scratch.AsSpan(0, (int)Math.Min(scratch.Length, _head.UnitCount - (offset / 2)));
        Span<byte> bytes = MemoryMarshal.AsBytes(units);
        Fill(bytes, _head.UnitsStart + offset);
        Check(bytes, QtokFormat.Blocks(_head.VocabularyLength) + piece, _head.UnitsStart + offset);
        return units;
    }

    public int[]? Ranks(int piece) => null;

    /// <summary>By units, so that nothing before the share is read.</summary>
    public UnitPlace ShareStart(int share, int count)
    {
        const int UnitsPerBlock = QtokFormat.BlockLength / 2;
        long unit = (long)((Int128)_head.UnitCount * share / count);
        if (unit == _head.UnitCount) return new UnitPlace(Count, 0);
        ushort[] scratch = [];
        ReadOnlySpan<ushort> units = Units((int)(unit / UnitsPerBlock), ref scratch);
        int place = 0;
        // No id is torn by a block: from its beginning on it is known which units are second halves.
        while (place < unit % UnitsPerBlock) place += units[place] is >= TokenUnits.FirstLongId and < TokenUnits.EndIfBlank ? 2 : 1;
        return new UnitPlace((int)(unit / UnitsPerBlock), Math.Min(place, units.Length));
    }

    /// <summary>The hash that identifies the corpus, in lower-case hexadecimal digits.</summary>
    public string Hash => Convert.ToHexStringLower(SHA256.HashData(_hashed));

    private WordTypes Vocabulary()
    {
        byte[] content = Bytes(_head.VocabularyStart, _head.VocabularyLength);
        for (int start = 0; start < content.Length; start += QtokFormat.BlockLength)
        {
            Check(
                content.AsSpan(start, Math.Min(QtokFormat.BlockLength, content.Length - start)),
                start / QtokFormat.BlockLength,
                _head.VocabularyStart + start);
        }
        // The head's number of types is believed only as far as there are bytes for them.
        if (_head.Types > content.Length / 3) throw Contradiction("it has fewer words than its head says");
        byte[] letters = new byte[content.Length];
        int[] starts = new int[_head.Types + 1];
        long[] counts = new long[_head.Types];
        ReadOnlySpan<byte> rest = content;
        long words = 0;
        for (int rank = 0; rank < counts.Length; rank++)
        {
            long length = Number(ref rest);
            if (length is < 1 or > WordScanner.LongestWord || length > rest.Length || !Utf8.IsValid(rest[..(int)length]))
                throw Contradiction($"word {rank} is not possible");
            rest[..(int)length].CopyTo(letters.AsSpan(starts[rank]));
            starts[rank + 1] = starts[rank] + (int)length;
            rest = rest[(int)length..];
            counts[rank] = Number(ref rest);
            if (counts[rank] < 1 || counts[rank] > _head.Words - words || (rank > 0 && counts[rank] > counts[rank - 1]))
                throw Contradiction($"word {rank} has an impossible count");
            words += counts[rank];
        }
        if (!rest.IsEmpty || words != _head.Words) throw Contradiction("its words are not as many as its head says");
        return new WordTypes(letters, starts, counts);
    }

    private long Number(ref ReadOnlySpan<byte> rest) => Varint.TryTake(ref rest, out long value) ? value : throw Contradiction("a number has no end");

    private void Check(ReadOnlySpan<byte> bytes, long block, long offset)
    {
        Span<byte> found = stackalloc byte[QtokFormat.HashLength];
        SHA256.HashData(bytes, found);
        if (!found.SequenceEqual(_hashed.AsSpan((int)(QtokFormat.HeadLength + (QtokFormat.HashLength * block)), QtokFormat.HashLength)))
            throw Failure($"is damaged: the {bytes.Length} bytes at byte offset {offset} do not agree with their checksum");
    }

    private void CheckZeros(long start, long end)
    {
        if (Bytes(start, end - start).AsSpan().ContainsAnyExcept((byte)0))
            throw Failure($"is damaged: its bytes from offset {start} to {end - 1} are not all zero");
    }

    private byte[] Bytes(long offset, long length)
    {
        // A length that the file does not have is refused before anything is allocated for it.
        if (length > RandomAccess.GetLength(_file) - offset || length > Array.MaxLength)
            throw Failure($"is truncated: it ends at byte offset {RandomAccess.GetLength(_file)}, before byte {offset + length}");
        byte[] bytes = new byte[length];
        Fill(bytes, offset);
        return bytes;
    }

    private void Fill(Span<byte> bytes, long offset)
    {
        while (!bytes.IsEmpty)
        {
            int read = RandomAccess.Read(_file, bytes, offset);
            if (read == 0) throw Failure($"is truncated: it ends at byte offset {offset}");
            bytes = bytes[read..];
            offset += read;
        }
    }

    private CorpusException Contradiction(string complaint) => Failure($"contradicts itself in its vocabulary: {complaint}");

    private CorpusException Failure(string complaint) => new($"The prepared corpus '{_path}' {complaint}; prepare or fetch it again.");
}
