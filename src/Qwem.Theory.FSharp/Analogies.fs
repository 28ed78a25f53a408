namespace Qwem.Theory

open System
open System.Collections.Generic
open System.Threading.Tasks
open Qwem.Theory.Hypothesis

/// Random numbers that are a function of their place: no state, any order, any number of threads.
module internal CounterNormal =

    /// A bijection of 64 bits whose output bits each depend on all input bits: three xor-shifts, two odd multipliers (the finaliser of
    /// SplitMix64: Steele, Lea and Flood 2014).
    let mix (x: uint64) =
        let a = (x ^^^ (x >>> 30)) * 0xBF58476D1CE4E5B9UL
        let b = (a ^^^ (a >>> 27)) * 0x94D049BB133111EBUL
        b ^^^ (b >>> 31)

    /// An odd number near 2^64 divided by the golden ratio: consecutive places start far apart.
    let private step = 0x9E3779B97F4A7C15UL

    /// The key of one stream: every coordinate is mixed in before the next.
    let key (seed: uint64) (first: int) (second: int) =
        let a = mix (seed + step)
        let b = mix (a + step * (uint64 first + 1UL))
        mix (b + step * (uint64 second + 1UL))

    // In (0, 1): 53 bits and a half.
    let private uniform (bits: uint64) =
        (float (bits >>> 11) + 0.5) * Math.ScaleB(1.0, -53)

    /// Standard normals number 0 .. n - 1 of a stream (Box and Muller's two per pair of uniforms).
    let fill (key: uint64) (target: float[]) n =
        for pair in 0 .. (n - 1) / 2 do
            let r = sqrt (-2.0 * log (uniform (mix (key + step * (2UL * uint64 pair + 1UL)))))

            let angle = 2.0 * Math.PI * uniform (mix (key + step * (2UL * uint64 pair + 2UL)))

            target[2 * pair] <- r * cos angle

            if 2 * pair + 1 < n then
                target[2 * pair + 1] <- r * sin angle

/// <summary>A share of successes, and the interval that belongs to it.</summary>
/// <remarks>Exact binomial interval (Clopper and Pearson 1934): it covers with at least the stated confidence for every number of trials.</remarks>
[<Sealed>]
type ProportionEstimate
    /// <summary>Successes among trials.</summary>
    /// <param name="successes">0 to trials.</param>
    /// <param name="trials">1 or more.</param>
    /// <exception cref="T:Qwem.Theory.HypothesisException">An argument leaves its range.</exception>
    (successes: int64, trials: int64) =
    do
        if trials < 1L then
            broken "at least one trial" "trials" $"trials = {trials}; allowed: 1 or more"

        if successes < 0L || successes > trials then
            broken "successes among trials" "successes" $"successes = {successes}; allowed: 0 to trials = {trials}"

    // P(X >= k) for X binomial(n, p), k >= 1 and p < k / n: terms fall from the first, by the ratio (n - j) p / ((j + 1) (1 - p)).
    static let upperTail (n: int64) (k: int64) (p: float) =
        let logGamma = MathNet.Numerics.SpecialFunctions.GammaLn

        let first =
            logGamma (float n + 1.0)
            - logGamma (float k + 1.0)
            - logGamma (float (n - k) + 1.0)
            + float k * log p
            + float (n - k) * MathNet.Numerics.SpecialFunctions.Log1p -p

        let mutable term = 1.0
        let mutable total = 1.0
        let mutable j = k

        while j < n && term > 1e-18 * total do
            term <- term * (float (n - j) / float (j + 1L)) * (p / (1.0 - p))
            total <- total + term
            j <- j + 1L

        exp first * total

    // The p at which k successes or more are this improbable.
    static let lowerEnd (n: int64) (k: int64) (tail: float) =
        if k = 0L then
            0.0
        else
            let mutable low = 0.0
            let mutable high = float k / float n

            for _ in 1..100 do
                let middle = 0.5 * (low + high)

                if middle > low && middle < high then
                    if upperTail n k middle < tail then low <- middle else high <- middle

            low

    /// <summary>Number of successes.</summary>
    member _.Successes = successes

    /// <summary>Number of trials.</summary>
    member _.Trials = trials

    /// <summary>successes / trials.</summary>
    member _.Value = float successes / float trials

    /// <summary>The lower end at a one-sided risk: too high with at most this probability.</summary>
    /// <remarks>Solves P(X &gt;= successes) = risk by bisection; relative accuracy about n u.</remarks>
    /// <param name="risk">Between 0 and 1/2, exclusive; (1 - confidence) / 2 for one end of an interval.</param>
    /// <returns>A probability; 0 when there are no successes.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException"><paramref name="risk"/> is out of range.</exception>
    member _.Lower(risk: float) : float =
        if not (risk > 0.0 && risk < 0.5) then
            broken "a one-sided risk" "risk" $"risk = {risk}; allowed: between 0 and 1/2"

        lowerEnd trials successes risk

    /// <summary>The upper end at a one-sided risk: too low with at most this probability.</summary>
    /// <param name="risk">Between 0 and 1/2, exclusive; (1 - confidence) / 2 for one end of an interval.</param>
    /// <returns>A probability; 1 when there are only successes.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException"><paramref name="risk"/> is out of range.</exception>
    member _.Upper(risk: float) : float =
        if not (risk > 0.0 && risk < 0.5) then
            broken "a one-sided risk" "risk" $"risk = {risk}; allowed: between 0 and 1/2"

        1.0 - lowerEnd trials (trials - successes) risk

