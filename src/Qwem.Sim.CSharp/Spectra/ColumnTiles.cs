namespace Qwem.Sim.Spectra;

/// <summary>Cuts the columns of a target so that what a product reads of the block in one tile fits the second-level cache.</summary>
/// <remarks>
/// The first tiles have <see cref="Least"/> columns. Rare words have few pairs, and a tile costs every row a little, so later tiles grow
/// with the columns before them, up to what 16 bits can number.
/// </remarks>
internal sealed class ColumnTiles
{
    /// <summary>Half a megabyte of a block of 24 columns.</summary>
    private const int Least = 2560;

    private readonly List<int> _bounds = [0];

    internal ColumnTiles(int columns)
    {
        while (_bounds[^1] < columns) _bounds.Add(Math.Min(columns, _bounds[^1] + Math.Clamp(_bounds[^1] / 2, Least, 1 << 16)));
    }

    /// <summary>Number of tiles.</summary>
    internal int Count => _bounds.Count - 1;

    /// <summary>First column of a tile.</summary>
    internal int Start(int tile) => _bounds[tile];

    /// <summary>One after the last column of a tile.</summary>
    internal int End(int tile) => _bounds[tile + 1];
}
