using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Qwem.Sim.IO;

namespace Qwem.Sim.Formats;

/// <summary>One vector of single-precision numbers for each word of a vocabulary.</summary>
public sealed class WordVectors
{
    /// <summary>Largest d: the vectors of a thousand words, as a benchmark gathers them, must fit one array.</summary>
    public const int LargestDimension = 1 << 20;

    private readonly Dictionary<string, int> _indices;

    /// <summary>Copies words and numbers, and checks them.</summary>
    /// <param name="words">V distinct words, V at least 1, each of at least one character and without white space.</param>
    /// <param name="dimension">d, 1 .. <see cref="LargestDimension"/>.</param>
    /// <param name="values">V x d, row-major, finite: ROW i is the vector of word i.</param>
    /// <exception cref="FileFormatException">The parts contradict each other, or a word or number is not allowed; the message says where.</exception>
    public WordVectors(IReadOnlyList<string> words, int dimension, IReadOnlyList<float> values)
        : this(words.ToArray(), dimension, values.ToArray(), i => $"word {i + 1}")
    {
    }

    /// <summary>Wraps the arrays without copying them, for a file's reader, which knows the place of each word in its file.</summary>
    internal WordVectors(string[] words, int dimension, float[] values, Func<int, string> placeOf)
    {
        if (words.Length == 0) throw new FileFormatException("There are no words; at least one vector is needed.");
        if (dimension > LargestDimension) throw new FileFormatException($"The vectors are of dimension {dimension}, more than {LargestDimension}; take shorter ones.");
        if (dimension < 1 || values.Length != (long)words.Length * dimension)
            throw new FileFormatException($"{words.Length} words of dimension {dimension} need {(long)words.Length * dimension} numbers (at least one each), not {values.Length}.");
        _indices = new Dictionary<string, int>(words.Length, StringComparer.Ordinal);
        for (int i = 0; i < words.Length; i++)
        {
            if (WhyNotAWord(words[i]) is string reason) throw new FileFormatException($"The name of a vector ({placeOf(i)}) {reason}.");
            if (!_indices.TryAdd(words[i], i))
                throw new FileFormatException($"The word '{words[i]}' has two vectors ({placeOf(_indices[words[i]])} and {placeOf(i)}); every word may occur once.");
        }
        for (int e = 0; e < values.Length; e++)
        {
            if (!float.IsFinite(values[e]))
                throw new FileFormatException($"Number {e % dimension + 1} of the vector of '{words[e / dimension]}' ({placeOf(e / dimension)}) is {values[e]}; every number must be finite.");
        }
        Words = ImmutableCollectionsMarshal.AsImmutableArray(words);
        Dimension = dimension;
        Values = ImmutableCollectionsMarshal.AsImmutableArray(values);
    }

    /// <summary>The words, V of them; the index is the id.</summary>
    public ImmutableArray<string> Words { get; }

    /// <summary>V, the number of words.</summary>
    public int Size => Words.Length;

    /// <summary>d, the length of each vector.</summary>
    public int Dimension { get; }

    /// <summary>The numbers, V x d, row-major.</summary>
    public ImmutableArray<float> Values { get; }

    /// <summary>The vector of one word.</summary>
    /// <param name="word">Id of the word, 0 .. V - 1.</param>
    public ReadOnlySpan<float> Row(int word) => Values.AsSpan().Slice(word * Dimension, Dimension);

    /// <summary>The id of a word as it is written or, if there is none, of its lower-case form.</summary>
    /// <param name="word">The word.</param>
    /// <returns>The id, or -1 for a word outside the vocabulary.</returns>
    public int IndexOf(string word)
    {
        ArgumentNullException.ThrowIfNull(word);
        if (_indices.TryGetValue(word, out int index)) return index;
        return _indices.TryGetValue(word.ToLowerInvariant(), out index) ? index : -1;
    }

    /// <summary>The vector of one word in double precision and divided by its length; zeros for a vanishing vector.</summary>
    /// <param name="word">Id of the word, 0 .. V - 1.</param>
    /// <param name="unit">Receives d numbers.</param>
    /// <exception cref="ArgumentException"><paramref name="unit"/> has another length than d.</exception>
    public void CopyUnit(int word, Span<double> unit)
    {
        ReadOnlySpan<float> row = Row(word);
        if (unit.Length != row.Length) throw new ArgumentException($"The target has {unit.Length} entries, not {row.Length}.", nameof(unit));
        for (int k = 0; k < row.Length; k++) unit[k] = row[k];
        // Squares of single-precision numbers neither overflow nor vanish in double precision.
        double length = Math.Sqrt(LinearAlgebra.Kernels.NormSquared(unit));
        if (length == 0) return;
        for (int k = 0; k < row.Length; k++) unit[k] /= length;
    }

    /// <summary>What forbids a text as a word of a vectors file, as the end of a sentence, or null.</summary>
    internal static string? WhyNotAWord(string? word)
    {
        if (string.IsNullOrEmpty(word)) return "is empty; give each vector a word";
        foreach (char letter in word)
            if (char.IsWhiteSpace(letter) || char.IsControl(letter)) return $"contains the character U+{(int)letter:X4}; words must be free of white space";
        return null;
    }
}
