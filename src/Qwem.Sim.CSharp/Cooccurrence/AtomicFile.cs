namespace Qwem.Sim.Cooccurrence;

/// <summary>Writes a file under a temporary name in its own folder, flushes it to the disk and renames it: whole or not at all.</summary>
public static class AtomicFile
{
    /// <summary>Writes a file; when <paramref name="write"/> or the disk fails, nothing is left behind and an older file stays as it was.</summary>
    /// <param name="path">Path of the file, in a folder that exists.</param>
    /// <param name="write">Writes the content.</param>
    /// <exception cref="IOException">The folder is missing, the path is a folder, or the disk fails.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder cannot be written.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(write);
        string full = Path.GetFullPath(path);
        string temporary = TemporaryName(full);
        try
        {
            using (FileStream file = new(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                write(file);
                file.Flush(flushToDisk: true);
            }
            File.Move(temporary, full, overwrite: true);
        }
        catch (ArgumentOutOfRangeException failure) when (failure.ParamName == "value")
        {
            // So the runtime reports EFBIG: the file system, or a limit of the process, allows no file of this length.
            TryDelete(temporary);
            throw new IOException($"The file '{path}' became longer than the file system or a limit of the process allows.", failure);
        }
        catch
        {
            TryDelete(temporary);
            throw;
        }
    }

    /// <summary>Finds out, without touching the file itself, whether <see cref="Write"/> could begin.</summary>
    /// <param name="path">Path of the file to be written.</param>
    /// <returns>null when it could, otherwise the reason as the end of a sentence about the path.</returns>
    public static string? WhyNotWritable(string path)
    {
        if (string.IsNullOrWhiteSpace(path)) return "is empty; give the path of a file";
        string full = Path.GetFullPath(path);
        if (Directory.Exists(full)) return "is a folder; give the path of a file";
        if (Path.EndsInDirectorySeparator(path)) return "ends like a folder; give the path of a file";
        string folder = Path.GetDirectoryName(full) ?? full;
        if (!Directory.Exists(folder)) return $"lies in the folder '{folder}', which does not exist; create it first";
        string probe = TemporaryName(full);
        try
        {
            using FileStream file = new(probe, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
            return null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return $"lies in the folder '{folder}', which cannot be written; choose another folder or change its permissions";
        }
    }

    private static string TemporaryName(string full) =>
        Path.Combine(Path.GetDirectoryName(full) ?? full, "." + Path.GetFileName(full) + "." + Guid.NewGuid().ToString("N")[..8] + ".tmp");

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // The first failure is the one to report.
        }
    }
}
