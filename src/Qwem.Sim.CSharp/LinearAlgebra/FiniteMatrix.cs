namespace Qwem.Sim.LinearAlgebra;

/// <summary>The check every decomposition makes first.</summary>
internal static class FiniteMatrix
{
    /// <summary>Largest absolute entry.</summary>
    /// <exception cref="ArgumentException">An entry is NaN or infinite.</exception>
    internal static double RequireFinite(DenseMatrix matrix)
    {
        double largest = 0;
        for (int i = 0; i < matrix.Values.Length; i++)
        {
            double entry = matrix.Values[i];
            if (!double.IsFinite(entry))
                throw new ArgumentException($"Entry ({i / matrix.Columns}, {i % matrix.Columns}) is {entry}; every entry must be finite.", nameof(matrix));
            largest = Math.Max(largest, Math.Abs(entry));
        }
        return largest;
    }
}
