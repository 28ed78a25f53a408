namespace Qwem.Sim.Corpora;

/// <summary>Which word types make the vocabulary.</summary>
public sealed class VocabularyChoice
{
    private readonly Func<WordTypes, int[]> _choose;

    private VocabularyChoice(Func<WordTypes, int[]> choose, GivenWords? given = null)
    {
        _choose = choose;
        Given = given;
    }

    /// <summary>The words, where they are known before the text is.</summary>
    internal GivenWords? Given { get; }

    /// <summary>Whether the words are known before the text is: those of a file.</summary>
    public bool IsGiven => Given is not null;

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

    /// <summary>The most frequent words, or all of them where there are fewer.</summary>
    /// <param name="size">Largest V, 1 or more.</param>
    public static VocabularyChoice UpTo(int size)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        return new(types => [.. Enumerable.Range(0, Math.Min(size, types.Count))]);
    }

    /// <summary>All words that occur often enough.</summary>
    /// <param name="leastCount">Least number of occurrences, 1 or more.</param>
    public static VocabularyChoice AtLeast(long leastCount) => new(types =>
    {
        int size = types.Counts.AsSpan().BinarySearch(new Above(leastCount));
        if (~size == 0)
            throw new VocabularySizeException($"No word occurs {leastCount} times or more, because the most frequent one occurs {types.Counts[0]} times; choose a smaller count.");
        return [.. Enumerable.Range(0, ~size)];
    });

    /// <summary>Words in an order that is given.</summary>
    internal static VocabularyChoice Words(GivenWords given) => new(types => given.Chosen(types, mayBeAbsent: false), given);

    /// <summary>The ranks of the chosen words; the index is the id.</summary>
    internal int[] Choose(WordTypes types) => _choose(types);

    /// <summary>Finds the end of the counts that are large enough, in descending order.</summary>
    private readonly struct Above(long leastCount) : IComparable<long>
    {
        public int CompareTo(long count) => count >= leastCount ? 1 : -1;
    }
}
