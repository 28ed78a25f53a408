using Qwem.Sim.Cooccurrence;
using Qwem.Sim.LinearAlgebra;
using Qwem.Sim.Statistics;
using Qwem.Sim.Threading;

namespace Qwem.Sim.Spectra;

/// <summary>Log-likelihood of counts as negative binomials of one rate a and shapes a rho_ij; see <see cref="EmpiricalShrinkage"/>.</summary>
internal sealed class GammaPoissonLikelihood
{
    private const int Tasks = 64;

    private readonly WorkerTeam _team;
    private readonly int[] _rows, _groupStarts;
    private readonly double[] _probabilities;
    private readonly double _scale, _dispersion;
    private readonly CooccurrenceCounts _counts;
    private readonly DenseMatrix? _ratios;

    /// <summary>Chooses the rows: every row, or evenly spread ones with about <paramref name="enoughPairs"/> seen pairs.</summary>
    internal GammaPoissonLikelihood(CooccurrenceCounts counts, double dispersion, long enoughPairs, ModelPrior? prior, WorkerTeam team)
    {
        (_counts, _dispersion, _team) = (counts, dispersion, team);
        int size = counts.VocabularySize;
        CorpusFrequencies frequencies = new(counts);
        _probabilities = frequencies.P;
        _scale = frequencies.PairTotal / dispersion;
        int stride = (int)Math.Max(1, counts.DistinctPairs / enoughPairs);
        _rows = [.. Enumerable.Range(0, size).Where(i => i % stride == stride / 2)];
        List<int> starts = [];
        for (int i = 0; i < size; i++)
            if (i == 0 || counts.WordCounts[i] != counts.WordCounts[i - 1]) starts.Add(i);
        starts.Add(size);
        _groupStarts = [.. starts];
        _ratios = prior?.Ratios(_rows, team);
        foreach (int i in _rows)
            for (int entry = (int)counts.RowStarts[i]; entry < (int)counts.RowStarts[i + 1]; entry++)
                if (counts.Columns[entry] != i) SeenPairs++;
    }

    /// <summary>Pairs of different words with a count, in the rows chosen.</summary>
    internal long SeenPairs { get; }

    /// <summary>The log-likelihood of a, up to what does not depend on it.</summary>
    internal double Value(double rate)
    {
        double[] sums = new double[Tasks];
        double atRate = LogGamma(rate);
        _team.Run(Tasks, task =>
        {
            double sum = 0;
            for (int at = task; at < _rows.Length; at += Tasks) sum += RowValue(at, rate, atRate);
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

    private double RowValue(int at, double rate, double atRate)
    {
        int i = _rows[at];
        ReadOnlySpan<double> ratios = _ratios is null ? default : _ratios.Row(at);
        double sum = 0, own = _scale * _probabilities[i];
        // Every pair, seen or not: (a / (e + a))^(a rho). Words of equal counts are neighbours and share the logarithm.
        int group = Array.BinarySearch(_groupStarts, i + 1);
        if (group < 0) group = ~group - 1;
        for (int first = i + 1; first < _probabilities.Length; first = _groupStarts[++group])
        {
            int end = _groupStarts[group + 1];
            double ratio = ratios.IsEmpty ? end - first : Sum(ratios[first..end]);
            sum -= ratio * rate * LogOnePlus(own * _probabilities[first] / rate);
        }
        for (int entry = (int)_counts.RowStarts[i]; entry < (int)_counts.RowStarts[i + 1]; entry++)
        {
            int j = _counts.Columns[entry];
            if (j == i) continue;
            double expected = own * _probabilities[j], count = _counts.Counts[entry] / _dispersion;
            double shape = ratios.IsEmpty ? rate : rate * ratios[j];
            sum += LogGamma(count + shape) - (ratios.IsEmpty ? atRate : LogGamma(shape)) - count * Math.Log(expected + rate);
        }
        return sum;
    }

    private static double Sum(ReadOnlySpan<double> values)
    {
        double sum = 0;
        foreach (double value in values) sum += value;
        return sum;
    }

    /// <summary>ln(1 + x) with a relative error of rounding, x &gt;= 0 (Kahan's correction).</summary>
    private static double LogOnePlus(double x)
    {
        double next = 1 + x;
        return next == 1 ? x : Math.Log(next) * (x / (next - 1));
    }
}
