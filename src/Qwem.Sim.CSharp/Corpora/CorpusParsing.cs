using Qwem.Sim.Threading;

namespace Qwem.Sim.Corpora;

/// <summary>One parsing of several texts: cuts batches into pieces, lets a team parse them, and joins what comes out in order.</summary>
/// <remarks>Every worker has its own table of types; ids of different tables meet only in the ranking, so the result does not depend on the team.</remarks>
internal sealed class CorpusParsing
{
    private const int LargestTeam = 16;

    private readonly CorpusConvention _convention;
    private readonly ParsingLengths _lengths;
    private readonly WorkerTeam _team;
    private readonly CancellationToken _cancellation;
    private readonly PieceParser[] _parsers;
    private readonly BatchBuffers _buffers;
    private readonly ArticleLedger _ledger;
    private readonly Action<int> _work;
    private readonly List<Piece> _pieces = [];
    private ParsedPiece?[] _parsed = [];
    private TextFault?[] _faults = [];
    private byte[] _batch = [];
    private TextFormat _format;
    private int _next;

    /// <summary>Begins a parsing.</summary>
    public CorpusParsing(CorpusConvention convention, ParsingLengths lengths, WorkerTeam team, CancellationToken cancellation)
    {
        _convention = convention;
        _lengths = lengths;
        _team = team;
        _cancellation = cancellation;
        _parsers = new PieceParser[Math.Min(team.Size, LargestTeam)];
        for (int index = 0; index < _parsers.Length; index++) _parsers[index] = new PieceParser(convention);
        _buffers = new BatchBuffers(lengths.BatchPerThread * _parsers.Length);
        _ledger = new ArticleLedger(convention.MinimumArticleLength);
        _work = Work;
    }

    /// <summary>What was parsed so far.</summary>
    public ArticleLedger Ledger => _ledger;

    /// <summary>Reads one text to its end and returns whether it was one; an archive's entry that is no text is passed over.</summary>
    /// <exception cref="CorpusException">The text is damaged or not of the expected form.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public bool Read(TextStream text, Action<long> progress)
    {
        using BatchReader batches = new(text, _buffers);
        Cuts? cuts = null;
        TextPlace place = new(text.Name);
        bool beginsLine = true;
        int mark = 0;
        do
        {
            int length = batches.Next(_cancellation);
            if (cuts is null)
            {
                if (_convention.Normalisation != Normalisation.Strict && Signatures.WhyNoText(batches.Batch.AsSpan(0, length)) is string reason)
                    return text.IsEntry ? PassOver(batches) : throw new CorpusException($"The input '{text.Name}' {reason}.");
                if (_convention.Normalisation != Normalisation.Strict) mark = Signatures.ByteOrderMark(batches.Batch.AsSpan(0, length));
                _format = _convention.Format == TextFormat.Detected ? Signatures.Format(batches.Batch.AsSpan(mark, length - mark)) : _convention.Format;
                cuts = new Cuts(_format, _convention.Normalisation);
            }
            int cut = batches.IsLast ? length : cuts.Last(batches.Batch.AsSpan(0, length));
            if (cut == 0 && cuts.KeepsLines && length >= BatchReader.LongestBatch)
                throw place.Failure($"has a line of {BatchReader.LongestBatch} bytes or more", 0, [], "split it");
            // A word that no batch could end is parsed, so as to be refused where it stands.
            if (cut == 0 && !cuts.KeepsLines && length > WordScanner.LongestWord) cut = length;
            if (!batches.IsLast) batches.ContinueFrom(batches.Batch.AsSpan(cut, length - cut));
            if (cut > 0 || batches.IsLast)
            {
                Parse(batches.Batch, mark, cut, cuts, place, ref beginsLine, batches.IsLast);
                mark = 0;
            }
            progress(text.BytesRead);
        }
        while (!batches.IsLast);
        _ledger.EndText();
        return true;
    }

    /// <summary>Reads what is no text to its end: if it was one before it was damaged, the checksum behind it says so.</summary>
    private bool PassOver(BatchReader batches)
    {
        while (!batches.IsLast)
        {
            batches.ContinueFrom([]);
            batches.Next(_cancellation);
        }
        return false;
    }

    private void Parse(byte[] batch, int start, int length, Cuts cuts, TextPlace place, ref bool beginsLine, bool endsText)
    {
        _pieces.Clear();
        ReadOnlySpan<byte> text = batch.AsSpan(0, length);
        do
        {
            int end = cuts.Next(text, start + _lengths.Piece);
            _pieces.Add(new Piece(start, end, beginsLine, endsText && end == length));
            if (end > start) beginsLine = batch[end - 1] == '\n';
            start = end;
        }
        while (start < length);
        if (_parsed.Length < _pieces.Count)
        {
            _parsed = new ParsedPiece?[_pieces.Count];
            _faults = new TextFault?[_pieces.Count];
        }
        _batch = batch;
        _next = 0;
        _team.Run(_parsers.Length, _work);
        for (int index = 0; index < _pieces.Count; index++)
        {
            if (_faults[index] is TextFault fault) throw place.Failure(fault.Complaint, fault.Position, text, fault.Remedy);
            _ledger.Add(_parsed[index]!);
        }
        // What parsing overwrote were no newlines.
        place.Advance(text);
    }

    /// <summary>Takes pieces until none is left; after a fault only the pieces before it still matter, and they are taken already.</summary>
    private void Work(int worker)
    {
        while (true)
        {
            int index = Interlocked.Increment(ref _next) - 1;
            if (index >= _pieces.Count) return;
            _cancellation.ThrowIfCancellationRequested();
            try
            {
                _parsed[index] = _parsers[worker].Parse(_format, _batch, _pieces[index]);
            }
            catch (TextFault fault)
            {
                _faults[index] = fault;
                Volatile.Write(ref _next, _pieces.Count);
                return;
            }
        }
    }
}
