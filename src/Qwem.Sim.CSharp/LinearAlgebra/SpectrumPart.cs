namespace Qwem.Sim.LinearAlgebra;

/// <summary>Which eigenvalues of a symmetric matrix are wanted, and in which order they are returned.</summary>
public enum SpectrumPart
{
    /// <summary>The algebraically largest (most positive), descending.</summary>
    Largest,

    /// <summary>The algebraically smallest (most negative), ascending.</summary>
    Smallest,

    /// <summary>Both ends: of d eigenvalues the upper half from the top, rounded up, the rest from the bottom; descending.</summary>
    Both,

    /// <summary>The largest absolute values, these descending; of two equal ones the positive first.</summary>
    Magnitude,
}
