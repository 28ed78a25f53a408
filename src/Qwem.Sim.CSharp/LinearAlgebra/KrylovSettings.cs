namespace Qwem.Sim.LinearAlgebra;

/// <summary>How <see cref="KrylovEigenSolver"/> is to work.</summary>
public sealed record KrylovSettings
{
    /// <summary>Which eigenvalues; the largest by default.</summary>
    public SpectrumPart Part { get; init; } = SpectrumPart.Largest;

    /// <summary>Accepted ||A v - lambda v|| / |lambda|, 1e-14 .. 0.1; 1e-8 by default. Rounding sets a floor, see <see cref="KrylovEigenSolver"/>.</summary>
    public double Tolerance { get; init; } = 1e-8;

    /// <summary>Root seed of the start block; the eigenpairs depend on it by rounding only.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Vectors multiplied at once, 1 or more; 0 chooses. Clusters are found more surely by wider blocks.</summary>
    public int BlockSize { get; init; }

    /// <summary>Most vectors of the basis before a restart, n numbers of memory each; 0 chooses.</summary>
    public int BasisSize { get; init; }

    /// <summary>Most products with a block before the solver gives up, 1 or more.</summary>
    public int ProductLimit { get; init; } = 2000;
}
