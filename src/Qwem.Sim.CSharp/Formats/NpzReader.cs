using System.Buffers.Binary;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
using Qwem.Sim.IO;

namespace Qwem.Sim.Formats;

/// <summary>Reads the archives of <see cref="NpzWriter"/>, and refuses everything else: any changed, missing or added byte.</summary>
/// <remarks>Every record has one form only and is compared with it; contents have a CRC-32. Sizes that the file states are checked before anything is allocated.</remarks>
public static class NpzReader
{
    private const int Chunk = 1 << 20;

    /// <summary>Reads a file.</summary>
    /// <param name="path">Path of the file.</param>
    /// <returns>The arrays in their order.</returns>
    /// <exception cref="FileFormatException">The file is truncated, altered or of another form.</exception>
    /// <exception cref="IOException">The file is missing or the disk fails.</exception>
    /// <exception cref="UnauthorizedAccessException">The file cannot be read, or is a folder.</exception>
    public static IReadOnlyList<NpyArray> Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
        return Read(file, path);
    }

    /// <summary>Reads a stream to its end.</summary>
    /// <param name="stream">Where from; seekable, at its start; stays open.</param>
    /// <param name="name">The source's name in messages.</param>
    /// <exception cref="FileFormatException">The content is truncated, altered or of another form.</exception>
    public static IReadOnlyList<NpyArray> Read(Stream stream, string name = "stream")
    {
        ArgumentNullException.ThrowIfNull(stream);
        List<NpyArray> arrays = [];
        List<ZipEntry> entries = [];
        Span<byte> start = stackalloc byte[ZipRecords.LocalFixed];
        while (true)
        {
            long offset = stream.Position;
            int read = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
            if (read < 4 || BinaryPrimitives.ReadUInt32LittleEndian(start) != 0x04034B50)
            {
                stream.Position = offset;
                break;
            }
            if (arrays.Count == ushort.MaxValue) throw Failure(name, offset, $"has more than the {ushort.MaxValue} arrays that an archive can have");
            arrays.Add(Entry(stream, name, offset, start[..read], entries));
        }
        byte[] directory = ZipRecords.Directory(entries, stream.Position), found = new byte[directory.Length];
        long place = stream.Position;
        int length = stream.ReadAtLeast(found, found.Length, throwOnEndOfStream: false);
        if (length < found.Length || !found.AsSpan().SequenceEqual(directory))
            throw Failure(name, place, "has no such directory of its arrays as qwem writes");
        if (stream.ReadByte() >= 0) throw Failure(name, stream.Position - 1, "has bytes after its end");
        if (arrays.Select(array => array.Name).Distinct(StringComparer.Ordinal).Count() < arrays.Count)
            throw Failure(name, place, "has two arrays of one name");
        return arrays;
    }

    private static NpyArray Entry(Stream stream, string name, long offset, ReadOnlySpan<byte> start, List<ZipEntry> entries)
    {
        FileFormatException Bad(string complaint) => Failure(name, offset, complaint);
        if (start.Length < ZipRecords.LocalFixed) throw Bad("ends inside the header of an array");
        int nameLength = BinaryPrimitives.ReadUInt16LittleEndian(start[26..]), extraLength = BinaryPrimitives.ReadUInt16LittleEndian(start[28..]);
        byte[] rest = new byte[nameLength + extraLength];
        if (stream.ReadAtLeast(rest, rest.Length, throwOnEndOfStream: false) < rest.Length) throw Bad("ends inside the header of an array");
        if (nameLength < 5 || extraLength < 24) throw Bad("has a header of an array that qwem does not write");
        string file = Encoding.Latin1.GetString(rest, 0, nameLength);
        ZipEntry entry = new(
            file, BinaryPrimitives.ReadInt64LittleEndian(rest.AsSpan(nameLength + 4)), BinaryPrimitives.ReadUInt32LittleEndian(start[14..]), offset);
        if (!file.EndsWith(".npy", StringComparison.Ordinal) || !NpyArray.IsName(file[..^4]) || !((ReadOnlySpan<byte>)[.. start, .. rest]).SequenceEqual(ZipRecords.Local(entry)))
            throw Bad("has a header of an array that qwem does not write");
        if (entry.Length < 0 || entry.Length > stream.Length - stream.Position) throw Bad($"ends inside the array '{file}'");
        entries.Add(entry);

        Crc32 checksum = new();
        byte[] head = new byte[(int)Math.Min(entry.Length, 1024)];
        stream.ReadExactly(head);
        if (NpyHeader.Parse(head) is not (int width, int[] shape, int headerLength)) throw Bad($"has an array '{file}' without a header that qwem writes");
        checksum.Append(head.AsSpan(0, headerLength));
        stream.Position -= head.Length - headerLength;
        long count = shape.Aggregate(1L, (product, axis) => product > int.MaxValue ? product : product * axis);
        long itemLength = width == 0 ? 8 : 4L * width;
        if (count > Array.MaxLength || count * itemLength != entry.Length - headerLength) throw Bad($"has an array '{file}' of another length than its shape says");
        NpyArray array;
        try
        {
            array = width == 0 ? Numbers(stream, file[..^4], shape, (int)count, checksum) : Texts(stream, file[..^4], shape, (int)count, width, checksum);
        }
        catch (ArgumentException failure)
        {
            throw new FileFormatException($"The file '{name}' contradicts itself at byte offset {offset}: {failure.Message}", failure);
        }
        return checksum.GetCurrentHashAsUInt32() == entry.Checksum ? array : throw Bad($"has an array '{file}' that does not agree with its checksum");
    }

    private static NpyArray Numbers(Stream stream, string name, int[] shape, int count, Crc32 checksum)
    {
        double[] numbers = new double[count];
        for (int start = 0; start < count; start += Chunk)
        {
            Span<byte> bytes = MemoryMarshal.AsBytes(numbers.AsSpan(start, Math.Min(Chunk, count - start)));
            stream.ReadExactly(bytes);
            checksum.Append(bytes);
        }
        return shape.Length == 2 ? NpyArray.Matrix(name, shape[0], shape[1], numbers) : NpyArray.Vector(name, numbers);
    }

    private static NpyArray Texts(Stream stream, string name, int[] shape, int count, int width, Crc32 checksum)
    {
        string[] texts = new string[count];
        int[] points = new int[count == 0 ? 0 : width];
        StringBuilder builder = new();
        for (int k = 0; k < count; k++)
        {
            Span<byte> bytes = MemoryMarshal.AsBytes(points.AsSpan());
            stream.ReadExactly(bytes);
            checksum.Append(bytes);
            int length = points.AsSpan().LastIndexOfAnyExcept(0) + 1;
            builder.Clear();
            for (int i = 0; i < length; i++)
            {
                if (!Rune.TryCreate(points[i], out Rune rune)) throw new ArgumentException($"text {k} of '{name}' has no character {points[i]:X}");
                builder.Append(rune.ToString());
            }
            texts[k] = builder.ToString();
        }
        NpyArray array = shape.Length == 0 ? NpyArray.Text(name, texts[0]) : NpyArray.TextVector(name, texts);
        if (array.TextWidth != width) throw new ArgumentException($"the texts of '{name}' are padded to {width} characters without need");
        return array;
    }

    private static FileFormatException Failure(string name, long offset, string complaint) =>
        new($"The file '{name}' {complaint}, at byte offset {offset}; make it again with qwem.");
}
