using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Qwem.Sim.Corpora;

/// <summary>Cuts the bytes of one file into words and articles; no string is made.</summary>
internal sealed class WordScanner
{
    /// <summary>Longest word in letters; a longer one means that the text was not cut into words.</summary>
    public const int LongestWord = 65_535;

    private readonly string _path;
    private readonly WordTable _table;
    private readonly ProvisionalIds _ids;
    private byte[] _carried = new byte[256];
    private int _carriedLength;
    private long _line = 1;
    private long _offset;
    private long _articleWords;

    /// <summary>A scanner at the beginning of a file.</summary>
    public WordScanner(string path, WordTable table, ProvisionalIds ids)
    {
        _path = path;
        _table = table;
        _ids = ids;
    }

    /// <summary>Words found so far.</summary>
    public long Words { get; private set; }

    /// <summary>Articles finished so far: lines with at least one word.</summary>
    public long Articles { get; private set; }

    /// <summary>Scans the first <paramref name="length"/> bytes of a piece that is followed by zero bytes (see <see cref="ReadAhead"/>).</summary>
    /// <exception cref="CorpusException">A byte is neither a lower-case letter nor a space, or a word is too long.</exception>
    public void Scan(byte[] piece, int length)
    {
        int position = _carriedLength > 0 ? FinishCarried(piece, length) : 0;
        while (position < length)
        {
            byte first = piece[position];
            if ((uint)(first - 'a') > 25)
            {
                Separator(first, position++);
                continue;
            }
            int letters = LetterRun(ref piece[position]);
            if (letters > LongestWord) throw TooLong(position);
            if (position + letters == length)
            {
                Carry(piece.AsSpan(position, letters), position);
                break;
            }
            Word(ref piece[position], letters);
            position += letters;
        }
        _offset += length;
    }

    /// <summary>Finishes the last word and article of the file.</summary>
    public void Finish()
    {
        if (_carriedLength > 0) Word(ref _carried[0], _carriedLength);
        _carriedLength = 0;
        EndArticle();
    }

    /// <summary>Number of letters a-z from <paramref name="start"/>; the zero bytes after the piece end every run.</summary>
    private static int LetterRun(ref byte start)
    {
        for (int run = 0; ; run += Vector128<byte>.Count)
        {
            Vector128<byte> bytes = Vector128.LoadUnsafe(ref start, (nuint)run);
            uint other = Vector128.GreaterThan(bytes - Vector128.Create((byte)'a'), Vector128.Create((byte)25)).ExtractMostSignificantBits();
            if (other != 0) return run + BitOperations.TrailingZeroCount(other);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Word(ref byte word, int length)
    {
        _ids.Add(_table.Add(ref word, length));
        _articleWords++;
    }

    private void Separator(byte value, int position)
    {
        if (value == ' ') return;
        if (value == '\n')
        {
            EndArticle();
            _line++;
        }
        else if (value is not ((byte)'\t' or (byte)'\r' or (byte)'\v' or (byte)'\f'))
        {
            string shown = value is > 0x20 and < 0x7F ? $"'{(char)value}' (0x{value:X2})" : $"0x{value:X2}";
            throw new CorpusException(
                $"The file '{_path}' has the byte {shown} in line {_line} at byte offset {_offset + position} of the text; " +
                "normalise the text to words of lower-case a-z separated by spaces first.");
        }
    }

    private void EndArticle()
    {
        if (_articleWords == 0) return;
        _ids.EndArticle();
        Words += _articleWords;
        Articles++;
        _articleWords = 0;
    }

    /// <summary>Completes the word that the end of the last piece cut; returns where the rest of this piece begins.</summary>
    private int FinishCarried(byte[] piece, int length)
    {
        int letters = length == 0 ? 0 : LetterRun(ref piece[0]);
        Carry(piece.AsSpan(0, letters), 0);
        if (letters == length) return length;
        Word(ref _carried[0], _carriedLength);
        _carriedLength = 0;
        return letters;
    }

    private void Carry(ReadOnlySpan<byte> letters, int position)
    {
        int total = _carriedLength + letters.Length;
        if (total > LongestWord) throw TooLong(position);
        if (total + ReadAhead.Slack > _carried.Length) Array.Resize(ref _carried, 2 * (total + ReadAhead.Slack));
        letters.CopyTo(_carried.AsSpan(_carriedLength));
        _carriedLength = total;
    }

    private CorpusException TooLong(int position) => new(
        $"The file '{_path}' has a word of more than {LongestWord} letters in line {_line} near byte offset {_offset + position} of the text; " +
        "separate the words by spaces first.");
}
