using System.Runtime.InteropServices;

namespace Qwem.Sim.Descent;

/// <summary>Where the cells of a word's partners lie among all cells.</summary>
/// <param name="Start">Index of the first.</param>
/// <param name="Count">How many there are.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct AliasRow(uint Start, uint Count);

/// <summary>A cell of an alias table over words: 8 bytes, so that a row of a thousand stays in the fastest cache.</summary>
/// <param name="Other">The word drawn otherwise.</param>
/// <param name="Own">The word drawn when the coin is below the threshold.</param>
/// <param name="Threshold">2^32 times the probability of the own word.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct AliasCell(ushort Other, ushort Own, uint Threshold);

/// <summary>Fills alias tables (Walker's method in Vose's form, 1991).</summary>
/// <param name="longest">Largest number of cells of one table.</param>
internal sealed class AliasFiller(int longest)
{
    private readonly double[] _share = new double[longest];
    private readonly int[] _small = new int[longest], _large = new int[longest];

    /// <summary>Fills a table that draws word <c>words[n]</c> with a probability proportional to <c>weights[n]</c>.</summary>
    internal void Fill(ReadOnlySpan<ushort> words, ReadOnlySpan<double> weights, Span<AliasCell> cells)
    {
        int count = words.Length, smallCount = 0, largeCount = 0;
        double total = 0;
        foreach (double weight in weights) total += weight;
        for (int n = 0; n < count; n++)
        {
            // A table without weight is never drawn from.
            _share[n] = total > 0 ? weights[n] / total * count : 1;
            if (_share[n] < 1) _small[smallCount++] = n;
            else _large[largeCount++] = n;
        }
        while (smallCount > 0 && largeCount > 0)
        {
            int poor = _small[--smallCount], rich = _large[largeCount - 1];
            cells[poor] = new AliasCell(words[rich], words[poor], (uint)Math.Min(_share[poor] * 4294967296.0, uint.MaxValue));
            _share[rich] = _share[rich] + _share[poor] - 1;
            if (_share[rich] < 1)
            {
                largeCount--;
                _small[smallCount++] = rich;
            }
        }
        // What is left over differs from 1 by rounding only.
        while (largeCount > 0) { int n = _large[--largeCount]; cells[n] = new AliasCell(words[n], words[n], 0); }
        while (smallCount > 0) { int n = _small[--smallCount]; cells[n] = new AliasCell(words[n], words[n], 0); }
    }
}
