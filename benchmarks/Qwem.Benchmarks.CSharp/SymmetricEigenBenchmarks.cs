using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using Qwem.Sim.LinearAlgebra;
using Qwem.Sim.Threading;

namespace Qwem.Benchmarks;

/// <summary>The full eigendecomposition, certificates included; GFLOP/s on 9 n^3 operations, the conventional count.</summary>
[MemoryDiagnoser]
[Config(typeof(Columns))]
public class SymmetricEigenBenchmarks : IDisposable
{
    private DenseMatrix _matrix = null!;
    private WorkerTeam _team = null!;

    [Params(300, 1000, 3000)]
    public int Order { get; set; }

    [Params(1, 2)]
    public int Threads { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        Random random = new(1);
        _matrix = new DenseMatrix(Order, Order);
        for (int i = 0; i < Order; i++)
            for (int j = 0; j <= i; j++) _matrix[i, j] = _matrix[j, i] = random.NextDouble() - 0.5;
        _team = new WorkerTeam(Threads);
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _team.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark]
    public double Decompose() => SymmetricEigenSolver.Decompose(_matrix, _team).Certify(_matrix, _team).Residual;

    private sealed class Columns : ManualConfig
    {
        public Columns() => AddColumn(new GigaflopsColumn(benchmark => 9 * Math.Pow((int)benchmark.Parameters[nameof(Order)], 3)));
    }
}
