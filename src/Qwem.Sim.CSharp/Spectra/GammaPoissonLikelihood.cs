using Qwem.Sim.Cooccurrence;
using Qwem.Sim.Threading;

namespace Qwem.Sim.Spectra;

/// <summary>Log-likelihood of counts as negative binomials of one shape; see <see cref="EmpiricalShrinkage"/>.</summary>
internal sealed class GammaPoissonLikelihood
{
    private const int Tasks = 64;

    private readonly WorkerTeam _team;
    private readonly int[] _rows, _groupStarts;
    private readonly double[] _probabilities;
    private readonly double _scale, _dispersion;
    private readonly CooccurrenceCounts _counts;

    /// <summary>Chooses the rows: every row, or evenly spread ones with about <paramref name="enoughPairs"/> seen pairs.</summary>
    internal GammaPoissonLikelihood(CooccurrenceCounts counts, double dispersion, long enoughPairs, WorkerTeam team)
    {
        (_counts, _dispersion, _team) = (counts, dispersion, team);
        int size = counts.VocabularySize;
        _probabilities = new double[size];
        for (int i = 0; i < size; i++) _probabilities[i] = (double)counts.WordCounts[i] / counts.KeptTokens;
        _scale = counts.TotalCount / dispersion;
        int stride = (int)Math.Max(1, counts.DistinctPairs / enoughPairs);
        _rows = [.. Enumerable.Range(0, size).Where(i => i % stride == stride / 2)];
        List<int> starts = [];
        for (int i = 0; i < size; i++)
            if (i == 0 || counts.WordCounts[i] != counts.WordCounts[i - 1]) starts.Add(i);
        starts.Add(size);
        _groupStarts = [.. starts];
        foreach (int i in _rows)
            for (int entry = (int)counts.RowStarts[i]; entry < (int)counts.RowStarts[i + 1]; entry++)
                if (counts.Columns[entry] != i) SeenPairs++;
    }

    /// <summary>Pairs of different words with a count, in the rows chosen.</summary>
    internal long SeenPairs { get; }

    /// <summary>The log-likelihood of shape a, up to what does not depend on it.</summary>
    internal double Value(double shape)
    {
        double[] sums = new double[Tasks];
        double atShape = LogGamma(shape);
        _team.Run(Tasks, task =>
        {
            double sum = 0;
            for (int at = task; at < _rows.Length; at += Tasks) sum += RowValue(_rows[at], shape, atShape);
            sums[task] = sum;
        });
        double total = 0;
        foreach (double sum in sums) total += sum;
        return total;
    }

    /// <summary>ln Gamma(x) for x &gt; 0: recurrence up to 8, then Stirling's series; relative error about 1e-14.</summary>
    internal static double LogGamma(double x)
    {
        double product = 1;
        for (; x < 8; x++) product *= x;
        double square = 1 / (x * x);
        double series = (1.0 / 12 - square * (1.0 / 360 - square * (1.0 / 1260 - square * (1.0 / 1680 - square * (1.0 / 1188 - square * (691.0 / 360360)))))) / x;
        return (x - 0.5) * Math.Log(x) - x + 0.5 * Math.Log(2 * Math.PI) + series - Math.Log(product);
    }

    private double RowValue(int i, double shape, double atShape)
    {
        double sum = 0, own = _scale * _probabilities[i];
        // Every pair, seen or not: (a / (e + a))^a. Words of equal counts are neighbours.
        int group = Array.BinarySearch(_groupStarts, i + 1);
        if (group < 0) group = ~group - 1;
        for (int first = i + 1; first < _probabilities.Length; first = _groupStarts[++group])
            sum -= (_groupStarts[group + 1] - first) * shape * LogOnePlus(own * _probabilities[first] / shape);
        for (int entry = (int)_counts.RowStarts[i]; entry < (int)_counts.RowStarts[i + 1]; entry++)
        {
            int j = _counts.Columns[entry];
            if (j == i) continue;
            double expected = own * _probabilities[j], count = _counts.Counts[entry] / _dispersion;
            sum += LogGamma(count + shape) - atShape - count * Math.Log(expected + shape);
        }
        return sum;
    }

    /// <summary>ln(1 + x) with a relative error of rounding, x &gt;= 0 (Kahan's correction).</summary>
    private static double LogOnePlus(double x)
    {
        double next = 1 + x;
        return next == 1 ? x : Math.Log(next) * (x / (next - 1));
    }
}
