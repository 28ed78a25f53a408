using Qwem.Sim.Descent;
using Qwem.Sim.LinearAlgebra;
using Qwem.Sim.Statistics;

namespace Qwem.Sim.Training;

/// <summary>
/// The loss the simulator descends: L(W) = sum_ij [a p_ij + c q_ij] M_ij^2 - [b p_ij + d q_ij] M_ij with M_ij = w_i . w_j,
/// where p weighs positive pairs and q negative pairs.
/// </summary>
/// <remarks>
/// Definition 4.1 of Karkada et al. with the reweighting folded into p and q. The simulator has no targets and no
/// eigenvalues, only a quadratic and a linear coefficient for every pair of words.
/// </remarks>
public sealed class PairwiseObjective
{
    private PairwiseObjective(DenseMatrix positive, DenseMatrix negative, double a, double b, double c, double d)
    {
        Positive = positive;
        Negative = negative;
        PositiveQuadratic = a;
        PositiveLinear = b;
        NegativeQuadratic = c;
        NegativeLinear = d;
        int v = positive.Rows;
        Quadratic = new DenseMatrix(v, v);
        Linear = new DenseMatrix(v, v);
        double low = double.PositiveInfinity, high = 0;
        for (int e = 0; e < Quadratic.Values.Length; e++)
        {
            double p = positive.Values[e], q = negative.Values[e];
            double quadratic = a * p + c * q;
            Quadratic.Values[e] = quadratic;
            Linear.Values[e] = b * p + d * q;
            low = Math.Min(low, quadratic);
            high = Math.Max(high, quadratic);
        }
        // Rounding of the reweighting leaves a few units in the last place; 1e-12 is far above it and far below any real weight.
        if (high - low <= 1e-12 * high) ConstantQuadratic = 0.5 * (high + low);
    }

    /// <summary>V.</summary>
    public int VocabularySize => Positive.Rows;

    /// <summary>p_ij, V x V, symmetric: probability of a positive pair times its weight in the loss.</summary>
    public DenseMatrix Positive { get; }

    /// <summary>q_ij, V x V, symmetric: probability of a negative pair times its weight in the loss.</summary>
    public DenseMatrix Negative { get; }

    /// <summary>a, factor of M^2 on positive pairs.</summary>
    public double PositiveQuadratic { get; }

    /// <summary>b, factor of -M on positive pairs.</summary>
    public double PositiveLinear { get; }

    /// <summary>c, factor of M^2 on negative pairs.</summary>
    public double NegativeQuadratic { get; }

    /// <summary>d, factor of -M on negative pairs.</summary>
    public double NegativeLinear { get; }

    /// <summary>a p + c q, V x V: the coefficient of M_ij^2.</summary>
    public DenseMatrix Quadratic { get; }

    /// <summary>b p + d q, V x V: the coefficient of -M_ij.</summary>
    public DenseMatrix Linear { get; }

    /// <summary>The common value of <see cref="Quadratic"/> when every pair has the same one, otherwise null.</summary>
    public double? ConstantQuadratic { get; }

    /// <summary>
    /// L_xe (Eq. 4: a = 0, b = 1, c = 1/2, d = -1) on text subsampled with Psi_i = 1/P_i: words become uniform, q = 1/V^2,
    /// and pairs p ~ P_ij / (P_i P_j), both of total mass 1.
    /// </summary>
    /// <param name="corpus">P_i and P_ij.</param>
    public static PairwiseObjective SubsampledCrossEntropy(CorpusFrequencies corpus)
    {
        ArgumentNullException.ThrowIfNull(corpus);
        (DenseMatrix pairs, double[] words) = (corpus.DenseJoint(), corpus.P);
        int v = words.Length;
        double mass = 0;
        for (int i = 0; i < v; i++)
        {
            double rowMass = 0;
            for (int j = 0; j < v; j++) rowMass += pairs[i, j] /= words[i] * words[j];
            mass += rowMass;
        }
        DenseMatrix negative = new(v, v);
        Array.Fill(negative.Values, 1.0 / v / v);
        for (int e = 0; e < pairs.Values.Length; e++) pairs.Values[e] /= mass;
        return new PairwiseObjective(pairs, negative, 0, 1, 0.5, -1);
    }

