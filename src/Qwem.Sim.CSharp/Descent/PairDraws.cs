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
}
