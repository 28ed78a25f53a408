using System.Collections.Concurrent;
using System.Numerics;
using Qwem.Sim.Corpora;
using Qwem.Sim.Threading;

namespace Qwem.Sim.Cooccurrence;

/// <summary>One counting of a token stream, for one width of its ids.</summary>
internal sealed class CountingRun<TId>(
    TokenCorpus corpus,
    TId[] ids,
    CountingConvention convention,
    IProgress<WorkProgress>? progress,
    CancellationToken cancellation)
    where TId : unmanaged, IBinaryInteger<TId>
{
    // Enough occurrences that handing out a task costs nothing, few enough that threads end together.
    private const long OccurrencesPerBlock = 1 << 16;

    // Each part of the stream has two tables of V numbers.
    private const int MostParts = 8;

    private readonly ConcurrentBag<RowAccumulator<TId>> _accumulators = [];
    private readonly DocumentWindows _windows = new(corpus.DocumentStarts, corpus.OwnPositions, convention);
    private readonly uint[] _weights = convention.Weights();
    private long _counted;
    private long _total;

    /// <summary>All rows, in order.</summary>
    public List<PackedRows> Run(WorkerTeam team)
    {
        (int Start, int End)[] parts = Parts(Math.Min(team.Size, MostParts));
        int[][] histograms = WordPositions.Histograms(ids, parts, corpus.Vocabulary.Size, team);
        int[] occurrences = new int[corpus.Vocabulary.Size];
        foreach (int[] histogram in histograms)
        {
            for (int word = 0; word < occurrences.Length; word++) occurrences[word] += histogram[word];
        }
        foreach (int some in occurrences) _total += some;
        List<(int FirstWord, int WordCount, int Occurrences)> groups = WordPositions.Groups(occurrences);
        WordPositions positions = new(groups.Max(group => group.Occurrences), parts.Length);
        List<PackedRows> all = [];
        foreach ((int firstWord, int wordCount, _) in groups)
        {
            cancellation.ThrowIfCancellationRequested();
            positions.Fill(ids, parts, histograms, firstWord, wordCount, team);
            List<(int FirstWord, int WordCount)> blocks = Blocks(occurrences, firstWord, wordCount);
            PackedRows[] rows = new PackedRows[blocks.Count];
            team.Run(blocks.Count, index => rows[index] = CountBlock(blocks[index], positions));
            all.AddRange(rows);
        }
        return all;
    }

    private (int Start, int End)[] Parts(int count)
    {
        (int, int)[] parts = new (int, int)[count];
        long length = ids.Length;
        for (int part = 0; part < count; part++)
            parts[part] = ((int)(length * part / count), (int)(length * (part + 1) / count));
        return parts;
    }

    private static List<(int FirstWord, int WordCount)> Blocks(int[] occurrencesOfWords, int firstWord, int wordCount)
    {
        List<(int, int)> blocks = [];
        int first = firstWord;
        long occurrences = 0;
        for (int word = firstWord; word < firstWord + wordCount; word++)
        {
            occurrences += occurrencesOfWords[word];
            if (occurrences < OccurrencesPerBlock && word + 1 < firstWord + wordCount) continue;
            blocks.Add((first, word + 1 - first));
            first = word + 1;
            occurrences = 0;
        }
        return blocks;
    }

    private PackedRows CountBlock((int FirstWord, int WordCount) block, WordPositions positions)
    {
        if (!_accumulators.TryTake(out RowAccumulator<TId>? accumulator))
            accumulator = new RowAccumulator<TId>(ids, corpus.Vocabulary.Size, _windows, _weights);
        accumulator.Packer.Begin(block.FirstWord);
        long occurrences = 0;
        for (int word = block.FirstWord; word < block.FirstWord + block.WordCount; word++)
        {
            cancellation.ThrowIfCancellationRequested();
            ReadOnlySpan<int> places = positions.Of(word);
            accumulator.Accumulate(places, word, cancellation);
            occurrences += places.Length;
        }
        PackedRows rows = accumulator.Packer.End();
        _accumulators.Add(accumulator);
        long counted = Interlocked.Add(ref _counted, occurrences);
        progress?.Report(new WorkProgress(counted, _total));
        return rows;
    }
}
