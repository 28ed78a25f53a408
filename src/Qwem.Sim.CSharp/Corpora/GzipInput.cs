namespace Qwem.Sim.Corpora;

/// <summary>The bytes of a gzip file as they are passed to the unpacker: followed by <see cref="EndMark.Packed"/>, and with the zeros at the end one at a time.</summary>
/// <remarks>
/// gzip allows zeros behind the last member (tapes and block devices fill up with them), but the last bytes of a member may be zeros, too. So the
/// zeros at the end of the file are handed out one at a time: the unpacker asks for the next one as long as its member lacks bytes, and
/// stops at the first that belongs to none.
/// </remarks>
internal sealed class GzipInput(Stream packed) : Stream
{
    private readonly byte[] _chunk = new byte[1 << 14];
    private int _begin, _end;
    private long _zerosBefore, _zerosAfter;
    private bool _zeroHandedOut, _markHandedOut;

    /// <summary>Whether an unpacker that asks for nothing more has met the padding, and nothing but padding is left.</summary>
    public bool EndsInPadding => _zeroHandedOut && !_markHandedOut;

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
        if (buffer.IsEmpty) return 0;
        while (_zerosBefore == 0 && _begin == _end)
        {
            int read = packed.Read(_chunk);
            if (read == 0) return AtEnd(buffer);
            int length = _chunk.AsSpan(0, read).LastIndexOfAnyExcept((byte)0) + 1;
            if (length == 0)
            {
                _zerosAfter += read;
                continue;
            }
            (_begin, _end, _zerosBefore, _zerosAfter) = (0, length, _zerosAfter, read - length);
        }
        int count = (int)Math.Min(buffer.Length, _zerosBefore > 0 ? _zerosBefore : _end - _begin);
        if (_zerosBefore > 0)
        {
            buffer[..count].Clear();
            _zerosBefore -= count;
            return count;
        }
        _chunk.AsSpan(_begin, count).CopyTo(buffer);
        _begin += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private int AtEnd(Span<byte> buffer)
    {
        if (_zerosAfter > 0)
        {
            _zeroHandedOut = true;
            _zerosAfter--;
            buffer[0] = 0;
            return 1;
        }
        if (_markHandedOut || buffer.Length < EndMark.Packed.Length) return 0;
        _markHandedOut = true;
        EndMark.Packed.CopyTo(buffer);
        return EndMark.Packed.Length;
    }
}
