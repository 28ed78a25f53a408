using Qwem.Sim.Cooccurrence;
using Qwem.Sim.Training;

namespace Qwem.Benchmarks;

/// <summary>The statistics of the repository that benchmarks run on.</summary>
internal static class Statistics
{
    private const string Folder = "validation/data/";

    /// <summary>L_sym, reweighted to one quadratic coefficient, on 70 million words of Wikipedia.</summary>
    internal static PairwiseObjective Objective()
    {
        CooccurrenceCounts counts = QcoocReader.Read(Found("enwiki-70m-V1000-L48.qcooc"));
        return PairwiseObjective.ReweightedSymmetric(counts.WordCounts, counts.DenseSymmetric());
    }

    /// <summary>3000 words, 16 neighbours on each side.</summary>
    internal static CooccurrenceCounts Counts3000() => QcoocReader.Read(Found("enwiki-70m-V3000-L16.qcooc"));

    // BenchmarkDotNet runs its children in a folder of its own, somewhere below the repository.
    private static string Found(string name)
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string file = Path.Combine(folder.FullName, Folder, name);
            if (File.Exists(file)) return file;
        }
        throw new FileNotFoundException($"{Folder}{name} is in no folder above {AppContext.BaseDirectory}.");
    }
}
