namespace Qwem.Theory

open System
open Qwem.Theory.Hypothesis

/// <summary>The smallest model that solves a family, and its interval.</summary>
[<RequireQualifiedAccess; NoComparison>]
type CriticalDimension =
    {
        /// <summary>The smallest scanned d whose estimate reaches the threshold; null when none does.</summary>
        Estimate: Nullable<int>
        /// <summary>The smallest scanned d whose interval reaches up to the threshold; null when none does.</summary>
        Lower: Nullable<int>
        /// <summary>The smallest scanned d whose interval lies at or above the threshold; null when none does.</summary>
        Upper: Nullable<int>
    }

    /// <summary>The size and its interval.</summary>
    override c.ToString() =
        let text (d: Nullable<int>) =
            if d.HasValue then string d.Value else "none"

        $"critical d: {text c.Estimate} (interval {text c.Lower} to {text c.Upper})"

/// <summary>Analogies by vector addition: accuracy, smooth score, the Gaussian estimator and the critical model size.</summary>
/// <remarks>v1 section 5, Appendices C.1 and D.1; docs/derivations.md section 7. Embeddings W are d x V, column i is word i; x_hat is x / |x|, and 0
/// for a vanishing x. Among equal scores the smallest index wins; equal columns have scores equal to the bit.</remarks>
[<AbstractClass; Sealed>]
type Analogies private () =

    // All words of a family are in the vocabulary.
    static member private Require(embeddings: Embeddings, family: AnalogyFamily) =
        let size = embeddings.VocabularySize

        for w in Array.append family.PairArray family.QuestionArray do
            if w >= size then
                broken "words of the vocabulary" "family" $"family names word {w}; allowed: 0 to V - 1 = {size - 1}"

    /// <summary>W = max(Lambda, 0)^{1/2} V': embeddings of the target itself, d rows; the first d' rows are those of model size d'.</summary>
    /// <remarks>v1 Eq. (50) and Theorem 4.3 at t = infinity; a negative mode gives a row of zeros. Cost V d.</remarks>
    /// <param name="spectrum">Eigenpairs of M*, or of what stands for it.</param>
    /// <param name="dimension">d, 1 to V.</param>
    /// <returns>W, d x V.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException"><paramref name="dimension"/> is out of range.</exception>
    static member SpectralEmbeddings(spectrum: TargetSpectrum, dimension: int) : Embeddings =
        let size = spectrum.VocabularySize

        if dimension < 1 || dimension > size then
            broken "an embedding dimension" "dimension" $"dimension = {dimension}; allowed: 1 to V = {size}"

        let embeddings = Array.zeroCreate<float>(dimension * size)

        for k in 0 .. dimension - 1 do
            let root = sqrt (max 0.0 spectrum.Values[k])

            for i in 0 .. size - 1 do
                embeddings[k * size + i] <- root * spectrum.Vectors[k * size + i]

        Embeddings.Wrap(embeddings, dimension)

    /// <summary>Share of questions whose b' is argmax over words outside {a, b, a'} of w_hat . (b_hat - a_hat + a'_hat).</summary>
    /// <remarks>v1 Eqs. (14), (54), (58). A question whose b' is one of a, b, a' cannot be answered and counts as wrong.
    /// Cost 2 V d and memory 8 V bytes for each distinct word asked about, 3 V for each question.</remarks>
    /// <param name="embeddings">W, d x V.</param>
    /// <param name="family">The questions; V must exceed three.</param>
    /// <returns>The accuracy, with the number of ties.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">V is below four, or a word lies outside the vocabulary.</exception>
    static member Accuracy(embeddings: Embeddings, family: AnalogyFamily) : AnalogyAccuracy =
        Analogies.Require(embeddings, family)
        let dimension, size = embeddings.Dimension, embeddings.VocabularySize

        if size < 4 then
            broken "a word outside {a, b, a'}" "embeddings" $"V = {size}; allowed: 4 or more"

        let stride = Kernels.padded dimension
        let struct (_, units) = AnalogyVectors.rows embeddings.Values dimension size
        let questions = family.QuestionArray
        let cosines = AnalogyVectors.cosines units stride size questions
        let mutable correct = 0
        let mutable ties = 0

        for q in 0..4 .. questions.Length - 4 do
            let a, b, a', b' =
                questions[q], questions[q + 1], questions[q + 2], questions[q + 3]

            let ca, cb, ca' = cosines[a], cosines[b], cosines[a']
            let mutable best = -infinity
            let mutable answer = -1
            let mutable shared = false

            for w in 0 .. size - 1 do
                if w <> a && w <> b && w <> a' then
                    let score = (cb[w] - ca[w]) + ca'[w]

                    if score > best then
                        best <- score
                        answer <- w
                        shared <- false
                    elif score = best then
                        shared <- true

            if answer = b' then
                correct <- correct + 1

            if shared then
                ties <- ties + 1

        {
            Correct = correct
            Questions = questions.Length / 4
            Ties = ties
        }

    /// <summary>sqrt(d) b'_hat . (a'_hat + b_hat - a_hat) of each question: no threshold, no argmax.</summary>
    /// <remarks>v1 Figure 10. The caption prints b_hat for b'_hat in front, which would score a question without looking at its answer.
    /// Between -3 sqrt(d) and 3 sqrt(d). Cost 2 V d at most.</remarks>
    /// <param name="embeddings">W, d x V.</param>
    /// <param name="family">The questions.</param>
    /// <returns>One score per question.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">A word lies outside the vocabulary.</exception>
    static member SmoothScores(embeddings: Embeddings, family: AnalogyFamily) : float[] =
        Analogies.Require(embeddings, family)
        let dimension, size = embeddings.Dimension, embeddings.VocabularySize
        let stride = Kernels.padded dimension
        let struct (_, units) = AnalogyVectors.rows embeddings.Values dimension size
        let questions = family.QuestionArray

        let cosine v w =
            Kernels.dot units (v * stride) units (w * stride) stride

        Array.init (questions.Length / 4) (fun n ->
            let a, b, a', b' =
                questions[4 * n], questions[4 * n + 1], questions[4 * n + 2], questions[4 * n + 3]

            sqrt (float dimension) * (cosine b' a' + (cosine b' b - cosine b' a)))

    /// <summary>Mean of SmoothScores.</summary>
    /// <param name="embeddings">W, d x V.</param>
    /// <param name="family">The questions.</param>
    /// <returns>The mean over the questions.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">A word lies outside the vocabulary.</exception>
    static member SmoothScore(embeddings: Embeddings, family: AnalogyFamily) : float =
        let scores = Analogies.SmoothScores(embeddings, family)
        CorpusStatistics.Sum scores / float scores.Length

    /// <summary>xi, the Gaussian stand-in for a difference b - a that Estimate draws for one pair and one sample.</summary>
    /// <remarks>xi = mean + sum_n (delta_n - mean) z_n / sqrt(N - 1) with N independent standard normals: the family's mean and (unbiased)
    /// covariance, without a d x d matrix. A function of (seed, pair, sample, n) only: z is the same at every d, so that estimates along
    /// d move together.</remarks>
    /// <param name="embeddings">W, d x V.</param>
    /// <param name="family">The pairs.</param>
    /// <param name="pair">Index of the pair, 0 to N - 1.</param>
    /// <param name="sample">Index of the sample, 0 or more.</param>
    /// <param name="seed">Any number.</param>
    /// <returns>xi, length d.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">A word lies outside the vocabulary, or an index is out of range.</exception>
    static member SampledDifference
        (embeddings: Embeddings, family: AnalogyFamily, pair: int, sample: int, seed: int64)
        : float[] =
        Analogies.Require(embeddings, family)
        let dimension, size = embeddings.Dimension, embeddings.VocabularySize

        if pair < 0 || pair >= family.PairCount then
            broken "a pair of the family" "pair" $"pair = {pair}; allowed: 0 to N - 1 = {family.PairCount - 1}"

        if sample < 0 then
            broken "a sample" "sample" $"sample = {sample}; allowed: 0 or more"

        let stride = Kernels.padded dimension
        let words = Kernels.transpose embeddings.Values size dimension size stride
        let struct (mean, deviations) = AnalogyVectors.factor words stride family.PairArray
        let xi = Array.zeroCreate<float> stride
        let z = Array.zeroCreate<float> family.PairCount
        AnalogyVectors.draw mean deviations family.PairCount stride (CounterNormal.key (uint64 seed) pair sample) z xi
        Array.sub xi 0 dimension

    /// <summary>The estimator of analogy accuracy: share of (pair, sample) with b_n = argmax over all words of w_hat . (a_n + xi).</summary>
    /// <remarks>
    /// v1 Eqs. (15) and (62). Nothing is excluded from the argmax, a_n and xi keep their lengths. samplesPerPair draws for each of the N pairs, all
    /// independent. The pairs' probabilities differ, so the count is no binomial, but beyond one count from its mean its tails are no heavier than
    /// the binomial's of the mean probability (Hoeffding 1956, Theorem 4): ProportionEstimate's interval is on the safe side.
    /// It says how far the sampling is from the estimator's expectation, not how far the estimator is from the accuracy.
    /// Cost N samplesPerPair (2 V d + 2 N d); memory 2 V d. Pairs run in parallel; the result does not depend on it.
    /// </remarks>
    /// <param name="embeddings">W, d x V, theoretical.</param>
    /// <param name="family">The pairs, N of at least 2.</param>
    /// <param name="samplesPerPair">1 or more.</param>
    /// <param name="seed">Any number; the same seed gives the same estimate.</param>
    /// <returns>Successes among N samplesPerPair trials.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">A word lies outside the vocabulary, or samplesPerPair is below 1.</exception>
    static member Estimate
        (embeddings: Embeddings, family: AnalogyFamily, samplesPerPair: int, seed: int64)
        : ProportionEstimate =
        Analogies.Require(embeddings, family)
        let dimension, size = embeddings.Dimension, embeddings.VocabularySize

        if samplesPerPair < 1 then
            broken "at least one sample" "samplesPerPair" $"samplesPerPair = {samplesPerPair}; allowed: 1 or more"

        let stride = Kernels.padded dimension
        let struct (words, units) = AnalogyVectors.rows embeddings.Values dimension size

        let successes =
            AnalogyVectors.successes words units size stride family.PairArray samplesPerPair seed

        ProportionEstimate(successes, int64 family.PairCount * int64 samplesPerPair)

    /// <summary>Estimate at several model sizes: the first d rows of the same embeddings for each d.</summary>
    /// <remarks>W = max(Lambda, 0)^{1/2} V' is cut, not recomputed: no eigenproblem per d. Cost the sum of Estimate's over the dimensions; the same
    /// normals at every d.</remarks>
    /// <param name="embeddings">W, D x V, modes in descending order.</param>
    /// <param name="family">The pairs.</param>
    /// <param name="dimensions">The sizes d to look at, ascending, 1 to D.</param>
    /// <param name="samplesPerPair">1 or more.</param>
    /// <param name="seed">Any number.</param>
    /// <returns>One estimate per dimension.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">A word lies outside the vocabulary, dimensions are out of order or range, or samplesPerPair is below 1.</exception>
    static member Scan
        (embeddings: Embeddings, family: AnalogyFamily, dimensions: int[], samplesPerPair: int, seed: int64)
        : ProportionEstimate[] =
        Analogies.Require(embeddings, family)
        Analogies.RequireAscending(dimensions, embeddings.Dimension)
        Array.map (fun d -> Analogies.Estimate(embeddings.Truncated d, family, samplesPerPair, seed)) dimensions

    static member private RequireAscending(dimensions: int[], highest: int) =
        for k in 0 .. dimensions.Length - 1 do
            let lowest = if k = 0 then 1 else dimensions[k - 1] + 1

            if dimensions[k] < lowest || dimensions[k] > highest then
                broken
                    "ascending model sizes"
                    $"dimensions[{k}]"
                    $"dimensions[{k}] = {dimensions[k]}; allowed: {lowest} to {highest}"

    /// <summary>d_crit: the smallest scanned d at which the accuracy reaches a threshold (v1: 0.05), with an interval.</summary>
    /// <remarks>
    /// v1 below Eq. (62); docs/derivations.md section 7. Let D be the smallest scanned d whose expected accuracy reaches the threshold. Lower exceeds D with
    /// probability at most (1 - confidence) / 2: the upper limit at D itself would have to fail. Upper is below D only if the lower limit fails at
    /// one of the scanned d before D, so each gets its share (1 - confidence) / (2 K) of the risk, K the number of dimensions. A resolution finer
    /// than the scanned grid is not claimed.
    /// </remarks>
    /// <param name="dimensions">The scanned sizes, ascending.</param>
    /// <param name="estimates">One per dimension.</param>
    /// <param name="threshold">P, between 0 and 1, exclusive.</param>
    /// <param name="confidence">Between 0 and 1, exclusive; of the interval.</param>
    /// <returns>d_crit, or nulls where the threshold is not reached.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">Shapes differ, order is broken, or an argument leaves its range.</exception>
    static member CriticalSize
        (dimensions: int[], estimates: ProportionEstimate[], threshold: float, confidence: float)
        : CriticalDimension =
        if dimensions.Length < 1 || estimates.Length <> dimensions.Length then
            broken
                "matching shapes"
                "estimates"
                $"estimates has {estimates.Length} entries; expected {max 1 dimensions.Length} (one per dimension, at least one)"

        Analogies.RequireAscending(dimensions, Int32.MaxValue)

        for name, value in [ "threshold", threshold; "confidence", confidence ] do
            if not (value > 0.0 && value < 1.0) then
                broken "a probability" name $"{name} = {value}; allowed: between 0 and 1"

        let risk = 0.5 * (1.0 - confidence)

        let first (reaches: ProportionEstimate -> bool) =
            match Array.tryFindIndex reaches estimates with
            | Some k -> Nullable dimensions[k]
            | None -> Nullable()

        {
            Estimate = first (fun e -> e.Value >= threshold)
            Lower = first (fun e -> e.Upper risk >= threshold)
            Upper = first (fun e -> e.Lower(risk / float dimensions.Length) >= threshold)
        }
