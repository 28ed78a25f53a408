namespace Qwem.Sim.LinearAlgebra;

/// <summary>An eigensolver ended before every wanted pair was accurate enough.</summary>
public sealed class EigenConvergenceException : ArithmeticException
{
    /// <summary>An exception without a message of its own.</summary>
    public EigenConvergenceException()
    {
    }

    /// <summary>An exception that says what happened.</summary>
    /// <param name="message">One sentence.</param>
    public EigenConvergenceException(string message)
        : base(message)
    {
    }

    /// <summary>An exception that says what happened and keeps its cause.</summary>
    /// <param name="message">One sentence.</param>
    /// <param name="cause">What went wrong inside.</param>
    public EigenConvergenceException(string message, Exception cause)
        : base(message, cause)
    {
    }

    internal EigenConvergenceException(double[] residualNorms, double[] eigenvalues, int products)
        : base(Sentence(residualNorms, eigenvalues, products)) => ResidualNorms = residualNorms;

    /// <summary>||A v_k - lambda_k v_k|| where the iteration ended, in the order of the wanted pairs, unit of A.</summary>
    public IReadOnlyList<double> ResidualNorms { get; } = [];

    private static string Sentence(double[] residualNorms, double[] eigenvalues, int products)
    {
        int worst = 0;
        for (int k = 1; k < residualNorms.Length; k++)
            if (residualNorms[k] / Math.Abs(eigenvalues[k]) > residualNorms[worst] / Math.Abs(eigenvalues[worst])) worst = k;
        return
            $"The eigenpairs did not converge within {products} products: the worst of {residualNorms.Length}, number {worst + 1}, has the eigenvalue " +
            $"{eigenvalues[worst]:G6} and the residual {residualNorms[worst]:G3}; allow a larger tolerance or ask for fewer.";
    }
}
