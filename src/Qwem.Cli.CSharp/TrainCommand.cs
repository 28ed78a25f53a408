using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Qwem.Sim.IO;
using Qwem.Sim.Runs;
using Qwem.Sim.Threading;

namespace Qwem.Cli;

/// <summary><c>qwem train</c>: embeddings by gradient descent, from counts or a text.</summary>
internal static class TrainCommand
{
    private static readonly string Help =
        "Train embeddings by minibatch gradient descent, from text or counts; or word2vec itself.\n\n" +
        "Writes into the folder: trace.csv (step, learning rate, losses, overlaps, singular values) while it trains; trace.npz (the same for numpy.load), embeddings.npy (V x d; " +
        "for two matrices also contexts.npy) and vocabulary.txt at the end, with the sums of the matrices and the words in *.sha256; run.txt and checkpoint.qwem to resume from. " +
        "A run that was killed at any moment and is resumed with --resume ends with the same bytes as an uninterrupted one, on any number of threads. " +
        "A descent that diverges ends with exit code 4, an estimate of the largest stable learning rate, and its last checkpoint kept.\n\n" +
        "--sampling stream draws positive pairs from a text instead of its counts: a radius uniform on 1 .. L about each position, no pair across documents, in a new " +
        "order in each epoch. With --reweight-by draws pairs are kept with a probability proportional to Psi; the smaller that probability, the more text a step reads.\n\n" +
        "--mode word2vec --loss sgns trains as the original program does (subsampled words, negative words by count^0.75, a linearly falling rate, no " +
        "checkpoints) and writes a file in the format of its name: .bin, .txt, .vec, .npz, .tsv, or .npy with a list of words beside it (of these only .npz has a checksum; see 'qwem embed --help'). Its threads are not synchronised, so the vectors " +
        "differ from run to run unless --threads 1 is given. --learning-rate is 0.025 and --negative-power 0.75 unless given.\n\n" +
        CorpusOptions.Help + "\n" +
        "Examples:\n" +
        "  qwem train enwiki.qcooc --loss sym --reweight constant -d 128 --sigma 1e-6 --learning-rate 500 --steps 20000 -o run\n" +
        "  qwem train enwiki.qcooc --loss sgns -d 100 --schedule linear:5000 --checkpoint-every 5m -o run\n" +
        "  qwem train enwiki.qcooc --loss sgns -d 100 --schedule linear:5000 --checkpoint-every 5m -o run --resume\n" +
        "  qwem train enwiki.qtok --sampling stream -V 10000 --window 16 --loss sgns --reweight word2vec --reweight-by draws --subsample 1e-4 -o run\n" +
        "  qwem train enwiki.qtok --mode word2vec --loss sgns -V 10000 -d 200 --window 16 --epochs 3 -o vectors.bin";

    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        Option<string> folder = Options.Output("Folder of the run; created if missing (its parent must exist). The file of the vectors in --mode word2vec.", "path", null);
        Option<bool> resume = new("--resume") { Description = "Resume the run in the folder; its parameters must be repeated. If there is none, a new run is started." };
        Option<Typed<TimeSpan>> checkpointEvery = new("--checkpoint-every")
        {
            Description = "Time between checkpoints: a number and ms, s, m or h; 1ms .. 1000h.",
            HelpName = "time",
            DefaultValueFactory = _ => new Typed<TimeSpan>(TimeSpan.FromMinutes(5), "5m"),
            CustomParser = result =>
            {
                string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
                if (Time(text) is TimeSpan time) return new Typed<TimeSpan>(time, text);
                result.AddError($"The value '{text}' of --checkpoint-every is not possible; give a number and a unit, 1ms .. 1000h, for instance 5m");
                return new Typed<TimeSpan>(default, text);
            },
        };
        Option<int> threads = Options.Threads("Only the results of --mode word2vec depend on it.");
        Command command = new("train", Help);
        TrainOptions options = new(command);
        foreach (Option option in new Option[] { folder, resume, checkpointEvery, threads }) command.Add(option);
        SkipGramOptions skipGram = new(command, options);
        command.SetAction((parsed, cancellation) => skipGram.Wanted(parsed)
            ? SkipGramTraining.RunAsync(skipGram.Job(parsed, parsed.GetRequiredValue(folder), parsed.GetValue(threads)), cancellation)
            : RunAsync(
            (team, report) => options.Plan(parsed, team, report, cancellation),
            parsed.GetRequiredValue(folder),
            parsed.GetValue(resume),
            parsed.Get(checkpointEvery),
            parsed.GetValue(threads),
            cancellation));
        return command;
    }

    private static async Task<int> RunAsync(
        Func<WorkerTeam, Action<string, long, long>, TrainingPlan> plan, string folder, bool resume, TimeSpan checkpointEvery, int threads, CancellationToken cancellation)
    {
        using WorkerTeam team = new(threads);
        TrainingPlan planned = await ProgressDisplay.RunAsync(["reading", "counting"], display => plan(team, display.Set)).ConfigureAwait(false);
        TrainingRun run = Prepared(planned, team);
        MakeFolder(folder);
        Stopwatch watch = Stopwatch.StartNew();
        long begun = await ProgressDisplay.RunAsync(
            ["training"],
            display => Interruption.WhileSaving(() => Train(run, folder, resume, checkpointEvery, display, cancellation))).ConfigureAwait(false);
        double seconds = watch.Elapsed.TotalSeconds;
        Console.Out.WriteLine($"{Path.Combine(folder, "embeddings.npy")} V={planned.VocabularySize} d={planned.EmbeddingDimension} steps={planned.Steps} learning-rate={run.LearningRate.ToString("G6", CultureInfo.InvariantCulture)}");
        long pairs = planned.Sampling == Sampling.Full ? 0 : (planned.Steps - begun) * planned.Batch * (planned.Loss is null ? 1 : 2);
        Notices.Note(string.Create(
            CultureInfo.InvariantCulture, $"{seconds:F2} s for {planned.Steps - begun} steps{(pairs > 0 ? $", {pairs / seconds / 1e6:F1} million pairs/s" : "")}"));
        return ExitCodes.Success;
    }

    private static long Train(TrainingRun run, string folder, bool resume, TimeSpan checkpointEvery, ProgressDisplay display, CancellationToken cancellation)
    {
        try
        {
            return run.Train(folder, resume, checkpointEvery, new Relay<WorkProgress>(p => display.Set(0, p.Done, p.Total)), cancellation);
        }
        catch (RunInterruptedException cancelled)
        {
            throw new RunInterruptedException($"{cancelled.Message.TrimEnd('.')}; --resume continues from there.");
        }
    }

    private static TrainingRun Prepared(TrainingPlan plan, WorkerTeam team)
    {
        try
        {
            return new TrainingRun(plan, team);
        }
        catch (ArgumentException failure)
        {
            throw UsageException.Of("", failure);
        }
    }

    private static void MakeFolder(string folder)
    {
        string full = Path.GetFullPath(folder);
        string? parent = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(full));
        if (File.Exists(full)) throw new UsageException($"The output '{folder}' is a file; give the path of a folder.");
        if (parent is not null && !Directory.Exists(parent)) throw new UsageException($"The output '{folder}' is in the folder '{parent}', which does not exist; create it first.");
        try
        {
            Directory.CreateDirectory(full);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"The output folder '{folder}' cannot be created; choose another place or change its permissions.");
        }
        if (AtomicFile.WhyNotWritable(Path.Combine(full, "trace.csv")) is string reason)
            throw new UsageException($"The output '{Path.Combine(folder, "trace.csv")}' {reason}.");
    }

    private static TimeSpan? Time(string text)
    {
        (string unit, double milliseconds)[] units = [("ms", 1), ("s", 1e3), ("m", 6e4), ("h", 3.6e6)];
        foreach ((string unit, double milliseconds) in units)
        {
            if (!text.EndsWith(unit, StringComparison.Ordinal)) continue;
            if (!double.TryParse(text[..^unit.Length], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number)) continue;
            double total = number * milliseconds;
            return total is >= 1 and <= 3.6e9 ? TimeSpan.FromMilliseconds(total) : null;
        }
        return null;
    }
}
