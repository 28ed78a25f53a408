using Qwem.Sim.IO;

namespace Qwem.Sim.Formats;

/// <summary>Word vectors as a NumPy archive: <c>vectors</c> (V x d, float64) and <c>words</c> (V); more arrays may follow.</summary>
internal static class VectorArchive
{
    private const int LongestWord = 4096;

    /// <summary>Writes the archive; the same vectors give the same bytes.</summary>
    /// <param name="vectors">What to write.</param>
    /// <param name="stream">Where to; stays open.</param>
    /// <param name="more">Arrays to append, of other names.</param>
    /// <param name="cancellation">Ends the writing early.</param>
    /// <exception cref="FileFormatException">A word is so long, or so malformed, that a table of fixed width would not hold it.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static void Write(WordVectors vectors, Stream stream, IReadOnlyList<NpyArray> more, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(vectors);
        ArgumentNullException.ThrowIfNull(more);
        if (vectors.Words.FirstOrDefault(word => word.Length > LongestWord) is string word)
            throw new FileFormatException($"The word '{word[..40]}...' has {word.Length} letters, too many for a NumPy archive, where every word takes as much space as the longest; write .bin or .txt.");
        double[] columns = new double[vectors.Values.Length];
        for (int i = 0; i < vectors.Size; i++)
            for (int k = 0; k < vectors.Dimension; k++) columns[(long)k * vectors.Size + i] = vectors.Values[i * vectors.Dimension + k];
        NpyArray words;
        try
        {
            words = NpyArray.TextVector("words", vectors.Words);
        }
        catch (ArgumentException failure)
        {
            throw new FileFormatException($"The words do not fit a NumPy archive: {failure.Message}", failure);
        }
        NpzWriter.Write(stream, [NpyArray.Matrix("vectors", vectors.Size, vectors.Dimension, columns), words, .. more], cancellation);
    }

    /// <summary>Reads an archive of this form; further arrays are passed over.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="FileFormatException">The file is missing, or an array is missing, misshapen or holds what is no word or number.</exception>
    /// <exception cref="FileFormatException">The file is truncated, altered or was not written by qwem.</exception>
    public static WordVectors Read(string path)
    {
        // Opening reports a missing or empty file in a sentence.
        VectorSource.Open(path).Dispose();
        IReadOnlyList<NpyArray> arrays = NpzReader.Read(path);
        NpyArray? numbers = arrays.FirstOrDefault(array => array.Name == "vectors"), words = arrays.FirstOrDefault(array => array.Name == "words");
        if (numbers?.Numbers is not double[] columns || numbers.Shape.Count != 2 || words?.Texts is not string[] texts || texts.Length != numbers.Shape[0])
            throw new FileFormatException($"The archive '{path}' has no matrix 'vectors' of V x d numbers with V texts 'words': it does not hold word vectors.");
        (int size, int dimension) = (numbers.Shape[0], numbers.Shape[1]);
        float[] values = new float[columns.Length];
        for (int i = 0; i < size; i++)
            for (int k = 0; k < dimension; k++) values[(long)i * dimension + k] = (float)columns[(long)k * size + i];
        return Word2Vec.Checked(path, texts, dimension, values, i => $"word {i + 1}");
    }
}
