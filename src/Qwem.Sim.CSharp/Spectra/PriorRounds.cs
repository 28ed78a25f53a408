using Qwem.Sim.Cooccurrence;
using Qwem.Sim.LinearAlgebra;
using Qwem.Sim.Statistics;
using Qwem.Sim.Threading;

namespace Qwem.Sim.Spectra;

/// <summary>Empirical Bayes with the model itself as the prior: each round shrinks the counts towards the predictions of the model of the previous round.</summary>
/// <remarks>
/// Round 0 is <see cref="TargetOperator"/> with beta, its prior that words are independent. Round n: <see cref="ModelPrior"/> from the d eigenpairs of largest magnitude
/// of round n - 1, beta by <see cref="EmpiricalShrinkage"/> under that prior, <see cref="PosteriorTarget"/>. See docs/shrinkage.md.
/// </remarks>
public static class PriorRounds
{
    /// <summary>The target after some rounds.</summary>
    /// <param name="counts">The counts.</param>
    /// <param name="settings">Round 0: M*_sym with its k and a positive shrinkage.</param>
    /// <param name="rounds">How many rounds after round 0; 1 or more.</param>
    /// <param name="rank">d, rank of the priors, 1 .. V.</param>
    /// <param name="shrinkage">beta of all rounds, or null for the one of highest likelihood in each.</param>
    /// <param name="solver">How eigenpairs are computed; its part of the spectrum is not used.</param>
    /// <param name="team">The threads; the result does not depend on how many there are.</param>
    /// <param name="progress">Receives the round, from 1, and the progress of its eigenpairs; may be null.</param>
    /// <param name="cancellation">Ends the work early.</param>
    /// <returns>V x V as an operator, and the beta of the last round.</returns>
    /// <exception cref="ArgumentException">The settings are of another target, or V is beyond <see cref="PosteriorTarget.LargestOrder"/>.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is outside its range.</exception>
    /// <exception cref="EigenConvergenceException">The eigenpairs of a round were not found.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was requested.</exception>
    public static (ISymmetricOperator Matrix, double Shrinkage) Run(
        CooccurrenceCounts counts,
        TargetSettings settings,
        int rounds,
        int rank,
        double? shrinkage,
        KrylovSettings solver,
        WorkerTeam team,
        Action<int, WorkProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(counts);
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(solver);
        ArgumentOutOfRangeException.ThrowIfLessThan(rounds, 1);
        if (settings.Kind != TargetKind.Sym || settings.SelfPairs != SelfPairs.Neutral || settings.Marginals != Marginals.Words)
            throw new ArgumentException("A model is a prior for the target sym with neutral self-pairs and marginals of words only.", nameof(settings));
        PosteriorTarget.RequireFit(counts);
        ISymmetricOperator matrix = TargetOperator.Create(counts, settings, team, cancellation);
        double beta = settings.Shrinkage;
        for (int round = 1; round <= rounds; round++)
        {
            ModelPrior prior = new(Eigenpairs(matrix, round), settings.NegativeRatio);
            // Release the old matrix before the new one takes as much memory.
            matrix = null!;
            beta = shrinkage ?? EmpiricalShrinkage.Estimate(counts, prior, team, cancellation);
            matrix = new DenseSymmetricOperator(PosteriorTarget.Dense(counts, prior, settings.NegativeRatio, beta, team, cancellation));
        }
        return (matrix, beta);

        PartialSpectrum Eigenpairs(ISymmetricOperator of, int round) =>
            KrylovEigenSolver.Solve(
                of, rank, team, solver with { Part = SpectrumPart.Magnitude }, progress is null ? null : new Relay(value => progress(round, value)), cancellation);
    }

    private sealed class Relay(Action<WorkProgress> tell) : IProgress<WorkProgress>
    {
        public void Report(WorkProgress value) => tell(value);
    }
}
