namespace Qwem.Sim.Corpora;

/// <summary>The units of a stream between two places.</summary>
internal sealed class PieceRange(ITokenPieces pieces, UnitPlace start, UnitPlace end) : ITokenPieces
{
    public int Count => end.Piece - start.Piece + (end.Unit > 0 ? 1 : 0);

    public ReadOnlySpan<ushort> Units(int piece, ref ushort[] scratch)
    {
        ReadOnlySpan<ushort> units = pieces.Units(start.Piece + piece, ref scratch);
        if (start.Piece + piece == end.Piece) units = units[..end.Unit];
        return piece == 0 ? units[start.Unit..] : units;
    }

    public int[]? Ranks(int piece) => pieces.Ranks(start.Piece + piece);

    public UnitPlace ShareStart(int share, int count) => throw new NotSupportedException();
}
