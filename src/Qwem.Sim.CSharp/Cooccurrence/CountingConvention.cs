namespace Qwem.Sim.Cooccurrence;

/// <summary>Everything that decides what a co-occurrence count means.</summary>
/// <remarks>
/// Words outside the vocabulary are removed first, so that windows reach across the gaps. Then every unordered pair of
/// occurrences at positions p and p + r of one article, r = 1 .. L, has the weight L - r + 1 (L times the expected weight of a
/// window whose radius is uniform on 1 .. L) and adds it to C_ij <b>and</b> to C_ji, where i and j are the words at p and p + r.
/// A pair of occurrences of the same word i therefore adds twice its weight to C_ii. So C is symmetric and its entries sum to
/// twice the sum of the weights, self-pairs included.
/// </remarks>
public sealed record CountingConvention
{
    /// <summary>Largest window half-width: L (L + 1) is the most one occurrence adds, and must stay below 2^32.</summary>
    public const int LargestHalfWidth = 65_535;

    /// <summary>The weighting: a pair at distance r counts L - r + 1.</summary>
    public const string LinearWeighting = "linear: L-r+1";

    /// <summary>The out-of-vocabulary rule: such words are taken out before windows are laid.</summary>
    public const string RemovedBeforeWindows = "removed before windows";

    /// <summary>The boundary rule: no window reaches from one article into another.</summary>
    public const string WithinArticles = "within articles";

    /// <summary>The self-pair rule: a pair of occurrences of one word adds its weight twice to the diagonal.</summary>
    public const string SelfPairsCounted = "counted, in both directions";

    /// <summary>The convention for one window.</summary>
    /// <param name="windowHalfWidth">L, words on each side, 1 .. 65,535.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="windowHalfWidth"/> is outside its range.</exception>
    public CountingConvention(int windowHalfWidth)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(windowHalfWidth, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(windowHalfWidth, LargestHalfWidth);
        WindowHalfWidth = windowHalfWidth;
    }

    /// <summary>L: the window reaches this many words to each side.</summary>
    public int WindowHalfWidth { get; }

    /// <summary>How a pair counts by its distance r: <see cref="LinearWeighting"/>.</summary>
    public string Weighting { get; } = LinearWeighting;

    /// <summary>What becomes of words outside the vocabulary: <see cref="RemovedBeforeWindows"/>.</summary>
    public string OutOfVocabularyRule { get; } = RemovedBeforeWindows;

    /// <summary>What ends a window early: <see cref="WithinArticles"/>.</summary>
    public string BoundaryRule { get; } = WithinArticles;

    /// <summary>What becomes of pairs of the same word: <see cref="SelfPairsCounted"/>.</summary>
    public string SelfPairRule { get; } = SelfPairsCounted;
}
