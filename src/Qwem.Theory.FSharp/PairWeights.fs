namespace Qwem.Theory

open Qwem.Theory.Hypothesis

/// <summary>How pairs are weighed: the Psi of a loss. QuadraticLoss.Pairs turns it into the measures of a corpus.</summary>
/// <remarks>docs/derivations.md section 2. What a case holds is checked when it is used.</remarks>
[<RequireQualifiedAccess; NoComparison>]
type Weighting =
    /// <summary>Psi = 1: every pair as often as it occurs.</summary>
    | Uniform
    /// <summary>Psi_ij = 1 / (P_i P_j): under L_xe all pairs count alike (Theorem 4.3).</summary>
    | InverseFrequency
    /// <summary>Psi_ij = 1 / (4 G_ij), G the loss's own weight: G becomes QuadraticLoss.ConstantWeight, and the flow of section 4 exact.</summary>
    | Omniscient
    /// <summary>Psi_ij = Psi_i Psi_j, length V, positive: subsampling without its normalisation.</summary>
    | WordByWord of psi: float[]
    /// <summary>Psi+ of observed and Psi- of independent pairs, V x V row-major each, non-negative, symmetric to the bit.</summary>
    | PairByPair of psiPlus: float[] * psiMinus: float[]

    /// <summary>One weight per word; what C# writes for the case WordByWord.</summary>
    /// <param name="psi">Psi, length V, positive.</param>
    /// <returns>The weighting.</returns>
    static member Of(psi: float[]) : Weighting = WordByWord psi

    /// <summary>Weights of observed and independent pairs; what C# writes for the case PairByPair.</summary>
    /// <param name="psiPlus">Psi+, V x V row-major, non-negative, symmetric to the bit.</param>
    /// <param name="psiMinus">Psi-, V x V row-major, non-negative, symmetric to the bit.</param>
    /// <returns>The weighting.</returns>
    static member Of(psiPlus: float[], psiMinus: float[]) : Weighting = PairByPair(psiPlus, psiMinus)

    /// <summary>The case, with the size of what it holds.</summary>
    override this.ToString() =
        match this with
        | Uniform -> "Psi = 1"
        | InverseFrequency -> "Psi = 1 / (P_i P_j)"
        | Omniscient -> "Psi = 1 / (4 G)"
        | WordByWord psi -> $"Psi = Psi_i Psi_j, {psi.Length} words"
        | PairByPair(psiPlus, _) -> $"Psi+, Psi-, {psiPlus.Length} pairs"

/// <summary>The two pair measures of a loss: Psi+_ij P_ij for observed and k Psi-_ij P_i P_j for independent pairs.</summary>
/// <remarks>
/// docs/derivations.md section 2 (the NeurIPS version's separate weights): wherever a loss averages over P_ij or P_i P_j, these take their
/// place. Shapes: V x V row-major, symmetric, non-negative; pure numbers, any total mass. Cost: 2 V^2 numbers of memory.
/// </remarks>
[<Sealed>]
type PairWeights
    /// <summary>The measures from the corpus and its weights.</summary>
    /// <param name="statistics">The corpus: P_i and P_ij.</param>
    /// <param name="psiPlus">Psi+, V x V row-major, non-negative, symmetric to the bit.</param>
    /// <param name="psiMinus">Psi-, V x V row-major, non-negative, symmetric to the bit.</param>
    /// <param name="negativeRatio">k, independent pairs per observed one, positive.</param>
    /// <exception cref="T:Qwem.Theory.HypothesisException">A shape, a sign or the symmetry is violated, or a value is not finite.</exception>
    (statistics: CorpusStatistics, psiPlus: float[], psiMinus: float[], negativeRatio: float) =
    let size = statistics.VocabularySize

    do
        positive "positive ratio of negative samples" "negativeRatio" negativeRatio

        for struct (name, psi) in [ struct ("psiPlus", psiPlus); struct ("psiMinus", psiMinus) ] do
            hasLength name psi (size * size) "V * V"

            for i in 0 .. size - 1 do
                for j in 0..i do
                    let w = psi[i * size + j]
                    nonNegative "non-negative pair weights" $"{name}[{i},{j}]" w

                    if w <> psi[j * size + i] then
                        broken
                            "symmetric pair weights"
                            name
                            $"{name}[{i},{j}] = {w}, {name}[{j},{i}] = {psi[j * size + i]}; allowed: equal"

    let unigram = statistics.UnigramArray
    let joint = statistics.JointArray
    let observed = Array.map2 (fun w p -> w * p) psiPlus joint

    let independent =
        Array.init (size * size) (fun at ->
            // One word's probability times the other's first: symmetric to the bit.
            psiMinus[at] * (negativeRatio * (unigram[at / size] * unigram[at % size])))

    /// <summary>Psi+ = Psi- = 1: the plain loss with k independent pairs per observed one.</summary>
    /// <param name="statistics">The corpus.</param>
    /// <param name="negativeRatio">k, positive.</param>
    /// <returns>The measures.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException"><paramref name="negativeRatio"/> is not positive and finite.</exception>
    static member Uniform(statistics: CorpusStatistics, negativeRatio: float) : PairWeights =
        let ones = Array.create (statistics.VocabularySize * statistics.VocabularySize) 1.0

        PairWeights(statistics, ones, ones, negativeRatio)

    /// <summary>V.</summary>
    member _.VocabularySize = size

    /// <summary>k.</summary>
    member _.NegativeRatio = negativeRatio

    /// <summary>Psi+_ij P_ij.</summary>
    /// <returns>A fresh array, V x V row-major.</returns>
    member _.Observed() : float[] = Array.copy observed

    /// <summary>k Psi-_ij P_i P_j.</summary>
    /// <returns>A fresh array, V x V row-major.</returns>
    member _.Independent() : float[] = Array.copy independent

    /// <summary>Sum of both measures; 1 + k for uniform weights.</summary>
    /// <returns>The total mass, compensated sum.</returns>
    member _.TotalMass() : float =
        CorpusStatistics.Sum observed + CorpusStatistics.Sum independent

    member internal _.Content = negativeRatio, observed, independent

    /// <summary>Are ratio and measures equal?</summary>
    override this.Equals other =
        match other with
        | :? PairWeights as x -> x.Content = this.Content
        | _ -> false

    /// <summary>Of the same.</summary>
    override this.GetHashCode() = hash this.Content

    /// <summary>Size, ratio and mass.</summary>
    override this.ToString() =
        $"pair measures, V = {size}: k = {Show.number negativeRatio}, total mass {Show.number (this.TotalMass())}"

    member internal _.ObservedArray = observed
    member internal _.IndependentArray = independent
