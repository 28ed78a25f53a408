using System.Buffers;
using Qwem.Sim.Cooccurrence;
using Qwem.Sim.Threading;

namespace Qwem.Sim.Spectra;

/// <summary>Some neighbouring rows as compressed rows: row r, counted from the first, has its entries at Starts[r] .. Ends[r] - 1.</summary>
internal readonly record struct RowRun(int First, int Count, int[] Starts, int[] Ends, int[] Columns, double[] Values);

/// <summary>What is left of a target off its diagonal when the entry of unseen pairs is taken off everywhere, both triangles, strip by strip.</summary>
/// <remarks>Compressed rows exist for one strip on each thread at a time; beside the counts there is only the result.</remarks>
internal sealed class TargetRows
{
    private const int StripLimit = 128;

    private readonly CooccurrenceCounts _counts;
    private readonly TargetEntries _entries;
    private readonly bool _dropZeros;

    private TargetRows(CooccurrenceCounts counts, TargetEntries entries, bool dropZeros) =>
        (_counts, _entries, _dropZeros) = (counts, entries, dropZeros);

    /// <summary>The rows, in strips of about equal work, from the upper triangle of the counts.</summary>
    /// <exception cref="ArgumentException">A strip has more entries than an array can hold.</exception>
    internal static PanelStrip[] Build(
        CooccurrenceCounts counts, TargetEntries entries, bool dropZeros, ColumnTiles tiles, WorkerTeam team, CancellationToken cancellation)
    {
        TargetRows rows = new(counts, entries, dropZeros);
        long[] starts = Starts(counts, cancellation);
        int[] bounds = Bounds(starts);
        PanelStrip[] strips = new PanelStrip[bounds.Length - 1];
        team.Run(strips.Length, strip => strips[strip] = rows.Strip(bounds[strip], bounds[strip + 1], starts, tiles, cancellation));
        cancellation.ThrowIfCancellationRequested();
        return strips;
    }

    /// <summary>Where the rows of both triangles would begin if no value were dropped, V + 1 offsets.</summary>
    private static long[] Starts(CooccurrenceCounts counts, CancellationToken cancellation)
    {
        int size = counts.VocabularySize;
        long[] starts = new long[size + 1];
        for (int i = 0; i < size; i++)
        {
            if ((i & 1023) == 0) cancellation.ThrowIfCancellationRequested();
            foreach (int j in counts.ColumnsOf(i))
            {
                if (j == i) continue;
                starts[i + 1]++;
                starts[j + 1]++;
            }
        }
        for (int i = 0; i < size; i++) starts[i + 1] += starts[i];
        return starts;
    }

    /// <summary>Cuts the rows into runs of about equal numbers of entries and rows.</summary>
    private static int[] Bounds(long[] starts)
    {
        int size = starts.Length - 1;
        double share = (starts[size] + 8.0 * size) / StripLimit;
        List<int> bounds = [0];
        for (int i = 1; i < size; i++)
            if (starts[i] + 8.0 * i >= share * bounds.Count) bounds.Add(i);
        bounds.Add(size);
        return [.. bounds];
    }

    private PanelStrip Strip(int first, int end, long[] starts, ColumnTiles tiles, CancellationToken cancellation)
    {
        long length = starts[end] - starts[first];
        if (length > Array.MaxLength)
            throw new ArgumentException($"{end - first} rows of the target have {length} entries, more than the {Array.MaxLength} of one array; choose a smaller vocabulary.");
        int[] columns = ArrayPool<int>.Shared.Rent((int)length);
        double[] values = ArrayPool<double>.Shared.Rent((int)length);
        int[] begin = new int[end - first];
        for (int row = first; row < end; row++) begin[row - first] = (int)(starts[row] - starts[first]);
        RowRun run = new(first, end - first, begin, [.. begin], columns, values);
        Fill(run, cancellation);
        PanelStrip strip = PanelStrip.Build(run, tiles);
        ArrayPool<int>.Shared.Return(columns);
        ArrayPool<double>.Shared.Return(values);
        return strip;
    }

    /// <summary>First, from the rows above, the left parts of the rows, then their right parts: so columns ascend.</summary>
    private void Fill(in RowRun run, CancellationToken cancellation)
    {
        int first = run.First, end = first + run.Count;
        int[] all = _counts.Columns;
        for (int i = 0; i < end && !cancellation.IsCancellationRequested; i++)
        {
            int rowEnd = (int)_counts.RowStarts[i + 1], entry = LowerBound(all, (int)_counts.RowStarts[i], rowEnd, Math.Max(first, i + 1));
            for (int left = entry; left < rowEnd && all[left] < end; left++) Put(run, all[left], i, _counts.Counts[left]);
            if (i < first) continue;
            for (; entry < rowEnd; entry++) Put(run, i, all[entry], _counts.Counts[entry]);
        }
    }

    private void Put(in RowRun run, int row, int column, long count)
    {
        double value = _entries.Seen(row, column, count) - _entries.UnseenAt(row, column);
        if (_dropZeros && value == 0) return;
        int place = run.Ends[row - run.First]++;
        run.Columns[place] = column;
        run.Values[place] = value;
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
