using System.CommandLine;

namespace Qwem.Cli;

/// <summary>What a command says on standard error besides errors: progress, timings, notes and warnings.</summary>
internal static class Notices
{
    /// <summary>The option -q, which every command has.</summary>
    public static Option<bool> Quiet { get; } = new("--quiet", "-q")
    {
        Description = "Show no progress, timings or notes on standard error; results, warnings and errors stay.",
        Recursive = true,
    };

    /// <summary>True with -q; set once, before a command runs.</summary>
    public static bool AreOff { get; set; }

    /// <summary>True where progress is drawn as bars: on a terminal, without -q.</summary>
    public static bool HasBars => !AreOff && !Console.IsErrorRedirected;

    /// <summary>True where progress is a line for each stage: in a log, without -q.</summary>
    public static bool HasLines => !AreOff && Console.IsErrorRedirected;

    /// <summary>A timing or a note; nothing with -q.</summary>
    public static void Note(string line)
    {
        if (!AreOff) Console.Error.WriteLine(line);
    }

    /// <summary>A warning, which -q does not suppress.</summary>
    public static void Warn(string line) => Console.Error.WriteLine(line);
}
