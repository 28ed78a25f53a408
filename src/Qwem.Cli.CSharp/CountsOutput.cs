using System.CommandLine;
using Microsoft.Win32.SafeHandles;
using Qwem.Sim.Cooccurrence;
using Qwem.Sim.Threading;

namespace Qwem.Cli;

/// <summary>Where a command writes counts: a file, or standard output, so that another command can read them.</summary>
internal static class CountsOutput
{
    private const string StandardOutput = "-";

    /// <summary>The option.</summary>
    public static Option<string> Create() =>
        Options.Output("The .qcooc file to write; replaced if it exists. With - the counts go to standard output and the line of results to standard error.", "file", null);

    /// <summary>Refuses an output that cannot be written or is one of the inputs, before any work is done.</summary>
    /// <exception cref="UsageException">It is one of these.</exception>
    public static void Check(string output, IEnumerable<string> inputs)
    {
        if (output != StandardOutput) Options.CheckOutput(output, inputs);
        else if (!Console.IsOutputRedirected) throw new UsageException("The output - is standard output, which is a terminal here; redirect it, or give the path of a file.");
    }

    /// <summary>Writes counts and returns their content hash.</summary>
    public static string Write(PackedCounts counts, string output, WorkerTeam team, CancellationToken cancellation)
    {
        if (output != StandardOutput) return QcoocWriter.Write(counts, output, team, cancellation);
        // Not the console's stream, which takes a reader that has gone for a success.
        using SafeFileHandle handle = new(1, ownsHandle: false);
        using FileStream stream = new(handle, FileAccess.Write);
        try
        {
            string hash = QcoocWriter.Write(counts, stream, team, cancellation);
            stream.Flush();
            return hash;
        }
        catch (IOException failure)
        {
            throw new IOException("Standard output was closed, or its disk is full, before all counts were written.", failure);
        }
    }

    /// <summary>Prints the line of results.</summary>
    /// <param name="counts">The counts.</param>
    /// <param name="output">Where they were written.</param>
    /// <param name="part">What the counts are a part of, followed by a space; or nothing.</param>
    /// <param name="hash">Their content hash.</param>
    public static void Print(PackedCounts counts, string output, string part, string hash) =>
        (output == StandardOutput ? Console.Error : Console.Out).WriteLine(
            $"{output} V={counts.VocabularySize} L={counts.Convention.WindowHalfWidth} {part}kept-tokens={counts.KeptTokens} " +
            $"distinct-pairs={counts.DistinctPairs} content-sha256={hash}");
}
