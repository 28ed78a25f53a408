using Qwem.Sim.Corpora;
using Qwem.Sim.IO;
using Qwem.Sim.Threading;

namespace Qwem.Sim.Cooccurrence;

/// <summary>Adds counts: shards of one counting, in any order and any tree, to exactly the bytes of one run; and counts of different texts with one vocabulary.</summary>
public static class CountsMerger
{
    /// <summary>Adds the counts of files, row by row; the inputs are never in memory as a whole.</summary>
    /// <param name="paths">Files of disjoint shards of one counting, at least one; or of different texts, at least two.</param>
    /// <param name="allowGaps">Whether shards or words may be missing; the result is then a part itself.</param>
    /// <param name="progress">Receives the rows done after each thousand; or null.</param>
    /// <param name="cancellation">Ends the merging early.</param>
    /// <exception cref="ArgumentException"><paramref name="paths"/> is empty.</exception>
    /// <exception cref="ShardException">The files do not belong together, overlap, or leave a gap; the message names them.</exception>
    /// <exception cref="FileFormatException">A file is truncated, altered, foreign or of another version.</exception>
    /// <exception cref="IOException">A file is missing or the disk fails.</exception>
    /// <exception cref="UnauthorizedAccessException">A file cannot be read, or is a folder.</exception>
    /// <exception cref="OverflowException">A sum leaves the range of 64 bits.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static PackedCounts Merge(
        IReadOnlyList<string> paths, bool allowGaps = false, IProgress<WorkProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(paths);
        if (paths.Count == 0) throw new ArgumentException("At least one file is needed.", nameof(paths));
        List<QcoocRowReader> readers = [];
        try
        {
            foreach (string path in paths)
            {
                cancellation.ThrowIfCancellationRequested();
                readers.Add(QcoocRowReader.Open(path));
            }
            bool areShards = readers.Exists(reader => reader.Shards is not null);
            ShardSet? union = areShards ? ShardUnion.Of(paths, readers, allowGaps) : null;
            if (!areShards) ShardUnion.CheckSum(paths, readers);
            List<PackedRows> blocks = AddRows(readers, progress, cancellation);
            string[] hashes = [.. readers.Select(reader => reader.Finish())];
            int same = Array.FindIndex(hashes, hash => Array.IndexOf(hashes, hash) != Array.LastIndexOf(hashes, hash));
            if (!areShards && same >= 0)
                throw new ShardException($"The files '{paths[same]}' and '{paths[Array.LastIndexOf(hashes, hashes[same])]}' hold the same counts, which would be added twice; give one of them.");
            QcoocRowReader first = readers[0];
            PackedCounts sum = new(first.Convention, union is null or { IsComplete: true } ? null : union, first.Words, WordCounts(readers), blocks)
            {
                Texts = areShards ? 1 : readers.Aggregate(0, (texts, reader) => checked(texts + reader.Texts)),
                WholeCounts = union is { IsComplete: false } ? first.WholeCounts : null,
                CountsWholeWords = union is { IsComplete: false } && first.CountsWholeWords,
            };
            if (sum.Shards is null) Check(sum, areShards ? first.WholeCounts : null, allowGaps);
            return sum;
        }
        finally
        {
            readers.ForEach(reader => reader.Dispose());
        }
    }

    private static long[] WordCounts(List<QcoocRowReader> readers)
    {
        long[] counts = [.. readers[0].WordCounts];
        if (readers[0].CountsWholeWords) return counts;
        foreach (QcoocRowReader reader in readers.Skip(1))
        {
            for (int word = 0; word < counts.Length; word++) counts[word] = CountSum.Add(counts[word], reader.WordCounts[word]);
        }
        return counts;
    }

    /// <exception cref="ShardException">Shards together do not have the words of their corpus, or a word is absent and must not be.</exception>
    private static void Check(PackedCounts sum, long[]? whole, bool allowGaps)
    {
        for (int word = 0; word < sum.VocabularySize; word++)
        {
            if (whole is not null && sum.WordCounts[word] != whole[word])
            {
                throw new ShardException(
                    $"The shards together have the word '{sum.Words[word]}' {sum.WordCounts[word]} times, but their corpus has it {whole[word]} times: one of them was counted from another text; count them again.");
            }
            if (sum.WordCounts[word] == 0 && !allowGaps)
                throw new ShardException($"The word '{sum.Words[word]}' of the vocabulary occurs in none of the files; give counts that have it, take it out of the vocabulary, or allow words to be absent from the result.");
        }
    }

    private static List<PackedRows> AddRows(
        List<QcoocRowReader> readers, IProgress<WorkProgress>? progress, CancellationToken cancellation)
    {
        const int PairsPerBlock = 1 << 18, RowsPerReport = 1000;
        int size = readers[0].Words.Length;
        RowAdder row = new();
        RowPacker packer = new();
        List<PackedRows> blocks = [];
        long pairs = 0;
        packer.Begin(0);
        for (int word = 0; word < size; word++)
        {
            cancellation.ThrowIfCancellationRequested();
            row.Clear();
            foreach (QcoocRowReader reader in readers) row.Add(reader);
            packer.Row(row.Columns, row.Counts);
            pairs += row.Columns.Length;
            if (word % RowsPerReport == 0) progress?.Report(new WorkProgress(word, size));
            if (pairs < PairsPerBlock && word + 1 < size) continue;
            blocks.Add(packer.End());
            packer.Begin(word + 1);
            pairs = 0;
        }
        return blocks;
    }

    /// <summary>The sum of sparse rows, columns ascending.</summary>
    private sealed class RowAdder
    {
        private int[] _columns = [], _nextColumns = [], _otherColumns = [];
        private long[] _counts = [], _nextCounts = [], _otherCounts = [];
        private int _length;

        public ReadOnlySpan<int> Columns => _columns.AsSpan(0, _length);

        public ReadOnlySpan<long> Counts => _counts.AsSpan(0, _length);

        public void Clear() => _length = 0;

        /// <summary>Adds the next row of a file.</summary>
        public void Add(QcoocRowReader reader)
        {
            int others = reader.NextRow(ref _otherColumns, ref _otherCounts);
            int needed = _length + others;
            if (_nextColumns.Length < needed)
            {
                _nextColumns = new int[2 * needed];
                _nextCounts = new long[2 * needed];
            }
            int mine = 0, other = 0, next = 0;
            while (mine < _length || other < others)
            {
                int left = mine < _length ? _columns[mine] : int.MaxValue;
                int right = other < others ? _otherColumns[other] : int.MaxValue;
                long count = 0;
                if (left <= right) count = _counts[mine++];
                if (right <= left) count = CountSum.Add(count, _otherCounts[other++]);
                _nextColumns[next] = Math.Min(left, right);
                _nextCounts[next++] = count;
            }
            (_columns, _nextColumns) = (_nextColumns, _columns);
            (_counts, _nextCounts) = (_nextCounts, _counts);
            _length = next;
        }
    }
}
