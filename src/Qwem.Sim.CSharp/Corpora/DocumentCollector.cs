namespace Qwem.Sim.Corpora;

/// <summary>Joins parsed pieces in their order: counts words and documents and takes documents out that are too short.</summary>
/// <param name="minimumLength">Least number of words of a document.</param>
/// <param name="keepsPieces">Whether the pieces are wanted afterwards, or only their words.</param>
internal sealed class DocumentCollector(long minimumLength, bool keepsPieces = true)
{
    private readonly List<ParsedPiece> _pieces = [];

    /// <summary>The pieces of the open document, as long as it may have to be taken out.</summary>
    private readonly List<ParsedPiece> _openPieces = [];

    private int _openStart;
    private bool? _lineHasWord = false;
    private bool _beganEarlier;

    /// <summary>Words met, those of documents left out included.</summary>
    public long WordsMet { get; private set; }

    /// <summary>Words of all documents kept.</summary>
    public long Words { get; private set; }

    /// <summary>Documents kept: those with at least one word and the minimum length.</summary>
    public long Documents { get; private set; }

    /// <summary>Words so far of the document that has not ended.</summary>
    public long OpenWords { get; private set; }

    /// <summary>Whether a document was taken out that may be long enough: it began before the reading.</summary>
    public bool IsUndecided { get; private set; }

    /// <summary>The pieces so far.</summary>
    public IReadOnlyList<ParsedPiece> Pieces => _pieces;

    /// <summary>The reading begins inside a text: what its first document and line had before is not known.</summary>
    public void BeginInside()
    {
        _beganEarlier = true;
        _lineHasWord = null;
    }

    /// <summary>What was read so far is not part of the share: only a document that is still open matters.</summary>
    public void BeginShare() => IsUndecided = false;

    /// <summary>Appends a piece.</summary>
    public void Add(ParsedPiece piece)
    {
        ushort[] units = piece.Units;
        if (keepsPieces) _pieces.Add(piece);
        if (OpenWords == 0) Open(piece, 0);
        else if (OpenWords < minimumLength) _openPieces.Add(piece);
        long words = 0;
        for (int place = 0; place < units.Length; place++)
        {
            ushort unit = units[place];
            if (unit < TokenUnits.EndIfBlank)
            {
                words++;
                place += unit >> 15;
                continue;
            }
            if (unit == TokenUnits.Filler) continue;
            if (unit == TokenUnits.EndIfBlank && _lineHasWord != false)
            {
                // Where the line began before the reading, no word was read yet that an end could separate from the next.
                units[place] = TokenUnits.Filler;
                continue;
            }
            units[place] = TokenUnits.DocumentEnd;
            OpenWords += words;
            words = 0;
            End(piece, place);
        }
        OpenWords += words;
        _lineHasWord = piece.LineHasWord ?? _lineHasWord;
    }

    /// <summary>Ends a text, whose last piece ended its last document; the next one begins a line.</summary>
    public void EndText() => _lineHasWord = false;

    private void Open(ParsedPiece piece, int start)
    {
        _openPieces.Clear();
        _openPieces.Add(piece);
        _openStart = start;
        OpenWords = 0;
    }

    private void End(ParsedPiece piece, int end)
    {
        WordsMet += OpenWords;
        if (OpenWords >= minimumLength)
        {
            Words += OpenWords;
            Documents++;
        }
        else if (OpenWords > 0)
        {
            IsUndecided |= _beganEarlier;
            TakeOut(end);
        }
        _beganEarlier = false;
        Open(piece, end + 1);
    }

    private void TakeOut(int end)
    {
        for (int index = 0; index < _openPieces.Count; index++)
        {
            (WordTable table, ushort[] units, _) = _openPieces[index];
            int start = index == 0 ? _openStart : 0;
            int stop = index == _openPieces.Count - 1 ? end : units.Length;
            for (int place = start; place < stop; place++)
            {
                ushort unit = units[place];
                if (unit >= TokenUnits.EndIfBlank) continue;
                units[place] = TokenUnits.Filler;
                if (unit < TokenUnits.FirstLongId)
                {
                    table.Forget(unit);
                    continue;
                }
                table.Forget(((unit & 0x7FFF) << 16) | units[++place]);
                units[place] = TokenUnits.Filler;
            }
        }
    }
}
