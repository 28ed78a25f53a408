namespace Qwem.Benchmarks.Measuring;

/// <summary>The texts that whole jobs are measured on.</summary>
internal static class Corpora
{
    /// <summary>A text of the folder that <c>--data</c> names.</summary>
    /// <exception cref="ArgumentException">The folder does not have it.</exception>
    public static string Text(string folder, string name)
    {
        string path = Path.Combine(folder, name);
        return File.Exists(path) ? path : throw new ArgumentException($"The folder '{folder}' has no {name}; name the folder of the corpora.");
    }

    /// <summary>17 million words in one line.</summary>
    public static string Small(string folder) => Text(folder, "enwiki-17m.txt.gz");

    /// <summary>70 million words, one article a line.</summary>
    public static string Large(string folder) => Text(folder, "enwiki-70m.txt.gz");
}
