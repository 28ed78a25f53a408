using Qwem.Sim.IO;

namespace Qwem.Sim.Cooccurrence;

/// <summary>Adds the shards of one counting: in any order, in any tree, the same bytes as one run over all articles.</summary>
public static class CountsMerger
{
    /// <summary>Adds the counts of partial files, row by row; the inputs are never in memory as a whole.</summary>
    /// <param name="paths">Files of disjoint shards of one counting, at least one.</param>
    /// <param name="allowGaps">Whether shards may be missing; the result is then partial itself.</param>
    /// <param name="progress">Told the rows done after each thousand; or null.</param>
    /// <param name="cancellation">Ends the merging early.</param>
    /// <exception cref="ArgumentException"><paramref name="paths"/> is empty.</exception>
    /// <exception cref="ShardException">The files do not belong together, overlap, or leave a gap; the message names them.</exception>
    /// <exception cref="FileFormatException">A file is truncated, altered, foreign or of another version.</exception>
    /// <exception cref="IOException">A file is missing or the disk fails.</exception>
    /// <exception cref="UnauthorizedAccessException">A file cannot be read, or is a folder.</exception>
    /// <exception cref="OverflowException">A sum leaves the range of 64 bits.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static PackedCounts Merge(
        IReadOnlyList<string> paths, bool allowGaps = false, IProgress<CountingProgress>? progress = null, CancellationToken cancellation = default)
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
            ShardSet union = ShardUnion.Of(paths, readers, allowGaps);
            List<PackedRows> blocks = AddRows(readers, progress, cancellation);
            foreach (QcoocRowReader reader in readers) reader.Finish();
            QcoocRowReader first = readers[0];
            return new PackedCounts(first.Convention, union.IsComplete ? null : union, first.Words, first.WordCounts, blocks);
        }
        finally
        {
            readers.ForEach(reader => reader.Dispose());
        }
    }

    private static List<PackedRows> AddRows(
        List<QcoocRowReader> readers, IProgress<CountingProgress>? progress, CancellationToken cancellation)
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
            if (word % RowsPerReport == 0) progress?.Report(new CountingProgress(word, size));
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
