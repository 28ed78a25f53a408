namespace Qwem.Sim.IO;

/// <summary>Writes a file under a temporary name in its own folder, flushes it to the disk and renames it: whole or not at all.</summary>
/// <remarks>
/// The temporary file of NAME is <c>.NAME.xxxxxxxx.tmp</c>, x hexadecimal digits, and locked as long as it is written. A killed process
/// leaves one without a lock, which the next writer of NAME removes.
/// </remarks>
public static class AtomicFile
{
    private const string Ending = ".tmp";
    private const int MarkLength = 8;

    /// <summary>Writes a file; when <paramref name="write"/> or the disk fails, nothing is left behind and an older file stays as it was.</summary>
    /// <param name="path">Path of the file, in a folder that exists.</param>
    /// <param name="write">Writes the content.</param>
    /// <exception cref="IOException">The folder is missing, the path is a folder, or the disk fails.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder cannot be written.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(write);
        WriteAll([(path, write)]);
    }

    /// <summary>Writes files that belong together: all are on the disk before the last of them is renamed, then the one before it, and so on.</summary>
    /// <exception cref="IOException">A folder is missing, a path is a folder, or the disk fails.</exception>
    /// <exception cref="UnauthorizedAccessException">A folder cannot be written.</exception>
    internal static void WriteAll(IEnumerable<(string Path, Action<Stream> Write)> files)
    {
        Stack<(FileStream File, string Path)> pending = [];
        try
        {
            foreach ((string path, Action<Stream> write) in files)
            {
                string full = Path.GetFullPath(path);
                RemoveRemnants(full);
                // Sharing the right to delete allows renaming while the file is open; the lock distinguishes it from what a killed process left.
                FileStream file = new(TemporaryName(full), FileMode.CreateNew, FileAccess.Write, FileShare.Delete);
                pending.Push((file, full));
                Fill(file, path, write);
            }
            while (pending.TryPeek(out (FileStream File, string Path) next))
            {
                File.Move(next.File.Name, next.Path, overwrite: true);
                pending.Pop().File.Dispose();
            }
        }
        finally
        {
            foreach ((FileStream file, _) in pending) Discard(file);
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
        if (!Directory.Exists(folder)) return $"is in the folder '{folder}', which does not exist; create it first";
        string probe = TemporaryName(full);
        try
        {
            RemoveRemnants(full);
            using FileStream file = new(probe, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
            return null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return $"is in the folder '{folder}', which cannot be written; choose another folder or change its permissions";
        }
    }

    private static void Fill(FileStream file, string path, Action<Stream> write)
    {
        try
        {
            write(file);
            file.Flush(flushToDisk: true);
        }
        catch (ArgumentOutOfRangeException failure) when (failure.ParamName == "value")
        {
            // The runtime reports EFBIG in this way: the file system, or a limit of the process, allows no file of this length.
            throw new IOException($"The file '{path}' became longer than the file system or a limit of the process allows.", failure);
        }
    }

    private static string TemporaryName(string full) =>
        Path.Combine(Path.GetDirectoryName(full) ?? full, Beginning(full) + Guid.NewGuid().ToString("N")[..MarkLength] + Ending);

    private static string Beginning(string full) => "." + Path.GetFileName(full) + ".";

    private static bool IsTemporary(string name, string beginning) =>
        name.Length == beginning.Length + MarkLength + Ending.Length
        && name.StartsWith(beginning, StringComparison.Ordinal) && name.EndsWith(Ending, StringComparison.Ordinal)
        && name.Skip(beginning.Length).Take(MarkLength).All(char.IsAsciiHexDigitLower);

    /// <summary>Removes what killed processes left of this file; what cannot be removed, or is being written, stays.</summary>
    private static void RemoveRemnants(string full)
    {
        string beginning = Beginning(full);
        string? folder = Path.GetDirectoryName(full);
        if (!Directory.Exists(folder)) return;
        foreach (string remnant in Directory.EnumerateFiles(folder, ".*" + Ending).Where(file => IsTemporary(Path.GetFileName(file), beginning)))
        {
            try
            {
                using FileStream locked = new(remnant, FileMode.Open, FileAccess.Write, FileShare.None);
                File.Delete(remnant);
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                // Another process is writing it, or has just finished.
            }
        }
    }

    private static void Discard(FileStream file)
    {
        try
        {
            File.Delete(file.Name);
            file.Dispose();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException)
        {
            // The first failure is the one to report.
        }
    }
}
