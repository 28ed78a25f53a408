using System.CommandLine;
using Qwem.Validation;

namespace Qwem.Cli;

/// <summary><c>qwem theory-page</c>: prints the page that leads from the paper's statements to functions and tests.</summary>
internal static class TheoryPageCommand
{
    private const string Help =
        "Print docs/theory.md: from each statement of the paper to its function and its test, and the errata.\n\n" +
        "Example:\n  qwem theory-page > docs/theory.md";

    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        Command command = new("theory-page", Help);
        command.SetAction(_ =>
        {
            Console.Out.Write(TheoryPage.render());
            return ExitCodes.Success;
        });
        return command;
    }
}
