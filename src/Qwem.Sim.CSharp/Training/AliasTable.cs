using Qwem.Sim.Random;

namespace Qwem.Sim.Training;

/// <summary>Draws unordered pairs of words with given probabilities, one table look-up each.</summary>
/// <remarks>
/// Walker's alias method in Vose's form (1991), over the upper triangle. One 64-bit number gives both the cell (its product
/// with the number of cells, high half) and the coin (low half), so the cell is uniform to 2^-64 and the coin to 2^-32.
/// </remarks>
public sealed class AliasTable
{
    private readonly struct Cell(uint threshold, uint own, uint other)
    {
        internal readonly uint Threshold = threshold, Own = own, Other = other;
    }

    private readonly Cell[] _cells;

    /// <summary>A table for a symmetric distribution over ordered pairs.</summary>
    /// <param name="symmetricWeights">V x V row-major, symmetric, not negative; need not sum to 1.</param>
    /// <param name="vocabularySize">V, at most 65,536.</param>
    /// <exception cref="ArgumentException">A weight is negative or not finite, or all are zero.</exception>
    public AliasTable(ReadOnlySpan<double> symmetricWeights, int vocabularySize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabularySize, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(vocabularySize, 65536);
        if (symmetricWeights.Length != (long)vocabularySize * vocabularySize)
            throw new ArgumentException($"{vocabularySize} words need {(long)vocabularySize * vocabularySize} weights, not {symmetricWeights.Length}.", nameof(symmetricWeights));
        List<uint> pairs = [];
        List<double> weights = [];
        double total = 0;
        for (int i = 0; i < vocabularySize; i++)
        {
            for (int j = i; j < vocabularySize; j++)
            {
                double weight = symmetricWeights[i * vocabularySize + j] * (i == j ? 1 : 2);
                if (!(weight >= 0) || !double.IsFinite(weight))
                    throw new ArgumentException($"The weight of pair ({i}, {j}) is {weight}; weights must be finite and not negative.", nameof(symmetricWeights));
                if (weight == 0) continue;
                pairs.Add(((uint)i << 16) | (uint)j);
                weights.Add(weight);
                total += weight;
            }
        }
        if (!double.IsFinite(total)) throw new ArgumentException("The weights add up to more than a double holds.", nameof(symmetricWeights));
        if (pairs.Count == 0) throw new ArgumentException("All weights are zero.", nameof(symmetricWeights));
        _cells = Fill(pairs, weights, total);
    }

    /// <summary>The pair drawn by 64 random bits: the smaller word index in the high half, the larger in the low half.</summary>
    /// <param name="bits">Uniform random bits.</param>
    public uint Draw(ulong bits)
    {
        ulong cell = Math.BigMul(bits, (ulong)_cells.Length, out ulong coin);
        ref readonly Cell chosen = ref _cells[(int)cell];
        return (uint)(coin >> 32) < chosen.Threshold ? chosen.Own : chosen.Other;
    }

    /// <summary>Draws one pair per entry of <paramref name="pairs"/>, from consecutive indices of a stream.</summary>
    /// <param name="random">Stream of random bits.</param>
    /// <param name="firstIndex">Index of the first number used.</param>
    /// <param name="pairs">Receives the pairs.</param>
    public void Draw(CounterRandom random, ulong firstIndex, Span<uint> pairs)
    {
        for (int n = 0; n < pairs.Length; n++) pairs[n] = Draw(random.Bits(firstIndex + (ulong)n));
    }

    private static Cell[] Fill(List<uint> pairs, List<double> weights, double total)
    {
        int count = pairs.Count;
        double[] share = new double[count];
        int[] small = new int[count], large = new int[count];
        int smallCount = 0, largeCount = 0;
        for (int n = 0; n < count; n++)
        {
            share[n] = weights[n] / total * count;
            if (share[n] < 1) small[smallCount++] = n;
            else large[largeCount++] = n;
        }
        Cell[] cells = new Cell[count];
        while (smallCount > 0 && largeCount > 0)
        {
            int poor = small[--smallCount], rich = large[largeCount - 1];
            cells[poor] = new Cell((uint)Math.Min(share[poor] * 4294967296.0, uint.MaxValue), pairs[poor], pairs[rich]);
            share[rich] = share[rich] + share[poor] - 1;
            if (share[rich] < 1)
            {
                largeCount--;
                small[smallCount++] = rich;
            }
        }
        // What is left over differs from 1 by rounding only.
        while (largeCount > 0) { int n = large[--largeCount]; cells[n] = new Cell(uint.MaxValue, pairs[n], pairs[n]); }
        while (smallCount > 0) { int n = small[--smallCount]; cells[n] = new Cell(uint.MaxValue, pairs[n], pairs[n]); }
        return cells;
    }
}
