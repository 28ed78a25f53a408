using Qwem.Sim.Random;
using Qwem.Sim.Threading;

namespace Qwem.Sim.Evaluation;

/// <summary>The intervals of one family or of the total.</summary>
internal readonly record struct AnalogyIntervals(Interval Excluding, Interval Including, Interval Smooth);

/// <summary>Resamples the word pairs of every family; see <see cref="AnalogyBenchmark"/>.</summary>
internal sealed class AnalogyBootstrap
{
    // Weight of the drawn questions, of the right ones under each rule, and weighted sum of the smooth scores.
    private const int Sums = 4;

    private readonly BootstrapSettings _settings;
    private readonly double[][] _sums;

    public AnalogyBootstrap(
        AnalogyTask task, Best[] excluding, Best[] including, double[] smooth, BootstrapSettings settings, WorkerTeam team, CancellationToken cancellation)
    {
        _settings = settings;
        _sums = new double[task.Families.Length][];
        for (int f = 0; f < _sums.Length; f++)
        {
            AnalogyTask.Family family = task.Families[f];
            CounterRandom random = new(settings.Seed, (ulong)f + 1);
            double[] sums = _sums[f] = new double[settings.Replicates * Sums];
            const int batch = 32;
            team.Run((settings.Replicates + batch - 1) / batch, part =>
            {
                int[] drawn = new int[family.PairCount];
                for (int replicate = part * batch; replicate < Math.Min(settings.Replicates, (part + 1) * batch); replicate++)
                {
                    cancellation.ThrowIfCancellationRequested();
                    Array.Clear(drawn);
                    for (int n = 0; n < family.PairCount; n++)
                        drawn[(int)(family.PairCount * random.Uniform((ulong)((long)replicate * family.PairCount + n)))]++;
                    double weight = 0, right = 0, rightWithInputs = 0, score = 0;
                    for (int q = family.Start; q < family.Start + family.Count; q++)
                    {
                        AskedQuestion question = task.Asked[q];
                        double times = question.FirstPair == question.SecondPair
                            ? drawn[question.FirstPair]
                            : (double)drawn[question.FirstPair] * drawn[question.SecondPair];
                        weight += times;
                        score += times * smooth[q];
                        if (excluding[q].Word == question.Answer) right += times;
                        if (including[q].Word == question.Answer) rightWithInputs += times;
                    }
                    (sums[replicate * Sums], sums[replicate * Sums + 1]) = (weight, right);
                    (sums[replicate * Sums + 2], sums[replicate * Sums + 3]) = (rightWithInputs, score);
                }
            });
        }
    }

    /// <summary>The intervals of one family.</summary>
    public AnalogyIntervals Of(int family) => Intervals(_sums[family]);

    /// <summary>The intervals of all families together: replicate r of the total is replicate r of every family.</summary>
    public AnalogyIntervals Total()
    {
        double[] total = new double[_settings.Replicates * Sums];
        foreach (double[] family in _sums)
            for (int i = 0; i < total.Length; i++) total[i] += family[i];
        return Intervals(total);
    }

    private AnalogyIntervals Intervals(double[] sums)
    {
        double[] ratios = new double[_settings.Replicates];

        Interval Of(int which)
        {
            for (int r = 0; r < ratios.Length; r++) ratios[r] = sums[r * Sums + which] / sums[r * Sums];
            return _settings.Percentiles(ratios);
        }

        return new AnalogyIntervals(Of(1), Of(2), Of(3));
    }
}
