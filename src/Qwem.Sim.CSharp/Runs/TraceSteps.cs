namespace Qwem.Sim.Runs;

/// <summary>The steps at which a run is recorded; step 0 and the last one always are.</summary>
public sealed class TraceSteps
{
    private readonly long _every;
    private readonly int _perDecade;
    private readonly long[] _given;

    private TraceSteps(string text, long every, int perDecade, long[] given)
    {
        Text = text;
        _every = every;
        _perDecade = perDecade;
        _given = given;
    }

    /// <summary>The choice as text.</summary>
    internal string Text { get; }

    /// <summary>Every so many steps.</summary>
    /// <param name="steps">At least 1.</param>
    public static TraceSteps Every(long steps)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        return new TraceSteps($"every:{steps}", steps, 0, []);
    }

    /// <summary>So many per decade of steps, evenly in the logarithm, rounded to whole steps.</summary>
    /// <param name="perDecade">1 .. 1000.</param>
    public static TraceSteps Logarithmic(int perDecade)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(perDecade, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(perDecade, 1000);
        return new TraceSteps($"per-decade:{perDecade}", 0, perDecade, []);
    }

    /// <summary>At given steps.</summary>
    /// <param name="steps">Step numbers, 0 or more, in any order.</param>
    public static TraceSteps At(IEnumerable<long> steps)
    {
        ArgumentNullException.ThrowIfNull(steps);
        long[] sorted = [.. steps.Distinct().Order()];
        if (sorted.Length > 0 && sorted[0] < 0) throw new ArgumentException($"Step {sorted[0]} is before the start.", nameof(steps));
        return new TraceSteps("at:" + string.Join(',', sorted), 0, 0, sorted);
    }

    /// <summary>True if a step is recorded.</summary>
    /// <param name="step">Steps taken.</param>
    /// <param name="last">Steps of the whole run.</param>
    internal bool Contains(long step, long last)
    {
        if (step == 0 || step == last) return true;
        if (_every > 0) return step % _every == 0;
        if (_perDecade == 0) return Array.BinarySearch(_given, step) >= 0;
        // The step is recorded if it is the rounding of 10^(k / perDecade) for the nearest k.
        double k = Math.Round(_perDecade * Math.Log10(step));
        return (long)Math.Round(Math.Pow(10, k / _perDecade)) == step;
    }
}
