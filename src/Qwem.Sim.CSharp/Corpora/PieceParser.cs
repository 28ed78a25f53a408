using System.Text;

namespace Qwem.Sim.Corpora;

/// <summary>Parses pieces into units of its own table of word types; one to a thread.</summary>
internal sealed class PieceParser
{
    private readonly Normalisation _normalisation;
    private readonly DocumentRule _documentRule;
    private readonly WordScanner _scanner;
    private readonly JsonText _json = new();

    /// <summary>A parser whose table has some words beforehand, with their indices for ids.</summary>
    public PieceParser(CorpusConvention convention, IReadOnlyList<string> words)
    {
        _normalisation = convention.Normalisation;
        _documentRule = convention.DocumentRule;
        _scanner = new WordScanner(Table) { SpellsDigits = _normalisation == Normalisation.Paper };
        foreach (string word in words)
        {
            byte[] bytes = new byte[Encoding.UTF8.GetByteCount(word) + sizeof(ulong)];
            Table.Add(bytes.AsSpan(0, Encoding.UTF8.GetBytes(word, bytes)), 0);
        }
    }

    /// <summary>The word types met, and the ids of the units.</summary>
    public WordTable Table { get; } = new();

    /// <summary>Parses one piece; its bytes are overwritten.</summary>
    /// <exception cref="TextFault">The text is not what the convention or the format asks for.</exception>
    /// <exception cref="CorpusException">There are too many word types.</exception>
    public ParsedPiece Parse(TextFormat format, byte[] text, Piece piece)
    {
        _scanner.Begin();
        _scanner.Newline = format == TextFormat.Text ? _documentRule : DocumentRule.File;
        if (format == TextFormat.JsonLines) JsonLines(text, piece);
        else if (format == TextFormat.WikiExtractor) Documents(text, piece);
        else Scan(text, piece.Start, piece.End);
        bool? lineHasWord = _scanner.LineHasWord;
        if (piece.EndsText) _scanner.EndDocument();
        return new ParsedPiece(Table, _scanner.Units(), lineHasWord);
    }

    private void Scan(byte[] text, int start, int end)
    {
        TextNormaliser.Apply(_normalisation, text, start, end);
        _scanner.Scan(text, start, end);
    }

    /// <summary>A tag is a whole line; what stands outside documents is a document too, so that nothing else is dropped.</summary>
    private void Documents(byte[] text, Piece piece)
    {
        int document = piece.Start;
        for (int place = piece.Start; place < piece.End;)
        {
            int found = text.AsSpan(place, piece.End - place).IndexOf((byte)'<');
            if (found < 0) break;
            place += found;
            if (!(place == piece.Start ? piece.BeginsLine : text[place - 1] == '\n') || !IsTag(text.AsSpan(place, piece.End - place), out int length))
            {
                place++;
                continue;
            }
            Scan(text, document, place);
            _scanner.EndDocument();
            document = place += length;
        }
        Scan(text, document, piece.End);
    }

    private static bool IsTag(ReadOnlySpan<byte> text, out int length)
    {
        length = 0;
        if (!text.StartsWith("<doc "u8) && !text.StartsWith("</doc>"u8)) return false;
        length = text.IndexOf((byte)'\n');
        if (length < 0) length = text.Length;
        ReadOnlySpan<byte> line = text[..length].TrimEnd(" \t\r"u8);
        return line.EndsWith(">"u8) && (line[1] == 'd' || line.Length == 6);
    }

    private void JsonLines(byte[] text, Piece piece)
    {
        for (int place = piece.Start; place < piece.End;)
        {
            int length = text.AsSpan(place, piece.End - place).IndexOf((byte)'\n');
            if (length < 0) length = piece.End - place;
            ReadOnlySpan<byte> line = text.AsSpan(place, length).Trim(" \t\r"u8);
            if (!line.IsEmpty)
            {
                try
                {
                    int written = _json.Read(line);
                    Scan(_json.Text, 0, written);
                }
                catch (TextFault fault)
                {
                    throw new TextFault(place, fault.Complaint, fault.Remedy);
                }
                _scanner.EndDocument();
            }
            place += length + 1;
        }
    }
}
