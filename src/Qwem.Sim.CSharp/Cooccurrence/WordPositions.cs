using System.Numerics;
using System.Runtime.CompilerServices;
using Qwem.Sim.Threading;

namespace Qwem.Sim.Cooccurrence;

/// <summary>Where the words of one group occur in the token stream, inverted group by group so that memory stays bounded.</summary>
internal sealed class WordPositions
{
    /// <summary>Occurrences a group aims at: 4 bytes each.</summary>
    public const int GroupCapacity = 1 << 25;

    private readonly int[] _positions;
    private int[] _ends = [];
    private int _firstWord;

    /// <summary>Room for the largest of the groups, and a spare slot for each part of the stream.</summary>
    public WordPositions(int capacity, int partCount) => _positions = GC.AllocateUninitializedArray<int>(capacity + partCount);

    /// <summary>The groups: consecutive words whose occurrences together stay within <see cref="GroupCapacity"/>, or one word alone.</summary>
    public static List<(int FirstWord, int WordCount, int Occurrences)> Groups(int[] occurrencesOfWords)
    {
        List<(int, int, int)> groups = [];
        int first = 0;
        int occurrences = 0;
        for (int word = 0; word < occurrencesOfWords.Length; word++)
        {
            if (word > first && (long)occurrences + occurrencesOfWords[word] > GroupCapacity)
            {
                groups.Add((first, word - first, occurrences));
                first = word;
                occurrences = 0;
            }
            occurrences += occurrencesOfWords[word];
        }
        groups.Add((first, occurrencesOfWords.Length - first, occurrences));
        return groups;
    }

    /// <summary>How often each word occurs in one part of the stream, one row of V + 1 entries per part (the last one counts masked words).</summary>
    public static int[][] Histograms<TId>(TId[] ids, (int Start, int End)[] parts, int vocabularySize, WorkerTeam team)
        where TId : unmanaged, IBinaryInteger<TId>
    {
        int[][] histograms = new int[parts.Length][];
        team.Run(parts.Length, part =>
        {
            histograms[part] = new int[vocabularySize + 1];
            Tally<TId>(ids.AsSpan(parts[part].Start..parts[part].End), histograms[part]);
        });
        return histograms;
    }

    /// <summary>Finds the positions of <paramref name="wordCount"/> words from <paramref name="firstWord"/>; each part of the stream writes where the part before ends.</summary>
    public void Fill<TId>(TId[] ids, (int Start, int End)[] parts, int[][] histograms, int firstWord, int wordCount, WorkerTeam team)
        where TId : unmanaged, IBinaryInteger<TId>
    {
        int[] positions = _positions;
        int[][] cursors = new int[parts.Length][];
        for (int part = 0; part < parts.Length; part++) cursors[part] = new int[wordCount + 1];
        int[] ends = new int[wordCount];
        int filled = 0;
        for (int k = 0; k < wordCount; k++)
        {
            for (int part = 0; part < parts.Length; part++)
            {
                cursors[part][k] = filled;
                filled += histograms[part][firstWord + k];
            }
            ends[k] = filled;
        }
        team.Run(parts.Length, part =>
        {
            // Each part's own last slot takes the words of other groups, and its cursor stays, so that the loop has no branch.
            cursors[part][wordCount] = positions.Length - parts.Length + part;
            Scatter(ids, parts[part], firstWord, cursors[part], positions);
        });
        _ends = ends;
        _firstWord = firstWord;
    }

    /// <summary>The positions of one word of the group, ascending.</summary>
    public ReadOnlySpan<int> Of(int word)
    {
        int k = word - _firstWord;
        int start = k == 0 ? 0 : _ends[k - 1];
        return _positions.AsSpan(start, _ends[k] - start);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tally<TId>(ReadOnlySpan<TId> ids, int[] histogram)
        where TId : unmanaged, IBinaryInteger<TId>
    {
        foreach (TId id in ids) histogram[int.CreateTruncating(id)]++;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Scatter<TId>(TId[] ids, (int Start, int End) part, int firstWord, int[] cursors, int[] positions)
        where TId : unmanaged, IBinaryInteger<TId>
    {
        uint wordCount = (uint)cursors.Length - 1;
        for (int position = part.Start; position < part.End; position++)
        {
            uint k = Math.Min((uint)(int.CreateTruncating(ids[position]) - firstWord), wordCount);
            int slot = cursors[k];
            positions[slot] = position;
            cursors[k] = slot + (k < wordCount ? 1 : 0);
        }
    }
}
