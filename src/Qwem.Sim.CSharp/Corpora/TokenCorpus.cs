namespace Qwem.Sim.Corpora;

/// <summary>A corpus as ids of vocabulary words, out-of-vocabulary words dropped, article boundaries kept.</summary>
public sealed class TokenCorpus
{
    internal TokenCorpus(Vocabulary vocabulary, ushort[]? narrow, int[]? wide, int[] articleStarts, long totalTokens, int typeCount)
    {
        Vocabulary = vocabulary;
        NarrowIds = narrow;
        WideIds = wide;
        ArticleStarts = articleStarts;
        TotalTokens = totalTokens;
        TypeCount = typeCount;
    }

    /// <summary>The vocabulary; ids index its words.</summary>
    public Vocabulary Vocabulary { get; }

    /// <summary>Words of the text, those outside the vocabulary included.</summary>
    public long TotalTokens { get; }

    /// <summary>Distinct words of the text.</summary>
    public int TypeCount { get; }

    /// <summary>Tokens kept: the sum of the vocabulary's counts.</summary>
    public int KeptTokens => NarrowIds?.Length ?? WideIds!.Length;

    /// <summary>Articles with at least one kept token.</summary>
    public int ArticleCount => ArticleStarts.Length - 1;

    /// <summary>The ids as 16-bit numbers when the vocabulary has at most 65,536 words, otherwise null; do not write.</summary>
    public ushort[]? NarrowIds { get; }

    /// <summary>The ids as 32-bit numbers when the vocabulary has more than 65,536 words, otherwise null; do not write.</summary>
    public int[]? WideIds { get; }

    /// <summary>Article a is the tokens <c>ArticleStarts[a]</c> .. <c>ArticleStarts[a + 1] - 1</c>; ArticleCount + 1 entries; do not write.</summary>
    public int[] ArticleStarts { get; }

    /// <summary>The id of one token.</summary>
    /// <param name="position">0 .. KeptTokens - 1.</param>
    /// <exception cref="IndexOutOfRangeException"><paramref name="position"/> is outside the corpus.</exception>
    public int this[int position] => NarrowIds is not null ? NarrowIds[position] : WideIds![position];
}
