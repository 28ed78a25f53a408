using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
using Qwem.Sim.IO;

namespace Qwem.Sim.Formats;

/// <summary>Writes NumPy archives (<c>.npz</c>): arrays of <see cref="NpyArray"/>, stored uncompressed, the same bytes for the same arrays.</summary>
internal static class NpzWriter
{
    private const int Chunk = 1 << 20;

    /// <summary>Writes a file, whole or not at all.</summary>
    /// <param name="path">Path of the file; replaced if it exists.</param>
    /// <param name="arrays">The arrays, of distinct names.</param>
    /// <param name="cancellation">Ends the writing; then no file is left and an older one stays.</param>
    /// <exception cref="ArgumentException">Two arrays have one name.</exception>
    /// <exception cref="IOException">The disk fails.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder cannot be written.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static void Write(string path, IReadOnlyList<NpyArray> arrays, CancellationToken cancellation = default) =>
        AtomicFile.Write(path, stream => Write(stream, arrays, cancellation));

    /// <summary>Writes to a stream.</summary>
    /// <param name="stream">Where to; it need not be seekable and stays open.</param>
    /// <param name="arrays">The arrays, of distinct names.</param>
    /// <param name="cancellation">Ends the writing.</param>
    /// <exception cref="ArgumentException">Two arrays have one name.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static void Write(Stream stream, IReadOnlyList<NpyArray> arrays, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(arrays);
        if (arrays.Select(array => array.Name).Distinct(StringComparer.Ordinal).Count() < arrays.Count)
            throw new ArgumentException("Two arrays of an archive have the same name.", nameof(arrays));
        List<ZipEntry> entries = [];
        long offset = 0;
        foreach (NpyArray array in arrays)
        {
            byte[] header = NpyHeader.Render(array);
            Crc32 checksum = new();
            checksum.Append(header);
            Content(array, checksum.Append, cancellation);
            ZipEntry entry = new(array.Name + ".npy", header.Length + array.ContentLength, checksum.GetCurrentHashAsUInt32(), offset);
            entries.Add(entry);
            byte[] local = ZipRecords.Local(entry);
            stream.Write(local);
            stream.Write(header);
            Content(array, stream.Write, cancellation);
            offset += local.Length + entry.Length;
        }
        stream.Write(ZipRecords.Directory(entries, offset));
    }

    /// <summary>Hands out the content behind the header, piece by piece.</summary>
    private static void Content(NpyArray array, Sink sink, CancellationToken cancellation)
    {
        if (array.Numbers is double[] numbers)
        {
            for (int start = 0; start < numbers.Length; start += Chunk)
            {
                cancellation.ThrowIfCancellationRequested();
                sink(MemoryMarshal.AsBytes(numbers.AsSpan(start, Math.Min(Chunk, numbers.Length - start))));
            }
            return;
        }
        int[] points = new int[array.TextWidth];
        foreach (string text in array.Texts!)
        {
            Array.Clear(points);
            int k = 0;
            foreach (Rune rune in text.EnumerateRunes()) points[k++] = rune.Value;
            sink(MemoryMarshal.AsBytes(points.AsSpan()));
        }
    }

    private delegate void Sink(ReadOnlySpan<byte> bytes);
}
