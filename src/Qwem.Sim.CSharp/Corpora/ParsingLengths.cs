namespace Qwem.Sim.Corpora;

/// <summary>In what portions a text is parsed; the result does not depend on them.</summary>
/// <param name="Piece">Bytes that one task parses, or up to the next cut.</param>
/// <param name="BatchPerThread">Bytes that are read at a time, for each thread.</param>
internal readonly record struct ParsingLengths(int Piece, int BatchPerThread)
{
    /// <summary>Large enough that handing out costs nothing, small enough that threads end together and text stays in cache.</summary>
    public static ParsingLengths Usual { get; } = new(1 << 18, 1 << 20);
}
