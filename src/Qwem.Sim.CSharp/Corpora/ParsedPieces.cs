namespace Qwem.Sim.Corpora;

/// <summary>The pieces of a text that was just parsed.</summary>
internal sealed class ParsedPieces : ITokenPieces
{
    private readonly ushort[][] _units;
    private readonly int[][] _ranks;

    /// <summary>Pieces with ids of several tables.</summary>
    /// <param name="pieces">The pieces in their order.</param>
    /// <param name="tables">The tables, in the order of <paramref name="ranks"/>.</param>
    /// <param name="ranks">For each table the rank of each id.</param>
    public ParsedPieces(IReadOnlyList<ParsedPiece> pieces, List<WordTable> tables, int[][] ranks)
    {
        _units = [.. pieces.Select(piece => piece.Units)];
        _ranks = [.. pieces.Select(piece => ranks[tables.IndexOf(piece.Table)])];
    }

    public int Count => _units.Length;

    public ReadOnlySpan<ushort> Units(int piece, ref ushort[] scratch) => _units[piece];

    public int[] Ranks(int piece) => _ranks[piece];
}
