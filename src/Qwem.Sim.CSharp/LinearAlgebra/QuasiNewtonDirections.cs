using Qwem.Sim.Threading;

namespace Qwem.Sim.LinearAlgebra;

/// <summary>Directions of descent from the last few steps and changes of the gradient (limited-memory BFGS), on top of a preconditioner.</summary>
/// <remarks>
/// Nocedal (1980), "Updating quasi-Newton matrices with limited storage", Math. Comp. 35: two passes over the pairs that are kept, 4 m n operations,
/// memory 2 m n numbers. Sums add runs of 2^15 entries in order, so the bits do not depend on the team.
/// </remarks>
internal sealed class QuasiNewtonDirections
{
    private const int Run = 1 << 15;

    private readonly WorkerTeam _team;
    private readonly List<(double[] Step, double[] Change, double Product)> _pairs = [];
    private readonly int _memory;
    private readonly double[] _partial;

    /// <summary>Removes all pairs.</summary>
    /// <param name="length">n.</param>
    /// <param name="memory">m, the most pairs kept.</param>
    /// <param name="team">The threads.</param>
    internal QuasiNewtonDirections(int length, int memory, WorkerTeam team)
    {
        (_memory, _team) = (memory, team);
        _partial = new double[(length + Run - 1) / Run];
    }

    /// <summary>Keeps a step and its change of the gradient; a step along which the loss does not curve upwards is left out.</summary>
    /// <param name="to">The point, of length n.</param>
    /// <param name="from">The point before it.</param>
    /// <param name="gradientTo">Its gradient.</param>
    /// <param name="gradientFrom">The gradient before it.</param>
    internal void Add(double[] to, double[] from, double[] gradientTo, double[] gradientFrom)
    {
        (double[] step, double[] change) = _pairs.Count == _memory ? (_pairs[0].Step, _pairs[0].Change) : (new double[to.Length], new double[to.Length]);
        Each(to.Length, (start, length) =>
        {
            for (int k = start; k < start + length; k++)
            {
                step[k] = to[k] - from[k];
                change[k] = gradientTo[k] - gradientFrom[k];
            }
        });
        if (_pairs.Count == _memory) _pairs.RemoveAt(0);
        double product = Dot(step, change);
        if (product > 1e-12 * Math.Sqrt(Dot(step, step) * Dot(change, change))) _pairs.Add((step, change, product));
    }

    /// <summary>Turns a gradient into a direction along which the loss rises.</summary>
    /// <param name="gradient">The gradient, and then the direction.</param>
    /// <param name="precondition">Multiplies its argument by an approximate inverse of the Hessian, symmetric and positive definite.</param>
    /// <param name="work">Of length n; overwritten.</param>
    internal void Apply(double[] gradient, Action<double[]> precondition, double[] work)
    {
        double[] shares = new double[_pairs.Count];
        for (int k = _pairs.Count - 1; k >= 0; k--)
        {
            shares[k] = Dot(_pairs[k].Step, gradient) / _pairs[k].Product;
            Axpy(-shares[k], _pairs[k].Change, gradient);
        }
        precondition(gradient);
        if (_pairs.Count > 0)
        {
            // How much too short or too long the preconditioner is along the last step.
            (_, double[] change, double product) = _pairs[^1];
            change.CopyTo(work, 0);
            precondition(work);
            double scale = product / Dot(change, work);
            Each(gradient.Length, (start, length) => Kernels.Scale(scale, gradient.AsSpan(start, length)));
        }
        for (int k = 0; k < _pairs.Count; k++) Axpy(shares[k] - Dot(_pairs[k].Change, gradient) / _pairs[k].Product, _pairs[k].Step, gradient);
    }

    /// <summary>Pairs that are kept.</summary>
    internal int Count => _pairs.Count;

    /// <summary>Forgets all pairs.</summary>
    internal void Clear() => _pairs.Clear();

    /// <summary>Inner product.</summary>
    internal double Dot(double[] x, double[] y)
    {
        Each(x.Length, (start, length) => _partial[start / Run] = Kernels.Dot(x.AsSpan(start, length), y.AsSpan(start, length)));
        double sum = 0;
        foreach (double part in _partial) sum += part;
        return sum;
    }

    /// <summary>y += a x.</summary>
    internal void Axpy(double a, double[] x, double[] y) => Each(x.Length, (start, length) => Kernels.Axpy(a, x.AsSpan(start, length), y.AsSpan(start, length)));

    private void Each(int total, Action<int, int> body) =>
        _team.Run(_partial.Length, run => body(run * Run, Math.Min(Run, total - run * Run)));
}
