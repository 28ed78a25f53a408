namespace Qwem.Sim.Corpora;

/// <summary>Joins parsed pieces in their order: counts words and articles and takes articles out that are too short.</summary>
internal sealed class ArticleLedger(long minimumLength)
{
    private readonly List<ParsedPiece> _pieces = [];
    private readonly List<int> _openPieces = [];
    private int _openStart;
    private long _openWords;
    private bool _lineHasWord;

    /// <summary>Words met, those of articles left out included.</summary>
    public long WordsMet { get; private set; }

    /// <summary>Words of all articles kept.</summary>
    public long Words { get; private set; }

    /// <summary>Articles kept: those with at least one word and the minimum length.</summary>
    public long Articles { get; private set; }

    /// <summary>The pieces so far.</summary>
    public IReadOnlyList<ParsedPiece> Pieces => _pieces;

    /// <summary>Appends a piece.</summary>
    public void Add(ParsedPiece piece)
    {
        ushort[] units = piece.Units;
        _openPieces.Add(_pieces.Count);
        _pieces.Add(piece);
        if (_openWords == 0) BeginArticle(0);
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
            if (unit == TokenUnits.EndIfBlank && _lineHasWord)
            {
                units[place] = TokenUnits.Filler;
                continue;
            }
            units[place] = TokenUnits.ArticleEnd;
            _openWords += words;
            words = 0;
            EndArticle(place);
        }
        _openWords += words;
        _lineHasWord = piece.LineHasWord ?? _lineHasWord;
    }

    /// <summary>Ends a text, whose last piece ended its last article; the next one begins a line.</summary>
    public void EndText() => _lineHasWord = false;

    private void BeginArticle(int start)
    {
        _openPieces.Clear();
        _openPieces.Add(_pieces.Count - 1);
        _openStart = start;
        _openWords = 0;
    }

    private void EndArticle(int end)
    {
        WordsMet += _openWords;
        if (_openWords >= minimumLength)
        {
            Words += _openWords;
            Articles++;
        }
        else if (_openWords > 0)
        {
            TakeOut(end);
        }
        BeginArticle(end + 1);
    }

    private void TakeOut(int end)
    {
        for (int index = 0; index < _openPieces.Count; index++)
        {
            (WordTable table, ushort[] units, _) = _pieces[_openPieces[index]];
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
