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
internal sealed class QtokReader : ITokenPieces, IDisposable
{
    private readonly FileStream _file;
    private readonly SafeFileHandle _handle;
    private readonly CheckedReader _reader;
    private readonly QtokHead _head;
    private readonly byte[] _checksums;

    private QtokReader(string path, FileStream file)
    {
        _file = file;
        _reader = new CheckedReader(file, complaint => new CorpusException($"The prepared corpus '{path}' {complaint}; prepare or fetch it again."));
        byte[] head = new byte[QtokFormat.HeadLength];
        _reader.Begin(".qtok file", QtokFormat.Magic, 4, QtokFormat.Version, QtokFormat.Version);
        _reader.Take(head.AsSpan((int)_reader.Offset), "its head");
        _head = QtokHead.Read(head) ?? throw _reader.Refusal("is damaged: its head, at byte offset 0, has an impossible value");
        _reader.RequireLength(_head.FileLength);
        _checksums = _reader.Section(_head.HashedLength - QtokFormat.HeadLength, "its checksums");
        Hash = Convert.ToHexStringLower(_reader.Seal());
        _reader.Zeros(_head.VocabularyStart);
        Types = Vocabulary();
        _reader.Zeros(_head.UnitsStart);
        // Read once: the stream moves its position whenever the handle is read.
        _handle = file.SafeFileHandle;
    }

    /// <summary>The hash that identifies the corpus, in lower-case hexadecimal digits.</summary>
    public string Hash { get; }

    private WordTypes Types { get; }

    public int Count => (int)QtokFormat.Blocks(2 * _head.UnitCount);

    /// <summary>Opens a file.</summary>
    /// <exception cref="CorpusException">The file cannot be read, or is truncated, altered, or of another version.</exception>
    public static ParsedCorpus Open(string path)
    {
        FileStream? file = null;
        try
        {
            file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            QtokReader reader = new(path, file);
            QtokHead head = reader._head;
            return new ParsedCorpus(reader.Types, reader, head.Convention, new CountedText(head.Convention.Summary, reader.Hash, []), head.Words, head.Documents);
        }
        catch (Exception failure)
        {
            file?.Dispose();
            if (failure is not (IOException or UnauthorizedAccessException)) throw;
            throw new CorpusException($"The prepared corpus '{path}' cannot be read ({failure.Message.TrimEnd('.')}); check its permissions and the disk.", failure);
        }
    }

    public void Dispose()
    {
        _file.Dispose();
        _reader.Dispose();
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
        // No id is divided by the end of a block: from its beginning on it is known which units are second halves.
        while (place < unit % UnitsPerBlock) place += units[place] is >= TokenUnits.FirstLongId and < TokenUnits.EndIfBlank ? 2 : 1;
        return new UnitPlace((int)(unit / UnitsPerBlock), Math.Min(place, units.Length));
    }

    private WordTypes Vocabulary()
    {
        long begin = _reader.Offset;
        byte[] content = _reader.Section(_head.VocabularyLength, "its vocabulary");
        for (int start = 0; start < content.Length; start += QtokFormat.BlockLength)
            Check(content.AsSpan(start, Math.Min(QtokFormat.BlockLength, content.Length - start)), start / QtokFormat.BlockLength, begin + start);
        // The head's number of types is used only if there are bytes for them.
        if (_head.Types > content.Length / 3) throw Contradiction("it has fewer words than its head says");
        byte[] letters = new byte[content.Length];
        int[] starts = new int[_head.Types + 1];
        long[] counts = new long[_head.Types];
        int position = 0;
        long words = 0;
        for (int rank = 0; rank < counts.Length; rank++)
        {
            ulong length = Number();
            if (length is < 1 or > WordScanner.LongestWord || length > (ulong)(content.Length - position) || !Utf8.IsValid(content.AsSpan(position, (int)length)))
                throw Contradiction($"word {rank} is not possible");
            content.AsSpan(position, (int)length).CopyTo(letters.AsSpan(starts[rank]));
            starts[rank + 1] = starts[rank] + (int)length;
            position += (int)length;
            ulong count = Number();
            if (count < 1 || count > (ulong)(_head.Words - words) || (rank > 0 && count > (ulong)counts[rank - 1]))
                throw Contradiction($"word {rank} has an impossible count");
            words += counts[rank] = (long)count;
        }
        if (position < content.Length || words != _head.Words) throw Contradiction("its words are not as many as its head says");
        return new WordTypes(letters, starts, counts);

        ulong Number() => Varint.TryRead(content, ref position, out ulong value) ? value : throw Contradiction("a number has no end");
        Exception Contradiction(string complaint) => _reader.Refusal($"contradicts itself in its vocabulary: {complaint}");
    }

    private void Check(ReadOnlySpan<byte> bytes, long block, long offset)
    {
        Span<byte> found = stackalloc byte[QtokFormat.HashLength];
        SHA256.HashData(bytes, found);
        _reader.Compare(_checksums.AsSpan((int)(QtokFormat.HashLength * block), QtokFormat.HashLength), found, $"block {block}", offset);
    }

    private void Fill(Span<byte> bytes, long offset)
    {
        while (!bytes.IsEmpty)
        {
            int read = RandomAccess.Read(_handle, bytes, offset);
            if (read == 0) throw _reader.Refusal($"is truncated: it ends at byte offset {offset}");
            bytes = bytes[read..];
            offset += read;
        }
    }
}
