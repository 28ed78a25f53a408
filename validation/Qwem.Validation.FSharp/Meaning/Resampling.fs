namespace Qwem.Validation.Meaning

open Qwem.Sim.Random

/// What statistical gates are built from: seeded shuffles and quantiles.
module Resampling =

    /// Streams of the seed, one per purpose.
    let private stream (purpose: int) (draw: int) =
        (uint64 purpose <<< 32) + uint64 draw + 1UL

    /// The random numbers of one draw of one purpose.
    let random (seed: uint64) purpose draw =
        CounterRandom(seed, stream purpose draw)

    /// 0 .. count - 1 in an order all of which are equally likely.
    let shuffled (random: CounterRandom) count =
        let order = Array.init count id

        // Fisher and Yates.
        for i in count - 1 .. -1 .. 1 do
            let j = int (random.Uniform(uint64 i) * float (i + 1))
            let kept = order[i]
            order[i] <- order[j]
            order[j] <- kept

        order

    /// The smallest of the values that at most the remaining share of them exceeds.
    let quantile share (values: float array) =
        let sorted = Array.sort values
        sorted[sorted.Length - 1 - int ((1.0 - share) * float sorted.Length)]

    /// p-value of an observed value among resampled ones: (1 + values that reach it) / (1 + all values).
    let pValue (observed: float) (values: float array) =
        let reached =
            values |> Array.filter (fun value -> not (value < observed)) |> Array.length

        float (1 + reached) / float (1 + values.Length)

    /// A statistic of so many resamples, with replacement, of 0 .. count - 1.
    let bootstrap (seed: uint64) purpose draws count (statistic: int array -> 'a) : 'a array =
        Array.init draws (fun draw ->
            let random = random seed purpose draw
            statistic (Array.init count (fun i -> int (random.Uniform(uint64 i) * float count))))

    /// The central 95% of values.
    let interval (values: float array) =
        let sorted = values |> Array.filter (System.Double.IsNaN >> not) |> Array.sort
        let out = sorted.Length / 40
        sorted[out], sorted[sorted.Length - 1 - out]

    /// The second words of a family dealt to its first words at random: which second word each gets. A pair of a word with itself, which
    /// has no direction, is not made: its second word and that of the next pair change places.
    let repaired random (first: int array) (second: int array) =
        let count = first.Length
        let order = shuffled random count

        for n in 0 .. count - 1 do
            if second[order[n]] = first[n] then
                let other = (n + 1) % count
                let kept = order[n]
                order[n] <- order[other]
                order[other] <- kept

        order
