using System.Numerics;

namespace Qwem.Sim.Cooccurrence;

/// <summary>Where the words of one group occur in the token stream, inverted group by group so that memory stays bounded.</summary>
internal sealed class WordPositions
{
    /// <summary>Occurrences a group aims at: 4 bytes each.</summary>
    public const int GroupCapacity = 1 << 25;

    private readonly int[] _positions;
    private int[] _ends = [];
    private int _firstWord;

    /// <summary>Room for the largest of the groups.</summary>
    public WordPositions(int capacity) => _positions = GC.AllocateUninitializedArray<int>(capacity + 1);

    /// <summary>The groups: consecutive words whose occurrences together stay within <see cref="GroupCapacity"/>, or one word alone.</summary>
    public static List<(int FirstWord, int WordCount, int Occurrences)> Groups(IReadOnlyList<long> wordCounts)
    {
        List<(int, int, int)> groups = [];
        int first = 0;
        long occurrences = 0;
        for (int word = 0; word < wordCounts.Count; word++)
        {
            if (word > first && occurrences + wordCounts[word] > GroupCapacity)
            {
                groups.Add((first, word - first, (int)occurrences));
                first = word;
                occurrences = 0;
            }
            occurrences += wordCounts[word];
        }
        groups.Add((first, wordCounts.Count - first, (int)occurrences));
        return groups;
    }

    /// <summary>Finds the positions of <paramref name="wordCount"/> words from <paramref name="firstWord"/>.</summary>
    public void Fill<TId>(ReadOnlySpan<TId> ids, IReadOnlyList<long> wordCounts, int firstWord, int wordCount)
        where TId : unmanaged, IBinaryInteger<TId>
    {
        // cursors[wordCount] is a spare slot that takes the words of other groups, so that the loop has no branch.
        int[] cursors = new int[wordCount + 1];
        for (int k = 0; k < wordCount; k++) cursors[k + 1] = cursors[k] + (int)wordCounts[firstWord + k];
        int[] positions = _positions;
        for (int position = 0; position < ids.Length; position++)
        {
            uint k = Math.Min((uint)(int.CreateTruncating(ids[position]) - firstWord), (uint)wordCount);
            int slot = cursors[k];
            positions[slot] = position;
            cursors[k] = slot + (k < (uint)wordCount ? 1 : 0);
        }
        _ends = cursors;
        _firstWord = firstWord;
    }

    /// <summary>The positions of one word of the group, ascending.</summary>
    public ReadOnlySpan<int> Of(int word)
    {
        int k = word - _firstWord;
        int start = k == 0 ? 0 : _ends[k - 1];
        return _positions.AsSpan(start, _ends[k] - start);
    }
}
