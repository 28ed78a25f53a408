namespace Qwem.Sim.Cooccurrence;

/// <summary>Finds out whether partial files belong together and what they hold together.</summary>
internal static class ShardUnion
{
    /// <summary>The shards of all files.</summary>
    /// <exception cref="ShardException">A file is no shard, differs from the first one, or repeats a shard; or shards are missing and must not be.</exception>
    public static ShardSet Of(IReadOnlyList<string> paths, IReadOnlyList<QcoocRowReader> files, bool allowGaps)
    {
        Dictionary<int, string> holders = [];
        for (int index = 0; index < files.Count; index++)
        {
            if (files[index].Shards is not ShardSet shards)
                throw new ShardException($"The file '{paths[index]}' is not a shard: it holds the counts of a whole corpus; leave it out.");
            if (Difference(files[0], files[index]) is string difference)
                throw new ShardException($"The files '{paths[0]}' and '{paths[index]}' cannot be merged: {difference}; merge shards of one counting only.");
            foreach (int shard in shards.Held)
            {
                if (!holders.TryAdd(shard, paths[index]))
                    throw new ShardException($"Shard {shard} of {shards.Count} is in both '{holders[shard]}' and '{paths[index]}'; give it once.");
            }
        }
        ShardSet union = new(files[0].Shards!.Count, [.. holders.Keys.Order()], files[0].Shards!.Corpus);
        if (!union.IsComplete && !allowGaps)
        {
            throw new ShardException(
                $"Of {union.Count} shards these are missing: {ShardSet.Ranges(union.Missing)}; give them too, or allow a partial result and merge it further.");
        }
        return union;
    }

    private static string? Difference(QcoocRowReader first, QcoocRowReader other)
    {
        CountingConvention a = first.Convention, b = other.Convention;
        (string What, object One, object Two)[] rules =
        [
            ("window half-widths", a.WindowHalfWidth, b.WindowHalfWidth),
            ("weightings", a.Weighting, b.Weighting),
            ("out-of-vocabulary rules", a.OutOfVocabularyRule, b.OutOfVocabularyRule),
            ("boundary rules", a.BoundaryRule, b.BoundaryRule),
            ("numbers of shards", first.Shards!.Count, other.Shards!.Count),
            ("vocabulary sizes", first.Words.Length, other.Words.Length),
        ];
        foreach ((string what, object one, object two) in rules)
        {
            if (!one.Equals(two)) return $"their {what} differ, '{one}' and '{two}'";
        }
        for (int word = 0; word < first.Words.Length; word++)
        {
            if (first.Words[word] != other.Words[word])
                return $"their vocabularies differ at word {word}, '{first.Words[word]}' and '{other.Words[word]}'";
            if (first.WordCounts[word] != other.WordCounts[word])
                return $"their corpora differ: they have the word '{first.Words[word]}' {first.WordCounts[word]} and {other.WordCounts[word]} times";
        }
        return first.Shards.Corpus == other.Shards.Corpus ? null : "their corpora differ, although all words occur equally often";
    }
}
