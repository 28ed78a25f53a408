using System.Text;
using Qwem.Sim.IO;

namespace Qwem.Sim.Formats;

/// <summary>The pair of tables of the TensorFlow embedding projector: NAME.tsv with the numbers, NAME.metadata.tsv with the words.</summary>
/// <remarks>
/// NAME.tsv has one line for each vector, d decimal numbers with tabs between them; NAME.metadata.tsv has one word a line in the same order. No
/// headings (the projector expects none for a single column). UTF-8.
/// </remarks>
internal static class ProjectorTables
{
    /// <summary>Path of the words' table that belongs to a table of numbers.</summary>
    /// <param name="path">Path of the numbers, NAME.tsv.</param>
    public static string MetadataPath(string path) => Path.ChangeExtension(path, ".metadata.tsv");

    /// <summary>Writes the numbers.</summary>
    /// <param name="vectors">What to write.</param>
    /// <param name="stream">Where to; stays open.</param>
    /// <param name="cancellation">Ends the writing early.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static void WriteNumbers(WordVectors vectors, Stream stream, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(vectors);
        BufferedStream buffer = new(stream, 1 << 16);
        for (int i = 0; i < vectors.Size; i++)
        {
            if ((i & 1023) == 0) cancellation.ThrowIfCancellationRequested();
            ReadOnlySpan<float> row = vectors.Row(i);
            for (int k = 0; k < row.Length; k++)
            {
                if (k > 0) buffer.WriteByte((byte)'\t');
                Word2Vec.WriteNumber(row[k], buffer);
            }
            buffer.WriteByte((byte)'\n');
        }
        buffer.Flush();
    }

    /// <summary>Writes the words.</summary>
    /// <param name="vectors">What to write.</param>
    /// <param name="stream">Where to; stays open.</param>
    public static void WriteWords(WordVectors vectors, Stream stream)
    {
        ArgumentNullException.ThrowIfNull(vectors);
        BufferedStream buffer = new(stream, 1 << 16);
        foreach (string word in vectors.Words) buffer.Write(Encoding.UTF8.GetBytes(word + "\n"));
        buffer.Flush();
    }

    /// <summary>Reads both tables.</summary>
    /// <param name="path">Path of the numbers, NAME.tsv; NAME.metadata.tsv must stand beside it.</param>
    /// <param name="cancellation">Ends the reading early.</param>
    /// <exception cref="FileFormatException">A file is missing, malformed, or their lengths differ; the message names the line.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static WordVectors Read(string path, CancellationToken cancellation = default)
    {
        List<string> words = [];
        using (VectorSource source = VectorSource.Open(MetadataPath(path)))
            while (source.TakeLine(out ReadOnlySpan<byte> line)) words.Add(source.Text(line, $"line {words.Count + 1}"));
        using VectorSource numbers = VectorSource.Open(path);
        float[] values = [];
        int dimension = 0, read = 0;
        while (numbers.TakeLine(out ReadOnlySpan<byte> line))
        {
            if ((read & 1023) == 0) cancellation.ThrowIfCancellationRequested();
            if (read == words.Count)
                throw new FileFormatException($"The vectors file '{path}' has more lines than the {words.Count} words of '{MetadataPath(path)}'; make both again.");
            if (read == 0)
            {
                dimension = 1 + line.Count((byte)'\t');
                if ((long)dimension * words.Count > Array.MaxLength || (long)dimension * words.Count > numbers.Length)
                    throw new FileFormatException($"The vectors file '{path}' is too short, or one array too small, for {words.Count} words of dimension {dimension}; make both tables again.");
                values = new float[words.Count * dimension];
            }
            Word2Vec.ReadNumbers(line, (byte)'\t', values.AsSpan(read * dimension, dimension), path, $"line {read + 1}");
            read++;
        }
        if (read < words.Count)
            throw new FileFormatException($"The vectors file '{path}' ends after line {read}, but '{MetadataPath(path)}' has {words.Count} words; make both again.");
        return Word2Vec.Checked(MetadataPath(path), [.. words], dimension, values, i => $"line {i + 1}");
    }
}
