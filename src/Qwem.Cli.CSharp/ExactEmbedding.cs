using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Qwem.Sim.Cooccurrence;
using Qwem.Sim.Descent;
using Qwem.Sim.Formats;
using Qwem.Sim.LinearAlgebra;
using Qwem.Sim.Spectra;
using Qwem.Sim.Statistics;
using Qwem.Sim.Threading;
using Qwem.Validation;
using PairMeasures = Qwem.Sim.Descent.PairMeasures;

namespace Qwem.Cli;

/// <summary><c>qwem embed --exact</c>: the vectors at the end of training under any weight of the pairs, computed and not trained.</summary>
internal sealed class ExactEmbedding
{
    private readonly Option<bool> _exact = new("--exact") { Description = "The end of training of --loss with the weights of --reweight, as above, in place of a closed form." };
    private readonly Option<Typed<PairLoss>> _loss = Options.Choice("--loss", "For --exact: L_sym, L_xe or word2vec's logistic one.", ("sym", PairLoss.Symmetric), ("xe", PairLoss.CrossEntropy), ("sgns", PairLoss.Logistic));
    private readonly Option<int> _steps = Options.Integer("--steps", null, "For --exact: most steps of the minimiser; 1 or more.", 2000, 1, int.MaxValue);
    private readonly WeightOptions _weights;

    /// <summary>Adds the options to a command.</summary>
    public ExactEmbedding(Command command)
    {
        command.Add(_exact);
        command.Add(_loss);
        _weights = new WeightOptions(command, false, "t of --reweight word2vec and skipgram; 0 .. 1, not 0.", "For --exact: a: negative words are drawn in proportion to P_i^a; word2vec has 0.75; 0 .. 2.");
        command.Add(_steps);
    }

    /// <summary>What --help says.</summary>
    public const string Help =
        "--exact gives the vectors at the end of training where there is no closed form: any --loss, with the weights that --reweight gives the pairs (all\n" +
        "alike in the closed forms), --negative-ratio and --negative-power. The loss over all pairs is minimised from the closed form of the weight of rank one, by quasi-Newton steps\n" +
        "until W W' is within --tolerance (1e-3 here) of its value at rest, as estimated from the decrease of the steps: no learning rate, no noise, no seed. The pairs that word2vec itself draws are\n" +
        "--loss sgns --reweight skipgram --negative-ratio 5 --negative-power 0.75, with one matrix of vectors where word2vec has two. --shrinkage is 0 here unless given, and then adds pairs of a prior to the positive and the negative ones. A step\n" +
        "takes 3 V^2 d operations, about a second at V = 10,000 and d = 200 on two cores, and hundreds of them are needed, more with --shrinkage.\n" +
        "--exact --time gives the vectors at a moment of that training from a vanishing start, through its sequence of saddles (docs/derivations.md section 11): 1.5tau3 is 1.5 times the moment when\n" +
        "mode 3 has risen by half. Conjectured to become exact as --sigma vanishes; every mode up to the moment is followed, 15 to 20 seconds each at V = 1000 on two cores\n" +
        "(--threads does not limit them), and as V^2. 'smallness' is the theory's measure of how far --sigma is from vanishing; above 0.3 a warning says that the times are not to be relied on.\n\n";

    /// <summary>True with --exact.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="closedForm">The options that belong to the closed forms.</param>
    /// <exception cref="UsageException">An option of the other kind is given.</exception>
    public bool Wanted(ParseResult parsed, Option[] closedForm)
    {
        bool wanted = parsed.GetValue(_exact);
        Option[] foreign = wanted ? closedForm : [_loss, .. _weights.All, _steps];
        if (foreign.FirstOrDefault(parsed.IsGiven) is Option option)
            throw new UsageException($"The option {option.Name} {(wanted ? "does not go with" : "belongs to")} --exact; {(wanted ? "leave one of them out" : "add it, or leave the option out")}.");
        return wanted;
    }

