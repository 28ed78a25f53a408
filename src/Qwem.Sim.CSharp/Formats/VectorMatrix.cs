using Qwem.Sim.IO;
using Qwem.Sim.LinearAlgebra;

namespace Qwem.Sim.Formats;

/// <summary>A plain NumPy matrix with a list of words beside it: NAME.npy, V x d float32 in C order, and NAME.vocabulary.txt, one word a line; in the folder of a run, whose matrices share their words, vocabulary.txt.</summary>
internal static class VectorMatrix
{
    /// <summary>Path of the words that are written with a matrix.</summary>
    public static string WordsPath(string path) => Path.ChangeExtension(path, ".vocabulary.txt");

    /// <summary>Writes both files and their sums, each whole or not at all.</summary>
    public static void Write(WordVectors vectors, string path, CancellationToken cancellation) => BoundFiles.Write(
        (WordsPath(path), stream => ProjectorTables.WriteWords(vectors, stream)),
        (path, stream => NpyMatrix.WriteSingle(stream, vectors.Size, vectors.Dimension, vectors.Values.AsSpan(), cancellation)));

    /// <summary>Reads both files.</summary>
    /// <exception cref="FileFormatException">A file is missing, a word does not fit, or there are not as many words as rows.</exception>
    /// <exception cref="FileFormatException">The matrix is truncated or none.</exception>
    public static WordVectors Read(string path)
    {
        string list = WordsPath(path), shared = Path.Combine(Path.GetDirectoryName(path) ?? "", "vocabulary.txt");
        if (!File.Exists(list) && File.Exists(shared)) list = shared;
        List<string> words = [];
        if (!File.Exists(path)) throw new FileFormatException($"The vectors file '{path}' does not exist; check the path.");
        using (VectorSource source = VectorSource.Open(list))
            while (source.TakeLine(out ReadOnlySpan<byte> line)) words.Add(source.Text(line, $"line {words.Count + 1}"));
        DenseMatrix matrix = NpyMatrix.Read(path);
        if (matrix.Rows != words.Count)
            throw new FileFormatException($"The vectors file '{path}' has {matrix.Rows} rows, but '{list}' has {words.Count} words; make both again.");
        float[] values = Array.ConvertAll(matrix.Values, value => (float)value);
        return Word2Vec.Checked(list, [.. words], matrix.Columns, values, i => $"line {i + 1}");
    }
}
