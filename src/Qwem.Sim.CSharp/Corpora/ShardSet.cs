namespace Qwem.Sim.Corpora;

/// <summary>Which shards of a counting a partial file holds.</summary>
/// <remarks>
/// Every word of the corpus belongs to one of n shards, and so does every pair of words: to the shard of its first word. The shards of a
/// text are about equal in bytes, cut between words (between lines where lines matter); those of a parsed or prepared corpus are about equal
/// in words. A document may be cut: its pairs across the cut are counted once, by the shard before the cut, which reads on for them.
/// </remarks>
public sealed record ShardSet
{
    /// <summary>Largest number of shards.</summary>
    public const int MostShards = 65_536;

    /// <summary>A set of shards.</summary>
    /// <param name="count">n, 1 .. 65,536.</param>
    /// <param name="held">The numbers k of the shards held, 1 .. n, ascending, at least one.</param>
    /// <param name="corpus">What identifies the whole and the way it is cut: 64 hexadecimal digits.</param>
    /// <exception cref="ArgumentException">A number is outside its range or out of order, or the digits are not 64.</exception>
    internal ShardSet(int count, IReadOnlyList<int> held, string corpus)
    {
        ArgumentNullException.ThrowIfNull(held);
        ArgumentNullException.ThrowIfNull(corpus);
        if (count is < 1 or > MostShards) throw new ArgumentException($"The number of shards {count} is outside 1 .. {MostShards}.");
        if (held.Count == 0) throw new ArgumentException("No shard is held.");
        int last = 0;
        foreach (int shard in held)
        {
            if (shard <= last || shard > count) throw new ArgumentException($"Shard {shard} after shard {last} of {count} is not possible.");
            last = shard;
        }
        if (corpus.Length != 64 || !corpus.All(char.IsAsciiHexDigitLower)) throw new ArgumentException("The corpus is not named by 64 hexadecimal digits.");
        Count = count;
        Held = [.. held];
        Corpus = corpus;
    }

    /// <summary>n, the number of shards of the whole.</summary>
    public int Count { get; }

    /// <summary>The numbers k of the shards held, ascending.</summary>
    public IReadOnlyList<int> Held { get; }

    /// <summary>What identifies the whole, its vocabulary and the way it is cut: 64 lower-case hexadecimal digits.</summary>
    public string Corpus { get; }

    /// <summary>Whether all shards are held.</summary>
    public bool IsComplete => Held.Count == Count;

    /// <summary>The shards that are not held, ascending.</summary>
    public IEnumerable<int> Missing => Enumerable.Range(1, Count).Except(Held);

    /// <summary>Numbers as ranges, for messages: "1-3, 7".</summary>
    /// <param name="numbers">Ascending.</param>
    public static string Ranges(IEnumerable<int> numbers)
    {
        ArgumentNullException.ThrowIfNull(numbers);
        List<(int First, int Last)> ranges = [];
        foreach (int number in numbers)
        {
            if (ranges.Count > 0 && ranges[^1].Last + 1 == number) ranges[^1] = (ranges[^1].First, number);
            else ranges.Add((number, number));
        }
        return string.Join(", ", ranges.Select(range => range.First == range.Last ? $"{range.First}" : $"{range.First}-{range.Last}"));
    }

    /// <summary>Whether two sets have the same shards of the same whole.</summary>
    /// <param name="other">The other set, or null.</param>
    public bool Equals(ShardSet? other) =>
        other is not null && Count == other.Count && Corpus == other.Corpus && Held.SequenceEqual(other.Held);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Count, Corpus, Held.Count);
}
