using Qwem.Sim.Threading;

namespace Qwem.Sim.Corpora;

/// <summary>A corpus once parsed, every word type kept, from which token streams of any vocabulary are made.</summary>
/// <remarks>Holds about 2.1 bytes per word of English text and the word types, never the text; of a prepared corpus the word types only, and its file stays open.</remarks>
public sealed class ParsedCorpus : IDisposable
{
    /// <summary>Most positions that a token stream can have; what keeps more is to be counted in shards.</summary>
    public static int LargestPositionCount => Array.MaxLength;

    internal ParsedCorpus(WordTypes types, ITokenPieces pieces, CorpusConvention convention, CountedText text, long totalTokens, long documentCount)
    {
        Types = types;
        Pieces = pieces;
        Convention = convention;
        Text = text;
        TotalTokens = totalTokens;
        DocumentCount = documentCount;
    }

    /// <summary>What words and documents are.</summary>
    public CorpusConvention Convention { get; }

    /// <summary>Words of the text.</summary>
    public long TotalTokens { get; }

    /// <summary>Distinct words of the text.</summary>
    public int TypeCount => Types.Count;

    /// <summary>Documents with at least one word, and at least the minimum length.</summary>
    public long DocumentCount { get; }

    /// <summary>Files and folders among the inputs that were not read because their names are not UTF-8, as they can be shown.</summary>
    public IReadOnlyList<string> PassedOver { get; internal set; } = [];

    internal WordTypes Types { get; }

    internal CountedText Text { get; }

    internal ITokenPieces Pieces { get; }

