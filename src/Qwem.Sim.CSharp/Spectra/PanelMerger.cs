namespace Qwem.Sim.Spectra;

/// <summary>Walks the rows of a panel column by column.</summary>
internal ref struct PanelMerger
{
    private readonly RowRun _rows;
    private readonly int _top, _height;
    private readonly Span<int> _next, _end;
    private int _mask;

    /// <param name="rows">The rows.</param>
    /// <param name="panel">Which four of them.</param>
    /// <param name="scratch">Eight numbers.</param>
    internal PanelMerger(in RowRun rows, int panel, Span<int> scratch)
    {
        _rows = rows;
        _top = panel * PanelStrip.Height;
        _height = Math.Min(PanelStrip.Height, rows.Count - _top);
        _next = scratch[..PanelStrip.Height];
        _end = scratch[PanelStrip.Height..];
        for (int k = 0; k < _height; k++) (_next[k], _end[k]) = (rows.Starts[_top + k], rows.Ends[_top + k]);
    }

    /// <summary>The column reached.</summary>
    internal int Column { get; private set; }

    /// <summary>The one row, counted from the first of the run, that has it, or -1 when several do.</summary>
    internal int Only { get; private set; }

    /// <summary>Its value in that row.</summary>
    internal readonly double Value => _rows.Values[_next[Only - _top] - 1];

    /// <summary>Goes to the next column below <paramref name="limit"/> that any of the rows has; false when there is none.</summary>
    internal bool Next(int limit)
    {
        int column = limit;
        for (int k = 0; k < _height; k++)
            if (_next[k] < _end[k]) column = Math.Min(column, _rows.Columns[_next[k]]);
        if (column == limit) return false;
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
        for (int k = 0; k < PanelStrip.Height; k++) values[k] = (_mask >> k & 1) == 0 ? 0 : _rows.Values[_next[k] - 1];
    }
}
