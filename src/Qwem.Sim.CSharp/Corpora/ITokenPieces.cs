namespace Qwem.Sim.Corpora;

/// <summary>The token stream of a corpus in pieces, in memory or in a file.</summary>
internal interface ITokenPieces
{
    /// <summary>Number of pieces.</summary>
    int Count { get; }

    /// <summary>The units of one piece; may be called from several threads, each with its own scratch.</summary>
    /// <exception cref="CorpusException">A file is damaged.</exception>
    ReadOnlySpan<ushort> Units(int piece, ref ushort[] scratch);

    /// <summary>The rank of every id of a piece, -1 for none; null where ids are ranks.</summary>
    int[]? Ranks(int piece);

    /// <summary>Where share k of n begins, which depends on the corpus alone; for k = n, its end.</summary>
    /// <param name="share">k, 0 .. n.</param>
    /// <param name="count">n.</param>
    /// <exception cref="CorpusException">A file is damaged.</exception>
    UnitPlace ShareStart(int share, int count);
}
