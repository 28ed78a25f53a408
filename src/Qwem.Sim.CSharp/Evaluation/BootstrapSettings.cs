namespace Qwem.Sim.Evaluation;

/// <summary>How confidence intervals are made: percentiles of resampled figures.</summary>
/// <remarks>
/// Percentile method (Efron 1979): with B replicates in ascending order, the interval goes from number floor(r B) to number
/// B - 1 - floor(r B), counted from 0, r = (1 - confidence) / 2. Replicates that resample nothing are left out.
/// </remarks>
public sealed record BootstrapSettings
{
    /// <summary>B, number of replicates, 0 .. 1,000,000; 0 gives NaN for every interval. 1000 by default.</summary>
    public int Replicates { get; init; } = 1000;

    /// <summary>Nominal coverage, between 0 and 1; 0.95 by default.</summary>
    public double Confidence { get; init; } = 0.95;

    /// <summary>Root seed; the same seed gives the same intervals. 1 by default.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Refuses settings outside their ranges.</summary>
    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfNegative(Replicates, nameof(Replicates));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Replicates, 1_000_000, nameof(Replicates));
        if (!(Confidence is > 0 and < 1)) throw new ArgumentOutOfRangeException(nameof(Confidence), Confidence, "The confidence must lie between 0 and 1.");
    }

    /// <summary>The interval of some replicates, which are sorted in place; NaN among them are left out.</summary>
    internal Interval Percentiles(Span<double> replicates)
    {
        replicates.Sort();
        // NaN sort first.
        int missing = 0;
        while (missing < replicates.Length && double.IsNaN(replicates[missing])) missing++;
        Span<double> known = replicates[missing..];
        if (known.Length == 0) return new Interval(double.NaN, double.NaN);
        int rank = (int)(0.5 * (1 - Confidence) * known.Length);
        return new Interval(known[rank], known[known.Length - 1 - rank]);
    }
}
