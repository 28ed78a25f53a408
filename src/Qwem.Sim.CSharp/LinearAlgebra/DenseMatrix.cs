namespace Qwem.Sim.LinearAlgebra;

/// <summary>A dense matrix of doubles, row-major and contiguous: entry (i, j) is <c>Values[i * Columns + j]</c>.</summary>
public sealed class DenseMatrix
{
    /// <summary>Most entries of a matrix: those of one array.</summary>
    internal static readonly int LargestLength = Array.MaxLength;

    /// <summary>A zero matrix.</summary>
    /// <param name="rows">Number of rows, at least 1.</param>
    /// <param name="columns">Number of columns, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A dimension is below 1.</exception>
    /// <exception cref="ArgumentException">There are more than <see cref="LargestLength"/> entries.</exception>
    public DenseMatrix(int rows, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        if ((long)rows * columns > LargestLength)
            throw new ArgumentException($"A {rows} x {columns} matrix has {(long)rows * columns} entries, more than the {LargestLength} of one array; choose a smaller vocabulary or dimension.");
        Rows = rows;
        Columns = columns;
        Values = new double[rows * columns];
    }

    /// <summary>Wraps <paramref name="values"/> without copying.</summary>
    /// <param name="rows">Number of rows, at least 1.</param>
    /// <param name="columns">Number of columns, at least 1.</param>
    /// <param name="values">Row-major entries, exactly rows * columns of them.</param>
    /// <exception cref="ArgumentException">The length is not rows * columns.</exception>
    public DenseMatrix(int rows, int columns, double[] values)
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        if (values.Length != (long)rows * columns)
            throw new ArgumentException($"A {rows} x {columns} matrix has {(long)rows * columns} entries, not {values.Length}.", nameof(values));
        Rows = rows;
        Columns = columns;
        Values = values;
    }

    /// <summary>Number of rows.</summary>
    public int Rows { get; }

    /// <summary>Number of columns.</summary>
    public int Columns { get; }

    /// <summary>The entries, row-major.</summary>
    public double[] Values { get; }

    /// <summary>Entry (row, column).</summary>
    /// <param name="row">Row index.</param>
    /// <param name="column">Column index.</param>
    public ref double this[int row, int column] => ref Values[row * Columns + column];

    /// <summary>One row as a span.</summary>
    /// <param name="row">Row index.</param>
    public Span<double> Row(int row) => Values.AsSpan(row * Columns, Columns);
}
