using Qwem.Sim.Statistics;

namespace Qwem.Sim.Spectra;

/// <summary>Everything that decides what a target means, given the counts.</summary>
public sealed record TargetSettings
{
    /// <summary>Which target; M*_sym by default.</summary>
    public TargetKind Kind { get; init; } = TargetKind.Sym;

    /// <summary>k, independent pairs per observed one, positive and finite; 1 by default. The shift of PMI and PPMI is ln k.</summary>
    public double NegativeRatio { get; init; } = 1;

    /// <summary>The entry of <see cref="TargetKind.Pmi"/> for pairs that never occur, finite; 0 by default. Not shifted by ln k.</summary>
    public double Floor { get; init; }

    /// <summary>s of <see cref="TargetKind.Weighted"/>, -2 .. 2: 0 is the corpus as it is, 1 makes all words alike.</summary>
    public double SubsamplingExponent { get; init; }

    /// <summary>
    /// beta, 0 or more, in the unit of the counts; 0 by default. Counts C_ij and their expectations under independence E_ij = N P_i P_j, N the sum of all
    /// counts, both grow by beta: r = (C_ij + beta) / (k (E_ij + beta)), the posterior mean of the ratio under a gamma prior of mean 1 and
    /// shape beta. For <see cref="TargetKind.Xe"/>, <see cref="TargetKind.Sym"/>, and <see cref="TargetKind.Ppmi"/> with k of at least 1.
    /// </summary>
    public double Shrinkage { get; init; }

    /// <summary>What becomes of pairs of a word with itself.</summary>
    public SelfPairs SelfPairs { get; init; } = SelfPairs.Neutral;

    /// <summary>Where P_i comes from.</summary>
    public Marginals Marginals { get; init; } = Marginals.Words;

    /// <exception cref="ArgumentOutOfRangeException">A value is outside its range.</exception>
    internal void Check()
    {
        if (!Enum.IsDefined(Kind)) throw new ArgumentOutOfRangeException(nameof(Kind), Kind, "There is no such target.");
        if (!Enum.IsDefined(SelfPairs)) throw new ArgumentOutOfRangeException(nameof(SelfPairs), SelfPairs, "There is no such rule for self-pairs.");
        if (!Enum.IsDefined(Marginals)) throw new ArgumentOutOfRangeException(nameof(Marginals), Marginals, "There are no such marginals.");
        if (!(NegativeRatio > 0 && double.IsFinite(NegativeRatio)))
            throw new ArgumentOutOfRangeException(nameof(NegativeRatio), NegativeRatio, "The negative ratio must be positive and finite.");
        if (!double.IsFinite(Floor)) throw new ArgumentOutOfRangeException(nameof(Floor), Floor, "The floor must be finite.");
        if (!(Shrinkage >= 0 && double.IsFinite(Shrinkage)))
            throw new ArgumentOutOfRangeException(nameof(Shrinkage), Shrinkage, "The shrinkage must be 0 or more, and finite.");
        if (Shrinkage > 0 && !(Kind is TargetKind.Xe or TargetKind.Sym || (Kind == TargetKind.Ppmi && NegativeRatio >= 1)))
            throw new ArgumentOutOfRangeException(nameof(Shrinkage), Shrinkage, "Shrinkage is defined for the targets xe and sym, and for ppmi with a negative ratio of at least 1.");
        if (!(SubsamplingExponent is >= -2 and <= 2))
            throw new ArgumentOutOfRangeException(nameof(SubsamplingExponent), SubsamplingExponent, "The subsampling exponent must be -2 .. 2.");
    }
}
