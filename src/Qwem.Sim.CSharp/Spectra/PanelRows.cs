using Qwem.Sim.Threading;

namespace Qwem.Sim.Spectra;

/// <summary>Sparse rows rearranged for products: four neighbouring rows at a time share the columns that at least two of them have.</summary>
/// <remarks>
/// A shared column holds four values, zero where a row does not have it, and its row of the block is read once for all four; the columns that
/// only one of the four has follow as plain compressed rows. Words are ordered by frequency, so neighbours are about equally dense and mostly share.
/// Memory: 36 bytes for a shared column, 12 for a single one, 16 for each row.
/// </remarks>
internal sealed class PanelRows
{
    /// <summary>Rows of a panel.</summary>
    internal const int Height = 4;

    private const int BuildTasks = 64;

    private PanelRows(int order, long[] sharedStarts, int[] sharedColumns, double[] sharedValues, long[] starts, int[] columns, double[] values)
    {
        Order = order;
        (SharedStarts, SharedColumns, SharedValues) = (sharedStarts, sharedColumns, sharedValues);
        (Starts, Columns, Values) = (starts, columns, values);
    }

    /// <summary>Rows, V.</summary>
    internal int Order { get; }

    /// <summary>Where the shared columns of each panel begin; one more than there are panels.</summary>
    internal long[] SharedStarts { get; }

    /// <summary>Shared columns, ascending in every panel.</summary>
    internal int[] SharedColumns { get; }

    /// <summary>Four values for each shared column.</summary>
    internal double[] SharedValues { get; }

    /// <summary>Where the single columns of each row begin, V + 1 offsets.</summary>
    internal long[] Starts { get; }

    /// <summary>Single columns, ascending in every row.</summary>
    internal int[] Columns { get; }

    /// <summary>Values of the single columns.</summary>
    internal double[] Values { get; }

    /// <summary>Number of panels; the last may have fewer than four rows.</summary>
    internal int Panels => SharedStarts.Length - 1;

    /// <summary>Rearranges rows.</summary>
    /// <exception cref="ArgumentException">There are more values than an array can hold.</exception>
    internal static PanelRows Build(SparseRows rows, WorkerTeam team)
    {
        int order = rows.Starts.Length - 1, panels = (order + Height - 1) / Height;
        long[] sharedStarts = new long[panels + 1], starts = new long[order + 1];
        int tasks = Math.Min(BuildTasks, panels);
        int First(int task) => (int)((long)panels * task / tasks);
        team.Run(tasks, task =>
        {
            Span<long> scratch = stackalloc long[2 * Height];
            for (int panel = First(task); panel < First(task + 1); panel++)
            {
                Merger merger = new(rows, panel, scratch);
                while (merger.Next())
                    if (merger.Only < 0) sharedStarts[panel + 1]++;
                    else starts[merger.Only + 1]++;
            }
        });
        for (int panel = 0; panel < panels; panel++) sharedStarts[panel + 1] += sharedStarts[panel];
        for (int row = 0; row < order; row++) starts[row + 1] += starts[row];
        if (Height * sharedStarts[panels] > Array.MaxLength)
            throw new ArgumentException($"The target needs {Height * sharedStarts[panels]} numbers, more than the {Array.MaxLength} of one array; choose a smaller vocabulary.");
        int[] sharedColumns = GC.AllocateUninitializedArray<int>((int)sharedStarts[panels]);
        double[] sharedValues = GC.AllocateUninitializedArray<double>(Height * (int)sharedStarts[panels]);
        int[] columns = GC.AllocateUninitializedArray<int>((int)starts[order]);
        double[] values = GC.AllocateUninitializedArray<double>((int)starts[order]);
        team.Run(tasks, task =>
        {
            Span<long> next = stackalloc long[Height], scratch = stackalloc long[2 * Height];
            for (int panel = First(task); panel < First(task + 1); panel++)
            {
                int shared = (int)sharedStarts[panel], top = panel * Height;
                for (int k = 0; k < Math.Min(Height, order - top); k++) next[k] = starts[top + k];
                Merger merger = new(rows, panel, scratch);
                while (merger.Next())
                    if (merger.Only < 0)
                    {
                        sharedColumns[shared] = merger.Column;
                        merger.CopyTo(sharedValues.AsSpan(Height * shared++, Height));
                    }
                    else
                    {
                        int place = (int)next[merger.Only - top]++;
                        columns[place] = merger.Column;
                        values[place] = merger.Value;
                    }
            }
        });
        return new PanelRows(order, sharedStarts, sharedColumns, sharedValues, starts, columns, values);
    }

    /// <summary>Walks the rows of a panel column by column.</summary>
    private ref struct Merger
    {
        private readonly SparseRows _rows;
        private readonly int _top, _height;
        private readonly Span<long> _next, _end;
        private int _mask;

        /// <param name="rows">The rows.</param>
        /// <param name="panel">Which four.</param>
        /// <param name="scratch">Eight numbers.</param>
        internal Merger(SparseRows rows, int panel, Span<long> scratch)
        {
            _rows = rows;
            _top = panel * Height;
            _height = Math.Min(Height, rows.Starts.Length - 1 - _top);
            _next = scratch[..Height];
            _end = scratch[Height..];
            for (int k = 0; k < _height; k++) (_next[k], _end[k]) = (rows.Starts[_top + k], rows.Starts[_top + k + 1]);
        }

        /// <summary>The column reached.</summary>
        internal int Column { get; private set; }

        /// <summary>The one row that has it, or -1 when several do.</summary>
        internal int Only { get; private set; }

        /// <summary>Its value in that row.</summary>
        internal readonly double Value => _rows.Values[_next[Only - _top] - 1];

        /// <summary>Goes to the next column that any of the rows has.</summary>
        internal bool Next()
        {
            int column = int.MaxValue;
            for (int k = 0; k < _height; k++)
                if (_next[k] < _end[k]) column = Math.Min(column, _rows.Columns[_next[k]]);
            if (column == int.MaxValue) return false;
            _mask = 0;
            for (int k = 0; k < _height; k++)
                if (_next[k] < _end[k] && _rows.Columns[_next[k]] == column)
                {
                    _mask |= 1 << k;
                    _next[k]++;
                }
            Column = column;
            Only = int.IsPow2(_mask) ? _top + int.TrailingZeroCount(_mask) : -1;
            return true;
        }

        /// <summary>The values of the rows, zero where one does not have the column.</summary>
        internal readonly void CopyTo(Span<double> values)
        {
            for (int k = 0; k < Height; k++) values[k] = (_mask >> k & 1) == 0 ? 0 : _rows.Values[_next[k] - 1];
        }
    }
}
