using Qwem.Benchmarks.Measuring;

namespace Qwem.Benchmarks.Sweep;

/// <summary>How a job grows with one measure of its size.</summary>
/// <param name="Id">Short name, for the table of points.</param>
/// <param name="Axis">The measure, as an axis calls it.</param>
/// <param name="Job">What is done.</param>
/// <param name="Points">Sizes, ascending, with what the job took.</param>
internal sealed record Growth(string Id, string Axis, string Job, IReadOnlyList<(double Size, Measurement Taken)> Points)
{
    /// <summary>Processor seconds against size.</summary>
    public (double X, double Y)[] Time => [.. Points.Select(point => (point.Size, point.Taken.ProcessorSeconds))];

    /// <summary>Wall seconds against size.</summary>
    public (double X, double Y)[] Wall => [.. Points.Select(point => (point.Size, point.Taken.WallSeconds))];

    /// <summary>Peak resident set in 1e9 bytes against size.</summary>
    public (double X, double Y)[] Memory => [.. Points.Select(point => (point.Size, point.Taken.PeakBytes / 1e9))];
}
