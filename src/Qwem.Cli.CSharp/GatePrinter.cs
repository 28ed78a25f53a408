using Qwem.Reports;
using Qwem.Validation;
using Spectre.Console;
using Table = Spectre.Console.Table;

namespace Qwem.Cli;

/// <summary>Prints a judgement: one line when all is well, else tables of what is not.</summary>
internal static class GatePrinter
{
    /// <summary>Prints on standard output.</summary>
    /// <param name="judgement">The outcome.</param>
    /// <param name="mutate">Whether to list every wrong theory.</param>
    /// <param name="summary">Where the summary is, for the last line.</param>
    public static void Print(Judgement judgement, bool mutate, string summary)
    {
        if (mutate) PrintWrongTheories(judgement);
        if (!judgement.Passed) PrintFailures(judgement);
        Baseline.Change[] noted = [.. judgement.Changes.Where(change => !change.Fails)];
        // A line says that there is more to see; what it is stands in the summary.
        string notes = noted.Length == 0 ? "" : $"; {noted.Length} {(noted.Length == 1 ? "change" : "changes")} that do not fail";
        int gates = Check.verdicts(judgement.Report).Length, failures = judgement.Failures.Length;
        Console.Out.WriteLine(judgement.Passed
            ? $"{(gates == 1 ? "The one gate passes" : $"All {gates} gates pass")}, as in {judgement.Against}{notes}; see {summary}"
            : $"{failures} {(failures == 1 ? "gate" : "gates")} FAILED, {gates} ran{notes}; see {summary}");
    }

    private static void PrintFailures(Judgement judgement)
    {
        Table table = Columns("gate", "gap", "bound", "gap/bound", "why it fails", "where to look");
        foreach (Failure failure in judgement.Failures)
            AddRow(table, failure.Id, failure.Gap, failure.Bound, failure.Utilisation, failure.Why, Experiments.folderOf(failure.Id));
        Write(table);
    }

    private static void PrintWrongTheories(Judgement judgement)
    {
        Table table = Columns("gate", "wrong theory", "gap", "bound", "outcome");
        foreach (WrongTheory wrong in judgement.WrongTheories)
            AddRow(table, wrong.Id, wrong.Theory, wrong.Gap, wrong.Bound, wrong.Caught ? "caught" : "NOT caught");
        Write(table);
        int all = judgement.WrongTheories.Length, caught = judgement.WrongTheories.Count(wrong => wrong.Caught);
        Console.Out.WriteLine($"{caught} of {all} wrong theories caught");
    }

    private static Table Columns(params string[] headings)
    {
        Table table = new Table().Border(TableBorder.Simple);
        foreach (string heading in headings) table.AddColumn(heading);
        return table;
    }

    private static void AddRow(Table table, params string[] cells) => table.AddRow([.. cells.Select(Markup.Escape)]);

    private static void Write(Table table)
    {
        IAnsiConsole console = AnsiConsole.Console;
        // A log has no width; wide enough that no id is broken.
        if (Console.IsOutputRedirected) console.Profile.Width = 240;
        console.Write(table);
    }
}
