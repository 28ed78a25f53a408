using System.CommandLine;
using System.Diagnostics;
using Qwem.Reports;
using Qwem.Sim.Cooccurrence;
using Qwem.Validation;
using Profile = Qwem.Validation.Profile;
using Progress = Qwem.Validation.Progress;
using Table = Spectre.Console.Table;

namespace Qwem.Cli;

/// <summary><c>qwem reproduce</c>: runs the experiments on the embedded statistics, writes the report and judges it.</summary>
internal static class ReproduceCommand
{
    private const string Help =
        "Run theory against experiment on the embedded Wikipedia statistics and write the report.\n\n" +
        "Prints each claim's answer as it is judged, then the outcomes.\n\n" +
        "Theorem 4.3 is tested with V = 1000 and d = 128, and not with the 10,000 and 200 of the other commands, because the embedded statistics\n" +
        "have 1000 words; with counts of your own (--counts) -V and -d choose.\n\n" +
        "Takes about 14 minutes and 4.5 GB on two cores. The numbers are the same on any number of threads.\n" +
        "After Ctrl-C the next run continues: finished experiments are cached by build, inputs and parameters; a warning is\n" +
        "printed if the cache cannot be written.\n" +
        "Exits with 0 when every outcome is the committed one and every slip (a mistake in the theory) is rejected by some gate, and\n" +
        "with 2 otherwise; with other counts, sizes or seeds, 2 means that the data contradict what the committed results confirm. The report is\n" +
        "written in all cases.\n\n" +
        "Examples:\n" +
        "  qwem reproduce\n" +
        "  qwem reproduce --profile smoke -o /tmp/report\n" +
        "  qwem reproduce --counts mine.qcooc -V 500 -d 64 --sigma 1e-9 -o mine\n" +
        "  qwem reproduce --only errata -o /tmp/errata\n" +
        "  qwem reproduce --only comparison --questions questions-words.txt --similarity men.txt ws353.txt -o /tmp/comparison\n" +
        "  qwem reproduce --update README.md      also refresh the table of claims of a page";

