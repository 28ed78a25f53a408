using Qwem.Reports;
using Qwem.Validation;
using Table = Spectre.Console.Table;

namespace Qwem.Cli;

/// <summary>Prints a judgement: one line on success, otherwise tables of what failed.</summary>
internal static class GatePrinter
{
    /// <summary>Prints on standard output.</summary>
    /// <param name="judgement">The judgement.</param>
    /// <param name="mutate">Whether to list what happens to every slip.</param>
    /// <param name="where">Where to read more, for the last line.</param>
    public static void Print(Judgement judgement, bool mutate, string where)
    {
        if (mutate) PrintSlips(judgement);
        foreach (string problem in judgement.Problems) Console.Out.WriteLine(problem);
        if (!judgement.Failures.IsEmpty) PrintFailures(judgement);
        int noted = judgement.Changes.Count(change => !change.Fails);
        // The line only counts the changes; the summary lists them.
        string notes = noted == 0 ? "" : $"; {Tables.counted(noted, "change")} that {(noted == 1 ? "does" : "do")} not fail";
        string count = Tables.count(Check.verdicts(judgement.Report)).TrimEnd('.');
        int failing = judgement.Problems.Length + judgement.Failures.Length;
        Console.Out.WriteLine(judgement.Passed
            ? $"PASS: {count}; compared with {judgement.Against}{notes}; see {where}"
            : $"FAIL: {Tables.counted(failing, "reason")} above; {count}{notes}; see {where}");
    }

    private static void PrintFailures(Judgement judgement)
    {
        Table table = Tabular.Columns("gate or slip", "gap", "bound", "gap/bound", "why it fails", "where to look");
        foreach (Failure failure in judgement.Failures)
            Tabular.AddRow(table, failure.Id, failure.Gap, failure.Bound, failure.Utilisation, failure.Why, Experiments.folderOf(failure.Id));
        Tabular.Write(table);
    }

    private static void PrintSlips(Judgement judgement)
    {
        Table table = Tabular.Columns("slip", "rejected by", "blind", "survives", "finest resolution", "of the gate");
        foreach (SlipMatrix.Row row in judgement.Slips)
        {
            (string size, string gate) = Tabular.Finest(row);
            int gates = row.Rejecting.Length + row.Blind.Length + row.Letting.Length;
            Tabular.AddRow(table, row.Slip.Id, $"{row.Rejecting.Length} of {gates}", $"{row.Blind.Length}", $"{row.Letting.Length}", size, gate);
        }
        Tabular.Write(table);
        foreach (SlipMatrix.Row row in judgement.Slips.Where(row => !row.Letting.IsEmpty))
            Console.Out.WriteLine($"{row.Slip.Id} survives in {string.Join(", ", row.Letting.Select(gate => gate.Id))}");
        SlipMatrix.Row[] uncaught = [.. judgement.Slips.Where(row => row.Rejecting.IsEmpty)];
        Console.Out.WriteLine(Tables.matrix(judgement.Report.Slips, Check.verdicts(judgement.Report)));
        Console.Out.WriteLine(uncaught.Length == 0
            ? "Every slip is rejected by some gate."
            : $"No gate of this run rejects {string.Join(", ", uncaught.Select(row => row.Slip.Id))}.");
    }
}
