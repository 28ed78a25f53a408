using System.Security.Cryptography;
using System.Text;
using Qwem.Sim.Threading;

namespace Qwem.Sim.Corpora;

/// <summary>Reads one share of texts for a vocabulary that is known: nothing before it is parsed, and behind it only what its last windows reach.</summary>
/// <remarks>
/// The shares are equal in bytes of all texts together; each is moved to the next place between two words (or lines, see <see cref="DividedText"/>). A document
/// may be cut. Whether one that is cut is long enough to be kept depends on words on both sides; so the reading begins a little before the share, and again
/// further before if that did not decide it.
/// </remarks>
internal sealed class ShareReader(
    InputTexts texts,
    GivenWords given,
    CorpusConvention convention,
    ParsingLengths lengths,
    WorkerTeam team,
    IProgress<WorkProgress>? progress,
    CancellationToken cancellation)
{
    /// <summary>Bytes before the share that are read for every word a document must have: ten times what English needs.</summary>
    private const int BytesPerWord = 64;

    private const int FirstContext = 1 << 12, LargestContext = 1 << 22;

    private long _unpackedBefore;
    private long _parsedBefore;
    private long _shareLength;

    /// <summary>The token stream of a share, or of all texts.</summary>
    /// <param name="shard">Which share; null for all texts.</param>
    /// <param name="halfWidth">L.</param>
    /// <param name="rule">What becomes of words outside the vocabulary.</param>
    /// <exception cref="CorpusException">A text is damaged, or not the one it should be; or there are more tokens than one array holds.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public TokenCorpus Read(Shard? shard, int halfWidth, OutOfVocabularyRule rule)
    {
        for (long before = convention.MinimumDocumentLength == 1 ? 0 : convention.MinimumDocumentLength * BytesPerWord; ; before *= 8)
        {
            if (TryRead(shard ?? new Shard(1, 1), before, halfWidth, rule, shard is null or { Count: 1 } ? null : Shards(shard.Value)) is TokenCorpus corpus) return corpus;
        }
    }

    /// <summary>Null where more before the share must be read.</summary>
    private TokenCorpus? TryRead(Shard shard, long before, int halfWidth, OutOfVocabularyRule rule, ShardSet? shards)
    {
        CorpusParsing parsing = new(convention, lengths, team, given.Words, keepsPieces: true, cancellation);
        (long start, long end) = shard.Of(texts.Lengths.Sum(length => length.Text));
        _shareLength = end - start;
        int ownStart = 0, ownEnd = 0;
        long textStart = 0;
        int text = 0;
        for (int file = 0; file < texts.Files.Count; text += texts.TextsOfFile[file++])
        {
            long fileLength = texts.Lengths.Skip(text).Take(texts.TextsOfFile[file]).Sum(length => length.Text);
            if (textStart >= end) break;
            if (textStart + fileLength <= start)
            {
                textStart += fileLength;
                continue;
            }
            int index = text;
            foreach (TextStream stream in CorpusFile.Texts(texts.Files[file], cancellation))
            {
                using (stream)
                {
                    if (index == text + texts.TextsOfFile[file])
                        throw new CorpusException($"The input '{texts.Files[file].Name}' has more texts than before; was it changed meanwhile?");
                    long length = texts.Lengths[index++].Text;
                    if (textStart < end && textStart + length > start)
                    {
                        using DividedText divided = new(stream, length, convention);
                        if (divided.IsText) (ownStart, ownEnd) = Parts(parsing, divided, Math.Max(0, start - textStart), end - textStart, length, before, halfWidth, ownStart, rule);
                        _unpackedBefore += divided.Unpacked;
                        _parsedBefore += divided.HandedOut;
                    }
                    textStart += length;
                }
            }
        }
        if (parsing.Collected.IsUndecided && before < start) return null;
        ParsedPieces pieces = new(parsing.Collected.Pieces);
        int types = parsing.Tables.Max(table => table.Count);
        CorpusShare share = new(shards, halfWidth, texts.AreCounted ? given.Counts : null, _unpackedBefore, _parsedBefore);
        return Encoder(pieces, types, rule).Encode(
            new UnitPlace(ownStart, 0), new UnitPlace(ownEnd, 0), new UnitPlace(pieces.Count, 0), halfWidth + 1, share, types, team, cancellation);
    }

    /// <summary>Reads what a text has of the share; returns where the pieces of the share begin and end.</summary>
    private (int Start, int End) Parts(
        CorpusParsing parsing, DividedText text, long from, long to, long length, long before, int halfWidth, int ownStart, OutOfVocabularyRule rule)
    {
        void Read(long until)
        {
            text.Until(until);
            parsing.ReadPart(text, _ => progress?.Report(new WorkProgress(_parsedBefore + text.HandedOut, _shareLength)));
        }

        if (from > 0)
        {
            bool isDocuments = text.Format == TextFormat.JsonLines;
            text.SkipTo(isDocuments ? from : Math.Max(0, from - before), cancellation);
            if (!isDocuments && text.Position > 0) parsing.Collected.BeginInside();
            if (text.Position < from) Read(from);
            parsing.Collected.BeginShare();
            ownStart = parsing.Collected.Pieces.Count;
        }
        Read(to >= length ? long.MaxValue : to);
        int ownEnd = parsing.Collected.Pieces.Count;
        for (long size = FirstContext; to < length && !text.EndsHere && parsing.Collected.OpenWords > 0; size = Math.Min(2 * size, LargestContext))
        {
            if (parsing.Collected.OpenWords >= convention.MinimumDocumentLength && HasContext(parsing, ownEnd, halfWidth + 1, rule)) break;
            Read(text.Position + size);
        }
        return (ownStart, ownEnd);
    }

    private bool HasContext(CorpusParsing parsing, int ownEnd, int reach, OutOfVocabularyRule rule)
    {
        ParsedPieces pieces = new(parsing.Collected.Pieces);
        return Encoder(pieces, parsing.Tables.Max(table => table.Count), rule)
            .Follow(new UnitPlace(ownEnd, 0), new UnitPlace(pieces.Count, 0), reach, withinDocument: true, cancellation).IsComplete;
    }

    private ShareEncoder Encoder(ParsedPieces pieces, int types, OutOfVocabularyRule rule) =>
        new(pieces, given.Words, ShareEncoder.IdOfRank([.. Enumerable.Range(0, given.Words.Length)], types, rule), rule);

    private ShardSet Shards(Shard shard) => new(
        shard.Count,
        [shard.Number],
        Identity("bytes", convention, texts.AreCounted ? given.Text!.Hash : "unknown", texts.Lengths));

    /// <summary>What identifies a corpus and the way it is cut: 64 hexadecimal digits.</summary>
    public static string Identity(string cut, CorpusConvention convention, string hash, IEnumerable<TextLength> lengths) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
            $"{cut}\n{convention.Summary}\n{convention.Format}\n{hash}\n{string.Join(' ', lengths.Select(length => length.Text))}")));
}
