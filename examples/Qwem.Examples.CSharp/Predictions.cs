using Qwem.Theory;

namespace Qwem.Examples;

/// <summary>README's predictions.</summary>
public static class Predictions
{
    /// <summary>s_k^2(t) of modes that start aligned, and the singular values from any start.</summary>
    /// <param name="eigenvalues">lambda*, V of them, descending.</param>
    /// <param name="initialVariances">s_k^2(0) of each.</param>
    /// <param name="start">C = W(0) V*, d x V row by row.</param>
    /// <param name="dimension">d.</param>
    /// <param name="kappaTime">kappa t.</param>
    public static (double[] Aligned, double[] Exact) At(double[] eigenvalues, double[] initialVariances, double[] start, int dimension, double kappaTime)
    {
        double[] variances = AlignedSolution.Variance(initialVariances, eigenvalues, kappaTime); // Theorem 4.3
        ExactSolution solution = new(eigenvalues, Projection.OfRows(start, dimension));          // C = W(0) V*, d x V, any start
        double[] singularValues = solution.At(kappaTime).SingularValues();                       // relative accuracy down to 1e-16 of the largest
        return (variances, singularValues);
    }
}
