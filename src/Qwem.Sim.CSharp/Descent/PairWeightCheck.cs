using Qwem.Sim.LinearAlgebra;

namespace Qwem.Sim.Descent;

/// <summary>What the weights of positive and negative pairs must be where they are matrices.</summary>
internal static class PairWeightCheck
{
    /// <summary>Square, of one size, finite, not negative and symmetric: descents read the upper triangle only.</summary>
    /// <exception cref="ArgumentException">They are not.</exception>
    internal static void Require(DenseMatrix positive, DenseMatrix negative)
    {
        ArgumentNullException.ThrowIfNull(positive);
        ArgumentNullException.ThrowIfNull(negative);
        if (positive.Rows != positive.Columns || negative.Rows != positive.Rows || negative.Columns != positive.Rows)
            throw new ArgumentException($"Both weights must be V x V, but they are {positive.Rows} x {positive.Columns} and {negative.Rows} x {negative.Columns}.");
        Require(positive, nameof(positive));
        Require(negative, nameof(negative));
    }

    private static void Require(DenseMatrix weights, string parameter)
    {
        for (int i = 0; i < weights.Rows; i++)
        {
            for (int j = i; j < weights.Rows; j++)
            {
                double upper = weights[i, j], lower = weights[j, i];
                if (!(upper >= 0) || !double.IsFinite(upper) || upper != lower)
                    throw new ArgumentException($"Pair ({i}, {j}) has {upper} and ({j}, {i}) has {lower}; both must be the same finite number, not negative.", parameter);
            }
        }
    }
}
