using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Qwem.Sim.Cooccurrence;
using Qwem.Sim.Formats;
using Qwem.Sim.LinearAlgebra;
using Qwem.Sim.Spectra;
using Qwem.Sim.Threading;
using Qwem.Validation;

namespace Qwem.Cli;

/// <summary><c>qwem embed</c>: from text or counts to word vectors, without training.</summary>
internal static class EmbedCommand
{
    private static readonly string Help =
        "Make word vectors from text or counts in closed form, without training.\n\n" +
        "W = V Lambda^1/2, the d largest eigenpairs of the target (eigenvalues below 0 count as 0): the vectors that training the same\n" +
        "loss to its end would give, up to a rotation. The first d' numbers of each vector form the vector of dimension d'.\n\n" +
        "Targets: sym (2 (r - 1) / (r + 1)), xe (r - 1) and ppmi (max(ln r, 0)) of r = (C_ij + beta) / (k (E_ij + beta)), C_ij the weighted\n" +
        "counts, E_ij = N P_i P_j what independent words would have, beta the shrinkage in the unit of the counts: with 0 a pair that\n" +
        "does not occur in the corpus is taken to be impossible. 'auto' takes the beta of highest likelihood of the counts\n" +
        "(docs/shrinkage.md); no benchmark is used.\n\n" +
        "--prior-rounds n recomputes the vectors n times (target sym): each pair is then shrunk towards the prediction of the rank-d model of the\n" +
        "previous round instead of towards independence. Better on small corpora; a round takes up to 16 V^2 bytes and, at V = 10,000 and\n" +
        "d = 200, about four seconds on two cores.\n\n" +
        "--time gives the vectors at a moment of gradient descent with a constant weight of all pairs and vanishing steps, in closed form (Theorem 4.3): 1.5tau1 is\n" +
        "1.5 times the realisation time tau_1 = ln(lambda_1 / sigma^2) / (2 kappa lambda_1) of the first mode, 1tau20 the moment when mode 20\n" +
        "has risen by half, and a plain number is in units of tau_1. The start is aligned: every mode begins with the variance sigma^2, so that\n" +
        "the modes do not depend on one another nor on d. A random start of the same sigma shifts their times a little; its exact\n" +
        "solution needs all V eigenpairs (ExactSolution of Qwem.Theory); or use 'qwem train'.\n\n" +
        ExactEmbedding.Help +
        "The end of the output's name chooses the format: .npz (NumPy archive), .npy (V x d matrix of float32; the words go to\n" +
        "NAME.vocabulary.txt), .txt or .vec (word2vec text), .bin (word2vec binary), .tsv (projector; the words go to NAME.metadata.tsv).\n" +
        VectorOptions.Checked + "\n\n" + CorpusOptions.Help + "\n" +
        "Examples:\n" +
        "  qwem embed my-text.txt.gz -d 200 -o vectors.bin\n" +
        "  qwem embed mine.qcooc -d 200 --prior-rounds 3 -o best.bin\n" +
        "  qwem embed mine.qcooc -d 100 --target xe --shrinkage 0 -o vectors.npz\n" +
        "  qwem embed mine.qcooc -d 200 --time 1.5tau1 --sigma 1e-6 -o early.npy\n" +
        "  qwem embed mine.qcooc -d 200 --exact --loss sgns --reweight skipgram --negative-ratio 5 --negative-power 0.75 -o word2vec.bin\n" +
        "  qwem embed mine.qcooc -V 500 -d 20 --exact --loss sgns --time 1.2tau5 --sigma 1e-12 -o early.npz";

    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        Option<int> dimension = Options.Integer("--dimension", "-d", "Embedding dimension d; 1 .. V, and for V above 46,336 at most 2,147,483,591 / V - 72 and V / 2 - 48.", Defaults.Dimension, 1, int.MaxValue);
        Option<Typed<EmbeddingTarget>> target = Options.Choice("--target", "The target matrix, as above.", EmbeddingTarget.Sym);
        Option<Typed<double>> ratio = Options.Number("--negative-ratio", "k, independent pairs per observed one; 1e-6 .. 1e6.", 1, 1e-6, 1e6);
        Option<Typed<double?>> shrinkage = ShrinkageOption.Create(null);
        Option<int> rounds = Options.Integer("--prior-rounds", null, "For the target sym and V of at most 46,340: rounds in which the model is the prior of its own counts; 0 .. 20.", 0, 0, 20);
        Option<Typed<double>> power = Options.Number("--power", "Exponent of the eigenvalues, 0 .. 1; 0.5 is what training gives.", 0.5, 0, 1);
        Option<string?> time = new("--time")
        {
            Description = "A moment of training instead of its end: 1.5tau1, 1tau20, or a number in units of tau_1; 0 or more.",
            HelpName = "time",
        };
        Option<Typed<double>> sigma = Options.Number("--sigma", "For --time: root of the variance with which every mode begins; 1e-30 .. 1.", 1e-12, 1e-30, 1);
        Option<Typed<double>> tolerance = Options.Number("--tolerance", "Accepted ||A v - lambda v|| / |lambda| of every eigenpair; with --exact ||M - M*|| / ||M||, 1e-3 unless given; 1e-14 .. 0.1.", 1e-4, 1e-14, 0.1);
        Option<int> threads = Options.Threads();
        Option<string> output = Options.Output("The file to write, in the format of its name's end; replaced if it exists.", "file", null);
        Command command = new("embed", Help);
        CountsInput input = new(command);
        ExactEmbedding exact = new(command);
        foreach (Option option in new Option[] { dimension, target, ratio, shrinkage, rounds, power, time, sigma, tolerance, threads, output }) command.Add(option);
        ExactJob Exact(ParseResult parsed)
        {
            CountsSource source = input.Source(parsed);
            string file = parsed.GetRequiredValue(output);
            VectorOptions.CheckOutput(file, source.Inputs);
            return new ExactJob(
                source, parsed.GetValue(dimension), parsed.IsGiven(dimension), parsed.Get(ratio), parsed.IsGiven(shrinkage) ? parsed.Get(shrinkage) : 0,
                parsed.IsGiven(tolerance) ? parsed.Get(tolerance) : 1e-3, When(parsed), parsed.GetValue(threads), file);
        }

