using System.Buffers.Binary;
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
/// file = magic(8) parameters(4 + UTF-8) step(8) traceLength(8) rows(4) columns(4) embeddings(8 rows columns) traceHash(32) sha256(32)
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
    private const int HashLength = 32;

    private static ReadOnlySpan<byte> Magic => [0x89, (byte)'Q', (byte)'W', (byte)'E', (byte)'M', (byte)'R', 2, (byte)'\n'];

    private static ReadOnlySpan<byte> OldMagic => [0x89, (byte)'Q', (byte)'W', (byte)'E', (byte)'M', (byte)'R', 1, (byte)'\n'];

    /// <summary>Writes the file, whole or not at all.</summary>
    internal void Write(string path) => AtomicFile.Write(path, stream =>
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        void Put(ReadOnlySpan<byte> bytes)
        {
            stream.Write(bytes);
            hash.AppendData(bytes);
        }
        byte[] parameters = Encoding.UTF8.GetBytes(Parameters), numbers = new byte[24];
        Put(Magic);
        BinaryPrimitives.WriteInt32LittleEndian(numbers, parameters.Length);
        Put(numbers.AsSpan(0, 4));
        Put(parameters);
        BinaryPrimitives.WriteInt64LittleEndian(numbers, Step);
        BinaryPrimitives.WriteInt64LittleEndian(numbers.AsSpan(8), Trace.Length);
        BinaryPrimitives.WriteInt32LittleEndian(numbers.AsSpan(16), Embeddings.Rows);
        BinaryPrimitives.WriteInt32LittleEndian(numbers.AsSpan(20), Embeddings.Columns);
        Put(numbers);
        Put(MemoryMarshal.AsBytes(Embeddings.Values.AsSpan()));
        Put(Trace.Hash ?? throw new InvalidOperationException("A checkpoint is written with the hash of its trace."));
        stream.Write(hash.GetHashAndReset());
    });

    /// <summary>Reads a file.</summary>
    /// <exception cref="FileFormatException">The file is truncated, altered or foreign.</exception>
    /// <exception cref="IOException">The disk fails.</exception>
    internal static Checkpoint Read(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        int end = bytes.Length - HashLength;
        bool isOld = bytes.AsSpan().StartsWith(OldMagic);
        if (end < Magic.Length + 28 || !(isOld || bytes.AsSpan().StartsWith(Magic)))
            throw new FileFormatException($"The file '{path}' is not a checkpoint of qwem; restore it or start the run again in another folder.");
        if (!SHA256.HashData(bytes.AsSpan(0, end)).AsSpan().SequenceEqual(bytes.AsSpan(end)))
            throw new FileFormatException($"The checkpoint '{path}' is truncated or altered; restore it or start the run again in another folder.");
        byte[]? traceHash = isOld ? null : bytes[(end - HashLength)..end];
        ReadOnlySpan<byte> rest = bytes.AsSpan(Magic.Length..(isOld ? end : end - HashLength));
        int length = BinaryPrimitives.ReadInt32LittleEndian(rest);
        string parameters = Encoding.UTF8.GetString(rest.Slice(4, length));
        rest = rest[(4 + length)..];
        DenseMatrix embeddings = new(BinaryPrimitives.ReadInt32LittleEndian(rest[16..]), BinaryPrimitives.ReadInt32LittleEndian(rest[20..]));
        MemoryMarshal.Cast<byte, double>(rest[24..]).CopyTo(embeddings.Values);
        return new Checkpoint(
            parameters, BinaryPrimitives.ReadInt64LittleEndian(rest), new TraceMark(BinaryPrimitives.ReadInt64LittleEndian(rest[8..]), traceHash), embeddings);
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
