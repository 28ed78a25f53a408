namespace Qwem.Sim.LinearAlgebra;

/// <summary>Singular values alone; see <see cref="Svd"/> for the method and its accuracy.</summary>
public static class SingularValues
{
    /// <summary>Singular values of an n x d matrix with n at least d, the same bits as <see cref="Svd.OfTall"/> gives.</summary>
    /// <param name="tall">n x d, finite; not changed.</param>
    /// <returns>d singular values, largest first, unit of the entries.</returns>
    /// <exception cref="ArgumentException">Fewer rows than columns, or an entry is NaN or infinite.</exception>
    /// <exception cref="ArithmeticException">The Jacobi iteration did not converge (not known to happen).</exception>
    public static double[] OfTall(DenseMatrix tall) => Svd.ValuesOfTall(tall);
}
