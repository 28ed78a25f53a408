using Qwem.Sim.Threading;

namespace Qwem.Sim.LinearAlgebra;

/// <summary>A real symmetric matrix that is given by its products with blocks of vectors.</summary>
public interface ISymmetricOperator
{
    /// <summary>n, the number of rows and columns.</summary>
    int Order { get; }

    /// <summary>result = A block, for all columns at once.</summary>
    /// <remarks>The result must not depend on the size of the team. Not reentrant: one product at a time.</remarks>
    /// <param name="block">n x b, row-major: COLUMN j is vector j, so that the b entries of one row are contiguous.</param>
    /// <param name="result">n x b; receives the product; must not share its values with <paramref name="block"/>.</param>
    /// <param name="team">The threads.</param>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    void Multiply(DenseMatrix block, DenseMatrix result, WorkerTeam team);
}
