namespace Qwem.Sim.Corpora;

/// <summary>The most frequent word types of a corpus, by count descending, equal counts by word in ordinal order.</summary>
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
