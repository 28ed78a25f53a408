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
        "No window crosses the end of an article or of a file. Unless told otherwise, words outside the vocabulary are removed before " +
        "windows are laid, and a pair at distance r counts L - r + 1, in both directions. The file records all rules.\n\n" +
        "Counts are 64-bit integers, exact or refused. With --shard the whole text is read for the vocabulary and the articles of " +
        "one share are counted; 'qwem merge' makes of all shards the same bytes as one run.\n\n" +
        "Examples:\n" +
        "  qwem count enwiki.txt.gz -V 1000 -L 48 -o enwiki-V1000-L48.qcooc\n" +
        "  qwem count enwiki.txt.gz -V 10000 -L 10 --weighting harmonic --out-of-vocabulary masked -o glove.qcooc\n" +
        "  qwem count enwiki.txt.gz -V 10000 -L 16 --shard 2/8 -o part-2.qcooc";

    /// <summary>The command for the root's list.</summary>
    public static Command Create()
    {
        Argument<string[]> inputs = new("INPUT")
        {
            Description = "Text files, plain or gzip, joined in the order given.",
            Arity = ArgumentArity.OneOrMore,
        };
        Options.RefuseUnknownOptions(inputs);
        Option<int> vocabularySize = Options.Whole(
            "--vocabulary-size", "-V", "Vocabulary size V: the most frequent words to keep; 2 .. the number of word types.", 1000, 2, int.MaxValue);
        Option<int> window = Options.Whole(
            "--window", "-L", "Window half-width L: words on each side; 1 .. 65535.", 48, 1, CountingConvention.LargestHalfWidth);
        Option<WindowWeighting> weighting = Options.Choice(
            "--weighting",
            "What a pair at distance r counts: L - r + 1, 1, or lcm(1 .. L) / r (GloVe's 1/r as integers; L at most 22).",
            ("linear", WindowWeighting.Linear),
            ("flat", WindowWeighting.Flat),
            ("harmonic", WindowWeighting.Harmonic));
        Option<OutOfVocabularyRule> outside = Options.Choice(
            "--out-of-vocabulary",
            "Words outside the vocabulary: removed before windows are laid, or masked (they keep their places and count nothing).",
            ("removed", OutOfVocabularyRule.Removed),
            ("masked", OutOfVocabularyRule.Masked));
        Option<WindowEnds> ends = Options.Choice(
            "--ends",
            "Ends of articles: complete windows, or the authors' rule that no pair begins in an article's last L + 1 positions.",
            ("complete", WindowEnds.Complete),
            ("authors", WindowEnds.AuthorsTail));
        Option<Shard?> shard = ShardOption.Create();
        Option<int> threads = Options.Whole("--threads", null, "Threads to count with; 0 means one per processor.", 0, 0, 1024);
        Option<string> output = Options.Output();
        Command command = new("count", Help) { inputs, vocabularySize, window, weighting, outside, ends, shard, output, threads };
        command.SetAction((parsed, cancellation) => RunAsync(
            new Job(
                parsed.GetRequiredValue(inputs),
                parsed.GetValue(vocabularySize),
                parsed.GetValue(outside),
                Convention(parsed.GetValue(window), parsed.GetValue(weighting), parsed.GetValue(outside), parsed.GetValue(ends)),
                parsed.GetValue(shard),
                parsed.GetRequiredValue(output),
                parsed.GetValue(threads)),
            cancellation));
        return command;
    }

    private static CountingConvention Convention(int window, WindowWeighting weighting, OutOfVocabularyRule outside, WindowEnds ends)
    {
        int most = CountingConvention.LargestHalfWidthOf(weighting);
        if (window > most)
        {
            throw new UsageException(
                $"The window -L {window} is too wide for harmonic weighting, whose unit 1 / lcm(1 .. L) outgrows 32 bits; give at most {most}.");
        }
        return new CountingConvention(window, weighting, outside, ends);
    }

    private static async Task<int> RunAsync(Job job, CancellationToken cancellation)
    {
        Options.CheckOutput(job.Output, job.Inputs);
        Stopwatch watch = Stopwatch.StartNew();
        (PackedCounts counts, string hash, long words) = await ProgressDisplay
            .RunAsync(["reading", "counting"], display => Work(job, display, cancellation)).ConfigureAwait(false);
        double seconds = watch.Elapsed.TotalSeconds;
        string part = counts.Shards is ShardSet shards ? $"shard={ShardSet.Ranges(shards.Held)}/{shards.Count} " : "";
        Console.Out.WriteLine(
            $"{job.Output} V={counts.VocabularySize} L={counts.Convention.WindowHalfWidth} {part}kept-tokens={counts.KeptTokens} " +
            $"distinct-pairs={counts.DistinctPairs} content-sha256={hash}");
        Console.Error.WriteLine($"{seconds:F2} s, {words / seconds:F0} words/s");
        return ExitCodes.Success;
    }

    private static (PackedCounts Counts, string Hash, long Words) Work(Job job, ProgressDisplay display, CancellationToken cancellation)
    {
        TokenCorpus corpus = CorpusReader.Read(
            job.Inputs,
            job.VocabularySize,
            job.Outside,
            new Relay<CorpusProgress>(p => display.Set(0, p.BytesRead, p.TotalBytes)),
            cancellation);
        using WorkerTeam team = new(job.Threads);
        PackedCounts counts = CooccurrenceCounter.CountPacked(
            corpus,
            job.Convention,
            job.Shard,
            team,
            new Relay<CountingProgress>(p => display.Set(1, p.TokensCounted, p.TotalTokens)),
            cancellation);
        string hash = QcoocWriter.Write(counts, job.Output, team, cancellation);
        return (counts, hash, corpus.TotalTokens);
    }

    private sealed record Job(
        string[] Inputs, int VocabularySize, OutOfVocabularyRule Outside, CountingConvention Convention, Shard? Shard, string Output, int Threads);
}
