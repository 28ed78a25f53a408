namespace Qwem.Sim.Corpora;

/// <summary>A read-only view of a stream that counts what was read and shows the first bytes beforehand.</summary>
internal sealed class CountingStream : Stream
{
    private readonly Stream _inner;
    private readonly byte[] _first = new byte[Signatures.Longest];
    private readonly int _firstLength;
    private int _firstRead;
    private long _bytesRead;

    /// <summary>Reads a few bytes ahead of <paramref name="inner"/>, which it then owns.</summary>
    public CountingStream(Stream inner)
    {
        _inner = inner;
        _firstLength = inner.ReadAtLeast(_first, _first.Length, throwOnEndOfStream: false);
    }

    /// <summary>Bytes handed out so far; may be read from another thread.</summary>
    public long BytesRead => Volatile.Read(ref _bytesRead);

    /// <summary>The first bytes of the stream, as many as there are of <see cref="Signatures.Longest"/>.</summary>
    public ReadOnlySpan<byte> First => _first.AsSpan(0, _firstLength);

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        int read;
        if (_firstRead < _firstLength)
        {
            read = Math.Min(buffer.Length, _firstLength - _firstRead);
            _first.AsSpan(_firstRead, read).CopyTo(buffer);
            _firstRead += read;
        }
        else
        {
            read = _inner.Read(buffer);
        }
        Volatile.Write(ref _bytesRead, _bytesRead + read);
        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <summary>Skips bytes without reading them; false where the stream cannot, or still holds its first bytes.</summary>
    public bool TrySkip(long count)
    {
        if (!_inner.CanSeek || _firstRead < _firstLength) return false;
        _inner.Seek(count, SeekOrigin.Current);
        Volatile.Write(ref _bytesRead, _bytesRead + count);
        return true;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) _inner.Dispose();
        base.Dispose(disposing);
    }
}
