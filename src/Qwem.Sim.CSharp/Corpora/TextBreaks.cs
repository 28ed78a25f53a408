using System.Buffers;

namespace Qwem.Sim.Corpora;

/// <summary>Where a text may be cut so that neither a word nor, where lines matter, a line is divided.</summary>
internal sealed class TextBreaks
{
    private static readonly SearchValues<byte> s_newline = SearchValues.Create("\n"u8);
    private static readonly SearchValues<byte> s_blanks =
        SearchValues.Create([.. Enumerable.Range(0, 33).Select(value => (byte)value), 0x7F]);

    private static readonly SearchValues<byte> s_notLetters =
        SearchValues.Create([.. Enumerable.Range(0, 256).Where(value => !char.IsAsciiLetter((char)value)).Select(value => (byte)value)]);

    private readonly SearchValues<byte> _last;
    private readonly bool _mayCutWideSpace;

    /// <summary>The cuts of a format under a normalisation.</summary>
    public TextBreaks(TextFormat format, Normalisation normalisation)
    {
        bool spells = normalisation == Normalisation.Paper || normalisation == Normalisation.Letters;
        KeepsLines = format != TextFormat.Text;
        _last = KeepsLines ? s_newline : spells ? s_notLetters : s_blanks;
        _mayCutWideSpace = !KeepsLines && normalisation == Normalisation.None;
    }

    /// <summary>Whether only newlines are breaks.</summary>
    public bool KeepsLines { get; }

    /// <summary>Bytes up to and including the last cut; 0 where there is none.</summary>
    public int Last(ReadOnlySpan<byte> text)
    {
        int found = text.LastIndexOfAny(_last) + 1;
        // Text without ASCII white space.
        return found == 0 && _mayCutWideSpace && text.LastIndexOf("\u3000"u8) is >= 0 and int wide ? wide + 3 : found;
    }

    /// <summary>Bytes up to and including the first place at or after <paramref name="from"/> that separates any two words; 0 where there is none.</summary>
    /// <remarks>Which bytes these are depends on nothing that was read before.</remarks>
    public int First(ReadOnlySpan<byte> text, int from)
    {
        int found = text[from..].IndexOfAny(_last);
        return found < 0 ? 0 : from + found + 1;
    }

    /// <summary>Bytes up to and including the first cut at or after <paramref name="from"/>; all of them where there is none.</summary>
    public int Next(ReadOnlySpan<byte> text, int from)
    {
        if (from >= text.Length) return text.Length;
        int found = text[from..].IndexOfAny(_last);
        return found < 0 ? text.Length : from + found + 1;
    }
}
