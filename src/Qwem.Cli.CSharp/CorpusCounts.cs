using Qwem.Sim.Cooccurrence;
using Qwem.Sim.Corpora;
using Qwem.Sim.Threading;

namespace Qwem.Cli;

/// <summary>The counts of a user's corpus, as the larger profiles of the reproduction need them.</summary>
internal static class CorpusCounts
{
    /// <summary>Reads a file of counts, or counts a text.</summary>
    /// <exception cref="UsageException">There are too few words.</exception>
    public static CooccurrenceCounts Of(string path, int threads, StageDisplay display, CancellationToken cancellation)
    {
        CooccurrenceCounts counts = CountsSource.IsCounts(path)
            ? CountsSource.Read(path) : Count(path, threads, display, cancellation);
        return counts.VocabularySize >= Defaults.VocabularySize ? counts
            : throw new UsageException($"The corpus '{path}' has {counts.VocabularySize} words; the profiles full and paper need {Defaults.VocabularySize}.");
    }

    private static CooccurrenceCounts Count(string path, int threads, StageDisplay display, CancellationToken cancellation)
    {
        using WorkerTeam team = new(threads);
        return CooccurrenceCounter.Count(
            Read(path, team, display, cancellation), new CountingConvention(Defaults.WindowHalfWidth), team,
            new Relay<WorkProgress>(p => display.Set("counting", p.Done, p.Total)), cancellation);
    }

    /// <summary>A separate method, so that the parsed text can be collected before it is counted.</summary>
    private static TokenCorpus Read(string path, WorkerTeam team, StageDisplay display, CancellationToken cancellation)
    {
        using ParsedCorpus parsed = CorpusOptions.Parse(
            [path], null, team, new Relay<WorkProgress>(p => display.Set("reading", p.Done, p.Total)), cancellation);
        if (parsed.TypeCount < Defaults.VocabularySize)
            throw new UsageException($"The corpus '{path}' has {parsed.TypeCount} different words; the profiles full and paper need {Defaults.VocabularySize}.");
        return parsed.EncodeWith(VocabularyChoice.Largest(Defaults.VocabularySize), OutOfVocabularyRule.Removed, team, cancellation);
    }
}
