namespace Qwem.Sim.Cooccurrence;

/// <summary>What happens to windows at the end of a document.</summary>
public enum WindowEnds
{
    /// <summary>Every pair within the window counts, up to the last word.</summary>
    Complete,

    /// <summary>
    /// The authors' tail rule: of a document of n positions only the first n - L - 1 are centres, each of which pairs with the L
    /// positions after it. So a pair counts if and only if its first position is one of those; a document of at most L + 1
    /// positions counts nothing, and the last position of any document is in no pair.
    /// </summary>
    AuthorsTail,
}
