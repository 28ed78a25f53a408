using Qwem.Sim.LinearAlgebra;

namespace Qwem.Sim.Training;

/// <summary>The right-hand side of an autonomous flow dX/dt = f(X), with the norm in which its integration error matters.</summary>
public interface IFlowField
{
    /// <summary>Rows of a state: one per word, or one per mode.</summary>
    int Rows { get; }

    /// <summary>Columns of a state: d.</summary>
    int Columns { get; }

    /// <summary>Fastest rate at which a small deviation decays anywhere along the flow, in 1/time, or 0 if unknown.</summary>
    /// <remarks>An explicit method is unstable at steps beyond its stability interval divided by this rate.</remarks>
    double FastestDecay { get; }

    /// <summary>Writes f(<paramref name="state"/>) into <paramref name="derivative"/>; allocates nothing.</summary>
    /// <param name="state">Current state.</param>
    /// <param name="derivative">Receives the derivative.</param>
    void Evaluate(DenseMatrix state, DenseMatrix derivative);

    /// <summary>Size of <paramref name="difference"/> relative to the state, the worst over the parts that count; 1 means 100%.</summary>
    /// <param name="before">State at the start of the step.</param>
    /// <param name="after">Candidate state at its end.</param>
    /// <param name="difference">Estimated local error.</param>
    double RelativeError(DenseMatrix before, DenseMatrix after, DenseMatrix difference);
}
