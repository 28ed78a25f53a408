using Qwem.Sim.Threading;

namespace Qwem.Sim.LinearAlgebra;

/// <summary>General dense matrix product: packed, blocked for the caches, parallel, the same bits for every team and instruction set.</summary>
/// <remarks>
/// Entry (i, j) is, for each block of 256 consecutive k, one chain of fused multiply-adds from zero in order of k; the blocks are
/// combined in order: c = beta c + alpha chain_1, then c = c + alpha chain_2, each one fused multiply-add.
/// Error per entry at most (min(k, 256) + k/256 + 3) u (|alpha| |a||b| + |beta c|), u = 2^-53.
/// Blocking after Goto and van de Geijn (2008), "Anatomy of high-performance matrix multiplication", ACM TOMS 34(3).
/// </remarks>
public static class MatrixProduct
{
    /// <summary>result = alpha op(a) op(b) + beta result, where op(x) is x or its transpose.</summary>
    /// <remarks>
    /// Shapes: op(a) is m x k, op(b) is k x n, result m x n. When <paramref name="beta"/> is 0 the old result is not read (it may
    /// hold NaN); when <paramref name="alpha"/> is 0 neither factor is read. Buffers are kept per calling thread, about 8 MB
    /// each at most for the shapes up to 3000; after the first call of a size nothing is allocated.
    /// Must not be called with a team from inside a task of that team.
    /// </remarks>
    /// <param name="alpha">Factor of the product.</param>
    /// <param name="a">Left factor.</param>
    /// <param name="transposeA">True to use the transpose of <paramref name="a"/>.</param>
    /// <param name="b">Right factor; it may be <paramref name="a"/>.</param>
    /// <param name="transposeB">True to use the transpose of <paramref name="b"/>.</param>
    /// <param name="beta">Factor of the old result.</param>
    /// <param name="result">Receives the result; must not share its values with a factor.</param>
    /// <param name="team">The threads, or null for the calling thread alone; the result does not depend on how many there are.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">Shapes do not match, or the result shares its array with a factor.</exception>
    public static void Multiply(double alpha, DenseMatrix a, bool transposeA, DenseMatrix b, bool transposeB, double beta, DenseMatrix result, WorkerTeam? team = null)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        ArgumentNullException.ThrowIfNull(result);
        team ??= new WorkerTeam(1);
        (int rows, int depth) = transposeA ? (a.Columns, a.Rows) : (a.Rows, a.Columns);
        (int depthOfB, int columns) = transposeB ? (b.Columns, b.Rows) : (b.Rows, b.Columns);
        if (depth != depthOfB)
            throw new ArgumentException($"op(a) is {rows} x {depth} and op(b) is {depthOfB} x {columns}: the inner dimensions {depth} and {depthOfB} differ.", nameof(b));
        if (result.Rows != rows || result.Columns != columns)
            throw new ArgumentException($"The product is {rows} x {columns}, but the result is {result.Rows} x {result.Columns}.", nameof(result));
        if (ReferenceEquals(result.Values, a.Values) || ReferenceEquals(result.Values, b.Values))
            throw new ArgumentException("The result shares its array with a factor; give it one of its own.", nameof(result));
        ProductWorkspace.Mine.Multiply(
            rows, columns, depth, alpha,
            new Operand(a.Values, 0, a.Columns, transposeA),
            new Operand(b.Values, 0, b.Columns, transposeB),
            beta,
            new Operand(result.Values, 0, result.Columns, false),
            team);
    }
}
