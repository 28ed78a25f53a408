namespace Qwem.Sim.Cooccurrence;

/// <summary>How much a pair of words counts by its distance r, 1 .. L.</summary>
public enum WindowWeighting
{
    /// <summary>L - r + 1: L times the expected weight of a window whose radius is uniform on 1 .. L (word2vec, the paper).</summary>
    Linear,

    /// <summary>1 at every distance.</summary>
    Flat,

    /// <summary>1 / r (GloVe), in units of 1 / lcm(1 .. L): the integer lcm(1 .. L) / r, so that counts stay exact.</summary>
    Harmonic,
}
