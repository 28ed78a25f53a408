using System.CommandLine;
using System.Diagnostics;
using Qwem.Sim.Cooccurrence;
using Qwem.Sim.Corpora;
using Qwem.Sim.Threading;

namespace Qwem.Cli;

/// <summary><c>qwem count</c>: from text to a <c>.qcooc</c> file of exact co-occurrence counts.</summary>
internal static class CountCommand
{
    private const string Help =
        "Count word co-occurrences in text and write them to a .qcooc file.\n\n" +
        "The text is words of lower-case a-z separated by spaces, one article per line (or one long line), plain or gzip. " +
        "Words outside the vocabulary are removed before windows are laid; no window crosses the end of an article or of a file; " +
        "a pair at distance r counts L - r + 1, in both directions.\n\n" +
        "Example:\n  qwem count enwiki.txt.gz -V 1000 -L 48 -o enwiki-V1000-L48.qcooc";

    /// <summary>The command for the root's list.</summary>
    public static Command Create()
    {
        Argument<string[]> inputs = new("INPUT")
        {
            Description = "Text files, plain or gzip, joined in the order given.",
            Arity = ArgumentArity.OneOrMore,
        };
        inputs.Validators.Add(result =>
        {
            string? unknown = result.Tokens.Select(token => token.Value).FirstOrDefault(value => value.StartsWith('-'));
            if (unknown is not null) result.AddError($"There is no option '{unknown}' (a file of that name is ./{unknown})");
        });
        Option<int> vocabularySize = Options.Whole(
            "--vocabulary-size", "-V", "Vocabulary size V: the most frequent words to keep; 2 .. the number of word types.", 1000, 2, int.MaxValue);
        Option<int> window = Options.Whole(
            "--window", "-L", "Window half-width L: words on each side; 1 .. 65535.", 48, 1, CountingConvention.LargestHalfWidth);
        Option<int> threads = Options.Whole("--threads", null, "Threads to count with; 0 means one per processor.", 0, 0, 1024);
        Option<string> output = new("--output", "-o")
        {
            Description = "The .qcooc file to write; replaced if it exists.",
            Required = true,
            HelpName = "file",
        };
        Command command = new("count", Help) { inputs, vocabularySize, window, output, threads };
        command.SetAction((parsed, cancellation) => RunAsync(
            new Job(
                parsed.GetRequiredValue(inputs),
                parsed.GetValue(vocabularySize),
                parsed.GetValue(window),
                parsed.GetRequiredValue(output),
                parsed.GetValue(threads)),
            cancellation));
        return command;
    }

    private static async Task<int> RunAsync(Job job, CancellationToken cancellation)
    {
        if (AtomicFile.WhyNotWritable(job.Output) is string reason)
            throw new UsageException($"The output '{job.Output}' {reason}.");
        if (job.Inputs.FirstOrDefault(input => input.Length > 0 && Path.GetFullPath(input) == Path.GetFullPath(job.Output)) is string same)
            throw new UsageException($"The output '{job.Output}' is the input '{same}' itself; give another path.");
        Stopwatch watch = Stopwatch.StartNew();
        (CooccurrenceCounts counts, long words) = await ProgressDisplay
            .RunAsync(["reading", "counting"], display => Work(job, display, cancellation)).ConfigureAwait(false);
        double seconds = watch.Elapsed.TotalSeconds;
        Console.Out.WriteLine(
            $"{job.Output} V={counts.VocabularySize} L={job.Window} kept-tokens={counts.KeptTokens} " +
            $"distinct-pairs={counts.DistinctPairs} content-sha256={counts.ContentHash}");
        Console.Error.WriteLine($"{seconds:F2} s, {words / seconds:F0} words/s");
        return ExitCodes.Success;
    }

    private static (CooccurrenceCounts Counts, long Words) Work(Job job, ProgressDisplay display, CancellationToken cancellation)
    {
        TokenCorpus corpus = CorpusReader.Read(
            job.Inputs, job.VocabularySize, new Relay<CorpusProgress>(p => display.Set(0, p.BytesRead, p.TotalBytes)), cancellation);
        using WorkerTeam team = new(job.Threads);
        CooccurrenceCounts counts = CooccurrenceCounter.Count(
            corpus, job.Window, team, new Relay<CountingProgress>(p => display.Set(1, p.TokensCounted, p.TotalTokens)), cancellation);
        QcoocWriter.Write(counts, job.Output, cancellation);
        return (counts, corpus.TotalTokens);
    }

    private sealed record Job(string[] Inputs, int VocabularySize, int Window, string Output, int Threads);
}
