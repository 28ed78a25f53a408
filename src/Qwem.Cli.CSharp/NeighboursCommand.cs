using System.CommandLine;
using Qwem.Sim.Evaluation;
using Qwem.Sim.Formats;
using Qwem.Sim.Threading;

namespace Qwem.Cli;

/// <summary><c>qwem neighbours</c>: the words nearest to a word.</summary>
internal static class NeighboursCommand
{
    private const string Help =
        "Print the words whose vectors have the largest cosines with a word's.\n\n" +
        "Example:\n  qwem neighbours vectors.npz paris physics -n 5";

    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        Argument<string> vectors = VectorOptions.Vectors();
        Argument<string[]> words = new("WORD") { Description = "Words.", Arity = ArgumentArity.OneOrMore };
        Option<int> count = Options.Integer("--count", "-n", "Neighbours of each word, 1 or more.", 10, 1, int.MaxValue);
        Option<int> threads = Options.Threads();
        Command command = new("neighbours", Help) { vectors, words, count, threads };
        command.Aliases.Add("neighbors");
        command.SetAction((parsed, cancellation) => Task.Run(
            () => Run(parsed.GetRequiredValue(vectors), parsed.GetRequiredValue(words), parsed.GetValue(count), parsed.GetValue(threads), cancellation), cancellation));
        return command;
    }

    private static int Run(string path, string[] words, int count, int threads, CancellationToken cancellation)
    {
        WordVectors vectors = VectorFile.Read(path, cancellation);
        // All words are looked up before anything is printed.
        int[] ids = [.. words.Select(word => VectorOptions.Require(vectors, word, path))];
        using WorkerTeam team = new(threads);
        double[] query = new double[vectors.Dimension];
        foreach (int id in ids)
        {
            vectors.CopyUnit(id, query);
            Console.Out.WriteLine(vectors.Words[id]);
            foreach (ScoredWord found in NearestWords.Find(vectors, query, count, [id], team))
                Console.Out.WriteLine($"  {found.Score,7:F4}  {vectors.Words[found.Word]}");
        }
        return ExitCodes.Success;
    }
}
