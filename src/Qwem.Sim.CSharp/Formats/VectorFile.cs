using Qwem.Sim.IO;

namespace Qwem.Sim.Formats;

/// <summary>Reads word vectors in the format that a file's content has, and writes them in the one that the end of its name says.</summary>
/// <remarks>
/// .txt or .vec: word2vec text; .bin: word2vec binary; .npz: NumPy archive; .npy: matrix and list of words; .tsv: the projector's pair of tables.
/// Where the content of a file fits no format, or text and binary alike, the end of its name decides how it is read.
/// Only .npz has a checksum of its own. Beside the pairs their sums are written (NAME.npy.sha256, NAME.tsv.sha256); such a file beside vectors of any
/// format, written by qwem or by <c>sha256sum</c>, is compared with them when they are read.
/// </remarks>
public static class VectorFile
{
    private const string Known = "end its name in .npz, .npy, .txt, .vec, .bin or .tsv";

    /// <summary>Finds out, without touching the file itself, whether writing could begin.</summary>
    /// <param name="path">Path of the file to be written.</param>
    /// <param name="format">The format; null for the one that the end of the name says.</param>
    /// <returns>null when it could, otherwise the reason as the end of a sentence about the path.</returns>
    public static string? WhyNotWritable(string path, VectorFormat? format = null)
    {
        if (AtomicFile.WhyNotWritable(path) is string reason) return reason;
        if ((format ?? VectorFormats.ByName(path)) is not VectorFormat known) return $"has no known format; {Known}";
        return WordsPath(path, known) is string second && AtomicFile.WhyNotWritable(second) is string other
            ? $"needs a second file '{second}', which {other}"
            : null;
    }

    /// <summary>The file of words that belongs to a file of vectors; null in the formats that hold their words.</summary>
    /// <param name="path">Path of the vectors.</param>
    /// <param name="format">Their format.</param>
    public static string? WordsPath(string path, VectorFormat format) => format switch
    {
        VectorFormat.Tsv => ProjectorTables.MetadataPath(path),
        VectorFormat.Npy => VectorMatrix.WordsPath(path),
        _ => null,
    };

    /// <summary>The format that the end of a name says; null where it says none.</summary>
    /// <param name="path">Path of a file, which need not exist.</param>
    public static VectorFormat? FormatByName(string path) => VectorFormats.ByName(path);

    /// <summary>The format in which a file is read.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="FileFormatException">The file is missing, empty, unreadable, or of no known format.</exception>
    public static VectorFormat FormatByContent(string path) =>
        VectorFormats.ByContent(path) ?? VectorFormats.ByName(path)
        ?? throw new FileFormatException($"The vectors file '{path}' has no known format: it is neither an archive or matrix of NumPy, nor text or binary of word2vec, nor a table of numbers with tabs between them.");

    /// <summary>True for the name of a NumPy archive, the one format that holds more than vectors.</summary>
    /// <param name="path">Path of a file, which need not exist.</param>
    public static bool IsArchive(string path) => FormatByName(path) == VectorFormat.Npz;

    /// <summary>Writes vectors in the format that the end of the name says; each file is written whole or not at all.</summary>
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
        ArgumentNullException.ThrowIfNull(path);
        Write(vectors, path, FormatByName(path) ?? throw new FileFormatException($"The vectors file '{path}' has no known format; {Known}."), more, cancellation);
    }

    /// <summary>Writes vectors; each file is written whole or not at all.</summary>
    /// <param name="vectors">What to write.</param>
    /// <param name="path">Path of the file, whatever its end; an older file of that name is replaced.</param>
    /// <param name="format">The format.</param>
    /// <param name="more">Arrays that an .npz file holds besides; the other formats have no place for them.</param>
    /// <param name="cancellation">Ends the writing early.</param>
    /// <exception cref="FileFormatException">A word does not fit the format.</exception>
    /// <exception cref="IOException">The folder is missing, the path is a folder, or the disk fails.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder cannot be written.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static void Write(
        WordVectors vectors, string path, VectorFormat format, IReadOnlyList<NpyArray>? more = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(vectors);
        ArgumentNullException.ThrowIfNull(path);
        switch (format)
        {
            case VectorFormat.Txt:
                AtomicFile.Write(path, stream => Word2Vec.WriteText(vectors, stream, cancellation));
                break;
            case VectorFormat.Bin:
                AtomicFile.Write(path, stream => Word2Vec.WriteBinary(vectors, stream, cancellation));
                break;
            case VectorFormat.Npz:
                AtomicFile.Write(path, stream => VectorArchive.Write(vectors, stream, more ?? [], cancellation));
                break;
            case VectorFormat.Npy:
                VectorMatrix.Write(vectors, path, cancellation);
                break;
            case VectorFormat.Tsv:
                BoundFiles.Write(
                    (ProjectorTables.MetadataPath(path), stream => ProjectorTables.WriteWords(vectors, stream)),
                    (path, stream => ProjectorTables.WriteNumbers(vectors, stream, cancellation)));
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(format), format, "There is no such format.");
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
        VectorFormat format = FormatByContent(path);
        BoundFiles.Check(path, cancellation);
        return format switch
        {
            VectorFormat.Txt => Word2Vec.ReadText(path, cancellation),
            VectorFormat.Bin => Word2Vec.ReadBinary(path, cancellation),
            VectorFormat.Npz => VectorArchive.Read(path),
            VectorFormat.Npy => VectorMatrix.Read(path),
            _ => ProjectorTables.Read(path, cancellation),
        };
    }
}
