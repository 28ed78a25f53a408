/// Word vectors as the analogy measures use them: padded rows, unit lengths, cosines, and Gaussian stand-ins for differences.
module internal Qwem.Theory.AnalogyVectors

open System
open System.Collections.Generic
open System.Threading.Tasks

/// One padded row per word, as given and of unit length; both from embeddings W, d x V row-major.
let rows (embeddings: float[]) (dimension: int) (size: int) : struct (float[] * float[]) =
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

/// For each word of the questions, its cosine with every word.
let cosines (units: float[]) (stride: int) (size: int) (words: int[]) : Dictionary<int, float[]> =
    let found = Dictionary<int, float[]>()

    for w in words do
        if not (found.ContainsKey w) then
            found[w] <- Array.init size (fun i -> Kernels.dot units (i * stride) units (w * stride) stride)

    found

/// Mean difference of the pairs, then N rows (delta_n - mean) / sqrt(N - 1); each padded.
let factor (words: float[]) (stride: int) (pairs: int[]) : struct (float[] * float[]) =
    let count = pairs.Length / 2
    let mean = Array.zeroCreate<float> stride
    let deviations = Array.zeroCreate<float>(count * stride)

    for n in 0 .. count - 1 do
        for k in 0 .. stride - 1 do
            let delta = words[pairs[2 * n + 1] * stride + k] - words[pairs[2 * n] * stride + k]
            deviations[n * stride + k] <- delta
            mean[k] <- mean[k] + delta / float count

    for n in 0 .. count - 1 do
        for k in 0 .. stride - 1 do
            deviations[n * stride + k] <- (deviations[n * stride + k] - mean[k]) / sqrt (float (count - 1))

    struct (mean, deviations)

/// xi <- mean + sum_n deviation_n z_n with the normals of the stream `key`, which z receives.
let draw (mean: float[]) (deviations: float[]) (count: int) (stride: int) (key: uint64) (z: float[]) (xi: float[]) =
    CounterNormal.fill key z count
    Array.Copy(mean, xi, stride)

    for n in 0 .. count - 1 do
        Kernels.axpy z[n] deviations (n * stride) xi 0 stride

/// How often, over all pairs and samples, b_n is the word of largest w_hat . (a_n + xi) among all words. Pairs run in parallel.
let successes
    (words: float[])
    (units: float[])
    (size: int)
    (stride: int)
    (pairs: int[])
    (samplesPerPair: int)
    (seed: int64)
    : int64 =
    let count = pairs.Length / 2
    let struct (mean, deviations) = factor words stride pairs
    let right = Array.zeroCreate<int64> count

    Parallel.For(
        0,
        count,
        (fun n ->
            let z = Array.zeroCreate<float> count
            let xi = Array.zeroCreate<float> stride
            let mutable found = 0L

            for s in 0 .. samplesPerPair - 1 do
                draw mean deviations count stride (CounterNormal.key (uint64 seed) n s) z xi
                Kernels.axpy 1.0 words (pairs[2 * n] * stride) xi 0 stride
                let mutable best = -infinity
                let mutable answer = -1

                for w in 0 .. size - 1 do
                    let score = Kernels.dot units (w * stride) xi 0 stride

                    if score > best then
                        best <- score
                        answer <- w

                if answer = pairs[2 * n + 1] then
                    found <- found + 1L

            right[n] <- found)
    )
    |> ignore

    Array.sum right
