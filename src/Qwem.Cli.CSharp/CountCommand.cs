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
        "No window crosses the end of a document. By default words outside the vocabulary are removed before windows are " +
        "laid, and a pair at distance r counts L - r + 1, in both directions. The file records all rules.\n\n" +
        "Counts are 64-bit integers, exact or refused. One run holds at most 2^31 kept tokens; more are counted in shards, on one machine after another or on " +
        "many at once, of which 'qwem merge' makes exactly the bytes of one run. With --shard k/n and a vocabulary made by 'qwem vocabulary', a run reads, parses and " +
        "encodes about 1/n of the text: of plain files nothing else; gzip, zip and pipes are unpacked up to the end of the share, but not parsed before it. Documents may " +
        "be longer than a share: pairs across a cut are counted once. Without a vocabulary file, --shard has to read and parse the whole text for the vocabulary, " +
        "and only encoding and counting take 1/n; a corpus made by 'qwem corpus prepare' contains its words and needs no such file.\n\n" +
        "Counts of different texts with one vocabulary file can be merged, too; where a text lacks some of the words, count it with --partial.\n\n" + CorpusOptions.Help + "\n" +
        "Examples:\n" +
        "  qwem count enwiki.txt.gz -V 1000 -L 48 -o enwiki-V1000-L48.qcooc\n" +
        "  qwem count enwiki.txt.gz -V 10000 -L 10 --weighting harmonic --out-of-vocabulary masked -o glove.qcooc\n" +
        "  qwem vocabulary enwiki.txt.gz -V 10000 -o words.txt\n" +
        "  qwem count enwiki.txt.gz --vocabulary words.txt -L 16 --shard 2/8 -o part-2.qcooc\n" +
        "  qwem count extracted --min-article-length 500 --normalisation letters -V 10000 -L 16 -o wiki.qcooc\n" +
        "  zstdcat documents.jsonl.zst | qwem count - --min-count 20 -L 16 -o documents.qcooc\n" +
        "  qwem count enwiki.txt.gz -V 10000 -L 16 -o - | qwem embed - -d 200 -o vectors.bin";

    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        Option<Shard?> shard = ShardOption.Create();
        Option<bool> partial = new("--partial") { Description = "Words of the vocabulary file need not occur in the text: the counts are to be merged with those of other texts." };
        Option<int> threads = Options.Threads();
        Option<string> output = CountsOutput.Create();
        Command command = new("count", Help);
        CorpusOptions corpus = new(command);
        VocabularyOptions vocabulary = new(command);
        CountingOptions counting = new(command);
        foreach (Option option in new Option[] { shard, partial, output, threads }) command.Add(option);
        command.Validators.Add(result =>
        {
            if (result.GetValue(partial) && result.GetResult(shard) is { Implicit: false }) result.AddError("The options --shard and --partial exclude each other; give one of them");
        });
        command.SetAction((parsed, cancellation) => RunAsync(
            new Job(
                corpus.Inputs(parsed),
                corpus.Convention(parsed),
                vocabulary.Choice(parsed),
                counting.Outside(parsed),
                counting.Convention(parsed),
                parsed.GetValue(shard),
                parsed.GetValue(partial),
                [.. parsed.Tokens.Skip(1).Select(token => token.Value)],
                parsed.GetRequiredValue(output),
                parsed.GetValue(threads)),
            cancellation));
        return command;
    }

    private static async Task<int> RunAsync(Job job, CancellationToken cancellation)
    {
        CountsOutput.Check(job.Output, job.Inputs);
        if (job.IsPartial && job.Vocabulary is not { IsGiven: true }) throw new UsageException("The option --partial needs the words beforehand; give --vocabulary-file, too.");
        Stopwatch watch = Stopwatch.StartNew();
        (PackedCounts counts, string hash, long words) = await ProgressDisplay
            .RunAsync(["reading", "counting"], display => Work(job, display, cancellation)).ConfigureAwait(false);
        double seconds = watch.Elapsed.TotalSeconds;
        string part = counts.Shards is ShardSet shards ? $"shard={ShardSet.Ranges(shards.Held)}/{shards.Count} "
            : counts.LacksWords ? $"absent-words={counts.WordCounts.Count(count => count == 0)} " : "";
        CountsOutput.Print(counts, job.Output, part, hash);
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
            team,
            new Relay<WorkProgress>(p => display.Set(1, p.Done, p.Total)),
            cancellation);
        string hash = CountsOutput.Write(counts, job.Output, team, cancellation);
        return (counts, hash, corpus.TotalTokens);
    }

    /// <summary>A method of its own, so that nothing holds the parsed form when it is collected.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static TokenCorpus Read(Job job, WorkerTeam team, ProgressDisplay display, CancellationToken cancellation)
    {
        Relay<WorkProgress> progress = new(p => display.Set(0, p.Done, p.Total));
        TokenCorpus corpus = job.Vocabulary is { IsGiven: true } && (job.Shard is not null || job.IsPartial)
            ? CorpusReader.ReadShare(job.Inputs, job.Vocabulary, job.Shard, job.Convention.WindowHalfWidth, job.Outside, job.Text, team, progress, cancellation)
            : Parsed(job, team, progress, cancellation);
        CorpusOptions.WarnOfSkipped(corpus.PassedOver);
        // Without this call the memory would be collected only after the counting.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        return corpus;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static TokenCorpus Parsed(Job job, WorkerTeam team, Relay<WorkProgress> progress, CancellationToken cancellation)
    {
        using ParsedCorpus parsed = CorpusOptions.Parse(job.Inputs, job.Text, team, progress, cancellation);
        VocabularyChoice vocabulary = DefaultVocabulary.Or(job.Vocabulary, parsed.TypeCount);
        if (job.Shard is Shard shard) return parsed.EncodeShare(vocabulary, shard, job.Convention.WindowHalfWidth, job.Outside, team, cancellation);
        if (parsed.TotalTokens > ParsedCorpus.LargestPositionCount
            && parsed.PositionCount(vocabulary, job.Outside) is long positions && positions > ParsedCorpus.LargestPositionCount)
        {
            throw new CorpusException(ShardAdvice.Sentence(positions, job.CommandLine, job.Output));
        }
        return parsed.EncodeWith(vocabulary, job.Outside, team, cancellation);
    }

    private sealed record Job(
        string[] Inputs,
        CorpusConvention? Text,
        VocabularyChoice? Vocabulary,
        OutOfVocabularyRule Outside,
        CountingConvention Convention,
        Shard? Shard,
        bool IsPartial,
        IReadOnlyList<string> CommandLine,
        string Output,
        int Threads);
}
