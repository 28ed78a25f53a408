using Qwem.Sim.Formats;
using Qwem.Sim.LinearAlgebra;
using Qwem.Sim.Random;
using Qwem.Sim.Threading;

namespace Qwem.Sim.Evaluation;

/// <summary>What a similarity benchmark gave.</summary>
/// <param name="Pairs">Pairs of the benchmark.</param>
/// <param name="OutOfVocabulary">Pairs with a word that has no vector: left out.</param>
/// <param name="Spearman">Rank correlation of cosines and judgements over the other pairs; NaN when it is not defined.</param>
/// <param name="Interval">Bootstrap interval, pairs drawn with replacement.</param>
public sealed record SimilarityResult(int Pairs, int OutOfVocabulary, double Spearman, Interval Interval);

/// <summary>Spearman's correlation between cosines of vectors and human judgements of similarity.</summary>
public static class SimilarityBenchmark
{
    /// <summary>Compares cosines with judgements.</summary>
    /// <param name="vectors">One vector per word; the cosine with a vanishing vector is 0.</param>
    /// <param name="judgements">The benchmark.</param>
    /// <param name="team">The threads; the result does not depend on how many there are.</param>
    /// <param name="bootstrap">How the interval is made; null for the defaults.</param>
    /// <param name="cancellation">Ends the resampling early.</param>
    /// <returns>The correlation over the pairs whose words have vectors.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A bootstrap setting is outside its range.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was requested.</exception>
    public static SimilarityResult Run(
        WordVectors vectors, IReadOnlyList<SimilarityJudgement> judgements, WorkerTeam team, BootstrapSettings? bootstrap = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(vectors);
        ArgumentNullException.ThrowIfNull(judgements);
        ArgumentNullException.ThrowIfNull(team);
        bootstrap ??= new BootstrapSettings();
        bootstrap.Check();
        List<double> cosines = [], scores = [];
        double[] first = new double[vectors.Dimension], second = new double[vectors.Dimension];
        foreach (SimilarityJudgement judgement in judgements)
        {
            int i = vectors.IndexOf(judgement.First), j = vectors.IndexOf(judgement.Second);
            if (i < 0 || j < 0) continue;
            vectors.CopyUnit(i, first);
            vectors.CopyUnit(j, second);
            cosines.Add(Kernels.Dot(first, second));
            scores.Add(judgement.Score);
        }
        RankCorrelation correlation = new([.. cosines], [.. scores]);
        double[] replicates = Resample(correlation, cosines.Count, bootstrap, team, cancellation);
        return new SimilarityResult(judgements.Count, judgements.Count - cosines.Count, correlation.Value(), bootstrap.Percentiles(replicates));
    }

    private static double[] Resample(RankCorrelation correlation, int count, BootstrapSettings settings, WorkerTeam team, CancellationToken cancellation)
    {
        const int batch = 32;
        double[] replicates = new double[settings.Replicates];
        CounterRandom random = new(settings.Seed, 0);
        team.Run((settings.Replicates + batch - 1) / batch, part =>
        {
            int[] times = new int[count];
            double[] ranksX = new double[count], ranksY = new double[count];
            for (int r = part * batch; r < Math.Min(settings.Replicates, (part + 1) * batch); r++)
            {
                cancellation.ThrowIfCancellationRequested();
                Array.Clear(times);
                for (int n = 0; n < count; n++) times[(int)(count * random.Uniform((ulong)((long)r * count + n)))]++;
                replicates[r] = correlation.Weighted(times, ranksX, ranksY);
            }
        });
        return replicates;
    }
}
