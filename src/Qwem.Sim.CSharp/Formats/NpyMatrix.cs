using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using Qwem.Sim.IO;
using Qwem.Sim.LinearAlgebra;

namespace Qwem.Sim.Formats;

/// <summary>Matrices as NumPy's <c>.npy</c> files: two axes, C order, little-endian float32 or float64.</summary>
public static partial class NpyMatrix
{
    /// <summary>Writes a matrix, whole or not at all; the same bytes for the same numbers.</summary>
    /// <param name="path">Path of the file; replaced if it exists.</param>
    /// <param name="matrix">The numbers.</param>
    /// <param name="firstRow">First row to write.</param>
    /// <param name="rows">Rows to write.</param>
    /// <param name="binary32">True to round to float32.</param>
    /// <exception cref="IOException">The disk fails.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder cannot be written.</exception>
    public static void Write(string path, DenseMatrix matrix, int firstRow, int rows, bool binary32)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        ArgumentOutOfRangeException.ThrowIfNegative(firstRow);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(firstRow + rows, matrix.Rows, nameof(rows));
        AtomicFile.Write(path, stream => Write(stream, matrix, firstRow, rows, binary32));
    }

    /// <summary>Writes rows of a matrix to a stream.</summary>
    internal static void Write(Stream stream, DenseMatrix matrix, int firstRow, int rows, bool binary32)
    {
        stream.Write(NpyHeader.Render(binary32 ? "<f4" : "<f8", false, [rows, matrix.Columns]));
        float[] rounded = new float[matrix.Columns];
        for (int i = firstRow; i < firstRow + rows; i++)
        {
            Span<double> row = matrix.Row(i);
            if (!binary32)
            {
                stream.Write(MemoryMarshal.AsBytes(row));
                continue;
            }
            for (int a = 0; a < rounded.Length; a++) rounded[a] = (float)row[a];
            stream.Write(MemoryMarshal.AsBytes(rounded.AsSpan()));
        }
    }

    /// <summary>Writes single-precision numbers to a stream.</summary>
    internal static void WriteSingle(Stream stream, int rows, int columns, ReadOnlySpan<float> values, CancellationToken cancellation)
    {
        const int piece = 1 << 20;
        stream.Write(NpyHeader.Render("<f4", false, [rows, columns]));
        for (int start = 0; start < values.Length; start += piece)
        {
            cancellation.ThrowIfCancellationRequested();
            stream.Write(MemoryMarshal.AsBytes(values[start..Math.Min(values.Length, start + piece)]));
        }
    }

    /// <summary>Reads a matrix that NumPy or qwem wrote.</summary>
    /// <param name="path">Path of the file.</param>
    /// <exception cref="FileFormatException">The file is not such a matrix, is truncated or too long, or has a number that is not finite.</exception>
    /// <exception cref="IOException">The file is missing or the disk fails.</exception>
    /// <exception cref="UnauthorizedAccessException">The file cannot be read, or is a folder.</exception>
    public static DenseMatrix Read(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        FileFormatException Bad(string complaint) => new($"The file '{path}' {complaint}; write it with numpy.save from a two-dimensional float32 or float64 array.");
        if (bytes.Length < NpyHeader.Preamble || !bytes.AsSpan().StartsWith(NpyHeader.Magic)) throw Bad("is not a .npy file");
        if (bytes[6] != 1) throw Bad($"is .npy of version {bytes[6]}, and only version 1 is known");
        int start = NpyHeader.Preamble + BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(8));
        if (start > bytes.Length) throw Bad("ends within its header");
        Match header = HeaderPattern().Match(Encoding.Latin1.GetString(bytes[NpyHeader.Preamble..start]));
        if (!header.Success) throw Bad("holds no matrix of two axes in C order");
        int size = header.Groups["type"].Value == "4" ? 4 : 8;
        if (!int.TryParse(header.Groups["rows"].Value, NumberStyles.None, CultureInfo.InvariantCulture, out int rows) || rows < 1
            || !int.TryParse(header.Groups["columns"].Value, NumberStyles.None, CultureInfo.InvariantCulture, out int columns) || columns < 1)
            throw Bad("has an axis without entries or too long");
        if ((long)rows * columns * size != bytes.Length - start) throw Bad($"has {bytes.Length - start} bytes of numbers, which is not {rows} x {columns} of {size}");
        DenseMatrix matrix = new(rows, columns);
        ReadOnlySpan<byte> content = bytes.AsSpan(start);
        if (size == 8) MemoryMarshal.Cast<byte, double>(content).CopyTo(matrix.Values);
        else
            for (int e = 0; e < matrix.Values.Length; e++) matrix.Values[e] = BinaryPrimitives.ReadSingleLittleEndian(content[(4 * e)..]);
        int wrong = Array.FindIndex(matrix.Values, value => !double.IsFinite(value));
        if (wrong >= 0) throw Bad($"has {matrix.Values[wrong]} in row {wrong / columns}, column {wrong % columns}");
        return matrix;
    }

    [GeneratedRegex(@"^\{'descr': '<f(?<type>[48])', 'fortran_order': False, 'shape': \((?<rows>[0-9]+), (?<columns>[0-9]+)\), \} *\n$")]
    private static partial Regex HeaderPattern();
}
