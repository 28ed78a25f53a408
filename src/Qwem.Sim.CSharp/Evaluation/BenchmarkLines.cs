using System.Text;
using Qwem.Sim.IO;

namespace Qwem.Sim.Evaluation;

/// <summary>The lines of a benchmark file, split at white space, whose every failure names the file and the line.</summary>
internal static class BenchmarkLines
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Number of each line that is not blank, from 1, and its parts.</summary>
    /// <exception cref="FileFormatException">The file is missing, a folder, unreadable, or not UTF-8.</exception>
    public static List<(int Number, string[] Parts)> Read(string path)
    {
        if (string.IsNullOrWhiteSpace(path)) throw new FileFormatException("A benchmark file has an empty name; give the path of a text file.");
        if (Directory.Exists(path)) throw new FileFormatException($"The benchmark '{path}' is a folder; give the path of a text file.");
        if (!File.Exists(path)) throw new FileFormatException($"The benchmark file '{path}' does not exist; check the path.");
        List<(int, string[])> lines = [];
        int number = 0;
        try
        {
            foreach (string line in File.ReadLines(path, Strict))
            {
                number++;
                string[] parts = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
                if (parts.Length > 0) lines.Add((number, parts));
            }
        }
        catch (DecoderFallbackException failure)
        {
            throw new FileFormatException($"The benchmark file '{path}' is not UTF-8 text after line {number}; convert it.", failure);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new FileFormatException($"The benchmark file '{path}' cannot be read ({failure.Message.TrimEnd('.').ReplaceLineEndings(" ")}); check its permissions and the disk.", failure);
        }
        return lines;
    }
}
