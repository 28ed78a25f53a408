using System.Globalization;
using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;
using Qwem.Reports;

namespace Qwem.Benchmarks.Sweep;

/// <summary>The figure of a sweep: time above, memory below, one column for each measure of size.</summary>
internal static class SweepFigure
{
    private const double Radius = 3.5, Width = 1.5;

    /// <summary>The figure as PNG.</summary>
    public static byte[] Render(IReadOnlyList<Growth> all) => Picture.render(Picture.Theme.Light, new Figure(
        "growth",
        "Growth of time and memory",
        ListModule.Empty<string>(),
        "Time (above) and peak memory (below) of whole runs of qwem.",
        "Eight panels with logarithmic axes: processor time, wall time and peak memory against words of text, vocabulary, window and distinct pairs, each with a fitted power law.",
        ListModule.OfSeq(all.Select(Time).Concat(all.Select(Memory))),
        0,
        ListModule.Empty<string>(),
        ListModule.Empty<Tuple<int, string>>(),
        false,
        "sweep"));

    private static Panel Time(Growth growth) => Panel(
        growth,
        "seconds",
        growth.Time,
        Drawn("user + system time of the process", 0, Mark.NewCircles(Radius), growth.Time),
        Drawn("wall time", 1, Mark.NewLine(Stroke.Dotted, Width), growth.Wall));

    private static Panel Memory(Growth growth) => Panel(
        growth, "peak resident set, GB", growth.Memory, Drawn("peak resident set", 2, Mark.NewCircles(Radius), growth.Memory));

    private static Panel Panel(Growth growth, string unit, (double X, double Y)[] fitted, params Series[] series)
    {
        PowerLaw law = PowerLaw.Through(fitted);
        (double X, double Y)[] line = [.. fitted.Select(point => (point.X, law.At(point.X)))];
        return new Panel(
            string.Create(CultureInfo.InvariantCulture, $"{growth.Id}: slope {law.Slope:F2} ± {law.StandardError:F2}"),
            Logarithmic(growth.Axis),
            Logarithmic(unit),
            ListModule.OfSeq([.. series, Drawn("fitted power law", null, Mark.NewLine(Stroke.Dashed, Width), line)]),
            FSharpList<Rule>.Empty);
    }

    private static Series Drawn(string legend, int? colour, Mark mark, (double X, double Y)[] points) => new(
        FSharpOption<string>.Some(legend),
        colour is int index ? FSharpOption<int>.Some(index) : FSharpOption<int>.None,
        mark,
        [.. points.Select(point => Tuple.Create(point.X, point.Y))]);

    private static Axis Logarithmic(string label) => new(label, Scale.Logarithmic, FSharpOption<Tuple<double, double>>.None);
}
