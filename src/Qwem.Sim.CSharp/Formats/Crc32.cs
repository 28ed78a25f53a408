namespace Qwem.Sim.Formats;

/// <summary>The checksum of zip entries: CRC-32 with the reflected polynomial EDB88320, eight bytes a step.</summary>
/// <remarks>Every change within 32 consecutive bits alters it, so every change of a byte does.</remarks>
internal struct Crc32
{
    private static readonly uint[] s_tables = Tables();

    private uint _state;

    /// <summary>The checksum of nothing.</summary>
    public Crc32() => _state = uint.MaxValue;

    /// <summary>The checksum of all bytes appended.</summary>
    internal readonly uint Value => ~_state;

    /// <summary>Appends bytes.</summary>
    internal void Append(ReadOnlySpan<byte> bytes)
    {
        uint[] tables = s_tables;
        uint state = _state;
        while (bytes.Length >= 8)
        {
            uint low = state ^ System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(bytes);
            uint high = System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
            state = tables[0x700 + (byte)low] ^ tables[0x600 + (byte)(low >> 8)] ^ tables[0x500 + (byte)(low >> 16)] ^ tables[0x400 + (low >> 24)]
                ^ tables[0x300 + (byte)high] ^ tables[0x200 + (byte)(high >> 8)] ^ tables[0x100 + (byte)(high >> 16)] ^ tables[high >> 24];
            bytes = bytes[8..];
        }
        foreach (byte value in bytes) state = (state >> 8) ^ tables[(byte)state ^ value];
        _state = state;
    }

    /// <summary>Table t at 256 t: the state after a byte and t bytes of zero.</summary>
    private static uint[] Tables()
    {
        uint[] tables = new uint[8 * 256];
        for (uint value = 0; value < 256; value++)
        {
            uint state = value;
            for (int bit = 0; bit < 8; bit++) state = (state >> 1) ^ ((state & 1) == 0 ? 0 : 0xEDB88320);
            tables[value] = state;
        }
        for (int i = 256; i < tables.Length; i++) tables[i] = (tables[i - 256] >> 8) ^ tables[(byte)tables[i - 256]];
        return tables;
    }
}
