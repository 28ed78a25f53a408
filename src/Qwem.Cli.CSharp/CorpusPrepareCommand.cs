using System.CommandLine;
using System.Diagnostics;
using Qwem.Sim.Corpora;
using Qwem.Sim.Threading;

namespace Qwem.Cli;

/// <summary><c>qwem corpus prepare</c>: from text to a <c>.qtok</c> file.</summary>
internal static class CorpusPrepareCommand
{
    private static readonly string Help =
        "Parse text once and write its words as ids to a .qtok file, from which 'qwem count' reads any vocabulary.\n\n" +
        "The file holds all word types with their counts, the ids in order of frequency, the ends of documents, the normalisation, " +
        "and a checksum of every block; about 2.1 bytes a word of English. It is written whole or not at all.\n\n" +
        CorpusOptions.Help + "\n" +
        "Examples:\n" +
        "  qwem corpus prepare text8.zip -o text8.qtok\n" +
        "  qwem corpus prepare extracted --min-article-length 500 -o wiki.qtok\n" +
        "  qwem count wiki.qtok -V 10000 -L 16 -o wiki.qcooc";

    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        Option<int> threads = Options.Threads();
        Option<string> output = Options.Output(".qtok");
        Command command = new("prepare", Help);
        CorpusOptions corpus = new(command);
        command.Add(output);
        command.Add(threads);
        command.SetAction((parsed, cancellation) => RunAsync(
            corpus.Inputs(parsed), corpus.Convention(parsed), parsed.GetRequiredValue(output), parsed.GetValue(threads), cancellation));
        return command;
    }

    private static async Task<int> RunAsync(
        string[] inputs, CorpusConvention? convention, string output, int threads, CancellationToken cancellation)
    {
        Options.CheckOutput(output, inputs);
        Stopwatch watch = Stopwatch.StartNew();
        (string line, long words) = await ProgressDisplay.RunAsync(["reading", "writing"], display =>
        {
            using WorkerTeam team = new(threads);
            using ParsedCorpus corpus = CorpusOptions.Parse(
                inputs, convention, team, new Relay<WorkProgress>(p => display.Set(0, p.Done, p.Total)), cancellation);
            string hash = QtokWriter.Write(corpus, output, new Relay<WorkProgress>(p => display.Set(1, p.Done, p.Total)), cancellation);
            return ($"{output} words={corpus.TotalTokens} types={corpus.TypeCount} documents={corpus.DocumentCount} normalisation={corpus.Convention.Normalisation} sha256={hash}", corpus.TotalTokens);
        }).ConfigureAwait(false);
        double seconds = watch.Elapsed.TotalSeconds;
        Console.Out.WriteLine(line);
        Notices.Note($"{seconds:F2} s, {words / seconds:F0} words/s");
        return ExitCodes.Success;
    }
}
