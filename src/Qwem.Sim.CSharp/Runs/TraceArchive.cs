using System.Globalization;
using Qwem.Sim.Formats;
using Qwem.Sim.IO;

namespace Qwem.Sim.Runs;

/// <summary>Turns a finished <c>trace.csv</c> into <c>trace.npz</c>, one array per quantity, so that numpy.load reads it at once.</summary>
/// <remarks>
/// Arrays over the n records: the columns that have a name of their own (step, learning_rate, minibatch_loss, exact_loss), n numbers
/// each; overlap, n x K, with overlap_ranks, K; singular_values, n x d.
/// </remarks>
internal static class TraceArchive
{
    private const string Overlap = "overlap_", SingularValue = "s_";

    /// <summary>Writes the archive beside the table, whole or not at all.</summary>
    /// <param name="table">Path of the finished trace.csv.</param>
    /// <param name="archive">Path of the archive.</param>
    /// <exception cref="FileFormatException">A line of the table is damaged.</exception>
    internal static void Write(string table, string archive)
    {
        // The run still holds the table open for writing.
        using StreamReader reader = new(new FileStream(table, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        string[] headings = (reader.ReadLine() ?? "").Split(',');
        List<double>[] columns = [.. headings.Select(_ => new List<double>())];
        for (int row = 2; reader.ReadLine() is string line; row++)
        {
            string[] parts = line.Split(',');
            for (int column = 0; column < headings.Length; column++)
            {
                if (parts.Length != headings.Length || !double.TryParse(parts[column], NumberStyles.Float, CultureInfo.InvariantCulture, out double value))
                    throw new FileFormatException($"Line {row} of the trace '{table}' is not {headings.Length} numbers: it was altered, so start the run again in another folder.");
                columns[column].Add(value);
            }
        }
        int[] overlaps = Beginning(headings, Overlap), singularValues = Beginning(headings, SingularValue);
        List<NpyArray> arrays = [.. headings.Index()
            .Where(heading => !overlaps.Contains(heading.Index) && !singularValues.Contains(heading.Index))
            .Select(heading => NpyArray.Vector(heading.Item, [.. columns[heading.Index]]))];
        if (overlaps.Length > 0)
        {
            arrays.Add(NpyArray.Vector("overlap_ranks", [.. overlaps.Select(index => double.Parse(headings[index][Overlap.Length..], CultureInfo.InvariantCulture))]));
            arrays.Add(Matrix("overlap", columns, overlaps));
        }
        arrays.Add(Matrix("singular_values", columns, singularValues));
        NpzWriter.Write(archive, arrays);
    }

    private static int[] Beginning(string[] headings, string start) =>
        [.. headings.Index().Where(heading => heading.Item.StartsWith(start, StringComparison.Ordinal)).Select(heading => heading.Index)];

    private static NpyArray Matrix(string name, List<double>[] columns, int[] chosen) =>
        NpyArray.Matrix(name, columns[0].Count, chosen.Length, [.. chosen.SelectMany(index => columns[index])]);
}
