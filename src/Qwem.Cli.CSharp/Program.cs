using System.CommandLine;
using System.Text;

namespace Qwem.Cli;

/// <summary>The command <c>qwem</c>: a list of its commands.</summary>
internal static class Program
{
    private static Task<int> Main(string[] arguments)
    {
        // Output has characters outside ASCII, whatever the locale.
        Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        Option<bool> debug = new("--debug")
        {
            Description = "Print the stack trace of an unexpected error.",
            Recursive = true,
        };
        RootCommand root = new("Verification suite for quadratic word embedding models.\n\n" + ExitCodes.Help)
        {
            Notices.Quiet,
            debug,
            CorpusCommand.Create(),
            VocabularyCommand.Create(),
            CountCommand.Create(),
            MergeCommand.Create(),
            InspectCommand.Create(),
            ReproduceCommand.Create(),
            GateCommand.Create(),
            SpectrumCommand.Create(),
            EmbedCommand.Create(),
            EvaluateCommand.Create(),
            ConvertCommand.Create(),
            NeighboursCommand.Create(),
            AnalogyCommand.Create(),
            SimilarityCommand.Create(),
            ConceptsCommand.Create(),
            TrainCommand.Create(),
            TheoryPageCommand.Create(),
        };
        // The overview shows what each command is for; its own --help shows the rest.
        if (!arguments.Any(argument => root.Subcommands.Any(command => command.Name == argument || command.Aliases.Contains(argument))))
            foreach (Command command in root.Subcommands) command.Description = command.Description?.Split('\n', 2)[0];
        return ErrorReporting.RunAsync(root, debug, arguments);
    }
}
