using System.IO.Compression;

namespace Qwem.Sim.Corpora;

/// <summary>A small gzip member that is read after the end of a packed file, so that truncation is detected.</summary>
/// <remarks>
/// The unpacker of the base library ends a truncated file as if it were complete. Members of gzip may follow one another, so a
/// complete file continues with this one and its text comes out last; in a truncated one it is taken for packed data.
/// </remarks>
internal static class EndMark
{
    /// <summary>The text of the member: random bytes that no text ends with.</summary>
    public static byte[] Text { get; } = [0xF1, 0x00, 0x93, 0xFE, 0x07, 0xC5, 0x81, 0xFF, 0x1A, 0xE2, 0x00, 0xBD, 0x99, 0x04, 0xD7, 0xA6];

    /// <summary>The member as it is read.</summary>
    public static byte[] Packed { get; } = Pack();

    private static byte[] Pack()
    {
        using MemoryStream packed = new();
        using (GZipStream gzip = new(packed, CompressionLevel.Fastest, leaveOpen: true)) gzip.Write(Text);
        return packed.ToArray();
    }
}
