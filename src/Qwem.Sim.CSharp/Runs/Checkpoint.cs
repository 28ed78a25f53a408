using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Qwem.Sim.Cooccurrence;
using Qwem.Sim.LinearAlgebra;

namespace Qwem.Sim.Runs;

/// <summary>Everything a run needs to go on as if it had never stopped.</summary>
/// <remarks>
/// <code>
/// file = magic(8) parameters(4 + UTF-8) step(8) traceLength(8) rows(4) columns(4) embeddings(8 rows columns) sha256(32)
/// </code>
/// Numbers are little-endian; embeddings are float64 in either precision (a float32 is one exactly). The random numbers need no state.
/// </remarks>
/// <param name="Parameters">What decides the run's results, one per line.</param>
/// <param name="Step">Steps taken.</param>
/// <param name="TraceLength">Bytes of the trace that belong to it.</param>
/// <param name="Embeddings">State of the model.</param>
internal sealed record Checkpoint(string Parameters, long Step, long TraceLength, DenseMatrix Embeddings)
{
    private const int HashLength = 32;

    private static ReadOnlySpan<byte> Magic => [0x89, (byte)'Q', (byte)'W', (byte)'E', (byte)'M', (byte)'R', 1, (byte)'\n'];

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
        BinaryPrimitives.WriteInt64LittleEndian(numbers.AsSpan(8), TraceLength);
        BinaryPrimitives.WriteInt32LittleEndian(numbers.AsSpan(16), Embeddings.Rows);
        BinaryPrimitives.WriteInt32LittleEndian(numbers.AsSpan(20), Embeddings.Columns);
        Put(numbers);
        Put(MemoryMarshal.AsBytes(Embeddings.Values.AsSpan()));
        stream.Write(hash.GetHashAndReset());
    });

    /// <summary>Reads a file.</summary>
    /// <exception cref="CheckpointException">The file is truncated, altered or foreign.</exception>
    /// <exception cref="IOException">The disk fails.</exception>
    internal static Checkpoint Read(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        int end = bytes.Length - HashLength;
        if (end < Magic.Length + 28 || !bytes.AsSpan(0, Magic.Length).SequenceEqual(Magic))
            throw new CheckpointException($"The file '{path}' is not a checkpoint of qwem; restore it or start the run again in another folder.");
        if (!SHA256.HashData(bytes.AsSpan(0, end)).AsSpan().SequenceEqual(bytes.AsSpan(end)))
            throw new CheckpointException($"The checkpoint '{path}' is truncated or altered; restore it or start the run again in another folder.");
        ReadOnlySpan<byte> rest = bytes.AsSpan(Magic.Length..end);
        int length = BinaryPrimitives.ReadInt32LittleEndian(rest);
        string parameters = Encoding.UTF8.GetString(rest.Slice(4, length));
        rest = rest[(4 + length)..];
        DenseMatrix embeddings = new(BinaryPrimitives.ReadInt32LittleEndian(rest[16..]), BinaryPrimitives.ReadInt32LittleEndian(rest[20..]));
        MemoryMarshal.Cast<byte, double>(rest[24..]).CopyTo(embeddings.Values);
        return new Checkpoint(parameters, BinaryPrimitives.ReadInt64LittleEndian(rest), BinaryPrimitives.ReadInt64LittleEndian(rest[8..]), embeddings);
    }
}

/// <summary>A checkpoint that cannot be taken up, or a folder that holds another run; the message is one sentence.</summary>
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
