namespace Qwem.Sim.Cooccurrence;

/// <summary>Checks that the parts of <see cref="CooccurrenceCounts"/> fit together.</summary>
internal static class CountsChecker
{
    /// <summary>Longest word in bytes of UTF-8.</summary>
    public const int LongestWord = 65_535;

    /// <exception cref="ArgumentException">A word is empty, repeated, too long or has white space or control characters, or a count is too small.</exception>
    public static void CheckVocabulary(string[] words, long[] wordCounts, long least = 1)
    {
        if (words.Length == 0) throw new ArgumentException("The vocabulary has no words.");
        if (wordCounts.Length != words.Length)
            throw new ArgumentException($"There are {words.Length} words but {wordCounts.Length} word counts.");
        HashSet<string> seen = new(words.Length, StringComparer.Ordinal);
        for (int i = 0; i < words.Length; i++)
        {
            string? complaint =
                string.IsNullOrEmpty(words[i]) ? "is empty"
                : words[i].Length > LongestWord / 3 && System.Text.Encoding.UTF8.GetByteCount(words[i]) > LongestWord ? "is too long"
                : words[i].Where((letter, place) => char.IsWhiteSpace(letter) || char.IsControl(letter) || IsHalf(words[i], place)).Any()
                    ? "has white space, control characters or half a surrogate pair"
                : !seen.Add(words[i]) ? "is there twice"
                : wordCounts[i] < least ? $"has the count {wordCounts[i]}"
                : null;
            if (complaint is not null) throw new ArgumentException($"Word {i} of the vocabulary {complaint}.");
        }
    }

    private static bool IsHalf(string word, int place) =>
        char.IsHighSurrogate(word[place]) ? place + 1 == word.Length || !char.IsLowSurrogate(word[place + 1])
        : char.IsLowSurrogate(word[place]) && (place == 0 || !char.IsHighSurrogate(word[place - 1]));

    /// <exception cref="ArgumentException">An offset, a column or a count is not what the format of the rows asks for.</exception>
    public static void CheckRows(int size, long[] rowStarts, int[] columns, long[] counts)
    {
        if (rowStarts.Length != size + 1) throw new ArgumentException($"{size} rows need {size + 1} offsets, not {rowStarts.Length}.");
        if (columns.Length != counts.Length) throw new ArgumentException($"There are {columns.Length} columns but {counts.Length} counts.");
        if (rowStarts[0] != 0 || rowStarts[size] != columns.Length)
            throw new ArgumentException($"The row offsets run from {rowStarts[0]} to {rowStarts[size]}, not from 0 to {columns.Length}.");
        for (int i = 0; i < size; i++)
        {
            if (rowStarts[i + 1] < rowStarts[i] || rowStarts[i + 1] > columns.Length)
                throw new ArgumentException($"Row {i} runs from {rowStarts[i]} to {rowStarts[i + 1]}.");
            int least = i;
            for (int entry = (int)rowStarts[i]; entry < (int)rowStarts[i + 1]; entry++)
            {
                if (columns[entry] < least || columns[entry] >= size)
                    throw new ArgumentException($"Row {i} has the column {columns[entry]} where {least} .. {size - 1} is allowed.");
                if (counts[entry] < 1) throw new ArgumentException($"Entry ({i}, {columns[entry]}) has the count {counts[entry]}.");
                least = columns[entry] + 1;
            }
        }
    }
}
