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
        CooccurrenceCounts counts = QcoocReader.Read(RepositoryFile.Found(Folder + "enwiki-70m-V1000-L48.qcooc"));
        return PairwiseObjective.ReweightedSymmetric(counts.WordCounts, counts.DenseSymmetric());
    }

    /// <summary>3000 words, 16 neighbours on each side.</summary>
    internal static CooccurrenceCounts Counts3000() => QcoocReader.Read(RepositoryFile.Found(Folder + "enwiki-70m-V3000-L16.qcooc"));
}
