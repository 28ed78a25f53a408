using Qwem.Sim.Cooccurrence;
using Qwem.Sim.Random;
using Qwem.Sim.Statistics;
using Qwem.Sim.Training;

namespace Qwem.Benchmarks;

/// <summary>The statistics of the repository that benchmarks run on.</summary>
internal static class Statistics
{
    private const string Folder = "validation/data/";

    /// <summary>L_sym, reweighted to one quadratic coefficient, on 70 million words of Wikipedia.</summary>
    internal static PairwiseObjective Objective() => PairwiseObjective.ReweightedSymmetric(new CorpusFrequencies(Counts()));

    /// <summary>The counts of 70 million words of Wikipedia, V = 1000.</summary>
    internal static CooccurrenceCounts Counts() => QcoocReader.Read(RepositoryFile.Found(Folder + "enwiki-70m-V1000-L48.qcooc"));

    /// <summary>3000 words, 16 neighbours on each side.</summary>
    internal static CooccurrenceCounts Counts3000() => QcoocReader.Read(RepositoryFile.Found(Folder + "enwiki-70m-V3000-L16.qcooc"));

    /// <summary>Counts with the shape of real ones where no file of that size is at hand: word frequencies after Zipf and Mandelbrot, 28% of the pairs seen.</summary>
    internal static CooccurrenceCounts SyntheticCounts(int vocabularySize)
    {
        CounterRandom random = new(1, 0);
        List<int> columns = [];
        List<long> counts = [];
        long[] rowStarts = new long[vocabularySize + 1], words = new long[vocabularySize];
        for (int i = 0; i < vocabularySize; i++)
        {
            words[i] = 1_000_000_000L / (i + 3);
            for (int j = i; j < vocabularySize; j++)
            {
                double expected = 3e7 / (i + 3.0) / (j + 3.0), u = random.Uniform((ulong)i * (ulong)vocabularySize + (ulong)j);
                long count = (long)(expected * 2 * u + Math.Min(1, 0.28 / expected) * (u > 0.72 ? 1 : 0));
                if (count == 0) continue;
                columns.Add(j);
                counts.Add(count);
            }
            rowStarts[i + 1] = columns.Count;
        }
        string[] names = [.. Enumerable.Range(0, vocabularySize).Select(Name)];
        return new CooccurrenceCounts(new CountingConvention(16), names, words, rowStarts, [.. columns], [.. counts]);
    }

    private static string Name(int word) => new([.. Enumerable.Range(0, 4).Select(place => (char)('a' + word / (int)Math.Pow(26, 3 - place) % 26))]);
}
