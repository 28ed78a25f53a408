using Qwem.Sim.LinearAlgebra;
using Qwem.Sim.Threading;

namespace Qwem.Sim.Spectra;

/// <summary>What a model of low rank predicts for every pair: rho_ij = k (2 + M_ij) / (2 - M_ij), the ratio P_ij / (P_i P_j) whose target of L_sym is M_ij.</summary>
/// <remarks>
/// M = sum_k lambda_k v_k v_k', the best approximation of a target by a matrix of that rank when the eigenpairs are those of largest magnitude
/// (Eckart and Young). Entries of M beyond +-<see cref="LargestEntry"/>, which no ratio has or only extreme ones, are taken to be at that bound.
/// </remarks>
internal sealed class ModelPrior
{
    /// <summary>Bound of |M_ij|: a pair is at most 79 times as frequent, or as rare, as under independence (for k = 1).</summary>
    public const double LargestEntry = 1.95;

    private readonly DenseMatrix _eigenvectors;
    private readonly double[] _eigenvalues;
    private readonly double _ratio;

    /// <summary>A prior from eigenpairs, of either sign.</summary>
    /// <param name="spectrum">Eigenpairs of a target of L_sym, those of largest magnitude for the best approximation; kept, not copied.</param>
    /// <param name="negativeRatio">k of that target, positive and finite.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="negativeRatio"/> is outside its range.</exception>
    public ModelPrior(PartialSpectrum spectrum, double negativeRatio)
    {
        ArgumentNullException.ThrowIfNull(spectrum);
        if (!(negativeRatio > 0 && double.IsFinite(negativeRatio)))
            throw new ArgumentOutOfRangeException(nameof(negativeRatio), negativeRatio, "The negative ratio must be positive and finite.");
        (_eigenvectors, _eigenvalues, _ratio) = (spectrum.Eigenvectors, spectrum.Eigenvalues, negativeRatio);
    }

    /// <summary>V.</summary>
    public int Order => _eigenvectors.Columns;

    /// <summary>rho of all pairs of some words with all words.</summary>
    /// <param name="words">Indices of m words.</param>
    /// <param name="team">The threads, or null for the calling thread alone; the result does not depend on how many there are.</param>
    /// <returns>m x V, positive.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An index is none of a word.</exception>
    public DenseMatrix Ratios(ReadOnlySpan<int> words, WorkerTeam? team = null)
    {
        team ??= new WorkerTeam(1);
        DenseMatrix left = new(_eigenvalues.Length, words.Length);
        for (int k = 0; k < _eigenvalues.Length; k++)
        {
            ReadOnlySpan<double> vector = _eigenvectors.Row(k);
            for (int n = 0; n < words.Length; n++)
            {
                if ((uint)words[n] >= (uint)Order) throw new ArgumentOutOfRangeException(nameof(words), words[n], $"There are {Order} words.");
                left[k, n] = _eigenvalues[k] * vector[words[n]];
            }
        }
        DenseMatrix ratios = new(words.Length, Order);
        MatrixProduct.Multiply(1, left, true, _eigenvectors, false, 0, ratios, team);
        team.Run(words.Length, row =>
        {
            foreach (ref double entry in ratios.Row(row)) entry = Ratio(entry);
        });
        return ratios;
    }

    private double Ratio(double entry)
    {
        entry = Math.Clamp(entry, -LargestEntry, LargestEntry);
        return _ratio * (2 + entry) / (2 - entry);
    }
}
