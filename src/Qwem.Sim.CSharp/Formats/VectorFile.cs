using Qwem.Sim.IO;

namespace Qwem.Sim.Formats;

/// <summary>Reads and writes word vectors in the format that the end of a file's name says.</summary>
/// <remarks>
/// .txt or .vec: word2vec text; .bin: word2vec binary; .npz: NumPy archive; .npy: matrix and list of words; .tsv: the projector's pair of tables.
/// Only .npz has a checksum of its own. Beside the pairs their sums are written (NAME.npy.sha256, NAME.tsv.sha256); such a file beside vectors of any
/// format, written by qwem or by <c>sha256sum</c>, is compared with them when they are read.
/// </remarks>
public static class VectorFile
{
    private const string Known = "end its name in .npz, .npy, .txt, .vec, .bin or .tsv";

    private enum Format
    {
        Unknown,
        Text,
        Binary,
        Archive,
        Matrix,
        Tables,
    }

    /// <summary>Finds out, without touching the file itself, whether <see cref="Write"/> could begin.</summary>
    /// <param name="path">Path of the file to be written.</param>
    /// <returns>null when it could, otherwise the reason as the end of a sentence about the path.</returns>
    public static string? WhyNotWritable(string path)
    {
        if (AtomicFile.WhyNotWritable(path) is string reason) return reason;
        if (FormatOf(path) == Format.Unknown) return $"has no known format; {Known}";
        return Companion(path) is string second && AtomicFile.WhyNotWritable(second) is string other
            ? $"needs a second file '{second}', which {other}"
            : null;
    }

    /// <summary>The file of words that stands beside the numbers, in the formats that have one.</summary>
    private static string? Companion(string path) => FormatOf(path) switch
    {
        Format.Tables => ProjectorTables.MetadataPath(path),
        Format.Matrix => VectorMatrix.WordsPath(path),
        _ => null,
    };

    /// <summary>True for the name of a NumPy archive, the one format that holds more than vectors.</summary>
    /// <param name="path">Path of a file, which need not exist.</param>
    public static bool IsArchive(string path) => FormatOf(path) == Format.Archive;

    /// <summary>Writes vectors; each file is written whole or not at all.</summary>
    /// <param name="vectors">What to write.</param>
    /// <param name="path">Path of the file; an older file of that name is replaced.</param>
    /// <param name="more">Arrays that an .npz file holds besides; the other formats have no place for them.</param>
    /// <param name="cancellation">Ends the writing early.</param>
    /// <exception cref="FileFormatException">The name has no known ending, or a word does not fit the format.</exception>
    /// <exception cref="IOException">The folder is missing, the path is a folder, or the disk fails.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder cannot be written.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static void Write(WordVectors vectors, string path, IReadOnlyList<NpyArray>? more = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(vectors);
        ArgumentNullException.ThrowIfNull(path);
        switch (FormatOf(path))
        {
            case Format.Text:
                AtomicFile.Write(path, stream => Word2Vec.WriteText(vectors, stream, cancellation));
                break;
            case Format.Binary:
                AtomicFile.Write(path, stream => Word2Vec.WriteBinary(vectors, stream, cancellation));
                break;
            case Format.Archive:
                AtomicFile.Write(path, stream => VectorArchive.Write(vectors, stream, more ?? [], cancellation));
                break;
            case Format.Matrix:
                VectorMatrix.Write(vectors, path, cancellation);
                break;
            case Format.Tables:
                BoundFiles.Write(
                    (ProjectorTables.MetadataPath(path), stream => ProjectorTables.WriteWords(vectors, stream)),
                    (path, stream => ProjectorTables.WriteNumbers(vectors, stream, cancellation)));
                break;
            default:
                throw Foreign(path);
        }
    }

    /// <summary>Reads vectors.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cancellation">Ends the reading early.</param>
    /// <exception cref="FileFormatException">The file is missing, truncated, contradictory or foreign, or not what the sums beside it say; the message says where.</exception>
    /// <exception cref="FileFormatException">An .npz file is truncated, altered or was not written by qwem.</exception>
    /// <exception cref="FileFormatException">An .npy file is truncated or no matrix.</exception>
    /// <exception cref="IOException">The disk fails.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static WordVectors Read(string path, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        BoundFiles.Check(path, cancellation);
        return FormatOf(path) switch
        {
            Format.Text => Word2Vec.ReadText(path, cancellation),
            Format.Binary => Word2Vec.ReadBinary(path, cancellation),
            Format.Archive => VectorArchive.Read(path),
            Format.Matrix => VectorMatrix.Read(path),
            Format.Tables => ProjectorTables.Read(path, cancellation),
            _ => throw Foreign(path),
        };
    }

    private static FileFormatException Foreign(string path) => new($"The vectors file '{path}' has no known format; {Known}.");

    private static Format FormatOf(string path) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".txt" or ".vec" => Format.Text,
        ".bin" => Format.Binary,
        ".npz" => Format.Archive,
        ".npy" => Format.Matrix,
        ".tsv" => Format.Tables,
        _ => Format.Unknown,
    };
}
