using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Qwem.Sim.IO;

/// <summary>Whole numbers of the file formats: seven bits a byte, lowest first, the top bit set on all but the last; no needless byte.</summary>
internal static class Varint
{
    /// <summary>Most bytes of a number.</summary>
    internal const int Longest = 10;

    /// <summary>Appends a number.</summary>
    internal static void Write(Stream content, ulong value)
    {
        Span<byte> bytes = stackalloc byte[Longest];
        content.Write(bytes[..Put(ref MemoryMarshal.GetReference(bytes), 0, value)]);
    }

    /// <summary>Writes a number at a place, and returns the place behind it; a byte behind a short number may be written, too.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int Put(ref byte target, int used, ulong value)
    {
        if (value < 1 << 14)
        {
            // One byte or two, without a branch that half of the counts would mispredict.
            int isLong = value > 0x7F ? 1 : 0;
            ushort both = (ushort)((value & 0x7F) | ((value & 0x3F80) << 1) | (uint)(isLong << 7));
            if (!BitConverter.IsLittleEndian) both = System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(both);
            Unsafe.WriteUnaligned(ref Unsafe.Add(ref target, used), both);
            return used + 1 + isLong;
        }
        while (value >= 0x80)
        {
            Unsafe.Add(ref target, used++) = (byte)(value | 0x80);
            value >>= 7;
        }
        Unsafe.Add(ref target, used++) = (byte)value;
        return used;
    }

    /// <summary>Reads the number at a position; false when it has no end, more than 64 bits or a needless byte.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool TryRead(ReadOnlySpan<byte> bytes, ref int position, out ulong value)
    {
        if ((uint)position >= (uint)bytes.Length || bytes[position] >= 0x80) return TryReadLong(bytes, ref position, out value);
        value = bytes[position++];
        return true;
    }

    /// <summary>Reads a number that is known to be good.</summary>
    internal static ulong Read(byte[] bytes, ref int position)
    {
        ulong value = bytes[position++];
        if (value < 0x80) return value;
        value &= 0x7F;
        for (int shift = 7; ; shift += 7)
        {
            byte next = bytes[position++];
            value |= (next & 0x7FUL) << shift;
            if (next < 0x80) return value;
        }
    }

    private static bool TryReadLong(ReadOnlySpan<byte> bytes, ref int position, out ulong value)
    {
        value = 0;
        for (int shift = 0; shift < 7 * Longest && position < bytes.Length; shift += 7)
        {
            byte next = bytes[position++];
            if (next == 0 || (shift == 63 && next > 1)) return false;
            value |= (next & 0x7FUL) << shift;
            if (next < 0x80) return true;
        }
        return false;
    }
}
