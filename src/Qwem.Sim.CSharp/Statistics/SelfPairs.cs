namespace Qwem.Sim.Statistics;

/// <summary>What becomes of pairs of a word with itself.</summary>
public enum SelfPairs
{
    /// <summary>P_ii := P_i^2, so that r_ii = 1 / k whatever was counted; nothing is renormalised. The convention of the theory.</summary>
    Neutral,

    /// <summary>P_ii as counted.</summary>
    Counted,
}
