using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Engines;
using Qwem.Sim.Cooccurrence;
using Qwem.Sim.Corpora;
using Qwem.Sim.Descent;
using Qwem.Sim.Statistics;

namespace Qwem.Benchmarks;

/// <summary>Positive pairs on one core at V = 10,000, L = 16, from the stream and independent ones. Times are per pair: 20 ns are 50 million pairs/s.</summary>
/// <remarks>The stream is 16 million words drawn by Zipf's law: 32 MB, so that most candidates wait for the third cache or memory, as those of a real text do.</remarks>
[SimpleJob(RunStrategy.Monitoring, launchCount: 1, warmupCount: 5, iterationCount: 40)]
[MemoryDiagnoser]
public class StreamedPairsBenchmarks
{
    private const int Pairs = 50_000, Size = 10_000, HalfWidth = 16, Documents = 30_000, ArticleLength = 530;

    private readonly PairDraws _draws = new(Pairs, weighted: false);
    private StreamedPairs _streamed = null!;
    private IndependentPairs _independent = null!;
    private long _step;

    [Params(Reweighting.None, Reweighting.Word2Vec)]
    public Reweighting Reweighting { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        TokenCorpus corpus = CorpusReader.Parse([Text()]).Encode(Size);
        PairMeasures measures = new(PairStatistics.FromCounts(CooccurrenceCounter.Count(corpus, HalfWidth), Size), Reweighting, 1e-4, 1);
        _streamed = new StreamedPairs(corpus, HalfWidth, measures, folded: true, seed: 1);
        _independent = IndependentPairs.Positive(measures, folded: true, ordered: true, seed: 1);
    }

    [Benchmark(OperationsPerInvoke = Pairs)]
    public void Streamed() => _streamed.Draw(_step++, _draws);

    [Benchmark(OperationsPerInvoke = Pairs, Baseline = true)]
    public void Independent() => _independent.Draw(_step++, _draws);

    private static string Text()
    {
        string path = Path.Combine(Path.GetTempPath(), "qwem-benchmark-stream.txt");
        if (File.Exists(path)) return path;
        Random random = new(1);
        using StreamWriter writer = new(path);
        for (int document = 0; document < Documents; document++)
        {
            for (int n = 0; n < ArticleLength; n++) writer.Write(Word((int)Math.Exp(random.NextDouble() * Math.Log(Size + 1)) - 1) + " ");
            writer.Write('\n');
        }
        return path;
    }

    private static string Word(int number) => string.Concat(number.ToString().Select(digit => (char)('a' + digit - '0')));
}
