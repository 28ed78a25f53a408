using Qwem.Sim.Formats;
using Qwem.Sim.LinearAlgebra;

namespace Qwem.Sim.Spectra;

/// <summary>Spectra as NumPy archives.</summary>
/// <remarks>
/// Arrays: <c>eigenvalues</c> (d), <c>eigenvectors</c> (V x d: COLUMN k belongs to eigenvalue k, row i to word i, as
/// numpy.linalg.eigh has it; column-major), <c>residuals</c> (d; ||A v - lambda v||), <c>words</c> (V texts), <c>settings</c> (one text, the JSON
/// of <see cref="SpectrumDescription"/>). Float64. The same spectrum gives the same bytes.
/// </remarks>
public static class SpectrumFile
{
    /// <summary>Most bytes that the words may take, four a letter of the longest for each of them.</summary>
    public const long LargestWordTable = 1L << 31;

    /// <summary>Says why words cannot be written, or null when they can: one word of enormous length makes all of them large.</summary>
    /// <param name="words">The vocabulary.</param>
    /// <exception cref="ArgumentException">A word has a zero character or an unpaired surrogate.</exception>
    public static string? WhyNotStorable(IReadOnlyList<string> words)
    {
        ArgumentNullException.ThrowIfNull(words);
        int width = NpyArray.Width(words);
        return 4L * width * words.Count <= LargestWordTable
            ? null
            : $"the longest word has {width} letters, and NumPy gives all {words.Count} words as much space as the longest: more than 2 GiB";
    }

    /// <summary>Writes an archive, whole or not at all.</summary>
    /// <param name="path">Path of the file; replaced if it exists.</param>
    /// <param name="spectrum">Eigenpairs of a V x V target.</param>
    /// <param name="words">The V words.</param>
    /// <param name="description">What it is.</param>
    /// <param name="cancellation">Ends the writing; then no file is left and an older one stays.</param>
    /// <exception cref="ArgumentException">The words are not V, or cannot be stored.</exception>
    /// <exception cref="IOException">The disk fails.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder cannot be written.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static void Write(
        string path, PartialSpectrum spectrum, IReadOnlyList<string> words, SpectrumDescription description, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(spectrum);
        ArgumentNullException.ThrowIfNull(words);
        ArgumentNullException.ThrowIfNull(description);
        DenseMatrix vectors = spectrum.Eigenvectors;
        if (words.Count != vectors.Columns)
            throw new ArgumentException($"There are {words.Count} words for eigenvectors of length {vectors.Columns}.", nameof(words));
        if (WhyNotStorable(words) is string reason) throw new ArgumentException($"The words cannot be stored: {reason}.", nameof(words));
        NpzWriter.Write(
            path,
            [
                NpyArray.Vector("eigenvalues", spectrum.Eigenvalues),
                // d contiguous rows are the d columns of a column-major V x d matrix.
                NpyArray.Matrix("eigenvectors", vectors.Columns, vectors.Rows, vectors.Values),
                NpyArray.Vector("residuals", spectrum.ResidualNorms),
                NpyArray.TextVector("words", words),
                NpyArray.Text("settings", description.ToJson()),
            ],
            cancellation);
    }
}
