using Qwem.Sim.Formats;
using Qwem.Sim.LinearAlgebra;

namespace Qwem.Sim.Spectra;

/// <summary>Embeddings without training: column k is eigenvector k of a target times its eigenvalue to some power.</summary>
public static class ClosedFormEmbedding
{
    /// <summary>W = V diag(max(lambda, 0)^power), V x d; with power 1/2 the minimiser of ||W W' - A||_F over V x d matrices.</summary>
    /// <remarks>Nested: the first d' columns are the embeddings of dimension d'. A direction whose eigenvalue is not positive becomes zero.</remarks>
    /// <param name="spectrum">The d algebraically largest eigenpairs of A.</param>
    /// <param name="words">The words, V of them.</param>
    /// <param name="power">Exponent of the eigenvalues, 0 .. 1; 1/2 for the minimiser.</param>
    /// <returns>One vector per word, rounded to single precision.</returns>
    /// <exception cref="ArgumentException">The words are not as many as the entries of an eigenvector.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="power"/> is outside its range.</exception>
    /// <exception cref="ArithmeticException">No eigenvalue is positive, so that all vectors vanish, or one is too large for single precision.</exception>
    public static WordVectors Create(PartialSpectrum spectrum, string[] words, double power = 0.5)
    {
        ArgumentNullException.ThrowIfNull(spectrum);
        ArgumentNullException.ThrowIfNull(words);
        int size = spectrum.Eigenvectors.Columns, dimension = spectrum.Eigenvalues.Length;
        if (words.Length != size) throw new ArgumentException($"There are {words.Length} words for eigenvectors of {size} entries.", nameof(words));
        if (!(power is >= 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(power), power, "The exponent of the eigenvalues must be 0 .. 1.");
        float[] values = new float[(long)size * dimension];
        bool found = false;
        for (int k = 0; k < dimension; k++)
        {
            double eigenvalue = spectrum.Eigenvalues[k];
            if (!(eigenvalue > 0)) continue;
            found = true;
            double factor = Math.Pow(eigenvalue, power);
            if (factor > float.MaxValue) throw new ArithmeticException($"Eigenvalue {k + 1} = {eigenvalue} is too large for vectors in single precision.");
            ReadOnlySpan<double> vector = spectrum.Eigenvectors.Row(k);
            for (int i = 0; i < size; i++) values[(long)i * dimension + k] = (float)(factor * vector[i]);
        }
        if (!found) throw new ArithmeticException($"None of the {dimension} largest eigenvalues is positive, so that all vectors would vanish; count a longer text.");
        return new WordVectors(words, dimension, values);
    }
}
