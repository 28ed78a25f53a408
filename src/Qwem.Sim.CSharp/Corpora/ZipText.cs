using System.IO.Compression;
using System.IO.Hashing;

namespace Qwem.Sim.Corpora;

/// <summary>One entry of a zip file; its length and checksum are compared when it has been read.</summary>
internal sealed class ZipText : TextStream
{
    private readonly ZipArchiveEntry _entry;
    private readonly string _file;
    private readonly long _packedBefore;
    private readonly Stream _text;
    private readonly Crc32 _checksum = new();
    private long _length;
    private bool _ended;

    private ZipText(string file, ZipArchiveEntry entry, long packedBefore)
    {
        _file = file;
        _entry = entry;
        _packedBefore = packedBefore;
        _text = Guarded(file, entry.Open);
    }

    public override string Name => $"{_file}:{_entry.FullName}";

    public override long BytesRead =>
        _packedBefore + (long)((double)_entry.CompressedLength * Volatile.Read(ref _length) / Math.Max(1, _entry.Length));

    public override bool IsEntry => true;

    /// <summary>The entries that have bytes, in the archive's order.</summary>
    /// <exception cref="CorpusException">The archive is damaged, truncated or encrypted, or has no entry.</exception>
    public static IEnumerable<TextStream> Entries(InputFile input)
    {
        using ZipArchive archive = Guarded(input.Name, () => new ZipArchive(
            new FileStream(input.Path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 16), ZipArchiveMode.Read));
        IReadOnlyList<ZipArchiveEntry> entries = Guarded(input.Name, () => archive.Entries);
        long packedBefore = 0;
        foreach (ZipArchiveEntry entry in entries)
        {
            if (entry.IsEncrypted) throw new CorpusException($"The zip file '{input.Name}' is encrypted at '{entry.FullName}'; unpack it with its password first.");
            // Nothing has the checksum 0: an entry with another one was not empty when it was packed.
            if (entry.Length == 0 && entry.Crc32 != 0) throw Damaged(input.Name, null);
            if (entry.Length > 0) yield return new ZipText(input.Name, entry, packedBefore);
            packedBefore += entry.CompressedLength;
        }
    }

    /// <summary>The lengths of the entries that have bytes, in the archive's order.</summary>
    /// <exception cref="CorpusException">The archive is damaged, truncated or encrypted, or has no entry.</exception>
    public static IReadOnlyList<long> Lengths(InputFile input)
    {
        List<long> lengths = [];
        foreach (TextStream entry in Entries(input))
        {
            using (entry) lengths.Add(((ZipText)entry)._entry.Length);
        }
        return lengths;
    }

    public override int Fill(Span<byte> buffer)
    {
        if (_ended) return 0;
        try
        {
            int filled = _text.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            _checksum.Append(buffer[..filled]);
            Volatile.Write(ref _length, _length + filled);
            _ended = filled < buffer.Length;
            if (_ended && (_length != _entry.Length || _checksum.GetCurrentHashAsUInt32() != _entry.Crc32)) throw Damaged(_file, null);
            return filled;
        }
        catch (Exception failure) when (failure is InvalidDataException or EndOfStreamException)
        {
            throw Damaged(_file, failure);
        }
        catch (IOException failure)
        {
            throw new CorpusException($"Reading '{Name}' failed ({Reason(failure)}); check the disk.", failure);
        }
    }

    public override void Dispose() => _text.Dispose();

    private static T Guarded<T>(string file, Func<T> open)
    {
        try
        {
            return open();
        }
        catch (Exception failure) when (failure is InvalidDataException or EndOfStreamException or ArgumentException or NotSupportedException)
        {
            throw Damaged(file, failure);
        }
    }

    private static CorpusException Damaged(string file, Exception? cause)
    {
        string reason = cause is null ? "its text does not agree with its length and checksum" : Reason(cause);
        string message = $"The zip file '{file}' is truncated, damaged or of an unknown kind ({reason}); fetch or pack it again.";
        return cause is null ? new CorpusException(message) : new CorpusException(message, cause);
    }
}
