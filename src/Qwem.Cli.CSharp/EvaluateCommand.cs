using System.CommandLine;
using System.Diagnostics;
using Qwem.Sim.Evaluation;
using Qwem.Sim.Formats;
using Qwem.Sim.Threading;

namespace Qwem.Cli;

/// <summary><c>qwem evaluate</c>: analogy and similarity benchmarks on a file of vectors.</summary>
internal static class EvaluateCommand
{
    private const string Help =
        "Measure word vectors on analogy questions and similarity judgements.\n\n" +
        "Analogies: percent of questions a : b = a' : ? whose answer is the word of largest w_hat . (b_hat - a_hat + a'_hat), with a, b and a'\n" +
        "left out (usual) and not; the smooth score sqrt(d) b'_hat . (b_hat - a_hat + a'_hat). Similarity: Spearman's rank correlation of\n" +
        "cosines and judgements. Words are looked up as written, then in lower case; questions and pairs with unknown words are\n" +
        "counted (unknown) and left out. Brackets: bootstrap intervals, for analogies over word pairs, for similarity over pairs.\n\n" +
        "--csv prints a line for each family, for all questions ('total') and for each file of judgements: benchmark,part,items,known,correct,\n" +
        "value,lower,upper; value is the share answered correctly or the correlation, lower and upper its interval.\n\n" +
        "Files: questions in the layout of questions-words.txt (': family', then four words a line); judgements 'word1 word2 score'.\n\n" +
        "Example:\n  qwem evaluate vectors.npz --questions questions-words.txt --similarity men.txt ws353.txt";

    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        Argument<string> vectors = VectorOptions.Vectors();
        Option<string?> questions = new("--questions") { Description = "A file of analogy questions.", HelpName = "file" };
        Option<bool> allPairs = new("--all-pairs") { Description = "Ask all ordered pairs of each family's distinct word pairs instead of the file's own questions." };
        Option<string[]> similarity = new("--similarity")
        {
            Description = "Files of similarity judgements.",
            HelpName = "file",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [],
        };
        Option<int> replicates = Options.Integer("--replicates", null, "Bootstrap replicates of each interval; 0 means no intervals.", 1000, 0, 1_000_000);
        Option<Typed<double>> confidence = Options.Number("--confidence", "Nominal coverage of the intervals; 0.01 .. 0.999.", 0.95, 0.01, 0.999);
        Option<int> seed = Options.Integer("--seed", null, "Root seed of the bootstrap.", 1, 0, int.MaxValue);
        Option<bool> csv = new("--csv") { Description = "Print comma-separated lines with a heading instead of tables." };
        Option<int> threads = Options.Threads();
        Command command = new("evaluate", Help) { vectors, questions, allPairs, similarity, csv, replicates, confidence, seed, threads };
        command.SetAction((parsed, cancellation) => RunAsync(
            new Job(
                parsed.GetRequiredValue(vectors), parsed.GetValue(questions), parsed.GetValue(allPairs), parsed.GetRequiredValue(similarity), parsed.GetValue(csv),
                new BootstrapSettings
                {
                    Replicates = parsed.GetValue(replicates),
                    Confidence = parsed.Get(confidence),
                    Seed = (ulong)parsed.GetValue(seed),
                },
                parsed.GetValue(threads)),
            cancellation));
        return command;
    }

    private static async Task<int> RunAsync(Job job, CancellationToken cancellation)
    {
        if (job.Questions is null && job.Similarity.Length == 0)
            throw new UsageException("There is nothing to measure; give --questions FILE, --similarity FILE, or both.");
        // The small files first, so that a mistake in them is found before a large one is read.
        IReadOnlyList<AnalogyWords>? families = job.Questions is null ? null : AnalogyFile.Read(job.Questions);
        if (families is not null && job.AllPairs) families = AnalogyFile.AllOrderedPairs(families);
        List<IReadOnlyList<SimilarityJudgement>> judgements = [.. job.Similarity.Select(SimilarityFile.Read)];
        WordVectors vectors = await Task.Run(() => VectorFile.Read(job.Vectors, cancellation), cancellation).ConfigureAwait(false);
        Stopwatch watch = Stopwatch.StartNew();
        (AnalogyReport? analogies, List<SimilarityResult> similarities) =
            await StageDisplay.RunAsync(display => Work(job, vectors, families, judgements, display, cancellation)).ConfigureAwait(false);
        if (job.Csv)
        {
            PrintLines(job, analogies, similarities);
        }
        else
        {
            if (analogies is not null) Print(analogies);
            for (int n = 0; n < similarities.Count; n++) Print(job.Similarity[n], similarities[n]);
        }
        Notices.Note($"{watch.Elapsed.TotalSeconds:F2} s after reading");
        return ExitCodes.Success;
    }

    private static (AnalogyReport? Analogies, List<SimilarityResult> Similarities) Work(
        Job job, WordVectors vectors, IReadOnlyList<AnalogyWords>? families, List<IReadOnlyList<SimilarityJudgement>> judgements, StageDisplay display,
        CancellationToken cancellation)
    {
        using WorkerTeam team = new(job.Threads);
        AnalogyReport? analogies = null;
        if (families is not null)
        {
            display.Set("analogies", 0);
            analogies = AnalogyBenchmark.Run(vectors, families, team, job.Bootstrap, new Relay<double>(done => display.Set("analogies", done)), cancellation);
        }
        if (judgements.Count > 0) display.Set("similarity", 0);
        return (analogies, [.. judgements.Select(list => SimilarityBenchmark.Run(vectors, list, team, job.Bootstrap, cancellation))]);
    }

    private static void Print(AnalogyReport report)
    {
        int width = Math.Max(6, report.Families.Max(family => family.Name.Length));
        Console.Out.WriteLine(
            $"{"family".PadRight(width)} {"asked",6} {"unknown",7} {"correct",7} {"percent",24} {"ties",5} {"never",5} {"with inputs",24} {"smooth score",24}");
        foreach (AnalogyResult family in report.Families.Append(report.Total))
        {
            AnalogyScore usual = family.ExcludingInputs, all = family.IncludingInputs;
            Console.Out.WriteLine(
                $"{family.Name.PadRight(width)} {family.Asked,6} {family.OutOfVocabulary,7} {usual.Correct,7} {Figure(100, usual.Accuracy, usual.Interval, "F2"),24} " +
                $"{usual.Ties,5} {family.Unanswerable,5} {Figure(100, all.Accuracy, all.Interval, "F2"),24} {Figure(1, family.SmoothScore, family.SmoothInterval, "F3"),24}");
        }
        Console.Out.WriteLine("never: asked questions whose answer is one of their own words, wrong by the usual rule");
    }

    private static void Print(string path, SimilarityResult result) =>
        Console.Out.WriteLine($"{path} pairs={result.Pairs - result.OutOfVocabulary} unknown={result.OutOfVocabulary} spearman={Figure(1, result.Spearman, result.Interval, "F4")}");

    private static void PrintLines(Job job, AnalogyReport? analogies, List<SimilarityResult> similarities)
    {
        void Line(string? file, string part, int items, int known, string correct, double value, Interval interval) => Console.Out.WriteLine(string.Join(
            ',', Path.GetFileNameWithoutExtension(file), part.Replace(',', ' '), items, known, correct, value.ToString("F6"), interval.Lower.ToString("F6"), interval.Upper.ToString("F6")));

        Console.Out.WriteLine("benchmark,part,items,known,correct,value,lower,upper");
        foreach (AnalogyResult family in analogies is null ? [] : analogies.Families.Append(analogies.Total))
        {
            AnalogyScore score = family.ExcludingInputs;
            Line(job.Questions, family.Name, family.Questions, family.Asked, score.Correct.ToString(), score.Accuracy, score.Interval);
        }
        for (int n = 0; n < similarities.Count; n++)
        {
            SimilarityResult result = similarities[n];
            Line(job.Similarity[n], "total", result.Pairs, result.Pairs - result.OutOfVocabulary, "", result.Spearman, result.Interval);
        }
    }

    private static string Figure(double unit, double value, Interval interval, string format)
    {
        if (double.IsNaN(value)) return "-";
        string text = (unit * value).ToString(format);
        return double.IsNaN(interval.Lower) ? text : $"{text} [{(unit * interval.Lower).ToString(format)}, {(unit * interval.Upper).ToString(format)}]";
    }

    private sealed record Job(string Vectors, string? Questions, bool AllPairs, string[] Similarity, bool Csv, BootstrapSettings Bootstrap, int Threads);
}
