namespace Qwem.Sim.Cooccurrence;

/// <summary>Restricts counts to the first words of their vocabulary.</summary>
public static class LeadingWords
{
    /// <summary>The counts of the first words, the most frequent ones where the vocabulary is in that order; pairs with other words are left out.</summary>
    /// <remarks>Counting anew with the smaller vocabulary differs where other words are removed before windows are laid: it closes the gaps that they leave.</remarks>
    /// <param name="counts">The counts.</param>
    /// <param name="vocabularySize">How many words to keep, from 1 to the number that there are.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer words, or the number is below 1.</exception>
    public static CooccurrenceCounts Of(CooccurrenceCounts counts, int vocabularySize)
    {
        ArgumentNullException.ThrowIfNull(counts);
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabularySize, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(vocabularySize, counts.VocabularySize);
        long[] rowStarts = new long[vocabularySize + 1];
        // Columns ascend, so the pairs of words that stay are the first ones of each row.
        for (int row = 0; row < vocabularySize; row++)
        {
            int start = (int)counts.RowStarts[row], length = (int)counts.RowStarts[row + 1] - start;
            int found = Array.BinarySearch(counts.Columns, start, length, vocabularySize);
            rowStarts[row + 1] = rowStarts[row] + (found < 0 ? ~found : found) - start;
        }
        int[] columns = new int[rowStarts[^1]];
        long[] values = new long[columns.Length];
        for (int row = 0; row < vocabularySize; row++)
        {
            long length = rowStarts[row + 1] - rowStarts[row];
            Array.Copy(counts.Columns, counts.RowStarts[row], columns, rowStarts[row], length);
            Array.Copy(counts.Counts, counts.RowStarts[row], values, rowStarts[row], length);
        }
        return new CooccurrenceCounts(
            counts.Convention,
            counts.Words.AsSpan()[..vocabularySize].ToArray(),
            counts.WordCounts.AsSpan()[..vocabularySize].ToArray(),
            rowStarts, columns, values, contentHash: null, texts: 1);
    }
}
