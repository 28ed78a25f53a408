using System.Text;

namespace Qwem.Sim.Corpora;

/// <summary>All word types of a corpus with their counts, by count descending, equal counts by the bytes of the word.</summary>
internal sealed class WordTypes
{
    private readonly byte[] _letters;
    private readonly int[] _starts;

    /// <summary>Types in the order of their ranks.</summary>
    /// <param name="letters">The words in UTF-8, joined.</param>
    /// <param name="starts">Where each begins, and behind the last.</param>
    /// <param name="counts">Occurrences of each.</param>
    public WordTypes(byte[] letters, int[] starts, long[] counts)
    {
        _letters = letters;
        _starts = starts;
        Counts = counts;
    }

    /// <summary>Occurrences by rank.</summary>
    public long[] Counts { get; }

    /// <summary>Number of types.</summary>
    public int Count => Counts.Length;

    /// <summary>The bytes of a word.</summary>
    public ReadOnlySpan<byte> Letters(int rank) => _letters.AsSpan(_starts[rank], _starts[rank + 1] - _starts[rank]);

    /// <summary>A word.</summary>
    public string Word(int rank) => Encoding.UTF8.GetString(Letters(rank));

    /// <summary>Ranks the types of several tables and gives, for each table, the rank of each id; -1 for a type of which nothing is left.</summary>
    public static WordTypes Rank(IReadOnlyList<WordTable> tables, out int[][] ranks)
    {
        WordTable all = tables[0];
        int[]?[] joined = new int[tables.Count][];
        for (int index = 1; index < tables.Count; index++)
        {
            WordTable table = tables[index];
            int[] ids = new int[table.Count];
            long[] occurrences = table.Occurrences();
            for (int id = 0; id < ids.Length; id++) ids[id] = all.Add(table.Letters(id), occurrences[id]);
            joined[index] = ids;
        }
        Key[] keys = new Key[all.Count];
        long[] total = all.Occurrences();
        int used = 0;
        for (int id = 0; id < keys.Length; id++)
        {
            if (total[id] > 0) keys[used++] = new Key(total[id], Prefix(all.Letters(id)), id);
        }
        keys.AsSpan(0, used).Sort(new KeyOrder(all));

        int[] rankOf = new int[all.Count];
        Array.Fill(rankOf, -1);
        int[] starts = new int[used + 1];
        long[] counts = new long[used];
        for (int rank = 0; rank < used; rank++)
        {
            rankOf[keys[rank].Id] = rank;
            counts[rank] = keys[rank].Count;
            starts[rank + 1] = starts[rank] + all.Letters(keys[rank].Id).Length;
        }
        byte[] letters = new byte[starts[used]];
        for (int rank = 0; rank < used; rank++) all.Letters(keys[rank].Id).CopyTo(letters.AsSpan(starts[rank]));

        ranks = new int[tables.Count][];
        ranks[0] = rankOf;
        for (int index = 1; index < tables.Count; index++) ranks[index] = Array.ConvertAll(joined[index]!, id => rankOf[id]);
        return new WordTypes(letters, starts, counts);
    }

    private static ulong Prefix(ReadOnlySpan<byte> word)
    {
        Span<byte> first = stackalloc byte[8];
        first.Clear();
        word[..Math.Min(8, word.Length)].CopyTo(first);
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(first);
    }

    private readonly record struct Key(long Count, ulong Prefix, int Id);

    private readonly struct KeyOrder(WordTable table) : IComparer<Key>
    {
        public int Compare(Key a, Key b)
        {
            if (a.Count != b.Count) return b.Count.CompareTo(a.Count);
            return a.Prefix != b.Prefix ? a.Prefix.CompareTo(b.Prefix) : table.Letters(a.Id).SequenceCompareTo(table.Letters(b.Id));
        }
    }
}
