using System.Text;

namespace Qwem.Sim.Cooccurrence;

/// <summary>Reads <c>.qcooc</c> files; a truncated, altered or foreign one is refused as a whole.</summary>
/// <remarks>Nothing is allocated on the word of the file alone: arrays grow with the content that was really there.</remarks>
public sealed class QcoocReader
{
    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly QcoocBlock _blocks;
    private int _position;
    private int _length;

    private QcoocReader(QcoocBlock blocks) => _blocks = blocks;

    /// <summary>Reads a file.</summary>
    /// <param name="path">Path of the file.</param>
    /// <exception cref="QcoocFormatException">The file is truncated, altered, foreign or of another version.</exception>
    /// <exception cref="IOException">The file is missing or the disk fails.</exception>
    /// <exception cref="UnauthorizedAccessException">The file cannot be read, or is a folder.</exception>
    public static CooccurrenceCounts Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
        return Read(file, path);
    }

    /// <summary>Reads a stream to its end.</summary>
    /// <param name="stream">Where from, from where it stands; stays open.</param>
    /// <param name="name">What messages call the source.</param>
    /// <exception cref="QcoocFormatException">The content is truncated, altered, foreign or of another version.</exception>
    /// <exception cref="IOException">The stream fails.</exception>
    public static CooccurrenceCounts Read(Stream stream, string name = "stream")
    {
        ArgumentNullException.ThrowIfNull(stream);
        using QcoocBlock blocks = new(stream, name);
        QcoocReader reader = new(blocks);
        try
        {
            CountingConvention convention = reader.Convention();
            (string[] words, long[] wordCounts) = reader.Vocabulary();
            (long[] rowStarts, int[] columns, long[] counts) = reader.Rows(words.Length);
            if (reader._position < reader._length || blocks.Next()) throw reader.Contradiction("content follows the last row");
            blocks.Finish();
            return new CooccurrenceCounts(convention, words, wordCounts, rowStarts, columns, counts);
        }
        catch (Exception failure) when (failure is ArgumentException or OverflowException)
        {
            throw new QcoocFormatException($"The file '{name}' contradicts itself: {failure.Message}", failure);
        }
    }

    private CountingConvention Convention()
    {
        int halfWidth = Whole(1, CountingConvention.LargestHalfWidth, "window half-width");
        CountingConvention convention = new(halfWidth);
        Expect(convention.Weighting, "weighting");
        Expect(convention.OutOfVocabularyRule, "out-of-vocabulary rule");
        Expect(convention.BoundaryRule, "boundary rule");
        Expect(convention.SelfPairRule, "self-pair rule");
        return convention;
    }

    private (string[] Words, long[] Counts) Vocabulary()
    {
        int size = Whole(1, Array.MaxLength - 1, "vocabulary size");
        List<string> words = [];
        List<long> counts = [];
        for (int word = 0; word < size; word++)
        {
            words.Add(Text());
            counts.Add(Positive());
        }
        return ([.. words], [.. counts]);
    }

    private (long[] RowStarts, int[] Columns, long[] Counts) Rows(int size)
    {
        int pairs = Whole(0, Array.MaxLength, "number of pairs");
        long[] rowStarts = new long[size + 1];
        int[] columns = new int[Math.Min(pairs, 1 << 16)];
        long[] counts = new long[columns.Length];
        int used = 0;
        for (int row = 0; row < size; row++)
        {
            int entries = Whole(0, Math.Min(size - row, pairs - used), "number of entries of a row");
            int column = row - 1;
            for (int entry = used; entry < used + entries; entry++)
            {
                if (entry == columns.Length) Array.Resize(ref columns, Larger(columns.Length, pairs));
                column += 1 + Whole(0, size - 2 - column, "column");
                columns[entry] = column;
            }
            if (counts.Length < columns.Length) Array.Resize(ref counts, columns.Length);
            for (int entry = used; entry < used + entries; entry++) counts[entry] = Positive();
            rowStarts[row + 1] = used += entries;
        }
        if (used != pairs) throw Contradiction($"the rows hold {used} pairs instead of {pairs}");
        Array.Resize(ref columns, pairs);
        Array.Resize(ref counts, pairs);
        return (rowStarts, columns, counts);
    }

    private static int Larger(int length, int most) => (int)Math.Min(most, 2L * length);

    private void Expect(string expected, string what)
    {
        string found = Text();
        if (!string.Equals(found, expected, StringComparison.Ordinal))
            throw Contradiction($"the {what} is '{found}', and only '{expected}' is known");
    }

    private string Text()
    {
        byte[] bytes = new byte[Whole(1, CountsChecker.LongestWord, "length of a text")];
        for (int i = 0; i < bytes.Length; i++) bytes[i] = Byte();
        return s_utf8.GetString(bytes);
    }

    private long Positive()
    {
        ulong value = Number();
        if (value is 0 or > long.MaxValue) throw Contradiction($"the count {value} is not possible");
        return (long)value;
    }

    private int Whole(int least, int most, string what)
    {
        ulong value = Number();
        if (most < least || value < (ulong)least || value > (ulong)most)
            throw Contradiction($"the {what} is {value}, outside {least} .. {most}");
        return (int)value;
    }

    private ulong Number()
    {
        byte last = Byte();
        if (last < 0x80) return last;
        ulong value = last & 0x7FUL;
        for (int shift = 7; ; shift += 7)
        {
            last = Byte();
            if ((shift == 63 && last > 1) || last == 0) throw Contradiction("a number has too many bytes");
            value |= (last & 0x7FUL) << shift;
            if (last < 0x80) return value;
        }
    }

    private byte Byte()
    {
        if (_position == _length)
        {
            if (!_blocks.Next()) throw Contradiction("the content ends too early");
            _position = 0;
            _length = _blocks.Content.Length;
        }
        return _blocks.Content[_position++];
    }

    private QcoocFormatException Contradiction(string complaint) =>
        _blocks.Failure($"contradicts itself {_blocks.Place}: {complaint}");
}
