using Qwem.Sim.Cooccurrence;
using Qwem.Sim.Training;

namespace Qwem.Benchmarks;

/// <summary>The statistics of the repository that the training benchmarks run on.</summary>
internal static class Statistics
{
    private const string Path = "validation/data/enwiki-70m-V1000-L48.qcooc";

    /// <summary>L_sym, reweighted to one quadratic coefficient, on 70 million words of Wikipedia.</summary>
    internal static PairwiseObjective Objective()
    {
        CooccurrenceCounts counts = QcoocReader.Read(Found());
        return PairwiseObjective.ReweightedSymmetric(counts.WordCounts, counts.DenseSymmetric());
    }

    // BenchmarkDotNet runs its children in a folder of its own, somewhere below the repository.
    private static string Found()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string file = System.IO.Path.Combine(folder.FullName, Path);
            if (File.Exists(file)) return file;
        }
        throw new FileNotFoundException($"{Path} is in no folder above {AppContext.BaseDirectory}.");
    }
}
