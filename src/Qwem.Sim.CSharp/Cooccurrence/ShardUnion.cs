using Qwem.Sim.Corpora;

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
                throw new ShardException($"The file '{paths[index]}' is not a shard: it holds the counts of a whole corpus; merge the shards first, and then the result with it.");
            if ((RuleDifference(files[0], files[index]) ?? Difference(files[0], files[index])) is string difference)
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

    /// <summary>Makes sure that counts of different texts can be added.</summary>
    /// <exception cref="ShardException">A file differs from the first one in its convention or vocabulary, or is given twice; or there is nothing to add.</exception>
    public static void CheckSum(IReadOnlyList<string> paths, IReadOnlyList<QcoocRowReader> files)
    {
        if (files.Count == 1) throw new ShardException($"The file '{paths[0]}' is not a shard: it holds the counts of a whole corpus, and there is nothing to add to it; give two files or more.");
        HashSet<string> seen = [];
        for (int index = 0; index < files.Count; index++)
        {
            if (!seen.Add(Path.GetFullPath(paths[index]))) throw new ShardException($"The file '{paths[index]}' is given twice; give it once.");
            if (RuleDifference(files[0], files[index]) is string difference)
                throw new ShardException($"The files '{paths[0]}' and '{paths[index]}' cannot be merged: {difference}; merge counts of one convention and one vocabulary only.");
        }
    }

    private static string? RuleDifference(QcoocRowReader first, QcoocRowReader other)
    {
        CountingConvention a = first.Convention, b = other.Convention;
        (string What, object One, object Two)[] rules =
        [
            ("window half-widths", a.WindowHalfWidth, b.WindowHalfWidth),
            ("weightings", CountingConvention.TextOf(a.Weighting), CountingConvention.TextOf(b.Weighting)),
            ("out-of-vocabulary rules", CountingConvention.TextOf(a.OutOfVocabulary), CountingConvention.TextOf(b.OutOfVocabulary)),
            ("boundary rules", CountingConvention.TextOf(a.Ends), CountingConvention.TextOf(b.Ends)),
            ("numbers of shards", first.Shards?.Count ?? 1, other.Shards?.Count ?? 1),
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
        }
        return null;
    }

    private static string? Difference(QcoocRowReader first, QcoocRowReader other)
    {
        bool areKnown = WholeCountsOf(first) is not null && WholeCountsOf(other) is not null;
        for (int word = 0; areKnown && word < first.Words.Length; word++)
        {
            (long one, long two) = (WholeCountsOf(first)![word], WholeCountsOf(other)![word]);
            if (one != two) return $"their corpora differ: they have the word '{first.Words[word]}' {one} and {two} times";
        }
        if (first.CountsWholeWords != other.CountsWholeWords) return "one was counted by an older version, which divided the corpus otherwise";
        return first.Shards!.Corpus == other.Shards!.Corpus ? null
            : "their corpora differ" + (areKnown ? ", although all words occur equally often, or they were divided in different ways (with and without a vocabulary file)" : "");
    }

    private static long[]? WholeCountsOf(QcoocRowReader file) => file.CountsWholeWords ? file.WordCounts : file.WholeCounts;
}
