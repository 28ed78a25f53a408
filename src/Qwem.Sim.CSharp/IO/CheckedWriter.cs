using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Qwem.Sim.IO;

/// <summary>Writes what <see cref="CheckedReader"/> reads: bytes and little-endian numbers, and where asked for the SHA-256 of every byte before.</summary>
/// <param name="stream">Where to; stays open.</param>
internal sealed class CheckedWriter(Stream stream) : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>Writes bytes.</summary>
    public void Put(ReadOnlySpan<byte> bytes)
    {
        _hash.AppendData(bytes);
        stream.Write(bytes);
    }

    /// <summary>Writes a number of 32 bits.</summary>
    public void Put(int value)
    {
        Span<byte> number = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(number, value);
        Put(number);
    }

    /// <summary>Writes a number of 64 bits.</summary>
    public void Put(long value)
    {
        Span<byte> number = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(number, value);
        Put(number);
    }

    /// <summary>Writes the hash of what was written, and returns it.</summary>
    public byte[] Seal()
    {
        byte[] hash = _hash.GetHashAndReset();
        stream.Write(hash);
        return hash;
    }

    public void Dispose() => _hash.Dispose();
}
