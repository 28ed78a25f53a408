using Qwem.Sim.Cooccurrence;
using Qwem.Sim.Threading;

namespace Qwem.Sim.Spectra;

/// <summary>The shrinkage of highest marginal likelihood of the counts: empirical Bayes, without any benchmark.</summary>
/// <remarks>
/// Model: a pair co-occurs n_ij ~ Poisson(g_ij e_ij) times, g_ij ~ Gamma(shape a, mean 1). A count C_ij is a sum of weights, one
/// w_1 .. w_L of the convention for each co-occurrence, so its variance is phi times its mean, phi = sum w^2 / sum w; n = C / phi and
/// e = E / phi have equal mean and variance. Then n is negative binomial and a maximises sum ln[Gamma(n + a) / Gamma(a) (a / (e + a))^a (e / (e + a))^n]; the posterior mean
/// of g is (n + a) / (e + a) = (C + beta) / (E + beta), beta = phi a. By the chain rule the marginal likelihood is a product of
/// predictions of each count from those before it, so no part need be held out. Pairs: all of some rows of the upper
/// triangle, evenly spread over the vocabulary. With a prior g_ij ~ Gamma(shape a rho_ij, rate a): mean rho_ij, posterior mean
/// (n + a rho_ij) / (e + a).
/// </remarks>
public static class EmpiricalShrinkage
{
    /// <summary>Pairs with a count that are enough: the shape is then known to a percent or so.</summary>
    private const long EnoughPairs = 400_000;

    private const double LeastShape = 1e-4, LargestShape = 1e4;

    /// <summary>The beta of highest marginal likelihood, rounded to three digits.</summary>
    /// <param name="counts">The counts; at least one pair of different words.</param>
    /// <param name="team">The threads, or null for the calling thread alone; the result does not depend on how many there are.</param>
    /// <param name="cancellation">Ends the work early.</param>
    /// <returns>beta, positive, in the unit of the counts.</returns>
    /// <exception cref="ArgumentException">There is no pair of different words.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was requested.</exception>
    public static double Estimate(CooccurrenceCounts counts, WorkerTeam? team = null, CancellationToken cancellation = default) =>
        Estimate(counts, null, team, cancellation);

    /// <summary>The beta of highest marginal likelihood under a prior, rounded to three digits.</summary>
    /// <param name="counts">The counts; at least one pair of different words.</param>
    /// <param name="prior">rho, of as many words; null for 1, independence.</param>
    /// <param name="team">The threads, or null for the calling thread alone; the result does not depend on how many there are.</param>
    /// <param name="cancellation">Ends the work early.</param>
    /// <returns>beta, positive, in the unit of the counts.</returns>
    /// <exception cref="ArgumentException">There is no pair of different words, or the prior is of another number of words.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was requested.</exception>
    internal static double Estimate(CooccurrenceCounts counts, ModelPrior? prior, WorkerTeam? team = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(counts);
        team ??= new WorkerTeam(1);
        if (prior is not null && prior.Order != counts.VocabularySize)
            throw new ArgumentException($"The prior is of {prior.Order} words, the counts of {counts.VocabularySize}.", nameof(prior));
        double dispersion = Dispersion(counts.Convention);
        GammaPoissonLikelihood likelihood = new(counts, dispersion, EnoughPairs, prior, team);
        if (likelihood.SeenPairs == 0) throw new ArgumentException("The counts hold no pair of different words; count a longer text.", nameof(counts));
        // Golden sections in ln a: the likelihood has one maximum in every case looked at.
        double golden = 0.5 * (Math.Sqrt(5) - 1), low = Math.Log(LeastShape), high = Math.Log(LargestShape);
        double left = high - golden * (high - low), right = low + golden * (high - low);
        double atLeft = likelihood.Value(Math.Exp(left)), atRight = likelihood.Value(Math.Exp(right));
        while (high - low > 1e-4)
        {
            cancellation.ThrowIfCancellationRequested();
            if (atLeft > atRight)
            {
                (high, right, atRight) = (right, left, atLeft);
                left = high - golden * (high - low);
                atLeft = likelihood.Value(Math.Exp(left));
            }
            else
            {
                (low, left, atLeft) = (left, right, atRight);
                right = low + golden * (high - low);
                atRight = likelihood.Value(Math.Exp(right));
            }
        }
        return Rounded(dispersion * Math.Exp(0.5 * (low + high)));
    }

    /// <summary>phi = sum w^2 / sum w over the weights w_1 .. w_L of a convention: variance of a weighted count over its mean.</summary>
    /// <remarks>
    /// The distances of a pair of independent words are alike, so it meets a Poisson number of times at each, and a Poisson number of
    /// weights w has the mean lambda w and the variance lambda w^2. Linear weights: (2 L + 1) / 3; flat ones: 1.
    /// </remarks>
    /// <param name="convention">What the counts mean.</param>
    internal static double Dispersion(CountingConvention convention)
    {
        ArgumentNullException.ThrowIfNull(convention);
        // Both sums are below 2^63 for every weighting.
        long sum = 0, squares = 0;
        for (int distance = 1; distance <= convention.WindowHalfWidth; distance++)
        {
            long weight = convention.WeightAt(distance);
            (sum, squares) = (sum + weight, squares + weight * weight);
        }
        return (double)squares / sum;
    }

    private static double Rounded(double value)
    {
        double unit = Math.Pow(10, Math.Floor(Math.Log10(value)) - 2);
        return unit >= 1 ? Math.Round(value / unit) * unit : Math.Round(value / unit) / Math.Round(1 / unit);
    }
}
