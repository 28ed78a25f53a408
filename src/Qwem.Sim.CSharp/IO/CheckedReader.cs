using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Qwem.Sim.IO;

/// <summary>Reads a binary file of this library from its first byte on and refuses what is foreign, truncated, altered or too long.</summary>
/// <remarks>
/// Prepared corpora, counts and checkpoints all begin with the mark of their format and its version, have little-endian numbers, and are
/// sealed by the SHA-256 of every byte before; what lies between differs because they are read differently. Counts may arrive through a
/// pipe, so that each block carries its own length and checksum. The units of a prepared corpus are read in any order, so that its
/// checksums stand together at the front, under the seal. A checkpoint is read as a whole and needs the seal only.
/// Nothing is allocated for a length that the file does not have.
/// </remarks>
/// <param name="stream">Where from; stays open.</param>
/// <param name="refusal">Makes the exception of a complaint, which continues a sentence about the file.</param>
internal sealed class CheckedReader(Stream stream, Func<string, Exception> refusal) : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>Bytes read so far.</summary>
    public long Offset { get; private set; }

    /// <summary>Reads the mark of the format and the version, a little-endian number, and returns the version.</summary>
    /// <param name="format">What a file of the format is called.</param>
    /// <param name="mark">Its first bytes.</param>
    /// <param name="versionLength">Bytes of the version, at most four.</param>
    /// <param name="least">The oldest version that can be read.</param>
    /// <param name="most">The newest one.</param>
    public uint Begin(string format, ReadOnlySpan<byte> mark, int versionLength, uint least, uint most)
    {
        Span<byte> found = stackalloc byte[mark.Length];
        Take(found, "its first bytes");
        if (!found.SequenceEqual(mark)) throw Refusal($"is not a {format}: it does not begin with the mark of the format, at byte offset 0");
        Span<byte> number = stackalloc byte[4];
        number.Clear();
        Take(number[..versionLength], "its version");
        uint version = BinaryPrimitives.ReadUInt32LittleEndian(number);
        if (version >= least && version <= most) return version;
        throw Refusal($"has version {version} at byte offset {mark.Length}, and only {(least == most ? $"version {least}" : $"versions {least} to {most}")} can be read");
    }

    /// <summary>Reads as many bytes as fit the target.</summary>
    public void Take(Span<byte> target, string what)
    {
        int read = stream.ReadAtLeast(target, target.Length, throwOnEndOfStream: false);
        Offset += read;
        if (read < target.Length) throw Refusal($"is truncated: it ends at byte offset {Offset} inside {what}");
        _hash.AppendData(target);
    }

    /// <summary>Reads a section of a file, which was opened at its beginning and is no pipe.</summary>
    public byte[] Section(long length, string what)
    {
        RequireRoom(length, what);
        byte[] section = new byte[length];
        Take(section, what);
        return section;
    }

    /// <summary>Refuses a length that the rest of a file, which is no pipe, does not have.</summary>
    public void RequireRoom(long length, string what)
    {
        if (length < 0 || length > Math.Min(stream.Length - Offset, Array.MaxLength))
            throw Refusal($"is truncated or damaged: it has no {length} bytes for {what} at byte offset {Offset}");
    }

    /// <summary>Reads a little-endian number of 32 bits.</summary>
    public int Int32(string what)
    {
        Span<byte> number = stackalloc byte[sizeof(int)];
        Take(number, what);
        return BinaryPrimitives.ReadInt32LittleEndian(number);
    }

    /// <summary>Reads a little-endian number of 64 bits.</summary>
    public long Int64(string what)
    {
        Span<byte> number = stackalloc byte[sizeof(long)];
        Take(number, what);
        return BinaryPrimitives.ReadInt64LittleEndian(number);
    }

    /// <summary>Reads zeros up to an offset.</summary>
    public void Zeros(long end)
    {
        long start = Offset;
        if (Section(end - start, "its filling").AsSpan().ContainsAnyExcept((byte)0))
            throw Refusal($"is damaged: its bytes from offset {start} to {end - 1} are not all zero");
    }

    /// <summary>Reads the hash of every byte before it and returns it.</summary>
    public byte[] Seal()
    {
        byte[] expected = _hash.GetHashAndReset(), stored = new byte[SHA256.HashSizeInBytes];
        Take(stored, "the hash of the file");
        if (!stored.AsSpan().SequenceEqual(expected)) throw Refusal($"is damaged: its bytes do not agree with the hash at byte offset {Offset - stored.Length}");
        return stored;
    }

    /// <summary>Compares a checksum that was read with that of what it stands for.</summary>
    public void Compare(ReadOnlySpan<byte> stored, ReadOnlySpan<byte> found, string what, long offset)
    {
        if (!stored.SequenceEqual(found)) throw Refusal($"is damaged: {what} at byte offset {offset} does not agree with its checksum");
    }

    /// <summary>Makes sure that nothing follows.</summary>
    public void End()
    {
        if (stream.ReadByte() >= 0) throw Refusal($"is damaged: bytes follow its end at byte offset {Offset}");
    }

    /// <summary>Makes sure that a file, which is no pipe, has just this length.</summary>
    public void RequireLength(long length)
    {
        if (stream.Length < length) throw Refusal($"is truncated: it ends at byte offset {stream.Length} instead of {length}");
        if (stream.Length > length) throw Refusal($"is damaged: bytes follow its end at byte offset {length}");
    }

    /// <summary>An exception whose sentence begins with the name of the file.</summary>
    public Exception Refusal(string complaint) => refusal(complaint);

    public void Dispose() => _hash.Dispose();
}
