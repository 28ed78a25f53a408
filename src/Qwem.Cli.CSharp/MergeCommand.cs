using System.CommandLine;
using Qwem.Sim.Cooccurrence;
using Qwem.Sim.Corpora;
using Qwem.Sim.IO;
using Qwem.Sim.Threading;

namespace Qwem.Cli;

/// <summary><c>qwem merge</c>: from the shards of one counting to the file that one run would have written; from counts of different texts to their sum.</summary>
internal static class MergeCommand
{
    private const string Help =
        "Merge the shards of one counting, or the counts of different texts with one vocabulary, into one .qcooc file.\n\n" +
        "All shards that 'qwem count --shard' wrote, in any order, give the same bytes as one run over the whole text. Shards of another corpus, " +
        "a shard given twice, and missing shards are refused by name. With --partial some may be missing: the result then " +
        "records which it holds, and is to be merged further.\n\n" +
        "Counts of whole texts are added: the counts of words and of pairs, as if the texts had been counted together. All must have the same words in the same " +
        "order ('qwem count --vocabulary') and one convention; the result records how many countings were added. Counts of a text that lacks some of the words " +
        "('qwem count --partial') can be added, too; with --partial the result may lack words as well.\n\n" +
        "Examples:\n" +
        "  qwem merge part-1.qcooc part-2.qcooc part-3.qcooc -o whole.qcooc\n" +
        "  qwem merge part-1.qcooc part-2.qcooc --partial -o first-two.qcooc\n" +
        "  qwem merge wiki.qcooc books.qcooc -o both.qcooc";

    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        Argument<string[]> inputs = new("COUNTS")
        {
            Description = "The .qcooc files: shards of one counting, or counts of different texts with one vocabulary; in any order.",
            Arity = ArgumentArity.OneOrMore,
        };
        Options.RefuseUnknownOptions(inputs);
        Option<bool> partial = new("--partial") { Description = "Allow shards, or words of the vocabulary, to be missing; the result is to be merged further." };
        Option<int> threads = Options.Threads();
        Option<string> output = CountsOutput.Create();
        Command command = new("merge", Help) { inputs, partial, output, threads };
        command.SetAction((parsed, cancellation) => RunAsync(
            parsed.GetRequiredValue(inputs), parsed.GetValue(partial), parsed.GetRequiredValue(output), parsed.GetValue(threads), cancellation));
        return command;
    }

    private static async Task<int> RunAsync(string[] inputs, bool partial, string output, int threads, CancellationToken cancellation)
    {
        CountsOutput.Check(output, inputs);
        if (inputs.FirstOrDefault(input => !File.Exists(input)) is string absent)
            throw new FileFormatException($"The input '{absent}' {(Directory.Exists(absent) ? "is a folder" : "does not exist")}; give .qcooc files.");
        (PackedCounts counts, string hash) = await ProgressDisplay.RunAsync(["merging"], display =>
        {
            PackedCounts merged = CountsMerger.Merge(
                inputs, partial, new Relay<WorkProgress>(p => display.Set(0, p.Done, p.Total)), cancellation);
            using WorkerTeam team = new(threads);
            return (merged, CountsOutput.Write(merged, output, team, cancellation));
        }).ConfigureAwait(false);
        string part = counts.Shards is ShardSet shards ? $"shards={ShardSet.Ranges(shards.Held)} of {shards.Count} "
            : (counts.Texts > 1 ? $"sum-of={counts.Texts} " : "") + (counts.LacksWords ? $"absent-words={counts.WordCounts.Count(count => count == 0)} " : "");
        CountsOutput.Print(counts, output, part, hash);
        return ExitCodes.Success;
    }
}
