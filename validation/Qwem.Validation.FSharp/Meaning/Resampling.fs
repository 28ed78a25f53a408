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
