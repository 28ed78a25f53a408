namespace Qwem.Sim.Cooccurrence;

/// <summary>Consecutive finished rows of the upper triangle.</summary>
internal sealed class RowBlock(int firstWord, int wordCount)
{
    private int[] _columns = new int[1024];
    private long[] _counts = new long[1024];
    private int _rows;

    /// <summary>First word of the block.</summary>
    public int FirstWord { get; } = firstWord;

    /// <summary>Words in the block.</summary>
    public int WordCount { get; } = wordCount;

    /// <summary>Stored pairs.</summary>
    public int Length { get; private set; }

    /// <summary>Where each row ends.</summary>
    public int[] RowEnds { get; } = new int[wordCount];

    /// <summary>The columns.</summary>
    public ReadOnlySpan<int> Columns => _columns.AsSpan(0, Length);

    /// <summary>The counts.</summary>
    public ReadOnlySpan<long> Counts => _counts.AsSpan(0, Length);

    /// <summary>Appends a pair to the current row.</summary>
    public void Add(int column, long count)
    {
        if (Length == _columns.Length)
        {
            int larger = (int)Math.Min(Array.MaxLength, 2L * Length);
            Array.Resize(ref _columns, larger);
            Array.Resize(ref _counts, larger);
        }
        _columns[Length] = column;
        _counts[Length++] = count;
    }

    /// <summary>Ends the current row.</summary>
    public void EndRow() => RowEnds[_rows++] = Length;

    /// <summary>Gives back what growing took too much.</summary>
    public void Trim()
    {
        Array.Resize(ref _columns, Length);
        Array.Resize(ref _counts, Length);
    }
}
