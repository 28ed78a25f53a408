namespace Qwem.Sim.LinearAlgebra;

/// <summary>Which of the computed eigenvalues come first, and how the chosen ones are returned.</summary>
internal static class SpectrumOrder
{
    /// <summary>Indices of all eigenvalues, the most wanted first.</summary>
    /// <param name="part">What is wanted.</param>
    /// <param name="descending">Eigenvalues, descending.</param>
    internal static int[] Preference(SpectrumPart part, ReadOnlySpan<double> descending)
    {
        int[] order = new int[descending.Length];
        int top = 0, bottom = order.Length - 1;
        for (int k = 0; k < order.Length; k++)
        {
            bool fromTop = part switch
            {
                SpectrumPart.Largest => true,
                SpectrumPart.Smallest => false,
                SpectrumPart.Both => k % 2 == 0,
                _ => descending[top] >= -descending[bottom],
            };
            order[k] = fromTop ? top++ : bottom--;
        }
        return order;
    }

    /// <summary>The first <paramref name="count"/> of <see cref="Preference"/> in the order in which they are returned.</summary>
    internal static int[] Wanted(SpectrumPart part, ReadOnlySpan<double> descending, int count)
    {
        int[] wanted = Preference(part, descending)[..count];
        if (part == SpectrumPart.Both) Array.Sort(wanted);
        return wanted;
    }
}
