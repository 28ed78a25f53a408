using Qwem.Sim.Formats;
using Qwem.Sim.LinearAlgebra;
using Qwem.Sim.Threading;

namespace Qwem.Sim.Evaluation;

/// <summary>Analogies by vector addition: b' = argmax over words of w_hat . (b_hat - a_hat + a'_hat).</summary>
/// <remarks>
/// x_hat is x / |x|, and 0 for a vanishing x; all arithmetic is in double precision. Cost 2 V d for each distinct word of the questions and 3 V
/// for each question; memory bounded by 16 states of each question and 2 MB for each thread. The same result on any number of threads.
/// Intervals: the word pairs of each family are drawn with replacement, and a question counts as often as the product of how often
/// its two pairs were drawn (Owen 2007, Annals of Applied Statistics 1(2)): questions that share a pair are not independent, and a
/// bootstrap over questions would give intervals that are too short. Families are fixed. The draws depend on the seed, the family's place and
/// the replicate only.
/// </remarks>
public static class AnalogyBenchmark
{
    /// <summary>Asks all questions whose words have vectors.</summary>
    /// <param name="vectors">One vector per word.</param>
    /// <param name="families">The questions.</param>
    /// <param name="team">The threads; the result does not depend on how many there are.</param>
    /// <param name="bootstrap">How intervals are made; null for the defaults.</param>
    /// <param name="progress">Receives the fraction done, 0 to 1; may be null.</param>
    /// <param name="cancellation">Checked between blocks of work.</param>
    /// <returns>Accuracy with and without excluding the inputs, ties and smooth score of each family and in total.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A bootstrap setting is outside its range.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was requested.</exception>
    public static AnalogyReport Run(
        WordVectors vectors,
        IReadOnlyList<AnalogyWords> families,
        WorkerTeam team,
        BootstrapSettings? bootstrap = null,
        IProgress<double>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(vectors);
        ArgumentNullException.ThrowIfNull(families);
        ArgumentNullException.ThrowIfNull(team);
        bootstrap ??= new BootstrapSettings();
        bootstrap.Check();
        AnalogyTask task = new(vectors, families);
        (Best[] excluding, Best[] including) = AnalogyScan.Run(vectors, task.Asked, team, progress, cancellation);
        double[] smooth = SmoothScores(vectors, task.Asked, team);
        AnalogyBootstrap intervals = new(task, excluding, including, smooth, bootstrap, team, cancellation);
        AnalogyResult[] results = new AnalogyResult[families.Count];
        for (int f = 0; f < results.Length; f++)
        {
            AnalogyTask.Family family = task.Families[f];
            results[f] = Summarise(family.Name, family.Questions, task.Asked, family.Start, family.Count, excluding, including, smooth, intervals.Of(f));
        }
        AnalogyResult total = Summarise(
            "total", task.Families.Sum(family => family.Questions), task.Asked, 0, task.Asked.Count, excluding, including, smooth, intervals.Total());
        return new AnalogyReport(results, total);
    }

    private static double[] SmoothScores(WordVectors vectors, IReadOnlyList<AskedQuestion> asked, WorkerTeam team)
    {
        const int batch = 512;
        int dimension = vectors.Dimension;
        double root = Math.Sqrt(dimension);
        double[] scores = new double[asked.Count];
        team.Run((asked.Count + batch - 1) / batch, task =>
        {
            double[] answer = new double[dimension], sum = new double[dimension], word = new double[dimension];
            for (int q = task * batch; q < Math.Min(asked.Count, (task + 1) * batch); q++)
            {
                AskedQuestion question = asked[q];
                vectors.CopyUnit(question.Answer, answer);
                vectors.CopyUnit(question.SecondA, sum);
                vectors.CopyUnit(question.B, word);
                Kernels.Axpy(1, word, sum);
                vectors.CopyUnit(question.A, word);
                Kernels.Axpy(-1, word, sum);
                scores[q] = root * Kernels.Dot(answer, sum);
            }
        });
        return scores;
    }

    private static AnalogyResult Summarise(
        string name,
        int questions,
        IReadOnlyList<AskedQuestion> asked,
        int start,
        int count,
        Best[] excluding,
        Best[] including,
        double[] smooth,
        AnalogyIntervals intervals)
    {
        int unanswerable = 0;
        double sum = 0;
        for (int q = start; q < start + count; q++)
        {
            if (asked[q].IsUnanswerable) unanswerable++;
            sum += smooth[q];
        }
        return new AnalogyResult(
            name, questions, questions - count, unanswerable,
            Score(asked, start, count, excluding, intervals.Excluding), Score(asked, start, count, including, intervals.Including),
            sum / count, intervals.Smooth);
    }

    private static AnalogyScore Score(IReadOnlyList<AskedQuestion> asked, int start, int count, Best[] answers, Interval interval)
    {
        int correct = 0, ties = 0;
        for (int q = start; q < start + count; q++)
        {
            if (answers[q].Word == asked[q].Answer) correct++;
            if (answers[q].Tied) ties++;
        }
        return new AnalogyScore(correct, ties, (double)correct / count, interval);
    }
}
