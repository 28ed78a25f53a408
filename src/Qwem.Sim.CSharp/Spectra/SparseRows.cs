using Qwem.Sim.Cooccurrence;
using Qwem.Sim.Threading;

namespace Qwem.Sim.Spectra;

/// <summary>What is left of a target off its diagonal when the entry of unseen pairs is taken off everywhere: both triangles, compressed rows.</summary>
/// <remarks>Memory: 12 bytes for each of the two entries of a pair, 8 bytes for each row.</remarks>
internal sealed class SparseRows
{
    private const int FillTasks = 64;

    private SparseRows(long[] starts, int[] columns, double[] values) => (Starts, Columns, Values) = (starts, columns, values);

    /// <summary>V + 1 offsets.</summary>
    internal long[] Starts { get; }

    /// <summary>Columns, ascending in every row.</summary>
    internal int[] Columns { get; }

    /// <summary>Values, none of them zero unless the target's entry is that of unseen pairs.</summary>
    internal double[] Values { get; }

    /// <summary>Builds the rows from the upper triangle of the counts.</summary>
    /// <exception cref="ArgumentException">There are more entries than an array can hold.</exception>
    internal static SparseRows Build(CooccurrenceCounts counts, TargetEntries entries, bool dropZeros, WorkerTeam team, CancellationToken cancellation)
    {
        int size = counts.VocabularySize;
        double Value(int i, int j, long count) => entries.Seen(i, j, count) - entries.UnseenAt(i, j);

        long[] starts = new long[size + 1];
        for (int i = 0; i < size; i++)
        {
            if ((i & 1023) == 0) cancellation.ThrowIfCancellationRequested();
            for (int entry = (int)counts.RowStarts[i]; entry < (int)counts.RowStarts[i + 1]; entry++)
            {
                int j = counts.Columns[entry];
                if (j == i || (dropZeros && Value(i, j, counts.Counts[entry]) == 0)) continue;
                starts[i + 1]++;
                starts[j + 1]++;
            }
        }
        for (int i = 0; i < size; i++) starts[i + 1] += starts[i];
        if (starts[size] > Array.MaxLength)
            throw new ArgumentException($"The target has {starts[size]} entries, more than the {Array.MaxLength} of one array; choose a smaller vocabulary.");
        int[] columns = GC.AllocateUninitializedArray<int>((int)starts[size]);
        double[] values = GC.AllocateUninitializedArray<double>((int)starts[size]);
        long[] next = starts[..size];
        int[] bounds = Bounds(starts, FillTasks);
        // A task fills its rows: first, from the rows above, their left parts, then their right parts. So columns ascend.
        team.Run(bounds.Length - 1, task =>
        {
            int first = bounds[task], end = bounds[task + 1];
            for (int i = 0; i < end && !cancellation.IsCancellationRequested; i++)
            {
                int rowEnd = (int)counts.RowStarts[i + 1], entry = LowerBound(counts.Columns, (int)counts.RowStarts[i], rowEnd, Math.Max(first, i + 1));
                for (; entry < rowEnd && counts.Columns[entry] < end; entry++) Put(counts.Columns[entry], i, counts.Counts[entry]);
                if (i < first) continue;
                entry = LowerBound(counts.Columns, (int)counts.RowStarts[i], rowEnd, i + 1);
                for (; entry < rowEnd; entry++) Put(i, counts.Columns[entry], counts.Counts[entry]);
            }
        });
        cancellation.ThrowIfCancellationRequested();
        return new SparseRows(starts, columns, values);

        void Put(int row, int column, long count)
        {
            double value = Value(row, column, count);
            if (dropZeros && value == 0) return;
            int place = (int)next[row]++;
            columns[place] = column;
            values[place] = value;
        }
    }

    /// <summary>Cuts the rows into at most <paramref name="tasks"/> runs of about equal numbers of entries and rows.</summary>
    internal static int[] Bounds(long[] starts, int tasks)
    {
        int size = starts.Length - 1;
        double share = (starts[size] + 8.0 * size) / tasks;
        List<int> bounds = [0];
        for (int i = 1; i < size; i++)
            if (starts[i] + 8.0 * i >= share * bounds.Count) bounds.Add(i);
        bounds.Add(size);
        return [.. bounds];
    }

    private static int LowerBound(int[] sorted, int start, int end, int value)
    {
        while (start < end)
        {
            int middle = start + ((end - start) >> 1);
            if (sorted[middle] < value) start = middle + 1;
            else end = middle;
        }
        return start;
    }
}
