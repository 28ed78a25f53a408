using Qwem.Sim.Statistics;

namespace Qwem.Sim.Descent;

/// <summary>How much a pair of words counts in the loss.</summary>
public enum Reweighting
{
    /// <summary>Psi_ij = 1.</summary>
    None,

    /// <summary>Psi_ij = psi_i psi_j, psi_i = P_i^-f, scaled so that the mean of Psi over independent pairs is 1.</summary>
    Power,

    /// <summary>Psi_ij = (1 + k) / V^2 / (P_ij + k P_i P_j): both signs together then weigh every pair of words alike.</summary>
    Constant,

    /// <summary>Psi_ij = psi_i psi_j, psi_i = min(1, t / P_i + sqrt(t / P_i)), word2vec's subsampling, scaled likewise.</summary>
    Word2Vec,
}

/// <summary>The two measures of a loss: p_ij = Psi_ij P_ij for positive and q_ij = k Psi_ij N_i N_j for negative pairs.</summary>
/// <remarks>N_i is proportional to P_i^a, and P_i itself for a = 1. Symmetric V x V, never stored: p is as sparse as the counts, q is computed.</remarks>
public sealed class PairMeasures
{
    private readonly double[]? _psi;
    private readonly double _constant;

    /// <summary>The measures of a corpus.</summary>
    /// <param name="statistics">P_i and P_ij.</param>
    /// <param name="reweighting">Psi.</param>
    /// <param name="exponent">f of <see cref="Reweighting.Power"/>, finite; t of <see cref="Reweighting.Word2Vec"/>, positive; ignored otherwise.</param>
    /// <param name="negativeRatio">k, positive and finite.</param>
    /// <param name="negativePower">a, finite; word2vec has 3/4, the papers have 1.</param>
    /// <exception cref="ArgumentException">The exponent or the ratio is outside its range, or Psi overflows.</exception>
    public PairMeasures(PairStatistics statistics, Reweighting reweighting, double exponent, double negativeRatio, double negativePower = 1)
    {
        ArgumentNullException.ThrowIfNull(statistics);
        if (!(negativeRatio > 0) || !double.IsFinite(negativeRatio))
            throw new ArgumentException($"The negative ratio k = {negativeRatio} must be positive and finite.", nameof(negativeRatio));
        Statistics = statistics;
        Reweighting = reweighting;
        NegativeRatio = negativeRatio;
        if (!double.IsFinite(negativePower)) throw new ArgumentException($"The power a = {negativePower} must be finite.", nameof(negativePower));
        NegativeWords = negativePower == 1 ? statistics.Words : Powers(statistics.Words, negativePower);
        double v = statistics.VocabularySize;
        _constant = (1 + negativeRatio) / (v * v);
        if (reweighting is not (Reweighting.Power or Reweighting.Word2Vec)) return;
        if (!double.IsFinite(exponent)) throw new ArgumentException($"The exponent f = {exponent} must be finite.", nameof(exponent));
        if (reweighting == Reweighting.Word2Vec && !(exponent > 0))
            throw new ArgumentException($"The subsampling threshold t = {exponent} must be positive.", nameof(exponent));
        _psi = new double[statistics.VocabularySize];
        double mean = 0;
        for (int i = 0; i < _psi.Length; i++)
        {
            double p = statistics.Words[i];
            // f = 1 is the common case and should not depend on a library's power.
            _psi[i] = reweighting == Reweighting.Word2Vec ? Math.Min(1, exponent / p + Math.Sqrt(exponent / p))
                : exponent == 1 ? 1 / p : Math.Pow(p, -exponent);
            mean += _psi[i] * NegativeWords[i];
        }
        for (int i = 0; i < _psi.Length; i++) _psi[i] /= mean;
        if (_psi.Any(psi => !(psi > 0) || !double.IsFinite(psi)))
            throw new ArgumentException($"P^-f leaves the range of a double for the exponent f = {exponent}.", nameof(exponent));
    }

    /// <summary>The corpus.</summary>
    public PairStatistics Statistics { get; }

    /// <summary>Psi.</summary>
    public Reweighting Reweighting { get; }

    /// <summary>k.</summary>
    public double NegativeRatio { get; }

    /// <summary>N_i, sums to 1; do not write.</summary>
    public double[] NegativeWords { get; }

    /// <summary>V.</summary>
    public int VocabularySize => Statistics.VocabularySize;

    /// <summary>Psi_ij.</summary>
    /// <param name="i">A word.</param>
    /// <param name="j">A word.</param>
    /// <param name="joint">P_ij.</param>
    public double Psi(int i, int j, double joint) => Reweighting switch
    {
        Reweighting.Power or Reweighting.Word2Vec => _psi![i] * _psi[j],
        Reweighting.Constant => _constant / (joint + NegativeRatio * (NegativeWords[i] * NegativeWords[j])),
        _ => 1,
    };

    /// <summary>p_ij.</summary>
    /// <param name="i">A word.</param>
    /// <param name="j">A word.</param>
    /// <param name="joint">P_ij.</param>
    public double Positive(int i, int j, double joint) => joint == 0 ? 0 : Psi(i, j, joint) * joint;

    /// <summary>q_ij.</summary>
    /// <param name="i">A word.</param>
    /// <param name="j">A word.</param>
    /// <param name="joint">P_ij.</param>
    public double Negative(int i, int j, double joint) =>
        Psi(i, j, joint) * (NegativeRatio * (NegativeWords[i] * NegativeWords[j]));

    /// <summary>psi_i where Psi_ij = psi_i psi_j.</summary>
    internal double Factor(int word) => _psi is null ? 1 : _psi[word];

    private static double[] Powers(double[] words, double power)
    {
        double[] powers = Array.ConvertAll(words, p => Math.Pow(p, power));
        double total = powers.Sum();
        return Array.ConvertAll(powers, p => p / total);
    }
}
