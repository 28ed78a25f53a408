namespace Qwem.Sim.Corpora;

/// <summary>Word types of a corpus: the most frequent ones, by count descending and equal counts by their bytes in UTF-8, or those of a file in its order.</summary>
public sealed class Vocabulary
{
    internal Vocabulary(string[] words, long[] counts)
    {
        Words = words;
        Counts = counts;
    }

    /// <summary>V, the number of words.</summary>
    public int Size => Words.Count;

    /// <summary>The words; the index is the id.</summary>
    public IReadOnlyList<string> Words { get; }

    /// <summary>Occurrences of each word in the corpus; V entries.</summary>
    public IReadOnlyList<long> Counts { get; }
}
