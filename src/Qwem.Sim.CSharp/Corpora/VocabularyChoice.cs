namespace Qwem.Sim.Corpora;

/// <summary>Which word types make the vocabulary.</summary>
public sealed class VocabularyChoice
{
    private readonly Func<WordTypes, int[]> _choose;

    private VocabularyChoice(Func<WordTypes, int[]> choose) => _choose = choose;

    /// <summary>The most frequent words.</summary>
    /// <param name="size">V, from 1 to the number of word types.</param>
    public static VocabularyChoice Largest(int size) => new(types =>
    {
        if (size < 1 || size > types.Count)
        {
            throw new VocabularySizeException(
                $"The vocabulary size {size} is not possible, because the text has {types.Count} word types; choose a size from 1 to {types.Count}.");
        }
        return [.. Enumerable.Range(0, size)];
    });

    /// <summary>All words that occur often enough.</summary>
    /// <param name="leastCount">Least number of occurrences, 1 or more.</param>
    public static VocabularyChoice AtLeast(long leastCount) => new(types =>
    {
        int size = types.Counts.AsSpan().BinarySearch(new Above(leastCount));
        if (~size == 0)
            throw new VocabularySizeException($"No word occurs {leastCount} times or more, because the most frequent one occurs {types.Counts[0]} times; choose a smaller count.");
        return [.. Enumerable.Range(0, ~size)];
    });

    /// <summary>The words of a file, in its order.</summary>
    /// <param name="words">Words in the form that the normalisation gives them, each once.</param>
    /// <param name="source">What messages call their source; word k stands in its line <paramref name="lines"/>[k].</param>
    /// <param name="lines">Line numbers, as many as words.</param>
    internal static VocabularyChoice Words(IReadOnlyList<string> words, IReadOnlyList<int> lines, string source) => new(types =>
    {
        Dictionary<string, int> rankOf = new(words.Count, StringComparer.Ordinal);
        foreach (string word in words) rankOf.Add(word, -1);
        for (int rank = 0; rank < types.Count; rank++)
        {
            string word = types.Word(rank);
            if (rankOf.ContainsKey(word)) rankOf[word] = rank;
        }
        int[] chosen = [.. words.Select(word => rankOf[word])];
        int absent = chosen.Count(rank => rank < 0);
        if (absent == 0) return chosen;
        int first = Array.IndexOf(chosen, -1);
        throw new CorpusException(
            $"The word '{words[first]}' in line {lines[first]} of '{source}' does not occur in the text ({absent} of {words.Count} words do not); " +
            "remove such words, or write them as the normalisation does.");
    });

    /// <summary>The ranks of the chosen words; the index is the id.</summary>
    internal int[] Choose(WordTypes types) => _choose(types);

    /// <summary>Finds the end of the counts that are large enough, in descending order.</summary>
    private readonly struct Above(long leastCount) : IComparable<long>
    {
        public int CompareTo(long count) => count >= leastCount ? 1 : -1;
    }
}
