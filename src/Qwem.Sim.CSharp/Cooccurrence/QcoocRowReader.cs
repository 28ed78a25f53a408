using System.Text;
using Qwem.Sim.Corpora;
using Qwem.Sim.IO;

namespace Qwem.Sim.Cooccurrence;

/// <summary>Reads a <c>.qcooc</c> file row by row, partial ones too; contradictions are refused with their place.</summary>
/// <remarks>
/// No allocation depends on a length that the file states: arrays grow with the content that was read. The rows are to be
/// trusted only when <see cref="Finish"/> has returned.
/// </remarks>
internal sealed class QcoocRowReader : IDisposable
{
    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly QcoocBlock _blocks;
    private readonly Stream? _own;
    private readonly string _name;
    private int _position;
    private bool _ended;
    private int _row;
    private long _pairsLeft;

    /// <summary>Reads up to the first row.</summary>
    /// <param name="stream">Where from, from where it stands.</param>
    /// <param name="name">The source's name in messages.</param>
    /// <param name="owned">Whether to close the stream.</param>
    /// <exception cref="FileFormatException">The content is truncated, altered, foreign or of another version.</exception>
    public QcoocRowReader(Stream stream, string name, bool owned = false)
    {
        _name = name;
        _own = owned ? stream : null;
        try
        {
            _blocks = new QcoocBlock(stream, name);
            Convention = ReadConvention();
            if (IsPart) Texts = (int)Number(1, int.MaxValue, "number of countings added");
            Shards = _blocks.Version == QcoocFormat.Version ? null : ReadShards();
            (Words, WordCounts) = ReadVocabulary();
            WholeCounts = IsPart && Shards is not null && Number(0, 1, "sign that whole counts follow") == 1 ? ReadWholeCounts() : null;
            if (IsPart && Shards is null && Texts == 1 && !LacksWords) throw Contradiction("it is neither a part nor a sum");
            if (IsPart && Shards is not null && Texts > 1) throw Contradiction("it holds both shards and a sum");
            _pairsLeft = DistinctPairs = Number(0, long.MaxValue, "number of pairs");
        }
        catch (Exception failure) when (failure is ArgumentException or OverflowException)
        {
            Dispose();
            throw Refusal(failure);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>What an entry means.</summary>
    public CountingConvention Convention { get; }

    /// <summary>Which shards the file holds; null for all.</summary>
    public ShardSet? Shards { get; }

    /// <summary>How many countings were added.</summary>
    public int Texts { get; } = 1;

    /// <summary>Whether some words of the vocabulary do not occur, and more than shards were counted.</summary>
    public bool LacksWords => Shards is null && WordCounts.Contains(0);

    /// <summary>Whether <see cref="WordCounts"/> are those of the whole corpus although the file holds shards only.</summary>
    public bool CountsWholeWords => _blocks.Version == QcoocFormat.PartialVersion;

    /// <summary>Occurrences of each word in the whole corpus, where the file holds shards and has these counts.</summary>
    public long[]? WholeCounts { get; }

    /// <summary>The vocabulary.</summary>
    public string[] Words { get; }

    /// <summary>Occurrences of each word; see <see cref="CountsWholeWords"/>.</summary>
    public long[] WordCounts { get; }

    /// <summary>Stored pairs, as the file says; verified by <see cref="Finish"/>.</summary>
    public long DistinctPairs { get; }

    /// <summary>Opens a file.</summary>
    /// <exception cref="FileFormatException">The file is truncated, altered, foreign or of another version.</exception>
    /// <exception cref="IOException">The file is missing or the disk fails.</exception>
    /// <exception cref="UnauthorizedAccessException">The file cannot be read, or is a folder.</exception>
    public static QcoocRowReader Open(string path) =>
        new(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan), path, owned: true);

    /// <summary>Reads the next row behind what the arrays hold, growing them when they are full, and returns its number of entries.</summary>
    /// <exception cref="FileFormatException">The content is truncated, altered or contradictory.</exception>
    public int NextRow(ref int[] columns, ref long[] counts, int filled = 0)
    {
        int size = Words.Length;
        int entries = (int)Number(0, Math.Min(size - _row, _pairsLeft), "number of entries of a row");
        int end = checked(filled + entries);
        int column = _row - 1;
        for (int entry = filled; entry < end; entry++)
        {
            if (entry == columns.Length) Array.Resize(ref columns, Larger(columns.Length));
            column += 1 + (int)Number(0, size - 2 - column, "column");
            columns[entry] = column;
        }
        if (counts.Length < columns.Length) Array.Resize(ref counts, columns.Length);
        for (int entry = filled; entry < end; entry++) counts[entry] = Positive();
        _row++;
        _pairsLeft -= entries;
        return entries;
    }

    /// <summary>Makes sure that nothing follows the last row and that the file is the one that was written; returns the content hash.</summary>
    /// <exception cref="FileFormatException">The file contradicts itself or a hash.</exception>
    public string Finish()
    {
        if (_pairsLeft != 0) throw Contradiction($"the rows hold {DistinctPairs - _pairsLeft} pairs instead of {DistinctPairs}");
        Refill();
        if (_position < _blocks.Content.Length) throw Contradiction("content follows the last row");
        return _blocks.Finish();
    }

    /// <summary>The refusal of a file whose parts, each read well, do not fit together.</summary>
    public FileFormatException Refusal(Exception cause) => new($"The file '{_name}' contradicts itself: {cause.Message}", cause);

    public void Dispose()
    {
        _blocks?.Dispose();
        _own?.Dispose();
    }

    private bool IsPart => _blocks.Version == QcoocFormat.PartVersion;

    private static int Larger(int length) => (int)Math.Min(Array.MaxLength, Math.Max(1 << 16, 2L * length));

    private CountingConvention ReadConvention()
    {
        int halfWidth = (int)Number(1, CountingConvention.LargestHalfWidth, "window half-width");
        WindowWeighting weighting = Known("weighting", CountingConvention.TextOf, WindowWeighting.Linear, WindowWeighting.Flat, WindowWeighting.Harmonic);
        OutOfVocabularyRule outside =
            Known("out-of-vocabulary rule", CountingConvention.TextOf, OutOfVocabularyRule.Removed, OutOfVocabularyRule.Masked);
        WindowEnds ends = Known("boundary rule", CountingConvention.TextOf, WindowEnds.Complete, WindowEnds.AuthorsTail);
        Known("self-pair rule", text => text, CountingConvention.SelfPairsCounted);
        return new CountingConvention(halfWidth, weighting, outside, ends);
    }

    private ShardSet? ReadShards()
    {
        int count = (int)Number(IsPart ? 0 : 2, ShardSet.MostShards, "number of shards");
        if (count == 0) return null;
        if (count == 1) throw Contradiction("the only shard of one is the whole");
        int[] held = new int[Number(1, count - 1, "number of shards held")];
        int last = 0;
        for (int index = 0; index < held.Length; index++) held[index] = last += 1 + (int)Number(0, count - last - 1, "shard");
        return new ShardSet(count, held, Text());
    }

    private (string[] Words, long[] Counts) ReadVocabulary()
    {
        int size = (int)Number(1, Array.MaxLength - 1, "vocabulary size");
        List<string> words = [];
        List<long> counts = [];
        for (int word = 0; word < size; word++)
        {
            words.Add(Text());
            counts.Add(IsPart ? Number(0, long.MaxValue, "count of a word") : Positive());
        }
        string[] all = [.. words];
        long[] allCounts = [.. counts];
        CountsChecker.CheckVocabulary(all, allCounts, IsPart ? 0 : 1);
        return (all, allCounts);
    }

    private long[] ReadWholeCounts()
    {
        long[] counts = new long[Words.Length];
        for (int word = 0; word < counts.Length; word++) counts[word] = Number(WordCounts[word], long.MaxValue, "count of a word in the whole corpus");
        return counts;
    }

    private T Known<T>(string what, Func<T, string> text, params ReadOnlySpan<T> known)
    {
        string found = Text();
        List<string> texts = [];
        foreach (T candidate in known)
        {
            if (string.Equals(found, text(candidate), StringComparison.Ordinal)) return candidate;
            texts.Add($"'{text(candidate)}'");
        }
        throw Contradiction($"the {what} is '{found}', and only {string.Join(", ", texts)} {(texts.Count == 1 ? "is" : "are")} known");
    }

    private string Text()
    {
        byte[] bytes = new byte[Number(1, CountsChecker.LongestWord, "length of a text")];
        for (int filled = 0; filled < bytes.Length;)
        {
            if (_position == _blocks.Content.Length) Refill();
            ReadOnlySpan<byte> found = _blocks.Content[_position..];
            if (found.IsEmpty) throw Contradiction("the content ends too early");
            found = found[..Math.Min(found.Length, bytes.Length - filled)];
            found.CopyTo(bytes.AsSpan(filled));
            filled += found.Length;
            _position += found.Length;
        }
        return s_utf8.GetString(bytes);
    }

    private long Positive()
    {
        ulong value = Number();
        if (value is 0 or > long.MaxValue) throw Contradiction($"the count {value} is not possible");
        return (long)value;
    }

    private long Number(long least, long most, string what)
    {
        ulong value = Number();
        if (most < least || value < (ulong)least || value > (ulong)most)
            throw Contradiction($"the {what} is {value}, outside {least} .. {most}");
        return (long)value;
    }

    private ulong Number()
    {
        if (_blocks.Content.Length - _position < Varint.Longest) Refill();
        return Varint.TryRead(_blocks.Content, ref _position, out ulong value)
            ? value
            : throw Contradiction(_position == _blocks.Content.Length ? "the content ends too early" : "a number has too many bytes");
    }

    /// <summary>Unpacks the next block, if there is one, behind what is left of the content.</summary>
    private void Refill()
    {
        if (_ended) return;
        _ended = !_blocks.Next(_position);
        if (!_ended) _position = 0;
    }

    private Exception Contradiction(string complaint) =>
        _blocks.Failure($"contradicts itself {_blocks.Place}: {complaint}");
}
