namespace Qwem.Sim.Statistics;

/// <summary>Where P_i comes from.</summary>
public enum Marginals
{
    /// <summary>Occurrences of the word over those of all words. The convention of the theory.</summary>
    Words,

    /// <summary>Row sum of the pair counts over the sum of all of them.</summary>
    Pairs,
}
