namespace Qwem.Sim.Corpora;

/// <summary>A corpus, or one share of it, as ids of vocabulary words, out-of-vocabulary words removed or masked, document boundaries kept.</summary>
public sealed class TokenCorpus
{
    internal TokenCorpus(
        Vocabulary vocabulary, OutOfVocabularyRule rule, ushort[]? narrow, int[]? wide, int[] documentStarts, long totalTokens, int typeCount)
    {
        Vocabulary = vocabulary;
        OutOfVocabularyRule = rule;
        foreach (long count in vocabulary.Counts) KeptTokens += count;
        NarrowIds = narrow;
        WideIds = wide;
        DocumentStarts = documentStarts;
        OwnPositions = PositionCount;
        TotalTokens = totalTokens;
        TypeCount = typeCount;
    }

    /// <summary>The vocabulary; ids index its words.</summary>
    public Vocabulary Vocabulary { get; }

    /// <summary>What became of the words outside the vocabulary.</summary>
    public OutOfVocabularyRule OutOfVocabularyRule { get; }

    /// <summary>Words of the text, those outside the vocabulary included.</summary>
    public long TotalTokens { get; }

    /// <summary>Distinct words of the text.</summary>
    public int TypeCount { get; }

    /// <summary>Tokens of the vocabulary: the sum of its counts.</summary>
    public long KeptTokens { get; }

    /// <summary>Length of the id stream: <see cref="KeptTokens"/>, and with masked words <see cref="TotalTokens"/>.</summary>
    public int PositionCount => NarrowIds?.Length ?? WideIds!.Length;

    /// <summary>Documents with at least one position.</summary>
    public int DocumentCount => DocumentStarts.Length - 1;

    /// <summary>Files and folders among the inputs of a share that were not read because their names are not UTF-8, as they can be shown.</summary>
    public IReadOnlyList<string> PassedOver { get; internal set; } = [];

    /// <summary>Positions that are counted; the ones behind them are only there because windows reach to them. All, but in a share.</summary>
    internal int OwnPositions { get; init; }

    /// <summary>What the stream is a share of; null for a whole corpus.</summary>
    internal CorpusShare? Share { get; init; }

    // Internal: counting and training use the ids through pointers, so that no caller may have an array to write to.

    /// <summary>The ids as 16-bit numbers when every id fits them, otherwise null; V is the id of a masked word.</summary>
    internal ushort[]? NarrowIds { get; }

    /// <summary>The ids as 32-bit numbers when some id does not fit 16 bits, otherwise null; V is the id of a masked word.</summary>
    internal int[]? WideIds { get; }

    /// <summary>Document a is the tokens <c>DocumentStarts[a]</c> .. <c>DocumentStarts[a + 1] - 1</c>; DocumentCount + 1 entries.</summary>
    internal int[] DocumentStarts { get; }

    /// <summary>Where a document begins; with <see cref="DocumentCount"/>, where the last one ends.</summary>
    /// <param name="document">0 .. DocumentCount.</param>
    /// <exception cref="IndexOutOfRangeException"><paramref name="document"/> is outside the corpus.</exception>
    public int DocumentStart(int document) => DocumentStarts[document];

    /// <summary>The id of one position; V for a masked word.</summary>
    /// <param name="position">0 .. PositionCount - 1.</param>
    /// <exception cref="IndexOutOfRangeException"><paramref name="position"/> is outside the corpus.</exception>
    public int this[int position] => NarrowIds is not null ? NarrowIds[position] : WideIds![position];
}
