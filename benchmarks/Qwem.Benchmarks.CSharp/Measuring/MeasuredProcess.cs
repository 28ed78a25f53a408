using System.Diagnostics;
using System.Globalization;

namespace Qwem.Benchmarks.Measuring;

/// <summary>What a process took.</summary>
/// <param name="WallSeconds">From its start to its end.</param>
/// <param name="ProcessorSeconds">User and system time of all its threads, to 0.01 s; NaN where the system is not Linux.</param>
/// <param name="PeakBytes">Largest resident set; NaN where the system is not Linux.</param>
/// <param name="Output">What it wrote to standard output.</param>
/// <param name="Errors">What it wrote to standard error.</param>
internal sealed record Measurement(double WallSeconds, double ProcessorSeconds, double PeakBytes, string Output, string Errors);

/// <summary>Runs a process to its end and measures it from outside; one at a time.</summary>
/// <remarks>
/// Processor time depends on what else the machine does far less than wall time. Linux books the time of a child that has ended with
/// its parent (/proc/self/stat); the peak is what the system itself records (VmHWM), asked for every few milliseconds, so that only
/// growth in the last of them is missed.
/// </remarks>
internal static class MeasuredProcess
{
    private const double TicksPerSecond = 100;
    private const int MillisecondsBetweenLooks = 3;

    // Behind the closing parenthesis of the name: state is field 3, and these are fields 16 and 17.
    private const int ChildrenUser = 13, ChildrenSystem = 14;

    /// <summary>Runs qwem as it was built last.</summary>
    /// <exception cref="InvalidOperationException">It ended with another exit code than 0.</exception>
    public static Measurement Qwem(params IReadOnlyList<string> arguments) => Run(
        "dotnet",
        [RepositoryFile.Found("src/Qwem.Cli.CSharp/bin/Release/net10.0/qwem.dll", "build it with 'dotnet build -c Release src/Qwem.Cli.CSharp'"), .. arguments]);

    /// <summary>Runs a program.</summary>
    /// <exception cref="InvalidOperationException">It ended with another exit code than 0.</exception>
    public static Measurement Run(string program, IReadOnlyList<string> arguments)
    {
        ProcessStartInfo start = new(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        double before = ChildrenSeconds();
        long started = Stopwatch.GetTimestamp();
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        double peak = double.NaN;
        while (!process.WaitForExit(MillisecondsBetweenLooks)) peak = PeakOf(process.Id) ?? peak;
        double wall = Stopwatch.GetElapsedTime(started).TotalSeconds;
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}: {errors.Result.Trim()}");
        return new Measurement(wall, ChildrenSeconds() - before, peak, output.Result, errors.Result);
    }

    /// <summary>Processes that ran or waited to run in the last minute, or null where the system does not say.</summary>
    public static string? Load() => File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : null;

    private static double ChildrenSeconds()
    {
        if (!File.Exists("/proc/self/stat")) return double.NaN;
        string stat = File.ReadAllText("/proc/self/stat");
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return (Number(fields[ChildrenUser]) + Number(fields[ChildrenSystem])) / TicksPerSecond;
    }

    private static double? PeakOf(int process)
    {
        try
        {
            string? line = File.ReadLines($"/proc/{process}/status").FirstOrDefault(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
            return line is null ? null : 1024 * Number(line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1]);
        }
        catch (IOException)
        {
            // It has ended meanwhile, or this is no Linux.
            return null;
        }
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