    /// <summary>Computes and writes the vectors.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="job">The options that both kinds have.</param>
    /// <param name="cancellation">Ends the work early; nothing is written then.</param>
    public async Task<int> RunAsync(ParseResult parsed, ExactJob job, CancellationToken cancellation)
    {
        if (_weights.Subsamples(parsed) && parsed.Get(_weights.Subsample) == 0)
            throw new UsageException("The threshold 0 of --subsample leaves no weight; give one above 0, and 1 to keep all words.");
        if (job.Moment is Moment moment)
        {
            moment.RequireModes(job.Dimension);
            // Before a text is read, where the command line says how many words are kept.
            if (job.Source.Size is int size) RequireFew(size);
            if (parsed.IsGiven(_steps)) throw new UsageException("--steps does not go with --time: modes are followed one by one and nothing is minimised; leave one of them out.");
        }
        Stopwatch watch = Stopwatch.StartNew();
        if (job.Moment is Moment wanted)
        {
            SaddleMoment reached = await StageDisplay.RunAsync(display => Follow(parsed, job, wanted, display, cancellation)).ConfigureAwait(false);
            Console.Out.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{job.Output} loss={parsed.Get(_loss).Name} {wanted} eta-time={reached.Time:G6} value={reached.Loss:G10} smallness={reached.Smallness:G2} risen={reached.Risen} followed={reached.Followed}"));
            Notices.Note(string.Create(CultureInfo.InvariantCulture, $"{watch.Elapsed.TotalSeconds:F2} s"));
            if (!(reached.Smallness <= SaddleMoment.SmallEnough))
                Notices.Warn(string.Create(CultureInfo.InvariantCulture,
                    $"qwem: The start is not small enough for these times: the theory's measure is {reached.Smallness:G2}, and above {SaddleMoment.SmallEnough} it promises nothing. Give a smaller --sigma or an earlier mode; the vectors were written."));
            return ExitCodes.Success;
        }
        RestProgress end = await StageDisplay.RunAsync(display => Work(parsed, job, display, cancellation)).ConfigureAwait(false);
        bool isAtRest = Math.Max(end.Change, end.Remaining) <= job.Tolerance;
        Console.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{job.Output} loss={parsed.Get(_loss).Name} steps={end.Step} value={end.Loss:G10} remaining={end.Remaining:G2}"));
        Notices.Note(string.Create(CultureInfo.InvariantCulture, $"{watch.Elapsed.TotalSeconds:F2} s"));
        if (isAtRest) return ExitCodes.Success;
        Notices.Warn($"qwem: The model is not at rest after {end.Step} steps; the vectors of the last step were written. Give more --steps or a larger --tolerance.");
        return ExitCodes.Numerical;
    }

    private static void RequireFew(int words)
    {
        if (words > SaddleMoment.LargestVocabulary)
            throw new UsageException($"There are {words} words, and --exact with --time takes at most {SaddleMoment.LargestVocabulary}, which take about eight minutes for each mode; give a smaller -V.");
    }

    private SaddleMoment Follow(ParseResult parsed, ExactJob job, Moment moment, StageDisplay display, CancellationToken cancellation)
    {
        using WorkerTeam team = new(job.Threads);
        CooccurrenceCounts counts = job.Source.Counts(team, display.Set, cancellation);
        int v = counts.VocabularySize, dimension = Dimension(job, v);
        RequireFew(v);
        display.Set("building the loss", 0.0);
        PairLoss loss = parsed.Get(_loss);
        double shrinkage = job.Shrinkage ?? EmpiricalShrinkage.Estimate(counts, team, cancellation);
        (DenseMatrix positive, DenseMatrix negative) = Measures(parsed, job, counts, shrinkage).Dense();
        SaddleMoment reached = SaddleMoment.Compute(
            loss, positive, negative, dimension, moment.Sigma, moment.Time,
            (mode, fraction) => display.Set($"following mode {mode}", fraction), cancellation);
        display.Set("writing", 0.0);
        RestDescription description = Describe(parsed, job, counts, shrinkage, new RestProgress(0, reached.Loss, 0, double.NaN));
        VectorFile.Write(
            new WordVectors(counts.Words, dimension, reached.Vectors(dimension)), job.Output,
            [NpyArray.Text("settings", description.ToJson()), NpyArray.Text("moment", moment.ToString())], cancellation);
        return reached;
    }

