namespace Qwem.Sim.Corpora;

/// <summary>How ids and document ends are written as 16-bit units, in memory and in prepared corpora: about 2.1 bytes a word of English.</summary>
/// <remarks>An id below 0x8000 is one unit. A larger id is two: 0x8000 plus its upper bits, then its lower 16 bits.</remarks>
internal static class TokenUnits
{
    /// <summary>Ends a document; where no word came before, nothing.</summary>
    public const ushort DocumentEnd = 0xFFFF;

    /// <summary>Nothing.</summary>
    public const ushort Filler = 0xFFFE;

    /// <summary>Ends a document if the line it ends, which began in an earlier piece, has no word; only until pieces are joined.</summary>
    public const ushort EndIfBlank = 0xFFFD;

    /// <summary>Ids from here on take two units.</summary>
    public const int FirstLongId = 0x8000;

    /// <summary>Most ids there can be.</summary>
    public const int MaximumIds = 0x7FFD_0000;
}
