using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Engines;
using Qwem.Sim.Threading;
using Qwem.Sim.Training;

namespace Qwem.Benchmarks;

/// <summary>One step of stochastic descent at the paper's batch: 50,000 positive and 50,000 negative pairs, V = 1000, d = 128.</summary>
[SimpleJob(RunStrategy.Monitoring, launchCount: 1, warmupCount: 3, iterationCount: 15)]
[MemoryDiagnoser]
public class DescentBenchmarks : IDisposable
{
    private const int Dimension = 128, Pairs = 50_000, StepsPerIteration = 20;

    private StochasticGradientDescent _descent = null!;
    private WorkerTeam _team = null!;

    [Params(1, 2)]
    public int Threads { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _team = new WorkerTeam(Threads);
        PairwiseObjective objective = Statistics.Objective();
        // A start of ordinary size: the products of entries of 1e-12 would be as fast, but no step would resemble a later one.
        _descent = new StochasticGradientDescent(
            objective, Initialisation.Gaussian(objective.VocabularySize, Dimension, 1, seed: 1), new DescentSettings(0.1, Pairs, Pairs, 1), _team);
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _team.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark(OperationsPerInvoke = StepsPerIteration)]
    public double Step()
    {
        for (int n = 0; n < StepsPerIteration; n++) _descent.Step();
        return _descent.Embeddings.Values[0];
    }
}
