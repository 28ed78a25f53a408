using System.Diagnostics;
using System.Globalization;
using Qwem.Sim.Corpora;
using Qwem.Sim.Formats;
using Qwem.Sim.Hogwild;
using Qwem.Sim.LinearAlgebra;
using Qwem.Sim.Threading;

namespace Qwem.Cli;

/// <summary>What <c>qwem train --mode word2vec</c> trains and writes.</summary>
/// <param name="Text">What to train on.</param>
/// <param name="Settings">Settings.</param>
/// <param name="Output">File of the words' vectors.</param>
/// <param name="Contexts">File of the contexts' vectors, or null.</param>
/// <param name="Threads">Threads; 0 for one per processor.</param>
internal sealed record SkipGramJob(
    CountsSource Text, SkipGramSettings Settings, string Output, string? Contexts, int Threads);

/// <summary>Runs <c>qwem train --mode word2vec</c>.</summary>
internal static class SkipGramTraining
{
    /// <summary>Reads, trains, writes.</summary>
    public static async Task<int> RunAsync(SkipGramJob job, CancellationToken cancellation)
    {
        using WorkerTeam team = new(job.Threads);
        if (team.Size > 1) Notices.Note("The vectors of several threads differ from run to run; --threads 1 gives the same bytes each time.");
        (long words, double seconds) = await ProgressDisplay.RunAsync(["reading", "training"], display => Work(job, team, display, cancellation)).ConfigureAwait(false);
        Notices.Note(string.Create(CultureInfo.InvariantCulture, $"{seconds:F2} s for {words} words, {words / seconds / 1e6:F2} million words/s"));
        return ExitCodes.Success;
    }

    private static (long Words, double Seconds) Work(SkipGramJob job, WorkerTeam team, ProgressDisplay display, CancellationToken cancellation)
    {
        TokenCorpus corpus = job.Text.Corpus(team, display.Set, cancellation);
        Stopwatch watch = Stopwatch.StartNew();
        DenseMatrix both;
        try
        {
            both = SkipGram.Train(corpus, job.Settings, team, new Relay<WorkProgress>(p => display.Set("training", p.Done, p.Total)), cancellation);
        }
        catch (ArgumentException failure)
        {
            throw UsageException.Of("", failure);
        }
        double seconds = watch.Elapsed.TotalSeconds;
        IReadOnlyList<string> words = corpus.Vocabulary.Words;
        if (job.Contexts is not null) Write(job.Contexts, words, both, words.Count, cancellation);
        Write(job.Output, words, both, 0, cancellation);
        Console.Out.WriteLine($"{job.Output} V={words.Count} d={both.Columns} epochs={job.Settings.Epochs}");
        return ((long)job.Settings.Epochs * corpus.PositionCount, seconds);
    }

    private static void Write(string path, IReadOnlyList<string> words, DenseMatrix both, int firstRow, CancellationToken cancellation)
    {
        float[] values = Array.ConvertAll(both.Values[(firstRow * both.Columns)..((firstRow + words.Count) * both.Columns)], value => (float)value);
        VectorFile.Write(new WordVectors(words, both.Columns, values), path, null, cancellation);
    }
}