    /// <summary>The token stream over the <paramref name="vocabularySize"/> most frequent words.</summary>
    /// <param name="vocabularySize">V, from 1 to <see cref="TypeCount"/>.</param>
    /// <param name="rule">What becomes of all other words.</param>
    /// <param name="cancellation">Ends the work early.</param>
    /// <exception cref="VocabularySizeException">The text has fewer types, or V is below 1.</exception>
    /// <exception cref="CorpusException">More tokens remain than one array holds, or a prepared corpus is damaged.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public TokenCorpus Encode(
        int vocabularySize, OutOfVocabularyRule rule = OutOfVocabularyRule.Removed, CancellationToken cancellation = default) =>
        EncodeWith(VocabularyChoice.Largest(vocabularySize), rule, null, cancellation);

    /// <summary>The token stream over a vocabulary.</summary>
    /// <param name="choice">Which words.</param>
    /// <param name="rule">What becomes of all other words.</param>
    /// <param name="team">The threads that encode, or null for the calling thread alone; the result is the same.</param>
    /// <param name="cancellation">Ends the work early.</param>
    /// <exception cref="VocabularySizeException">The text cannot fill the vocabulary.</exception>
    /// <exception cref="CorpusException">
    /// A word does not occur in the text, more tokens remain than one array holds, or a prepared corpus is damaged.
    /// </exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public TokenCorpus EncodeWith(
        VocabularyChoice choice, OutOfVocabularyRule rule = OutOfVocabularyRule.Removed, WorkerTeam? team = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(choice);
        int[] chosen = choice.Choose(Types);
        int size = chosen.Length;
        int[] idOfRank = ShareEncoder.IdOfRank(chosen, TypeCount, rule);
        long positions = PositionCount(chosen, rule);
        if (positions > LargestPositionCount)
            throw new CorpusException($"The text keeps {positions} tokens, more than the {LargestPositionCount} that can be counted at a time; count it in shards.");

        Vocabulary vocabulary = new(Array.ConvertAll(chosen, Types.Word), Array.ConvertAll(chosen, rank => Types.Counts[rank]));
        WorkerTeam workers = team ?? new WorkerTeam(1);
        int parts = workers.Size == 1 ? 1 : 2 * workers.Size;
        int largestId = rule == OutOfVocabularyRule.Masked ? size : size - 1;
        if (largestId <= ushort.MaxValue)
        {
            ushort[] narrow = GC.AllocateUninitializedArray<ushort>((int)positions);
            int[] narrowStarts = new TokenEncoder<ushort>(Pieces, idOfRank, parts, cancellation).Encode(narrow, workers);
            return new TokenCorpus(vocabulary, rule, narrow, null, narrowStarts, TotalTokens, TypeCount);
        }
        int[] wide = GC.AllocateUninitializedArray<int>((int)positions);
        int[] starts = new TokenEncoder<int>(Pieces, idOfRank, parts, cancellation).Encode(wide, workers);
        return new TokenCorpus(vocabulary, rule, null, wide, starts, TotalTokens, TypeCount);
    }

    /// <summary>How many positions the token stream over a vocabulary has; possibly more than <see cref="LargestPositionCount"/>.</summary>
    /// <param name="choice">Which words.</param>
    /// <param name="rule">What becomes of all other words.</param>
    /// <exception cref="VocabularySizeException">The text cannot fill the vocabulary.</exception>
    /// <exception cref="CorpusException">A word does not occur in the text.</exception>
    public long PositionCount(VocabularyChoice choice, OutOfVocabularyRule rule = OutOfVocabularyRule.Removed)
    {
        ArgumentNullException.ThrowIfNull(choice);
        return PositionCount(choice.Choose(Types), rule);
    }

    /// <summary>The token stream of one share of the corpus, about equal to the others in words; <see cref="ShardSet"/> says how shares are cut.</summary>
    /// <param name="choice">Which words.</param>
    /// <param name="shard">Which share; null for the whole corpus, in which given words need not occur then.</param>
    /// <param name="windowHalfWidth">The window half-width L for which the share is to be counted, 1 or more.</param>
    /// <param name="rule">What becomes of all other words.</param>
    /// <param name="team">The threads that encode, or null for the calling thread alone; the result is the same.</param>
    /// <param name="cancellation">Ends the work early.</param>
    /// <exception cref="ArgumentException">The shard is impossible, or L is below 1.</exception>
    /// <exception cref="VocabularySizeException">The text cannot fill the vocabulary.</exception>
    /// <exception cref="CorpusException">
    /// A word does not occur in the text, more tokens remain than one array holds, or a prepared corpus is damaged.
    /// </exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public TokenCorpus EncodeShare(
        VocabularyChoice choice,
        Shard? shard,
        int windowHalfWidth,
        OutOfVocabularyRule rule = OutOfVocabularyRule.Removed,
        WorkerTeam? team = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(choice);
        ArgumentOutOfRangeException.ThrowIfLessThan(windowHalfWidth, 1);
        shard?.Check();
        int[] chosen = shard is null && choice.Given is GivenWords given ? given.Chosen(Types, mayBeAbsent: true) : choice.Choose(Types);
        string[] words = choice.Given?.Words ?? Array.ConvertAll(chosen, Types.Word);
        long[] counts = Array.ConvertAll(chosen, rank => rank < 0 ? 0 : Types.Counts[rank]);
        (int number, int count) = shard is Shard part ? (part.Number, part.Count) : (1, 1);
        ShardSet? shards = count == 1 ? null : new ShardSet(count, [number], ShareReader.Identity(Pieces is QtokReader ? "units" : "words", Convention, Text.Hash, Text.Lengths));
        return new ShareEncoder(Pieces, words, ShareEncoder.IdOfRank(chosen, TypeCount, rule), rule).Encode(
            Pieces.ShareStart(number - 1, count),
            Pieces.ShareStart(number, count),
            Pieces.ShareStart(count, count),
            windowHalfWidth + 1,
            new CorpusShare(shards, windowHalfWidth, counts, 0, 0),
            TypeCount,
            team ?? new WorkerTeam(1),
            cancellation);
    }

    /// <summary>Closes the file of a prepared corpus; the corpus is not to be used afterwards.</summary>
    public void Dispose() => (Pieces as IDisposable)?.Dispose();

    private long PositionCount(int[] chosen, OutOfVocabularyRule rule) =>
        rule == OutOfVocabularyRule.Masked ? TotalTokens : chosen.Sum(rank => Types.Counts[rank]);

    /// <summary>Ranks the types of what was parsed.</summary>
    /// <exception cref="CorpusException">Nothing is left.</exception>
    internal static ParsedCorpus From(CorpusParsing parsing, CorpusConvention convention, CountedText text)
    {
        DocumentCollector collected = parsing.Collected;
        List<WordTable> tables = [.. collected.Pieces.Select(piece => piece.Table).Distinct()];
        WordTypes types = WordTypes.Rank(tables, out int[][] ranks);
        return new ParsedCorpus(types, new ParsedPieces(collected.Pieces, tables, ranks), convention, text, collected.Words, collected.Documents);
    }

    /// <summary>This corpus, if it was prepared with a convention.</summary>
    /// <exception cref="CorpusException">It was prepared otherwise.</exception>
    internal ParsedCorpus RequireConvention(CorpusConvention convention, string name)
    {
        if (convention with { Format = Convention.Format } == Convention) return this;
        throw new CorpusException(
            $"The prepared corpus '{name}' was made with {Convention.Summary}, not with {convention.Summary}; leave these options out, or prepare it again from the text.");
    }
}
