namespace Qwem.Sim.Hogwild;

/// <summary>Settings of word2vec's skip-gram with negative sampling, by default those of the original program.</summary>
public sealed record SkipGramSettings
{
    /// <summary>d, 1 .. 65,534.</summary>
    public int EmbeddingDimension { get; init; } = 100;

    /// <summary>L: the radius of each window is uniform on 1 .. L; 1 .. 1000.</summary>
    public int WindowHalfWidth { get; init; } = 16;

    /// <summary>Negative words per pair, 1 .. 1000.</summary>
    public int Negatives { get; init; } = 5;

    /// <summary>t: a word of frequency P is kept with probability min(1, t / P + sqrt(t / P)); 0 keeps all.</summary>
    public double SubsamplingThreshold { get; init; } = 1e-4;

    /// <summary>Negative words are drawn in proportion to their counts to this power, 0 .. 2.</summary>
    public double NegativePower { get; init; } = 0.75;

    /// <summary>Passes over the corpus, 1 or more.</summary>
    public int Epochs { get; init; } = 1;

    /// <summary>Learning rate at the start, positive; it falls linearly with the words read to 1e-4 of this.</summary>
    public double LearningRate { get; init; } = 0.025;

    /// <summary>Root seed.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Refuses settings outside their ranges.</summary>
    /// <exception cref="ArgumentException">One of them is; the message names it.</exception>
    internal void Require()
    {
        Require(EmbeddingDimension is >= 1 and <= 65_534, $"The dimension {EmbeddingDimension} must be 1 .. 65534.");
        Require(WindowHalfWidth is >= 1 and <= 1000, $"The window {WindowHalfWidth} must be 1 .. 1000.");
        Require(Negatives is >= 1 and <= 1000, $"The number of negative words {Negatives} must be 1 .. 1000.");
        Require(SubsamplingThreshold >= 0 && double.IsFinite(SubsamplingThreshold), $"The subsampling threshold {SubsamplingThreshold} must be 0 or more, and finite.");
        Require(NegativePower is >= 0 and <= 2, $"The power of the negative words {NegativePower} must be 0 .. 2.");
        Require(Epochs >= 1, $"The number of epochs {Epochs} must be 1 or more.");
        Require(LearningRate > 0 && double.IsFinite(LearningRate), $"The learning rate {LearningRate} must be positive and finite.");
    }

    private static void Require(bool met, string message)
    {
        if (!met) throw new ArgumentException(message);
    }
}
