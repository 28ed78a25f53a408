namespace Qwem.Sim.IO;

/// <summary>Whole numbers of the file formats: seven bits a byte, lowest first, the top bit set on all but the last.</summary>
/// <remarks>The rows of counts are packed by a loop of their own, without a branch for the commonest lengths, and read as they arrive, byte by byte.</remarks>
internal static class Varint
{
    /// <summary>Appends a number.</summary>
    internal static void Write(MemoryStream content, ulong value)
    {
        for (; value >= 0x80; value >>= 7) content.WriteByte((byte)(value | 0x80));
        content.WriteByte((byte)value);
    }

    /// <summary>Takes a number below 2^63 off the front; false when there is none.</summary>
    internal static bool TryTake(ref ReadOnlySpan<byte> rest, out long value)
    {
        value = 0;
        for (int index = 0; index < rest.Length && index < 9; index++)
        {
            value |= (rest[index] & 0x7FL) << (7 * index);
            if (rest[index] >= 0x80) continue;
            rest = rest[(index + 1)..];
            return true;
        }
        return false;
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
}
