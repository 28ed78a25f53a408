using System.Text;
using Qwem.Sim.Cooccurrence;
using Qwem.Sim.Formats;
using Qwem.Sim.IO;
using Qwem.Sim.LinearAlgebra;

namespace Qwem.Sim.Runs;

/// <summary>The folder of a run: <c>run.txt</c>, <c>checkpoint.qwem</c>, <c>trace.csv</c>, and at the end <c>trace.npz</c> and the embeddings.</summary>
/// <remarks><c>.lock</c> is an empty file whose lock the one process that trains in the folder holds; it is never removed, because two processes could then hold locks of different files.</remarks>
internal sealed class RunFolder(string path) : IDisposable
{
    private const string Parameters = "run.txt";

    /// <summary>Error codes of a lock that another process holds: EWOULDBLOCK of Linux and of macOS, ERROR_SHARING_VIOLATION.</summary>
    private static readonly int[] s_held = [11, 35, unchecked((int)0x80070020)];

    private FileStream? _lock;

    private string CheckpointFile => Path.Combine(path, "checkpoint.qwem");

    internal string TraceFile => Path.Combine(path, "trace.csv");

    /// <summary>Why a new run cannot begin in a folder, or null.</summary>
    internal string? WhyTaken() =>
        File.Exists(Path.Combine(path, Parameters))
            ? $"The folder '{path}' already holds a run; resume it, or choose another folder."
            : null;

    /// <summary>Starts a new run, or finds the state of one that was started with the same parameters.</summary>
    /// <returns>The last checkpoint; null when there is none, so that the run begins at the start.</returns>
    internal Checkpoint? Open(string parameters, bool resume)
    {
        _lock = Locked();
        string file = Path.Combine(path, Parameters);
        if (resume && File.Exists(file))
        {
            Checkpoint? checkpoint = File.Exists(CheckpointFile) ? Checkpoint.Read(CheckpointFile) : null;
            string begun = File.ReadAllText(file);
            // The checkpoint has a hash, run.txt has none.
            if (checkpoint is not null && Difference(begun, checkpoint.Parameters) is string other)
                throw new FileFormatException($"The file '{file}' {other} by the checkpoint beside it; one of them was altered or belongs to another run, so restore it or choose another folder.");
            if (Difference(begun, parameters) is string difference)
                throw new CheckpointException($"The run in '{path}' {difference}; repeat the parameters it was started with, or choose another folder.");
            return checkpoint;
        }
        if (WhyTaken() is string taken) throw new CheckpointException(taken);
        AtomicFile.Write(file, stream => stream.Write(Encoding.UTF8.GetBytes(parameters)));
        return null;
    }

    internal void Save(Checkpoint checkpoint) => checkpoint.Write(CheckpointFile);

    /// <summary>Writes the results: <c>trace.npz</c>, <c>embeddings.npy</c>, <c>contexts.npy</c> for a second matrix, <c>vocabulary.txt</c>.</summary>
    internal void WriteResults(DenseMatrix embeddings, bool asymmetric, bool binary32, IEnumerable<string> words)
    {
        int v = asymmetric ? embeddings.Rows / 2 : embeddings.Rows;
        TraceArchive.Write(TraceFile, Path.Combine(path, "trace.npz"));
        (string, Action<Stream>) Matrix(string name, int firstRow) =>
            (Path.Combine(path, name), stream => NpyMatrix.Write(stream, embeddings, firstRow, v, binary32));
        BoundFiles.Write(
            (Path.Combine(path, "vocabulary.txt"), stream => stream.Write(Encoding.UTF8.GetBytes(string.Concat(words.Take(v).Select(word => word + "\n"))))),
            asymmetric ? [Matrix("contexts.npy", v), Matrix("embeddings.npy", 0)] : [Matrix("embeddings.npy", 0)]);
    }

    public void Dispose() => _lock?.Dispose();

    private FileStream Locked()
    {
        try
        {
            return new FileStream(Path.Combine(path, ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException failure) when (s_held.Contains(failure.HResult))
        {
            throw new CheckpointException($"Another process trains in the folder '{path}'; wait for its end, or choose another folder.", failure);
        }
    }

    private static string? Difference(string before, string now)
    {
        string[] old = before.Split('\n'), current = now.Split('\n');
        for (int line = 0; line < Math.Max(old.Length, current.Length); line++)
        {
            string was = line < old.Length ? old[line] : "nothing", wanted = line < current.Length ? current[line] : "nothing";
            if (was != wanted) return $"has '{was}' where '{wanted}' is asked for";
        }
        return null;
    }
}
