using System.Text;
using Qwem.Sim.Cooccurrence;
using Qwem.Sim.Formats;
using Qwem.Sim.LinearAlgebra;

namespace Qwem.Sim.Runs;

/// <summary>The folder of a run: <c>run.txt</c>, <c>checkpoint.qwem</c>, <c>trace.csv</c>, and at the end <c>trace.npz</c> and the embeddings.</summary>
internal sealed class RunFolder(string path)
{
    private const string Parameters = "run.txt";

    private string CheckpointFile => Path.Combine(path, "checkpoint.qwem");

    internal string TraceFile => Path.Combine(path, "trace.csv");

    /// <summary>Why a new run cannot begin in a folder, or null.</summary>
    internal string? WhyTaken() =>
        File.Exists(Path.Combine(path, Parameters))
            ? $"The folder '{path}' holds a run already; add --resume to go on with it, or choose another folder."
            : null;

    /// <summary>Begins a new run, or finds the state of one that was begun with the same parameters.</summary>
    /// <returns>The last checkpoint; null when there is none, so that the run begins at the start.</returns>
    internal Checkpoint? Open(string parameters, bool resume)
    {
        string file = Path.Combine(path, Parameters);
        if (resume && File.Exists(file))
        {
            if (Difference(File.ReadAllText(file), parameters) is string difference)
                throw new CheckpointException($"The run in '{path}' {difference}; repeat what it was begun with, or choose another folder.");
            RemoveRemnants();
            if (!File.Exists(CheckpointFile)) return null;
            Checkpoint checkpoint = Checkpoint.Read(CheckpointFile);
            if (Difference(checkpoint.Parameters, parameters) is string other)
                throw new CheckpointException($"The checkpoint in '{path}' {other}; it belongs to another run, so restore it or choose another folder.");
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
        AtomicFile.Write(Path.Combine(path, "vocabulary.txt"), stream => stream.Write(Encoding.UTF8.GetBytes(string.Concat(words.Take(v).Select(word => word + "\n")))));
        if (asymmetric) NpyMatrix.Write(Path.Combine(path, "contexts.npy"), embeddings, v, v, binary32);
        NpyMatrix.Write(Path.Combine(path, "embeddings.npy"), embeddings, 0, v, binary32);
    }

    /// <summary>A process that is killed while it writes leaves its temporary file.</summary>
    private void RemoveRemnants()
    {
        foreach (string remnant in Directory.EnumerateFiles(path, ".*.tmp")) File.Delete(remnant);
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
