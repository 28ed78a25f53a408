namespace Qwem.Sim.Evaluation;

/// <summary>Spearman's rank correlation: Pearson's correlation of ranks, equal values sharing the mean of their ranks.</summary>
public sealed class RankCorrelation
{
    private readonly int[] _orderX, _orderY;
    private readonly double[] _x, _y;

    /// <summary>Sorts two lists of values once, so that resamples need no sorting.</summary>
    /// <param name="x">Finite values.</param>
    /// <param name="y">As many finite values.</param>
    /// <exception cref="ArgumentException">The lengths differ or a value is not finite.</exception>
    public RankCorrelation(double[] x, double[] y)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        if (x.Length != y.Length) throw new ArgumentException($"There are {x.Length} and {y.Length} values; they must be equally many.", nameof(y));
        for (int i = 0; i < x.Length; i++)
            if (!double.IsFinite(x[i]) || !double.IsFinite(y[i])) throw new ArgumentException($"Pair {i} is ({x[i]}, {y[i]}); values must be finite.", nameof(x));
        (_x, _y) = (x, y);
        _orderX = Order(x);
        _orderY = Order(y);
    }

    /// <summary>The correlation of the values as they are.</summary>
    /// <returns>Between -1 and 1; NaN when one list is constant or has fewer than two values.</returns>
    public double Value()
    {
        int[] once = new int[_x.Length];
        Array.Fill(once, 1);
        return Weighted(once, new double[_x.Length], new double[_x.Length]);
    }

    /// <summary>The correlation of a resample in which value i occurs <paramref name="times"/>[i] times.</summary>
    internal double Weighted(ReadOnlySpan<int> times, Span<double> ranksX, Span<double> ranksY)
    {
        long count = Ranks(_x, _orderX, times, ranksX);
        Ranks(_y, _orderY, times, ranksY);
        // Ranks 1 .. n have the mean (n + 1) / 2, ties or not. Sums of half-integers are exact.
        double mean = 0.5 * (count + 1), xx = 0, yy = 0, xy = 0;
        for (int i = 0; i < times.Length; i++)
        {
            double dx = ranksX[i] - mean, dy = ranksY[i] - mean;
            xx += times[i] * dx * dx;
            yy += times[i] * dy * dy;
            xy += times[i] * dx * dy;
        }
        return xx == 0 || yy == 0 ? double.NaN : xy / (Math.Sqrt(xx) * Math.Sqrt(yy));
    }

    private static int[] Order(double[] values)
    {
        int[] order = new int[values.Length];
        for (int i = 0; i < order.Length; i++) order[i] = i;
        // By place among equal values, so that the order of sums does not depend on the sorting.
        Array.Sort(order, (i, j) => values[i] != values[j] ? values[i].CompareTo(values[j]) : i.CompareTo(j));
        return order;
    }

    /// <summary>The mean rank of each value, and the number of values.</summary>
    private static long Ranks(double[] values, int[] order, ReadOnlySpan<int> times, Span<double> ranks)
    {
        long before = 0;
        for (int start = 0; start < order.Length;)
        {
            int end = start;
            long equal = 0;
            for (; end < order.Length && values[order[end]] == values[order[start]]; end++) equal += times[order[end]];
            double rank = before + 0.5 * (equal + 1);
            for (; start < end; start++) ranks[order[start]] = rank;
            before += equal;
        }
        return before;
    }
}
