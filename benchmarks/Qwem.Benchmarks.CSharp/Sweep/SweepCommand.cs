using System.Globalization;
using System.Text.RegularExpressions;
using Qwem.Benchmarks.Measuring;

namespace Qwem.Benchmarks.Sweep;

/// <summary><c>sweep</c>: time and memory of counting against tokens, V and L, and of spectra against distinct pairs.</summary>
internal static partial class SweepCommand
{
    private const int Dimension = 50;

    private static readonly int[] s_vocabularies = [1000, 3000, 10_000, 30_000, 100_000, 219_522];
    private static readonly int[] s_windows = [4, 8, 16, 32, 64, 96];
    private static readonly double[] s_shares = [1.0 / 16, 1.0 / 8, 1.0 / 4, 1.0 / 2, 1];

    public const string Help =
        "sweep --data FOLDER -o FOLDER [--repeat 2]\n" +
        "  Measures whole runs of the built qwem on enwiki-17m.txt.gz and prefixes of enwiki-70m.txt.gz, fits power laws, and writes\n" +
        "  growth.csv, growth.md and growth.png. Time is user + system seconds of the process, the least of the repetitions.\n" +
        "  Example: sweep --data ~/corpora -o growth\n";

    /// <summary>Runs the command and returns its exit code.</summary>
    public static int Run(string[] arguments)
    {
        Arguments given = new(arguments, "--data", "-o", "--repeat");
        string small = Corpora.Small(given.Required("--data")), large = Corpora.Large(given.Required("--data")), output = given.Required("-o");
        int repeat = (int)(given.Integer("--repeat", 1) ?? 2);
        Directory.CreateDirectory(output);
        string? load = MeasuredProcess.Load();
        using TemporaryFolder folder = new();
        List<Growth> all = [Tokens(large, folder, repeat)];
        (Growth words, Growth pairs) = Words(small, folder, repeat);
        all.AddRange([words, Windows(small, folder, repeat), pairs]);
        SweepReport.Write(all, output, $"{Environment.ProcessorCount} processors, load average {load ?? "unknown"} before and {MeasuredProcess.Load() ?? "unknown"} after");
        return 0;
    }

    private static Growth Tokens(string text, TemporaryFolder folder, int repeat)
    {
        using TextPrefix prefix = new(text, folder.File("prefix.txt"));
        List<(double, Measurement)> points = [];
        foreach (double share in s_shares)
        {
            prefix.ExtendTo(share);
            points.Add((prefix.Words, Least(repeat, "count", folder.File("prefix.txt"), "-V", "10000", "-L", "16", "-o", folder.File("x.qcooc"))));
        }
        File.Delete(folder.File("prefix.txt"));
        return new Growth("tokens", "words of text", "count, V = 10,000, L = 16, prefixes of enwiki-70m", points);
    }

    /// <summary>Counts of growing vocabularies, and the spectrum of each.</summary>
    private static (Growth Words, Growth Pairs) Words(string text, TemporaryFolder folder, int repeat)
    {
        List<(double, Measurement)> words = [], pairs = [];
        foreach (int size in s_vocabularies)
        {
            Measurement counted = Least(repeat, "count", text, "-V", $"{size}", "-L", "16", "-o", folder.File("x.qcooc"));
            words.Add((size, counted));
            double distinct = double.Parse(Distinct().Match(counted.Output).Groups[1].Value, CultureInfo.InvariantCulture);
            pairs.Add((distinct, Least(repeat, "spectrum", folder.File("x.qcooc"), "--target", "sym", "-d", $"{Dimension}", "-o", folder.File("x.npz"))));
        }
        return (
            new Growth("vocabulary", "V, words of the vocabulary", "count, L = 16, enwiki-17m", words),
            new Growth("pairs", "distinct pairs", $"spectrum, top {Dimension} of M*_sym, the vocabularies of enwiki-17m", pairs));
    }

    private static Growth Windows(string text, TemporaryFolder folder, int repeat) => new(
        "window",
        "L, words on each side",
        "count, V = 10,000, enwiki-17m",
        [.. s_windows.Select(window => ((double)window, Least(repeat, "count", text, "-V", "10000", "-L", $"{window}", "-o", folder.File("x.qcooc"))))]);

    /// <summary>The run that took least processor time, with the largest peak and the least wall time of all.</summary>
    private static Measurement Least(int repeat, params string[] arguments)
    {
        Console.Error.WriteLine("qwem " + string.Join(' ', arguments));
        Measurement[] runs = [.. Enumerable.Range(0, repeat).Select(_ => MeasuredProcess.Qwem(arguments))];
        return runs.MinBy(run => run.ProcessorSeconds)! with { WallSeconds = runs.Min(run => run.WallSeconds), PeakBytes = runs.Max(run => run.PeakBytes) };
    }

    [GeneratedRegex("distinct-pairs=([0-9]+)")]
    private static partial Regex Distinct();
}
