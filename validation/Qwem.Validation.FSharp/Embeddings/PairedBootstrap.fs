/// Accuracies of several models on the same resampled word pairs.
module Qwem.Validation.Embeddings.PairedBootstrap

open Qwem.Sim.Random

/// How often each of a family's questions counts when its pairs are drawn with replacement: as the product of how often its
/// two pairs were drawn, because questions that share a pair are not independent (Owen 2007). Questions are ordered by first
/// pair, then by second.
let private weights (random: CounterRandom) pairs replicate =
    let drawn = Array.zeroCreate<float> pairs

    for n in 0 .. pairs - 1 do
        let pick = int (float pairs * random.Uniform(uint64 (replicate * pairs + n)))
        drawn[pick] <- drawn[pick] + 1.0

    [|
        for first in 0 .. pairs - 1 do
            for second in 0 .. pairs - 1 do
                if first <> second then
                    drawn[first] * drawn[second]
    |]

/// Share of questions answered rightly, by replicate and model; right holds, for each model, whether it answers each question.
let accuracies (questions: Questions) (right: bool array array) replicates (seed: uint64) : float array array =
    // Streams of these numbers are no other draw's.
    let randoms =
        questions.Families
        |> Array.mapi (fun f _ -> CounterRandom(seed, uint64 (1000 + f)))

    Array.Parallel.init replicates (fun replicate ->
        let all =
            questions.Families
            |> Array.mapi (fun f family -> weights randoms[f] family.PairCount replicate)
            |> Array.concat

        let total = Array.sum all

        right
        |> Array.map (fun answers ->
            let mutable sum = 0.0

            for q in 0 .. all.Length - 1 do
                if answers[q] then
                    sum <- sum + all[q]

            sum / total))

/// Mean and standard deviation of the difference of two models over replicates.
let difference (accuracies: float array array) first second =
    let values = accuracies |> Array.map (fun row -> row[first] - row[second])
    let mean = Array.average values
    let variance = values |> Array.averageBy (fun x -> (x - mean) * (x - mean))
    mean, sqrt variance
