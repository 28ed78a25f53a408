using System.Numerics;
using System.Runtime.ExceptionServices;
using Qwem.Sim.Corpora;
using Qwem.Sim.Threading;

namespace Qwem.Sim.Cooccurrence;

/// <summary>Counts co-occurrences exactly, word by word, in parallel over blocks of words.</summary>
/// <remarks>
/// Every row of the matrix is owned by one task and made of integers, so the result depends neither on the size of the team nor
/// on the order of the tasks. One word is never split, so the most frequent word bounds the gain from more threads.
/// </remarks>
public static class CooccurrenceCounter
{
    /// <summary>Counts all pairs within the window; see <see cref="CountingConvention"/> for what a count means.</summary>
    /// <param name="corpus">The token stream.</param>
    /// <param name="windowHalfWidth">L, words on each side, 1 .. 65,535.</param>
    /// <param name="team">The threads that count, or null for the calling thread alone.</param>
    /// <param name="progress">Told after every block of words, from any thread of the team; or null.</param>
    /// <param name="cancellation">Ends the counting early.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="windowHalfWidth"/> is outside its range.</exception>
    /// <exception cref="OverflowException">A count or the number of distinct pairs leaves its range.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static CooccurrenceCounts Count(
        TokenCorpus corpus,
        int windowHalfWidth,
        WorkerTeam? team = null,
        IProgress<CountingProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(corpus);
        if (corpus.OutOfVocabularyRule != OutOfVocabularyRule.Removed) throw new NotSupportedException("Masked words cannot be counted yet.");
        CountingConvention convention = new(windowHalfWidth);
        using WorkerTeam? own = team is null ? new WorkerTeam(1) : null;
        try
        {
            List<RowBlock> blocks = corpus.NarrowIds is not null
                ? new CountingRun<ushort>(corpus, corpus.NarrowIds, convention, progress, cancellation).Run(team ?? own!)
                : new CountingRun<int>(corpus, corpus.WideIds!, convention, progress, cancellation).Run(team ?? own!);
            return Join(corpus.Vocabulary, convention, blocks);
        }
        catch (AggregateException failure) when (failure.InnerException is not null)
        {
            ExceptionDispatchInfo.Throw(failure.InnerException);
            throw;
        }
    }

    private static CooccurrenceCounts Join(Vocabulary vocabulary, CountingConvention convention, List<RowBlock> blocks)
    {
        long pairs = blocks.Sum(block => block.Length);
        if (pairs > Array.MaxLength)
            throw new OverflowException($"There are {pairs} distinct pairs, more than the {Array.MaxLength} one run can hold; choose a smaller vocabulary.");
        long[] rowStarts = new long[vocabulary.Size + 1];
        int[] columns = new int[pairs];
        long[] counts = new long[pairs];
        int filled = 0;
        for (int index = 0; index < blocks.Count; index++)
        {
            filled = blocks[index].Unpack(rowStarts, columns, counts, filled);
            blocks[index] = null!;
        }
        return new CooccurrenceCounts(convention, [.. vocabulary.Words], [.. vocabulary.Counts], rowStarts, columns, counts);
    }
}
