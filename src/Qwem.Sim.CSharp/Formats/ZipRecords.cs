using System.Buffers.Binary;
using System.Text;

namespace Qwem.Sim.Formats;

/// <summary>One entry of an uncompressed zip archive.</summary>
/// <param name="Name">File name, ASCII.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Checksum">CRC-32 of the bytes.</param>
/// <param name="Offset">Where its local header begins in the archive.</param>
internal readonly record struct ZipEntry(string Name, long Length, uint Checksum, long Offset);

/// <summary>The records of a zip archive: stored entries, always with 64-bit sizes, no times (1980-01-01).</summary>
/// <remarks>
/// Each record has exactly one form, so a reader renders it again and compares. The extra field of a local header is padded such that the
/// content begins at a multiple of 64 bytes and can be mapped into memory as it is.
/// </remarks>
internal static class ZipRecords
{
    /// <summary>Bytes of a local header before its name.</summary>
    internal const int LocalFixed = 30;

    private const ushort Version = 45, FirstOfJanuary1980 = 0x21, Sizes64 = 1, Padding = 0x5150;
    private const int Alignment = 64;

    /// <summary>The local header of an entry, content to follow.</summary>
    internal static byte[] Local(ZipEntry entry)
    {
        int before = LocalFixed + entry.Name.Length + 20 + 4;
        int padding = (int)((Alignment - (entry.Offset + before) % Alignment) % Alignment);
        Record record = new(before + padding);
        record.Number32(0x04034B50);
        record.Common(entry, uint.MaxValue, uint.MaxValue);
        record.Number16(24 + padding);
        record.Text(entry.Name);
        record.Number16(Sizes64);
        record.Number16(16);
        record.Number64(entry.Length);
        record.Number64(entry.Length);
        record.Number16(Padding);
        record.Number16(padding);
        return record.Bytes;
    }

    /// <summary>The central directory and the end records.</summary>
    /// <param name="entries">All entries in order.</param>
    /// <param name="offset">Where the directory begins.</param>
    internal static byte[] Directory(IReadOnlyList<ZipEntry> entries, long offset)
    {
        int length = entries.Sum(entry => 46 + entry.Name.Length + 28);
        Record record = new(length + 56 + 20 + 22);
        foreach (ZipEntry entry in entries)
        {
            record.Number32(0x02014B50);
            record.Number16(Version);
            record.Common(entry, uint.MaxValue, uint.MaxValue);
            record.Number16(28);
            for (int field = 0; field < 5; field++) record.Number16(0);
            record.Number32(uint.MaxValue);
            record.Text(entry.Name);
            record.Number16(Sizes64);
            record.Number16(24);
            record.Number64(entry.Length);
            record.Number64(entry.Length);
            record.Number64(entry.Offset);
        }
        record.Number32(0x06064B50);
        record.Number64(44);
        record.Number16(Version);
        record.Number16(Version);
        record.Number64(0);
        record.Number64(entries.Count);
        record.Number64(entries.Count);
        record.Number64(length);
        record.Number64(offset);
        record.Number32(0x07064B50);
        record.Number32(0);
        record.Number64(offset + length);
        record.Number32(1);
        record.Number32(0x06054B50);
        record.Number32(0);
        record.Number16(entries.Count);
        record.Number16(entries.Count);
        record.Number32((uint)length);
        record.Number32(uint.MaxValue);
        record.Number16(0);
        return record.Bytes;
    }

    private sealed class Record(int length)
    {
        private int _position;

        internal byte[] Bytes { get; } = new byte[length];

        internal void Common(ZipEntry entry, uint packed, uint unpacked)
        {
            Number16(Version);
            Number16(0);
            Number16(0);
            Number16(0);
            Number16(FirstOfJanuary1980);
            Number32(entry.Checksum);
            Number32(packed);
            Number32(unpacked);
            Number16(entry.Name.Length);
        }

        internal void Number16(int value)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(Bytes.AsSpan(_position), checked((ushort)value));
            _position += 2;
        }

        internal void Number32(uint value)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(Bytes.AsSpan(_position), value);
            _position += 4;
        }

        internal void Number64(long value)
        {
            BinaryPrimitives.WriteInt64LittleEndian(Bytes.AsSpan(_position), value);
            _position += 8;
        }

        internal void Text(string text) => _position += Encoding.ASCII.GetBytes(text, Bytes.AsSpan(_position));
    }
}
