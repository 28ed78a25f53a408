using System.CommandLine;
using Qwem.Sim.Evaluation;
using Qwem.Sim.Formats;
using Qwem.Sim.Threading;

namespace Qwem.Cli;

/// <summary><c>qwem analogy</c>: completes a : b = c : ?.</summary>
internal static class AnalogyCommand
{
    private const string Help =
        "Complete \"a is to b as c is to ...\": the words of largest w_hat . (b_hat - a_hat + c_hat), a, b and c left out.\n\n" +
        "Example:\n  qwem analogy vectors.npz man king woman";

    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        Argument<string> vectors = VectorOptions.Vectors();
        Argument<string> a = new("A") { Description = "a." }, b = new("B") { Description = "b." }, c = new("C") { Description = "c." };
        Option<int> count = Options.Integer("--count", "-n", "Words to print, 1 or more.", 5, 1, int.MaxValue);
        Option<bool> include = new("--include-inputs") { Description = "Let a, b and c be answers, too." };
        Option<int> threads = Options.Threads();
        Command command = new("analogy", Help) { vectors, a, b, c, count, include, threads };
        command.SetAction((parsed, cancellation) => Task.Run(
            () => Run(
                parsed.GetRequiredValue(vectors), [parsed.GetRequiredValue(a), parsed.GetRequiredValue(b), parsed.GetRequiredValue(c)],
                parsed.GetValue(count), parsed.GetValue(include), parsed.GetValue(threads), cancellation),
            cancellation));
        return command;
    }

    private static int Run(string path, string[] words, int count, bool include, int threads, CancellationToken cancellation)
    {
        WordVectors vectors = VectorFile.Read(path, cancellation);
        int[] ids = [.. words.Select(word => VectorOptions.Require(vectors, word, path))];
        using WorkerTeam team = new(threads);
        double[] query = NearestWords.AnalogyQuery(vectors, ids[0], ids[1], ids[2]);
        foreach (ScoredWord found in NearestWords.Find(vectors, query, count, include ? [] : ids, team))
            Console.Out.WriteLine($"{found.Score,7:F4}  {vectors.Words[found.Word]}");
        return ExitCodes.Success;
    }
}
