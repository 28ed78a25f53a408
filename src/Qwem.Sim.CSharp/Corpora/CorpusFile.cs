using System.IO.Compression;

namespace Qwem.Sim.Corpora;

/// <summary>One opened file (or standard input), plain or gzip.</summary>
internal sealed class CorpusFile : TextStream
{
    private readonly CountingStream _packed;
    private readonly Stream _text;
    private readonly GzipInput? _gzip;
    private readonly byte[] _held = new byte[EndMark.Text.Length];
    private int _heldLength;
    private bool _ended;

    private CorpusFile(string name, CountingStream packed)
    {
        Name = name;
        _packed = packed;
        _gzip = Signatures.IsGzip(packed.First) ? new GzipInput(packed) : null;
        _text = _gzip is null ? packed : new GZipStream(_gzip, CompressionMode.Decompress);
    }

    public override string Name { get; }

    public override long BytesRead => _packed.BytesRead;

    /// <summary>Opens an input and hands on its texts, one after the other: one, or for zip one an entry.</summary>
    /// <exception cref="CorpusException">The file is missing, unreadable, empty, or named like a packed file without being one.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static IEnumerable<TextStream> Texts(InputFile input, CancellationToken cancellation)
    {
        // A pipe may never deliver anything: the wait can be cancelled, and the stream is then abandoned.
        Task<CountingStream> opening = Task.Run(() => Open(input), CancellationToken.None);
        Task.WaitAny([opening], cancellation);
        CountingStream packed = opening.GetAwaiter().GetResult();
        if (packed.First.Length == 0 && !input.IsNamed)
        {
            packed.Dispose();
            yield break;
        }
        if (Complaint(input, packed.First) is string complaint)
        {
            packed.Dispose();
            throw new CorpusException(complaint);
        }
        if (Signatures.IsZip(packed.First))
        {
            packed.Dispose();
            foreach (TextStream entry in ZipText.Entries(input)) yield return entry;
            yield break;
        }
        yield return new CorpusFile(input.Name, packed);
    }

    /// <summary>Whether an input is a prepared corpus.</summary>
    /// <remarks>Only a file is examined: what is read from a pipe could not be read again.</remarks>
    /// <exception cref="CorpusException">The file is missing or unreadable.</exception>
    public static bool IsTokenFile(InputFile input) => input.Length > 0 && Signatures.IsTokenFile(FirstBytes(input));

    /// <summary>The first bytes of a file, which must not be a pipe.</summary>
    /// <exception cref="CorpusException">The file is missing or unreadable.</exception>
    public static byte[] FirstBytes(InputFile input)
    {
        using CountingStream packed = Open(input);
        return packed.First.ToArray();
    }

    public override int Fill(Span<byte> buffer)
    {
        if (_ended) return 0;
        try
        {
            // What might be the beginning of the end mark is held back until more is known.
            _held.AsSpan(0, _heldLength).CopyTo(buffer);
            int filled = _heldLength + _text.ReadAtLeast(buffer[_heldLength..], buffer.Length - _heldLength, throwOnEndOfStream: false);
            _ended = filled < buffer.Length;
            if (_gzip is null || (_ended && _gzip.EndsInPadding)) return filled;
            if (_ended && !buffer[..filled].EndsWith(EndMark.Text)) throw Damaged(null);
            _heldLength = Math.Min(filled, _held.Length);
            buffer.Slice(filled - _heldLength, _heldLength).CopyTo(_held);
            return filled - _heldLength;
        }
        catch (Exception failure) when (_gzip is not null && failure is InvalidDataException or EndOfStreamException)
        {
            throw Damaged(failure);
        }
        catch (IOException failure)
        {
            throw new CorpusException($"Reading '{Name}' failed after {BytesRead} bytes ({Reason(failure)}); check the disk.", failure);
        }
    }

    public override bool TrySkip(long count)
    {
        try
        {
            return _gzip is null && _packed.TrySkip(count);
        }
        catch (IOException failure)
        {
            throw new CorpusException($"Reading '{Name}' failed after {BytesRead} bytes ({Reason(failure)}); check the disk.", failure);
        }
    }

    public override void Dispose()
    {
        _text.Dispose();
        _packed.Dispose();
    }

    private static CountingStream Open(InputFile input)
    {
        try
        {
            return input.IsStandardInput
                ? (CountingStream)StandardInput.Open()
                : new CountingStream(new FileStream(input.Path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 16, FileOptions.SequentialScan));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new CorpusException($"The input '{input.Name}' cannot be read ({Reason(failure)}); check its permissions and the disk.", failure);
        }
    }

    private static string? Complaint(InputFile input, ReadOnlySpan<byte> first)
    {
        if (first.Length == 0) return $"The input '{input.Name}' is empty; give a text.";
        foreach ((string ending, bool isSo) in new[] { ("gz", Signatures.IsGzip(first)), ("zip", Signatures.IsZip(first)) })
        {
            if (!isSo && input.Path.EndsWith("." + ending, StringComparison.OrdinalIgnoreCase))
                return $"The input file '{input.Name}' is named .{ending} but is not {(ending == "gz" ? "gzip" : "zip")}; rename it if it is plain text, or fetch it again.";
        }
        return Signatures.IsZip(first) && input.Length == 0
            ? $"The input '{input.Name}' is zip in a pipe, but the table of contents of a zip file is at its end; save it to a file first."
            : null;
    }

    private CorpusException Damaged(Exception? cause)
    {
        string message = $"The gzip file '{Name}' is truncated or damaged near byte {BytesRead} of the packed file; fetch or pack it again.";
        return cause is null ? new CorpusException(message) : new CorpusException(message, cause);
    }
}
