using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Qwem.Sim.Formats;

/// <summary>The header of the <c>.npy</c> format, version 1.0: magic, version, length, a Python dictionary padded to 64 bytes.</summary>
internal static partial class NpyHeader
{
    /// <summary>Bytes of the magic, the version and the length.</summary>
    internal const int Preamble = 10;

    /// <summary>The first bytes of every file; the version follows.</summary>
    internal static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>The header before the numbers of an array.</summary>
    internal static byte[] Render(string type, bool columnMajor, IReadOnlyList<int> shape)
    {
        string axes = shape.Count == 1 ? $"({shape[0]},)" : $"({string.Join(", ", shape)})";
        string dictionary = $"{{'descr': '{type}', 'fortran_order': {(columnMajor ? "True" : "False")}, 'shape': {axes}, }}";
        int length = (Preamble + dictionary.Length + 1 + 63) / 64 * 64;
        byte[] header = new byte[length];
        Magic.CopyTo(header);
        header[Magic.Length] = 1;
        header[8] = (byte)(length - Preamble);
        header[9] = (byte)((length - Preamble) >> 8);
        header.AsSpan(Preamble).Fill((byte)' ');
        Encoding.ASCII.GetBytes(dictionary).CopyTo(header.AsSpan(Preamble));
        header[^1] = (byte)'\n';
        return header;
    }

    /// <summary>The header of an array.</summary>
    internal static byte[] Render(NpyArray array) =>
        Render(array.Numbers is not null ? "<f8" : $"<U{array.TextWidth}", array.Shape.Count == 2, array.Shape);

    /// <summary>What a header says, or null when it is not, byte by byte, one that <see cref="Render(NpyArray)"/> makes.</summary>
    /// <param name="bytes">Bytes that begin with the header.</param>
    internal static (int TextWidth, int[] Shape, int Length)? Parse(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < Preamble) return null;
        int length = Preamble + bytes[8] + (bytes[9] << 8);
        if (bytes.Length < length) return null;
        Match match = Dictionary().Match(Encoding.Latin1.GetString(bytes[Preamble..length]));
        if (!match.Success) return null;
        int width = 0;
        if (match.Groups["width"].Success && !TryParseInteger(match.Groups["width"].Value, out width)) return null;
        List<int> shape = [];
        foreach (string axis in match.Groups["shape"].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (!TryParseInteger(axis, out int entries)) return null;
            shape.Add(entries);
        }
        if (match.Groups["width"].Success ? shape.Count > 1 || width == 0 : shape.Count is < 1 or > 2) return null;
        byte[] again = Render(match.Groups["width"].Success ? $"<U{width}" : "<f8", shape.Count == 2, [.. shape]);
        return bytes[..length].SequenceEqual(again) ? (width, [.. shape], length) : null;
    }

    private static bool TryParseInteger(string text, out int value) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);

    [GeneratedRegex(@"^\{'descr': '<(f8|U(?<width>[0-9]+))', 'fortran_order': (True|False), 'shape': \((?<shape>[0-9, ]*)\), \} *\n$")]
    private static partial Regex Dictionary();
}
