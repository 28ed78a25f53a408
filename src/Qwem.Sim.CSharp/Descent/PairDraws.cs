using System.Numerics;

namespace Qwem.Sim.Descent;

/// <summary>The pairs of one sign in one minibatch, as a source hands them over.</summary>
/// <remarks>Pair n joins word First[n] and word Second[n]; its loss counts Weights[n] times, or once where that is null.</remarks>
public sealed class PairDraws
{
    /// <summary>Room for a number of pairs.</summary>
    /// <param name="pairs">Pairs per minibatch, at least 1.</param>
    /// <param name="weighted">True if the pairs have weights of their own.</param>
    public PairDraws(int pairs, bool weighted)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(pairs, 1);
        First = new ushort[pairs];
        Second = new ushort[pairs];
        Weights = weighted ? new double[pairs] : null;
    }

    /// <summary>The centre, or first word, of each pair.</summary>
    public ushort[] First { get; }

    /// <summary>The context, or second word, of each pair.</summary>
    public ushort[] Second { get; }

    /// <summary>How often each pair counts; null if all count once.</summary>
    public double[]? Weights { get; }

    /// <summary>Draws the pairs of a step and refuses ids outside the vocabulary, because they are used as indices into memory.</summary>
    /// <param name="source">The source, possibly written by a user of the library.</param>
    /// <param name="stepNumber">Number of the step.</param>
    /// <param name="vocabularySize">V, as it was when the room for the words was made.</param>
    /// <exception cref="InvalidOperationException">A word is V or more.</exception>
    internal void Fill(IPairSource source, long stepNumber, int vocabularySize)
    {
        source.Draw(stepNumber, this);
        int largest = Math.Max(Largest(First), Largest(Second));
        if (largest >= vocabularySize)
            throw new InvalidOperationException($"The source of pairs drew the word {largest} in step {stepNumber}, but its words are 0 .. {vocabularySize - 1}.");
    }

    /// <summary>A few microseconds for a batch of 50,000 pairs.</summary>
    private static ushort Largest(ReadOnlySpan<ushort> words)
    {
        Vector<ushort> most = Vector<ushort>.Zero;
        int n = 0;
        for (; n <= words.Length - Vector<ushort>.Count; n += Vector<ushort>.Count) most = Vector.Max(most, new Vector<ushort>(words[n..]));
        ushort largest = 0;
        for (int lane = 0; lane < Vector<ushort>.Count; lane++) largest = Math.Max(largest, most[lane]);
        for (; n < words.Length; n++) largest = Math.Max(largest, words[n]);
        return largest;
    }
}
