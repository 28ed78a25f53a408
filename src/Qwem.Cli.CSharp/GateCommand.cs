using System.CommandLine;
using System.Text;
using Microsoft.FSharp.Collections;
using Qwem.Reports;
using Qwem.Sim.Cooccurrence;
using Qwem.Sim.IO;
using Qwem.Validation;

namespace Qwem.Cli;

/// <summary><c>qwem gate</c>: runs the gates, compares them with committed results, and reports in its exit code whether they agree.</summary>
internal static class GateCommand
{
    private const string Help =
        "Run the gates on the embedded statistics and compare their outcomes with the committed ones: for continuous integration.\n\n" +
        "Fails (exit code 2) when an outcome differs from the baseline's in either direction, a gate of the baseline did not run, a gate\n" +
        "no longer rejects any slip, or a slip (a mistake in the theory) is rejected by no gate. A contradiction that the baseline has as\n" +
        "well does not fail. With another --profile or --seed only a contradiction of what the baseline confirms fails.\n" +
        "Prints one line on success, otherwise what failed, by how much and where to look; writes summary.md (Markdown),\n" +
        "junit.xml and results.json (docs/results.schema.json). docs/ci.md has a workflow to copy.\n" +
        "Takes as long as 'qwem reproduce'; with --profile smoke about 40 seconds on two cores. The numbers are the same on any number of threads.\n\n" +
        "With --suppose nothing runs: the resolutions of earlier results say which gates would reject a mistake of some size. A size s is\n" +
        "a pure number that makes a quantity 1 + s times as large (or what 'list' says); size 1 is the mistake that someone could make.\n\n" +
        "Examples:\n" +
        "  qwem gate\n" +
        "  qwem gate --profile smoke --only theorem-4.3/xe errata\n" +
        "  qwem gate --mutate                      what happens to each slip\n" +
        "  qwem gate --suppose list                the list of slips\n" +
        "  qwem gate --suppose 'kappa * 1.001'     which gates would notice a clock that is 0.1 % too fast\n" +
        "  qwem gate --suppose 'kappa -0.25'       and one that is a quarter too slow\n" +
        "  qwem gate --suppose self-pairs --results now/results.json\n" +
        "  qwem gate --baseline last/results.json -o now\n" +
        "  qwem gate --profile smoke && cat qwem-gate/summary.md >> \"$GITHUB_STEP_SUMMARY\"";

    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        Option<string> folder = Options.Output(
            "Folder for summary.md, junit.xml and results.json; created if missing, other files in it are left alone.", "folder", "qwem-gate");
        Option<string?> baseline = new("--baseline")
        {
            Description = "A results.json of 'qwem gate' or 'qwem reproduce' to compare with, made with the same --profile and --seed "
                + "[default: the committed results that qwem was built with]",
            HelpName = "file",
        };
        Option<bool> mutate = new("--mutate") { Description = "Print for each slip how many gates reject it, which let it pass, and the smallest size that is rejected." };
        Option<string?> suppose = new("--suppose")
        {
            Description = "Say which gates would reject a slip, and run nothing: SLIP (of size 1), 'SLIP * FACTOR' (of size FACTOR - 1) or 'SLIP SIZE', or 'list'.",
            HelpName = "slip",
        };
        Option<string?> results = new("--results")
        {
            Description = "For --suppose: a results.json of 'qwem gate' or 'qwem reproduce' to answer from [default: the one that qwem was built with]",
            HelpName = "file",
        };
        Option<Typed<Profile>> profile = GateSelection.Profile();
        Option<string[]> only = GateSelection.Only();
        Option<bool> list = GateSelection.List();
        Option<ulong> seed = new("--seed")
        {
            Description = "Root seed of the random start and of the draws; 0 or more.",
            HelpName = "number",
            DefaultValueFactory = _ => Judging.StandardSeed,
        };
        Option<string?> cache = new("--cache")
        {
            Description = "Folder in which 'qwem reproduce --cache' keeps finished experiments: those of this build, profile and seed are judged as they stand there. Without it everything runs.",
            HelpName = "folder",
        };
        Option<int> threads = Options.Threads();
        Command command = new("gate", Help) { folder, baseline, mutate, suppose, results, profile, only, list, seed, cache, threads };
        command.Validators.Add(result =>
        {
            if (result.GetValue(results) is not null && result.GetValue(suppose) is null)
                result.AddError("--results is for --suppose; give both, or --baseline to compare a run");
        });
        command.SetAction((parsed, cancellation) => parsed.GetValue(list)
            ? Task.FromResult(GateSelection.Print(parsed.GetValue(only) ?? []))
            : parsed.GetValue(suppose) is string supposed ? Task.FromResult(SupposePrinter.Print(supposed, parsed.GetValue(results)))
            : RunAsync(
                parsed.GetRequiredValue(folder),
                parsed.GetValue(baseline),
                parsed.GetValue(mutate),
                new ReproductionOptions
                {
                    Profile = parsed.Get(profile),
                    Seed = parsed.GetValue(seed),
                    Threads = parsed.GetValue(threads),
                    Only = parsed.GetValue(only) ?? [],
                    Cache = parsed.GetValue(cache),
                },
                cancellation));
        return command;
    }

    private static async Task<int> RunAsync(
        string folder, string? baselineFile, bool mutate, ReproductionOptions options, CancellationToken cancellation)
    {
        // Check everything that can be checked before minutes of work.
        if (Experiments.whyUnknown(options.Only) is string unknown) throw new UsageException(unknown);
        CheckFolder(folder);
        (FSharpList<Verdict>, string)? baseline = baselineFile is null
            ? null : (Judging.Read("baseline", baselineFile).Verdicts, $"the baseline {baselineFile}");
        Reproduced reproduced = await StageDisplay.RunAsync(
            display => Reproduction.Run(options, options.Cache is null, new Progress(display.Set), _ => { }, cancellation)).ConfigureAwait(false);
        Report report = reproduced.Report;
        if (reproduced.CacheComplaint is string complaint)
            Notices.Warn($"Finished experiments could not be kept in '{options.Cache}' for later runs ({complaint}).");
        Judgement judgement = Judging.Of(report, options, baseline);
        Directory.CreateDirectory(folder);
        Write(folder, "summary.md", judgement.Summary(Experiments.folderOf, mutate));
        Write(folder, "junit.xml", JUnit.renderAgainst(judgement.Problems, judgement.Changes, report));
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

    private static void Write(string folder, string name, string text) =>
        AtomicFile.Write(Path.Combine(folder, name), stream => stream.Write(Encoding.UTF8.GetBytes(text)));
}
