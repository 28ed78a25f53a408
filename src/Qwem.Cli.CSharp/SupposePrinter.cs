using Microsoft.FSharp.Core;
using Qwem.Reports;
using Qwem.Validation;
using Table = Spectre.Console.Table;

namespace Qwem.Cli;

/// <summary><c>qwem gate --suppose</c>: which gates would reject a mistake in the theory, from existing results.</summary>
internal static class SupposePrinter
{
    /// <summary>Prints the answer on standard output.</summary>
    /// <param name="text">What is supposed, or "list".</param>
    /// <param name="file">A results.json, or null for the committed one.</param>
    /// <exception cref="UsageException">The text is no supposition.</exception>
    public static int Print(string text, string? file)
    {
        Results.Results results = file is null ? CommittedResults.all() : Judging.Read("results file", file);
        if (text.Trim() == "list") return PrintList(results);
        FSharpResult<Suppose.Supposition, string> parsed = Suppose.parse(results.Slips, text);
        if (parsed.IsError) throw new UsageException(parsed.ErrorValue);
        Suppose.Supposition supposition = parsed.ResultValue;
        var answers = Suppose.answers(supposition, results.Verdicts).ToLookup(answer => answer.Item3);
        ListedSlip slip = supposition.Slip;
        Console.Out.WriteLine(slip.Continuous.Length == 0
            ? $"{slip.Id}: {Rich.spoken(slip.Mistake)}"
            : $"{slip.Id}: {Rich.spoken(slip.Continuous)} with s = {Numbers.quantity(supposition.Size)}");
        PrintSized("would reject it", answers[Suppose.Answer.Rejects]);
        PrintSized("would let it pass", answers[Suppose.Answer.Passes]);
        PrintNames("are blind to it", answers[Suppose.Answer.Blind]);
        PrintNames("were shown it at size 1 only", answers[Suppose.Answer.Unknown]);
        string from = file is null ? "the results that qwem was built with" : file;
        Console.Out.WriteLine($"{answers[Suppose.Answer.Rejects].Count()} of {answers.Sum(group => group.Count())} confirmed gates would reject it, by {from}");
        return ExitCodes.Success;
    }

    private static int PrintList(Results.Results results)
    {
        if (results.Slips.IsEmpty) throw new UsageException("The results list no slips; name results of this version with --results.");
        Table table = Tabular.Columns("slip", "the mistake at size 1", "of size s", "rejected by", "finest resolution", "of the gate");
        foreach (SlipMatrix.Row row in SlipMatrix.rows(results.Slips, results.Verdicts).OrderBy(row => results.Slips.ToList().IndexOf(row.Slip)))
        {
            (string size, string gate) = Tabular.Finest(row);
            Tabular.AddRow(
                table, row.Slip.Id, Rich.spoken(row.Slip.Mistake), row.Slip.Continuous.Length == 0 ? "made or not" : Rich.spoken(row.Slip.Continuous),
                row.Rejecting.Length.ToString(), size, gate);
        }
        Tabular.Write(table);
        return ExitCodes.Success;
    }

    private static void PrintSized(string what, IEnumerable<Tuple<Verdict, SlipOutcome, Suppose.Answer>> answers)
    {
        if (!answers.Any()) return;
        Table table = Tabular.Columns(what, "from size", "kind", "bound");
        foreach ((Verdict verdict, SlipOutcome outcome, _) in answers.OrderBy(answer => answer.Item2.Resolution?.Value ?? double.PositiveInfinity))
        {
            string size = outcome.Resolution is null ? outcome.Result == SlipResult.Rejected ? "1" : "above 1" : Numbers.shorter(outcome.Resolution.Value);
            Tabular.AddRow(table, verdict.Id, size, Terms.kind(verdict.Kind), Numbers.@short(verdict.Bound));
        }
        Tabular.Write(table);
    }

    private static void PrintNames(string what, IEnumerable<Tuple<Verdict, SlipOutcome, Suppose.Answer>> answers)
    {
        if (answers.Any()) Console.Out.WriteLine($"{answers.Count()} {what}: {string.Join(", ", answers.Select(answer => answer.Item1.Id))}");
    }
}
