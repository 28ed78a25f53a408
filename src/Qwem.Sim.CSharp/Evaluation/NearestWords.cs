using Qwem.Sim.Formats;
using Qwem.Sim.LinearAlgebra;
using Qwem.Sim.Threading;

namespace Qwem.Sim.Evaluation;

/// <summary>A word and how near it is.</summary>
/// <param name="Word">Id of the word.</param>
/// <param name="Score">Its score.</param>
public readonly record struct ScoredWord(int Word, double Score);

/// <summary>The words whose directions are nearest to a query.</summary>
public static class NearestWords
{
    private const int Batch = 1024;

    /// <summary>The words of highest w_hat . query; equal scores in the order of the words.</summary>
    /// <param name="vectors">One vector per word; the score of a vanishing vector is 0.</param>
    /// <param name="query">d numbers, in any unit.</param>
    /// <param name="count">How many words; fewer when the vocabulary is smaller.</param>
    /// <param name="excluded">Words that are left out of the search.</param>
    /// <param name="team">The threads, or null for the calling thread alone; the result does not depend on how many there are.</param>
    /// <returns>Words and scores in the unit of the query, best first.</returns>
    /// <exception cref="ArgumentException">The query has another length than d.</exception>
    public static IReadOnlyList<ScoredWord> Find(WordVectors vectors, double[] query, int count, IReadOnlyCollection<int> excluded, WorkerTeam? team = null)
    {
        ArgumentNullException.ThrowIfNull(vectors);
        ArgumentNullException.ThrowIfNull(query);
        ArgumentNullException.ThrowIfNull(excluded);
        team ??= new WorkerTeam(1);
        if (query.Length != vectors.Dimension) throw new ArgumentException($"The query has {query.Length} numbers, not {vectors.Dimension}.", nameof(query));
        double[] scores = new double[vectors.Size];
        team.Run((vectors.Size + Batch - 1) / Batch, task =>
        {
            double[] unit = new double[vectors.Dimension];
            for (int i = task * Batch; i < Math.Min(vectors.Size, (task + 1) * Batch); i++)
            {
                vectors.CopyUnit(i, unit);
                scores[i] = Kernels.Dot(unit, query);
            }
        });
        return [.. Enumerable.Range(0, scores.Length).Where(i => !excluded.Contains(i)).OrderByDescending(i => scores[i]).ThenBy(i => i)
            .Take(count).Select(i => new ScoredWord(i, scores[i]))];
    }

    /// <summary>b_hat - a_hat + a'_hat, the query of the question a : b = a' : ?.</summary>
    /// <param name="vectors">One vector per word.</param>
    /// <param name="a">Id of a.</param>
    /// <param name="b">Id of b.</param>
    /// <param name="secondA">Id of a'.</param>
    /// <returns>d numbers.</returns>
    public static double[] AnalogyQuery(WordVectors vectors, int a, int b, int secondA)
    {
        ArgumentNullException.ThrowIfNull(vectors);
        double[] query = new double[vectors.Dimension], unit = new double[vectors.Dimension];
        vectors.CopyUnit(b, query);
        vectors.CopyUnit(a, unit);
        Kernels.Axpy(-1, unit, query);
        vectors.CopyUnit(secondA, unit);
        Kernels.Axpy(1, unit, query);
        return query;
    }
}
