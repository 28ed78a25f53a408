namespace Qwem.Theory

open System
open Qwem.Theory.Hypothesis

/// One loss on the measures of observed and independent pairs, entry by entry.
[<Sealed>]
type internal QuadraticOnPairs
    (coefficients: struct (float * float * float * float), size: int, observed: float[], independent: int -> float) =
    let struct (a, b, c, d) = coefficients

    let each (value: float -> float -> int -> float) =
        Array.init (size * size) (fun k -> value observed[k] (independent k) k)

    let weight p q = a * p + c * q

    let target p q k =
        let g = weight p q

        if not (g > 0.0) then
            broken
                "positive weight of every pair"
                "statistics"
                $"G[{k / size},{k % size}] = {g} (a loss with c = 0 says nothing about pairs that never occur); allowed: positive"

        // b P + d PP, exactly (P - PP) for the presets: one rounding of the difference.
        (b * p + d * q) / (2.0 * g)

    let constantTerm p q k =
        let m = target p q k
        weight p q * m * m

    let lossTerm (m: float) p q =
        p * (a * m * m - b * m) + q * (c * m * m - d * m)

    member _.Weight() = each (fun p q _ -> weight p q)

    member _.Target() = each target

    member _.Constant() =
        -CorpusStatistics.Sum(each constantTerm)

    member _.Evaluate(model: float[]) =
        hasLength "model" model (size * size) "V * V"
        CorpusStatistics.Sum(each (fun p q k -> lossTerm model[k] p q))

    /// 1 / (4 G), for pairs that have a target.
    member _.Omniscient() =
        each (fun p q k ->
            target p q k |> ignore // refuses a pair without weight
            1.0 / (4.0 * weight p q))