/// <summary>What an analogy benchmark gave.</summary>
[<Sealed>]
type AnalogyAccuracy internal (correct: int, questions: int, ties: int) =

    /// <summary>Questions answered by b'.</summary>
    member _.Correct = correct

    /// <summary>Questions asked.</summary>
    member _.Questions = questions

    /// <summary>Questions where several words shared the highest score; the one of smallest index was the answer.</summary>
    member _.Ties = ties

    /// <summary>correct / questions.</summary>
    member _.Value = float correct / float questions

/// <summary>A family of analogies: word pairs (a_n, b_n), and questions a : b = a' : b'.</summary>
/// <remarks>v1 section 5: any two distinct pairs form a valid analogy. Words are indices; a negative index is a word out of vocabulary.</remarks>
[<Sealed>]
type AnalogyFamily private (pairs: int[], questions: int[], discarded: int) =

    static member private Distinct(parameter: string, pairs: int[]) : struct (int[] * int) =
        let seen = HashSet<struct (int * int)>()
        let found = ResizeArray<int>()
        let mutable dropped = 0

        for n in 0 .. pairs.Length / 2 - 1 do
            let a, b = pairs[2 * n], pairs[2 * n + 1]

            if a < 0 || b < 0 then
                dropped <- dropped + 1
            else
                if a = b then
                    broken
                        "pairs of different words"
                        parameter
                        $"{parameter} pairs word {a} with itself; allowed: different words"

                if seen.Add(struct (a, b)) then
                    found.Add a
                    found.Add b

        if found.Count < 4 then
            broken
                "at least two pairs (a mean and a covariance)"
                parameter
                $"{parameter} has {found.Count / 2} distinct known pairs; allowed: 2 or more"

        struct (found.ToArray(), dropped)

    /// <summary>The family of all ordered pairs of distinct pairs: N (N - 1) questions.</summary>
    /// <param name="pairs">a_1, b_1, a_2, b_2, ...; at least two known pairs. A pair with a negative index is dropped.</param>
    /// <returns>The family; repeated pairs count once.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">The length is odd, fewer than two pairs remain, or a pair joins a word to itself.</exception>
    static member FromPairs(pairs: int[]) : AnalogyFamily =
        if pairs.Length % 2 <> 0 then
            broken "word pairs" "pairs" $"pairs has {pairs.Length} entries; expected an even number"

        let struct (known, dropped) = AnalogyFamily.Distinct("pairs", pairs)
        let count = known.Length / 2

        let questions =
            [|
                for m in 0 .. count - 1 do
                    for n in 0 .. count - 1 do
                        if m <> n then
                            known[2 * m]
                            known[2 * m + 1]
                            known[2 * n]
                            known[2 * n + 1]
            |]

        // Each lost pair would have asked and been asked with every other.
        let all = count + dropped
        AnalogyFamily(known, questions, all * (all - 1) - count * (count - 1))

    /// <summary>The family of a benchmark file's own questions.</summary>
    /// <param name="questions">a, b, a', b' of each question. A question with a negative index is discarded (v1 appendix C.3).</param>
    /// <returns>The questions, and as pairs the distinct (a, b) and (a', b') in order of appearance.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">The length is no multiple of four, fewer than two distinct pairs remain, or a pair joins
    /// a word to itself.</exception>
    static member FromQuestions(questions: int[]) : AnalogyFamily =
        if questions.Length % 4 <> 0 then
            broken
                "questions of four words"
                "questions"
                $"questions has {questions.Length} entries; expected a multiple of four"

        let known =
            Array.chunkBySize 4 questions |> Array.filter (Array.forall (fun w -> w >= 0))

        let flat = Array.concat known
        let struct (pairs, _) = AnalogyFamily.Distinct("questions", flat)
        AnalogyFamily(pairs, flat, questions.Length / 4 - known.Length)

    /// <summary>N, the number of distinct pairs.</summary>
    member _.PairCount = pairs.Length / 2

    /// <summary>Number of questions asked.</summary>
    member _.QuestionCount = questions.Length / 4

    /// <summary>Questions discarded for a word out of vocabulary.</summary>
    member _.Discarded = discarded

    /// <summary>a_1, b_1, a_2, b_2, ...</summary>
    member _.Pairs: ReadOnlySpan<int> = ReadOnlySpan pairs

    /// <summary>a, b, a', b' of each question.</summary>
    member _.Questions: ReadOnlySpan<int> = ReadOnlySpan questions

    member internal _.PairArray = pairs
    member internal _.QuestionArray = questions

