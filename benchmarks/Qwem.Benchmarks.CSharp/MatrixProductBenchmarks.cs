using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using Qwem.Sim.LinearAlgebra;
using Qwem.Sim.Threading;

namespace Qwem.Benchmarks;

/// <summary>The matrix product at the shapes of the training loop and at one large square.</summary>
[MemoryDiagnoser]
[Config(typeof(Columns))]
public class MatrixProductBenchmarks : IDisposable
{
    private DenseMatrix _left = null!, _right = null!, _result = null!;
    private WorkerTeam _team = null!;
    private bool _transposeRight;

    /// <summary>Rows x inner x columns; a closing T marks a transposed right factor.</summary>
    [Params("128x1000x1000", "1000x128x1000", "128x1000x128T", "128x128x1000", "2048x2048x2048")]
    public string Shape { get; set; } = "";

    [Params(1, 2)]
    public int Threads { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        (int rows, int inner, int columns) = Sizes(Shape);
        _transposeRight = Shape.EndsWith('T');
        _left = Filled(rows, inner, 1);
        _right = _transposeRight ? Filled(columns, inner, 2) : Filled(inner, columns, 2);
        _result = new DenseMatrix(rows, columns);
        _team = new WorkerTeam(Threads);
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _team.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark]
    public double Multiply()
    {
        MatrixProduct.Multiply(1, _left, false, _right, _transposeRight, 0, _result, _team);
        return _result.Values[0];
    }

    private static (int Rows, int Inner, int Columns) Sizes(string shape)
    {
        int[] sizes = [.. shape.TrimEnd('T').Split('x').Select(int.Parse)];
        return (sizes[0], sizes[1], sizes[2]);
    }

    private static DenseMatrix Filled(int rows, int columns, int seed)
    {
        Random random = new(seed);
        DenseMatrix matrix = new(rows, columns);
        for (int i = 0; i < matrix.Values.Length; i++) matrix.Values[i] = random.NextDouble() - 0.5;
        return matrix;
    }

    private sealed class Columns : ManualConfig
    {
        public Columns() => AddColumn(new GigaflopsColumn(benchmark =>
        {
            (int rows, int inner, int columns) = Sizes((string)benchmark.Parameters[nameof(Shape)]);
            return 2.0 * rows * inner * columns;
        }));
    }
}
