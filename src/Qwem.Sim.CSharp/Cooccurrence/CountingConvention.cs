using System.Globalization;
using System.Text;
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

    /// <summary>What a file says of pairs of occurrences of one word: they add their weight twice to the diagonal.</summary>
    internal const string SelfPairsCounted = "counted, in both directions";

    /// <summary>A convention.</summary>
    /// <param name="windowHalfWidth">L, words on each side, 1 .. 65,535; with harmonic weighting at most 22.</param>
    /// <param name="weighting">How a pair counts by its distance.</param>
    /// <param name="outOfVocabulary">What becomes of words outside the vocabulary.</param>
    /// <param name="ends">What happens to windows at the end of a document.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is outside its range.</exception>
    public CountingConvention(
        int windowHalfWidth,
        WindowWeighting weighting = WindowWeighting.Linear,
        OutOfVocabularyRule outOfVocabulary = OutOfVocabularyRule.Removed,
        WindowEnds ends = WindowEnds.Complete)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(windowHalfWidth, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(windowHalfWidth, LargestHalfWidthOf(weighting));
        WindowHalfWidth = windowHalfWidth;
        Weighting = weighting;
        OutOfVocabulary = outOfVocabulary;
        Ends = ends;
    }

    /// <summary>L: the window reaches this many words to each side.</summary>
    public int WindowHalfWidth { get; }

    /// <summary>How a pair counts by its distance.</summary>
    public WindowWeighting Weighting { get; }

    /// <summary>What becomes of words outside the vocabulary.</summary>
    public OutOfVocabularyRule OutOfVocabulary { get; }

    /// <summary>What happens to windows at the end of a document; none reaches from one document into another.</summary>
    public WindowEnds Ends { get; }

    /// <summary>The rules as files name them: weighting, out-of-vocabulary, boundary and self-pairs, in this order.</summary>
    public IReadOnlyDictionary<string, string> Rules => new OrderedDictionary<string, string>
    {
        ["weighting"] = TextOf(Weighting),
        ["out-of-vocabulary"] = TextOf(OutOfVocabulary),
        ["boundary"] = TextOf(Ends),
        ["self-pairs"] = SelfPairsCounted,
    };

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
        return Weighting switch
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
        json.WriteString("weighting", TextOf(Weighting));
        json.WriteString("out_of_vocabulary", TextOf(OutOfVocabulary));
        json.WriteString("boundary", TextOf(Ends));
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
        WindowWeighting.Linear => "linear: L-r+1",
        WindowWeighting.Flat => "flat: 1",
        _ => "harmonic: lcm(1..L)/r",
    };

    internal static string TextOf(OutOfVocabularyRule rule) =>
        rule == OutOfVocabularyRule.Masked ? "masked in windows" : "removed before windows";

    internal static string TextOf(WindowEnds ends) =>
        ends == WindowEnds.AuthorsTail ? "within articles, no pair begins in the last L+1 positions" : "within articles";

    private bool PrintMembers(StringBuilder text)
    {
        text.Append(
            CultureInfo.InvariantCulture,
            $"WindowHalfWidth = {WindowHalfWidth}, Weighting = {TextOf(Weighting)}, OutOfVocabularyRule = {TextOf(OutOfVocabulary)}, BoundaryRule = {TextOf(Ends)}, SelfPairRule = {SelfPairsCounted}");
        return true;
    }
}
