namespace Qwem.Sim.Corpora;

/// <summary>Words that are known before a text is read.</summary>
/// <param name="Words">Words in the form that the normalisation gives them, each once; the index is the id.</param>
/// <param name="Lines">Word k stands in line <c>Lines[k]</c> of the source.</param>
/// <param name="Source">What messages call their source.</param>
/// <param name="Text">The text whose words were counted; null for a plain list.</param>
/// <param name="Counts">Occurrences in that text; null for a plain list.</param>
internal sealed record GivenWords(string[] Words, int[] Lines, string Source, CountedText? Text = null, long[]? Counts = null)
{
    /// <summary>The rank of every word among the types of a text; -1 for a word that does not occur, if that may be.</summary>
    /// <exception cref="CorpusException">A word does not occur.</exception>
    public int[] Chosen(WordTypes types, bool mayBeAbsent)
    {
        Dictionary<string, int> rankOf = new(Words.Length, StringComparer.Ordinal);
        foreach (string word in Words) rankOf.Add(word, -1);
        for (int rank = 0; rank < types.Count; rank++)
        {
            string word = types.Word(rank);
            if (rankOf.ContainsKey(word)) rankOf[word] = rank;
        }
        int[] chosen = [.. Words.Select(word => rankOf[word])];
        int absent = chosen.Count(rank => rank < 0);
        if (absent == 0 || mayBeAbsent) return chosen;
        throw Absent(Array.IndexOf(chosen, -1), absent);
    }

    /// <summary>What is thrown where words do not occur in a text.</summary>
    /// <param name="first">The first of them.</param>
    /// <param name="count">How many there are.</param>
    public CorpusException Absent(int first, int count) => new(
        $"The word '{Words[first]}' in line {Lines[first]} of '{Source}' does not occur in the text ({count} of {Words.Length} words do not); " +
        "remove such words, or write them as the normalisation does.");
}

/// <summary>What identifies a text whose words were counted.</summary>
/// <param name="Convention">What words and documents are, in words.</param>
/// <param name="Hash">XXH128 of the unpacked bytes, or the hash of a prepared corpus, in hexadecimal digits.</param>
/// <param name="Lengths">For every text (an input, or an entry of an archive) the bytes of its file, 0 for a pipe, and the bytes of the text; none for a prepared corpus.</param>
internal sealed record CountedText(string Convention, string Hash, IReadOnlyList<TextLength> Lengths);

/// <summary>How long one text is.</summary>
/// <param name="File">Bytes of its file; 0 for a pipe.</param>
/// <param name="Text">Bytes of the text, unpacked.</param>
internal readonly record struct TextLength(long File, long Text);
