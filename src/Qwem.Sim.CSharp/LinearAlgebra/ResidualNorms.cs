using Qwem.Sim.Threading;

namespace Qwem.Sim.LinearAlgebra;

/// <summary>Measures residuals of eigenpairs by products with the operator itself.</summary>
internal static class ResidualNorms
{
    private const int StripRows = 1024;

    /// <summary>||A v_k - lambda_k v_k||_2 for every row of <paramref name="vectors"/>; sums have one order, strip by strip.</summary>
    internal static double[] Measure(
        ISymmetricOperator matrix, double[] eigenvalues, DenseMatrix vectors, (DenseMatrix Block, DenseMatrix Product) workspace, WorkerTeam team, CancellationToken cancellation)
    {
        (DenseMatrix block, DenseMatrix product) = workspace;
        int width = block.Columns, length = block.Rows, strips = (length + StripRows - 1) / StripRows;
        double[] norms = new double[eigenvalues.Length], partial = new double[strips * width];
        for (int first = 0; first < norms.Length; first += width)
        {
            cancellation.ThrowIfCancellationRequested();
            int count = Math.Min(width, norms.Length - first);
            // The columns of a last block that is not full keep older numbers: they are multiplied but not used.
            team.Run(strips, strip =>
            {
                for (int j = 0; j < count; j++)
                {
                    ReadOnlySpan<double> vector = vectors.Row(first + j);
                    for (int i = strip * StripRows; i < Math.Min(length, (strip + 1) * StripRows); i++) block.Values[i * width + j] = vector[i];
                }
            });
            matrix.Multiply(block, product, team);
            team.Run(strips, strip =>
            {
                Span<double> sums = partial.AsSpan(strip * width, width);
                sums.Clear();
                for (int i = strip * StripRows; i < Math.Min(length, (strip + 1) * StripRows); i++)
                    for (int j = 0; j < count; j++)
                    {
                        double gap = Math.FusedMultiplyAdd(-eigenvalues[first + j], block.Values[i * width + j], product.Values[i * width + j]);
                        sums[j] = Math.FusedMultiplyAdd(gap, gap, sums[j]);
                    }
            });
            for (int strip = 0; strip < strips; strip++)
                for (int j = 0; j < count; j++) norms[first + j] += partial[strip * width + j];
        }
        for (int k = 0; k < norms.Length; k++) norms[k] = Math.Sqrt(norms[k]);
        return norms;
    }
}
