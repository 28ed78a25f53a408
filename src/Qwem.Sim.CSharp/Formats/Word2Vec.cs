using System.Buffers.Binary;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Qwem.Sim.IO;

namespace Qwem.Sim.Formats;

/// <summary>The two formats of the word2vec tool, as gensim's load_word2vec_format reads them.</summary>
/// <remarks>
/// Both begin with the line "V d". Text: then V lines, a word and d decimal numbers, one space between them. Binary: then V times the word,
/// one space and d little-endian single-precision numbers, without anything in between. Words are UTF-8. Reading also accepts what
/// the original tool writes: a space at the end of each line of text, a line feed after each binary vector.
/// </remarks>
internal static class Word2Vec
{
    private const int LongestWord = 1 << 16;

    /// <summary>Writes the text format; numbers in the fewest digits that read back to the same bits.</summary>
    /// <param name="vectors">What to write.</param>
    /// <param name="stream">Where to; stays open.</param>
    /// <param name="cancellation">Ends the writing early.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static void WriteText(WordVectors vectors, Stream stream, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(vectors);
        ArgumentNullException.ThrowIfNull(stream);
        BufferedStream buffer = Begin(vectors, stream);
        for (int i = 0; i < vectors.Size; i++)
        {
            if ((i & 1023) == 0) cancellation.ThrowIfCancellationRequested();
            buffer.Write(Encoding.UTF8.GetBytes(vectors.Words[i]));
            foreach (float value in vectors.Row(i))
            {
                buffer.WriteByte((byte)' ');
                WriteNumber(value, buffer);
            }
            buffer.WriteByte((byte)'\n');
        }
        buffer.Flush();
    }

    /// <summary>Writes the binary format.</summary>
    /// <param name="vectors">What to write.</param>
    /// <param name="stream">Where to; stays open.</param>
    /// <param name="cancellation">Ends the writing early.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static void WriteBinary(WordVectors vectors, Stream stream, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(vectors);
        ArgumentNullException.ThrowIfNull(stream);
        BufferedStream buffer = Begin(vectors, stream);
        byte[] bytes = new byte[4 * vectors.Dimension];
        for (int i = 0; i < vectors.Size; i++)
        {
            if ((i & 1023) == 0) cancellation.ThrowIfCancellationRequested();
            buffer.Write(Encoding.UTF8.GetBytes(vectors.Words[i] + " "));
            ReadOnlySpan<float> row = vectors.Row(i);
            for (int k = 0; k < row.Length; k++) BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(4 * k), row[k]);
            buffer.Write(bytes);
        }
        buffer.Flush();
    }

    /// <summary>Reads the text format.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cancellation">Ends the reading early.</param>
    /// <exception cref="FileFormatException">The file is missing, truncated, contradictory or foreign; the message names the line.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static WordVectors ReadText(string path, CancellationToken cancellation = default)
    {
        using VectorSource source = VectorSource.Open(path);
        // A word and d numbers of one digit take at least 2 (d + 1) bytes, the last line end aside.
        (int size, int dimension) = Heading(source, d => 2L * d + 2);
        string[] words = new string[size];
        float[] values = new float[size * dimension];
        for (int i = 0; i < size; i++)
        {
            if ((i & 1023) == 0) cancellation.ThrowIfCancellationRequested();
            if (!source.TakeLine(out ReadOnlySpan<byte> line))
                throw new FileFormatException($"The vectors file '{path}' ends after {i} of the {size} vectors that its first line announces; fetch or make it again.");
            string place = $"line {i + 2}";
            int space = line.IndexOf((byte)' ');
            words[i] = source.Text(space < 0 ? line : line[..space], place);
            ReadNumbers(space < 0 ? [] : line[(space + 1)..], (byte)' ', values.AsSpan(i * dimension, dimension), path, place);
        }
        if (source.TakeLine(out _))
            throw new FileFormatException($"Line {size + 2} of '{path}' follows the {size} vectors that the first line announces; correct that number.");
        return Checked(path, words, dimension, values, i => $"line {i + 2}");
    }

    /// <summary>Reads the binary format.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cancellation">Ends the reading early.</param>
    /// <exception cref="FileFormatException">The file is missing, truncated, contradictory or foreign; the message names the byte.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static WordVectors ReadBinary(string path, CancellationToken cancellation = default)
    {
        using VectorSource source = VectorSource.Open(path);
        (int size, int dimension) = Heading(source, d => 4L * d + 2);
        string[] words = new string[size];
        long[] offsets = new long[size];
        float[] values = new float[size * dimension];
        for (int i = 0; i < size; i++)
        {
            if ((i & 1023) == 0) cancellation.ThrowIfCancellationRequested();
            offsets[i] = source.Offset;
            bool found = source.TakeUntil((byte)' ', out ReadOnlySpan<byte> name);
            if (!found)
                throw new FileFormatException($"The vectors file '{path}' ends in or before vector {i + 1} of {size} (byte {offsets[i]}); fetch or make it again.");
            if (name.Length > LongestWord)
                throw new FileFormatException($"Word {i + 1} at byte {offsets[i]} of '{path}' is {name.Length} bytes long: the file is not in this format, or the numbers in its first line are wrong.");
            words[i] = source.Text(name, $"byte {offsets[i]}");
            long begin = source.Offset;
            ReadOnlySpan<byte> bytes = source.Take(4 * dimension);
            if (bytes.Length < 4 * dimension)
                throw new FileFormatException($"The vector of '{words[i]}' at byte {begin} of '{path}' is cut after {bytes.Length} of {4 * dimension} bytes; fetch or make the file again.");
            for (int k = 0; k < dimension; k++) values[i * dimension + k] = BinaryPrimitives.ReadSingleLittleEndian(bytes[(4 * k)..]);
            source.SkipLineFeed();
        }
        if (!source.AtEnd)
            throw new FileFormatException($"Byte {source.Offset} of '{path}' follows the {size} vectors that the first line announces; its numbers V and d are wrong.");
        return Checked(path, words, dimension, values, i => $"byte {offsets[i]}");
    }

    /// <summary>Reads exactly as many numbers as there is room for, separated by single spaces or tabs.</summary>
    internal static void ReadNumbers(ReadOnlySpan<byte> text, byte separator, Span<float> numbers, string path, string place)
    {
        if (text.EndsWith(" "u8)) text = text[..^1];
        int count = text.Length == 0 ? 0 : 1 + text.Count(separator);
        if (count != numbers.Length)
            throw new FileFormatException($"The vector in {place} of '{path}' has {count} numbers, not {numbers.Length}; every vector must have the same dimension.");
        for (int k = 0; k < numbers.Length; k++)
        {
            int end = text.IndexOf(separator);
            ReadOnlySpan<byte> number = end < 0 ? text : text[..end];
            text = text[(end < 0 ? text.Length : end + 1)..];
            if (!float.TryParse(number, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out numbers[k]) || !float.IsFinite(numbers[k]))
                throw new FileFormatException($"'{Encoding.UTF8.GetString(number[..Math.Min(40, number.Length)])}', number {k + 1} in {place} of '{path}', is not a finite single-precision number; make the file again.");
        }
    }

    /// <summary>Writes a number in the fewest digits that read back to the same bits.</summary>
    internal static void WriteNumber(float value, Stream stream)
    {
        Span<byte> digits = stackalloc byte[32];
        value.TryFormat(digits, out int length, default, CultureInfo.InvariantCulture);
        stream.Write(digits[..length]);
    }

    /// <summary>The vectors, or the complaint of their checks with the file's name.</summary>
    internal static WordVectors Checked(string path, string[] words, int dimension, float[] values, Func<int, string> placeOf)
    {
        try
        {
            return new WordVectors(words, dimension, values, placeOf);
        }
        catch (FileFormatException failure)
        {
            throw new FileFormatException($"In '{path}': {failure.Message}", failure);
        }
    }

    private static (int Size, int Dimension) Heading(VectorSource source, Func<int, long> leastBytes)
    {
        bool isLine = source.TakeLine(out ReadOnlySpan<byte> line);
        int space = line.IndexOf((byte)' ');
        if (!isLine || line.Length > 64 || space < 0
            || !Utf8Parser.TryParse(line[..space], out int size, out int first) || first != space || size < 1
            || !Utf8Parser.TryParse(line[(space + 1)..], out int dimension, out int second) || second != line.Length - space - 1 || dimension < 1)
            throw new FileFormatException($"The first line of '{source.Path}' is not two positive whole numbers 'V d', so the file is not in the format of word2vec.");
        // The numbers of the heading are compared with the size of the file before memory is allocated.
        if ((double)size * leastBytes(dimension) - 1 > source.Length - source.Offset)
            throw new FileFormatException($"The first line of '{source.Path}' announces {size} vectors of dimension {dimension}, which do not fit into the {source.Length} bytes of the file; it is truncated or not of this format.");
        if ((long)size * dimension > Array.MaxLength || dimension > WordVectors.LargestDimension)
            throw new FileFormatException($"The {size} vectors of dimension {dimension} in '{source.Path}' are more than one array holds, or longer than {WordVectors.LargestDimension}; take fewer.");
        return (size, dimension);
    }

    private static BufferedStream Begin(WordVectors vectors, Stream stream)
    {
        BufferedStream buffer = new(stream, 1 << 16);
        buffer.Write(Encoding.ASCII.GetBytes($"{vectors.Size} {vectors.Dimension}\n"));
        return buffer;
    }
}
