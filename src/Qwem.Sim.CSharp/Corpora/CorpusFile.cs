using System.IO.Compression;

namespace Qwem.Sim.Corpora;

/// <summary>One opened text file, unpacked if its content is gzip, whose every failure is a <see cref="CorpusException"/>.</summary>
internal sealed class CorpusFile : IDisposable
{
    private readonly CountingStream _packed;
    private readonly Stream _text;
    private readonly bool _isGzip;
    private readonly byte[] _held = new byte[EndMark.Text.Length];
    private int _heldLength;
    private bool _ended;

    private CorpusFile(string path, CountingStream packed)
    {
        Path = path;
        _packed = packed;
        _isGzip = packed.BeginsAsGzip;
        if (_isGzip) packed.AppendAtEnd(EndMark.Packed);
        _text = _isGzip ? new GZipStream(packed, CompressionMode.Decompress) : packed;
    }

    /// <summary>The path as it was given.</summary>
    public string Path { get; }

    /// <summary>Bytes read from the disk so far.</summary>
    public long BytesRead => _packed.BytesRead;

    /// <summary>The length of a file on disk in bytes, after checking that it is there and is a file.</summary>
    /// <exception cref="CorpusException">The path is empty, missing, or a folder.</exception>
    public static long Length(string path)
    {
        if (string.IsNullOrWhiteSpace(path))
            throw new CorpusException("An input file has an empty name; give the path of a text file.");
        if (Directory.Exists(path))
            throw new CorpusException($"The input '{path}' is a folder; give the text files in it one by one.");
        if (!File.Exists(path))
            throw new CorpusException($"The input file '{path}' does not exist; check the path.");
        return new FileInfo(path).Length;
    }

    /// <summary>Opens a file and decides by its first two bytes whether to unpack it.</summary>
    /// <exception cref="CorpusException">The file is missing, unreadable, empty, or named .gz without being gzip.</exception>
    public static CorpusFile Open(string path)
    {
        Length(path);
        try
        {
            FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 16, FileOptions.SequentialScan);
            return Wrap(path, new CountingStream(file));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new CorpusException($"The input file '{path}' cannot be read ({Reason(failure)}); check its permissions and the disk.", failure);
        }
    }

    /// <summary>Reads the next text into <paramref name="buffer"/>, nearly filling it; 0 means the end of the file.</summary>
    /// <exception cref="CorpusException">The disk fails, or the packed data are truncated or damaged.</exception>
    public int Fill(Span<byte> buffer)
    {
        if (_ended) return 0;
        try
        {
            // What might be the beginning of the end mark is held back until more is known.
            _held.AsSpan(0, _heldLength).CopyTo(buffer);
            int filled = _heldLength + _text.ReadAtLeast(buffer[_heldLength..], buffer.Length - _heldLength, throwOnEndOfStream: false);
            _ended = filled < buffer.Length;
            if (!_isGzip) return filled;
            if (_ended && !buffer[..filled].EndsWith(EndMark.Text)) throw Damaged(null);
            _heldLength = Math.Min(filled, _held.Length);
            buffer.Slice(filled - _heldLength, _heldLength).CopyTo(_held);
            return filled - _heldLength;
        }
        catch (Exception failure) when (_isGzip && failure is InvalidDataException or EndOfStreamException)
        {
            throw Damaged(failure);
        }
        catch (IOException failure)
        {
            throw new CorpusException($"Reading '{Path}' failed after {BytesRead} bytes ({Reason(failure)}); check the disk.", failure);
        }
    }

    public void Dispose()
    {
        _text.Dispose();
        _packed.Dispose();
    }

    private static CorpusFile Wrap(string path, CountingStream packed)
    {
        string? complaint = null;
        if (packed.IsEmpty)
            complaint = $"The input file '{path}' is empty; give a text of lower-case words.";
        else if (path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) && !packed.BeginsAsGzip)
            complaint = $"The input file '{path}' is named .gz but is not gzip; rename it if it is plain text, or fetch it again.";
        if (complaint is null) return new CorpusFile(path, packed);
        packed.Dispose();
        throw new CorpusException(complaint);
    }

    private CorpusException Damaged(Exception? cause)
    {
        string message = $"The gzip file '{Path}' is truncated or damaged near byte {BytesRead} of the packed file; fetch or pack it again.";
        return cause is null ? new CorpusException(message) : new CorpusException(message, cause);
    }

    private static string Reason(Exception failure) => failure.Message.TrimEnd('.').ReplaceLineEndings(" ");
}
