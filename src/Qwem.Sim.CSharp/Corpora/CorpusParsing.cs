using System.IO.Hashing;
using Qwem.Sim.Threading;

namespace Qwem.Sim.Corpora;

/// <summary>One parsing of several texts: cuts batches into pieces, lets a team parse them, and joins what comes out in order.</summary>
/// <remarks>Every worker has its own table of types; ids of different tables are compared only in the ranking, so the result does not depend on the team.</remarks>
internal sealed class CorpusParsing
{
    private const int LargestTeam = 16;

    private readonly CorpusConvention _convention;
    private readonly ParsingLengths _lengths;
    private readonly WorkerTeam _team;
    private readonly CancellationToken _cancellation;
    private readonly PieceParser[] _parsers;
    private readonly BatchBuffers _buffers;
    private readonly DocumentCollector _collected;
    private readonly Action<int> _work;
    private readonly List<long> _textLengths = [];
    private readonly XxHash128 _hash = new();
    private readonly List<Piece> _pieces = [];
    private ParsedPiece?[] _parsed = [];
    private TextFault?[] _faults = [];
    private byte[] _batch = [];
    private TextFormat _format;
    private int _next;

    /// <summary>Begins a parsing.</summary>
    /// <param name="convention">What words and documents are.</param>
    /// <param name="lengths">In what portions to work.</param>
    /// <param name="team">The threads.</param>
    /// <param name="words">Words that are known beforehand: in the table of every worker their indices are their ids; or null.</param>
    /// <param name="keepsPieces">Whether the pieces are wanted afterwards, or only their words.</param>
    /// <param name="cancellation">Ends the work early.</param>
    public CorpusParsing(
        CorpusConvention convention, ParsingLengths lengths, WorkerTeam team, IReadOnlyList<string>? words, bool keepsPieces, CancellationToken cancellation)
    {
        _convention = convention;
        _lengths = lengths;
        _team = team;
        _cancellation = cancellation;
        _parsers = new PieceParser[Math.Min(team.Size, LargestTeam)];
        for (int index = 0; index < _parsers.Length; index++) _parsers[index] = new PieceParser(convention, words ?? []);
        _buffers = new BatchBuffers(lengths.BatchPerThread * _parsers.Length);
        _collected = new DocumentCollector(convention.MinimumDocumentLength, keepsPieces);
        _work = Work;
    }

    /// <summary>What was parsed so far.</summary>
    public DocumentCollector Collected => _collected;

    /// <summary>The tables of the workers, in which all words met so far are.</summary>
    public IEnumerable<WordTable> Tables => _parsers.Select(parser => parser.Table);

    /// <summary>The length of every text read so far, in bytes as it was unpacked.</summary>
    public IReadOnlyList<long> TextLengths => _textLengths;

    /// <summary>The XXH128 of all texts read so far, one behind the other, in lower-case hexadecimal digits.</summary>
    public string TextHash => Convert.ToHexStringLower(_hash.GetCurrentHash());

    /// <summary>Reads one text to its end and returns whether it was one; an archive's entry that is no text is passed over.</summary>
    /// <exception cref="CorpusException">The text is damaged or not of the expected form.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public bool Read(TextStream text, Action<long> progress)
    {
        using BatchReader batches = new(text, _buffers, _hash);
        int length = batches.Next(_cancellation);
        ReadOnlySpan<byte> first = batches.Batch.AsSpan(0, length);
        bool isStrict = _convention.Normalisation == Normalisation.Strict;
        bool isText = true;
        if (!isStrict && Signatures.WhyNoText(first) is string reason)
        {
            if (!text.IsEntry) throw new CorpusException($"The input '{text.Name}' {reason}.");
            PassOver(batches);
            isText = false;
        }
        else
        {
            int mark = isStrict ? 0 : Signatures.ByteOrderMark(first);
            _format = Signatures.Format(_convention, first);
            ReadBatches(text, batches, length, mark, new TextPlace(text.Name, 0), progress);
        }
        _textLengths.Add(batches.TextLength);
        return isText;
    }

    /// <summary>Reads the current part of a text that is read in parts; what was open behind the part before goes on.</summary>
    /// <exception cref="CorpusException">The text is damaged or not of the expected form.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public void ReadPart(DividedText text, Action<long> progress)
    {
        _format = text.Format;
        int mark = text.Position == 0 ? text.MarkLength : 0;
        TextPlace place = new(text.Name, text.Position);
        using BatchReader batches = new(text, _buffers);
        ReadBatches(text, batches, batches.Next(_cancellation), mark, place, progress);
    }

    private void ReadBatches(TextStream text, BatchReader batches, int length, int mark, TextPlace place, Action<long> progress)
    {
        TextBreaks breaks = new(_format, _convention.Normalisation);
        bool beginsLine = true;
        while (true)
        {
            int cut = batches.IsLast ? length : breaks.Last(batches.Batch.AsSpan(0, length));
            if (cut == 0 && breaks.KeepsLines && length >= BatchReader.LongestBatch)
                throw place.Failure($"has a line of {BatchReader.LongestBatch} bytes or more", 0, [], "split it");
            // A word that is longer than a batch is parsed, so that it is refused with its place.
            if (cut == 0 && !breaks.KeepsLines && length > WordScanner.LongestWord) cut = length;
            if (!batches.IsLast) batches.ContinueFrom(batches.Batch.AsSpan(cut, length - cut));
            bool endsText = batches.IsLast && text.EndsHere;
            if (cut > 0 || endsText)
            {
                Parse(batches.Batch, mark, cut, breaks, place, ref beginsLine, endsText);
                mark = 0;
            }
            progress(text.BytesRead);
            if (batches.IsLast)
            {
                if (endsText) _collected.EndText();
                return;
            }
            length = batches.Next(_cancellation);
        }
    }

    /// <summary>Reads what is no text to its end: where damage made it look so, the checksum at its end detects that.</summary>
    private void PassOver(BatchReader batches)
    {
        while (!batches.IsLast)
        {
            batches.ContinueFrom([]);
            batches.Next(_cancellation);
        }
    }

    private void Parse(byte[] batch, int start, int length, TextBreaks breaks, TextPlace place, ref bool beginsLine, bool endsText)
    {
        _pieces.Clear();
        ReadOnlySpan<byte> text = batch.AsSpan(0, length);
        do
        {
            int end = breaks.Next(text, start + _lengths.Piece);
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
            _collected.Add(_parsed[index]!);
        }
        // Parsing overwrites no newlines.
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
