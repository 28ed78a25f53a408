using System.Collections.Concurrent;
using System.Numerics;
using Qwem.Sim.Corpora;
using Qwem.Sim.Threading;

namespace Qwem.Sim.Cooccurrence;

/// <summary>One counting of one token stream, for one width of its ids.</summary>
internal sealed class CountingRun<TId>(
    TokenCorpus corpus,
    TId[] ids,
    CountingConvention convention,
    IProgress<CountingProgress>? progress,
    CancellationToken cancellation)
    where TId : unmanaged, IBinaryInteger<TId>
{
    // Enough occurrences that handing out a task costs nothing, few enough that threads end together.
    private const long OccurrencesPerBlock = 1 << 16;

    private readonly ConcurrentBag<RowAccumulator> _accumulators = [];
    private long _counted;

    /// <summary>All rows, in order.</summary>
    public List<RowBlock> Run(WorkerTeam team)
    {
        IReadOnlyList<long> wordCounts = corpus.Vocabulary.Counts;
        List<(int FirstWord, int WordCount, int Occurrences)> groups = WordPositions.Groups(wordCounts);
        WordPositions positions = new(groups.Max(group => group.Occurrences));
        List<RowBlock> all = [];
        foreach ((int firstWord, int wordCount, _) in groups)
        {
            cancellation.ThrowIfCancellationRequested();
            positions.Fill<TId>(ids, wordCounts, firstWord, wordCount);
            List<RowBlock> blocks = Blocks(wordCounts, firstWord, wordCount);
            team.Run(blocks.Count, index => CountBlock(blocks[index], positions));
            all.AddRange(blocks);
        }
        return all;
    }

    private static List<RowBlock> Blocks(IReadOnlyList<long> wordCounts, int firstWord, int wordCount)
    {
        List<RowBlock> blocks = [];
        int first = firstWord;
        long occurrences = 0;
        for (int word = firstWord; word < firstWord + wordCount; word++)
        {
            occurrences += wordCounts[word];
            if (occurrences < OccurrencesPerBlock && word + 1 < firstWord + wordCount) continue;
            blocks.Add(new RowBlock(first, word + 1 - first));
            first = word + 1;
            occurrences = 0;
        }
        return blocks;
    }

    private void CountBlock(RowBlock block, WordPositions positions)
    {
        if (!_accumulators.TryTake(out RowAccumulator? accumulator))
            accumulator = new RowAccumulator(corpus.Vocabulary.Size, convention.WindowHalfWidth);
        long occurrences = 0;
        for (int word = block.FirstWord; word < block.FirstWord + block.WordCount; word++)
        {
            cancellation.ThrowIfCancellationRequested();
            ReadOnlySpan<int> places = positions.Of(word);
            accumulator.Accumulate<TId>(ids, corpus.ArticleStarts, places, word, block, cancellation);
            occurrences += places.Length;
        }
        block.Trim();
        _accumulators.Add(accumulator);
        long counted = Interlocked.Add(ref _counted, occurrences);
        progress?.Report(new CountingProgress(counted, corpus.KeptTokens));
    }
}
