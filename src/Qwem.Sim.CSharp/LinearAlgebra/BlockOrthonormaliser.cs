using Qwem.Sim.Random;
using Qwem.Sim.Threading;

namespace Qwem.Sim.LinearAlgebra;

/// <summary>Makes the columns of a block orthonormal, to each other and to a basis, whatever their lengths and angles.</summary>
/// <remarks>
/// W = Q R by repeated division through the square root of the Gram matrix of the scaled columns, its eigenvalues bounded from
/// below (the SVQB iteration of Stathopoulos and Wu, 2002, SIAM J. Sci. Comput. 23(6)). Directions that are nothing but rounding of what the block was
/// computed from are replaced by random ones with zero rows of R, so a block that has lost rank goes on as a full one.
/// </remarks>
internal sealed class BlockOrthonormaliser
{
    private const double Roundoff = 1.1102230246251565e-16;
    private const double Accepted = 5e-13;
    private const int PassLimit = 12;

    private readonly KrylovBasis _basis;
    private readonly WorkerTeam _team;
    private readonly CounterRandom _random;
    private readonly int _width;
    private readonly DenseMatrix _gram, _scaled, _step, _other, _coefficients;
    private readonly double[] _lengths;
    private readonly bool[] _free;
    private readonly DenseMatrix _product;
    private ulong _drawn;

    internal BlockOrthonormaliser(KrylovBasis basis, int width, CounterRandom random, WorkerTeam team)
    {
        (_basis, _width, _random, _team) = (basis, width, random, team);
        _gram = new DenseMatrix(width, width);
        _scaled = new DenseMatrix(width, width);
        _step = new DenseMatrix(width, width);
        _other = new DenseMatrix(width, width);
        _coefficients = new DenseMatrix(basis.Capacity, width);
        _product = new DenseMatrix(basis.Length, width);
        _lengths = new double[width];
        _free = new bool[width];
    }

    /// <summary>Fills one column, or all for -1, with numbers uniform in (-1, 1).</summary>
    internal void Draw(DenseMatrix block, int column)
    {
        int first = Math.Max(column, 0), end = column < 0 ? _width : column + 1;
        for (int i = 0; i < block.Rows; i++)
            for (int j = first; j < end; j++) block[i, j] = 2 * _random.Uniform(_drawn++) - 1;
    }

    /// <summary>block = Q R; Q is orthogonal to the first <paramref name="used"/> vectors of the basis.</summary>
    /// <param name="block">n x b, already orthogonal to the basis up to rounding relative to its longest column; becomes Q.</param>
    /// <param name="used">Vectors of the basis.</param>
    /// <param name="size">Norm of what the block was computed from: shorter columns than its rounding count as zero.</param>
    /// <param name="factor">b x b, receives R.</param>
    /// <exception cref="ArithmeticException">An entry is NaN or infinite, or the passes did not suffice (not known to happen).</exception>
    internal void Run(DenseMatrix block, int used, double size, DenseMatrix factor)
    {
        Array.Clear(factor.Values);
        for (int j = 0; j < _width; j++) factor[j, j] = 1;
        Array.Clear(_free);
        for (int pass = 0; pass < PassLimit; pass++)
        {
            Gram(block);
            if (ReplaceNegligible(block, factor, size))
            {
                // Once leaves rounding relative to the random columns' length, and nothing of it is amplified later.
                _basis.Remove(0, used, block, _coefficients);
                Gram(block);
            }
            if (Deviation() <= Accepted) return;
            double smallest = Divide(block, factor);
            if (smallest < 1e-6) _basis.Remove(0, used, block, _coefficients);
        }
        throw new ArithmeticException($"A block of {_width} vectors could not be made orthonormal in {PassLimit} passes; report this with the matrix.");
    }

    private void Gram(DenseMatrix block)
    {
        MatrixProduct.Multiply(1, block, true, block, false, 0, _gram, _team);
        foreach (double entry in _gram.Values)
            if (!double.IsFinite(entry)) throw new ArithmeticException("A product with the matrix is not finite; check the matrix for NaN, infinities and overflow.");
    }

    /// <summary>Replaces columns whose share of the original block is below its rounding; true when there were any.</summary>
    private bool ReplaceNegligible(DenseMatrix block, DenseMatrix factor, double size)
    {
        bool any = false;
        for (int j = 0; j < _width; j++)
        {
            if (_free[j]) continue;
            double share = Math.Sqrt(_gram[j, j]) * Math.Sqrt(Kernels.NormSquared(factor.Row(j)));
            if (share > 8 * Roundoff * size) continue;
            Draw(block, j);
            factor.Row(j).Clear();
            _free[j] = any = true;
        }
        return any;
    }

    private double Deviation()
    {
        double worst = 0;
        for (int i = 0; i < _width; i++)
            for (int j = 0; j < _width; j++) worst = Math.Max(worst, Math.Abs(_gram[i, j] - (i == j ? 1 : 0)));
        return worst;
    }

    /// <summary>block = block Z, R = Z^-1 R with Z = D U Theta^-1/2, D G D = U Theta U'.</summary>
    /// <returns>The smallest eigenvalue relative to the longest column: how much rounding is amplified, squared.</returns>
    private double Divide(DenseMatrix block, DenseMatrix factor)
    {
        double longest = 0, shortest = double.PositiveInfinity;
        for (int j = 0; j < _width; j++)
        {
            _lengths[j] = Math.Sqrt(_gram[j, j]);
            longest = Math.Max(longest, _lengths[j]);
            shortest = Math.Min(shortest, _lengths[j]);
        }
        for (int i = 0; i < _width; i++)
            for (int j = 0; j < _width; j++) _scaled[i, j] = i == j ? 1 : 0.5 * (_gram[i, j] + _gram[j, i]) / (_lengths[i] * _lengths[j]);
        SymmetricEigenDecomposition roots = SymmetricEigenSolver.Decompose(_scaled, _team);
        double floor = 4 * _width * Roundoff * roots.Eigenvalues[0];
        for (int k = 0; k < _width; k++)
        {
            double root = Math.Sqrt(Math.Max(floor, roots.Eigenvalues[k]));
            for (int j = 0; j < _width; j++)
            {
                double entry = roots.Eigenvectors[k, j];
                _step[j, k] = entry / (_lengths[j] * root);
                _other[k, j] = entry * _lengths[j] * root;
            }
        }
        MatrixProduct.Multiply(1, block, false, _step, false, 0, _product, _team);
        _product.Values.CopyTo(block.Values, 0);
        MatrixProduct.Multiply(1, _other, false, factor, false, 0, _scaled, _team);
        _scaled.Values.CopyTo(factor.Values, 0);
        double ratio = shortest / longest;
        return roots.Eigenvalues[^1] * ratio * ratio;
    }
}
