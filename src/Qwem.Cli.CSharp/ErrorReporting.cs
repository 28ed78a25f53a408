using System.CommandLine;
using Qwem.Cli.Download;
using System.CommandLine.Parsing;
using Qwem.Reports;
using Qwem.Sim.Cooccurrence;
using Qwem.Sim.Corpora;
using Qwem.Sim.Evaluation;
using Qwem.Sim.Formats;
using Qwem.Sim.IO;
using Qwem.Sim.Runs;

namespace Qwem.Cli;

/// <summary>Runs a command line and turns every failure into one sentence on standard error and an exit code.</summary>
internal static class ErrorReporting
{
    /// <summary>Parses and runs.</summary>
    public static async Task<int> RunAsync(RootCommand root, Option<bool> debug, string[] arguments)
    {
        ParseResult parsed = root.Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            string complaint = OneLine(parsed.Errors[0].Message).TrimEnd('.');
            return Fail(ExitCodes.Usage, $"{complaint}; see '{CommandName(parsed)} --help'.");
        }
        Notices.AreOff = parsed.GetValue(Notices.Quiet);
        using Interruption interruption = new();
        try
        {
            // The library installs its handler only after the command has started, so that an earlier Ctrl-C would not be reported.
            InvocationConfiguration configuration = new()
            {
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            };
            // On another thread, so that a command that blocks before its first await can be abandoned as well.
            Task<int> command = Task.Run(() => parsed.InvokeAsync(configuration, interruption.Token));
            return await interruption.EndsAsync(command).ConfigureAwait(false)
                ? await command.ConfigureAwait(false)
                : Fail(ExitCodes.Cancelled, "Cancelled while waiting for a file or a pipe; a temporary file may remain, which the next run removes.");
        }
        catch (Exception failure)
        {
            if (parsed.GetValue(debug)) Console.Error.WriteLine(failure);
            return Report(failure);
        }
    }

    private static int Report(Exception failure) => failure switch
    {
        RunInterruptedException => Fail(ExitCodes.Cancelled, failure.Message),
        OperationCanceledException => Fail(ExitCodes.Cancelled, "Cancelled; no file was written."),
        UsageException or VocabularySizeException or ReportException or CheckpointException => Fail(ExitCodes.Usage, failure.Message),
        CorpusException or FileFormatException or ShardException or DownloadException or BaselineException => Fail(ExitCodes.Data, failure.Message),
        IOException or UnauthorizedAccessException =>
            Fail(ExitCodes.Data, $"A file could not be read or written: {failure.Message.TrimEnd('.')}; check the disk and the permissions."),
        ArithmeticException => Fail(ExitCodes.Numerical, failure.Message),
        OutOfMemoryException => Fail(ExitCodes.Internal, "There is not enough memory; choose a smaller vocabulary or text."),
        _ => Fail(
            ExitCodes.Internal,
            $"Unexpected error ({failure.GetType().Name}: {failure.Message.TrimEnd('.')}); run again with --debug for the stack trace and report it."),
    };

    private static int Fail(int exitCode, string sentence)
    {
        Console.Error.WriteLine("qwem: " + OneLine(sentence));
        return exitCode;
    }

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");

    /// <summary>A command as it is typed, such as "qwem corpus get".</summary>
    private static string CommandName(ParseResult parsed)
    {
        string name = "";
        for (SymbolResult? result = parsed.CommandResult; result is CommandResult { Command: not RootCommand } command; result = command.Parent)
            name = $" {command.Command.Name}{name}";
        return "qwem" + name;
    }
}
