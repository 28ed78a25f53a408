using Qwem.Sim.Cooccurrence;
using Qwem.Sim.LinearAlgebra;
using Qwem.Sim.Threading;

namespace Qwem.Sim.Spectra;

/// <summary>Makes targets: from counts to an operator whose eigenpairs can be asked for.</summary>
public static class TargetOperator
{
    /// <summary>Largest V for which the dense form is made, where the target is dense enough for it.</summary>
    public const int DenseLimit = 6000;

    /// <summary>Share of entries from which the dense form is the faster one: it takes about 2.7 times as long at a share of 0.28, 0.65 at 0.96 (24 columns).</summary>
    public const double DenseShare = 0.6;

    /// <summary>The target in the form that is faster: dense for a small vocabulary most of whose pairs occur, sparse plus low rank otherwise.</summary>
    /// <param name="counts">The counts; not kept.</param>
    /// <param name="settings">What the target is.</param>
    /// <param name="team">The threads, or null for the calling thread alone; the operator does not depend on how many there are.</param>
    /// <param name="cancellation">Ends the work early.</param>
    /// <returns>V x V.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A setting is outside its range.</exception>
    /// <exception cref="ArgumentException">The counts have no pairs, a word without any (for marginals of pairs), or too many entries.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was requested.</exception>
    public static ISymmetricOperator Create(CooccurrenceCounts counts, TargetSettings settings, WorkerTeam? team = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(counts);
        double size = counts.VocabularySize;
        bool dense = size <= DenseLimit && 2.0 * counts.DistinctPairs / (size * size) >= DenseShare;
        return dense ? new DenseSymmetricOperator(Dense(counts, settings)) : Sparse(counts, settings, team, cancellation);
    }

    /// <summary>The target as sparse rows plus diagonal plus low rank, whatever its density.</summary>
    /// <inheritdoc cref="Create"/>
    public static ISymmetricOperator Sparse(CooccurrenceCounts counts, TargetSettings settings, WorkerTeam? team = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(counts);
        ArgumentNullException.ThrowIfNull(settings);
        team ??= new WorkerTeam(1);
        TargetEntries entries = new(counts, settings);
        double[] diagonal = Diagonal(counts, entries);
        for (int i = 0; i < diagonal.Length; i++) diagonal[i] -= entries.UnseenAt(i, i);
        UnseenExpansion? unseen = entries.UnseenVaries ? entries.Expand(team) : null;
        ColumnTiles tiles = new(diagonal.Length);
        PanelStrip[] strips = TargetRows.Build(counts, entries, settings.Kind == TargetKind.Ppmi, tiles, team, cancellation);
        return unseen is null
            ? new SparseTargetOperator(strips, tiles, diagonal, entries.Unseen, entries.RootWeights)
            : new LowRankUpdate(new SparseTargetOperator(strips, tiles, diagonal, 0, null), unseen.Factors, unseen.Weights);
    }

    /// <summary>The target as a dense matrix.</summary>
    /// <param name="counts">The counts; not kept.</param>
    /// <param name="settings">What the target is.</param>
    /// <returns>V x V, symmetric to the bit.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A setting is outside its range.</exception>
    /// <exception cref="ArgumentException">The counts have no pairs, a word without any (for marginals of pairs), or V^2 entries are too many for an array.</exception>
    public static DenseMatrix Dense(CooccurrenceCounts counts, TargetSettings settings)
    {
        ArgumentNullException.ThrowIfNull(counts);
        ArgumentNullException.ThrowIfNull(settings);
        int size = counts.VocabularySize;
        if ((long)size * size > Array.MaxLength)
            throw new ArgumentException($"A dense {size} x {size} target does not fit one array; use the sparse form.", nameof(counts));
        TargetEntries entries = new(counts, settings);
        DenseMatrix dense = new(size, size);
        for (int i = 0; i < size; i++)
        {
            Span<double> row = dense.Row(i);
            for (int j = 0; j < size; j++) row[j] = entries.UnseenAt(i, j);
        }
        double[] diagonal = Diagonal(counts, entries);
        for (int i = 0; i < size; i++)
        {
            for (int entry = (int)counts.RowStarts[i]; entry < (int)counts.RowStarts[i + 1]; entry++)
            {
                int j = counts.Columns[entry];
                dense[i, j] = dense[j, i] = entries.Seen(i, j, counts.Counts[entry]);
            }
            dense[i, i] = diagonal[i];
        }
        return dense;
    }

    private static double[] Diagonal(CooccurrenceCounts counts, TargetEntries entries)
    {
        double[] diagonal = new double[counts.VocabularySize];
        for (int i = 0; i < diagonal.Length; i++)
        {
            // The diagonal is the first entry of its row of the upper triangle.
            int first = (int)counts.RowStarts[i];
            bool counted = first < (int)counts.RowStarts[i + 1] && counts.Columns[first] == i;
            diagonal[i] = entries.Diagonal(i, counted ? counts.Counts[first] : 0);
        }
        return diagonal;
    }
}
