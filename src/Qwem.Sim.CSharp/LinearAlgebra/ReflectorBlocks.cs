using Qwem.Sim.Threading;

namespace Qwem.Sim.LinearAlgebra;

/// <summary>Applies H = H_0 H_1 ... H_(n-2) of a tridiagonal reduction to vectors stored as rows, blocks of reflectors at a time.</summary>
/// <remarks>Compact WY form, Schreiber and Van Loan (1989): H_a ... H_b = I - V' T V with the reflectors as rows of V.</remarks>
internal static class ReflectorBlocks
{
    private const int Block = 128;

    /// <summary>Each row x of <paramref name="rows"/> (n x n, stride n) becomes H x.</summary>
    internal static void Apply(HouseholderTridiagonal reduction, double[] rows, int size, WorkerTeam team, Action<double> report, CancellationToken cancellation)
    {
        int reflectors = size - 1;
        if (reflectors < 1) return;
        double[] gram = new double[Block * Block], triangle = new double[Block * Block];
        double[] along = new double[size * Block], scaled = new double[size * Block];
        for (int start = (reflectors - 1) / Block * Block; start >= 0; start -= Block)
        {
            cancellation.ThrowIfCancellationRequested();
            int count = Math.Min(Block, reflectors - start), first = start + 1, length = size - first;
            Operand v = new(reduction.Values, start * reduction.Stride + first, reduction.Stride, false), vTransposed = v with { Transposed = true };
            Operand target = new(rows, first, size, false);
            ProductWorkspace product = ProductWorkspace.Mine;
            product.Multiply(count, count, length, 1, v, vTransposed, 0, new Operand(gram, 0, Block, false), team);
            MakeTriangle(gram, triangle, reduction.Scales.AsSpan(start, count));
            product.Multiply(size, count, length, 1, target, vTransposed, 0, new Operand(along, 0, Block, false), team);
            product.Multiply(
                size, count, count, 1, new Operand(along, 0, Block, false), new Operand(triangle, 0, Block, true), 0, new Operand(scaled, 0, Block, false), team);
            product.Multiply(size, length, count, -1, new Operand(scaled, 0, Block, false), v, 1, target, team);
            report(1 - (double)start / reflectors);
        }
    }

    /// <summary>T upper triangular: T[i][i] = tau_i, T[..i][i] = -tau_i T[..i][..i] (V v_i).</summary>
    private static void MakeTriangle(double[] gram, double[] triangle, ReadOnlySpan<double> scales)
    {
        triangle.AsSpan().Clear();
        for (int i = 0; i < scales.Length; i++)
        {
            triangle[i * Block + i] = scales[i];
            for (int row = 0; row < i; row++)
            {
                double sum = 0;
                for (int k = row; k < i; k++) sum = Math.FusedMultiplyAdd(triangle[row * Block + k], gram[k * Block + i], sum);
                triangle[row * Block + i] = -scales[i] * sum;
            }
        }
    }
}
