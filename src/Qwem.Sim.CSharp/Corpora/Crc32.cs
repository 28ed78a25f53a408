namespace Qwem.Sim.Corpora;

/// <summary>The checksum of zip (CRC-32, polynomial 0xEDB88320 reflected), eight bytes at a time.</summary>
internal static class Crc32
{
    private static readonly uint[] s_tables = Tables();

    /// <summary>The checksum of some bytes followed by <paramref name="bytes"/>, from the checksum of the former; 0 for none.</summary>
    public static uint Append(uint checksum, ReadOnlySpan<byte> bytes)
    {
        uint[] tables = s_tables;
        uint value = ~checksum;
        while (bytes.Length >= 8)
        {
            ulong word = System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(bytes) ^ value;
            value = 0;
            for (int place = 0; place < 8; place++) value ^= tables[((7 - place) << 8) + (byte)(word >> (8 * place))];
            bytes = bytes[8..];
        }
        foreach (byte last in bytes) value = tables[(byte)(value ^ last)] ^ (value >> 8);
        return ~value;
    }

    private static uint[] Tables()
    {
        uint[] tables = new uint[8 * 256];
        for (uint first = 0; first < 256; first++)
        {
            uint value = first;
            for (int bit = 0; bit < 8; bit++) value = (value & 1) != 0 ? 0xEDB88320 ^ (value >> 1) : value >> 1;
            tables[first] = value;
        }
        for (int table = 1; table < 8; table++)
        {
            for (int first = 0; first < 256; first++)
            {
                uint before = tables[((table - 1) << 8) + first];
                tables[(table << 8) + first] = tables[(byte)before] ^ (before >> 8);
            }
        }
        return tables;
    }
}
