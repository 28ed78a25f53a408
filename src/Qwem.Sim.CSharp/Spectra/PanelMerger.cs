using System.Runtime.CompilerServices;

namespace Qwem.Sim.Spectra;

/// <summary>Walks the rows of a panel column by column.</summary>
internal ref struct PanelMerger
{
    /// <summary>Numbers of scratch space: for each row the next entry, their end, and the column of the next entry.</summary>
    internal const int Scratch = 3 * PanelStrip.Height;

    private readonly RowRun _rows;
    private readonly int _top;
    private readonly ReadOnlySpan<int> _columns;
    private readonly Span<int> _next, _end, _heads;
    private int _mask;

    /// <param name="rows">The rows.</param>
    /// <param name="panel">Which four of them.</param>
    /// <param name="scratch"><see cref="Scratch"/> numbers.</param>
    internal PanelMerger(in RowRun rows, int panel, Span<int> scratch)
    {
        _rows = rows;
        _top = panel * PanelStrip.Height;
        _columns = rows.Columns;
        _next = scratch[..PanelStrip.Height];
        _end = scratch[PanelStrip.Height..(2 * PanelStrip.Height)];
        _heads = scratch[(2 * PanelStrip.Height)..];
        _heads.Fill(int.MaxValue);
        for (int k = 0; k < Math.Min(PanelStrip.Height, rows.Count - _top); k++)
        {
            (_next[k], _end[k]) = (rows.Starts[_top + k], rows.Ends[_top + k]);
            if (_next[k] < _end[k]) _heads[k] = _columns[_next[k]];
        }
    }

    /// <summary>The column reached.</summary>
    internal int Column { get; private set; }

    /// <summary>The one row, counted from the first of the run, that has it, or -1 when several do.</summary>
    internal int Only { get; private set; }

    /// <summary>Its value in that row.</summary>
    internal readonly double Value => _rows.Values[_next[Only - _top] - 1];

    /// <summary>Moves to the next column below <paramref name="limit"/> that any of the rows has; false when there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool Next(int limit)
    {
        int column = Math.Min(Math.Min(_heads[0], _heads[1]), Math.Min(_heads[2], _heads[3]));
        if (column >= limit) return false;
        _mask = 0;
        for (int k = 0; k < PanelStrip.Height; k++)
        {
            if (_heads[k] != column) continue;
            _mask |= 1 << k;
            int next = ++_next[k];
            _heads[k] = next < _end[k] ? _columns[next] : int.MaxValue;
        }
        Column = column;
        Only = int.IsPow2(_mask) ? _top + int.TrailingZeroCount(_mask) : -1;
        return true;
    }

    /// <summary>The values of the rows, zero where one does not have the column.</summary>
    internal readonly void CopyTo(Span<double> values)
    {
        for (int k = 0; k < PanelStrip.Height; k++) values[k] = (_mask >> k & 1) == 0 ? 0 : _rows.Values[_next[k] - 1];
    }
}
