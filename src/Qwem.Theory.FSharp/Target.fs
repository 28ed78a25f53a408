namespace Qwem.Theory

open Qwem.Theory.Hypothesis

/// <summary>What embeddings are asked for: the target of a quadratic loss, or mutual information and its variants.</summary>
/// <remarks>
/// docs/derivations.md section 2; v1 Eq. (31). PMI_ij = ln(P_ij / (P_i P_j)) in nats = 2 artanh(M*_sym,ij / 2). Pairs that never occur have
/// PMI = -infinity, which no matrix may hold: the caller states the floor they get. All arrays V x V row-major, symmetric.
/// Accuracy: absolute u (2 + |PMI|) from the rounding of P_i P_j and of the quotient. What a case holds is checked by Matrix.
/// </remarks>
[<RequireQualifiedAccess; NoComparison>]
type Target =
    /// <summary>M* of a quadratic loss: QuadraticLoss.Target.</summary>
    | OfLoss of loss: QuadraticLoss
    /// <summary>PMI_ij = ln(P_ij / (P_i P_j)); pairs with P_ij = 0 get the floor, a finite number.</summary>
    | MutualInformation of unseenFloor: float
    /// <summary>max(PMI_ij, 0): unseen pairs are 0 and need no floor.</summary>
    | PositiveMutualInformation
    /// <summary>PMI_ij - ln k: what skip-gram with k negative samples asks for (Levy and Goldberg); the floor is not shifted again.</summary>
    /// <remarks>Equals 2 artanh(M*/2) of L_sym at negative ratio k: see FromSymTarget.</remarks>
    | ShiftedMutualInformation of negativeRatio: float * unseenFloor: float

    /// <summary>The matrix of a corpus.</summary>
    /// <param name="statistics">The corpus.</param>
    /// <returns>V x V row-major, symmetric.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">The floor is not finite, k is not positive, or some pair has no weight under the loss
    /// (c = 0 and the pair never occurs).</exception>
    member this.Matrix(statistics: CorpusStatistics) : float[] =
        let information (value: float -> float -> float) (unseen: float) =
            finite "unseenFloor" unseen
            let size = statistics.VocabularySize
            let unigram = statistics.UnigramArray
            let joint = statistics.JointArray

            Array.init (size * size) (fun at ->
                let p = joint[at]

                if p = 0.0 then unseen else value p (unigram[at / size] * unigram[at % size]))

        match this with
        | OfLoss loss -> loss.Target statistics
        | MutualInformation floor -> information (fun p q -> log (p / q)) floor
        | PositiveMutualInformation -> information (fun p q -> max 0.0 (log (p / q))) 0.0
        | ShiftedMutualInformation(k, floor) ->
            positive "positive ratio of negative samples" "negativeRatio" k
            information (fun p q -> log (p / q) - log k) floor

    /// <summary>M* of a quadratic loss; what C# writes for the case OfLoss.</summary>
    /// <param name="loss">The loss.</param>
    /// <returns>The target.</returns>
    static member Of(loss: QuadraticLoss) : Target = OfLoss loss

    /// <summary>PMI; what C# writes for the case MutualInformation.</summary>
    /// <param name="unseenFloor">The entry of pairs with P_ij = 0, finite.</param>
    /// <returns>The target.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException"><paramref name="unseenFloor"/> is not finite.</exception>
    static member OfMutualInformation(unseenFloor: float) : Target =
        finite "unseenFloor" unseenFloor
        MutualInformation unseenFloor

    /// <summary>PMI - ln k; what C# writes for the case ShiftedMutualInformation.</summary>
    /// <param name="negativeRatio">k, positive.</param>
    /// <param name="unseenFloor">The entry of pairs with P_ij = 0 (not shifted again), finite.</param>
    /// <returns>The target.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException"><paramref name="negativeRatio"/> is not positive, or
    /// <paramref name="unseenFloor"/> not finite.</exception>
    static member OfShiftedMutualInformation(negativeRatio: float, unseenFloor: float) : Target =
        positive "positive ratio of negative samples" "negativeRatio" negativeRatio
        finite "unseenFloor" unseenFloor
        ShiftedMutualInformation(negativeRatio, unseenFloor)

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

    /// <summary>The case and what it holds.</summary>
    override this.ToString() =
        match this with
        | OfLoss loss -> $"M* of {loss}"
        | MutualInformation floor -> $"PMI, {Show.number floor} for unseen pairs"
        | PositiveMutualInformation -> "positive PMI"
        | ShiftedMutualInformation(k, floor) -> $"PMI - ln {Show.number k}, {Show.number floor} for unseen pairs"
