namespace Qwem.Sim.Corpora;

/// <summary>One file to read, or standard input.</summary>
/// <param name="Path">Its path, or <see cref="StandardInput.Argument"/>.</param>
/// <param name="IsNamed">Whether the user named it; a file found in a folder or by a pattern may be empty.</param>
/// <param name="Length">Its length in bytes; 0 where it has none (a pipe).</param>
internal sealed record InputFile(string Path, bool IsNamed, long Length)
{
    /// <summary>Whether this is standard input.</summary>
    public bool IsStandardInput => Path == StandardInput.Argument;

    /// <summary>Its name in messages.</summary>
    public string Name => IsStandardInput ? "standard input" : Path;
}
