using System.CommandLine;
using System.Diagnostics;
using Qwem.Sim.Cooccurrence;
using Qwem.Sim.Corpora;
using Qwem.Sim.IO;
using Qwem.Sim.LinearAlgebra;
using Qwem.Sim.Spectra;
using Qwem.Sim.Statistics;
using Qwem.Sim.Threading;

namespace Qwem.Cli;

/// <summary><c>qwem spectrum</c>: from counts to the leading eigenpairs of a target, as a NumPy archive.</summary>
internal static class SpectrumCommand
{
    private const int PrintedRows = 10;

    private const string Help =
        "Compute eigenpairs of a target matrix of co-occurrence counts and write them to a NumPy .npz file.\n\n" +
        "Targets, with r = P_ij / (k P_i P_j) and k the negative ratio:\n" +
        "  xe        r - 1; unseen pairs -1\n" +
        "  sym       2 (r - 1) / (r + 1); unseen pairs -2\n" +
        "  ppmi      max(ln r, 0); unseen pairs 0\n" +
        "  pmi       ln r in nats; unseen pairs have --floor\n" +
        "  weighted  Pd^1/2 M Pd^1/2 (Theorem 4.4), M the target xe of the corpus subsampled by P_i^-s, s from --subsampling-exponent\n\n" +
        "The file holds eigenvalues (d), eigenvectors (V x d, column k for eigenvalue k, row i for word i), residuals\n" +
        "(d, ||A v - lambda v||), words (V) and settings (JSON). Memory: about 40 bytes for each distinct pair while the target\n" +
        "is made, later 25, and 40 d bytes for each word. At most 2,147,483,591 distinct pairs.\n\n" +
        "Example:\n" +
        "  qwem spectrum enwiki.qcooc --target sym -d 200 -o spectrum.npz\n" +
        "  python3 -c \"import numpy; z = numpy.load('spectrum.npz'); print(z['eigenvalues'][:3], z['words'][:3])\"";

    /// <summary>The command for the root's list.</summary>
    public static Command Create()
    {
        Argument<string> input = new("COUNTS") { Description = "A .qcooc file made by 'qwem count'." };
        Option<TargetKind> target = Options.Choice("--target", "Which matrix.", TargetKind.Sym);
        Option<int> dimension = Options.Whole("--dimension", "-d", "How many eigenpairs d; 1 .. V, and for V above 46,336 at most 2,147,483,591 / V - 72 and V / 2 - 48.", 200, 1, int.MaxValue);
        Option<double> ratio = Options.Real("--negative-ratio", "k, independent pairs per observed one; 1e-6 .. 1e6.", 1, 1e-6, 1e6);
        Option<double> floor = Options.Real("--floor", "Entry of unseen pairs for pmi, in nats; -1000 .. 1000.", 0, -1000, 1000);
        Option<double> exponent = Options.Real(
            "--subsampling-exponent", "s of weighted: 0 leaves the corpus as it is, 1 makes all words alike; -2 .. 2.", 0, -2, 2);
        Option<SpectrumPart> which = Options.Choice(
            "--which", "Which end: algebraically largest or smallest, both ends (the upper half rounded up), or largest absolute values.", SpectrumPart.Largest);
        Option<double> tolerance = Options.Real("--tolerance", "Accepted ||A v - lambda v|| / |lambda|; 1e-14 .. 0.1.", 1e-8, 1e-14, 0.1);
        Option<SelfPairs> selfPairs = Options.Choice("--self-pairs", "Pairs of a word with itself: P_ii = P_i^2 as in the theory, or as counted.", SelfPairs.Neutral);
        Option<Marginals> marginals = Options.Choice("--marginals", "P_i from the occurrences of words, or from the row sums of pairs.", Marginals.Words);
        Option<int> threads = Options.Whole("--threads", null, "Threads to use; 0 means one per processor. The numbers do not depend on it.", 0, 0, 1024);
        Option<string> output = new("--output", "-o")
        {
            Description = "The .npz file to write; replaced if it exists.",
            Required = true,
            HelpName = "file",
        };
        Command command = new("spectrum", Help)
        {
            input, target, dimension, ratio, floor, exponent, which, tolerance, selfPairs, marginals, output, threads,
        };
        command.SetAction((parsed, cancellation) => RunAsync(
            new Job(
                parsed.GetRequiredValue(input),
                parsed.GetRequiredValue(output),
                parsed.GetValue(dimension),
                new TargetSettings
                {
                    Kind = parsed.GetValue(target),
                    NegativeRatio = parsed.GetValue(ratio),
                    Floor = parsed.GetValue(floor),
                    SubsamplingExponent = parsed.GetValue(exponent),
                    SelfPairs = parsed.GetValue(selfPairs),
                    Marginals = parsed.GetValue(marginals),
                },
                new KrylovSettings { Part = parsed.GetValue(which), Tolerance = parsed.GetValue(tolerance) },
                parsed.GetValue(threads)),
            cancellation));
        return command;
    }

