using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Qwem.Sim.Corpora;

/// <summary>Cuts normalised text into words and documents and writes them as <see cref="TokenUnits"/>; no string is made.</summary>
internal sealed class WordScanner(WordTable table)
{
    /// <summary>Longest word in bytes; a longer one means that the text was not cut into words.</summary>
    public const int LongestWord = 65_535;

    private const int BlockLength = 64;

    /// <summary>Most words that wait; a block has half as many as bytes.</summary>
    private const int Capacity = 64 + (BlockLength / 2);

    /// <summary>The names of the digits, each in sixteen bytes so that the table may read beyond them.</summary>
    private static readonly byte[] s_digits = System.Text.Encoding.ASCII.GetBytes(string.Concat(
        new[] { "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine" }.Select(name => name.PadRight(16, '\0'))));

    private static readonly int[] s_digitLengths = [4, 3, 3, 5, 4, 4, 3, 5, 5, 4];

    // Words found but not yet looked up: meanwhile the table's slots are loaded.
    private readonly ulong[] _keys = new ulong[Capacity];
    private readonly int[] _starts = new int[Capacity];
    private readonly int[] _lengths = new int[Capacity];
    private int _found;

    private ushort[] _units = new ushort[1 << 13];
    private int _used;
    private int _lineStart;

    /// <summary>What a newline means.</summary>
    public DocumentRule Newline { get; set; }

    /// <summary>Whether a digit is a word of its own.</summary>
    public bool SpellsDigits { get; init; }

    /// <summary>Clears the units and begins a piece whose first line and document may have begun earlier.</summary>
    public void Begin()
    {
        _used = 0;
        _found = 0;
        _lineStart = -1;
    }

    /// <summary>The units since <see cref="Begin"/>.</summary>
    public ushort[] Units() => _units.AsSpan(0, _used).ToArray();

    /// <summary>Whether the line at the end has a word; null when it began before the piece and has none in it.</summary>
    public bool? LineHasWord => _used > Math.Max(_lineStart, 0) ? true : _lineStart < 0 ? null : false;

    /// <summary>Ends a document.</summary>
    public void EndDocument()
    {
        Reserve();
        _units[_used++] = TokenUnits.DocumentEnd;
    }

    /// <summary>Scans a range that begins and ends between words.</summary>
    /// <param name="text">A buffer with 64 readable bytes behind the range.</param>
    /// <param name="start">First byte.</param>
    /// <param name="end">Behind the last byte.</param>
    /// <exception cref="TextFault">A word is too long.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Scan(byte[] text, int start, int end)
    {
        ref byte origin = ref MemoryMarshal.GetArrayDataReference(text);
        int wordStart = -1;
        for (int block = start; block < end; block += BlockLength)
        {
            ulong letters = Classify(ref Unsafe.Add(ref origin, block), out ulong marks);
            if (end - block < BlockLength)
            {
                ulong inside = (1UL << (end - block)) - 1;
                letters &= inside;
                marks &= inside;
            }
            ulong edges = letters ^ ((letters << 1) | (wordStart >= 0 ? 1UL : 0));
            if (marks != 0)
            {
                LookUp(ref origin);
                wordStart = ScanMarked(text, block, letters, edges, marks, wordStart);
                continue;
            }
            while (edges != 0)
            {
                int place = block + BitOperations.TrailingZeroCount(edges);
                edges &= edges - 1;
                if (wordStart < 0)
                {
                    wordStart = place;
                    continue;
                }
                Found(ref origin, wordStart, place);
                wordStart = -1;
            }
            if (_found > Capacity - (BlockLength / 2)) LookUp(ref origin);
        }
        if (wordStart >= 0) Found(ref origin, wordStart, end);
        LookUp(ref origin);
    }

    /// <summary>The bytes of words and the bytes that mean more than the end of a word, as bits of the next 64 bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ulong Classify(ref byte block, out ulong marks)
    {
        Vector256<byte> first = Vector256.LoadUnsafe(ref block), second = Vector256.LoadUnsafe(ref block, 32);
        Vector256<byte> space = Vector256.Create((byte)' '), newline = Vector256.Create((byte)'\n');
        ulong letters = Bits(Vector256.GreaterThan(first, space), Vector256.GreaterThan(second, space));
        marks = Bits(Vector256.Equals(first, newline), Vector256.Equals(second, newline));
        if (!SpellsDigits) return letters;
        Vector256<byte> zero = Vector256.Create((byte)'0'), ten = Vector256.Create((byte)10);
        ulong digits = Bits(Vector256.LessThan(first - zero, ten), Vector256.LessThan(second - zero, ten));
        marks |= digits;
        return letters & ~digits;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Bits(Vector256<byte> first, Vector256<byte> second) =>
        first.ExtractMostSignificantBits() | ((ulong)second.ExtractMostSignificantBits() << 32);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int ScanMarked(byte[] text, int block, ulong letters, ulong edges, ulong marks, int wordStart)
    {
        Reserve();
        for (ulong events = edges | marks; events != 0; events &= events - 1)
        {
            ulong bit = events & (0 - events);
            int place = block + BitOperations.TrailingZeroCount(events);
            if ((letters & bit) != 0)
            {
                wordStart = place;
                continue;
            }
            if (wordStart >= 0) Word(ref text[wordStart], place - wordStart, wordStart);
            wordStart = -1;
            if ((marks & bit) == 0) continue;
            int digit = text[place] - '0';
            if (digit >= 0) Put(table.Add(ref s_digits[16 * digit], s_digitLengths[digit]));
            else EndLine();
        }
        return wordStart;
    }

    private void EndLine()
    {
        if (Newline == DocumentRule.Line) _units[_used++] = TokenUnits.DocumentEnd;
        else if (Newline == DocumentRule.BlankLine && LineHasWord != true) _units[_used++] = _lineStart < 0 ? TokenUnits.EndIfBlank : TokenUnits.DocumentEnd;
        _lineStart = _used;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Found(ref byte origin, int start, int end)
    {
        int length = end - start;
        if (length > LongestWord) throw TooLong(start);
        ulong key = WordTable.Key(ref Unsafe.Add(ref origin, start), length);
        table.Prefetch(key);
        int index = _found++;
        _keys[index] = key;
        _starts[index] = start;
        _lengths[index] = length;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void LookUp(ref byte origin)
    {
        Reserve();
        int found = _found;
        for (int index = 0; index < found; index++)
            Put(table.Add(_keys[index], ref Unsafe.Add(ref origin, _starts[index]), _lengths[index]));
        _found = 0;
    }

    private void Word(ref byte word, int length, int position)
    {
        if (length > LongestWord) throw TooLong(position);
        Put(table.Add(ref word, length));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Put(int id)
    {
        if (id < TokenUnits.FirstLongId)
        {
            _units[_used++] = (ushort)id;
            return;
        }
        _units[_used++] = (ushort)(TokenUnits.FirstLongId | (id >> 16));
        _units[_used++] = (ushort)id;
    }

    /// <summary>Makes room for what one block and the words that wait can become: two units a word and an end for every byte.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Reserve()
    {
        if (_units.Length - _used < 4 * BlockLength) Array.Resize(ref _units, 2 * _units.Length);
    }

    private static TextFault TooLong(int position) =>
        new(position, $"has a word of more than {LongestWord} bytes", "separate the words by spaces first");
}
