using System.Globalization;

namespace Qwem.Sim.Descent;

/// <summary>The learning rate of every step, as a multiple of the first one.</summary>
/// <remarks>
/// Written as <c>constant</c>; <c>linear:N</c> (full rate up to step N, then falling on a line to 0 at the last step); or
/// <c>steps:N=F,N=F,...</c> (from step N on, times F, every F on top of the ones before).
/// </remarks>
public sealed class LearningRateSchedule
{
    private readonly long _linearFrom;
    private readonly (long Step, double Factor)[] _changes;

    private LearningRateSchedule(string text, long linearFrom, (long Step, double Factor)[] changes)
    {
        Text = text;
        _linearFrom = linearFrom;
        _changes = changes;
    }

    /// <summary>The schedule as it is written.</summary>
    public string Text { get; }

    /// <summary>The same rate at every step.</summary>
    public static LearningRateSchedule Constant { get; } = new("constant", -1, []);

    /// <summary>Reads a schedule.</summary>
    /// <param name="text">constant, linear:N or steps:N=F,...</param>
    /// <exception cref="FormatException">The text is none of these, or a number is outside its range; the message is a sentence.</exception>
    public static LearningRateSchedule Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text == "constant") return Constant;
        string[] parts = text.Split(':');
        if (parts.Length == 2 && parts[0] == "linear" && TryParseInteger(parts[1], out long from)) return new LearningRateSchedule(text, from, []);
        if (parts.Length != 2 || parts[0] != "steps") throw Refusal(text);
        List<(long, double)> changes = [];
        long before = 0;
        foreach (string change in parts[1].Split(','))
        {
            string[] sides = change.Split('=');
            if (sides.Length != 2 || !TryParseInteger(sides[0], out long step) || step <= before
                || !double.TryParse(sides[1], NumberStyles.Float, CultureInfo.InvariantCulture, out double factor)
                || !(factor >= 0) || !double.IsFinite(factor)) throw Refusal(text);
            changes.Add((step, factor));
            before = step;
        }
        return new LearningRateSchedule(text, -1, [.. changes]);
    }

    /// <summary>The factor of the learning rate in step <paramref name="stepNumber"/> of <paramref name="steps"/>.</summary>
    /// <param name="stepNumber">Number of the step, from 0.</param>
    /// <param name="steps">Steps of the whole run.</param>
    public double FactorAt(long stepNumber, long steps)
    {
        if (_linearFrom >= 0) return stepNumber < _linearFrom ? 1 : (double)(steps - stepNumber) / (steps - Math.Min(_linearFrom, steps - 1));
        double factor = 1;
        foreach ((long step, double change) in _changes)
            if (stepNumber >= step) factor *= change;
        return factor;
    }

    private static bool TryParseInteger(string text, out long value) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);

    private static FormatException Refusal(string text) => new(
        $"The schedule '{text}' is not possible; write constant, linear:N (falling to 0 from step N on) or steps:N=F,N=F,... with growing N from 1 on and factors F of 0 or more.");
}
