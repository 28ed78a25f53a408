namespace Qwem.Theory

open System
open System.Threading.Tasks
open Qwem.Theory.Hypothesis

/// <summary>The Gaussian estimator of analogy accuracy at many model sizes in one pass, and with its two moments changed.</summary>
/// <remarks>
/// v1 Eqs. (15) and (62): the share of pairs n and draws of xi with b_n = argmax_w w_hat . (a_n + xi), nothing excluded from the argmax, where
/// xi = (m + r z_0) mean + s sum_n (delta_n - mean) z_n / sqrt(N - 1) has the family's mean and unbiased covariance at m = s = 1, r = 0; at
/// m = 0, r = 1 it has no mean and the second moments that it had with one. The first d entries of
/// a_n + xi are those of model size d, so that scores add up along the modes: one pass over D rows answers for every d, where
/// Analogies.Scan takes one pass for each. The normals are those of Analogies.Estimate; at m = s = 1, r = 0 so are the counts, but for
/// scores that are equal to rounding (at d = 1 those of all words of one sign are). Cost for one draw: 2 V D, V for each size, 2 N D. Memory: V for each size, and N D. Pairs run in parallel; the result does
/// not depend on it.
/// </remarks>
[<Sealed>]
type AnalogyEstimator
    /// <summary>The estimator of one family.</summary>
    /// <param name="embeddings">W, D x V, modes in descending order.</param>
    /// <param name="family">The pairs, N of at least 2.</param>
    /// <param name="dimensions">The sizes d to look at, ascending, 1 to D.</param>
    /// <exception cref="T:Qwem.Theory.HypothesisException">A word lies outside the vocabulary, or dimensions are out of order or
    /// range.</exception>
    (embeddings: Embeddings, family: AnalogyFamily, dimensions: int[]) =
    let rows, size = embeddings.Dimension, embeddings.VocabularySize
    let embeddings = embeddings.Values

    do
        for k in 0 .. dimensions.Length - 1 do
            let lowest = if k = 0 then 1 else dimensions[k - 1] + 1

            if dimensions[k] < lowest || dimensions[k] > rows then
                broken
                    "ascending model sizes"
                    $"dimensions[{k}]"
                    $"dimensions[{k}] = {dimensions[k]}; allowed: {lowest} to {rows}"

    let pairs = family.PairArray
    let count = pairs.Length / 2

    do
        for w in pairs do
            if w >= size then
                broken "words of the vocabulary" "family" $"family names word {w}; allowed: 0 to V - 1 = {size - 1}"

    let stride, pairStride = Kernels.padded size, Kernels.padded count
    let words = Kernels.repack embeddings size 0 rows size stride

    // 1 / |w| in the first d entries, one row per size; 0 for a vanishing word, whose score is 0.
    let inverseLengths =
        let squares = Array.zeroCreate<float> size
        let result = Array.zeroCreate<float>(dimensions.Length * size)
        let mutable k = 0

        for at in 0 .. dimensions.Length - 1 do
            while k < dimensions[at] do
                for w in 0 .. size - 1 do
                    squares[w] <- squares[w] + embeddings[k * size + w] * embeddings[k * size + w]

                k <- k + 1

            for w in 0 .. size - 1 do
                if squares[w] > 0.0 then
                    result[at * size + w] <- 1.0 / sqrt squares[w]

        result

    // Mean difference by mode, and (delta_n - mean) / sqrt(N - 1), D x N.
    let mean, deviations =
        let difference k n =
            embeddings[k * size + pairs[2 * n + 1]] - embeddings[k * size + pairs[2 * n]]

        let mean =
            Array.init rows (fun k -> Array.average (Array.init count (difference k)))

        let root = sqrt (float (count - 1))

        mean,
        Array.init (rows * pairStride) (fun e ->
            let k, n = e / pairStride, e % pairStride
            if n < count then (difference k n - mean[k]) / root else 0.0)

    /// <summary>The estimate at each of the sizes.</summary>
    /// <param name="samplesPerPair">1 or more.</param>
    /// <param name="seed">Any number; the same seed gives the same estimate.</param>
    /// <param name="meanShare">m, the share of the mean difference that xi has; 1 is Eq. (62).</param>
    /// <param name="meanSpread">r, the standard deviation of that share; 0 is Eq. (62).</param>
    /// <param name="spread">s, by which the deviations from the mean are multiplied; 1 is Eq. (62).</param>
    /// <returns>Successes among N samplesPerPair trials, one estimate per size.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException"><paramref name="samplesPerPair"/> is below 1, or a factor is not finite.</exception>
    member _.Estimates
        (samplesPerPair: int, seed: int64, meanShare: float, meanSpread: float, spread: float)
        : ProportionEstimate[] =
        if samplesPerPair < 1 then
            broken "at least one sample" "samplesPerPair" $"samplesPerPair = {samplesPerPair}; allowed: 1 or more"

        finite "meanShare" meanShare
        finite "meanSpread" meanSpread
        finite "spread" spread
        let right = Array.zeroCreate<int64>(count * dimensions.Length)

        Parallel.For(
            0,
            count,
            (fun n ->
                let z = Array.zeroCreate<float>(pairStride + 1)
                let scores = Array.zeroCreate<float> stride

                for s in 0 .. samplesPerPair - 1 do
                    CounterNormal.fill (CounterNormal.key (uint64 seed) n s) z (count + 1)
                    let share = meanShare + meanSpread * z[count]
                    z[count] <- 0.0
                    Array.Clear scores
                    let mutable k = 0

                    for at in 0 .. dimensions.Length - 1 do
                        while k < dimensions[at] do
                            let noise = Kernels.dot deviations (k * pairStride) z 0 pairStride
                            let query = words[k * stride + pairs[2 * n]] + share * mean[k] + spread * noise
                            Kernels.axpy query words (k * stride) scores 0 stride
                            k <- k + 1

                        let mutable best = -infinity
                        let mutable answer = -1

                        for w in 0 .. size - 1 do
                            let score = scores[w] * inverseLengths[at * size + w]

                            if score > best then
                                best <- score
                                answer <- w

                        if answer = pairs[2 * n + 1] then
                            right[n * dimensions.Length + at] <- right[n * dimensions.Length + at] + 1L)
        )
        |> ignore

        Array.init dimensions.Length (fun at ->
            let successes =
                Seq.init count (fun n -> right[n * dimensions.Length + at]) |> Seq.sum

            ProportionEstimate(successes, int64 count * int64 samplesPerPair))

    /// <summary>Pairs and shape.</summary>
    override _.ToString() =
        $"estimator of {count} pairs, D x V = {rows} x {size}, {dimensions.Length} sizes"
