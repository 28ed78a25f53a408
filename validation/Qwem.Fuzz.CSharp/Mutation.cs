using System.Buffers.Binary;

namespace Qwem.Fuzz;

/// <summary>Changes samples: bits, bytes, numbers, and ranges that are left out, put in, repeated, exchanged or cut off.</summary>
internal static class Mutation
{
    private const int LongestResult = 1 << 18;

    private static readonly byte[] s_telling = [0, 1, 0x7F, 0x80, 0xFF, .. "\n\r\t \"\\{}[]<>&/'0aZ"u8, 0xC2, 0xA0, 0xE3, 0xED, 0xF4, 0xFE];
    private static readonly long[] s_numbers = [0, 1, -1, short.MaxValue, ushort.MaxValue, int.MaxValue, int.MinValue, uint.MaxValue, long.MaxValue, long.MinValue];

    /// <summary>A copy with one to four changes.</summary>
    public static byte[] Of(byte[] sample, FuzzRandom random)
    {
        byte[] result = [.. sample];
        for (int changes = random.OneIn(2) ? 1 : random.Between(2, 4); changes > 0; changes--) result = Once(result, random);
        return result;
    }

    private static byte[] Once(byte[] bytes, FuzzRandom random)
    {
        if (bytes.Length == 0) return random.Bytes(random.Between(1, 8));
        int place = random.Below(bytes.Length);
        // Short ranges are the rule: long ones leave little of the sample.
        int end = Math.Min(bytes.Length, place + 1 + random.Below(random.OneIn(4) ? bytes.Length : 8));
        switch (random.Below(10))
        {
            case 0:
                bytes[place] ^= (byte)(1 << random.Below(8));
                return bytes;
            case 1:
                bytes[place] = (byte)random.Below(256);
                return bytes;
            case 2:
                bytes[place] = random.Of<byte>(s_telling);
                return bytes;
            case 3:
                return Number(bytes, place, random);
            case 4:
                return [.. bytes[..place], .. bytes[end..]];
            case 5:
                return [.. bytes[..place], .. random.Bytes(random.Between(1, 8)), .. bytes[place..]];
            case 6:
                return [.. bytes[..place], random.Of<byte>(s_telling), .. bytes[place..]];
            case 7:
                return [.. bytes[..end], .. Repeated(bytes[place..end], random), .. bytes[end..]];
            case 8:
                return [.. bytes[place..end], .. bytes[..place], .. bytes[end..]];
            default:
                return bytes[..place];
        }
    }

    private static byte[] Number(byte[] bytes, int place, FuzzRandom random)
    {
        Span<byte> number = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(number, random.Of<long>(s_numbers));
        number[..Math.Min(random.Of(2, 4, 8), bytes.Length - place)].CopyTo(bytes.AsSpan(place));
        return bytes;
    }

    private static IEnumerable<byte> Repeated(byte[] range, FuzzRandom random)
    {
        int times = random.OneIn(8) ? random.Between(2, 200) : 1;
        return Enumerable.Repeat(range, Math.Clamp(LongestResult / range.Length, 1, times)).SelectMany(copy => copy);
    }
}
