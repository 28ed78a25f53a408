using System.Numerics;

namespace Qwem.Sim.Corpora;

/// <summary>A corpus once parsed, every word type kept, from which token streams of any vocabulary size are made.</summary>
/// <remarks>Holds about 2.1 bytes per word of English text and the word types, never the text.</remarks>
public sealed class ParsedCorpus
{
    private readonly WordTable _table;
    private readonly ProvisionalIds _ids;
    private int[]? _order;

    internal ParsedCorpus(WordTable table, ProvisionalIds ids, long totalTokens, long articleCount)
    {
        _table = table;
        _ids = ids;
        TotalTokens = totalTokens;
        ArticleCount = articleCount;
    }

    /// <summary>Words of the text.</summary>
    public long TotalTokens { get; }

    /// <summary>Distinct words of the text.</summary>
    public int TypeCount => _table.Count;

    /// <summary>Articles: lines with at least one word.</summary>
    public long ArticleCount { get; }

    /// <summary>The token stream over the <paramref name="vocabularySize"/> most frequent words.</summary>
    /// <param name="vocabularySize">V, from 1 to <see cref="TypeCount"/>.</param>
    /// <param name="rule">What becomes of all other words.</param>
    /// <param name="cancellation">Ends the work early.</param>
    /// <exception cref="VocabularySizeException">The text has fewer types, or V is below 1.</exception>
    /// <exception cref="CorpusException">More tokens remain than one array holds.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public TokenCorpus Encode(
        int vocabularySize, OutOfVocabularyRule rule = OutOfVocabularyRule.Removed, CancellationToken cancellation = default)
    {
        if (vocabularySize < 1 || vocabularySize > TypeCount)
        {
            throw new VocabularySizeException(
                $"The vocabulary size {vocabularySize} is not possible, because the text has {TypeCount} word types; choose a size from 1 to {TypeCount}.");
        }
        int[] order = _order ??= ByFrequency();
        int[] rank = new int[TypeCount];
        Array.Fill(rank, rule == OutOfVocabularyRule.Masked ? vocabularySize : -1);
        string[] words = new string[vocabularySize];
        long[] counts = new long[vocabularySize];
        long kept = 0;
        for (int id = 0; id < vocabularySize; id++)
        {
            rank[order[id]] = id;
            words[id] = _table.Word(order[id]);
            counts[id] = _table.Occurrences(order[id]);
            kept += counts[id];
        }
        long positions = rule == OutOfVocabularyRule.Masked ? TotalTokens : kept;
        if (positions > Array.MaxLength)
            throw new CorpusException($"The text keeps {positions} tokens, more than the {Array.MaxLength} one run can hold; split the text into shards.");

        Vocabulary vocabulary = new(words, counts);
        int largestId = rule == OutOfVocabularyRule.Masked ? vocabularySize : vocabularySize - 1;
        if (largestId <= ushort.MaxValue)
        {
            ushort[] narrow = GC.AllocateUninitializedArray<ushort>((int)positions);
            return new TokenCorpus(vocabulary, rule, narrow, null, Remap(rank, narrow, cancellation), TotalTokens, TypeCount);
        }
        int[] wide = GC.AllocateUninitializedArray<int>((int)positions);
        return new TokenCorpus(vocabulary, rule, null, wide, Remap(rank, wide, cancellation), TotalTokens, TypeCount);
    }

    /// <summary>Writes the ranks that are not negative and returns where the articles start.</summary>
    private int[] Remap<TId>(int[] rank, TId[] target, CancellationToken cancellation)
        where TId : unmanaged, IBinaryInteger<TId>
    {
        List<int> starts = [0];
        int written = 0;
        int upper = -1;
        for (int piece = 0; piece < _ids.PieceCount; piece++)
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (ushort unit in _ids.Piece(piece))
            {
                int id = unit;
                if (upper >= 0)
                {
                    id |= upper << 16;
                    upper = -1;
                }
                else if (unit == ProvisionalIds.ArticleEnd)
                {
                    if (written > starts[^1]) starts.Add(written);
                    continue;
                }
                else if (unit >= ProvisionalIds.FirstLongId)
                {
                    upper = unit & 0x7FFF;
                    continue;
                }
                int mapped = rank[id];
                if (mapped >= 0) target[written++] = TId.CreateTruncating(mapped);
            }
        }
        return [.. starts];
    }

    private int[] ByFrequency()
    {
        int[] order = new int[TypeCount];
        for (int id = 0; id < order.Length; id++) order[id] = id;
        Array.Sort(order, (a, b) =>
        {
            int byCount = _table.Occurrences(b).CompareTo(_table.Occurrences(a));
            return byCount != 0 ? byCount : _table.Letters(a).SequenceCompareTo(_table.Letters(b));
        });
        return order;
    }
}
