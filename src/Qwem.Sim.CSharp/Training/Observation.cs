using Qwem.Sim.LinearAlgebra;

namespace Qwem.Sim.Training;

/// <summary>What is recorded of a model at one time.</summary>
/// <param name="SingularValues">Singular values of W, descending, d of them.</param>
/// <param name="Loss">L(W) of <see cref="PairwiseObjective"/>, 0 for W = 0.</param>
/// <param name="SubspaceOverlaps">
/// For each requested k, (1/k) sum_{i,j at most k} (u_i . q_j)^2 with u the right singular vectors of W and q the leading
/// eigenvectors of the linear coefficient: 1 when the model's top-k subspace is theirs, about k/V at random.
/// </param>
public sealed record Observation(double[] SingularValues, double Loss, double[] SubspaceOverlaps);

/// <summary>Takes observations of models with one quadratic coefficient, given in the eigenbasis of the linear one.</summary>
public sealed class Observer
{
    private readonly double[] _linear;
    private readonly double _quadratic;
    private readonly int[] _ranks;

    /// <summary>An observer of one objective.</summary>
    /// <param name="linearEigenvalues">beta, eigenvalues of the linear coefficient, descending, length V.</param>
    /// <param name="quadratic">A, the common quadratic coefficient.</param>
    /// <param name="ranks">k of the subspaces, each from 1 to d.</param>
    public Observer(double[] linearEigenvalues, double quadratic, int[] ranks)
    {
        ArgumentNullException.ThrowIfNull(linearEigenvalues);
        ArgumentNullException.ThrowIfNull(ranks);
        _linear = linearEigenvalues;
        _quadratic = quadratic;
        _ranks = ranks;
    }

    /// <summary>Observes X = Q W, V x d, row k belonging to mode k. Thread-safe.</summary>
    /// <param name="modes">The model in the eigenbasis.</param>
    public Observation Observe(DenseMatrix modes)
    {
        ArgumentNullException.ThrowIfNull(modes);
        if (modes.Rows != _linear.Length)
            throw new ArgumentException($"The model has {modes.Rows} modes but the objective {_linear.Length}.", nameof(modes));
        if (_ranks.Any(rank => rank < 1 || rank > modes.Columns))
            throw new ArgumentException($"Overlaps are asked for k from 1 to d = {modes.Columns} only, not for {string.Join(", ", _ranks)}.", nameof(modes));
        Svd svd = Svd.OfTall(modes);
        double quartic = 0, linear = 0;
        foreach (double s in svd.SingularValues) quartic += s * s * s * s;
        for (int k = 0; k < modes.Rows; k++) linear += _linear[k] * Kernels.NormSquared(modes.Row(k));
        double[] overlaps = new double[_ranks.Length];
        for (int r = 0; r < _ranks.Length; r++)
        {
            int rank = _ranks[r];
            double sum = 0;
            for (int i = 0; i < rank; i++) sum += Kernels.NormSquared(svd.LeftVectors.Row(i)[..rank]);
            overlaps[r] = sum / rank;
        }
        return new Observation(svd.SingularValues, _quadratic * quartic - linear, overlaps);
    }
}
