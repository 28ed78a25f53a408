using System.CommandLine;

namespace Qwem.Cli;

/// <summary><c>qwem corpus</c>: what is done with text before anything is counted.</summary>
internal static class CorpusCommand
{
    /// <summary>Builds the command.</summary>
    public static Command Create() => new("corpus", "Prepare a text so that it need not be parsed again, or fetch a public one.")
    {
        CorpusPrepareCommand.Create(),
        CorpusGetCommand.Create(),
    };
}
