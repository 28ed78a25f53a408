using System.CommandLine;
using System.Diagnostics;
using Qwem.Sim.Corpora;
using Qwem.Sim.Threading;

namespace Qwem.Cli;

/// <summary><c>qwem vocabulary</c>: from text to a file of its words and their counts.</summary>
internal static class VocabularyCommand
{
    private static readonly string Help =
        "Count the words of text in one pass and write the vocabulary to a file, one word and its count per line.\n\n" +
        "'qwem count --vocabulary FILE' takes the words of the file, in its order. With --shard k/n as well, each of n machines reads and encodes only about " +
        "its share of the text, and 'qwem merge' makes of the n files exactly the bytes of one run: the file identifies the text, so that a shard of " +
        "another text is detected. The text itself is not kept, so memory grows with the number of different words only.\n\n" +
        "The file is plain text and may be edited: a line taken out takes the word out of the vocabulary.\n\n" + CorpusOptions.Help + "\n" +
        "Examples:\n" +
        "  qwem vocabulary enwiki.txt.gz -V 10000 -o words.txt\n" +
        "  qwem count enwiki.txt.gz --vocabulary words.txt -L 16 --shard 2/8 -o part-2.qcooc\n" +
        "  qwem merge part-*.qcooc -o enwiki.qcooc\n" +
        "  zstdcat dump.jsonl.zst | qwem vocabulary - --min-count 100 -o words.txt";

    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        Option<int> threads = Options.Threads();
        Option<string> output = Options.Output("vocabulary");
        Command command = new("vocabulary", Help);
        CorpusOptions corpus = new(command);
        VocabularyOptions vocabulary = new(command);
        command.Add(output);
        command.Add(threads);
        command.SetAction((parsed, cancellation) => RunAsync(
            corpus.Inputs(parsed), corpus.Convention(parsed), vocabulary.Choice(parsed), parsed.GetRequiredValue(output), parsed.GetValue(threads), cancellation));
        return command;
    }

    private static async Task<int> RunAsync(
        string[] inputs, CorpusConvention? convention, VocabularyChoice? choice, string output, int threads, CancellationToken cancellation)
    {
        Options.CheckOutput(output, inputs);
        Stopwatch watch = Stopwatch.StartNew();
        TextVocabulary vocabulary = await ProgressDisplay.RunAsync(["reading"], display =>
        {
            using WorkerTeam team = new(threads);
            TextVocabulary counted = CorpusReader.CountWords(
                inputs, choice ?? VocabularyChoice.UpTo(Defaults.VocabularySize), convention, team, new Relay<WorkProgress>(p => display.Set(0, p.Done, p.Total)), cancellation);
            CorpusOptions.WarnOfSkipped(counted.PassedOver);
            DefaultVocabulary.Or(choice, counted.TypeCount);
            VocabularyFile.Write(counted, output);
            return counted;
        }).ConfigureAwait(false);
        double seconds = watch.Elapsed.TotalSeconds;
        Console.Out.WriteLine(
            $"{output} V={vocabulary.Words.Size} kept-tokens={vocabulary.Words.Counts.Sum()} words={vocabulary.TotalTokens} types={vocabulary.TypeCount} " +
            $"documents={vocabulary.DocumentCount}");
        Notices.Note($"{seconds:F2} s, {vocabulary.TotalTokens / seconds:F0} words/s");
        return ExitCodes.Success;
    }
}
