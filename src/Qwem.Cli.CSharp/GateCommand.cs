using System.CommandLine;
using System.Text;
using Microsoft.FSharp.Collections;
using Qwem.Reports;
using Qwem.Sim.Cooccurrence;
using Qwem.Validation;

namespace Qwem.Cli;

/// <summary><c>qwem gate</c>: runs the gates, compares them with committed results, and says in an exit code whether all is well.</summary>
internal static class GateCommand
{
    private const string Help =
        "Run the gates on the embedded statistics and compare them with the committed results: for continuous integration.\n\n" +
        "Fails (exit code 2) when a gap exceeds its bound, a gate lets a wrong theory pass, a verdict differs from the baseline's, or\n" +
        "a gate of the baseline did not run. New gates and gaps that grew to more than twice the baseline's are reported only.\n" +
        "Prints one line when all is well, else what failed, by how much and where to look; writes summary.md (Markdown),\n" +
        "junit.xml and results.json (docs/results.schema.json). docs/ci.md has a workflow to copy.\n" +
        "Takes as long as 'qwem reproduce'; with --profile smoke about 20 seconds. The numbers are the same on any number of threads.\n\n" +
        "Examples:\n" +
        "  qwem gate\n" +
        "  qwem gate --profile smoke --only theorem-4.3/xe errata\n" +
        "  qwem gate --mutate                      is every wrong theory caught?\n" +
        "  qwem gate --baseline last/results.json --out now\n" +
        "  qwem gate --profile smoke && cat qwem-gate/summary.md >> \"$GITHUB_STEP_SUMMARY\"";

    /// <summary>The command for the root's list.</summary>
    public static Command Create()
    {
        Option<string> folder = new("--out", "-o")
        {
            Description = "Folder for summary.md, junit.xml and results.json; created if missing, other files in it are left alone.",
            HelpName = "folder",
            DefaultValueFactory = _ => "qwem-gate",
        };
        Option<string?> baseline = new("--baseline")
        {
            Description = "A results.json of 'qwem gate' or 'qwem reproduce' to compare with, made with the same --profile and --seed; "
                + "without it the committed results that qwem was built with, whose gaps are compared only without --profile and --seed.",
            HelpName = "file",
        };
        Option<bool> mutate = new("--mutate") { Description = "Print for each known wrong theory whether its gate caught it." };
        Option<Profile> profile = GateSelection.Profile();
        Option<string[]> only = GateSelection.Only();
        Option<bool> list = GateSelection.List();
        Option<ulong> seed = new("--seed")
        {
            Description = "Root seed of the random start and of the draws; 0 or more.",
            HelpName = "number",
            DefaultValueFactory = _ => StandardSeed,
        };
        Option<string?> cache = new("--cache")
        {
            Description = "Folder in which 'qwem reproduce --cache' keeps finished experiments: those of this build, profile and seed are judged as they stand there. Without it everything runs.",
            HelpName = "folder",
        };
        Option<int> threads = Options.Whole("--threads", null, "Threads to use; 0 means one per processor.", 0, 0, 1024);
        Command command = new("gate", Help) { folder, baseline, mutate, profile, only, list, seed, cache, threads };
        command.SetAction((parsed, cancellation) => parsed.GetValue(list)
            ? Task.FromResult(GateSelection.Print(parsed.GetValue(only) ?? []))
            : RunAsync(
                parsed.GetRequiredValue(folder),
                parsed.GetValue(baseline),
                parsed.GetValue(mutate),
                new ReproductionOptions
                {
                    Profile = parsed.GetValue(profile),
                    Seed = parsed.GetValue(seed),
                    Threads = parsed.GetValue(threads),
                    Only = parsed.GetValue(only) ?? [],
                    Cache = parsed.GetValue(cache),
                },
                cancellation));
        return command;
    }

    /// <summary>The seed of the committed results.</summary>
    private const ulong StandardSeed = 1;

    private static async Task<int> RunAsync(
        string folder, string? baselineFile, bool mutate, ReproductionOptions options, CancellationToken cancellation)
    {
        // Refuse what cannot be done before minutes of work, not after.
        if (Experiments.whyUnknown(options.Only) is string unknown) throw new UsageException(unknown);
        CheckFolder(folder);
        FSharpList<Verdict> baseline = baselineFile is null ? CommittedResults.verdicts() : ReadBaseline(baselineFile);
        bool sameProblem = baselineFile is not null || (options.Profile == Profile.Quick && options.Seed == StandardSeed);
        FSharpList<Verdict> expected = ListModule.OfSeq(baseline.Where(verdict =>
            Experiments.isAsked(options.Only, verdict.Id) && Experiments.hasGate(options.Profile, verdict.Id)));

        Report report = (await StageDisplay.RunAsync(
            display => Reproduction.Run(options, options.Cache is null, _ => { }, new Progress(display.Set), cancellation)).ConfigureAwait(false)).Report;
        Judgement judgement = new(
            report,
            baselineFile is not null ? $"the baseline {baselineFile}"
                : sameProblem ? "the committed results" : "the committed results (verdicts only, for the problem is another)",
            Baseline.compare(sameProblem, expected, Check.verdicts(report)));
        Check.report(report);
        Directory.CreateDirectory(folder);
        Write(folder, "summary.md", judgement.Summary(Experiments.folderOf, mutate));
        Write(folder, "junit.xml", JUnit.renderAgainst(judgement.Changes, report));
        Write(folder, "results.json", Json.results(report));
        GatePrinter.Print(judgement, mutate, Path.Combine(folder, "summary.md"));
        return judgement.Passed ? ExitCodes.Success : ExitCodes.GateFailed;
    }

    private static void CheckFolder(string folder)
    {
        if (ReportWriter.WhyNotWritable(folder) is string reason) throw new UsageException(reason);
        // Results beside pages and figures of another run would contradict them.
        if (File.Exists(Path.Combine(folder, "manifest.json")))
            throw new UsageException($"The folder '{folder}' holds a report of 'qwem reproduce', which the gate does not refresh; name another folder.");
    }

    private static FSharpList<Verdict> ReadBaseline(string file)
    {
        if (!File.Exists(file))
            throw new BaselineException($"The baseline '{file}' does not exist; name a results.json of 'qwem gate' or 'qwem reproduce'.");
        try
        {
            FSharpList<Verdict> verdicts = Results.read(File.ReadAllText(file));
            return verdicts.IsEmpty ? throw new BaselineException($"The baseline '{file}' holds no gate; write the file anew.") : verdicts;
        }
        catch (ReportException malformed)
        {
            throw new BaselineException($"The baseline '{file}' cannot be used: {malformed.Message}");
        }
    }

    private static void Write(string folder, string name, string text) =>
        AtomicFile.Write(Path.Combine(folder, name), stream => stream.Write(Encoding.UTF8.GetBytes(text)));
}
