namespace Qwem.Cli;

/// <summary>What the exit code of <c>qwem</c> means.</summary>
internal static class ExitCodes
{
    /// <summary>Success.</summary>
    public const int Success = 0;

    /// <summary>The command line is wrong, an argument does not fit the data, or the output cannot be written.</summary>
    public const int Usage = 1;

    /// <summary>An outcome is not the accepted one, a gate is missing or rejects nothing, or a slip is rejected by no gate.</summary>
    public const int GateFailed = 2;

    /// <summary>An input is missing, unreadable or malformed, could not be fetched, or a disk failed.</summary>
    public const int Data = 3;

    /// <summary>A calculation left the range of its numbers or did not converge.</summary>
    public const int Numerical = 4;

    /// <summary>A defect of qwem, or a lack of memory.</summary>
    public const int Internal = 70;

    /// <summary>The user ended the run (Ctrl-C).</summary>
    public const int Cancelled = 130;

    /// <summary>The table for --help.</summary>
    public const string Help =
        "Exit codes:\n" +
        "  0    success\n" +
        "  1    wrong usage: a bad argument, or an output that cannot be written\n" +
        "  2    an outcome that is not accepted, or a mistake that no gate would notice\n" +
        "  3    data missing, unreadable or malformed, or a download failed\n" +
        "  4    numerical failure\n" +
        "  70   unexpected error or not enough memory (--debug shows the stack trace)\n" +
        "  130  cancelled (Ctrl-C); a second signal ends the process at once. Temporary files of a killed run (.NAME.xxxxxxxx.tmp) are removed by the next run with that output";
}
