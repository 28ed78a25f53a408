using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Qwem.Sim.Cooccurrence;
using Qwem.Sim.Corpora;
using Qwem.Sim.Descent;
using Qwem.Sim.Formats;
using Qwem.Sim.Hogwild;
using Qwem.Sim.LinearAlgebra;
using Qwem.Sim.Runs;
using Qwem.Sim.Statistics;
using Qwem.Sim.Threading;

namespace Qwem.Cli;

/// <summary>The options of <c>qwem train</c> that decide its results, and the plan they make.</summary>
internal sealed class TrainOptions
{
    private static readonly string[] s_losses = ["sym", "xe", "sgns", "quartic", "simclr", "quadratic"];

    private readonly CountsInput _input;
    private readonly WeightOptions _weights;
    private readonly Option<Typed<string>> _loss = Options.Choice("--loss", "Loss: L_sym, L_xe, word2vec's logistic one, its expansion to fourth order, SimCLR's over the batch, or any quadratic one.", s_losses);
    private readonly Option<string?> _coefficients = new("--coefficients") { Description = "a,b,c,d of --loss quadratic: a x^2 - b x on positive, c x^2 - d x on negative pairs; a, c of 0 or more, not both 0.", HelpName = "a,b,c,d" };
    private readonly Option<Typed<double>> _beta = Options.Number("--inverse-temperature", "beta of --loss simclr; positive.", 1, x => x > 0, "above 0");
    private readonly Option<Typed<double>> _ratio = Options.Number("--negative-ratio", "k: weight of the negative pairs; positive.", 1, x => x > 0, "above 0");
    private readonly Option<Typed<string>> _model = Options.Choice("--model", "M = W'W or M = W1'W2.", "symmetric", "asymmetric");
    private readonly Option<Typed<string>> _reweightBy = Options.Choice("--reweight-by", "Weigh the loss of each pair as the papers do, or draw pairs in proportion to their weight: the same mean gradient with less noise.", "loss", "draws");
    private readonly Option<Typed<string>> _sampling = Options.Choice("--sampling", "Pairs drawn independently from the counts, all pairs in every step, or positive pairs from the text in a new random order each epoch.", "iid", "full", "stream");
    private readonly Option<int> _dimension = Options.Integer("--dimension", "-d", "Embedding dimension d, below V; V d (for two matrices 2 V d) is at most 250,000,000, and in --mode word2vec d is at most 65534.", Defaults.Dimension, 1, 65_534);
    private readonly Option<Typed<double>> _sigma = Options.Number("--sigma", "Initialisation scale: a row's squared norm starts with mean sigma^2; 1e-15 .. 10.", 1e-12, x => x is >= 1e-15 and <= 10, "1e-15 .. 10");
    private readonly Option<string?> _start = new("--start") { Description = "A .npy matrix to start from, V x d (for two matrices 2 V x d, the first above the second), instead of a Gaussian one.", HelpName = "file" };
    private readonly Option<double?> _rate = new("--learning-rate")
    {
        Description = "Factor of the gradient in a step: a positive number, or auto for a tenth of a stable one, from the largest eigenvalue (word2vec: that program's). [default: auto]",
        HelpName = "auto|number",
        CustomParser = result =>
        {
            string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
            if (text == "auto") return null;
            if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double rate) && double.IsFinite(rate) && rate > 0) return rate;
            result.AddError($"The value '{text}' of --learning-rate is not possible; give auto, or a number above 0");
            return null;
        },
    };
    private readonly Option<string> _schedule = new("--schedule") { Description = "constant, linear:N (to 0 from step N on) or steps:N=F,... (times F from step N on).", HelpName = "schedule", DefaultValueFactory = _ => "constant" };
    private readonly Option<int> _batch = Options.Integer("--batch", null, "Positive pairs per step, and as many negative ones; for simclr 2 .. 16384.", 50_000, 1, 100_000_000);
    private readonly Option<long> _steps = Options.LongInteger("--steps", "Steps; 1 or more.", 10_000, 1);
    private readonly Option<ulong> _seed = new("--seed") { Description = "Root seed of the start and of the draws; 0 or more.", HelpName = "number", DefaultValueFactory = _ => 1UL };
    private readonly Option<Typed<string>> _precision = Options.Choice("--precision", "Numbers to train in: float32 or float64. In float32, rounding errors seed the modes that are smaller than about 1e-8 of the largest, so that from a small sigma all but the first few rise too early; use double there.", "single", "double");
    private readonly Option<long> _traceEvery = Options.LongInteger("--trace-every", "Record every so many steps; 0 means a hundredth of the steps.", 0, 0);
    private readonly Option<int> _traceLog = Options.Integer("--trace-per-decade", null, "Record so many times per decade of steps instead; 0 .. 1000.", 0, 0, 1000);
    private readonly Option<string?> _traceAt = new("--trace-at") { Description = "Record at these steps instead.", HelpName = "n,n,..." };
    private readonly Option<bool> _exactLoss = new("--exact-loss") { Description = "Record the loss over all pairs too: about 2 V^2 d operations each time." };
    private readonly Option<string?> _basis = new("--basis") { Description = "A .npy matrix of K orthonormal rows of length V to record overlaps with.", HelpName = "file" };
    private readonly Option<string> _ranks = new("--overlap-ranks") { Description = "k of the overlaps, each up to K and d.", HelpName = "k,k,...", DefaultValueFactory = _ => "1" };

    /// <summary>Adds the options to a command.</summary>
    public TrainOptions(Command command)
    {
        _input = new CountsInput(command);
        _weights = new WeightOptions(
            command, true, "t of --reweight word2vec and --mode word2vec, in which 0 keeps all words; 0 .. 1.",
            "a: negative words are drawn in proportion to P_i^a; 0 .. 2; 0.75 in --mode word2vec, else 1.");
        foreach (Option option in new Option[]
        {
            _loss, _coefficients, _beta, _ratio, _model, _reweightBy, _sampling, _dimension, _sigma, _start,
            _rate, _schedule, _batch, _steps, _seed, _precision, _traceEvery, _traceLog, _traceAt, _exactLoss, _basis, _ranks,
        }) command.Add(option);
    }

    /// <summary>The plan of a command line.</summary>
    /// <exception cref="UsageException">The options do not go together, or do not fit the counts.</exception>
    public TrainingPlan Plan(ParseResult parsed, WorkerTeam team, Action<string, long, long> report, CancellationToken cancellation)
    {
        Reweighting reweighting = _weights.Reweighting(parsed);
        // First the checks that need no file.
        PairLoss? loss = Loss(parsed);
        LearningRateSchedule schedule = Parsed(() => LearningRateSchedule.Parse(parsed.GetRequiredValue(_schedule)));
        long steps = parsed.GetValue(_steps);
        TraceSteps traceSteps = Trace(parsed, steps);
        int[] ranks = [.. List(_ranks, parsed.GetRequiredValue(_ranks)).Select(k => (int)Math.Min(k, int.MaxValue))];
        if (parsed.GetValue(_start) is not null && parsed.IsGiven(_sigma))
            throw new UsageException("--start and --sigma exclude each other: the file is the start.");
        Sampling sampling = parsed.Get(_sampling) switch { "full" => Sampling.Full, "stream" => Sampling.Streamed, _ => Sampling.Independent };
        bool isDouble = parsed.Get(_precision) == "double", isFolded = parsed.Get(_reweightBy) == "draws";
        if (loss is null && (!isDouble || sampling == Sampling.Full || parsed.GetValue(_exactLoss)))
            throw new UsageException("--loss simclr compares the pairs of a batch in double precision: it needs --precision double, --sampling iid or stream, and no --exact-loss.");
        if (loss is null && reweighting != Reweighting.None && !isFolded)
            throw new UsageException("--loss simclr has no weight for a single pair; add --reweight-by draws.");
        if (sampling == Sampling.Full && !isDouble) throw new UsageException("--sampling full computes in double precision only; add --precision double.");
        CountsSource source = _input.Source(parsed);
        if (sampling == Sampling.Streamed) CheckText(parsed, source, "--sampling stream", [.. _input.RulesOfCounting]);
        TokenCorpus? stream = sampling == Sampling.Streamed ? source.Corpus(team, report, cancellation) : null;
        CooccurrenceCounts counts = stream is null ? source.WholeCounts(team, report, cancellation) : source.Counted(stream, team, report, cancellation);
        int vocabularySize = source.HoldsCounts && source.Size is int wanted ? wanted : counts.VocabularySize;
        bool asymmetric = parsed.Get(_model) == "asymmetric";
        int largest = Math.Min(counts.VocabularySize, PairStatistics.LargestVocabulary / (asymmetric ? 2 : 1));
        if (vocabularySize < 2 || vocabularySize > largest)
            throw new UsageException($"The vocabulary size {vocabularySize} is not possible; with these counts and this model it is 2 .. {largest}.");
        int dimension = Options.Dimension(parsed.GetValue(_dimension), parsed.IsGiven(_dimension), vocabularySize, asymmetric);
        DenseMatrix? start = Matrix(parsed.GetValue(_start)), basis = Matrix(parsed.GetValue(_basis));
        return new TrainingPlan
        {
            Counts = counts,
            Stream = stream,
            VocabularySize = vocabularySize,
            Loss = loss,
            InverseTemperature = parsed.Get(_beta),
            NegativeRatio = parsed.Get(_ratio),
            Asymmetric = asymmetric,
            Reweighting = reweighting,
            Exponent = _weights.Exponent(parsed),
            NegativePower = parsed.Get(_weights.NegativePower),
            Folded = isFolded,
            Sampling = sampling,
            EmbeddingDimension = dimension,
            InitialisationScale = parsed.Get(_sigma),
            Start = start,
            StartName = Name(start, "gaussian"),
            LearningRate = parsed.GetValue(_rate),
            Schedule = schedule,
            Batch = parsed.GetValue(_batch),
            Steps = steps,
            Seed = parsed.GetValue(_seed),
            Precision = isDouble ? Precision.Binary64 : Precision.Binary32,
            Trace = new TraceSettings(traceSteps, parsed.GetValue(_exactLoss), basis, basis is null ? [] : ranks),
            BasisName = Name(basis, "none"),
        };
    }

    /// <summary>The names of the options that --mode word2vec has as well.</summary>
    public string[] OfSkipGram =>
    [
        .. _input.OfWords.Append(_input.Window).Select(option => option.Name),
        _loss.Name, _weights.Subsample.Name, _weights.NegativePower.Name, _dimension.Name, _rate.Name, _seed.Name, "--output", "--threads", "--help",
    ];

    /// <summary>The text that --mode word2vec trains on.</summary>
    /// <exception cref="UsageException">The input holds counts, or the window is too wide.</exception>
    public CountsSource Text(ParseResult parsed)
    {
        CountsSource source = _input.Source(parsed);
        CheckText(parsed, source, "--mode word2vec", []);
        return source;
    }

    /// <summary>The settings of --mode word2vec that both modes have; an option not given has that program's value.</summary>
    /// <exception cref="UsageException">The loss is another.</exception>
    public SkipGramSettings SkipGram(ParseResult parsed, int window)
    {
        if (parsed.Get(_loss) != "sgns") throw new UsageException("--mode word2vec has one loss; add --loss sgns.");
        SkipGramSettings usual = new();
        return usual with
        {
            EmbeddingDimension = parsed.GetValue(_dimension),
            WindowHalfWidth = window,
            SubsamplingThreshold = parsed.Get(_weights.Subsample),
            NegativePower = parsed.IsGiven(_weights.NegativePower) ? parsed.Get(_weights.NegativePower) : usual.NegativePower,
            LearningRate = parsed.GetValue(_rate) ?? usual.LearningRate,
            Seed = parsed.GetValue(_seed),
        };
    }

    /// <summary>Refuses counts, and options that do not apply, where the words are trained on in their order.</summary>
    private static void CheckText(ParseResult parsed, CountsSource source, string mode, Option[] foreign)
    {
        if (source.HoldsCounts) throw new UsageException($"{mode} trains on a text, but '{source.Inputs[0]}' holds counts; give the text.");
        if (foreign.FirstOrDefault(parsed.IsGiven) is Option option)
            throw new UsageException($"The option {option.Name} does not go with {mode}, which has its own rule for windows; leave one of them out.");
        if (source.Convention.WindowHalfWidth > StreamedPairs.LargestHalfWidth)
            throw new UsageException($"The window -L {source.Convention.WindowHalfWidth} is too wide for {mode}; give at most {StreamedPairs.LargestHalfWidth}.");
    }

    private PairLoss? Loss(ParseResult parsed)
    {
        string name = parsed.Get(_loss);
        string? coefficients = parsed.GetValue(_coefficients);
        if ((name == "quadratic") != (coefficients is not null))
            throw new UsageException("--loss quadratic needs --coefficients a,b,c,d, and no other loss has them.");
        switch (name)
        {
            case "xe": return PairLoss.CrossEntropy;
            case "sym": return PairLoss.Symmetric;
            case "sgns": return PairLoss.Logistic;
            case "quartic": return PairLoss.Quartic;
            case "simclr": return null;
        }
        double[] values = [.. coefficients!.Split(',').Select(part =>
            double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : double.NaN)];
        if (values.Length != 4 || values.Any(value => !double.IsFinite(value)))
            throw new UsageException($"The coefficients '{coefficients}' are not four numbers a,b,c,d.");
        try
        {
            return PairLoss.Quadratic(values[0], values[1], values[2], values[3]);
        }
        catch (ArgumentException failure)
        {
            throw new UsageException(failure.Message);
        }
    }

    private TraceSteps Trace(ParseResult parsed, long steps)
    {
        long every = parsed.GetValue(_traceEvery);
        int perDecade = parsed.GetValue(_traceLog);
        string? at = parsed.GetValue(_traceAt);
        if ((every > 0 ? 1 : 0) + (perDecade > 0 ? 1 : 0) + (at is not null ? 1 : 0) > 1)
            throw new UsageException("--trace-every, --trace-per-decade and --trace-at exclude each other.");
        if (at is not null) return TraceSteps.At(List(_traceAt, at));
        return perDecade > 0 ? TraceSteps.Logarithmic(perDecade) : TraceSteps.Every(every > 0 ? every : Math.Max(1, steps / 100));
    }

    private static long[] List(Option option, string text) => [.. text.Split(',').Select(part =>
        long.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out long value)
            ? value
            : throw new UsageException($"The value '{text}' of {option.Name} is not a list of whole numbers separated by commas."))];

    private static T Parsed<T>(Func<T> parse)
    {
        try
        {
            return parse();
        }
        catch (FormatException failure)
        {
            throw new UsageException(failure.Message);
        }
    }

    private static DenseMatrix? Matrix(string? path) => path is null ? null : NpyMatrix.Read(path);

    /// <summary>Identifies a matrix by its numbers, whatever the path of its file.</summary>
    private static string Name(DenseMatrix? matrix, string none)
    {
        if (matrix is null) return none;
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        // Row by row: all of them may be more bytes than a span can hold.
        for (int i = 0; i < matrix.Rows; i++) hash.AppendData(MemoryMarshal.AsBytes(matrix.Row(i)));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
