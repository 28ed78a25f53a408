namespace Qwem.Benchmarks;

/// <summary>Finds files of the repository.</summary>
internal static class RepositoryFile
{
    /// <summary>The path of a file named from the root of the repository.</summary>
    /// <remarks>BenchmarkDotNet runs its children in a folder of its own, somewhere below the repository.</remarks>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static string Found(string name, string remedy = "run this inside the repository")
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string file = Path.Combine(folder.FullName, name);
            if (File.Exists(file)) return file;
        }
        throw new FileNotFoundException($"{name} is in no folder above {AppContext.BaseDirectory}; {remedy}.");
    }
}