/// <summary>A loss quadratic in the inner products, its weight and its target.</summary>
/// <remarks>
/// v1 Definition 4.1 and Proposition 4.1; docs/derivations.md section 2.
/// L(M) = E_{P_ij}[a M^2 - b M] + E_{P_i P_j}[c M^2 - d M] = sum_ij G_ij (M_ij - M*_ij)^2 - sum_ij G_ij M*_ij^2 with
/// G = a P_ij + c P_i P_j and M* = (b P_ij + d P_i P_j) / (2 G). Hypotheses: a c >= 0 and a + c > 0. All V x V arrays are row-major.
/// Of and OfInverseTemperature refuse at once what breaks a hypothesis; a case written directly is refused by the first member that
/// uses its numbers. Equality is that of the case: Xe and SimClr 1 have the same coefficients and are not equal.
/// </remarks>
[<RequireQualifiedAccess; NoComparison>]
type QuadraticLoss =
    /// <summary>L_xe, v1 Eq. (4): (0, 1, 1/2, -1). G = P_i P_j / 2, M* = (P_ij - P_i P_j) / (P_i P_j) (Eq. 5).</summary>
    /// <remarks>The text below Eq. (6) prints c = 1, which would halve the target.</remarks>
    | Xe
    /// <summary>L_sym, v1 Eq. (11): (1/4, 1, 1/4, -1). M* = 2 (P_ij - P_i P_j) / (P_ij + P_i P_j), within [-2, 2].</summary>
    | Sym
    /// <summary>Skip-gram with negative sampling to fourth order, v1 Eq. (25): (1/8, 1/2, 1/8, -1/2), half of L_sym.</summary>
    /// <remarks>docs/derivations.md section 2: log(1 + e^-x) = ln 2 - x/2 + x^2/8 + O(x^4), so L_SGNS = 2 ln 2 + (1/2) L_sym + O(M^4), where Eq. (25)
    /// prints L_sym. Same target; half the weight, hence half the speed. SgnsLoss gives the exact loss and the remainder.</remarks>
    | SgnsQuartic
    /// <summary>SimCLR at inverse temperature beta, v1 Eq. (20) divided by beta: (0, 1, beta/2, -1), M* = M*_xe / beta.</summary>
    | SimClr of inverseTemperature: float
    /// <summary>Any coefficients (a, b, c, d) of Definition 4.1.</summary>
    | General of positiveQuadratic: float * positiveLinear: float * negativeQuadratic: float * negativeLinear: float

    /// <summary>The loss with coefficients (a, b, c, d), refused at once when they break Definition 4.1.</summary>
    /// <param name="positiveQuadratic">a, weight of M^2 over observed pairs.</param>
    /// <param name="positiveLinear">b, weight of -M over observed pairs.</param>
    /// <param name="negativeQuadratic">c, weight of M^2 over independent pairs.</param>
    /// <param name="negativeLinear">d, weight of -M over independent pairs.</param>
    /// <returns>The loss.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">a c &lt; 0, a + c not positive, or a coefficient not finite.</exception>
    static member Of
        (positiveQuadratic: float, positiveLinear: float, negativeQuadratic: float, negativeLinear: float)
        : QuadraticLoss =
        QuadraticLoss.General(positiveQuadratic, positiveLinear, negativeQuadratic, negativeLinear).Checked()

    /// <summary>SimCLR at inverse temperature beta, refused at once when beta is not positive.</summary>
    /// <param name="inverseTemperature">beta, positive.</param>
    /// <returns>The loss.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException"><paramref name="inverseTemperature"/> is not positive and finite.</exception>
    static member OfInverseTemperature(inverseTemperature: float) : QuadraticLoss =
        (QuadraticLoss.SimClr inverseTemperature).Checked()

    member private this.Checked() : QuadraticLoss =
        this.Coefficients |> ignore
        this

    /// a, b, c and d; refuses what breaks Definition 4.1.
    member internal this.Coefficients: struct (float * float * float * float) =
        match this with
        | Xe -> struct (0.0, 1.0, 0.5, -1.0)
        | Sym -> struct (0.25, 1.0, 0.25, -1.0)
        | SgnsQuartic -> struct (0.125, 0.5, 0.125, -0.5)
        | SimClr beta ->
            positive "positive inverse temperature" "inverseTemperature" beta
            struct (0.0, 1.0, beta / 2.0, -1.0)
        | General(a, b, c, d) ->
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

            struct (a, b, c, d)

    /// <summary>a, weight of M^2 over observed pairs.</summary>
    member this.PositiveQuadratic: float = let struct (a, _, _, _) = this.Coefficients in a

    /// <summary>b, weight of -M over observed pairs.</summary>
    member this.PositiveLinear: float = let struct (_, b, _, _) = this.Coefficients in b

    /// <summary>c, weight of M^2 over independent pairs.</summary>
    member this.NegativeQuadratic: float = let struct (_, _, c, _) = this.Coefficients in c

    /// <summary>d, weight of -M over independent pairs.</summary>
    member this.NegativeLinear: float = let struct (_, _, _, d) = this.Coefficients in d

    /// <summary>The same loss with k independent pairs per observed one: c and d times k (docs/derivations.md section 2).</summary>
    /// <param name="negativeRatio">k, positive.</param>
    /// <returns>The loss.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException"><paramref name="negativeRatio"/> is not positive and finite.</exception>
    member this.WithNegativeRatio(negativeRatio: float) : QuadraticLoss =
        positive "positive ratio of negative samples" "negativeRatio" negativeRatio
        let struct (a, b, c, d) = this.Coefficients
        QuadraticLoss.Of(a, b, c * negativeRatio, d * negativeRatio)

    member private this.On(statistics: CorpusStatistics) : QuadraticOnPairs =
        let size = statistics.VocabularySize
        let unigram = statistics.UnigramArray

        QuadraticOnPairs(this.Coefficients, size, statistics.JointArray, fun k -> unigram[k / size] * unigram[k % size])

    member private this.On(pairs: PairWeights) : QuadraticOnPairs =
        let independent = pairs.IndependentArray
        QuadraticOnPairs(this.Coefficients, pairs.VocabularySize, pairs.ObservedArray, fun k -> independent[k])

    /// <summary>G_ij = a P_ij + c P_i P_j: how much each entry counts.</summary>
    /// <param name="statistics">The corpus.</param>
    /// <returns>V x V, symmetric, non-negative.</returns>
    member this.Weight(statistics: CorpusStatistics) : float[] = this.On(statistics).Weight()

    /// <summary>M*_ij = (b P_ij + d P_i P_j) / (2 G_ij): what the loss asks for.</summary>
    /// <param name="statistics">The corpus.</param>
    /// <returns>V x V, symmetric.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">Some pair has no weight (c = 0 and the pair never occurs).</exception>
    member this.Target(statistics: CorpusStatistics) : float[] = this.On(statistics).Target()

    /// <summary>The constant left by completing the square: -sum_ij G_ij M*_ij^2, the loss at M = M*.</summary>
    /// <param name="statistics">The corpus.</param>
    /// <returns>A non-positive number in the loss's unit.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">Some pair has no weight (c = 0 and the pair never occurs).</exception>
    member this.Constant(statistics: CorpusStatistics) : float = this.On(statistics).Constant()

    /// <summary>L(M) from its definition, term by term.</summary>
    /// <remarks>With the self-pair rule the "expectation" over P_ij is the plain sum; see CorpusStatistics.JointMass.</remarks>
    /// <param name="statistics">The corpus.</param>
    /// <param name="model">M, V x V row-major.</param>
    /// <returns>The loss.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException"><paramref name="model"/> is not V x V.</exception>
    member this.Evaluate(statistics: CorpusStatistics, model: float[]) : float = this.On(statistics).Evaluate model

    /// <summary>G_ij = a Psi+_ij P_ij + c k Psi-_ij P_i P_j.</summary>
    /// <param name="pairs">The weighted pair measures.</param>
    /// <returns>V x V, symmetric, non-negative.</returns>
    member this.Weight(pairs: PairWeights) : float[] = this.On(pairs).Weight()

    /// <summary>M*_ij = (b Psi+_ij P_ij + d k Psi-_ij P_i P_j) / (2 G_ij).</summary>
    /// <remarks>docs/derivations.md section 2. With Psi+ = Psi- the target is that of WithNegativeRatio(k), whatever Psi.</remarks>
    /// <param name="pairs">The weighted pair measures.</param>
    /// <returns>V x V, symmetric.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">Some pair has no weight.</exception>
    member this.Target(pairs: PairWeights) : float[] = this.On(pairs).Target()

    /// <summary>-sum_ij G_ij M*_ij^2 under the weighted measures: the loss at M = M*.</summary>
    /// <param name="pairs">The weighted pair measures.</param>
    /// <returns>A non-positive number in the loss's unit.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">Some pair has no weight.</exception>
    member this.Constant(pairs: PairWeights) : float = this.On(pairs).Constant()

    /// <summary>L(M) under the weighted measures, from its definition, term by term.</summary>
    /// <param name="pairs">The weighted pair measures.</param>
    /// <param name="model">M, V x V row-major.</param>
    /// <returns>The loss.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException"><paramref name="model"/> is not V x V.</exception>
    member this.Evaluate(pairs: PairWeights, model: float[]) : float = this.On(pairs).Evaluate model

    /// <summary>The measures of a corpus under a weighting, with k independent pairs per observed one.</summary>
    /// <remarks>docs/derivations.md section 2. Only Weighting.Omniscient depends on the loss: Psi+_ij = Psi-_ij = 1 / (4 (a P_ij + c k P_i P_j)) makes
    /// G = ConstantWeight in every entry, so that the flow of section 4 is exact. For L_sym this is 1 / (P_ij + k P_i P_j).</remarks>
    /// <param name="weighting">How pairs are weighed.</param>
    /// <param name="statistics">The corpus.</param>
    /// <param name="negativeRatio">k, positive.</param>
    /// <returns>The measures.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">A weight has the wrong shape or sign, some pair has no weight under the omniscient
    /// weighting, or <paramref name="negativeRatio"/> is not positive.</exception>
    member this.Pairs(weighting: Weighting, statistics: CorpusStatistics, negativeRatio: float) : PairWeights =
        let alike psi =
            PairWeights(statistics, psi, psi, negativeRatio)

        let wordByWord (psi: float[]) =
            let size = statistics.VocabularySize
            hasLength "psi" psi size "V"
            Array.init (size * size) (fun k -> psi[k / size] * psi[k % size])

        match weighting with
        | Weighting.Uniform -> PairWeights.Uniform(statistics, negativeRatio)
        | Weighting.InverseFrequency -> alike (wordByWord (statistics.InverseFrequency()))
        | Weighting.Omniscient -> alike (this.WithNegativeRatio(negativeRatio).OmniscientReweighting statistics)
        | Weighting.WordByWord psi -> alike (wordByWord psi)
        | Weighting.PairByPair(psiPlus, psiMinus) -> PairWeights(statistics, psiPlus, psiMinus, negativeRatio)

    /// <summary>Reweighting that makes G constant: Psi+_ij = Psi-_ij = 1 / (4 G_ij); for L_sym, 1 / (P_ij + P_i P_j).</summary>
    /// <remarks>docs/derivations.md section 2. The target does not change; the reweighted loss is ConstantWeight ||M - M*||_F^2 + const, so the
    /// flow of section 4 is exact for it. Scaling Psi scales g.</remarks>
    /// <param name="statistics">The corpus.</param>
    /// <returns>Psi, V x V row-major, positive.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">Some pair has no weight (c = 0 and the pair never occurs).</exception>
    member this.OmniscientReweighting(statistics: CorpusStatistics) : float[] = this.On(statistics).Omniscient()

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

    /// <summary>The case and its coefficients.</summary>
    override this.ToString() =
        match this with
        | Xe -> "L_xe: (a, b, c, d) = (0, 1, 1/2, -1)"
        | Sym -> "L_sym: (a, b, c, d) = (1/4, 1, 1/4, -1)"
        | SgnsQuartic -> "L_SGNS to fourth order: (a, b, c, d) = (1/8, 1/2, 1/8, -1/2)"
        | SimClr beta -> $"SimCLR: (a, b, c, d) = (0, 1, {Show.number (beta / 2.0)}, -1)"
        | General(a, b, c, d) ->
            $"quadratic loss: (a, b, c, d) = ({Show.number a}, {Show.number b}, {Show.number c}, {Show.number d})"
