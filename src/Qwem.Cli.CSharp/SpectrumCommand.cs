using System.CommandLine;
using System.Diagnostics;
using Qwem.Sim.Cooccurrence;
using Qwem.Sim.LinearAlgebra;
using Qwem.Sim.Spectra;
using Qwem.Sim.Statistics;
using Qwem.Sim.Threading;

namespace Qwem.Cli;

/// <summary><c>qwem spectrum</c>: from counts to eigenpairs of a target, as a NumPy archive.</summary>
internal static class SpectrumCommand
{
    private const int PrintedRows = 10;
    private const string Building = "building the target", Solving = "solving", Writing = "writing";

    private static readonly string Help =
        "Compute eigenpairs of a target matrix of text or counts and write them to a NumPy .npz file.\n\n" +
        "Targets, with r = P_ij / (k P_i P_j) and k the negative ratio:\n" +
        "  xe        r - 1; unseen pairs -1\n" +
        "  sym       2 (r - 1) / (r + 1); unseen pairs -2\n" +
        "  ppmi      max(ln r, 0); unseen pairs 0\n" +
        "  pmi       ln r in nats; unseen pairs have --floor\n" +
        "  weighted  Pd^1/2 M Pd^1/2 (Theorem 4.4), M the target xe of the corpus subsampled by P_i^-s, s from --subsampling-exponent\n\n" +
        "The file holds eigenvalues (d), eigenvectors (V x d, column k for eigenvalue k, row i for word i), residuals\n" +
        "(d, ||A v - lambda v||), words (V) and settings (JSON). Memory: about 40 bytes for each distinct pair while the target\n" +
        "is made, later 25, and 40 d bytes for each word. At most 2,147,483,591 distinct pairs.\n\n" +
        "The targets xe, sym and ppmi may be shrunk towards independence: r = (C_ij + beta) / (k (E_ij + beta)) with --shrinkage beta, C_ij the\n" +
        "weighted counts and E_ij what independent words would have; 'auto' takes the beta of highest likelihood of the counts.\n\n" +
        CorpusOptions.Help + "\n" +
        "Examples:\n" +
        "  qwem spectrum enwiki.qcooc --target sym -d 200 -o spectrum.npz\n" +
        "  qwem spectrum my-text.txt.gz -V 5000 -L 10 --shrinkage auto -o shrunk.npz\n" +
        "  python3 -c \"import numpy; z = numpy.load('spectrum.npz'); print(z['eigenvalues'][:3], z['words'][:3])\"";

    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        Option<Typed<TargetKind>> target = Options.Choice("--target", "The target matrix, as above.", TargetKind.Sym);
        Option<int> dimension = Options.Integer("--dimension", "-d", "How many eigenpairs d; 1 .. V, and for V above 46,336 at most 2,147,483,591 / V - 72 and V / 2 - 48.", Defaults.Dimension, 1, int.MaxValue);
        Option<Typed<double>> ratio = Options.Number("--negative-ratio", "k, independent pairs per observed one; 1e-6 .. 1e6.", 1, 1e-6, 1e6);
        Option<Typed<double>> floor = Options.Number("--floor", "Entry of unseen pairs for pmi, in nats; -1000 .. 1000.", 0, -1000, 1000);
        Option<Typed<double>> exponent = Options.Number(
            "--subsampling-exponent", "s of weighted: 0 leaves the corpus as it is, 1 makes all words alike; -2 .. 2.", 0, -2, 2);
        Option<Typed<SpectrumPart>> which = Options.Choice(
            "--which", "Which end: algebraically largest or smallest, both ends (the upper half rounded up), or largest absolute values.", SpectrumPart.Largest);
        Option<Typed<double>> tolerance = Options.Number("--tolerance", "Accepted ||A v - lambda v|| / |lambda|; 1e-14 .. 0.1.", 1e-8, 1e-14, 0.1);
        Option<Typed<SelfPairs>> selfPairs = Options.Choice("--self-pairs", "Pairs of a word with itself: P_ii = P_i^2 as in the theory, or as counted.", SelfPairs.Neutral);
        Option<Typed<Marginals>> marginals = Options.Choice("--marginals", "P_i from the occurrences of words, or from the row sums of pairs.", Marginals.Words);
        Option<Typed<double?>> shrinkage = ShrinkageOption.Create(0);
        Option<int> threads = Options.Threads();
        Option<string> output = Options.Output(".npz");
        Command command = new("spectrum", Help);
        CountsInput input = new(command);
        foreach (Option option in new Option[] { target, dimension, ratio, shrinkage, floor, exponent, which, tolerance, selfPairs, marginals, output, threads }) command.Add(option);
        command.SetAction((parsed, cancellation) => RunAsync(
            new Job(
                input.Source(parsed),
                parsed.GetRequiredValue(output),
                parsed.GetValue(dimension),
                parsed.IsGiven(dimension),
                parsed.Get(shrinkage),
                new TargetSettings
                {
                    Kind = parsed.Get(target),
                    NegativeRatio = parsed.Get(ratio),
                    Floor = parsed.Get(floor),
                    SubsamplingExponent = parsed.Get(exponent),
                    SelfPairs = parsed.Get(selfPairs),
                    Marginals = parsed.Get(marginals),
                },
                new KrylovSettings { Part = parsed.Get(which), Tolerance = parsed.Get(tolerance) },
                parsed.GetValue(threads)),
            cancellation));
        return command;
    }

    private static async Task<int> RunAsync(Job job, CancellationToken cancellation)
    {
        Options.CheckOutput(job.Output, job.Source.Inputs);
        if (job.Shrinkage != 0 && job.Target.Kind is TargetKind.Pmi or TargetKind.Weighted)
            throw new UsageException($"--shrinkage is defined for the targets xe, sym and ppmi, not for {job.Target.Kind.ToString().ToLowerInvariant()}.");
        Stopwatch watch = Stopwatch.StartNew();
        (PartialSpectrum spectrum, double shrinkage) = await ProgressDisplay
            .RunAsync([.. job.Source.Stages, Building, Solving, Writing], display => Work(job, display, cancellation)).ConfigureAwait(false);
        Print(spectrum, shrinkage, job.Output);
        Notices.Note($"{watch.Elapsed.TotalSeconds:F2} s, {spectrum.Products} products, at most {PeakMebibytes()} MiB");
        return ExitCodes.Success;
    }

    private static (PartialSpectrum Spectrum, double Shrinkage) Work(Job job, ProgressDisplay display, CancellationToken cancellation)
    {
        using WorkerTeam team = new(job.Threads);
        (ISymmetricOperator matrix, IReadOnlyList<string> words, SpectrumDescription description, int dimension) = Prepare(job, team, display, cancellation);
        display.Set(Building, 1, 1);
        PartialSpectrum spectrum = KrylovEigenSolver.Solve(
            matrix, dimension, team, job.Solver, new Relay<WorkProgress>(p => display.Set(Solving, p.Done, p.Total)), cancellation);
        display.Set(Solving, 1, 1);
        SpectrumFile.Write(job.Output, spectrum, words, description, cancellation);
        display.Set(Writing, 1, 1);
        return (spectrum, description.Target.Shrinkage);
    }

    /// <summary>A separate method, so that the counts can be collected before the solver needs the memory.</summary>
    private static (ISymmetricOperator Matrix, IReadOnlyList<string> Words, SpectrumDescription Description, int Dimension) Prepare(
        Job job, WorkerTeam team, ProgressDisplay display, CancellationToken cancellation)
    {
        CooccurrenceCounts counts = job.Source.Counts(team, display.Set, cancellation);
        int dimension = Options.Eigenpairs(job.Dimension, job.IsDimensionGiven, counts.VocabularySize, job.Solver);
        if (SpectrumFile.WhyNotStorable(counts.Words) is string reason)
            throw new UsageException($"The words do not fit an .npz file: {reason}; take a smaller vocabulary.");
        foreach (string stage in job.Source.Stages) display.Set(stage, 1, 1);
        // The reader's discarded buffers are as large as the counts and would otherwise be collected only after the target is built.
        GC.Collect();
        try
        {
            TargetSettings target = job.Target with { Shrinkage = job.Shrinkage ?? EmpiricalShrinkage.Estimate(counts, team, cancellation) };
            SpectrumDescription description = new(
                counts.ContentHash, counts.Convention, target, job.Solver.Part, job.Solver.Tolerance, job.Solver.Seed);
            return (TargetOperator.Create(counts, target, team, cancellation), counts.Words, description, dimension);
        }
        catch (ArgumentException failure)
        {
            throw UsageException.Of("This target cannot be computed from the counts: ", failure);
        }
    }

    private static void Print(PartialSpectrum spectrum, double shrinkage, string output)
    {
        Console.Out.WriteLine($"{"k",5} {"eigenvalue",18} {"residual",12}");
        for (int k = 0; k < Math.Min(PrintedRows, spectrum.Eigenvalues.Length); k++) PrintRow(spectrum, k);
        if (spectrum.Eigenvalues.Length > PrintedRows)
        {
            if (spectrum.Eigenvalues.Length > PrintedRows + 1) Console.Out.WriteLine("  ...");
            PrintRow(spectrum, spectrum.Eigenvalues.Length - 1);
        }
        double worst = 0;
        for (int k = 0; k < spectrum.Eigenvalues.Length; k++)
            if (spectrum.Eigenvalues[k] != 0) worst = Math.Max(worst, spectrum.ResidualNorms[k] / Math.Abs(spectrum.Eigenvalues[k]));
        Console.Out.WriteLine($"{output} V={spectrum.Eigenvectors.Columns} d={spectrum.Eigenvalues.Length}{(shrinkage > 0 ? $" shrinkage={shrinkage}" : "")} largest-relative-residual={worst:0.0e-00}");
    }

    private static void PrintRow(PartialSpectrum spectrum, int k) =>
        Console.Out.WriteLine($"{k + 1,5} {spectrum.Eigenvalues[k],18:G10} {spectrum.ResidualNorms[k],12:0.00e-00}");

    private static long PeakMebibytes()
    {
        using Process process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64 >> 20;
    }

    private sealed record Job(
        CountsSource Source, string Output, int Dimension, bool IsDimensionGiven, double? Shrinkage, TargetSettings Target, KrylovSettings Solver, int Threads);
}
