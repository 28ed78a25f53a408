using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Engines;
using Qwem.Sim.Cooccurrence;
using Qwem.Sim.Descent;
using Qwem.Sim.Statistics;
using Qwem.Sim.Threading;
using Qwem.Sim.Training;

namespace Qwem.Benchmarks;

/// <summary>One step of minibatch descent of L_sym on 50,000 + 50,000 pairs, sampler included. Times are per pair: 10 ns are 100 million pairs/s.</summary>
/// <remarks>
/// Roofline. A pair is two inner products and two sums: 8 d operations, 1024 at d = 128, of which a core with 200 GFLOP/s in
/// float does 200 million a second. Each of its two rows is read once by the other's task: 2 d floats, 1 KB at d = 128, where W (0.5 MB) stays in the second
/// cache, and 1.7 KB at d = 200 padded to 208, where W (8.3 MB) comes from the third or from memory: at 20 GB/s 12 million pairs/s if nothing
/// stayed in a cache; frequent words do. So the first setting is bound by the second cache and the sampler, the second by what lies behind it.
/// </remarks>
[SimpleJob(RunStrategy.Monitoring, launchCount: 1, warmupCount: 5, iterationCount: 40)]
[MemoryDiagnoser]
public class PairDescentBenchmarks : IDisposable
{
    private const int Pairs = 50_000, StepsPerIteration = 10, PairsPerIteration = 2 * Pairs * StepsPerIteration;

    private IDescent _descent = null!;
    private WorkerTeam _team = null!;

    [Params(1, 2)]
    public int Threads { get; set; }

    [Params(1000, 10_000)]
    public int VocabularySize { get; set; }

    [Params(Precision.Binary32, Precision.Binary64)]
    public Precision Precision { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _team = new WorkerTeam(Threads);
        bool small = VocabularySize == 1000;
        CooccurrenceCounts counts = small ? Statistics.Counts() : Statistics.SyntheticCounts(VocabularySize);
        PairMeasures measures = new(PairStatistics.FromCounts(counts, VocabularySize), Reweighting.None, 1, 1);
        PairDescentSettings settings = new(
            PairLoss.Symmetric, IndependentPairs.Positive(measures, false, false, 1), IndependentPairs.Negative(measures, false, false, 1), Pairs, Pairs, false);
        _descent = PairDescent.Create(settings, Initialisation.Gaussian(VocabularySize, small ? 128 : 200, 1, seed: 1), Precision, _team);
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _team.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark(OperationsPerInvoke = PairsPerIteration)]
    public long Pair()
    {
        for (int n = 0; n < StepsPerIteration; n++) _descent.Advance(0.05);
        return _descent.StepCount;
    }
}
