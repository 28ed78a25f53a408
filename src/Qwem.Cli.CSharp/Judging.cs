using Microsoft.FSharp.Collections;
using Qwem.Reports;
using Qwem.Validation;

namespace Qwem.Cli;

/// <summary>Compares a run with the committed results, or with a baseline of the user's.</summary>
internal static class Judging
{
    /// <summary>The seed of the committed results.</summary>
    public const ulong StandardSeed = 1;

    /// <summary>Judges a run.</summary>
    /// <param name="report">The run.</param>
    /// <param name="options">What was run.</param>
    /// <param name="baseline">The verdicts of a run of the same problem and its name, or null for the committed results.</param>
    public static Judgement Of(Report report, ReproductionOptions options, (FSharpList<Verdict> Verdicts, string Name)? baseline = null)
    {
        bool isCommittedProblem = options is
        {
            Profile: Profile.Quick, Seed: StandardSeed, Counts: null, Benchmarks: null,
            VocabularySize: 0, EmbeddingDimension: 0, InitialisationScale: 0,
        };
        bool sameProblem = baseline is not null || isCommittedProblem;
        string name = baseline?.Name
            ?? (sameProblem ? "the committed results" : "the committed results (of another problem: only a contradiction of what they confirm fails)");
        Check.Scope scope = !isCommittedProblem ? Check.Scope.Other : options.Only.Length > 0 ? Check.Scope.Part : Check.Scope.Whole;
        FSharpList<Verdict> expected = ListModule.OfSeq(
            (baseline?.Verdicts ?? CommittedResults.verdicts()).Where(verdict => Experiments.isAsked(options.Only, verdict.Id)));
        return new Judgement(report, name, Check.problems(scope, report), Baseline.compare(sameProblem, expected, Check.verdicts(report)));
    }

    /// <summary>Reads a results.json.</summary>
    /// <param name="what">What it is to the user, for instance "baseline".</param>
    /// <param name="file">The file.</param>
    /// <exception cref="BaselineException">It is missing or malformed, or holds no gate.</exception>
    public static Results.Results Read(string what, string file)
    {
        if (!File.Exists(file))
            throw new BaselineException($"The {what} '{file}' does not exist; name a results.json of 'qwem gate' or 'qwem reproduce'.");
        try
        {
            Results.Results results = Results.readAll(File.ReadAllText(file));
            return results.Verdicts.IsEmpty ? throw new BaselineException($"The {what} '{file}' contains no gate; write the file again.") : results;
        }
        catch (ReportException malformed)
        {
            throw new BaselineException($"The {what} '{file}' cannot be used: {malformed.Message}");
        }
    }
}
