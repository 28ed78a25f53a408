using Qwem.Sim.LinearAlgebra;
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

    /// <summary>
    /// The pairs that word2vec itself draws: Psi_ij of <see cref="Word2Vec"/> for positive pairs, scaled so that all p_ij add up to 1; to each of them k negative ones of the same centre,
    /// q_ij = k (c_i N_j + c_j N_i) / 2, c_i = sum_j p_ij. Not for draws.
    /// </summary>
    SkipGram,
}

/// <summary>The two measures of a loss: p_ij = Psi_ij P_ij for positive and q_ij = k Psi_ij N_i N_j for negative pairs, but for <see cref="Reweighting.SkipGram"/>.</summary>
/// <remarks>N_i is proportional to P_i^a, and P_i itself for a = 1. Symmetric V x V, never stored: p is as sparse as the counts, q is computed.</remarks>
public sealed class PairMeasures
{
    private readonly double[]? _psi;
    private readonly double[] _centres;
    private readonly double _constant;
    private readonly double[]? _inverseWords;
    private readonly double _prior;

    /// <summary>The same measures with pairs of a prior added, as many as beta counts make: p from P_ij + b, q from k N_i N_j (1 + b / (P_i P_j)), b = beta / N.</summary>
    /// <remarks>
    /// N is the sum of all counts. p / q is then what <see cref="Spectra.TargetSettings.Shrinkage"/> makes of it: ratios shrink towards those of independent words,
    /// and every pair of words weighs at least as much as beta counts do. p is dense then, so that it is not drawn from.
    /// </remarks>
    /// <param name="share">b, 0 or more and finite.</param>
    /// <exception cref="ArgumentOutOfRangeException">The share is outside its range.</exception>
    public PairMeasures WithPrior(double share) => new(this, share);

    private PairMeasures(PairMeasures plain, double share)
    {
        if (!(share >= 0) || !double.IsFinite(share)) throw new ArgumentOutOfRangeException(nameof(share), share, "The share of the prior must be 0 or more, and finite.");
        (_psi, _centres, _constant, _prior) = (plain._psi, plain._centres, plain._constant, share);
        (Statistics, Reweighting, NegativeRatio, NegativeWords) = (plain.Statistics, plain.Reweighting, plain.NegativeRatio, plain.NegativeWords);
        if (share > 0) _inverseWords = Array.ConvertAll(Statistics.Words, p => 1 / p);
    }

