using System.Security.Cryptography;
using System.Text;
using Qwem.Sim.IO;

namespace Qwem.Sim.Formats;

/// <summary>Binds files that belong together, numbers and their words, by the sums in <c>NAME.sha256</c>, which <c>sha256sum -c</c> reads, too.</summary>
/// <remarks>
/// Neither a .npy file nor a list of words has a place for the hash of the other: NumPy refuses another key in its header, and every line is a word.
/// So the sums are a file of their own, in a format that other tools read. It is optional: where it is missing (older files, those of other
/// programs) nothing is checked. It is renamed first, so that new words beside old numbers are always detected.
/// </remarks>
internal static class BoundFiles
{
    private const int HashDigits = 64;

    /// <summary>Path of the sums that belong to a file.</summary>
    public static string SumsPath(string path) => path + ".sha256";

    /// <summary>Writes words and the numbers that belong to them, and for each file of numbers its sums; every file whole or not at all.</summary>
    /// <exception cref="IOException">The folder is missing, a path is a folder, or the disk fails.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder cannot be written.</exception>
    public static void Write((string Path, Action<Stream> Write) words, params (string Path, Action<Stream> Write)[] numbers)
    {
        string[] hashes = new string[numbers.Length + 1];
        (string Path, Action<Stream> Write)[] files = [words, .. numbers];
        AtomicFile.WriteAll(files
            .Select((file, index) => (file.Path, (Action<Stream>)(stream => hashes[index] = Hashed(stream, file.Write))))
            .Concat(numbers.Select((file, index) => (SumsPath(file.Path), (Action<Stream>)(stream => stream.Write(Encoding.UTF8.GetBytes(
                Line(hashes[index + 1], file.Path) + Line(hashes[0], words.Path))))))));
    }

    /// <summary>Compares a file, and those that are bound to it, with the sums beside it, if there are any.</summary>
    /// <exception cref="FileFormatException">A file is not the one whose sum was written; the message names it.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static void Check(string path, CancellationToken cancellation)
    {
        string sums = SumsPath(path);
        if (!File.Exists(sums)) return;
        string[] lines = File.ReadAllLines(sums);
        // sha256sum may have been given a path; only the name matters here.
        string[] names = [.. lines.Where(line => line.Length > HashDigits + 2).Select(line => Path.GetFileName(line[(HashDigits + 2)..]))];
        if (names.Length < lines.Length || !names.Contains(Path.GetFileName(path)))
            throw new FileFormatException($"The file '{sums}' is damaged: its lines are not sums of '{path}' and its words; make the vectors again, or delete it if they are right.");
        foreach ((string line, string name) in lines.Zip(names))
        {
            string file = Path.Combine(Path.GetDirectoryName(path) ?? "", name);
            if (!File.Exists(file))
                throw new FileFormatException($"The vectors file '{path}' cannot be used alone: '{file}' does not exist, which '{sums}' names; make both again.");
            if (!HashOf(file, cancellation).Equals(line[..HashDigits], StringComparison.OrdinalIgnoreCase))
                throw new FileFormatException(
                    $"The vectors file '{path}' and what belongs to it were not written together, or altered: '{file}' is not the file whose sum stands in '{sums}'; make both again, or delete '{sums}' if the change is meant.");
        }
    }

    private static string Line(string hash, string path) => $"{hash}  {Path.GetFileName(path)}\n";

    private static string Hashed(Stream stream, Action<Stream> write)
    {
        using SHA256 hash = SHA256.Create();
        using (CryptoStream through = new(stream, hash, CryptoStreamMode.Write, leaveOpen: true)) write(through);
        return Convert.ToHexStringLower(hash.Hash!);
    }

    private static string HashOf(string path, CancellationToken cancellation)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 0, FileOptions.SequentialScan);
        byte[] buffer = new byte[1 << 20];
        while (file.Read(buffer) is int read and > 0)
        {
            cancellation.ThrowIfCancellationRequested();
            hash.AppendData(buffer, 0, read);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