/// <summary>The smallest model that solves a family, and its interval.</summary>
[<Sealed>]
type CriticalDimension internal (estimate: Nullable<int>, lower: Nullable<int>, upper: Nullable<int>) =

    /// <summary>The smallest scanned d whose estimate reaches the threshold; null when none does.</summary>
    member _.Estimate = estimate

    /// <summary>The smallest scanned d whose interval reaches up to the threshold; null when none does.</summary>
    member _.Lower = lower

    /// <summary>The smallest scanned d whose interval lies at or above the threshold; null when none does.</summary>
    member _.Upper = upper

/// <summary>Analogies by vector addition: accuracy, smooth score, the Gaussian estimator and the critical model size.</summary>
/// <remarks>v1 section 5, appendices C.3 and D.1; THEORY.md section 7. Embeddings W are d x V row-major, column i is word i; x_hat is x / |x|, and 0
/// for a vanishing x. Among equal scores the smallest index wins; equal columns have scores equal to the bit.</remarks>
[<AbstractClass; Sealed>]
type Analogies private () =

    static member private Require(embeddings: float[], dimension: int, family: AnalogyFamily) : int =
        if dimension < 1 || embeddings.Length = 0 || embeddings.Length % dimension <> 0 then
            broken
                "matching shapes"
                "embeddings"
                $"embeddings has {embeddings.Length} entries; expected a positive multiple of d = {dimension}, 1 or more"

        allFinite "embeddings" embeddings
        let size = embeddings.Length / dimension

        for w in Array.append family.PairArray family.QuestionArray do
            if w >= size then
                broken "words of the vocabulary" "family" $"family names word {w}; allowed: 0 to V - 1 = {size - 1}"

        size

    // One padded row per word, as given and of unit length.
    static member private Words(embeddings: float[], dimension: int, size: int) : struct (float[] * float[]) =
        let stride = Kernels.padded dimension
        let words = Kernels.transpose embeddings size dimension size stride
        let units = Array.copy words

        for i in 0 .. size - 1 do
            let m = Kernels.largest words (i * stride) stride

            if m > 0.0 then
                // A power of two takes the exponent out: no square overflows or vanishes.
                Kernels.scale (-(Kernels.exponentOf m)) units (i * stride) stride
                let norm = sqrt (Kernels.dot units (i * stride) units (i * stride) stride)

                for k in i * stride .. i * stride + stride - 1 do
                    units[k] <- units[k] / norm

        struct (words, units)

    // For each word of the questions, its cosine with every word.
    static member private Cosines(units: float[], stride: int, size: int, words: int[]) : Dictionary<int, float[]> =
        let rows = Dictionary<int, float[]>()

        for w in words do
            if not (rows.ContainsKey w) then
                rows[w] <- Array.init size (fun i -> Kernels.dot units (i * stride) units (w * stride) stride)

        rows

    /// <summary>W = max(Lambda, 0)^{1/2} V': embeddings of the target itself, d rows; the first d' rows are those of model size d'.</summary>
    /// <remarks>v1 Eq. (50) and Theorem 4.3 at t = infinity; a negative mode gives a row of zeros. Cost V d.</remarks>
    /// <param name="spectrum">Eigenpairs of M*, or of what stands for it.</param>
    /// <param name="dimension">d, 1 to V.</param>
    /// <returns>W, d x V row-major.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException"><paramref name="dimension"/> is out of range.</exception>
    static member SpectralEmbeddings(spectrum: TargetSpectrum, dimension: int) : float[] =
        let size = spectrum.VocabularySize

        if dimension < 1 || dimension > size then
            broken "an embedding dimension" "dimension" $"dimension = {dimension}; allowed: 1 to V = {size}"

        let embeddings = Array.zeroCreate<float>(dimension * size)

        for k in 0 .. dimension - 1 do
            let root = sqrt (max 0.0 spectrum.Eigenvalues[k])

            for i in 0 .. size - 1 do
                embeddings[k * size + i] <- root * spectrum.Eigenvectors[k * size + i]

        embeddings

    /// <summary>Share of questions whose b' is argmax over words outside {a, b, a'} of w_hat . (b_hat - a_hat + a'_hat).</summary>
    /// <remarks>v1 Eqs. (14), (54), (58). A question whose b' is one of a, b, a' cannot be answered and counts as wrong.
    /// Cost 2 V d and memory 8 V bytes for each distinct word asked about, 3 V for each question.</remarks>
    /// <param name="embeddings">W, d x V row-major.</param>
    /// <param name="dimension">d.</param>
    /// <param name="family">The questions; V must exceed three.</param>
    /// <returns>The accuracy, with the number of ties.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">Shapes differ, V is below four, or a word lies outside the vocabulary.</exception>
    static member Accuracy(embeddings: float[], dimension: int, family: AnalogyFamily) : AnalogyAccuracy =
        let size = Analogies.Require(embeddings, dimension, family)

        if size < 4 then
            broken "a word outside {a, b, a'}" "embeddings" $"V = {size}; allowed: 4 or more"

        let stride = Kernels.padded dimension
        let struct (_, units) = Analogies.Words(embeddings, dimension, size)
        let questions = family.QuestionArray
        let cosines = Analogies.Cosines(units, stride, size, questions)
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

        AnalogyAccuracy(correct, questions.Length / 4, ties)

    /// <summary>sqrt(d) b'_hat . (a'_hat + b_hat - a_hat) of each question: no threshold, no argmax.</summary>
    /// <remarks>v1 Figure 10. The caption prints b_hat for b'_hat in front, which would score a question without looking at its answer.
    /// Between -3 sqrt(d) and 3 sqrt(d). Cost 2 V d at most.</remarks>
    /// <param name="embeddings">W, d x V row-major.</param>
    /// <param name="dimension">d.</param>
    /// <param name="family">The questions.</param>
    /// <returns>One score per question.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">Shapes differ, or a word lies outside the vocabulary.</exception>
    static member SmoothScores(embeddings: float[], dimension: int, family: AnalogyFamily) : float[] =
        let size = Analogies.Require(embeddings, dimension, family)
        let stride = Kernels.padded dimension
        let struct (_, units) = Analogies.Words(embeddings, dimension, size)
        let questions = family.QuestionArray

        let cosine v w =
            Kernels.dot units (v * stride) units (w * stride) stride

        Array.init (questions.Length / 4) (fun n ->
            let a, b, a', b' =
                questions[4 * n], questions[4 * n + 1], questions[4 * n + 2], questions[4 * n + 3]

            sqrt (float dimension) * (cosine b' a' + (cosine b' b - cosine b' a)))

    /// <summary>Mean of SmoothScores.</summary>
    /// <param name="embeddings">W, d x V row-major.</param>
    /// <param name="dimension">d.</param>
    /// <param name="family">The questions.</param>
    /// <returns>The mean over the questions.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">Shapes differ, or a word lies outside the vocabulary.</exception>
    static member SmoothScore(embeddings: float[], dimension: int, family: AnalogyFamily) : float =
        let scores = Analogies.SmoothScores(embeddings, dimension, family)
        CorpusStatistics.Sum scores / float scores.Length

    // Mean difference, then N rows (delta_n - mean) / sqrt(N - 1); each padded.
    static member private Factor(words: float[], stride: int, pairs: int[]) : struct (float[] * float[]) =
        let count = pairs.Length / 2
        let mean = Array.zeroCreate<float> stride
        let factor = Array.zeroCreate<float>(count * stride)

        for n in 0 .. count - 1 do
            for k in 0 .. stride - 1 do
                let delta = words[pairs[2 * n + 1] * stride + k] - words[pairs[2 * n] * stride + k]
                factor[n * stride + k] <- delta
                mean[k] <- mean[k] + delta / float count

        for n in 0 .. count - 1 do
            for k in 0 .. stride - 1 do
                factor[n * stride + k] <- (factor[n * stride + k] - mean[k]) / sqrt (float (count - 1))

        struct (mean, factor)

    static member private Draw
        (mean: float[], factor: float[], count: int, stride: int, key: uint64, z: float[], xi: float[])
        =
        CounterNormal.fill key z count
        Array.Copy(mean, xi, stride)

        for n in 0 .. count - 1 do
            Kernels.axpy z[n] factor (n * stride) xi 0 stride

    /// <summary>xi, the Gaussian stand-in for a difference b - a that Estimate draws for one pair and one sample.</summary>
    /// <remarks>xi = mean + sum_n (delta_n - mean) z_n / sqrt(N - 1) with N independent standard normals: the family's mean and (unbiased)
    /// covariance, without a d x d matrix. A function of (seed, pair, sample, n) only: z is the same at every d, so that estimates along
    /// d move together.</remarks>
    /// <param name="embeddings">W, d x V row-major.</param>
    /// <param name="dimension">d.</param>
    /// <param name="family">The pairs.</param>
    /// <param name="pair">Index of the pair, 0 to N - 1.</param>
    /// <param name="sample">Index of the sample, 0 or more.</param>
    /// <param name="seed">Any number.</param>
    /// <returns>xi, length d.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">Shapes differ, or an index is out of range.</exception>
    static member SampledDifference
        (embeddings: float[], dimension: int, family: AnalogyFamily, pair: int, sample: int, seed: int64)
        : float[] =
        let size = Analogies.Require(embeddings, dimension, family)

        if pair < 0 || pair >= family.PairCount then
            broken "a pair of the family" "pair" $"pair = {pair}; allowed: 0 to N - 1 = {family.PairCount - 1}"

        if sample < 0 then
            broken "a sample" "sample" $"sample = {sample}; allowed: 0 or more"

        let stride = Kernels.padded dimension
        let words = Kernels.transpose embeddings size dimension size stride
        let struct (mean, factor) = Analogies.Factor(words, stride, family.PairArray)
        let xi = Array.zeroCreate<float> stride
        let z = Array.zeroCreate<float> family.PairCount
        Analogies.Draw(mean, factor, family.PairCount, stride, CounterNormal.key (uint64 seed) pair sample, z, xi)
        Array.sub xi 0 dimension

    /// <summary>The estimator of analogy accuracy: share of (pair, sample) with b_n = argmax over all words of w_hat . (a_n + xi).</summary>
    /// <remarks>
    /// v1 Eqs. (15) and (62). Nothing is excluded from the argmax, a_n and xi keep their lengths. samplesPerPair draws for each of the N pairs, all
    /// independent. The pairs' probabilities differ, so the count is no binomial, but beyond one count from its mean its tails are no heavier than
    /// the binomial's of the mean probability (Hoeffding 1956, Theorem 4): ProportionEstimate's interval is on the safe side.
    /// It says how far the sampling is from the estimator's expectation, not how far the estimator is from the accuracy.
    /// Cost N samplesPerPair (2 V d + 2 N d); memory 2 V d. Pairs run in parallel; the result does not depend on it.
    /// </remarks>
    /// <param name="embeddings">W, d x V row-major, theoretical.</param>
    /// <param name="dimension">d.</param>
    /// <param name="family">The pairs, N of at least 2.</param>
    /// <param name="samplesPerPair">1 or more.</param>
    /// <param name="seed">Any number; the same seed gives the same estimate.</param>
    /// <returns>Successes among N samplesPerPair trials.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">Shapes differ, a word lies outside the vocabulary, or samplesPerPair is below 1.</exception>
    static member Estimate
        (embeddings: float[], dimension: int, family: AnalogyFamily, samplesPerPair: int, seed: int64)
        : ProportionEstimate =
        let size = Analogies.Require(embeddings, dimension, family)

        if samplesPerPair < 1 then
            broken "at least one sample" "samplesPerPair" $"samplesPerPair = {samplesPerPair}; allowed: 1 or more"

        let stride = Kernels.padded dimension
        let struct (words, units) = Analogies.Words(embeddings, dimension, size)
        let pairs = family.PairArray
        let count = family.PairCount
        let struct (mean, factor) = Analogies.Factor(words, stride, pairs)
        let successes = Array.zeroCreate<int64> count

        Parallel.For(
            0,
            count,
            (fun n ->
                let z = Array.zeroCreate<float> count
                let xi = Array.zeroCreate<float> stride
                let mutable right = 0L

                for s in 0 .. samplesPerPair - 1 do
                    Analogies.Draw(mean, factor, count, stride, CounterNormal.key (uint64 seed) n s, z, xi)
                    Kernels.axpy 1.0 words (pairs[2 * n] * stride) xi 0 stride
                    let mutable best = -infinity
                    let mutable answer = -1

                    for w in 0 .. size - 1 do
                        let score = Kernels.dot units (w * stride) xi 0 stride

                        if score > best then
                            best <- score
                            answer <- w

                    if answer = pairs[2 * n + 1] then
                        right <- right + 1L

                successes[n] <- right)
        )
        |> ignore

        ProportionEstimate(Array.sum successes, int64 count * int64 samplesPerPair)

    /// <summary>Estimate at several model sizes: the first d rows of the same embeddings for each d.</summary>
    /// <remarks>W = max(Lambda, 0)^{1/2} V' is cut, not recomputed: no eigenproblem per d. Cost the sum of Estimate's over the dimensions; the same
    /// normals at every d.</remarks>
    /// <param name="embeddings">W, D x V row-major, modes in descending order.</param>
    /// <param name="rows">D.</param>
    /// <param name="family">The pairs.</param>
    /// <param name="dimensions">The sizes d to look at, ascending, 1 to D.</param>
    /// <param name="samplesPerPair">1 or more.</param>
    /// <param name="seed">Any number.</param>
    /// <returns>One estimate per dimension.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">Shapes differ, dimensions are out of order or range, or samplesPerPair is below 1.</exception>
    static member Scan
        (embeddings: float[], rows: int, family: AnalogyFamily, dimensions: int[], samplesPerPair: int, seed: int64)
        : ProportionEstimate[] =
        let size = Analogies.Require(embeddings, rows, family)
        Analogies.RequireAscending(dimensions, rows)

        Array.map
            (fun d -> Analogies.Estimate(Array.sub embeddings 0 (d * size), d, family, samplesPerPair, seed))
            dimensions

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
    /// v1 below Eq. (62); THEORY.md section 7. Let D be the smallest scanned d whose expected accuracy reaches the threshold. Lower exceeds D with
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

        CriticalDimension(
            first (fun e -> e.Value >= threshold),
            first (fun e -> e.Upper risk >= threshold),
            first (fun e -> e.Lower(risk / float dimensions.Length) >= threshold)
        )
