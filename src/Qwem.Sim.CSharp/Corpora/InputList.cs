using System.IO.Enumeration;

namespace Qwem.Sim.Corpora;

/// <summary>Turns the inputs of a command line into files: folders and patterns are searched, everything else is taken as it is.</summary>
/// <remarks>
/// A folder gives all files below it; a pattern may have <c>*</c> and <c>?</c> in any part of the path and <c>**</c> for any
/// depth. What one argument gives is sorted by ordinal order of the paths; the arguments keep their order. Names that begin with a
/// dot are passed over, and links to folders are not followed. So are names that are not UTF-8, which the runtime cannot open; they are reported.
/// </remarks>
internal static class InputList
{
    /// <summary>What the runtime shows in place of bytes that are not UTF-8.</summary>
    private const char Foreign = '\uFFFD';

    /// <summary>The files of all arguments.</summary>
    /// <param name="arguments">What the user named.</param>
    /// <param name="passedOver">Receives the files and folders whose names are not UTF-8, as they can be shown.</param>
    /// <exception cref="CorpusException">A path is empty or missing, a folder or a pattern gives no file, or standard input is there twice.</exception>
    public static IReadOnlyList<InputFile> Expand(IReadOnlyList<string> arguments, List<string> passedOver)
    {
        List<InputFile> files = [];
        foreach (string argument in arguments) files.AddRange(Expand(argument, passedOver));
        if (files.Count(file => file.IsStandardInput) > 1)
            throw new CorpusException("Standard input ('-') is named twice, and it can be read only once; name it once.");
        return files;
    }

    private static IEnumerable<InputFile> Expand(string argument, List<string> passedOver)
    {
        if (string.IsNullOrWhiteSpace(argument))
            throw new CorpusException("An input file has an empty name; give the path of a text file.");
        if (argument == StandardInput.Argument) return [new InputFile(argument, true, 0)];
        if (File.Exists(argument)) return [new InputFile(argument, true, new FileInfo(argument).Length)];
        bool isFolder = Directory.Exists(argument);
        if (!isFolder && !argument.AsSpan().ContainsAny('*', '?'))
        {
            throw new CorpusException(
                argument.Contains(Foreign, StringComparison.Ordinal)
                    ? $"The input file '{argument}' has a name that is not UTF-8, and cannot be opened; rename it."
                    : $"The input file '{argument}' does not exist; check the path.");
        }
        try
        {
            List<string> found = [];
            if (isFolder) Below(argument, found);
            else Match(Root(argument, out string[] parts), parts, found);
            string[] foreign = [.. found.Where(IsForeign).Distinct()];
            passedOver.AddRange(foreign);
            found.RemoveAll(foreign.Contains);
            if (found.Count == 0)
            {
                throw new CorpusException(
                    foreign.Length > 0 ? $"The input '{argument}' has only files whose names are not UTF-8, such as '{foreign[0]}'; rename them."
                    : isFolder ? $"The input folder '{argument}' has no files; check the path." : $"No file matches the input '{argument}'; check the pattern.");
            }
            found.Sort(StringComparer.Ordinal);
            return found.Distinct().Select(path => new InputFile(path, false, new FileInfo(path).Length));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new CorpusException(
                $"The input '{argument}' cannot be searched ({failure.Message.TrimEnd('.').ReplaceLineEndings(" ")}); check its permissions.", failure);
        }
    }

    private static string Root(string pattern, out string[] parts)
    {
        string root = Path.GetPathRoot(pattern) ?? "";
        parts = pattern[root.Length..].Split([Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar], StringSplitOptions.RemoveEmptyEntries);
        return root;
    }

    private static void Match(string folder, ReadOnlySpan<string> parts, List<string> found)
    {
        string part = parts[0];
        bool isLast = parts.Length == 1;
        if (part == "**")
        {
            if (isLast)
            {
                Below(Named(folder), found);
                return;
            }
            Match(folder, parts[1..], found);
            foreach (string inner in Folders(Named(folder)).Where(inner => !IsForeign(inner))) Match(Inside(folder, inner), parts, found);
            return;
        }
        if (!part.AsSpan().ContainsAny('*', '?'))
        {
            string next = Path.Combine(folder, part);
            if (isLast && File.Exists(next)) found.Add(next);
            if (!isLast && Directory.Exists(next)) Match(next, parts[1..], found);
            return;
        }
        if (!Directory.Exists(Named(folder))) return;
        foreach (string entry in Directory.EnumerateFileSystemEntries(Named(folder)))
        {
            if (IsHidden(entry) || !FileSystemName.MatchesSimpleExpression(part, Path.GetFileName(entry), ignoreCase: false)) continue;
            if (isLast && (File.Exists(entry) || IsForeign(entry))) found.Add(Inside(folder, entry));
            if (!isLast && Directory.Exists(entry)) Match(Inside(folder, entry), parts[1..], found);
        }
    }

    private static void Below(string folder, List<string> found)
    {
        found.AddRange(Directory.EnumerateFiles(folder).Where(file => !IsHidden(file)));
        foreach (string inner in Folders(folder))
        {
            if (IsForeign(inner)) found.Add(inner);
            else Below(inner, found);
        }
    }

    private static IEnumerable<string> Folders(string folder) =>
        Directory.EnumerateDirectories(folder).Where(inner => !IsHidden(inner) && new DirectoryInfo(inner).LinkTarget is null);

    private static bool IsHidden(string path) => Path.GetFileName(path).StartsWith('.');

    /// <summary>Whether the runtime gives a name that it cannot open.</summary>
    private static bool IsForeign(string path) => path.Contains(Foreign, StringComparison.Ordinal) && !Path.Exists(path);

    private static string Named(string folder) => folder.Length == 0 ? "." : folder;

    private static string Inside(string folder, string entry) => Path.Combine(folder, Path.GetFileName(entry));
}
