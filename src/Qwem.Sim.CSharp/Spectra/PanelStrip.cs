using System.Runtime.CompilerServices;

namespace Qwem.Sim.Spectra;

/// <summary>A run of sparse rows arranged for products: four neighbouring rows at a time share the columns that at least two of them have.</summary>
/// <remarks>
/// A shared column holds four values, zero where a row does not have it, and its row of the block is read once for all four; the columns that
/// only one of the four has follow as plain compressed rows. Words are ordered by frequency, so neighbours are about equally dense and mostly share.
/// The columns are cut into <see cref="ColumnTiles"/>, and all rows of the strip go through one tile before the next, so that the rows of the
/// block that a tile reads stay in the second-level cache. Memory: 34 bytes for a shared column, 10 for a single one, 5 for each row and tile.
/// </remarks>
internal sealed class PanelStrip
{
    /// <summary>Rows of a panel.</summary>
    internal const int Height = 4;

    private PanelStrip(int first, int rows, ColumnTiles tiles)
    {
        (First, Rows, Panels) = (first, rows, (rows + Height - 1) / Height);
        SharedStarts = new int[tiles.Count * Panels + 1];
        Starts = new int[tiles.Count * rows + 1];
    }

    /// <summary>First row.</summary>
    internal int First { get; }

    /// <summary>Number of rows.</summary>
    internal int Rows { get; }

    /// <summary>Number of panels; the last may have fewer than four rows.</summary>
    internal int Panels { get; }

    /// <summary>Where the shared columns of panel p in tile t begin, at t <see cref="Panels"/> + p; and their end.</summary>
    internal int[] SharedStarts { get; }

    /// <summary>Shared columns, counted from the first of their tile, ascending in every panel and tile.</summary>
    internal ushort[] SharedColumns { get; private set; } = [];

    /// <summary>Four values for each shared column.</summary>
    internal double[] SharedValues { get; private set; } = [];

    /// <summary>Where the single columns of the strip's row r in tile t begin, at t <see cref="Rows"/> + r; and their end.</summary>
    internal int[] Starts { get; }

    /// <summary>Single columns, counted from the first of their tile, ascending in every row and tile.</summary>
    internal ushort[] Columns { get; private set; } = [];

    /// <summary>Values of the single columns.</summary>
    internal double[] Values { get; private set; } = [];

    /// <summary>Rearranges rows.</summary>
    /// <exception cref="ArgumentException">There are more values than an array can hold.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static PanelStrip Build(in RowRun rows, ColumnTiles tiles)
    {
        PanelStrip strip = new(rows.First, rows.Count, tiles);
        Span<int> scratch = stackalloc int[PanelMerger.Scratch];
        for (int panel = 0; panel < strip.Panels; panel++)
        {
            PanelMerger merger = new(rows, panel, scratch);
            for (int tile = 0; tile < tiles.Count; tile++)
                while (merger.Next(tiles.End(tile)))
                    if (merger.Only < 0) strip.SharedStarts[tile * strip.Panels + panel + 1]++;
                    else strip.Starts[tile * strip.Rows + merger.Only + 1]++;
        }
        for (int k = 1; k < strip.SharedStarts.Length; k++) strip.SharedStarts[k] += strip.SharedStarts[k - 1];
        for (int k = 1; k < strip.Starts.Length; k++) strip.Starts[k] += strip.Starts[k - 1];
        int shared = strip.SharedStarts[^1], single = strip.Starts[^1];
        if ((long)Height * shared > Array.MaxLength)
            throw new ArgumentException($"{strip.Rows} rows of the target need {(long)Height * shared} numbers, more than the {Array.MaxLength} of one array; choose a smaller vocabulary.");
        strip.SharedColumns = GC.AllocateUninitializedArray<ushort>(shared);
        strip.SharedValues = GC.AllocateUninitializedArray<double>(Height * shared);
        strip.Columns = GC.AllocateUninitializedArray<ushort>(single);
        strip.Values = GC.AllocateUninitializedArray<double>(single);
        for (int panel = 0; panel < strip.Panels; panel++) strip.Fill(new PanelMerger(rows, panel, scratch), panel, tiles);
        return strip;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Fill(PanelMerger merger, int panel, ColumnTiles tiles)
    {
        Span<int> next = stackalloc int[Height];
        for (int tile = 0; tile < tiles.Count; tile++)
        {
            int top = panel * Height, shared = SharedStarts[tile * Panels + panel], start = tiles.Start(tile);
            for (int k = 0; k < Math.Min(Height, Rows - top); k++) next[k] = Starts[tile * Rows + top + k];
            while (merger.Next(tiles.End(tile)))
                if (merger.Only < 0)
                {
                    SharedColumns[shared] = (ushort)(merger.Column - start);
                    merger.CopyTo(SharedValues.AsSpan(Height * shared++, Height));
                }
                else
                {
                    int place = next[merger.Only - top]++;
                    Columns[place] = (ushort)(merger.Column - start);
                    Values[place] = merger.Value;
                }
        }
    }
}