    /// <summary>The measures of a corpus.</summary>
    /// <param name="statistics">P_i and P_ij.</param>
    /// <param name="reweighting">Psi.</param>
    /// <param name="exponent">f of <see cref="Reweighting.Power"/>, finite; t of <see cref="Reweighting.Word2Vec"/> and <see cref="Reweighting.SkipGram"/>, positive; ignored otherwise.</param>
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
        NegativeWords = _centres = negativePower == 1 ? statistics.Words : Powers(statistics.Words, negativePower);
        double v = statistics.VocabularySize;
        _constant = (1 + negativeRatio) / (v * v);
        if (reweighting is Reweighting.None or Reweighting.Constant) return;
        if (!double.IsFinite(exponent)) throw new ArgumentException($"The exponent f = {exponent} must be finite.", nameof(exponent));
        bool subsamples = reweighting is Reweighting.Word2Vec or Reweighting.SkipGram;
        if (subsamples && !(exponent > 0))
            throw new ArgumentException($"The subsampling threshold t = {exponent} must be positive.", nameof(exponent));
        _psi = new double[statistics.VocabularySize];
        double mean = 0;
        for (int i = 0; i < _psi.Length; i++)
        {
            double p = statistics.Words[i];
            // f = 1 is the common case and should not depend on a library's power.
            _psi[i] = subsamples ? Math.Min(1, exponent / p + Math.Sqrt(exponent / p))
                : exponent == 1 ? 1 / p : Math.Pow(p, -exponent);
            mean += _psi[i] * NegativeWords[i];
        }
        for (int i = 0; i < _psi.Length; i++) _psi[i] /= mean;
        if (_psi.Any(psi => !(psi > 0) || !double.IsFinite(psi)))
            throw new ArgumentException($"P^-f leaves the range of a double for the exponent f = {exponent}.", nameof(exponent));
        if (reweighting != Reweighting.SkipGram) return;
        double[] sums = PositiveSums();
        double total = sums.Sum(), root = Math.Sqrt(total);
        for (int i = 0; i < _psi.Length; i++) _psi[i] /= root;
        _centres = Array.ConvertAll(sums, sum => sum / total);
    }

    /// <summary>The corpus.</summary>
    public PairStatistics Statistics { get; }

    /// <summary>Psi.</summary>
    public Reweighting Reweighting { get; }

    /// <summary>k.</summary>
    public double NegativeRatio { get; }

    /// <summary>N_i, sums to 1.</summary>
    internal double[] NegativeWords { get; }

    /// <summary>V.</summary>
    public int VocabularySize => Statistics.VocabularySize;

    /// <summary>Psi_ij of positive pairs; of negative ones too but for <see cref="Reweighting.SkipGram"/>.</summary>
    /// <param name="i">A word.</param>
    /// <param name="j">A word.</param>
    /// <param name="joint">P_ij.</param>
    public double Psi(int i, int j, double joint) => Reweighting switch
    {
        Reweighting.Power or Reweighting.Word2Vec or Reweighting.SkipGram => _psi![i] * _psi[j],
        Reweighting.Constant => _constant / (joint + _prior + Independent(i, j)),
        _ => 1,
    };

    /// <summary>p_ij.</summary>
    /// <param name="i">A word.</param>
    /// <param name="j">A word.</param>
    /// <param name="joint">P_ij.</param>
    public double Positive(int i, int j, double joint) => joint + _prior is double mixed and not 0 ? Psi(i, j, joint) * mixed : 0;

    /// <summary>q_ij.</summary>
    /// <param name="i">A word.</param>
    /// <param name="j">A word.</param>
    /// <param name="joint">P_ij.</param>
    public double Negative(int i, int j, double joint) =>
        Reweighting == Reweighting.SkipGram ? Independent(i, j) : Psi(i, j, joint) * Independent(i, j);

    /// <summary>p and q of all pairs, V x V each: 16 V^2 bytes.</summary>
    /// <returns>Fresh matrices, symmetric to the bit.</returns>
    public (DenseMatrix Positive, DenseMatrix Negative) Dense()
    {
        DenseMatrix positive = new(VocabularySize, VocabularySize), negative = new(VocabularySize, VocabularySize);
        for (int i = 0; i < VocabularySize; i++)
        {
            ReadOnlySpan<ushort> partners = Statistics.PartnersOf(i);
            ReadOnlySpan<double> joint = Statistics.JointOf(i);
            for (int n = 0; n < partners.Length; n++) positive[i, partners[n]] = positive[partners[n], i] = joint[n];
        }
        for (int i = 0; i < VocabularySize; i++) Fill(i, 0, positive.Row(i), negative.Row(i));
        return (positive, negative);
    }

    /// <summary>Both measures of the pairs of a word with words from one on; for speed, the same numbers as <see cref="Positive"/> and <see cref="Negative"/>.</summary>
    /// <param name="i">The word.</param>
    /// <param name="from">The first of the other words.</param>
    /// <param name="positive">P_ij, and then p_ij.</param>
    /// <param name="negative">Receives q_ij; as long.</param>
    internal void Fill(int i, int from, Span<double> positive, Span<double> negative)
    {
        ReadOnlySpan<double> words = NegativeWords.AsSpan(from, positive.Length);
        ReadOnlySpan<double> centres = _centres.AsSpan(from, positive.Length);
        double own = NegativeWords[i], centre = _centres[i];
        for (int j = 0; j < negative.Length; j++) negative[j] = NegativeRatio * (0.5 * (centre * words[j] + centres[j] * own));
        if (_inverseWords is not null)
        {
            ReadOnlySpan<double> inverse = _inverseWords.AsSpan(from, positive.Length);
            for (int j = 0; j < positive.Length; j++)
            {
                positive[j] += _prior;
                negative[j] *= 1 + _prior * (_inverseWords[i] * inverse[j]);
            }
        }
        if (Reweighting == Reweighting.Constant)
        {
            for (int j = 0; j < positive.Length; j++)
            {
                double psi = _constant / (positive[j] + negative[j]);
                positive[j] *= psi;
                negative[j] *= psi;
            }
        }
        else if (_psi is not null)
        {
            ReadOnlySpan<double> factors = _psi.AsSpan(from, positive.Length);
            for (int j = 0; j < positive.Length; j++)
            {
                double psi = _psi[i] * factors[j];
                positive[j] *= psi;
                if (Reweighting != Reweighting.SkipGram) negative[j] *= psi;
            }
        }
    }

    /// <exception cref="ArgumentException">There are pairs of a prior, or those of word2vec itself.</exception>
    internal void RequireDrawable()
    {
        if (_prior > 0) throw new ArgumentException("Pairs of a prior cannot be drawn; compute the end of training, or leave the prior out.");
        if (Reweighting == Reweighting.SkipGram)
            throw new ArgumentException("The pairs of word2vec itself are drawn from a text; compute the end of training, or train on the text.");
    }

    /// <summary>q_ij but for Psi.</summary>
    private double Independent(int i, int j)
    {
        // Of a symmetric measure both halves are the same number.
        double q = NegativeRatio * (0.5 * (_centres[i] * NegativeWords[j] + _centres[j] * NegativeWords[i]));
        return _inverseWords is null ? q : q * (1 + _prior * (_inverseWords[i] * _inverseWords[j]));
    }

    /// <summary>psi_i where Psi_ij = psi_i psi_j.</summary>
    internal double Factor(int word) => _psi is null ? 1 : _psi[word];

    /// <summary>sum_j psi_i psi_j P_ij.</summary>
    private double[] PositiveSums()
    {
        double[] sums = new double[VocabularySize];
        for (int i = 0; i < sums.Length; i++)
        {
            ReadOnlySpan<ushort> partners = Statistics.PartnersOf(i);
            ReadOnlySpan<double> joint = Statistics.JointOf(i);
            for (int n = 0; n < partners.Length; n++)
            {
                int j = partners[n];
                double p = _psi![i] * _psi[j] * joint[n];
                sums[i] += p;
                if (j != i) sums[j] += p;
            }
        }
        return sums;
    }

    private static double[] Powers(double[] words, double power)
    {
        double[] powers = Array.ConvertAll(words, p => Math.Pow(p, power));
        double total = powers.Sum();
        return Array.ConvertAll(powers, p => p / total);
    }
}
