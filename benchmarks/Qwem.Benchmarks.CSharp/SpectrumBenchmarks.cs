using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Engines;
using Qwem.Sim.Cooccurrence;
using Qwem.Sim.LinearAlgebra;
using Qwem.Sim.Spectra;
using Qwem.Sim.Threading;

namespace Qwem.Benchmarks;

/// <summary>M*_sym of 3000 words of Wikipedia times a block, sparse and dense: where the dense form begins to pay.</summary>
[MemoryDiagnoser]
public class TargetProductBenchmarks : IDisposable
{
    private ISymmetricOperator _sparse = null!, _dense = null!;
    private DenseMatrix _block = null!, _result = null!;
    private WorkerTeam _team = null!;

    [Params(8, 24, 48)]
    public int Columns { get; set; }

    [Params(1, 2)]
    public int Threads { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _team = new WorkerTeam(Threads);
        CooccurrenceCounts counts = Statistics.Counts3000();
        _sparse = TargetOperator.Sparse(counts, new TargetSettings(), _team);
        _dense = new DenseSymmetricOperator(TargetOperator.Dense(counts, new TargetSettings()));
        Random random = new(1);
        _block = new DenseMatrix(counts.VocabularySize, Columns);
        for (int i = 0; i < _block.Values.Length; i++) _block.Values[i] = random.NextDouble() - 0.5;
        _result = new DenseMatrix(counts.VocabularySize, Columns);
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _team.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark(Baseline = true)]
    public double Sparse() => Product(_sparse);

    [Benchmark]
    public double Dense() => Product(_dense);

    private double Product(ISymmetricOperator matrix)
    {
        matrix.Multiply(_block, _result, _team);
        return _result.Values[0];
    }
}

/// <summary>The top 100 eigenpairs of M*_sym of 3000 words to 1e-8, by block Lanczos on either form.</summary>
[SimpleJob(RunStrategy.Monitoring, launchCount: 1, warmupCount: 1, iterationCount: 5)]
[MemoryDiagnoser]
public class KrylovBenchmarks : IDisposable
{
    private ISymmetricOperator _sparse = null!, _dense = null!;
    private WorkerTeam _team = null!;

    [Params(8, 24)]
    public int BlockSize { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _team = new WorkerTeam();
        CooccurrenceCounts counts = Statistics.Counts3000();
        _sparse = TargetOperator.Sparse(counts, new TargetSettings(), _team);
        _dense = new DenseSymmetricOperator(TargetOperator.Dense(counts, new TargetSettings()));
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _team.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark(Baseline = true)]
    public int Sparse() => Solve(_sparse);

    [Benchmark]
    public int Dense() => Solve(_dense);

    private int Solve(ISymmetricOperator matrix) =>
        KrylovEigenSolver.Solve(matrix, 100, _team, new KrylovSettings { BlockSize = BlockSize }).Products;
}
