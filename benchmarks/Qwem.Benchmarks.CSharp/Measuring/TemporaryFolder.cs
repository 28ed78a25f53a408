namespace Qwem.Benchmarks.Measuring;

/// <summary>A folder that disappears with its content.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("qwem-benchmark-").FullName;

    /// <summary>The path of a file inside.</summary>
    public string File(string name) => Path.Combine(_path, name);

    public void Dispose() => Directory.Delete(_path, recursive: true);
}
