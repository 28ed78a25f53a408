using System.Globalization;
using Qwem.Sim.IO;

namespace Qwem.Sim.Formats;

/// <summary>The formats of a file of word vectors.</summary>
public enum VectorFormat
{
    /// <summary>NumPy archive (<c>.npz</c>), with a checksum, the words, and room for more arrays.</summary>
    Npz,

    /// <summary>NumPy matrix (<c>.npy</c>), the words in <c>NAME.vocabulary.txt</c> beside it.</summary>
    Npy,

    /// <summary>Text format of word2vec (<c>.txt</c>, <c>.vec</c>).</summary>
    Txt,

    /// <summary>Binary format of word2vec (<c>.bin</c>).</summary>
    Bin,

    /// <summary>Table of the TensorFlow embedding projector (<c>.tsv</c>), the words in <c>NAME.metadata.tsv</c> beside it.</summary>
    Tsv,
}

/// <summary>Finds the format of a file: of one to be written from the end of its name, of one to be read from its content.</summary>
internal static class VectorFormats
{
    /// <summary>Bytes to look at.</summary>
    private const int Inspected = 1 << 16;

    /// <summary>The format that the end of a name says; null where it says none.</summary>
    public static VectorFormat? ByName(string path) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".txt" or ".vec" => VectorFormat.Txt,
        ".bin" => VectorFormat.Bin,
        ".npz" => VectorFormat.Npz,
        ".npy" => VectorFormat.Npy,
        ".tsv" => VectorFormat.Tsv,
        _ => null,
    };

    /// <summary>The format that the content of a file says; null where it says none.</summary>
    /// <exception cref="FileFormatException">The file is missing, a folder, empty or unreadable.</exception>
    public static VectorFormat? ByContent(string path)
    {
        ReadOnlySpan<byte> first;
        using (VectorSource source = VectorSource.Open(path)) first = source.Take(Inspected);
        if (first.StartsWith("PK\x03\x04"u8)) return VectorFormat.Npz;
        if (first.StartsWith((ReadOnlySpan<byte>)[0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'])) return VectorFormat.Npy;
        int end = first.IndexOf((byte)'\n');
        ReadOnlySpan<byte> line = end < 0 ? first : first[..end].TrimEnd((byte)'\r');
        if (line.Contains((byte)' ')) return IsHeading(line) ? TextOrBinary(end < 0 ? [] : first[(end + 1)..], path) : null;
        return line.IndexOf((byte)'\t') is int tab and > 0 && IsNumber(line[..tab]) ? VectorFormat.Tsv : null;
    }

    /// <summary>What follows a heading "V d": words and decimal numbers, or words and the bytes of numbers.</summary>
    private static VectorFormat TextOrBinary(ReadOnlySpan<byte> first, string path)
    {
        // Numbers of single precision have a byte of every value; control characters do not occur in text.
        foreach (byte value in first)
            if (value < 0x20 && value is not ((byte)'\n' or (byte)'\r' or (byte)'\t')) return VectorFormat.Bin;
        // A line of a word and numbers is text. Anything else is a damaged file, which is read as its name says so that the error fits.
        int end = first.IndexOf((byte)'\n');
        return ByName(path) is VectorFormat.Bin && !IsWordAndNumbers(end < 0 ? first : first[..end]) ? VectorFormat.Bin : VectorFormat.Txt;
    }

    private static bool IsWordAndNumbers(ReadOnlySpan<byte> line)
    {
        line = line.TrimEnd(" \r"u8);
        int fields = 0;
        foreach (Range field in line.Split((byte)' '))
            if (fields++ > 0 && !IsNumber(line[field])) return false;
        return fields > 1;
    }

    private static bool IsHeading(ReadOnlySpan<byte> line)
    {
        int space = line.IndexOf((byte)' ');
        return IsNumber(line[..space]) && IsNumber(line[(space + 1)..].TrimEnd((byte)' '));
    }

    private static bool IsNumber(ReadOnlySpan<byte> text) =>
        float.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out _);
}