    private static async Task<int> RunAsync(Job job, CancellationToken cancellation)
    {
        if (AtomicFile.WhyNotWritable(job.Output) is string reason)
            throw new UsageException($"The output '{job.Output}' {reason}.");
        if (job.Input.Length == 0) throw new UsageException("The name of the counts is empty; give a .qcooc file.");
        if (!File.Exists(job.Input)) throw new CorpusException($"The counts '{job.Input}' do not exist; make them with 'qwem count'.");
        if (Path.GetFullPath(job.Input) == Path.GetFullPath(job.Output))
            throw new UsageException($"The output '{job.Output}' is the input itself; give another path.");
        Stopwatch watch = Stopwatch.StartNew();
        PartialSpectrum spectrum = await ProgressDisplay
            .RunAsync(["reading", "building the target", "solving", "writing"], display => Work(job, display, cancellation)).ConfigureAwait(false);
        Print(spectrum, job.Output);
        Console.Error.WriteLine($"{watch.Elapsed.TotalSeconds:F2} s, {spectrum.Products} products, at most {PeakMebibytes()} MiB");
        return ExitCodes.Success;
    }

    private static PartialSpectrum Work(Job job, ProgressDisplay display, CancellationToken cancellation)
    {
        using WorkerTeam team = new(job.Threads);
        (ISymmetricOperator matrix, string[] words, SpectrumDescription description) = Prepare(job, team, display, cancellation);
        display.Set(1, 1, 1);
        PartialSpectrum spectrum = KrylovEigenSolver.Solve(
    matrix, job.Dimension, team, job.Solver, new Relay(display), cancellation);
        display.Set(2, 1, 1);
        SpectrumFile.Write(job.Output, spectrum, words, description, cancellation);
        display.Set(3, 1, 1);
        return spectrum;
    }

    /// <summary>A method of its own, so that nothing keeps the counts while the solver needs the memory.</summary>
    private static (ISymmetricOperator Matrix, string[] Words, SpectrumDescription Description) Prepare(
        Job job, WorkerTeam team, ProgressDisplay display, CancellationToken cancellation)
    {
        CooccurrenceCounts counts = QcoocReader.Read(job.Input);
        Options.CheckEigenpairs(job.Dimension, counts.VocabularySize, job.Solver);
        if (SpectrumFile.WhyNotStorable(counts.Words) is string reason)
            throw new UsageException($"The words of '{job.Input}' do not fit an .npz file: {reason}; count with a smaller vocabulary.");
        display.Set(0, 1, 1);
        // The reader's outgrown arrays are as large as the counts, and the collector would not look for them before the target is built.
        GC.Collect();
        SpectrumDescription description = new(
            counts.ContentHash, counts.Convention, job.Target, job.Solver.Part, job.Solver.Tolerance, job.Solver.Seed);
        string[] words = counts.Words;
        try
        {
            return (TargetOperator.Create(counts, job.Target, team, cancellation), words, description);
        }
        catch (ArgumentException failure)
        {
            throw new UsageException($"The counts '{job.Input}' do not make this target: {failure.Message}");
        }
    }

    private static void Print(PartialSpectrum spectrum, string output)
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
        Console.Out.WriteLine($"{output} V={spectrum.Eigenvectors.Columns} d={spectrum.Eigenvalues.Length} largest-relative-residual={worst:E1}");
    }

    private static void PrintRow(PartialSpectrum spectrum, int k) =>
        Console.Out.WriteLine($"{k + 1,5} {spectrum.Eigenvalues[k],18:G10} {spectrum.ResidualNorms[k],12:G3}");

    private static long PeakMebibytes()
    {
        using Process process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64 >> 20;
    }

    private sealed record Job(string Input, string Output, int Dimension, TargetSettings Target, KrylovSettings Solver, int Threads);

    private sealed class Relay(ProgressDisplay display) : IProgress<KrylovProgress>
    {
        public void Report(KrylovProgress value) => display.Set(2, value.Converged, value.Wanted);
    }
}
