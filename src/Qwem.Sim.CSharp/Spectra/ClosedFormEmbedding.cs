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
    public static WordVectors Create(PartialSpectrum spectrum, IReadOnlyList<string> words, double power = 0.5)
    {
        ArgumentNullException.ThrowIfNull(spectrum);
        ArgumentNullException.ThrowIfNull(words);
        if (!(power is >= 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(power), power, "The exponent of the eigenvalues must be 0 .. 1.");
        int dimension = spectrum.Eigenvalues.Length;
        if (!spectrum.Eigenvalues.Any(eigenvalue => eigenvalue > 0))
            throw new ArithmeticException($"None of the {dimension} largest eigenvalues is positive, so that all vectors would vanish; count a longer text.");
        return Scaled(spectrum, words, Array.ConvertAll(spectrum.Eigenvalues, eigenvalue => eigenvalue > 0 ? Math.Pow(eigenvalue, power) : 0));
    }

    /// <summary>W = V diag(s), V x d: embeddings with singular values s along the eigenvectors, as an aligned training has them at any time.</summary>
    /// <param name="spectrum">Eigenpairs; only the eigenvectors are used.</param>
    /// <param name="words">The words, V of them.</param>
    /// <param name="singularValues">s, one per eigenvector, finite and not negative.</param>
    /// <returns>One vector per word, rounded to single precision.</returns>
    /// <exception cref="ArgumentException">The words or the singular values are not as many as the spectrum asks for.</exception>
    /// <exception cref="ArithmeticException">A singular value is too large for single precision.</exception>
    public static WordVectors Scaled(PartialSpectrum spectrum, IReadOnlyList<string> words, IReadOnlyList<double> singularValues)
    {
        ArgumentNullException.ThrowIfNull(spectrum);
        ArgumentNullException.ThrowIfNull(words);
        ArgumentNullException.ThrowIfNull(singularValues);
        int size = spectrum.Eigenvectors.Columns, dimension = spectrum.Eigenvalues.Length;
        if (words.Count != size) throw new ArgumentException($"There are {words.Count} words for eigenvectors of {size} entries.", nameof(words));
        if (singularValues.Count != dimension)
            throw new ArgumentException($"There are {singularValues.Count} singular values for {dimension} eigenvectors.", nameof(singularValues));
        float[] values = new float[(long)size * dimension];
        for (int k = 0; k < dimension; k++)
        {
            double factor = singularValues[k];
            if (factor == 0) continue;
            if (!(factor <= float.MaxValue)) throw new ArithmeticException($"Singular value {k + 1} = {factor} is too large for vectors in single precision.");
            ReadOnlySpan<double> vector = spectrum.Eigenvectors.Row(k);
            for (int i = 0; i < size; i++) values[(long)i * dimension + k] = (float)(factor * vector[i]);
        }
        return new WordVectors([.. words], dimension, values, i => $"word {i + 1}");
    }
}
