using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Unicode;

namespace Qwem.Sim.Corpora;

/// <summary>Brings text, in place, to the form that <see cref="WordScanner"/> reads.</summary>
/// <remarks>
/// In that form bytes up to 0x20 separate words, a newline is a newline of the text, and under <see cref="Normalisation.Paper"/>
/// a digit is a word of its own; all other bytes belong to words. No byte is inserted or removed.
/// </remarks>
internal static class TextNormaliser
{
    /// <summary>First bytes of what separates words and is no ASCII, and the one ASCII control character above the space.</summary>
    private static readonly SearchValues<byte> s_suspects = SearchValues.Create([0x7F, 0xC2, 0xE1, 0xE2, 0xE3]);

    /// <summary>Normalises a range of a buffer.</summary>
    /// <exception cref="TextFault">A byte is not allowed by the convention.</exception>
    public static void Apply(Normalisation normalisation, byte[] text, int start, int end)
    {
        if (normalisation == Normalisation.Strict) Check(text, start, end);
        else if (normalisation == Normalisation.None) Separate(text, start, end);
        else Lower(text.AsSpan(start, end - start), digits: normalisation == Normalisation.Paper);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Lower(Span<byte> text, bool digits)
    {
        Vector<byte> space = new((byte)' '), newline = new((byte)'\n'), caseBit = new(0x20);
        Vector<byte> upperA = new((byte)'A'), lowerA = new((byte)'a'), zero = new((byte)'0');
        Vector<byte> letters = new(26), numerals = new((byte)(digits ? 10 : 0));
        int place = 0;
        for (; place <= text.Length - Vector<byte>.Count; place += Vector<byte>.Count)
        {
            Span<byte> block = text.Slice(place, Vector<byte>.Count);
            Vector<byte> bytes = new(block);
            Vector<byte> lowered = bytes | (Vector.LessThan(bytes - upperA, letters) & caseBit);
            Vector<byte> kept = Vector.LessThan(lowered - lowerA, letters) | Vector.LessThan(bytes - zero, numerals) | Vector.Equals(bytes, newline);
            Vector.ConditionalSelect(kept, lowered, space).CopyTo(block);
        }
        for (; place < text.Length; place++)
        {
            byte value = text[place];
            if (char.IsAsciiLetterUpper((char)value)) text[place] = (byte)(value | 0x20);
            else if (!char.IsAsciiLetterLower((char)value) && value != '\n' && !(digits && char.IsAsciiDigit((char)value))) text[place] = (byte)' ';
        }
    }

    private static void Check(byte[] text, int start, int end)
    {
        Span<byte> rest = text.AsSpan(start, end - start);
        while (true)
        {
            int other = IndexOfOther(rest);
            if (other < 0) return;
            byte value = rest[other];
            if (value is not ((byte)'\n' or (byte)'\t' or (byte)'\r' or (byte)'\v' or (byte)'\f'))
            {
                string shown = value is > 0x20 and < 0x7F ? $"'{(char)value}' (0x{value:X2})" : $"0x{value:X2}";
                throw new TextFault(
                    end - rest.Length + other,
                    $"has the byte {shown}",
                    "normalise the text to words of lower-case a-z separated by spaces first, or choose another normalisation");
            }
            rest = rest[(other + 1)..];
        }
    }

    /// <summary>The first byte that is neither a lower-case letter nor a space, or -1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int IndexOfOther(ReadOnlySpan<byte> text)
    {
        Vector<byte> space = new((byte)' '), lowerA = new((byte)'a'), letters = new(26);
        int place = 0;
        for (; place <= text.Length - Vector<byte>.Count; place += Vector<byte>.Count)
        {
            Vector<byte> bytes = new(text.Slice(place, Vector<byte>.Count));
            if (!Vector.EqualsAll(Vector.LessThan(bytes - lowerA, letters) | Vector.Equals(bytes, space), Vector<byte>.AllBitsSet)) break;
        }
        for (; place < text.Length; place++)
        {
            if (!char.IsAsciiLetterLower((char)text[place]) && text[place] != ' ') return place;
        }
        return -1;
    }

    private static void Separate(byte[] text, int start, int end)
    {
        Span<byte> span = text.AsSpan(start, end - start);
        if (!Utf8.IsValid(span))
        {
            throw new TextFault(
                start + ValidLength(span), "is not UTF-8", "convert it to UTF-8, or choose a normalisation that keeps only a-z");
        }
        for (int place = 0; ;)
        {
            int found = span[place..].IndexOfAny(s_suspects);
            if (found < 0) return;
            place += found;
            Rune.DecodeFromUtf8(span[place..], out Rune rune, out int length);
            if (Rune.IsWhiteSpace(rune) || Rune.IsControl(rune)) span.Slice(place, length).Fill((byte)' ');
            place += length;
        }
    }

    private static int ValidLength(ReadOnlySpan<byte> text)
    {
        int place = 0;
        while (Rune.DecodeFromUtf8(text[place..], out _, out int length) == OperationStatus.Done) place += length;
        return place;
    }
}
