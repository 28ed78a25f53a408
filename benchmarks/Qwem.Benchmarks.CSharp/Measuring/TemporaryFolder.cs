namespace Qwem.Benchmarks.Measuring;

/// <summary>A folder that disappears with its content, by Ctrl-C too.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("qwem-benchmark-").FullName;

    /// <summary>Makes the folder.</summary>
    public TemporaryFolder() => Console.CancelKeyPress += (_, _) => Dispose();

    /// <summary>The path of a file inside.</summary>
    public string File(string name) => Path.Combine(_path, name);

    public void Dispose()
    {
        if (Directory.Exists(_path)) Directory.Delete(_path, recursive: true);
    }
}
