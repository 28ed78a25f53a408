namespace Qwem.Cli;

/// <summary>Words of a vocabulary that are spelled nearly like one that is not in it.</summary>
internal static class WordSuggestions
{
    /// <summary>The nearest words by edit distance; at equal distance, in the order of the vocabulary (the frequent ones first).</summary>
    /// <param name="words">The vocabulary.</param>
    /// <param name="missing">The word looked for.</param>
    /// <param name="count">How many suggestions at most.</param>
    /// <returns>Words at a distance of at most 2, and below the number of letters of <paramref name="missing"/>.</returns>
    public static IReadOnlyList<string> Near(IReadOnlyList<string> words, string missing, int count = 3)
    {
        ArgumentNullException.ThrowIfNull(words);
        ArgumentNullException.ThrowIfNull(missing);
        string wanted = missing.ToLowerInvariant();
        int farthest = Math.Min(2, wanted.Length - 1);
        return [.. words.Select((word, place) => (Word: word, Place: place, Distance: Distance(wanted, word.ToLowerInvariant(), farthest)))
            .Where(found => found.Distance <= farthest).OrderBy(found => found.Distance).ThenBy(found => found.Place).Take(count).Select(found => found.Word)];
    }

    /// <summary>Fewest insertions, deletions, replacements and exchanges of neighbours that make one word of the other.</summary>
    /// <remarks>Optimal string alignment: no letter is edited twice.</remarks>
    /// <param name="first">A word.</param>
    /// <param name="second">Another.</param>
    /// <param name="farthest">Distances above this need not be exact: any larger number may be returned for them.</param>
    internal static int Distance(string first, string second, int farthest = int.MaxValue)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        if (Math.Abs(first.Length - second.Length) > farthest) return Math.Abs(first.Length - second.Length);
        int[] before = new int[second.Length + 1], last = new int[second.Length + 1], row = new int[second.Length + 1];
        for (int j = 0; j <= second.Length; j++) last[j] = j;
        for (int i = 1; i <= first.Length; i++)
        {
            row[0] = i;
            for (int j = 1; j <= second.Length; j++)
            {
                int replaced = last[j - 1] + (first[i - 1] == second[j - 1] ? 0 : 1);
                row[j] = Math.Min(replaced, 1 + Math.Min(last[j], row[j - 1]));
                if (i > 1 && j > 1 && first[i - 1] == second[j - 2] && first[i - 2] == second[j - 1]) row[j] = Math.Min(row[j], before[j - 2] + 1);
            }
            (before, last, row) = (last, row, before);
        }
        return last[second.Length];
    }
}
