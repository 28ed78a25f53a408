using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Qwem.Benchmarks.Sweep;

/// <summary>Writes what a sweep found: all points as CSV, tables in Markdown, and the figure.</summary>
internal static partial class SweepReport
{
    /// <summary>Writes growth.csv, growth.md and growth.png into a folder, and the Markdown to standard output.</summary>
    public static void Write(IReadOnlyList<Growth> all, string folder, string machine)
    {
        string markdown = Markdown(all, machine);
        File.WriteAllText(Path.Combine(folder, "growth.csv"), Table(all));
        File.WriteAllText(Path.Combine(folder, "growth.md"), markdown);
        File.WriteAllBytes(Path.Combine(folder, "growth.png"), SweepFigure.Render(all));
        Console.Write(markdown);
    }

    private static string Table(IReadOnlyList<Growth> all)
    {
        StringBuilder text = new("against,size,user_and_system_seconds,wall_seconds,peak_bytes\n");
        foreach (Growth growth in all)
            foreach ((double size, Measuring.Measurement taken) in growth.Points)
                text.Append(CultureInfo.InvariantCulture, $"{growth.Id},{size:F0},{taken.ProcessorSeconds:F2},{taken.WallSeconds:F2},{taken.PeakBytes:F0}\n");
        return text.ToString();
    }

    private static string Markdown(IReadOnlyList<Growth> all, string machine)
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"{machine}. Time is user + system seconds of the process; slopes are of logarithm against logarithm.\n\n");
        text.Append("| against | job | slope of time | its last step | slope of peak memory | its last step |\n| --- | --- | ---: | ---: | ---: | ---: |\n");
        foreach (Growth growth in all)
        {
            PowerLaw time = PowerLaw.Through(growth.Time), memory = PowerLaw.Through(growth.Memory);
            text.Append(CultureInfo.InvariantCulture, $"| {growth.Axis} | {growth.Job} | {time.Slope:F2} ± {time.StandardError:F2} | {time.LastSlope:F2} ");
            text.Append(CultureInfo.InvariantCulture, $"| {memory.Slope:F2} ± {memory.StandardError:F2} | {memory.LastSlope:F2} |\n");
        }
        text.Append("\n| against | size | user + system | wall | peak | products with a block |\n| --- | ---: | ---: | ---: | ---: | ---: |\n");
        foreach (Growth growth in all)
            foreach ((double size, Measuring.Measurement taken) in growth.Points)
                text.Append(CultureInfo.InvariantCulture, $"| {growth.Axis} | {size:N0} | {taken.ProcessorSeconds:F2} s | {taken.WallSeconds:F2} s | {taken.PeakBytes / 1e9:F2} GB | {Products(taken)} |\n");
        return text.ToString();
    }

    /// <summary>How often 'qwem spectrum' says that it multiplied the matrix by a block: that follows from the eigenvalues, not from the pairs.</summary>
    private static string Products(Measuring.Measurement taken) => ProductsText().Match(taken.Errors) is { Success: true } match ? match.Groups[1].Value : "-";

    [GeneratedRegex("([0-9]+) products")]
    private static partial Regex ProductsText();
}
