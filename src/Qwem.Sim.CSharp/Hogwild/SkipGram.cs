using System.Runtime.Intrinsics;
using Qwem.Sim.Corpora;
using Qwem.Sim.Descent;
using Qwem.Sim.LinearAlgebra;
using Qwem.Sim.Statistics;
using Qwem.Sim.Threading;

namespace Qwem.Sim.Hogwild;

/// <summary>word2vec itself: skip-gram with negative sampling, trained by threads without synchronisation.</summary>
/// <remarks>
/// As the original program: words are subsampled before windows are laid; sentences end with a document or after 1000 kept words;
/// each pair has negative words of its own; single precision; words start uniform on (-1/2, 1/2) / d, contexts at zero; the rate
/// falls linearly with the words read. Unlike it: the logistic function is computed, not looked up and not cut off at 6; the threads
/// take stretches in turn of the stream. Threads read and write the same rows without locks (Recht et al. 2011), so the
/// result of several depends on how they were scheduled; one thread gives the same bits each time.
/// </remarks>
public static class SkipGram
{
    /// <summary>Positions in a stretch of the stream; windows do not cross from one to the next.</summary>
    private const int ChunkLength = 1 << 16;

    /// <summary>Trains.</summary>
    /// <param name="corpus">The token stream, of at most 65,535 words.</param>
    /// <param name="settings">Settings.</param>
    /// <param name="team">Threads; more than one give results that vary from run to run.</param>
    /// <param name="progress">Receives the words read, from any thread; or null.</param>
    /// <param name="cancellation">Ends the training.</param>
    /// <returns>2 V x d: the words' vectors above those of the contexts; every number is a single-precision one.</returns>
    /// <exception cref="ArgumentException">A setting is outside its range, or the vocabulary is too large or has masked words.</exception>
    /// <exception cref="ArithmeticException">The vectors left the range of their numbers.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static DenseMatrix Train(
        TokenCorpus corpus, SkipGramSettings settings, WorkerTeam team, IProgress<WorkProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(corpus);
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(team);
        settings.Require();
        if (corpus.Vocabulary.Size > PairStatistics.LargestVocabulary || corpus.OutOfVocabularyRule != OutOfVocabularyRule.Removed)
            throw new ArgumentException($"The corpus must have at most {PairStatistics.LargestVocabulary} words, and words outside the vocabulary removed.", nameof(corpus));
        SkipGramModel model = new(corpus, settings);
        int chunks = (model.Ids.Length + ChunkLength - 1) / ChunkLength;
        if ((long)settings.Epochs * chunks > int.MaxValue)
            throw new ArgumentException($"{settings.Epochs} passes over {model.Ids.Length} words are more than {int.MaxValue} stretches of {ChunkLength} words; choose fewer passes.", nameof(settings));
        team.Run(settings.Epochs * chunks, task =>
        {
            int start = task % chunks * ChunkLength, end = Math.Min(model.Ids.Length, start + ChunkLength);
            if (SimdPath.Wide) new SkipGramChunk<Vector512<float>, WideLanes<float>>(model, task).Train(start, end, cancellation);
            else new SkipGramChunk<LanePair<float>, HalvedLanes<float>>(model, task).Train(start, end, cancellation);
            progress?.Report(new WorkProgress(model.WordsRead, model.TotalWords));
        });
        cancellation.ThrowIfCancellationRequested();
        return Result(model);
    }

    private static unsafe DenseMatrix Result(SkipGramModel model)
    {
        int v = model.VocabularySize, d = model.Settings.EmbeddingDimension;
        DenseMatrix both = new(2 * v, d);
        for (int i = 0; i < 2 * v; i++)
        {
            float* row = i < v ? model.Words.Row(i) : model.Contexts.Row(i - v);
            for (int a = 0; a < d; a++)
            {
                if (!float.IsFinite(row[a]))
                    throw new ArithmeticException($"The training left the range of single precision at learning rate {model.Settings.LearningRate}; start again with a smaller one.");
                both[i, a] = row[a];
            }
        }
        return both;
    }
}
