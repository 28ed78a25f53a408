namespace Qwem.Sim.Cooccurrence;

/// <summary>Sums of counts, exact or refused.</summary>
internal static class CountSum
{
    /// <summary>The sum of two numbers.</summary>
    /// <exception cref="OverflowException">It leaves the range of 64 bits.</exception>
    internal static long Add(long sum, long count)
    {
        long total = unchecked(sum + count);
        return ((sum ^ total) & (count ^ total)) < 0 ? throw Overflow() : total;
    }

    /// <summary>What is thrown.</summary>
    internal static OverflowException Overflow() => new("A sum of counts leaves the range of 64 bits; count less text at a time.");
}
