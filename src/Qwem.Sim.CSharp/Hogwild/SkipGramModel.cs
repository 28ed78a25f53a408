using Qwem.Sim.Corpora;
using Qwem.Sim.Descent;
using Qwem.Sim.Random;
using Qwem.Sim.Training;

namespace Qwem.Sim.Hogwild;

/// <summary>What all threads of a training share: both matrices, the tables of draws, and the words read so far.</summary>
internal sealed unsafe class SkipGramModel
{
    private readonly AliasCell[] _negativeCells;
    private long _wordsRead;

    internal SkipGramModel(TokenCorpus corpus, SkipGramSettings settings)
    {
        Settings = settings;
        Ids = corpus.NarrowIds!;
        DocumentStarts = corpus.DocumentStarts;
        VocabularySize = corpus.Vocabulary.Size;
        TotalWords = (long)settings.Epochs * Ids.Length;
        Words = new RowMatrix<float>(VocabularySize, settings.EmbeddingDimension);
        Contexts = new RowMatrix<float>(VocabularySize, settings.EmbeddingDimension);
        CounterRandom random = new(settings.Seed, RandomStreams.Initialisation);
        ulong index = 0;
        for (int i = 0; i < VocabularySize; i++)
            for (int a = 0; a < settings.EmbeddingDimension; a++) Words.Row(i)[a] = (float)((random.Uniform(index++) - 0.5) / settings.EmbeddingDimension);
        KeepThresholds = new ulong[VocabularySize];
        ushort[] words = new ushort[VocabularySize];
        double[] weights = new double[VocabularySize];
        for (int i = 0; i < VocabularySize; i++)
        {
            words[i] = (ushort)i;
            weights[i] = Math.Pow(corpus.Vocabulary.Counts[i], settings.NegativePower);
            double share = settings.SubsamplingThreshold * corpus.KeptTokens / corpus.Vocabulary.Counts[i];
            double keep = settings.SubsamplingThreshold == 0 ? 1 : Math.Min(1, share + Math.Sqrt(share));
            KeepThresholds[i] = (ulong)(keep * 4294967296.0);
        }
        _negativeCells = GC.AllocateArray<AliasCell>(VocabularySize, pinned: true);
        new AliasFiller(VocabularySize).Fill(words, weights, _negativeCells);
        fixed (AliasCell* cells = _negativeCells) NegativeCells = cells;
    }

    internal SkipGramSettings Settings { get; }

    internal ushort[] Ids { get; }

    internal int[] DocumentStarts { get; }

    internal int VocabularySize { get; }

    /// <summary>Words to read, over all epochs.</summary>
    internal long TotalWords { get; }

    /// <summary>Words read so far, by all threads.</summary>
    internal long WordsRead => Volatile.Read(ref _wordsRead);

    /// <summary>The vectors of the words, V x d.</summary>
    internal RowMatrix<float> Words { get; }

    /// <summary>The vectors of the words as contexts, V x d.</summary>
    internal RowMatrix<float> Contexts { get; }

    /// <summary>2^32 times the probability that a word is kept.</summary>
    internal ulong[] KeepThresholds { get; }

    /// <summary>The alias table of negative words; pinned.</summary>
    internal AliasCell* NegativeCells { get; }

    /// <summary>Adds words that were read, and returns the learning rate from here on.</summary>
    internal float Read(int words)
    {
        double share = (double)Interlocked.Add(ref _wordsRead, words) / (TotalWords + 1);
        return (float)(Settings.LearningRate * Math.Max(1e-4, 1 - share));
    }
}
