using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Qwem.Sim.IO;

namespace Qwem.Sim.Cooccurrence;

/// <summary>Turns rows into the bytes of a <c>.qcooc</c> file's content, 2 to 4 bytes a pair; its buffer is used again and again.</summary>
internal sealed class RowPacker
{
    // A column difference takes at most 5 bytes, a count at most 9, and a number is written as whole 16 bits.
    private const int LongestPair = 16;

    private byte[] _bytes = new byte[1 << 16];
    private int _used;
    private int _firstWord;
    private int _words;
    private long _pairs;
    private long _total;

    /// <summary>Clears the rows and begins with a word.</summary>
    public void Begin(int firstWord)
    {
        _firstWord = firstWord;
        _used = _words = 0;
        _pairs = _total = 0;
    }

    /// <summary>Appends the row of the next word.</summary>
    /// <param name="columns">Ascending, none below the word.</param>
    /// <param name="counts">As many, positive.</param>
    /// <exception cref="OverflowException">The rows do not fit one array, or their sum exceeds 64 bits.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Row(ReadOnlySpan<int> columns, ReadOnlySpan<long> counts)
    {
        int word = _firstWord + _words++;
        Reserve(((long)columns.Length * LongestPair) + LongestPair);
        ref byte target = ref MemoryMarshal.GetArrayDataReference(_bytes);
        int used = Varint.Put(ref target, _used, (ulong)columns.Length);
        int least = word;
        foreach (int column in columns)
        {
            used = Varint.Put(ref target, used, (ulong)(column - least));
            least = column + 1;
        }
        UInt128 total = 0;
        ulong low = 0;
        foreach (long count in counts)
        {
            used = Varint.Put(ref target, used, (ulong)count);
            // Carries are rare, and 128-bit sums slow.
            low += (ulong)count;
            if (low > long.MaxValue)
            {
                total += low;
                low = 0;
            }
        }
        total = 2 * (total + low);
        if (columns.Length > 0 && columns[0] == word) total -= (ulong)counts[0];
        _used = used;
        _pairs += columns.Length;
        _total = total > long.MaxValue ? throw CountSum.Overflow() : CountSum.Add(_total, (long)total);
    }

    /// <summary>What was added since <see cref="Begin"/>.</summary>
    public PackedRows End() => new(_firstWord, _words, _bytes.AsSpan(0, _used).ToArray(), _pairs, _total);

    private void Reserve(long length)
    {
        if (_bytes.Length - _used >= length) return;
        long needed = Math.Max(2L * _bytes.Length, _used + length);
        if (_used + length > Array.MaxLength)
            throw new OverflowException("The rows of one block of words do not fit one array; choose a smaller vocabulary.");
        Array.Resize(ref _bytes, (int)Math.Min(Array.MaxLength, needed));
    }
}
