using Qwem.Sim.LinearAlgebra;

namespace Qwem.Sim.Descent;

/// <summary>Rows of float or double, padded with zeros to whole 64-byte lines, and one more row of zeros.</summary>
/// <remarks>The array is pinned for its lifetime, so that kernels may keep its address.</remarks>
internal sealed unsafe class RowMatrix<T>
    where T : unmanaged
{
    private const int Line = 64;

    // Held so that the memory behind the pointer lives as long as this object.
    private readonly byte[] _memory;

    internal RowMatrix(int rows, int columns)
    {
        Rows = rows;
        Columns = columns;
        int perLine = Line / sizeof(T);
        Stride = checked((columns + perLine - 1) / perLine * perLine);
        long bytes = (rows + 1L) * Stride * sizeof(T) + Line;
        if (bytes > Array.MaxLength) throw new ArgumentException($"{rows} rows of {columns} numbers do not fit one array of {Array.MaxLength} bytes.");
        _memory = GC.AllocateArray<byte>((int)bytes, pinned: true);
        fixed (byte* start = _memory) Values = (T*)(((nuint)start + Line - 1) / Line * Line);
    }

    internal int Rows { get; }

    internal int Columns { get; }

    /// <summary>Numbers from one row to the next.</summary>
    internal int Stride { get; }

    /// <summary>First number of the first row.</summary>
    internal T* Values { get; }

    internal T* Row(int row) => Values + (long)row * Stride;

    /// <summary>Takes the numbers of a matrix, rounded to T.</summary>
    internal void Load(DenseMatrix source)
    {
        for (int i = 0; i < Rows; i++)
            for (int a = 0; a < Columns; a++) Row(i)[a] = RowMath.From<T>(source[i, a]);
    }

    /// <summary>Hands the numbers to a matrix, exactly.</summary>
    internal void Save(DenseMatrix target)
    {
        for (int i = 0; i < Rows; i++)
        {
            Span<double> row = target.Row(i);
            for (int a = 0; a < Columns; a++) row[a] = RowMath.ToDouble(Row(i)[a]);
        }
    }
}
