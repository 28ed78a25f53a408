using System.CommandLine;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using Qwem.Sim.Cooccurrence;
using Qwem.Sim.Corpora;
using Qwem.Sim.Threading;

namespace Qwem.Cli;

/// <summary><c>qwem count</c>: from text to a <c>.qcooc</c> file of exact co-occurrence counts.</summary>
internal static class CountCommand
{
    private static readonly string Help =
        "Count word co-occurrences in text and write them to a .qcooc file.\n\n" +
        "No window crosses the end of an article. Unless told otherwise, words outside the vocabulary are removed before windows are " +
        "laid, and a pair at distance r counts L - r + 1, in both directions. The file records all rules.\n\n" +
        "Counts are 64-bit integers, exact or refused. With --shard the whole text is read for the vocabulary and the articles of " +
        "one share are counted; 'qwem merge' makes of all shards the same bytes as one run.\n\n" + CorpusOptions.Help + "\n" +
        "Examples:\n" +
        "  qwem count enwiki.txt.gz -V 1000 -L 48 -o enwiki-V1000-L48.qcooc\n" +
        "  qwem count enwiki.txt.gz -V 10000 -L 10 --weighting harmonic --out-of-vocabulary masked -o glove.qcooc\n" +
        "  qwem count enwiki.txt.gz -V 10000 -L 16 --shard 2/8 -o part-2.qcooc\n" +
        "  qwem count extracted --min-article-length 500 --normalisation letters -V 10000 -L 16 -o wiki.qcooc\n" +
        "  zstdcat articles.jsonl.zst | qwem count - --min-count 20 -L 16 -o articles.qcooc";

    /// <summary>The command for the root's list.</summary>
    public static Command Create()
    {
        Option<Shard?> shard = ShardOption.Create();
        Option<int> threads = Options.Threads();
        Option<string> output = Options.Output();
        Command command = new("count", Help);
        CorpusOptions corpus = new(command);
        VocabularyOptions vocabulary = new(command);
        CountingOptions counting = new(command);
        foreach (Option option in new Option[] { shard, output, threads }) command.Add(option);
        command.SetAction((parsed, cancellation) => RunAsync(
            new Job(
                corpus.Inputs(parsed),
                corpus.Convention(parsed),
                vocabulary.Choice(parsed),
                counting.Outside(parsed),
                counting.Convention(parsed),
                parsed.GetValue(shard),
                parsed.GetRequiredValue(output),
                parsed.GetValue(threads)),
            cancellation));
        return command;
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
        Notices.Note($"{seconds:F2} s, {words / seconds:F0} words/s");
        return ExitCodes.Success;
    }

    private static (PackedCounts Counts, string Hash, long Words) Work(Job job, ProgressDisplay display, CancellationToken cancellation)
    {
        using WorkerTeam team = new(job.Threads);
        TokenCorpus corpus = Read(job, team, display, cancellation);
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

    /// <summary>A method of its own, so that nothing holds the parsed form when it is collected.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static TokenCorpus Read(Job job, WorkerTeam team, ProgressDisplay display, CancellationToken cancellation)
    {
        TokenCorpus corpus = CorpusOptions
            .Parse(job.Inputs, job.Text, team, new Relay<CorpusProgress>(p => display.Set(0, p.Bytes, p.TotalBytes)), cancellation)
            .EncodeOrDefault(job.Vocabulary, job.Outside, team, cancellation);
        // Left to itself the collector would wait until after the counting.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        return corpus;
    }

    private sealed record Job(
        string[] Inputs,
        CorpusConvention? Text,
        VocabularyChoice? Vocabulary,
        OutOfVocabularyRule Outside,
        CountingConvention Convention,
        Shard? Shard,
        string Output,
        int Threads);
}
