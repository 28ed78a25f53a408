using System.CommandLine;

namespace Qwem.Cli;

/// <summary>The command <c>qwem</c>: a list of its commands.</summary>
internal static class Program
{
    private static Task<int> Main(string[] arguments)
    {
        Option<bool> debug = new("--debug")
        {
            Description = "Print the stack trace of an unexpected error.",
            Recursive = true,
        };
        RootCommand root = new("Verification suite for quadratic word embedding models.\n\n" + ExitCodes.Help)
        {
            debug,
            CountCommand.Create(),
            ReproduceCommand.Create(),
            TrainCommand.Create(),
            TheoryPageCommand.Create(),
        };
        return ErrorReporting.RunAsync(root, debug, arguments);
    }
}