    private RestProgress Work(ParseResult parsed, ExactJob job, StageDisplay display, CancellationToken cancellation)
    {
        using WorkerTeam team = new(job.Threads);
        CooccurrenceCounts counts = job.Source.Counts(team, display.Set, cancellation);
        int v = counts.VocabularySize, dimension = Dimension(job, v);
        display.Set("building the loss", 0.0);
        PairLoss loss = parsed.Get(_loss);
        double shrinkage = job.Shrinkage ?? EmpiricalShrinkage.Estimate(counts, team, cancellation);
        ModelAtRest model = new(new ExactObjective(Measures(parsed, job, counts, shrinkage), loss, false, team), team);
        TargetSettings target = new() { Kind = loss == PairLoss.CrossEntropy ? TargetKind.Xe : TargetKind.Sym, NegativeRatio = job.NegativeRatio, Shrinkage = shrinkage };
        DenseMatrix state = model.Start(counts, target, dimension, new Relay<WorkProgress>(p => display.Set("closed form of rank one", p.Done, p.Total)), cancellation);
        RestSettings settings = new() { Tolerance = job.Tolerance, MaximumSteps = parsed.GetValue(_steps) };
        double first = double.NaN;
        RestProgress end = model.Run(state, settings, new Relay<RestProgress>(p => Show(p, ref first, job.Tolerance, display)), cancellation);
        display.Set("writing", 0.0);
        VectorFile.Write(Vectors(state, counts.Words), job.Output, [NpyArray.Text("settings", Describe(parsed, job, counts, shrinkage, end).ToJson())], cancellation);
        return end;
    }

    /// <summary>Progress on the scale of ln of what is left, from the first estimate to the tolerance; a line every fifty steps in a log.</summary>
    private static void Show(RestProgress progress, ref double first, double tolerance, StageDisplay display)
    {
        double left = Math.Max(progress.Change, progress.Remaining);
        if (double.IsNaN(first) && left > 0) first = left;
        display.Set("descending to rest", left > 0 && first > tolerance ? Math.Clamp(Math.Log(first / left) / Math.Log(first / tolerance), 0, 1) : 0);
        if (Notices.HasLines && progress.Step % 50 == 0)
            Notices.Note(string.Create(CultureInfo.InvariantCulture, $"step {progress.Step}: {(double.IsNaN(left) ? "no estimate of what is left yet" : $"about {left:G2} of W W' left")}"));
    }

    private static int Dimension(ExactJob job, int v) => v <= PairStatistics.LargestVocabulary
        ? Options.Dimension(job.Dimension, job.IsDimensionGiven, v, asymmetric: false)
        : throw new UsageException($"There are {v} words, and --exact takes at most {PairStatistics.LargestVocabulary}; give a smaller -V.");

    private PairMeasures Measures(ParseResult parsed, ExactJob job, CooccurrenceCounts counts, double shrinkage)
    {
        try
        {
            PairStatistics statistics = PairStatistics.FromCounts(counts, counts.VocabularySize);
            return _weights.Measures(parsed, statistics, job.NegativeRatio).WithPrior(shrinkage / counts.TotalCount);
        }
        catch (ArgumentException failure)
        {
            throw UsageException.Of("This loss cannot be computed from the counts: ", failure);
        }
    }

    private static WordVectors Vectors(DenseMatrix state, IReadOnlyList<string> words)
    {
        float[] values = Array.ConvertAll(state.Values, value => (float)value);
        return values.All(float.IsFinite) ? new WordVectors(words, state.Columns, values) : throw new ArithmeticException("A vector left the range of single precision.");
    }

    private RestDescription Describe(ParseResult parsed, ExactJob job, CooccurrenceCounts counts, double shrinkage, RestProgress end) => new(
        // Only an archive stores the hash, which takes a while to compute.
        VectorFile.IsArchive(job.Output) ? counts.ContentHash : "",
        counts.Convention, parsed.Get(_loss), _weights.Reweighting(parsed), _weights.Exponent(parsed), job.NegativeRatio, parsed.Get(_weights.NegativePower), shrinkage, job.Tolerance, end);
}

/// <summary>What <c>qwem embed --exact</c> shares with the closed forms.</summary>
/// <param name="Source">The text or counts.</param>
/// <param name="Dimension">d.</param>
/// <param name="IsDimensionGiven">Whether the command line says so.</param>
/// <param name="NegativeRatio">k.</param>
/// <param name="Shrinkage">beta, or null for the one of highest likelihood.</param>
/// <param name="Tolerance">Largest relative distance of W W' from its value at rest.</param>
/// <param name="Moment">A moment of training in place of its end, or null.</param>
/// <param name="Threads">Threads.</param>
/// <param name="Output">The file to write.</param>
internal sealed record ExactJob(
    CountsSource Source, int Dimension, bool IsDimensionGiven, double NegativeRatio, double? Shrinkage, double Tolerance, Moment? Moment, int Threads, string Output);
