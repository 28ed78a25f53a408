namespace Qwem.Sim.LinearAlgebra;

/// <summary>How far <see cref="KrylovEigenSolver"/> has come.</summary>
/// <param name="Products">Products with a block so far.</param>
/// <param name="Converged">Wanted eigenpairs whose residual is small enough.</param>
/// <param name="Wanted">d.</param>
public readonly record struct KrylovProgress(int Products, int Converged, int Wanted);
