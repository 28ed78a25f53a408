using System.Diagnostics;
using Qwem.Sim.LinearAlgebra;
using Qwem.Sim.Threading;

namespace Qwem.Benchmarks;

/// <summary>The best rate of a square product in a few repetitions: one number, for a script that runs a peer beside it.</summary>
internal static class ProductRate
{
    private const int Warmups = 30, Repetitions = 8;

    /// <summary>Best of a few, in 1e9 operations a second, all processors.</summary>
    internal static double Measure(int order)
    {
        using WorkerTeam team = new();
        Random random = new(1);
        DenseMatrix a = new(order, order), b = new(order, order), c = new(order, order);
        for (int i = 0; i < a.Values.Length; i++) (a.Values[i], b.Values[i]) = (random.NextDouble(), random.NextDouble());
        DenseMatrix small = new(256, 256), product = new(256, 256);
        for (int run = 0; run < Warmups; run++) MatrixProduct.Multiply(1, small, false, small, false, 0, product, team);
        double best = double.PositiveInfinity;
        for (int run = 0; run < Repetitions; run++)
        {
            long start = Stopwatch.GetTimestamp();
            MatrixProduct.Multiply(1, a, false, b, false, 0, c, team);
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        return 2e-9 * order * order * order / best;
    }
}
