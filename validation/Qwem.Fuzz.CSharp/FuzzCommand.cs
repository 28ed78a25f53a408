using System.Diagnostics;
using Qwem.Sim.Corpora;

namespace Qwem.Fuzz;

/// <summary>Random and changed inputs for every reader, many at a time, each to be replayed by its number.</summary>
internal static class FuzzCommand
{
    private const string Memory = "/dev/shm";

    private const string Text = "one, the two 3 of the of\na bb a ccc dddd the\n\nthe of Ärger 日本 bb a a one zero\nof of the x y z\n";

    /// <summary>Runs the cases and returns the exit code.</summary>
    /// <param name="cases">How many.</param>
    /// <param name="seed">Seed of the inputs.</param>
    /// <param name="only">The one case to run, whose files are kept; or null.</param>
    public static int Run(long cases, ulong seed, long? only)
    {
        bool isInterrupted = false;
        Console.CancelKeyPress += (_, key) => key.Cancel = isInterrupted = true;
        string folder = Directory.CreateDirectory(Path.Combine(Directory.Exists(Memory) ? Memory : Path.GetTempPath(), $"qwem-fuzz-{Environment.ProcessId}")).FullName;
        IReadOnlyList<FuzzTarget> targets = Targets(folder);
        using FuzzRun run = new(targets, seed, folder);
        Stopwatch watch = Stopwatch.StartNew();
        run.Execute(only ?? 0, only + 1 ?? cases, done =>
        {
            if (done > 0) Console.Error.Write($"\r{done} cases, {done / watch.Elapsed.TotalSeconds:F0} a second");
            return !isInterrupted;
        });
        Console.Error.WriteLine();
        Print(run, targets, watch.Elapsed.TotalSeconds, seed);
        if (only is not null) Console.WriteLine($"\nThe files of the case are in {folder}.");
        else Directory.Delete(folder, recursive: true);
        if (run.FailedCase is long failed) Console.WriteLine($"\nCase {failed} of seed {seed} FAILED (replay: --seed {seed} --only {failed}):\n{run.Failure}");
        return run.FailedCase is not null ? 1 : isInterrupted ? 130 : 0;
    }

    private static List<FuzzTarget> Targets(string folder)
    {
        string text = Path.Combine(folder, "sample"), prepared = Path.Combine(folder, "sample.qtok");
        File.WriteAllText(text, Text);
        ParsedCorpus parsed = CorpusReader.Parse([text], new CorpusConvention { Normalisation = Normalisation.None });
        QtokWriter.Write(parsed, prepared);
        return
        [
            new TextTarget("text, JSON lines, WikiExtractor", 25, TextTarget.Packing.None),
            new TextTarget("the same as gzip", 15, TextTarget.Packing.Gzip),
            new TextTarget("the same as zip", 10, TextTarget.Packing.Zip),
            new CountsTarget(new CountsSamples(parsed)),
            new PreparedTarget(File.ReadAllBytes(prepared)),
            new SpectrumTarget(),
            new VocabularyTarget(parsed),
        ];
    }

    private static void Print(FuzzRun run, IReadOnlyList<FuzzTarget> targets, double seconds, ulong seed)
    {
        Console.WriteLine($"{run.Done} cases of seed {seed} in {seconds:F0} s: {run.Done / seconds:F0} a second on {Environment.ProcessorCount} processors.\n");
        Console.WriteLine("| reader | cases | accepted | refused |\n| --- | ---: | ---: | ---: |");
        for (int k = 0; k < targets.Count; k++)
        {
            long accepted = run.Count(k, FuzzOutcome.Accepted), refused = run.Count(k, FuzzOutcome.Refused);
            Console.WriteLine($"| {targets[k].Name} | {accepted + refused} | {accepted} | {refused} |");
        }
    }
}
