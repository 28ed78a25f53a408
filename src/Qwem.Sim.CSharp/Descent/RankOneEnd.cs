using Qwem.Sim.Cooccurrence;
using Qwem.Sim.LinearAlgebra;
using Qwem.Sim.Spectra;
using Qwem.Sim.Threading;

namespace Qwem.Sim.Descent;

/// <summary>Where training would end if the weight of the quadratic loss had rank one: a start close to the end under the weight as it is.</summary>
internal static class RankOneEnd
{
    // Loose, because the result is only the start of a descent.
    private const double Tolerance = 1e-3;

    /// <summary>W = diag(u)^-1/2 V Lambda^1/2, the d largest eigenpairs of diag(u)^1/2 M* diag(u)^1/2: the minimum of sum u_i u_j (w_i . w_j - M*_ij)^2.</summary>
    /// <param name="counts">The counts.</param>
    /// <param name="target">M*.</param>
    /// <param name="rowWeights">u, positive, one per word; see <see cref="ModelAtRest.RowWeights"/>.</param>
    /// <param name="dimension">d.</param>
    /// <param name="team">Threads, or null for the calling thread alone.</param>
    /// <param name="progress">Receives how many eigenpairs are found; may be null.</param>
    /// <param name="cancellation">Ends the work early.</param>
    /// <returns>V x d; directions whose eigenvalue is not positive are zero.</returns>
    /// <exception cref="ArgumentException">The weights are not one positive number per word, or the target cannot be made of the counts.</exception>
    /// <exception cref="ArithmeticException">No eigenvalue is positive.</exception>
    public static DenseMatrix Create(
        CooccurrenceCounts counts, TargetSettings target, ReadOnlySpan<double> rowWeights, int dimension, WorkerTeam? team = null,
        IProgress<WorkProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(counts);
        ArgumentNullException.ThrowIfNull(target);
        team ??= new WorkerTeam(1);
        int v = counts.VocabularySize;
        if (rowWeights.Length != v) throw new ArgumentException($"There are {rowWeights.Length} weights for {v} words.", nameof(rowWeights));
        double[] roots = new double[v];
        for (int i = 0; i < v; i++)
            roots[i] = rowWeights[i] > 0 && double.IsFinite(rowWeights[i]) ? Math.Sqrt(rowWeights[i]) : throw new ArgumentException($"The weight of word {i} is {rowWeights[i]}, not positive and finite.", nameof(rowWeights));
        ScaledOperator scaled = new(TargetOperator.Create(counts, target, team, cancellation), roots);
        PartialSpectrum spectrum = KrylovEigenSolver.Solve(scaled, dimension, team, new KrylovSettings { Tolerance = Tolerance }, progress, cancellation);
        if (!(spectrum.Eigenvalues[0] > 0)) throw new ArithmeticException("No eigenvalue of the target is positive, so that all vectors would vanish; count a longer text.");
        DenseMatrix embeddings = new(v, dimension);
        for (int k = 0; k < dimension; k++)
        {
            double length = Math.Sqrt(Math.Max(0, spectrum.Eigenvalues[k]));
            for (int i = 0; i < v; i++) embeddings[i, k] = length * spectrum.Eigenvectors[k, i] / roots[i];
        }
        return embeddings;
    }
}
