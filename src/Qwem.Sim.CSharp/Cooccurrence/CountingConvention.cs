using System.Text.Json;
using Qwem.Sim.Corpora;

namespace Qwem.Sim.Cooccurrence;

/// <summary>Everything that decides what a co-occurrence count means.</summary>
/// <remarks>
/// Words outside the vocabulary are removed first, so that windows reach across the gaps, or masked, so that they keep their
/// places and count nothing. Then every unordered pair of occurrences at positions p and p + r of one document, r = 1 .. L, has a
/// weight by its distance (<see cref="WindowWeighting"/>; unless the rule for ends leaves it out, <see cref="WindowEnds"/>) and
/// adds it to C_ij <b>and</b> to C_ji, where i and j are the words at p and p + r.
/// A pair of occurrences of the same word i therefore adds twice its weight to C_ii. So C is symmetric and its entries sum to
/// twice the sum of the weights, self-pairs included.
/// </remarks>
public sealed record CountingConvention
{
    /// <summary>Largest window half-width: L (L + 1) is the most one occurrence adds, and must stay below 2^32.</summary>
    public const int LargestHalfWidth = 65_535;

    /// <summary>Largest window half-width of <see cref="WindowWeighting.Harmonic"/>: lcm(1 .. 22) = 232,792,560 is the last below 2^32.</summary>
    public const int LargestHarmonicHalfWidth = 22;

    /// <summary>The weighting: a pair at distance r counts L - r + 1.</summary>
    public const string LinearWeighting = "linear: L-r+1";

    /// <summary>The weighting: a pair counts 1 at any distance.</summary>
    public const string FlatWeighting = "flat: 1";

    /// <summary>The weighting: a pair at distance r counts lcm(1 .. L) / r.</summary>
    public const string HarmonicWeighting = "harmonic: lcm(1..L)/r";

    /// <summary>The out-of-vocabulary rule: such words are taken out before windows are laid.</summary>
    public const string RemovedBeforeWindows = "removed before windows";

    /// <summary>The out-of-vocabulary rule: such words keep their places in windows and count nothing.</summary>
    public const string MaskedInWindows = "masked in windows";

    /// <summary>The boundary rule: no window reaches from one document into another.</summary>
    public const string WithinDocuments = "within articles";

    /// <summary>The boundary rule: as before, and the last L + 1 positions of a document are no first positions of pairs.</summary>
    public const string WithinDocumentsWithoutTails = "within articles, no pair begins in the last L+1 positions";

    /// <summary>The self-pair rule: a pair of occurrences of one word adds its weight twice to the diagonal.</summary>
    public const string SelfPairsCounted = "counted, in both directions";

    /// <summary>A convention.</summary>
    /// <param name="windowHalfWidth">L, words on each side, 1 .. 65,535; with harmonic weighting at most 22.</param>
    /// <param name="weighting">How a pair counts by its distance.</param>
    /// <param name="outOfVocabulary">What becomes of words outside the vocabulary.</param>
    /// <param name="ends">What happens to windows at the end of a document.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is outside its range.</exception>
    public CountingConvention(
        int windowHalfWidth,
        WindowWeighting weighting = WindowWeighting.Linear,
        OutOfVocabularyRule outOfVocabulary = Corpora.OutOfVocabularyRule.Removed,
        WindowEnds ends = WindowEnds.Complete)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(windowHalfWidth, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(windowHalfWidth, LargestHalfWidthOf(weighting));
        WindowHalfWidth = windowHalfWidth;
        Weighting = TextOf(weighting);
        OutOfVocabularyRule = TextOf(outOfVocabulary);
        BoundaryRule = TextOf(ends);
        Kind = weighting;
        OutOfVocabulary = outOfVocabulary;
        Ends = ends;
    }

    /// <summary>L: the window reaches this many words to each side.</summary>
    public int WindowHalfWidth { get; }

    /// <summary>How a pair counts by its distance r, as a file says it: <see cref="LinearWeighting"/> and its like.</summary>
    public string Weighting { get; }

    /// <summary>What becomes of words outside the vocabulary, as a file says it: <see cref="RemovedBeforeWindows"/> or <see cref="MaskedInWindows"/>.</summary>
    public string OutOfVocabularyRule { get; }

    /// <summary>What ends a window early, as a file says it: <see cref="WithinDocuments"/> or <see cref="WithinDocumentsWithoutTails"/>.</summary>
    public string BoundaryRule { get; }

    /// <summary>What becomes of pairs of the same word: <see cref="SelfPairsCounted"/>.</summary>
    public string SelfPairRule { get; } = SelfPairsCounted;

    // Internal, so that the record prints every rule once: as the texts above.
    internal WindowWeighting Kind { get; }

    internal OutOfVocabularyRule OutOfVocabulary { get; }

    internal WindowEnds Ends { get; }

    /// <summary>The largest L that a weighting allows.</summary>
    /// <param name="weighting">The weighting.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="weighting"/> is none that is known.</exception>
    public static int LargestHalfWidthOf(WindowWeighting weighting) => weighting switch
    {
        WindowWeighting.Linear or WindowWeighting.Flat => LargestHalfWidth,
        WindowWeighting.Harmonic => LargestHarmonicHalfWidth,
        _ => throw new ArgumentOutOfRangeException(nameof(weighting), weighting, "There is no such weighting."),
    };

    /// <summary>The weight of a pair of occurrences at a distance.</summary>
    /// <param name="distance">r, 1 .. L.</param>
    /// <returns>A positive integer: L - r + 1, 1, or lcm(1 .. L) / r.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="distance"/> is outside the window.</exception>
    public long WeightAt(int distance)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(distance, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(distance, WindowHalfWidth);
        return Kind switch
        {
            WindowWeighting.Linear => WindowHalfWidth - distance + 1,
            WindowWeighting.Flat => 1,
            _ => LeastCommonMultiple(WindowHalfWidth) / distance,
        };
    }

    /// <summary>All weights: index r - 1 holds that of distance r.</summary>
    internal uint[] Weights()
    {
        uint[] weights = new uint[WindowHalfWidth];
        for (int index = 0; index < weights.Length; index++) weights[index] = (uint)WeightAt(index + 1);
        return weights;
    }

    /// <summary>Writes the members that say what the counts mean, as archives of vectors and spectra have them.</summary>
    internal void Write(Utf8JsonWriter json)
    {
        json.WriteNumber("window_half_width", WindowHalfWidth);
        json.WriteString("weighting", Weighting);
        json.WriteString("out_of_vocabulary", OutOfVocabularyRule);
        json.WriteString("boundary", BoundaryRule);
    }

    private static long LeastCommonMultiple(int last)
    {
        long multiple = 1;
        for (long factor = 2; factor <= last; factor++)
        {
            (long a, long b) = (multiple, factor);
            while (b != 0) (a, b) = (b, a % b);
            multiple = multiple / a * factor;
        }
        return multiple;
    }

    internal static string TextOf(WindowWeighting weighting) => weighting switch
    {
        WindowWeighting.Linear => LinearWeighting,
        WindowWeighting.Flat => FlatWeighting,
        _ => HarmonicWeighting,
    };

    internal static string TextOf(OutOfVocabularyRule rule) =>
        rule == Corpora.OutOfVocabularyRule.Masked ? MaskedInWindows : RemovedBeforeWindows;

    internal static string TextOf(WindowEnds ends) => ends == WindowEnds.AuthorsTail ? WithinDocumentsWithoutTails : WithinDocuments;
}
