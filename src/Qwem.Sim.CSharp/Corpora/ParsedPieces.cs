namespace Qwem.Sim.Corpora;

/// <summary>The pieces of a text that was just parsed.</summary>
internal sealed class ParsedPieces : ITokenPieces
{
    private readonly ushort[][] _units;
    private readonly int[]?[] _ranks;
    private long[]? _words;

    /// <summary>Pieces with ids of several tables.</summary>
    /// <param name="pieces">The pieces in their order.</param>
    /// <param name="tables">The tables, in the order of <paramref name="ranks"/>.</param>
    /// <param name="ranks">For each table the rank of each id.</param>
    public ParsedPieces(IReadOnlyList<ParsedPiece> pieces, List<WordTable> tables, int[][] ranks)
    {
        _units = [.. pieces.Select(piece => piece.Units)];
        _ranks = [.. pieces.Select(piece => ranks[tables.IndexOf(piece.Table)])];
    }

    /// <summary>Pieces in whose tables the words that matter have the same ids.</summary>
    public ParsedPieces(IReadOnlyList<ParsedPiece> pieces)
    {
        _units = [.. pieces.Select(piece => piece.Units)];
        _ranks = new int[pieces.Count][];
    }

    public int Count => _units.Length;

    public ReadOnlySpan<ushort> Units(int piece, ref ushort[] scratch) => _units[piece];

    public int[]? Ranks(int piece) => _ranks[piece];

    /// <summary>By words: how many units a word takes depends on which worker met it first.</summary>
    public UnitPlace ShareStart(int share, int count)
    {
        if (share == count) return new UnitPlace(Count, 0);
        long[] words = LazyInitializer.EnsureInitialized(ref _words, () => Array.ConvertAll(_units, units => Words(units, long.MaxValue).Words));
        long left = (long)((Int128)words.Sum() * share / count);
        int piece = 0;
        for (; piece < Count && left >= words[piece]; piece++) left -= words[piece];
        return piece == Count ? new UnitPlace(Count, 0) : new UnitPlace(piece, Words(_units[piece], left).End);
    }

    private static (long Words, int End) Words(ushort[] units, long most)
    {
        long words = 0;
        int place = 0;
        for (; place < units.Length && words < most; place++)
        {
            if (units[place] >= TokenUnits.EndIfBlank) continue;
            words++;
            place += units[place] >> 15;
        }
        return (words, place);
    }
}
