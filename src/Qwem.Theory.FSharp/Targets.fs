namespace Qwem.Theory

open Qwem.Theory.Hypothesis

/// <summary>Targets of word embeddings that are not the minimiser of a quadratic loss: mutual information and its variants.</summary>
/// <remarks>
/// docs/derivations.md section 2; v1 Eq. (31). PMI_ij = ln(P_ij / (P_i P_j)) in nats = 2 artanh(M*_sym,ij / 2). Pairs that never occur have
/// PMI = -infinity, which no matrix may hold: the caller states the floor they get. All arrays V x V row-major, symmetric.
/// Accuracy: absolute u (2 + |PMI|) from the rounding of P_i P_j and of the quotient.
/// </remarks>
[<AbstractClass; Sealed>]
type Targets private () =

    static let information (statistics: CorpusStatistics) (value: float -> float -> float) (unseen: float) =
        let size = statistics.VocabularySize
        let unigram = statistics.UnigramArray
        let joint = statistics.JointArray

        Array.init (size * size) (fun at ->
            let p = joint[at]

            if p = 0.0 then unseen else value p (unigram[at / size] * unigram[at % size]))

    /// <summary>PMI_ij = ln(P_ij / (P_i P_j)).</summary>
    /// <param name="statistics">The corpus.</param>
    /// <param name="unseenFloor">The entry of pairs with P_ij = 0, finite.</param>
    /// <returns>The target.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException"><paramref name="unseenFloor"/> is not finite.</exception>
    static member PointwiseMutualInformation(statistics: CorpusStatistics, unseenFloor: float) : float[] =
        finite "unseenFloor" unseenFloor
        information statistics (fun p q -> log (p / q)) unseenFloor

    /// <summary>max(PMI_ij, 0): unseen pairs are 0 and need no floor.</summary>
    /// <param name="statistics">The corpus.</param>
    /// <returns>The target, non-negative.</returns>
    static member PositivePointwiseMutualInformation(statistics: CorpusStatistics) : float[] =
        information statistics (fun p q -> max 0.0 (log (p / q))) 0.0

    /// <summary>PMI_ij - ln k: what skip-gram with k negative samples asks for (Levy and Goldberg).</summary>
    /// <remarks>Equals 2 artanh(M*/2) of L_sym at negative ratio k: see FromSymTarget.</remarks>
    /// <param name="statistics">The corpus.</param>
    /// <param name="negativeRatio">k, positive.</param>
    /// <param name="unseenFloor">The entry of pairs with P_ij = 0 (not shifted again), finite.</param>
    /// <returns>The target.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException"><paramref name="negativeRatio"/> is not positive, or
    /// <paramref name="unseenFloor"/> not finite.</exception>
    static member ShiftedPointwiseMutualInformation
        (statistics: CorpusStatistics, negativeRatio: float, unseenFloor: float)
        : float[] =
        positive "positive ratio of negative samples" "negativeRatio" negativeRatio
        finite "unseenFloor" unseenFloor
        information statistics (fun p q -> log (p / q) - log negativeRatio) unseenFloor

    /// <summary>2 artanh(M*/2) entry by entry: PMI from the target of L_sym, PMI - ln k from its target at negative ratio k.</summary>
    /// <param name="symTarget">M*_sym, entries within [-2, 2), any shape.</param>
    /// <param name="unseenFloor">The entry of pairs with M* = -2, which never occur; finite.</param>
    /// <returns>Same shape.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">An entry is outside [-2, 2), or the floor is not finite.</exception>
    static member FromSymTarget(symTarget: float[], unseenFloor: float) : float[] =
        finite "unseenFloor" unseenFloor

        Array.map (fun m -> if m = -2.0 then unseenFloor else QuadraticLoss.PointwiseMutualInformation m) symTarget

    /// <summary>2 tanh(PMI/2) entry by entry: the target of L_sym from PMI, the inverse of FromSymTarget.</summary>
    /// <param name="mutualInformation">PMI in nats, any shape; -infinity gives -2.</param>
    /// <returns>Same shape, within [-2, 2].</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">An entry is not a number.</exception>
    static member ToSymTarget(mutualInformation: float[]) : float[] =
        for i in 0 .. mutualInformation.Length - 1 do
            if System.Double.IsNaN mutualInformation[i] then
                broken "mutual information" "mutualInformation" $"mutualInformation[{i}] = NaN; allowed: numbers"

        Array.map (fun (x: float) -> 2.0 * tanh (0.5 * x)) mutualInformation
