namespace Qwem.Sim.Cooccurrence;

/// <summary>Consecutive finished rows of the upper triangle, packed as varints so that they take 2 to 4 bytes a pair until they are joined.</summary>
internal sealed class RowBlock(int firstWord, int wordCount)
{
    // A column difference takes at most 5 bytes, a count at most 9.
    private const int LongestPair = 16;

    private readonly int[] _rowLengths = new int[wordCount];
    private byte[] _packed = new byte[256];
    private int _used;
    private int _row;
    private int _lastColumn = -1;

    /// <summary>First word of the block.</summary>
    public int FirstWord { get; } = firstWord;

    /// <summary>Words in the block.</summary>
    public int WordCount { get; } = wordCount;

    /// <summary>Stored pairs.</summary>
    public long Length { get; private set; }

    /// <summary>Appends a pair to the current row; columns ascend.</summary>
    public void Add(int column, long count)
    {
        if (_packed.Length - _used < LongestPair)
            Array.Resize(ref _packed, checked((int)Math.Min(Array.MaxLength, Math.Max(2L * _packed.Length, _used + (long)LongestPair))));
        Number((ulong)(column - _lastColumn));
        Number((ulong)count);
        _lastColumn = column;
        _rowLengths[_row]++;
        Length++;
    }

    /// <summary>Ends the current row.</summary>
    public void EndRow()
    {
        _row++;
        _lastColumn = -1;
    }

    /// <summary>Gives back what growing took too much.</summary>
    public void Trim() => Array.Resize(ref _packed, _used);

    /// <summary>Unpacks all rows to where the arrays are filled up to, and returns up to where they are filled then.</summary>
    public int Unpack(long[] rowStarts, int[] columns, long[] counts, int filled)
    {
        int position = 0;
        for (int row = 0; row < WordCount; row++)
        {
            int column = -1;
            for (int entry = 0; entry < _rowLengths[row]; entry++)
            {
                column += (int)Number(ref position);
                columns[filled] = column;
                counts[filled++] = (long)Number(ref position);
            }
            rowStarts[FirstWord + row + 1] = filled;
        }
        return filled;
    }

    private void Number(ulong value)
    {
        while (value >= 0x80)
        {
            _packed[_used++] = (byte)(value | 0x80);
            value >>= 7;
        }
        _packed[_used++] = (byte)value;
    }

    private ulong Number(ref int position)
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte next = _packed[position++];
            value |= (next & 0x7FUL) << shift;
            if (next < 0x80) return value;
        }
    }
}
