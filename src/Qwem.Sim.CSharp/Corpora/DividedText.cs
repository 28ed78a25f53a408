namespace Qwem.Sim.Corpora;

/// <summary>A text that is read in parts: each ends at the first place at or behind a given byte where words (or lines, where they matter) are apart.</summary>
/// <remarks>
/// Such a place depends only on the bytes from the given one on, so that a reader of the part before it and a reader of the part behind it find the same one. What is before the
/// first part is skipped: by moving in a file, by unpacking without parsing in an archive or a pipe.
/// </remarks>
internal sealed class DividedText : TextStream
{
    // Enough to detect the format of the text.
    private const int HeadLength = 1 << 16;

    /// <summary>Bytes asked for beyond the end of a part, where the next word probably ends.</summary>
    private const int Margin = 1 << 12;

    private readonly TextStream _text;
    private readonly long _length;
    private readonly TextBreaks _breaks;
    private byte[] _held = new byte[HeadLength];
    private int _heldStart;
    private int _heldEnd;
    private long _end;
    private bool _partEnded;

    /// <summary>A text from its beginning on.</summary>
    /// <param name="text">The text, which is closed with this one.</param>
    /// <param name="length">Its length in bytes.</param>
    /// <param name="convention">What its words are.</param>
    /// <exception cref="CorpusException">It cannot be read, or is no text and no entry of an archive.</exception>
    public DividedText(TextStream text, long length, CorpusConvention convention)
    {
        _text = text;
        _length = length;
        _heldEnd = text.Fill(_held);
        Unpacked = _heldEnd;
        ReadOnlySpan<byte> first = _held.AsSpan(0, _heldEnd);
        bool isStrict = convention.Normalisation == Normalisation.Strict;
        string? reason = isStrict ? null : Signatures.WhyNoText(first);
        if (reason is not null && !text.IsEntry) throw new CorpusException($"The input '{text.Name}' {reason}.");
        IsText = reason is null;
        MarkLength = isStrict ? 0 : Signatures.ByteOrderMark(first);
        Format = Signatures.Format(convention, first);
        _breaks = new TextBreaks(Format, convention.Normalisation);
    }

    /// <summary>False for an entry of an archive that is no text.</summary>
    public bool IsText { get; }

    /// <summary>What the text is.</summary>
    public TextFormat Format { get; }

    /// <summary>Bytes at the beginning of the text that only say that it is UTF-8.</summary>
    public int MarkLength { get; }

    /// <summary>Where the next part begins.</summary>
    public long Position { get; private set; }

    /// <summary>Bytes that were read or unpacked.</summary>
    public long Unpacked { get; private set; }

    /// <summary>Bytes that were handed out in parts.</summary>
    public long HandedOut { get; private set; }

    public override string Name => _text.Name;

    public override long BytesRead => _text.BytesRead;

    public override bool EndsHere => Position == _length;

    public override bool IsReadInParts => true;

    /// <summary>Goes on to the first place at or behind a byte where a part may begin; to the end of the text where there is none.</summary>
    /// <exception cref="CorpusException">The text cannot be read, or is shorter than it should be.</exception>
    public void SkipTo(long place, CancellationToken cancellation)
    {
        if (place <= Position) return;
        byte[] scratch = GC.AllocateUninitializedArray<byte>(1 << 18);
        // Where the byte before is such a place, the part begins with this byte.
        for (long before = place - 1; ;)
        {
            cancellation.ThrowIfCancellationRequested();
            if (_heldStart == _heldEnd && before > Position && _text.TrySkip(before - Position)) Position = before;
            int taken = Take(scratch.AsSpan(0, (int)Math.Min(scratch.Length, Math.Max(before - Position, 0) + Margin)));
            if (taken == 0)
            {
                if (Position != _length) throw OtherLength(Position);
                return;
            }
            int cut = before < Position + taken ? _breaks.First(scratch.AsSpan(0, taken), (int)Math.Max(0, before - Position)) : 0;
            if (cut > 0) Hold(scratch.AsSpan(cut, taken - cut));
            Advance(cut > 0 ? cut : taken);
            if (cut > 0) return;
        }
    }

    /// <summary>Begins a part that ends at the first place at or behind a byte; where that was passed already, with nothing in it.</summary>
    public void Until(long place)
    {
        _end = place;
        _partEnded = place <= Position;
    }

    public override int Fill(Span<byte> buffer)
    {
        if (_partEnded)
        {
            // The checksum of a packed text is at its end.
            if (Position == _length && Take(stackalloc byte[BatchBuffers.LeastRoom]) > 0) throw OtherLength(Position + 1);
            return 0;
        }
        int room = (int)Math.Min(buffer.Length, Math.Min(Math.Max(_end - Position, 0), int.MaxValue - Margin) + Margin);
        int taken = Take(buffer[..room]);
        if (taken == 0)
        {
            _partEnded = true;
            return Position == _length ? 0 : throw OtherLength(Position);
        }
        int cut = _end - 1 < Position + taken ? _breaks.First(buffer[..taken], (int)Math.Max(0, _end - 1 - Position)) : 0;
        if (cut > 0)
        {
            Hold(buffer[cut..taken]);
            _partEnded = true;
            taken = cut;
        }
        HandedOut += taken;
        Advance(taken);
        return taken;
    }

    public override void Dispose() => _text.Dispose();

    private int Take(Span<byte> buffer)
    {
        if (_heldStart == _heldEnd)
        {
            int filled = _text.Fill(buffer);
            Unpacked += filled;
            return filled;
        }
        int taken = Math.Min(buffer.Length, _heldEnd - _heldStart);
        _held.AsSpan(_heldStart, taken).CopyTo(buffer);
        _heldStart += taken;
        return taken;
    }

    /// <summary>Puts back what was taken beyond the end of the part, before what is still held.</summary>
    private void Hold(ReadOnlySpan<byte> rest)
    {
        if (_heldStart < rest.Length)
        {
            int left = _heldEnd - _heldStart;
            byte[] larger = new byte[Math.Max(_held.Length, rest.Length + left)];
            _held.AsSpan(_heldStart, left).CopyTo(larger.AsSpan(rest.Length));
            (_held, _heldStart, _heldEnd) = (larger, rest.Length, rest.Length + left);
        }
        _heldStart -= rest.Length;
        rest.CopyTo(_held.AsSpan(_heldStart));
    }

    private void Advance(int count)
    {
        Position += count;
        if (Position > _length) throw OtherLength(Position);
    }

    private CorpusException OtherLength(long found) => new(
        $"The text of '{Name}' has {(found > _length ? "more than" : "only")} {Math.Min(found, _length)} bytes where {_length} were expected: it was changed, " +
        "or the vocabulary file is of another text; make the vocabulary of this text first.");
}
