namespace Qwem.Theory

open System
open Qwem.Theory.Hypothesis

/// <summary>The corpus as the theory sees it: how often words, and pairs of words, occur.</summary>
/// <remarks>
/// Karkada et al. 2025 (v1), section 3; docs/derivations.md section 1. P_i = Pr(i), length V, positive, sums to 1. P_ij = Pr(i, j), V x V
/// row-major, symmetric, non-negative, sums to 1 (until the self-pair rule, see WithNeutralSelfPairs). Probabilities are pure numbers.
/// The arrays are not copied (P_ij may fill much of the memory): the caller hands them over and writes to them no more. Unigram and Joint do
/// copy: take them once, not in a loop. Equal when all probabilities are.
/// </remarks>
[<Sealed>]
type CorpusStatistics private (unigram: float[], joint: float[], jointMass: float, checkMass: bool) =

    /// Neumaier's compensated sum: the checks below need 1e-9, the masses deserve full precision.
    static let sum (values: float[]) =
        let mutable total = 0.0
        let mutable lost = 0.0

        for value in values do
            let next = total + value

            lost <-
                lost
                + (if abs total >= abs value then
                       (total - next) + value
                   else
                       (value - next) + total)

            total <- next

        total + lost

    static let sumsToOne parameter (mass: float) =
        if not (abs (mass - 1.0) <= 1e-9) then
            broken "probabilities sum to one" parameter $"{parameter} sums to {mass}; allowed: 1 within 1e-9"

    static let checkSymmetric parameter (size: int) (values: float[]) =
        // Tiles: the transposed access stays in cache.
        for tile in 0..64 .. size - 1 do
            for i in tile .. size - 1 do
                for j in tile .. min (tile + 63) i do
                    let lower = values[i * size + j]
                    let upper = values[j * size + i]

                    if lower <> upper && not (abs (lower - upper) <= 1e-15 * max lower upper) then
                        broken
                            "symmetric joint distribution"
                            parameter
                            $"{parameter}[{i},{j}] = {lower} but {parameter}[{j},{i}] = {upper}; allowed: relative difference 1e-15"

    do
        let size = unigram.Length

        if size < 2 then
            broken "at least two words" "unigram" $"unigram has {size} entries; allowed: 2 or more"

        if int64 joint.Length <> int64 size * int64 size then
            broken
                "matching shapes"
                "joint"
                $"joint has {joint.Length} entries; expected {int64 size * int64 size} (V * V)"

        for i in 0 .. size - 1 do
            positive "every word occurs" $"unigram[{i}]" unigram[i]

        for k in 0 .. joint.Length - 1 do
            if not (joint[k] >= 0.0 && Double.IsFinite joint[k]) then
                broken
                    "non-negative joint distribution"
                    "joint"
                    $"joint[{k / size},{k % size}] = {joint[k]}; allowed: non-negative finite numbers"

        sumsToOne "unigram" (sum unigram)

        if checkMass then
            sumsToOne "joint" jointMass

        checkSymmetric "joint" size joint

    static member internal Sum(values: float[]) = sum values

    static member internal Unchecked(unigram: float[], joint: float[]) =
        CorpusStatistics(unigram, joint, sum joint, false)

    /// <summary>Statistics from probabilities.</summary>
    /// <param name="unigram">P_i, length V of at least 2, positive, sums to 1 within 1e-9.</param>
    /// <param name="joint">P_ij, V x V row-major, non-negative, symmetric to 1e-15 relative, sums to 1 within 1e-9.</param>
    /// <exception cref="T:Qwem.Theory.HypothesisException">An argument leaves the stated range.</exception>
    new(unigram: float[], joint: float[]) = CorpusStatistics(unigram, joint, sum joint, true)

    /// <summary>P_i = counts / total and P_ij = C_ij / sum(C): docs/derivations.md section 1.</summary>
    /// <remarks>Each total is one compensated sum; each probability one division. Symmetry is kept to the bit.</remarks>
    /// <param name="wordCounts">Occurrences of each word, length V of at least 2, positive.</param>
    /// <param name="pairCounts">Weighted co-occurrences C_ij, V x V row-major, non-negative, symmetric, not all zero.</param>
    /// <returns>The statistics; they own fresh arrays.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">A count is negative, not finite, or a word never occurs.</exception>
    static member FromCounts(wordCounts: float[], pairCounts: float[]) : CorpusStatistics =
        allFinite "wordCounts" wordCounts
        allFinite "pairCounts" pairCounts
        let words = sum wordCounts
        let pairs = sum pairCounts
        positive "words were counted" "sum of wordCounts" words
        positive "pairs were counted" "sum of pairCounts" pairs
        CorpusStatistics(Array.map (fun n -> n / words) wordCounts, Array.map (fun n -> n / pairs) pairCounts)

    /// <summary>V, the number of words.</summary>
    member _.VocabularySize = unigram.Length

    /// <summary>P_i, length V.</summary>
    /// <returns>A copy.</returns>
    member _.Unigram() : float[] = Array.copy unigram

    /// <summary>P_ij, V x V row-major.</summary>
    /// <returns>A copy of V^2 numbers.</returns>
    member _.Joint() : float[] = Array.copy joint

    /// <summary>Sum of all P_ij: 1 within 1e-9, except after WithNeutralSelfPairs, which changes the diagonal.</summary>
    member _.JointMass = jointMass

    member internal _.UnigramArray = unigram
    member internal _.JointArray = joint

    /// <summary>The self-pair rule P_ii := P_i^2, which makes the diagonal of every target of section 4 vanish.</summary>
    /// <remarks>v1 Appendix C.2; docs/derivations.md section 1.2. Nothing is renormalised: JointMass tells the mass that results.</remarks>
    /// <returns>New statistics with a copied joint distribution.</returns>
    member _.WithNeutralSelfPairs() : CorpusStatistics =
        let neutral = Array.copy joint

        for i in 0 .. unigram.Length - 1 do
            neutral[i * unigram.Length + i] <- unigram[i] * unigram[i]

        CorpusStatistics.Unchecked(unigram, neutral)

    /// <summary>How far the margins of the joint distribution are from the unigram distribution, at the worst word.</summary>
    /// <remarks>max_i |sum_j P_ij / P_i - 1|. Zero for an infinite corpus with a flat window; edges, dynamic windows and the self-pair
    /// rule make it positive.</remarks>
    /// <returns>A pure number, non-negative.</returns>
    member _.MarginalMismatch() : float =
        let size = unigram.Length
        let mutable worst = 0.0

        for i in 0 .. size - 1 do
            worst <- max worst (abs (sum joint[i * size .. i * size + size - 1] / unigram[i] - 1.0))

        worst

    /// <summary>Total variation between the margins of the joint distribution and the unigram distribution.</summary>
    /// <remarks>(1/2) sum_i |sum_j P_ij - P_i|.</remarks>
    /// <returns>A number between 0 and 1 (slightly above when JointMass exceeds 1).</returns>
    member _.MarginalTotalVariation() : float =
        let size = unigram.Length

        let differences =
            Array.init size (fun i -> abs (sum joint[i * size .. i * size + size - 1] - unigram[i]))

        0.5 * sum differences

    /// <summary>The preset Psi_i = 1 / P_i, under which L_xe weighs all pairs alike (Theorem 4.3).</summary>
    /// <returns>Psi, length V.</returns>
    member _.InverseFrequency() : float[] = Array.map (fun p -> 1.0 / p) unigram

    /// <summary>Subsampling: P_i becomes Psi_i P_i / Z_u and P_ij becomes Psi_i Psi_j P_ij / Z_j.</summary>
    /// <remarks>docs/derivations.md section 3; v1 Appendix B, Eqs. (33) to (35), with the sign of Eq. (33) corrected. Z_u = sum_i Psi_i P_i,
    /// Z_j = sum_ij Psi_i Psi_j P_ij. Psi may be scaled by any constant without effect on the result.</remarks>
    /// <param name="psi">Psi, length V, positive and finite.</param>
    /// <returns>The reweighted statistics and their normalisations.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">psi has the wrong length or an entry that is not positive and finite.</exception>
    member _.Subsample(psi: float[]) : SubsampledStatistics =
        let size = unigram.Length
        hasLength "psi" psi size "V"

        for i in 0 .. size - 1 do
            positive "positive subsampling" $"psi[{i}]" psi[i]

        let reweighted = Array.map2 (*) psi unigram
        let pairs = Array.zeroCreate<float> joint.Length

        for i in 0 .. size - 1 do
            for j in 0 .. size - 1 do
                pairs[i * size + j] <- psi[i] * psi[j] * joint[i * size + j]

        let unigramNormalisation = sum reweighted
        let jointNormalisation = sum pairs
        positive "pairs remain after subsampling" "sum of psi_i psi_j P_ij" jointNormalisation

        for i in 0 .. size - 1 do
            reweighted[i] <- reweighted[i] / unigramNormalisation

        for k in 0 .. pairs.Length - 1 do
            pairs[k] <- pairs[k] / jointNormalisation

        {
            Statistics = CorpusStatistics(reweighted, pairs)
            UnigramNormalisation = unigramNormalisation
            JointNormalisation = jointNormalisation
        }

    member internal _.Content = unigram, joint

    /// <summary>Are all probabilities equal?</summary>
    override this.Equals other =
        match other with
        | :? CorpusStatistics as x -> x.Content = this.Content
        | _ -> false

    /// <summary>Of the same.</summary>
    override this.GetHashCode() = hash this.Content

    /// <summary>Size and mass.</summary>
    override _.ToString() =
        $"corpus statistics, V = {unigram.Length}: P_i = {Show.numbers unigram}; P_ij sums to {Show.number jointMass}"

/// <summary>Statistics after subsampling, with the normalisations that enter the target.</summary>
/// <remarks>docs/derivations.md section 3. For L_xe the subsampled target is exactly Z M* + (Z - 1).</remarks>
and [<RequireQualifiedAccess; NoComparison>] SubsampledStatistics =
    {
        /// <summary>The reweighted P_i and P_ij; both sum to 1.</summary>
        Statistics: CorpusStatistics
        /// <summary>Z_u = sum_i Psi_i P_i.</summary>
        UnigramNormalisation: float
        /// <summary>Z_j = sum_ij Psi_i Psi_j P_ij.</summary>
        JointNormalisation: float
    }

    /// <summary>Z = Z_u^2 / Z_j; 1 / (1 + mean of M*_xe over all pairs) when Psi_i = 1 / P_i.</summary>
    member s.Z = s.UnigramNormalisation / s.JointNormalisation * s.UnigramNormalisation

    /// <summary>Z and what it is made of.</summary>
    override s.ToString() =
        $"subsampled {s.Statistics}; Z = {Show.number s.Z}, Z_u = {Show.number s.UnigramNormalisation}, Z_j = {Show.number s.JointNormalisation}"