    /// <summary>The region of a page that --update refreshes.</summary>
    private const string Region = "verdicts";

    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        Option<string> folder = Options.Output(
            "Folder to write the report to; created if missing, other files in it are left alone.", "folder", "reports");
        Option<string?> update = new("--update")
        {
            Description = "Markdown page whose table of experiments between <!-- verdicts:begin --> and <!-- verdicts:end --> is to be refreshed as well.",
            HelpName = "file",
        };
        Option<Typed<Profile>> profile = GateSelection.Profile();
        Option<string?> counts = new("--counts")
        {
            Description = "A .qcooc file made by 'qwem count', to be used instead of the embedded statistics.",
            HelpName = "file",
        };
        Option<int?> vocabularySize = new("--vocabulary-size", "-V")
        {
            Description = "Vocabulary size V for Theorem 4.3: the most frequent words of the counts, 3 or more; all if there are fewer than the default [default: 1000; smoke: 200]",
            HelpName = "number",
        };
        Option<int?> dimension = new("--dimension", "-d") { Description = "Embedding dimension d of Theorem 4.3, below V [default: 128; smoke: 16]", HelpName = "number" };
        Option<double?> sigma = new("--sigma")
        {
            Description = "Initialisation scale of Theorem 4.3: a word's squared norm starts with mean sigma^2; 1e-30 .. 1 [default: 1e-12; smoke: 1e-6]",
            HelpName = "number",
        };
        Option<ulong> seed = new("--seed")
        {
            Description = "Root seed of the random start and of the draws; 0 or more.",
            HelpName = "number",
            DefaultValueFactory = _ => Judging.StandardSeed,
        };
        Option<int> threads = Options.Threads();
        Option<string?> cache = new("--cache")
        {
            Description = "Folder for finished experiments, from which a later run continues [default: qwem in the user's folder for caches]",
            HelpName = "folder",
        };
        Option<bool> fresh = new("--fresh") { Description = "Ignore experiments that an earlier run finished." };
        Option<string?> corpus = new("--corpus")
        {
            Description = "For the profiles full and paper: a text, or counts made by 'qwem count', of 10,000 words or more. A text is counted with V = 10,000 and L = 16.",
            HelpName = "path",
        };
        Option<string?> questions = new("--questions")
        {
            Description = "A file of analogy questions (questions-words.txt), to be answered in the comparison of methods.",
            HelpName = "file",
        };
        Option<string[]> similarity = new("--similarity")
        {
            Description = "Files of similarity judgements, 'word1 word2 score', for the same comparison.",
            HelpName = "file",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [],
        };
        Option<string[]> only = GateSelection.Only();
        Option<bool> list = GateSelection.List();
        Command command = new("reproduce", Help) { folder, update, counts, vocabularySize, dimension, sigma, profile, corpus, questions, similarity, cache, fresh, only, list, seed, threads };
        command.Validators.Add(result =>
        {
            // The default folder and the page hold the whole report.
            if (result.GetValue(only) is { Length: > 0 } && !result.GetValue(list)
                && (result.GetResult(folder) is null or { Implicit: true } || result.GetValue(update) is not null))
                result.AddError("With --only the report is partial; give another folder than that of the whole report with --output, and no --update");
        });
        command.SetAction((parsed, cancellation) => parsed.GetValue(list) ? Task.FromResult(GateSelection.Print(parsed.GetValue(only) ?? [])) : RunAsync(
            parsed.GetRequiredValue(folder),
            parsed.GetValue(update),
            parsed.GetValue(counts),
            parsed.GetValue(sigma),
            parsed.GetValue(vocabularySize) == 0 || parsed.GetValue(dimension) == 0,
            parsed.GetValue(corpus),
            parsed.GetValue(questions),
            parsed.GetRequiredValue(similarity),
            parsed.GetValue(fresh),
            new ReproductionOptions
            {
                Profile = parsed.Get(profile),
                Seed = parsed.GetValue(seed),
                Threads = parsed.GetValue(threads),
                VocabularySize = parsed.GetValue(vocabularySize) ?? 0,
                EmbeddingDimension = parsed.GetValue(dimension) ?? 0,
                Only = parsed.GetValue(only) ?? [],
                Cache = parsed.GetValue(cache) ?? CacheFolder(),
            },
            cancellation));
        return command;
    }

    private static async Task<int> RunAsync(
        string folder, string? page, string? countsFile, double? sigma, bool isSizeZero, string? corpus, string? questions, string[] similarity, bool fresh, ReproductionOptions options, CancellationToken cancellation)
    {
        // Check everything that can be checked before minutes of work.
        if (isSizeZero) throw new UsageException("The vocabulary size V and the dimension d must be above 0; leave out what is to have its default.");
        if (sigma is double scale)
        {
            if (scale == 0) throw new UsageException("The initialisation scale sigma = 0 must be positive, for instance 1e-12.");
            options.InitialisationScale = scale;
        }
        if (countsFile is not null) options.Counts = QcoocReader.Read(countsFile);
        if (questions is not null || similarity.Length > 0) options.Benchmarks = Benchmarks.Read(questions, similarity);
        if (options.WhyImpossible(options.Counts ?? EmbeddedCounts.load(EmbeddedCounts.wikipedia1000)) is string sentence) throw new UsageException(sentence);
        if (ReportWriter.WhyNotWritable(folder) is string reason) throw new UsageException(reason);
        if (page is not null) PageUpdate.Check(page, Region);
        if (corpus is null && options.Profile == Profile.Full)
            throw new UsageException("The profile full needs a corpus; give --corpus PATH, a text or counts of 10,000 words or more.");
        if (corpus is not null && options.Profile < Profile.Full)
            throw new UsageException("--corpus is for the profiles full and paper; give --profile full too, or --counts for Theorem 4.3 alone.");
        Stopwatch watch = Stopwatch.StartNew();
        Reproduced reproduced = await StageDisplay.RunAsync(display =>
        {
            if (corpus is not null) options.Corpus = CorpusCounts.Of(corpus, options.Threads, display, cancellation);
            return Reproduction.Run(options, fresh, new Progress(display.Set), display.Tell, cancellation);
        }).ConfigureAwait(false);
        Report report = reproduced.Report;
        ReportWriter.Write(report, folder);
        if (page is not null) PageUpdate.Write(page, Region, Markdown.summaryTableOf(Link(page, folder), report.Slips, report.Sections));
        Judgement judgement = Judging.Of(report, options);
        PrintClaims(report);
        GatePrinter.Print(judgement, false, Path.Combine(folder, "index.html"));
        if (reproduced.Reused.Length > 0)
            Notices.Note($"{reproduced.Reused.Length} of {report.Sections.Length} experiments were finished earlier with the same build, inputs and parameters ('{options.Cache}'); --fresh runs them again");
        if (reproduced.CacheComplaint is string complaint)
            Notices.Warn($"Finished experiments could not be kept in '{options.Cache}' for later runs ({complaint}); name another folder with --cache.");
        Notices.Note($"{watch.Elapsed.TotalSeconds:F0} s, at most {Environment.WorkingSet >> 20} MiB at the end");
        return judgement.Passed ? ExitCodes.Success : ExitCodes.GateFailed;
    }

    /// <summary>The folder for caches of this system.</summary>
    private static string CacheFolder()
    {
        if (Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache) return Path.Combine(cache, "qwem");
        if (OperatingSystem.IsWindows()) return Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), "qwem", "cache");
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        return home.Length > 0 ? Path.Combine(home, ".cache", "qwem") : Path.Combine(Path.GetTempPath(), "qwem-cache");
    }

    /// <summary>The folder as a page links to it.</summary>
    private static string Link(string page, string folder) =>
        Path.GetRelativePath(Path.GetDirectoryName(Path.GetFullPath(page))!, Path.GetFullPath(folder)).Replace('\\', '/');

    /// <summary>Every gate, then what is contradicted, then the counts of slips.</summary>
    private static void PrintClaims(Report report)
    {
        Table table = Tabular.Columns("outcome", "gate", "gap", "bound", "finest resolution");
        foreach (Verdict verdict in Check.verdicts(report))
        {
            string finest = SlipMatrix.finest(verdict) is { Value: (string slip, double size) } ? $"{slip} {Numbers.shorter(size)}" : "–";
            Tabular.AddRow(table, Terms.outcome(verdict.Outcome), verdict.Id, Numbers.@short(verdict.Gap), Numbers.@short(verdict.Bound), finest);
        }
        Tabular.Write(table);
        foreach ((Section section, Verdict verdict) in Tables.having(Outcome.Contradicted, report.Sections))
            Console.Out.WriteLine($"Contradicted: {Rich.spoken(section.Title)}, {verdict.Id}: {Rich.spoken(verdict.Claim)} {Rich.spoken(Tables.finding(verdict))}");
        if (Tables.matrix(report.Slips, Check.verdicts(report)) is { Length: > 0 } counts) Console.Out.WriteLine(counts);
    }
}