        Moment? When(ParseResult parsed)
        {
            if (parsed.GetValue(time) is not string text)
                return parsed.IsGiven(sigma) ? throw new UsageException("--sigma belongs to --time: the vectors at the end of training do not depend on the start.") : null;
            if (parsed.IsGiven(power)) throw new UsageException("--time and --power exclude each other: at a given time the theory fixes the length of each mode.");
            return TrainingTime.TryParse(text) is TrainingTime moment
                ? new Moment(moment, parsed.Get(sigma))
                : throw new UsageException($"The value '{text}' of --time is not possible; give a multiple of a realisation time such as 1.5tau1, 0 or more.");
        }
        command.SetAction((parsed, cancellation) => exact.Wanted(parsed, [target, rounds, power])
            ? exact.RunAsync(parsed, Exact(parsed), cancellation)
            : RunAsync(
            new Job(
                input.Source(parsed), parsed.GetValue(dimension), parsed.IsGiven(dimension),
                parsed.Get(target), parsed.Get(ratio), parsed.Get(shrinkage), parsed.GetValue(rounds), parsed.Get(power), When(parsed),
                parsed.Get(tolerance), parsed.GetValue(threads), parsed.GetRequiredValue(output)),
            cancellation));
        return command;
    }

    private static async Task<int> RunAsync(Job job, CancellationToken cancellation)
    {
        VectorOptions.CheckOutput(job.Output, job.Source.Inputs);
        job.Moment?.RequireModes(job.Dimension);
        if (job.Target == EmbeddingTarget.Ppmi && job.NegativeRatio < 1 && job.Shrinkage != 0)
            throw new UsageException($"The negative ratio {job.NegativeRatio} is below 1, where unseen pairs of a shrunk ppmi are not 0; give --shrinkage 0 or a ratio of at least 1.");
        if (job.PriorRounds > 0 && job.Target != EmbeddingTarget.Sym)
            throw new UsageException($"--prior-rounds is defined for the target sym, not for {job.Target.ToString().ToLowerInvariant()}.");
        if (job.PriorRounds > 0 && job.Shrinkage == 0)
            throw new UsageException("--prior-rounds needs shrinkage, the weight of the prior; give --shrinkage auto or a positive number.");
        Stopwatch watch = Stopwatch.StartNew();
        Result result = await StageDisplay.RunAsync(display => Work(job, display, cancellation)).ConfigureAwait(false);
        Console.Out.WriteLine(
            $"{job.Output} V={result.Size} d={result.Dimension} target={job.Target.ToString().ToLowerInvariant()} " +
            $"shrinkage={result.Shrinkage.ToString(CultureInfo.InvariantCulture)}{(job.PriorRounds > 0 ? $" prior-rounds={job.PriorRounds}" : "")} positive-eigenvalues={result.Positive} of {result.Dimension}{result.When}");
        Notices.Note($"{watch.Elapsed.TotalSeconds:F2} s");
        return ExitCodes.Success;
    }

    private static Result Work(Job job, StageDisplay display, CancellationToken cancellation)
    {
        using WorkerTeam team = new(job.Threads);
        (ISymmetricOperator matrix, IReadOnlyList<string> words, SpectrumDescription description, int dimension) = Prepare(job, team, display, cancellation);
        display.Set("solving", 0.0);
        PartialSpectrum spectrum = KrylovEigenSolver.Solve(
            matrix, dimension, team, Solver(matrix.Order, job), new Relay<WorkProgress>(p => display.Set("solving", p.Done, p.Total)), cancellation);
        display.Set("writing", 0.0);
        List<NpyArray> more = [NpyArray.Vector("eigenvalues", spectrum.Eigenvalues), NpyArray.Text("settings", description.ToJson())];
        WordVectors vectors;
        string when = "";
        if (job.Moment is Moment moment)
        {
            double[] lengths = moment.SingularValues(spectrum.Eigenvalues);
            vectors = ClosedFormEmbedding.Scaled(spectrum, words, lengths);
            more.Add(NpyArray.Vector("singular_values", lengths));
            more.Add(NpyArray.Text("moment", moment.ToString()));
            when = $" {moment} risen={lengths.Zip(spectrum.Eigenvalues).Count(mode => mode.Second > 0 && mode.First * mode.First >= 0.5 * mode.Second)}";
        }
        else
        {
            vectors = ClosedFormEmbedding.Create(spectrum, words, job.Power);
        }
        VectorFile.Write(vectors, job.Output, more, cancellation);
        return new Result(vectors.Size, vectors.Dimension, description.Target.Shrinkage, spectrum.Eigenvalues.Count(eigenvalue => eigenvalue > 0), when);
    }

    /// <summary>With this loose tolerance, narrower blocks and a smaller basis than the solver's defaults take a fifth less time (measured).</summary>
    private static KrylovSettings Solver(int order, Job job) => new()
    {
        Tolerance = job.Tolerance,
        BlockSize = order < 4000 ? 0 : 24,
        BasisSize = order < 4000 ? 0 : (int)Math.Min(order, 3L * job.Dimension),
    };

    /// <summary>A separate method, so that the counts can be collected before the solver needs the memory.</summary>
    private static (ISymmetricOperator Matrix, IReadOnlyList<string> Words, SpectrumDescription Description, int Dimension) Prepare(
        Job job, WorkerTeam team, StageDisplay display, CancellationToken cancellation)
    {
        CooccurrenceCounts counts = job.Source.Counts(team, display.Set, cancellation);
        int dimension = Options.Eigenpairs(job.Dimension, job.IsDimensionGiven, counts.VocabularySize, Solver(counts.VocabularySize, job));
        display.Set("building the target", 0.0);
        try
        {
            TargetSettings settings = new()
            {
                Kind = Enum.Parse<TargetKind>(job.Target.ToString()),
                NegativeRatio = job.NegativeRatio,
                Shrinkage = job.Shrinkage ?? EmpiricalShrinkage.Estimate(counts, team, cancellation),
            };
            ISymmetricOperator matrix;
            if (job.PriorRounds > 0)
            {
                (matrix, double beta) = PriorRounds.Run(
                    counts, settings, job.PriorRounds, dimension, job.Shrinkage, Solver(counts.VocabularySize, job), team,
                    (round, value) => display.Set($"prior of round {round} of {job.PriorRounds}", value.Done, value.Total), cancellation);
                settings = settings with { Shrinkage = beta };
            }
            else
            {
                matrix = TargetOperator.Create(counts, settings, team, cancellation);
            }
            // Only an archive stores the hash, which takes a while to compute.
            SpectrumDescription description = new(VectorFile.IsArchive(job.Output) ? counts.ContentHash : "", counts.Convention, settings, SpectrumPart.Largest, job.Tolerance, 1) { PriorRounds = job.PriorRounds };
            return (matrix, counts.Words, description, dimension);
        }
        catch (ArgumentException failure)
        {
            throw UsageException.Of("This target cannot be computed from the counts: ", failure);
        }
    }

    /// <summary>The targets whose unseen pairs shrinkage is defined for.</summary>
    private enum EmbeddingTarget
    {
        Sym,
        Xe,
        Ppmi,
    }

    private sealed record Job(
        CountsSource Source, int Dimension, bool IsDimensionGiven, EmbeddingTarget Target, double NegativeRatio, double? Shrinkage, int PriorRounds, double Power, Moment? Moment,
        double Tolerance, int Threads, string Output);

    private sealed record Result(int Size, int Dimension, double Shrinkage, int Positive, string When);
}
