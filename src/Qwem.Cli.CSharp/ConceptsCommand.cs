using System.CommandLine;
using Qwem.Sim.Evaluation;
using Qwem.Sim.Formats;
using Qwem.Sim.Threading;

namespace Qwem.Cli;

/// <summary><c>qwem concepts</c>: the words at both ends of each eigen-direction.</summary>
internal static class ConceptsCommand
{
    private const string Help =
        "Print the words with the largest and the smallest coordinates along the leading eigen-directions of W W'.\n\n" +
        "Vectors of 'qwem embed' have these directions as columns; trained vectors are rotated to theirs first. Signs are arbitrary:\n" +
        "the largest coordinate of each direction is made positive.\n\n" +
        "Example:\n  qwem concepts vectors.npz --directions 5 -n 8 --frequent 4000";

    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        Argument<string> vectors = VectorOptions.Vectors();
        Option<int> directions = Options.Integer("--directions", null, "How many directions, largest eigenvalue first; 1 or more.", 10, 1, int.MaxValue);
        Option<int> count = Options.Integer("--count", "-n", "Words at each end, 1 or more.", 8, 1, int.MaxValue);
        Option<int> frequent = Options.Integer("--frequent", null, "Print only words among this many first ones of the file; 0 means all.", 0, 0, int.MaxValue);
        Option<bool> normalise = new("--unit") { Description = "Coordinates of the words' unit vectors (cosines) instead of the vectors themselves." };
        Option<int> threads = Options.Threads();
        Command command = new("concepts", Help) { vectors, directions, count, frequent, normalise, threads };
        command.SetAction((parsed, cancellation) => Task.Run(
            () => Run(
                parsed.GetRequiredValue(vectors), parsed.GetValue(directions), parsed.GetValue(count), parsed.GetValue(frequent), parsed.GetValue(normalise),
                parsed.GetValue(threads), cancellation),
            cancellation));
        return command;
    }

    private static int Run(string path, int directions, int count, int frequent, bool normalise, int threads, CancellationToken cancellation)
    {
        WordVectors vectors = VectorFile.Read(path, cancellation);
        using WorkerTeam team = new(threads);
        PrincipalDirections principal = PrincipalDirections.Of(vectors, team, cancellation);
        for (int k = 0; k < Math.Min(directions, vectors.Dimension); k++)
        {
            (IReadOnlyList<ScoredWord> highest, IReadOnlyList<ScoredWord> lowest) =
                principal.Ends(k, count, frequent == 0 ? vectors.Size : frequent, normalise);
            Console.Out.WriteLine($"{k + 1}  eigenvalue {principal.Eigenvalues[k]:G6}");
            Console.Out.WriteLine("  +  " + Words(vectors, highest));
            Console.Out.WriteLine("  -  " + Words(vectors, lowest));
        }
        return ExitCodes.Success;
    }

    private static string Words(WordVectors vectors, IReadOnlyList<ScoredWord> words) =>
        string.Join("  ", words.Select(word => $"{vectors.Words[word.Word]} {word.Score:F2}"));
}
