namespace Qwem.Validation.SimClr

open System
open Qwem.Sim.Descent
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Random
open Qwem.Sim.Training
open Qwem.Validation.Limits

/// Text subsampled so that every word is in equally many pairs. A batch compares each word with the contexts of the batch's
/// other pairs, so negatives have the pairs' own marginals; with uniform ones all pairs of words weigh alike.
module Balance =

    /// p_ij = x_i x_j P_ij with all row sums 1/V, V x V, symmetric to the bit.
    let pairs (frequencies: Frequencies) =
        let v = frequencies.Words.Length
        let joint = DenseMatrix(v, v, frequencies.Pairs)
        let x = frequencies.Words |> Array.map (fun p -> 1.0 / (p * float v))
        let settled, rounds = 1e-13, 10_000

        // One round of Sinkhorn's scaling, its square root taken because both sides are scaled at once.
        let rec balance round =
            let rows =
                Array.init v (fun i ->
                    float v
                    * x[i]
                    * Kernels.Dot(ReadOnlySpan(joint.Values, i * v, v), ReadOnlySpan x))

            let off = rows |> Array.map (fun row -> abs (row - 1.0)) |> Array.max

            if off > settled then
                if round = rounds then
                    raise (ArithmeticException $"Balancing the pairs did not settle: a row is off by {off}.")

                for i in 0 .. v - 1 do
                    x[i] <- x[i] / sqrt rows[i]

                balance (round + 1)

        balance 0
        DenseMatrix(v, v, Array.init (v * v) (fun e -> (x[e / v] * x[e % v]) * joint.Values[e]))

/// Pairs drawn independently from a symmetric distribution; a random bit gives their order.
type DrawnPairs(pairs: DenseMatrix, seed: uint64) =
    let v = pairs.Rows
    let table = AliasTable(pairs.Values, v)
    // Streams of this experiment alone, far from the simulator's.
    let random, order = CounterRandom(seed, 1001UL), CounterRandom(seed, 1002UL)

    interface IPairSource with
        member _.VocabularySize = v
        member _.Weighted = false
        member _.Mass = 1.0

        member _.Draw(stepNumber, draws) =
            let start = uint64 stepNumber * uint64 draws.First.Length

            for n in 0 .. draws.First.Length - 1 do
                let pair = table.Draw(random.Bits(start + uint64 n))
                let high, low = uint16 (pair >>> 16), uint16 pair

                if order.Bits(start + uint64 n) &&& 1UL = 0UL then
                    draws.First[n] <- high
                    draws.Second[n] <- low
                else
                    draws.First[n] <- low
                    draws.Second[n] <- high
