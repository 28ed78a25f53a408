using System.Text.Json;
using Qwem.Sim.Formats;

namespace Qwem.Cli;

/// <summary>Describes a NumPy archive, of 'qwem spectrum' or another command, for <c>qwem inspect</c>.</summary>
internal static class ArchiveDescription
{
    private const int LargestTop = 10;

    /// <summary>NumPy archives.</summary>
    public static FileKind Kind { get; } = new("NumPy archives (.npz)", "PK\u0003\u0004"u8.ToArray(), Describe);

    private static Description Describe(string path, CancellationToken cancellation)
    {
        IReadOnlyList<NpyArray> arrays = NpzReader.Read(path);
        Description description = new Description().With("file", path).With("kind", "NumPy archive");
        foreach (NpyArray array in arrays)
        {
            string shape = array.Shape.Count == 0 ? "one" : string.Join(" x ", array.Shape);
            description.With(array.Name, array.Shape, $"{shape} {(array.Numbers is null ? "text" : "float64")}{Beginning(array)}");
        }
        if (arrays.FirstOrDefault(array => array.Name == "settings")?.Texts is [string settings])
        {
            using JsonDocument document = JsonDocument.Parse(settings);
            foreach (JsonProperty setting in document.RootElement.EnumerateObject())
                description.With("settings." + setting.Name, setting.Value.Clone(), setting.Value.ToString());
        }
        return description;
    }

    /// <summary>The first entries of a vector; nothing of matrices and of single texts.</summary>
    private static string Beginning(NpyArray array)
    {
        if (array.Shape.Count != 1) return "";
        IEnumerable<string> first = array.Texts?.Take(LargestTop) ?? array.Numbers!.Take(LargestTop).Select(number => $"{number:G6}");
        return ": " + string.Join(", ", first) + (array.Shape[0] > LargestTop ? ", ..." : "");
    }
}