    /// <summary>
    /// L_sym (Eq. 11: a = c = 1/4, b = 1, d = -1) with the reweighting 1/(P_ij + P_i P_j) of every pair, scaled so that the
    /// two masses add up to 2: every pair of words then has the same quadratic coefficient 1/(2 V^2).
    /// </summary>
    /// <param name="corpus">P_i and P_ij.</param>
    public static PairwiseObjective ReweightedSymmetric(CorpusFrequencies corpus)
    {
        ArgumentNullException.ThrowIfNull(corpus);
        (DenseMatrix pairs, double[] words) = (corpus.DenseJoint(), corpus.P);
        int v = words.Length;
        DenseMatrix negative = new(v, v);
        for (int i = 0; i < v; i++)
        {
            for (int j = 0; j < v; j++)
            {
                double p = pairs[i, j], q = words[i] * words[j];
                double scale = 2.0 / v / v / (p + q);
                pairs[i, j] = p * scale;
                negative[i, j] = q * scale;
            }
        }
        return new PairwiseObjective(pairs, negative, 0.25, 1, 0.25, -1);
    }

    /// <summary>A loss with freely chosen weights.</summary>
    /// <param name="positive">p, V x V, symmetric, not negative.</param>
    /// <param name="negative">q, V x V, symmetric, not negative.</param>
    /// <param name="positiveQuadratic">a.</param>
    /// <param name="positiveLinear">b.</param>
    /// <param name="negativeQuadratic">c.</param>
    /// <param name="negativeLinear">d.</param>
    /// <exception cref="ArgumentException">The shapes differ, a weight is not what it must be, or the loss is not bounded below.</exception>
    public static PairwiseObjective FromWeights(
        DenseMatrix positive, DenseMatrix negative, double positiveQuadratic, double positiveLinear, double negativeQuadratic, double negativeLinear)
    {
        PairWeightCheck.Require(positive, negative);
        if (!double.IsFinite(positiveLinear) || !double.IsFinite(negativeLinear))
            throw new ArgumentException($"b = {positiveLinear} and d = {negativeLinear} must be finite.");
        if (!(positiveQuadratic >= 0 && negativeQuadratic >= 0 && positiveQuadratic + negativeQuadratic > 0)
            || !double.IsFinite(positiveQuadratic + negativeQuadratic))
            throw new ArgumentException($"a = {positiveQuadratic} and c = {negativeQuadratic} must be finite, not negative and not both zero: the loss has no minimum otherwise.");
        return new PairwiseObjective(positive, negative, positiveQuadratic, positiveLinear, negativeQuadratic, negativeLinear);
    }

    /// <summary>Stochastic descent of this loss, M = W'W, on pairs drawn independently from p and from q, with replacement.</summary>
    /// <param name="positivePairs">Positive pairs per step; the paper has 50,000.</param>
    /// <param name="negativePairs">Negative pairs per step; the paper has 50,000.</param>
    /// <param name="seed">Root seed of the draws.</param>
    /// <returns>What <see cref="PairDescent"/> needs; its mean step is that of the gradient flow of this loss.</returns>
    /// <exception cref="ArgumentException">All weights of a sign are zero.</exception>
    public PairDescentSettings Sampled(int positivePairs, int negativePairs, ulong seed) => new(
        PairLoss.Quadratic(PositiveQuadratic, PositiveLinear, NegativeQuadratic, NegativeLinear),
        IndependentPairs.FromWeights(Positive, true, false, seed),
        IndependentPairs.FromWeights(Negative, false, false, seed),
        positivePairs, negativePairs, false);
}
