using Qwem.Sim.LinearAlgebra;
using Qwem.Sim.Random;

namespace Qwem.Sim.Training;

/// <summary>Random starting points.</summary>
public static class Initialisation
{
    /// <summary>Independent Gaussian embeddings, W_ai ~ N(0, sigma^2 / d), so that a word's squared norm has mean sigma^2.</summary>
    /// <param name="vocabularySize">V, at least 2.</param>
    /// <param name="embeddingDimension">d, from 1 to V - 1.</param>
    /// <param name="initialisationScale">sigma, positive and finite; the paper's Experiment 1 has 1e-12.</param>
    /// <param name="seed">Root seed.</param>
    /// <returns>V x d, row i is word i.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is outside its range.</exception>
    public static DenseMatrix Gaussian(int vocabularySize, int embeddingDimension, double initialisationScale, ulong seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabularySize, 2);
        ArgumentOutOfRangeException.ThrowIfLessThan(embeddingDimension, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(embeddingDimension, vocabularySize);
        if (!(initialisationScale > 0) || !double.IsFinite(initialisationScale))
            throw new ArgumentOutOfRangeException(nameof(initialisationScale), initialisationScale, "The initialisation scale sigma must be positive and finite.");
        GaussianSequence gaussian = new(new CounterRandom(seed, RandomStreams.Initialisation));
        DenseMatrix embeddings = new(vocabularySize, embeddingDimension);
        double deviation = initialisationScale / Math.Sqrt(embeddingDimension);
        for (int i = 0; i < embeddings.Values.Length; i++) embeddings.Values[i] = deviation * gaussian.Next();
        return embeddings;
    }
}
