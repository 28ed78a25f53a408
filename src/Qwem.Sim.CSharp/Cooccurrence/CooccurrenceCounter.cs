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
    /// <param name="convention">What to count; its rule for words outside the vocabulary is that of the corpus.</param>
    /// <param name="team">The threads that count, or null for the calling thread alone.</param>
    /// <param name="progress">Receives the progress after every block of words, from any thread of the team; or null.</param>
    /// <param name="cancellation">Ends the counting early.</param>
    /// <exception cref="ArgumentException">The corpus has words removed and the convention masks them, or the reverse.</exception>
    /// <exception cref="OverflowException">A sum leaves the range of 64 bits, or there are more distinct pairs than one array holds.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static CooccurrenceCounts Count(
        TokenCorpus corpus,
        CountingConvention convention,
        WorkerTeam? team = null,
        IProgress<WorkProgress>? progress = null,
        CancellationToken cancellation = default) =>
        CountPacked(corpus, convention, team, progress, cancellation).Unpack();

    /// <summary>The same as <see cref="Count(TokenCorpus, CountingConvention, WorkerTeam, IProgress{WorkProgress}, CancellationToken)"/> with linear weights, words removed and complete windows.</summary>
    /// <param name="corpus">The token stream.</param>
    /// <param name="windowHalfWidth">L, words on each side, 1 .. 65,535.</param>
    /// <param name="team">The threads that count, or null for the calling thread alone.</param>
    /// <exception cref="ArgumentException"><paramref name="windowHalfWidth"/> is outside its range, or the corpus has words masked.</exception>
    /// <exception cref="OverflowException">A sum leaves the range of 64 bits, or there are more distinct pairs than one array holds.</exception>
    public static CooccurrenceCounts Count(TokenCorpus corpus, int windowHalfWidth, WorkerTeam? team = null) =>
        Count(corpus, new CountingConvention(windowHalfWidth), team);

    /// <summary>Counts all pairs of a corpus, or those that begin in a share of one, into a packed form that takes a few bytes a pair.</summary>
    /// <param name="corpus">The token stream of a whole corpus or of a share.</param>
    /// <param name="convention">What to count; its rule for words outside the vocabulary is that of the corpus.</param>
    /// <param name="team">The threads that count, or null for the calling thread alone.</param>
    /// <param name="progress">Receives the progress after every block of words, from any thread of the team; or null.</param>
    /// <param name="cancellation">Ends the counting early.</param>
    /// <exception cref="ArgumentException">The corpus has words removed and the convention masks them, or the reverse; or a share was read for narrower windows.</exception>
    /// <exception cref="OverflowException">A sum leaves the range of 64 bits.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static PackedCounts CountPacked(
        TokenCorpus corpus,
        CountingConvention convention,
        WorkerTeam? team = null,
        IProgress<WorkProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(corpus);
        ArgumentNullException.ThrowIfNull(convention);
        if (convention.OutOfVocabulary != corpus.OutOfVocabularyRule)
            throw new ArgumentException($"The convention has words outside the vocabulary {CountingConvention.TextOf(convention.OutOfVocabulary)}, but the corpus has them {CountingConvention.TextOf(corpus.OutOfVocabularyRule)}.");
        CorpusShare? share = corpus.Share;
        if (share?.HalfWidth < convention.WindowHalfWidth)
            throw new ArgumentException($"The share was read for windows of half-width {share.HalfWidth}, not {convention.WindowHalfWidth}.");
        team ??= new WorkerTeam(1);
        List<PackedRows> blocks = corpus.NarrowIds is not null
            ? new CountingRun<ushort>(corpus, corpus.NarrowIds, convention, progress, cancellation).Run(team)
            : new CountingRun<int>(corpus, corpus.WideIds!, convention, progress, cancellation).Run(team);
        return new PackedCounts(convention, share?.Shards, [.. corpus.Vocabulary.Words], [.. corpus.Vocabulary.Counts], blocks)
        {
            WholeCounts = share?.Shards is null ? null : share.WholeCounts,
        };
    }
}
