using Qwem.Sim.IO;
using Qwem.Sim.Threading;

namespace Qwem.Sim.Cooccurrence;

/// <summary>Writes counts as a <c>.qcooc</c> file.</summary>
/// <remarks>The bytes do not depend on the number of threads that pack them.</remarks>
public static class QcoocWriter
{
    /// <summary>Writes a file under a temporary name, flushes it to the disk and renames it; a failure leaves nothing behind.</summary>
    /// <param name="counts">What to write.</param>
    /// <param name="path">Path of the file; an older file of that name is replaced.</param>
    /// <param name="team">The threads that pack, or null for the calling thread alone.</param>
    /// <param name="cancellation">Ends the writing early.</param>
    /// <returns>The content hash, 64 lower-case hexadecimal digits.</returns>
    /// <exception cref="IOException">The folder is missing, the path is a folder, or the disk fails.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder cannot be written.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static string Write(PackedCounts counts, string path, WorkerTeam? team = null, CancellationToken cancellation = default)
    {
        string hash = "";
        AtomicFile.Write(path, stream => hash = Write(counts, stream, team, cancellation));
        return hash;
    }

    /// <summary>Writes to a stream, from where it stands.</summary>
    /// <param name="counts">What to write.</param>
    /// <param name="stream">Where to; stays open.</param>
    /// <param name="team">The threads that pack, or null for the calling thread alone.</param>
    /// <param name="cancellation">Ends the writing early.</param>
    /// <returns>The content hash, 64 lower-case hexadecimal digits.</returns>
    /// <exception cref="IOException">The stream fails.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static string Write(PackedCounts counts, Stream stream, WorkerTeam? team = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(counts);
        ArgumentNullException.ThrowIfNull(stream);
        team ??= new WorkerTeam(1);
        using QcoocBlockWriter blocks = new(counts, stream);
        return blocks.Write(team, cancellation);
    }

    /// <summary>Writes a file as <see cref="Write(PackedCounts, string, WorkerTeam, CancellationToken)"/> does.</summary>
    /// <param name="counts">What to write.</param>
    /// <param name="path">Path of the file; an older file of that name is replaced.</param>
    /// <param name="cancellation">Ends the writing early.</param>
    /// <exception cref="IOException">The folder is missing, the path is a folder, or the disk fails.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder cannot be written.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static void Write(CooccurrenceCounts counts, string path, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(counts);
        Write(counts.Pack(), path, null, cancellation);
    }

    /// <summary>Writes to a stream, from where it stands.</summary>
    /// <param name="counts">What to write.</param>
    /// <param name="stream">Where to; stays open.</param>
    /// <param name="cancellation">Ends the writing early.</param>
    /// <exception cref="IOException">The stream fails.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static void Write(CooccurrenceCounts counts, Stream stream, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(counts);
        Write(counts.Pack(), stream, null, cancellation);
    }
}
