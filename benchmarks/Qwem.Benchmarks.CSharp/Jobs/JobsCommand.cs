using System.Globalization;
using Qwem.Benchmarks.Measuring;

namespace Qwem.Benchmarks.Jobs;

/// <summary><c>jobs</c>: the speed table, each row whole processes of the built qwem, beside what it is to reach and its peers.</summary>
internal static class JobsCommand
{
    private const int ProductOrder = 2048;
    private const string Python = "/usr/bin/python3";

    public const string Help =
        "jobs --data FOLDER [--repeat 3]\n" +
        "  Runs the speed table on enwiki-17m.txt.gz and enwiki-70m.txt.gz of the folder and prints it in Markdown: seconds of wall and\n" +
        "  processor time, resident set in 1e9 bytes. Peers (NumPy, SciPy of /usr/bin/python3) run beside it where they are installed.\n" +
        "  Example: jobs --data ~/corpora --repeat 5\n";

    /// <summary>Runs the command and returns its exit code.</summary>
    public static int Run(string[] arguments)
    {
        Arguments given = new(arguments, "--data", "--repeat");
        string data = given.Required("--data");
        int repeat = (int)(given.Integer("--repeat", 1) ?? 3);
        using TemporaryFolder folder = new();
        IReadOnlyList<Job> jobs = Job.All(data, folder.File);
        Console.WriteLine($"{Environment.ProcessorCount} processors; load average {MeasuredProcess.Load() ?? "unknown"} at the beginning.\n");
        Console.WriteLine("| job | runs | wall, least | wall, median | user + system, least | peak | to reach | reached |");
        Console.WriteLine("| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |");
        foreach (Job job in jobs)
        {
            Measurement[] runs = new Measurement[Math.Min(repeat, job.MostRuns)];
            for (int run = 0; run < runs.Length; run++)
            {
                Console.Error.WriteLine($"{job.Title}, run {run + 1} of {runs.Length}");
                runs[run] = MeasuredProcess.Qwem(job.Arguments);
            }
            Console.WriteLine(Row(job, runs));
        }
        Console.Error.WriteLine("dense product");
        Console.WriteLine(Invariant($"\nDense double product {ProductOrder}³, both factors square: {ProductRate.Measure(ProductOrder):F0} GFLOP/s, best of a few."));
        Peers(folder, Corpora.Small(data));
        Console.WriteLine($"\nLoad average {MeasuredProcess.Load() ?? "unknown"} at the end.");
        return 0;
    }

    private static string Row(Job job, Measurement[] runs)
    {
        double[] walls = [.. runs.Select(run => run.WallSeconds).Order()];
        double peak = runs.Max(run => run.PeakBytes) / 1e9;
        bool isReached = !(walls[0] > job.MostSeconds) && !(peak > job.MostGigabytes);
        string reach = string.Join(", ", new[] { Unit(job.MostSeconds, "s"), Unit(job.MostGigabytes, "GB") }.Where(text => text.Length > 0));
        return Invariant($"| {job.Title} | {runs.Length} | {walls[0]:F2} s | {walls[walls.Length / 2]:F2} s | {runs.Min(run => run.ProcessorSeconds):F2} s | {peak:F2} GB ")
            + $"| {(reach.Length > 0 ? reach : "-")} | {(reach.Length == 0 ? "-" : isReached ? "yes" : "no")} |";
    }

    private static void Peers(TemporaryFolder folder, string text)
    {
        if (!File.Exists(Python) || !IsInstalled())
        {
            Console.WriteLine($"\nNo peer was run: {Python} with numpy and scipy is not here.");
            return;
        }
        Console.Error.WriteLine("peers: NumPy, SciPy");
        Peer("product_peer.py", $"{ProductOrder}");
        Peer("spectrum_peer.py", folder.File(Job.PeerCounts), text, "10000", "16", "200");
        Console.WriteLine("\nGloVe is not measured: it is not installed.");
    }

    private static bool IsInstalled()
    {
        try
        {
            MeasuredProcess.Run(Python, ["-c", "import numpy, scipy"]);
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static void Peer(string script, params string[] arguments) =>
        Console.WriteLine($"\n`{script}`:\n\n```\n{MeasuredProcess.Run(Python, [RepositoryFile.Found("benchmarks/peers/" + script), .. arguments]).Output.TrimEnd()}\n```");

    private static string Unit(double? value, string unit) => value is double number ? Invariant($"{number} {unit}") : "";

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
