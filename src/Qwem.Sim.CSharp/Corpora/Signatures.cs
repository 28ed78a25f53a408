namespace Qwem.Sim.Corpora;

/// <summary>First bytes that distinguish kinds of files.</summary>
internal static class Signatures
{
    /// <summary>Bytes to look at before a file's kind is known.</summary>
    public const int Longest = 8;

    /// <summary>Most bytes among which a zero byte shows that something is no text.</summary>
    private const int Inspected = 4096;

    /// <summary>gzip (RFC 1952).</summary>
    public static bool IsGzip(ReadOnlySpan<byte> first) => first.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B]);

    /// <summary>zip, with entries or empty.</summary>
    public static bool IsZip(ReadOnlySpan<byte> first) => first.StartsWith("PK\x03\x04"u8) || first.StartsWith("PK\x05\x06"u8);

    /// <summary>A prepared corpus.</summary>
    public static bool IsTokenFile(ReadOnlySpan<byte> first) => first.StartsWith(QtokFormat.Magic);

    /// <summary>Length of the mark with which some programs begin UTF-8; 0 where there is none.</summary>
    public static int ByteOrderMark(ReadOnlySpan<byte> first) => first.StartsWith("\uFEFF"u8) ? 3 : 0;

    /// <summary>Why bytes cannot be the beginning of a text, as the end of a sentence with its remedy; null where they can.</summary>
    public static string? WhyNoText(ReadOnlySpan<byte> first) =>
        IsGzip(first) ? "is gzip inside another packing; unpack it once"
        : IsZip(first) ? "is zip inside another packing; unpack it once"
        : IsTokenFile(first) ? "is a prepared corpus inside another packing; unpack it"
        : first.Length > 0 && QtokFormat.Magic.StartsWith(first) ? "is a prepared corpus that is truncated; prepare or fetch it again"
        : first.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'Q', (byte)'C', (byte)'O', (byte)'O', (byte)'C']) ? "is a .qcooc file of counts; give the text"
        : first.StartsWith("BZh"u8) && first[4..].StartsWith("1AY&SY"u8) ? "is packed with bzip2; unpack it with bunzip2"
        : first.StartsWith((ReadOnlySpan<byte>)[0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0]) ? "is packed with xz; unpack it with unxz"
        : first.StartsWith((ReadOnlySpan<byte>)[0x28, 0xB5, 0x2F, 0xFD]) ? "is packed with zstd; unpack it with unzstd"
        : first.StartsWith((ReadOnlySpan<byte>)[(byte)'7', (byte)'z', 0xBC, 0xAF, 0x27, 0x1C]) ? "is packed with 7-Zip; unpack it first"
        : first.StartsWith("%PDF-"u8) ? "is PDF; convert it to text first"
        : first.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) || first.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]) ? "is UTF-16 text; convert it to UTF-8"
        : first[..Math.Min(first.Length, Inspected)].Contains((byte)0) ? "is not text (it has zero bytes at its beginning); give a text file"
        : null;

    /// <summary>The format that a convention names, or that the first bytes show.</summary>
    public static TextFormat Format(CorpusConvention convention, ReadOnlySpan<byte> first)
    {
        int mark = convention.Normalisation == Normalisation.Strict ? 0 : ByteOrderMark(first);
        return convention.Format == TextFormat.Detected ? Format(first[mark..]) : convention.Format;
    }

    /// <summary>The format of a text from its first bytes: JSON lines begin with an object, WikiExtractor's files with their tag.</summary>
    public static TextFormat Format(ReadOnlySpan<byte> first)
    {
        ReadOnlySpan<byte> visible = first.TrimStart(" \t\r\n"u8);
        if (visible.StartsWith("<doc "u8)) return TextFormat.WikiExtractor;
        return visible.StartsWith("{"u8) && visible[1..].TrimStart(" \t"u8).StartsWith("\""u8) ? TextFormat.JsonLines : TextFormat.Text;
    }
}
