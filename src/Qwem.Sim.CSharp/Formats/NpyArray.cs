using System.Text;

namespace Qwem.Sim.Formats;

/// <summary>One array of a NumPy archive: numbers, texts, or one text.</summary>
/// <remarks>
/// Numbers are float64, one or two axes; a two-dimensional array of the given shape is held <b>in column-major order</b>
/// (fortran_order), so that the vectors this code keeps as contiguous rows are the columns NumPy users expect. Texts are fixed-width UTF-32 (&lt;U), padded with zeros.
/// </remarks>
public sealed class NpyArray
{
    private NpyArray(string name, int[] shape, double[]? numbers, string[]? texts, int width) =>
        (Name, Shape, Numbers, Texts, TextWidth) = (name, shape, numbers, texts, width);

    /// <summary>Name inside the archive, without <c>.npy</c>.</summary>
    public string Name { get; }

    /// <summary>Length of each axis; empty for a single text.</summary>
    public IReadOnlyList<int> Shape { get; }

    /// <summary>The numbers, column-major, or null.</summary>
    public double[]? Numbers { get; }

    /// <summary>The texts, or null.</summary>
    public string[]? Texts { get; }

    /// <summary>Code points every text takes in the file; 0 for numbers.</summary>
    internal int TextWidth { get; }

    /// <summary>Bytes of the content behind the header.</summary>
    internal long ContentLength => Numbers is not null ? 8L * Numbers.Length : 4L * TextWidth * Texts!.Length;

    /// <summary>A vector.</summary>
    /// <param name="name">Letters, digits and underscores.</param>
    /// <param name="numbers">The entries; not copied.</param>
    public static NpyArray Vector(string name, double[] numbers)
    {
        ArgumentNullException.ThrowIfNull(numbers);
        return new(Checked(name), [numbers.Length], numbers, null, 0);
    }

    /// <summary>A matrix.</summary>
    /// <param name="name">Letters, digits and underscores.</param>
    /// <param name="rows">Rows as NumPy shows them.</param>
    /// <param name="columns">Columns as NumPy shows them.</param>
    /// <param name="columnMajor">Entry (i, j) at i + rows * j; not copied.</param>
    /// <exception cref="ArgumentException">The number of entries is not rows * columns.</exception>
    internal static NpyArray Matrix(string name, int rows, int columns, double[] columnMajor)
    {
        ArgumentNullException.ThrowIfNull(columnMajor);
        if (rows < 0 || columns < 0 || (long)rows * columns != columnMajor.Length)
            throw new ArgumentException($"A {rows} x {columns} matrix has not {columnMajor.Length} entries.", nameof(columnMajor));
        return new(Checked(name), [rows, columns], columnMajor, null, 0);
    }

    /// <summary>A vector of texts; all take as much space as the longest, 4 bytes a code point.</summary>
    /// <param name="name">Letters, digits and underscores.</param>
    /// <param name="texts">The texts, without zero characters and unpaired surrogates; not copied.</param>
    /// <exception cref="ArgumentException">A text has a zero character or an unpaired surrogate.</exception>
    internal static NpyArray TextVector(string name, IReadOnlyList<string> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        return new(Checked(name), [texts.Count], null, [.. texts], Width([.. texts]));
    }

    /// <summary>One text, an array without axes.</summary>
    /// <param name="name">Letters, digits and underscores.</param>
    /// <param name="text">The text, without zero characters and unpaired surrogates.</param>
    /// <exception cref="ArgumentException">The text has a zero character or an unpaired surrogate.</exception>
    public static NpyArray Text(string name, string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new(Checked(name), [], null, [text], Width([text]));
    }

    /// <summary>Code points of the longest text, at least 1.</summary>
    /// <exception cref="ArgumentException">A text has a zero character or an unpaired surrogate.</exception>
    internal static int Width(IReadOnlyList<string> texts)
    {
        int width = 1;
        for (int k = 0; k < texts.Count; k++)
        {
            int points = 0;
            for (int i = 0; i < texts[k].Length; points++)
            {
                if (texts[k][i] == 0 || !Rune.TryGetRuneAt(texts[k], i, out Rune rune))
                    throw new ArgumentException($"Text {k} has a zero character or an unpaired surrogate at position {i}.", nameof(texts));
                i += rune.Utf16SequenceLength;
            }
            width = Math.Max(width, points);
        }
        return width;
    }

    /// <summary>True for letters, digits and underscores, 1 .. 64 of them.</summary>
    internal static bool IsName(string name) =>
        name.Length is >= 1 and <= 64 && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '_');

    private static string Checked(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (!IsName(name))
            throw new ArgumentException($"The name '{name}' of an array may only have letters, digits and underscores, at most 64.", nameof(name));
        return name;
    }
}
