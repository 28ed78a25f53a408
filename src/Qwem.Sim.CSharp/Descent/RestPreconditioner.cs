using Qwem.Sim.LinearAlgebra;
using Qwem.Sim.Threading;

namespace Qwem.Sim.Descent;

/// <summary>The inverse of an approximate Hessian of the loss by W, D^1/2 (I x H + 2 s y y' x I) D^1/2.</summary>
/// <remarks>
/// H = 4 sum_j u_j w_j w_j', D = diag(u): the blocks of single words are about u_i H for a loss whose weight has rank one, A_ij = u_i u_j. So words that occur 10^5 times less
/// often than others, and directions in which W is 100 times shorter, take steps of their own size. s and y are the leading eigenpair of D^-1/2 T D^-1/2, T the derivative of
/// the loss by M at the start: with k = 5 negative pairs to a positive one the mean of the target under the weights is negative, while u'W W'u is not for any u, and the pull
/// that is left is several times as stiff as H; without this term five times as many steps are needed (V = 2000, d = 50, k = 5). docs/derivations.md section 11.5.
/// </remarks>
internal sealed class RestPreconditioner
{
    private const int PowerIterations = 8;

    // Directions in which the model has hardly any extent move like those in which it has this share of the largest.
    private const double LeastCurvature = 1e-6;

    private readonly double[] _weights, _roots, _stiff;
    private readonly double _stiffness;
    private readonly WorkerTeam _team;
    private readonly DenseMatrix _scaled, _along, _less, _row, _inverse, _correction;

    /// <summary>Looks for s and y.</summary>
    /// <param name="objective">The loss.</param>
    /// <param name="weights">u.</param>
    /// <param name="start">W at the start.</param>
    /// <param name="team">The threads.</param>
    /// <param name="cancellation">Checked between blocks.</param>
    internal RestPreconditioner(ExactObjective objective, double[] weights, DenseMatrix start, WorkerTeam team, CancellationToken cancellation)
    {
        int v = start.Rows, d = start.Columns;
        (_weights, _team) = (weights, team);
        _roots = Array.ConvertAll(weights, Math.Sqrt);
        _scaled = new DenseMatrix(v, d);
        (_along, _less) = (new DenseMatrix(1, d), new DenseMatrix(1, d));
        (_inverse, _correction) = (new DenseMatrix(d, d), new DenseMatrix(d, d));
        (_stiffness, _stiff) = Stiffest(objective, start, cancellation);
        _row = new DenseMatrix(1, v, _stiff);
    }

    /// <summary>Takes H from W.</summary>
    /// <param name="state">W, V x d.</param>
    /// <exception cref="ArgumentException">W is zero.</exception>
    internal void MoveTo(DenseMatrix state)
    {
        int d = state.Columns;
        state.Values.CopyTo(_scaled.Values, 0);
        for (int i = 0; i < state.Rows; i++) Kernels.Scale(4 * _weights[i], _scaled.Row(i));
        DenseMatrix sum = new(d, d);
        MatrixProduct.Multiply(1, _scaled, true, state, false, 0, sum, _team);
        SymmetricEigenDecomposition eigen = SymmetricEigenSolver.Decompose(Symmetric(sum), _team);
        double least = LeastCurvature * eigen.Eigenvalues[0];
        if (!(least > 0)) throw new ArgumentException("The state is zero, where the gradient vanishes and no direction is distinguished.", nameof(state));
        Function(eigen, least, h => 1 / h, _inverse);
        Function(eigen, least, h => 1 / h - 1 / (h + 2 * _stiffness), _correction);
    }

    /// <summary>X becomes D^-1/2 (Y H^-1 - y (y'Y) (H^-1 - (H + 2 s)^-1)) with Y = D^-1/2 X.</summary>
    /// <param name="values">X, V x d.</param>
    internal void Apply(double[] values)
    {
        DenseMatrix result = new(_scaled.Rows, _scaled.Columns, values);
        values.CopyTo(_scaled.Values, 0);
        for (int i = 0; i < _roots.Length; i++) Kernels.Scale(1 / _roots[i], _scaled.Row(i));
        MatrixProduct.Multiply(1, _row, false, _scaled, false, 0, _along, _team);
        MatrixProduct.Multiply(1, _along, false, _correction, false, 0, _less, _team);
        MatrixProduct.Multiply(1, _scaled, false, _inverse, false, 0, result, _team);
        for (int i = 0; i < _roots.Length; i++)
        {
            Kernels.Axpy(-_stiff[i], _less.Values, result.Row(i));
            Kernels.Scale(1 / _roots[i], result.Row(i));
        }
    }

    /// <summary>The upper triangle on both sides of the diagonal: products of matrices are symmetric to rounding only.</summary>
    internal static DenseMatrix Symmetric(DenseMatrix matrix)
    {
        for (int i = 0; i < matrix.Rows; i++)
            for (int j = 0; j < i; j++) matrix[i, j] = matrix[j, i];
        return matrix;
    }

    /// <summary>s and y, by power iteration; s = 0 if the largest eigenvalue is not positive.</summary>
    private (double Stiffness, double[] Direction) Stiffest(ExactObjective objective, DenseMatrix start, CancellationToken cancellation)
    {
        double[] direction = (double[])_roots.Clone(), unscaled = new double[_roots.Length];
        for (int iteration = 1; ; iteration++)
        {
            Kernels.Scale(1 / Math.Sqrt(Kernels.NormSquared(direction)), direction);
            for (int i = 0; i < unscaled.Length; i++) unscaled[i] = direction[i] / _roots[i];
            double[] image = objective.SlopeTimes(start, unscaled, cancellation);
            for (int i = 0; i < image.Length; i++) image[i] /= _roots[i];
            double quotient = Kernels.Dot(direction, image);
            if (!(quotient > 0)) return (0, direction);
            if (iteration == PowerIterations) return (quotient, direction);
            direction = image;
        }
    }

    private void Function(SymmetricEigenDecomposition eigen, double least, Func<double, double> function, DenseMatrix result)
    {
        int d = result.Rows;
        DenseMatrix scaled = new(d, d);
        for (int k = 0; k < d; k++)
        {
            eigen.Eigenvectors.Row(k).CopyTo(scaled.Row(k));
            Kernels.Scale(function(Math.Max(eigen.Eigenvalues[k], least)), scaled.Row(k));
        }
        MatrixProduct.Multiply(1, scaled, true, eigen.Eigenvectors, false, 0, result, _team);
    }
}
