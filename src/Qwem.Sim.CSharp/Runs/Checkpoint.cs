using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Qwem.Sim.Cooccurrence;
using Qwem.Sim.IO;
using Qwem.Sim.LinearAlgebra;

namespace Qwem.Sim.Runs;

/// <summary>Everything a run needs to be resumed as if it had not been interrupted.</summary>
/// <remarks>
/// <code>
/// file = mark(6) version(1) newline(1) parameters(4 + UTF-8) step(8) traceLength(8) rows(4) columns(4) embeddings(8 rows columns) traceHash(32) sha256(32)
/// </code>
/// Numbers are little-endian; embeddings are float64 in either precision (a float32 is one exactly). The random numbers need no state.
/// Files of version 1, which are read as well, lack the hash of the trace.
/// </remarks>
/// <param name="Parameters">What decides the run's results, one per line.</param>
/// <param name="Step">Steps taken.</param>
/// <param name="Trace">The part of the trace that belongs to it.</param>
/// <param name="Embeddings">State of the model.</param>
internal sealed record Checkpoint(string Parameters, long Step, TraceMark Trace, DenseMatrix Embeddings)
{
    private const byte Version = 2;

    private static ReadOnlySpan<byte> Mark => [0x89, (byte)'Q', (byte)'W', (byte)'E', (byte)'M', (byte)'R'];

    /// <summary>Writes the file, whole or not at all.</summary>
    internal void Write(string path) => AtomicFile.Write(path, stream =>
    {
        using CheckedWriter file = new(stream);
        byte[] parameters = Encoding.UTF8.GetBytes(Parameters);
        file.Put(Mark);
        file.Put([Version, (byte)'\n']);
        file.Put(parameters.Length);
        file.Put(parameters);
        file.Put(Step);
        file.Put(Trace.Length);
        file.Put(Embeddings.Rows);
        file.Put(Embeddings.Columns);
        file.Put(MemoryMarshal.AsBytes(Embeddings.Values.AsSpan()));
        file.Put(Trace.Hash ?? throw new InvalidOperationException("A checkpoint is written with the hash of its trace."));
        file.Seal();
    });

    /// <summary>Reads a file.</summary>
    /// <exception cref="FileFormatException">The file is truncated, altered or foreign.</exception>
    /// <exception cref="IOException">The disk fails.</exception>
    internal static Checkpoint Read(string path)
    {
        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        using CheckedReader file = new(stream, complaint => new FileFormatException($"The file '{path}' {complaint}; restore it, or start the run again in another folder."));
        uint version = file.Begin("checkpoint of qwem", Mark, 1, 1, Version);
        file.Take(stackalloc byte[1], "the end of its first line");
        string parameters = Encoding.UTF8.GetString(file.Section(file.Int32("the length of its parameters"), "its parameters"));
        long step = file.Int64("its step"), traceLength = file.Int64("the length of its trace");
        int rows = file.Int32("its rows"), columns = file.Int32("its columns");
        if (rows < 1 || columns < 1) throw file.Refusal($"is damaged: it has {rows} rows and {columns} columns");
        file.RequireRoom(Math.BigMul(rows, columns) * sizeof(double), "its embeddings");
        DenseMatrix embeddings = new(rows, columns);
        file.Take(MemoryMarshal.AsBytes(embeddings.Values.AsSpan()), "its embeddings");
        byte[]? traceHash = version == 1 ? null : file.Section(SHA256.HashSizeInBytes, "the hash of its trace");
        file.Seal();
        file.End();
        return new Checkpoint(parameters, step, new TraceMark(traceLength, traceHash), embeddings);
    }
}

/// <summary>A beginning of a trace.</summary>
/// <param name="Length">Its bytes.</param>
/// <param name="Hash">Their SHA-256; null in a checkpoint of version 1.</param>
internal readonly record struct TraceMark(long Length, byte[]? Hash);

/// <summary>A folder that holds another run, or is in use by one; the message is one sentence.</summary>
public sealed class CheckpointException : Exception
{
    /// <summary>An exception without a message of its own.</summary>
    public CheckpointException()
    {
    }

    /// <summary>An exception that says what is wrong.</summary>
    /// <param name="message">One sentence.</param>
    public CheckpointException(string message)
        : base(message)
    {
    }

    /// <summary>An exception that says what is wrong and keeps its cause.</summary>
    /// <param name="message">One sentence.</param>
    /// <param name="cause">What went wrong inside.</param>
    public CheckpointException(string message, Exception cause)
        : base(message, cause)
    {
    }
}
