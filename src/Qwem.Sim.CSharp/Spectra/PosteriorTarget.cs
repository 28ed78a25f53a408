using Qwem.Sim.Cooccurrence;
using Qwem.Sim.LinearAlgebra;
using Qwem.Sim.Statistics;
using Qwem.Sim.Threading;

namespace Qwem.Sim.Spectra;

/// <summary>M*_sym of counts that are shrunk towards a model instead of towards independence.</summary>
/// <remarks>
/// M_ij = 2 (r - 1) / (r + 1), r = (C_ij + beta rho_ij) / (k (E_ij + beta)), E_ij = N P_i P_j: the posterior mean of P_ij / (P_i P_j) under a gamma prior of mean
/// rho_ij and rate beta. With rho = 1 it is the target of <see cref="TargetSettings.Shrinkage"/>. Self-pairs are neutral, C_ii := E_ii.
/// </remarks>
internal static class PosteriorTarget
{
    private const int StripRows = 128;

    /// <summary>Largest V: the entries of the matrix must fit one array.</summary>
    public const int LargestOrder = 46_340;

    /// <summary>The target as a dense matrix; the prior differs from pair to pair, so that no entry is shared and nothing is sparse.</summary>
    /// <param name="counts">The counts; not kept.</param>
    /// <param name="prior">rho, of as many words.</param>
    /// <param name="negativeRatio">k, positive and finite.</param>
    /// <param name="shrinkage">beta, positive and finite, in the unit of the counts.</param>
    /// <param name="team">The threads, or null for the calling thread alone; the result does not depend on how many there are.</param>
    /// <param name="cancellation">Ends the work early.</param>
    /// <returns>V x V, symmetric to the bit; 8 V^2 bytes.</returns>
    /// <exception cref="ArgumentException">The prior has another number of words, there are more than <see cref="LargestOrder"/>, or nothing was counted.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is outside its range.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was requested.</exception>
    public static DenseMatrix Dense(
        CooccurrenceCounts counts, ModelPrior prior, double negativeRatio, double shrinkage, WorkerTeam? team = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(counts);
        ArgumentNullException.ThrowIfNull(prior);
        team ??= new WorkerTeam(1);
        int size = counts.VocabularySize;
        if (prior.Order != size) throw new ArgumentException($"The prior is of {prior.Order} words, the counts of {size}.", nameof(prior));
        RequireFit(counts);
        if (!(shrinkage > 0 && double.IsFinite(shrinkage)))
            throw new ArgumentOutOfRangeException(nameof(shrinkage), shrinkage, "The shrinkage must be positive and finite: without it a prior has no weight.");
        new TargetSettings { NegativeRatio = negativeRatio, Shrinkage = shrinkage }.Check();
        double[] probabilities = new CorpusFrequencies(counts).P;
        DenseMatrix target = new(size, size);
        int[] rows = new int[StripRows];
        for (int first = 0; first < size; first += StripRows)
        {
            cancellation.ThrowIfCancellationRequested();
            int length = Math.Min(StripRows, size - first);
            for (int n = 0; n < length; n++) rows[n] = first + n;
            DenseMatrix ratios = prior.Ratios(rows.AsSpan(0, length), team);
            team.Run(length, n => FillRow(counts, probabilities, negativeRatio, shrinkage, first + n, ratios.Row(n), target.Row(first + n)));
        }
        Mirror(target, team);
        return target;
    }

    /// <exception cref="ArgumentException">There are more words than <see cref="LargestOrder"/>.</exception>
    internal static void RequireFit(CooccurrenceCounts counts)
    {
        if (counts.VocabularySize > LargestOrder)
            throw new ArgumentException($"A dense target of {counts.VocabularySize} words does not fit one array; take at most {LargestOrder} words.", nameof(counts));
    }

    /// <summary>Row i of the upper triangle with the diagonal.</summary>
    private static void FillRow(
        CooccurrenceCounts counts, double[] probabilities, double negativeRatio, double shrinkage, int i, ReadOnlySpan<double> ratios, Span<double> target)
    {
        double own = counts.TotalCount * probabilities[i];
        double Entry(double count, double expected, double ratio)
        {
            double seen = count + shrinkage * ratio, independent = negativeRatio * (expected + shrinkage);
            return 2 * (seen - independent) / (seen + independent);
        }
        for (int j = i; j < target.Length; j++) target[j] = Entry(0, own * probabilities[j], ratios[j]);
        for (int at = (int)counts.RowStarts[i]; at < (int)counts.RowStarts[i + 1]; at++)
        {
            int j = counts.Columns[at];
            target[j] = Entry(counts.Counts[at], own * probabilities[j], ratios[j]);
        }
        target[i] = Entry(own * probabilities[i], own * probabilities[i], ratios[i]);
    }

    /// <summary>Copies the upper triangle to the lower one in squares that fit the cache.</summary>
    private static void Mirror(DenseMatrix matrix, WorkerTeam team)
    {
        const int Side = 64;
        int size = matrix.Rows;
        team.Run((size + Side - 1) / Side, strip =>
        {
            int first = strip * Side, end = Math.Min(size, first + Side);
            for (int left = 0; left < end; left += Side)
                for (int i = first; i < end; i++)
                    for (int j = left; j < Math.Min(i, left + Side); j++) matrix[i, j] = matrix[j, i];
        });
    }
}
