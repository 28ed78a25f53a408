using System.CommandLine;
using Qwem.Sim.Formats;
using Qwem.Sim.LinearAlgebra;

namespace Qwem.Cli;

/// <summary><c>qwem similarity</c>: the cosine of two words.</summary>
internal static class SimilarityCommand
{
    private const string Help =
        "Print the cosine of the vectors of two words, -1 .. 1 (0 when a vector vanishes).\n\n" +
        "Example:\n  qwem similarity vectors.npz ship boat";

    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        Argument<string> vectors = VectorOptions.Vectors();
        Argument<string> first = new("FIRST") { Description = "A word." }, second = new("SECOND") { Description = "Another." };
        Command command = new("similarity", Help) { vectors, first, second };
        command.SetAction((parsed, cancellation) => Task.Run(
            () => Run(parsed.GetRequiredValue(vectors), parsed.GetRequiredValue(first), parsed.GetRequiredValue(second), cancellation), cancellation));
        return command;
    }

    private static int Run(string path, string first, string second, CancellationToken cancellation)
    {
        WordVectors vectors = VectorFile.Read(path, cancellation);
        double[] x = new double[vectors.Dimension], y = new double[vectors.Dimension];
        vectors.CopyUnit(VectorOptions.Require(vectors, first, path), x);
        vectors.CopyUnit(VectorOptions.Require(vectors, second, path), y);
        Console.Out.WriteLine($"{Kernels.Dot(x, y):F4}");
        return ExitCodes.Success;
    }
}
