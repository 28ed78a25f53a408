using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Qwem.Sim.Cooccurrence;

/// <summary>Hashes of arrays of numbers, which may have more bytes than a span can hold.</summary>
internal static class HashedNumbers
{
    private const int Piece = 1 << 20;

    /// <summary>Appends the bytes of the numbers as they lie in memory.</summary>
    internal static void AppendNumbers<T>(this IncrementalHash hash, ReadOnlySpan<T> numbers)
        where T : unmanaged
    {
        for (int start = 0; start < numbers.Length; start += Piece)
            hash.AppendData(MemoryMarshal.AsBytes(numbers[start..Math.Min(numbers.Length, start + Piece)]));
    }
}
