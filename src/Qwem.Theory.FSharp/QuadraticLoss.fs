namespace Qwem.Theory

open System
open Qwem.Theory.Hypothesis

/// <summary>A loss quadratic in the inner products, its weight and its target.</summary>
/// <remarks>
/// v1 Definition 4.1 and Proposition 4.1; docs/derivations.md section 2.
/// L(M) = E_{P_ij}[a M^2 - b M] + E_{P_i P_j}[c M^2 - d M] = sum_ij G_ij (M_ij - M*_ij)^2 - sum_ij G_ij M*_ij^2 with
/// G = a P_ij + c P_i P_j and M* = (b P_ij + d P_i P_j) / (2 G). Hypotheses: a c >= 0 and a + c > 0. All V x V arrays are row-major.
/// </remarks>
[<Sealed>]
type QuadraticLoss
    /// <summary>The loss with coefficients (a, b, c, d).</summary>
    /// <param name="positiveQuadratic">a, weight of M^2 over observed pairs.</param>
    /// <param name="positiveLinear">b, weight of -M over observed pairs.</param>
    /// <param name="negativeQuadratic">c, weight of M^2 over independent pairs.</param>
    /// <param name="negativeLinear">d, weight of -M over independent pairs.</param>
    /// <exception cref="T:Qwem.Theory.HypothesisException">a c &lt; 0, a + c not positive, or a coefficient not finite.</exception>
    (positiveQuadratic: float, positiveLinear: float, negativeQuadratic: float, negativeLinear: float) =
    let a, b, c, d =
        positiveQuadratic, positiveLinear, negativeQuadratic, negativeLinear

    do
        finite "positiveQuadratic" a
        finite "positiveLinear" b
        finite "negativeQuadratic" c
        finite "negativeLinear" d

        // Signs, not the product a c: that may underflow.
        if (a < 0.0 && c > 0.0) || (a > 0.0 && c < 0.0) || not (a + c > 0.0) then
            broken
                "a c >= 0 and a + c > 0 (Definition 4.1)"
                "positiveQuadratic"
                $"a = {a}, c = {c}; allowed: both non-negative, not both zero"

    let entrywise (statistics: CorpusStatistics) (value: float -> float -> int -> float) =
        let size = statistics.VocabularySize
        let unigram = statistics.UnigramArray
        let joint = statistics.JointArray

        Array.init (size * size) (fun k -> value joint[k] (unigram[k / size] * unigram[k % size]) k)

    let pairwise (pairs: PairWeights) (value: float -> float -> int -> float) =
        let observed = pairs.ObservedArray
        let independent = pairs.IndependentArray
        Array.init observed.Length (fun k -> value observed[k] independent[k] k)

    let weight p independent = a * p + c * independent

    let target size p independent k =
        let g = weight p independent

        if not (g > 0.0) then
            broken
                "positive weight of every pair"
                "statistics"
                $"G[{k / size},{k % size}] = {g} (a loss with c = 0 says nothing about pairs that never occur); allowed: positive"

        // b P + d PP, exactly (P - PP) for the presets: one rounding of the difference.
        (b * p + d * independent) / (2.0 * g)

    let constantTerm size p independent k =
        let m = target size p independent k
        weight p independent * m * m

    let lossTerm (m: float) p independent =
        p * (a * m * m - b * m) + independent * (c * m * m - d * m)

    let requireShape parameter (size: int) (values: float[]) =
        hasLength parameter values (size * size) "V * V"

    /// <summary>a, weight of M^2 over observed pairs.</summary>
    member _.PositiveQuadratic = a

    /// <summary>b, weight of -M over observed pairs.</summary>
    member _.PositiveLinear = b

    /// <summary>c, weight of M^2 over independent pairs.</summary>
    member _.NegativeQuadratic = c

    /// <summary>d, weight of -M over independent pairs.</summary>
    member _.NegativeLinear = d

    /// <summary>L_xe, v1 Eq. (4): (0, 1, 1/2, -1). G = P_i P_j / 2, M* = (P_ij - P_i P_j) / (P_i P_j) (Eq. 5).</summary>
    /// <remarks>The text below Eq. (6) prints c = 1, which would halve the target.</remarks>
    static member Xe = QuadraticLoss(0.0, 1.0, 0.5, -1.0)

    /// <summary>L_sym, v1 Eq. (11): (1/4, 1, 1/4, -1). M* = 2 (P_ij - P_i P_j) / (P_ij + P_i P_j), within [-2, 2].</summary>
    static member Sym = QuadraticLoss(0.25, 1.0, 0.25, -1.0)

    /// <summary>Skip-gram with negative sampling to fourth order, v1 Eq. (25): (1/8, 1/2, 1/8, -1/2), half of L_sym.</summary>
    /// <remarks>docs/derivations.md section 2: log(1 + e^-x) = ln 2 - x/2 + x^2/8 + O(x^4), so L_SGNS = 2 ln 2 + (1/2) L_sym + O(M^4), where Eq. (25)
    /// prints L_sym. Same target; half the weight, hence half the speed. SgnsLoss gives the exact loss and the remainder.</remarks>
    static member SgnsQuartic = QuadraticLoss(0.125, 0.5, 0.125, -0.5)

    /// <summary>SimCLR at inverse temperature beta, v1 Eq. (20) divided by beta: (0, 1, beta/2, -1), M* = M*_xe / beta.</summary>
    /// <param name="beta">Inverse temperature, positive.</param>
    /// <returns>The loss.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException"><paramref name="beta"/> is not positive and finite.</exception>
    static member SimClr(beta: float) : QuadraticLoss =
        positive "positive inverse temperature" "beta" beta
        QuadraticLoss(0.0, 1.0, beta / 2.0, -1.0)

    /// <summary>The same loss with k independent pairs per observed one: c and d times k (docs/derivations.md section 2).</summary>
    /// <param name="negativeRatio">k, positive.</param>
    /// <returns>The loss.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException"><paramref name="negativeRatio"/> is not positive and finite.</exception>
    member _.WithNegativeRatio(negativeRatio: float) : QuadraticLoss =
        positive "positive ratio of negative samples" "negativeRatio" negativeRatio
        QuadraticLoss(a, b, c * negativeRatio, d * negativeRatio)

    /// <summary>G_ij = a P_ij + c P_i P_j: how much each entry counts.</summary>
    /// <param name="statistics">The corpus.</param>
    /// <returns>V x V, symmetric, non-negative.</returns>
    member _.Weight(statistics: CorpusStatistics) : float[] =
        entrywise statistics (fun p independent _ -> weight p independent)

    /// <summary>M*_ij = (b P_ij + d P_i P_j) / (2 G_ij): what the loss asks for.</summary>
    /// <param name="statistics">The corpus.</param>
    /// <returns>V x V, symmetric.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">Some pair has no weight (c = 0 and the pair never occurs).</exception>
    member _.Target(statistics: CorpusStatistics) : float[] =
        entrywise statistics (target statistics.VocabularySize)

    /// <summary>The constant left by completing the square: -sum_ij G_ij M*_ij^2, the loss at M = M*.</summary>
    /// <param name="statistics">The corpus.</param>
    /// <returns>A non-positive number in the loss's unit.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">Some pair has no weight (c = 0 and the pair never occurs).</exception>
    member _.Constant(statistics: CorpusStatistics) : float =
        -CorpusStatistics.Sum(entrywise statistics (constantTerm statistics.VocabularySize))

    /// <summary>L(M) from its definition, term by term.</summary>
    /// <remarks>With the self-pair rule the "expectation" over P_ij is the plain sum; see CorpusStatistics.JointMass.</remarks>
    /// <param name="statistics">The corpus.</param>
    /// <param name="model">M, V x V row-major.</param>
    /// <returns>The loss.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException"><paramref name="model"/> is not V x V.</exception>
    member _.Evaluate(statistics: CorpusStatistics, model: float[]) : float =
        requireShape "model" statistics.VocabularySize model
        CorpusStatistics.Sum(entrywise statistics (fun p independent k -> lossTerm model[k] p independent))

    /// <summary>G_ij = a Psi+_ij P_ij + c k Psi-_ij P_i P_j.</summary>
    /// <param name="pairs">The weighted pair measures.</param>
    /// <returns>V x V, symmetric, non-negative.</returns>
    member _.Weight(pairs: PairWeights) : float[] =
        pairwise pairs (fun p independent _ -> weight p independent)

    /// <summary>M*_ij = (b Psi+_ij P_ij + d k Psi-_ij P_i P_j) / (2 G_ij).</summary>
    /// <remarks>docs/derivations.md section 2. With Psi+ = Psi- the target is that of WithNegativeRatio(k), whatever Psi.</remarks>
    /// <param name="pairs">The weighted pair measures.</param>
    /// <returns>V x V, symmetric.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">Some pair has no weight.</exception>
    member _.Target(pairs: PairWeights) : float[] =
        pairwise pairs (target pairs.VocabularySize)

    /// <summary>-sum_ij G_ij M*_ij^2 under the weighted measures: the loss at M = M*.</summary>
    /// <param name="pairs">The weighted pair measures.</param>
    /// <returns>A non-positive number in the loss's unit.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">Some pair has no weight.</exception>
    member _.Constant(pairs: PairWeights) : float =
        -CorpusStatistics.Sum(pairwise pairs (constantTerm pairs.VocabularySize))

    /// <summary>L(M) under the weighted measures, from its definition, term by term.</summary>
    /// <param name="pairs">The weighted pair measures.</param>
    /// <param name="model">M, V x V row-major.</param>
    /// <returns>The loss.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException"><paramref name="model"/> is not V x V.</exception>
    member _.Evaluate(pairs: PairWeights, model: float[]) : float =
        requireShape "model" pairs.VocabularySize model
        CorpusStatistics.Sum(pairwise pairs (fun p independent k -> lossTerm model[k] p independent))

    /// <summary>The measures that make G constant at ratio k: Psi+_ij = Psi-_ij = 1 / (4 (a P_ij + c k P_i P_j)).</summary>
    /// <remarks>docs/derivations.md section 2 ("omniscient"): G = ConstantWeight in every entry, so the flow of section 4 is exact. For L_sym this
    /// is 1 / (P_ij + k P_i P_j).</remarks>
    /// <param name="statistics">The corpus.</param>
    /// <param name="negativeRatio">k, positive.</param>
    /// <returns>The measures.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">Some pair has no weight, or <paramref name="negativeRatio"/> is not positive.</exception>
    member this.OmniscientPairs(statistics: CorpusStatistics, negativeRatio: float) : PairWeights =
        let psi = this.WithNegativeRatio(negativeRatio).OmniscientReweighting statistics

        PairWeights(statistics, psi, psi, negativeRatio)

    /// <summary>Reweighting that makes G constant: Psi+_ij = Psi-_ij = 1 / (4 G_ij); for L_sym, 1 / (P_ij + P_i P_j).</summary>
    /// <remarks>docs/derivations.md section 2. The target does not change; the reweighted loss is ConstantWeight ||M - M*||_F^2 + const, so the
    /// flow of section 4 is exact for it. Scaling Psi scales g.</remarks>
    /// <param name="statistics">The corpus.</param>
    /// <returns>Psi, V x V row-major, positive.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">Some pair has no weight (c = 0 and the pair never occurs).</exception>
    member _.OmniscientReweighting(statistics: CorpusStatistics) : float[] =
        let size = statistics.VocabularySize

        entrywise statistics (fun p independent k ->
            target size p independent k |> ignore // refuses a pair without weight
            1.0 / (4.0 * weight p independent))

    /// <summary>g = 1/4, the constant weight under OmniscientReweighting.</summary>
    static member ConstantWeight = 0.25

    /// <summary>The exact target of L_xe after subsampling: Z M* + (Z - 1).</summary>
    /// <remarks>docs/derivations.md section 3; v1 Eq. (33) prints the constant with the wrong sign.</remarks>
    /// <param name="target">M*_xe of the corpus before subsampling, any shape.</param>
    /// <param name="z">Z = Z_u^2 / Z_j, positive (SubsampledStatistics.Z).</param>
    /// <returns>The subsampled target, same shape.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">An argument is not finite or Z is not positive.</exception>
    static member SubsampledXeTarget(target: float[], z: float) : float[] =
        allFinite "target" target
        positive "positive normalisation" "z" z
        Array.map (fun m -> Math.FusedMultiplyAdd(z, m, z - 1.0)) target

    /// <summary>What assuming Z = 1 costs: ||M* - M*_Psi||_F / ||M*_Psi||_F with the exact M*_Psi = Z M* + (Z - 1).</summary>
    /// <remarks>docs/derivations.md section 3; v1 Theorem 4.3 assumes Z = 1. M* - M*_Psi = (1 - Z)(M* + 1).</remarks>
    /// <param name="target">M*_xe of the corpus before subsampling, V x V.</param>
    /// <param name="z">Z, positive.</param>
    /// <returns>A relative error; 0 when Z = 1; infinite when the exact target vanishes and Z is not 1.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">An argument is not finite or Z is not positive.</exception>
    static member CostOfAssumingUnitZ(target: float[], z: float) : float =
        let exact = QuadraticLoss.SubsampledXeTarget(target, z)

        let difference =
            CorpusStatistics.Sum(Array.map (fun m -> ((1.0 - z) * (m + 1.0)) ** 2.0) target)

        if difference = 0.0 then
            0.0
        else
            sqrt (difference / CorpusStatistics.Sum(Array.map (fun m -> m * m) exact))

    /// <summary>Pointwise mutual information from the target of L_sym: PMI = 2 artanh(M* / 2) (v1 Eq. 31 in closed form).</summary>
    /// <remarks>log(P_ij / (P_i P_j)) = log((2 + M*) / (2 - M*)). -infinity at M* = -2, a pair that never occurs.</remarks>
    /// <param name="symTarget">An entry of M*_sym, within [-2, 2).</param>
    /// <returns>The PMI in nats.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException"><paramref name="symTarget"/> is outside [-2, 2).</exception>
    static member PointwiseMutualInformation(symTarget: float) : float =
        if not (symTarget >= -2.0 && symTarget < 2.0) then
            broken "an entry of M*_sym" "symTarget" $"symTarget = {symTarget}; allowed: [-2, 2)"

        // log((2 + m) / (2 - m)) = log1p(2 m / (2 - m)); mirrored so that the argument of log1p stays above -1/2.
        let half m =
            MathNet.Numerics.SpecialFunctions.Log1p(2.0 * m / (2.0 - m))

        if symTarget = -2.0 then Double.NegativeInfinity
        elif symTarget >= 0.0 then half symTarget
        else -(half -symTarget)
