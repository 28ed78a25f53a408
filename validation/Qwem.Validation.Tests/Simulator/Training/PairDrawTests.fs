/// Alias tables.
module Qwem.Validation.Tests.PairDrawTests

open System
open Expecto
open FsCheck
open FsCheck.FSharp
open Qwem.Sim.Random
open Qwem.Sim.Training
open Qwem.Validation.Tests.Problems
open Qwem.Validation.Tests.LinearAlgebraSupport
open Qwem.Validation.Tests.TrainingSupport

/// Probability of every unordered pair, an off-diagonal one counted twice.
let private probabilities size (w: float[]) =
    let total = Array.sum w

    [|
        for i in 0 .. size - 1 do
            for j in i .. size - 1 do
                (i, j), (if i = j then 1.0 else 2.0) * w[i * size + j] / total
    |]

let tests =
    testList "Pair draw" [
        property "equally spaced bits draw every pair as often as its weight says" 100 (fun (seed: Seed) ->
            // M equally spaced points meet an interval of length l in M l points, give or take one. The k cells are split into at most 2 k
            // intervals, so the total deviation is at most 2 k / M; thresholds are rounded to 2^-32 of a cell, shares by k roundings each.
            let random = seed.Random()
            let size = random.Next(2, 13)
            let w = weights random size
            let table = AliasTable(w, size)
            let m = 1 <<< 16
            let counts = Array.zeroCreate<int>(size * size)

            for n in 0 .. m - 1 do
                let i, j = pairOf (table.Draw(uint64 n <<< 48))
                counts[i * size + j] <- counts[i * size + j] + 1

            let expected = probabilities size w

            let k = float (expected |> Array.filter (fun (_, p) -> p > 0.0) |> Array.length)

            let deviation =
                expected
                |> Array.sumBy (fun ((i, j), p) -> abs (float counts[i * size + j] / float m - p))

            let forbidden =
                expected
                |> Array.exists (fun ((i, j), p) -> p = 0.0 && counts[i * size + j] > 0)

            labelled "total deviation" deviation (2.0 * k / float m + Math.ScaleB(2.0, -32) + k * k * u)
            .&. not forbidden
            .&. (Array.sum counts = (expected |> Array.sumBy (fun ((i, j), _) -> counts[i * size + j]))))

        testCase "drawn frequencies pass the chi-square test" (fun () ->
            let size, draws = 40, 1_000_000
            let random = Random 3

            let w =
                (symmetric size (fun () -> if random.Next 4 = 0 then 0.0 else 10.0 ** (2.0 * random.NextDouble())))
                    .Values

            let table = AliasTable(w, size)
            let drawn = Array.zeroCreate<uint32> draws
            table.Draw(CounterRandom(9UL, 2UL), 0UL, Span drawn)
            let counts = drawn |> Array.countBy id |> dict

            let possible = probabilities size w |> Array.filter (fun (_, p) -> p > 0.0)

            let seen (i, j) =
                match counts.TryGetValue((uint32 i <<< 16) ||| uint32 j) with
                | true, n -> float n
                | _ -> 0.0

            let n, k = float draws, float possible.Length
            Expect.equal (possible |> Array.sumBy (fst >> seen)) n "a pair of weight zero was drawn"

            let statistic =
                possible |> Array.sumBy (fun (pair, p) -> (seen pair - n * p) ** 2.0 / (n * p))
            // Exact variance of Pearson's statistic under the multinomial law.
            let variance =
                2.0 * (k - 1.0)
                + ((possible |> Array.sumBy (fun (_, p) -> 1.0 / p)) - k * k - 2.0 * k + 2.0) / n

            withinSixSigma "chi-square" statistic (k - 1.0) (sqrt variance))

        testCase "an off-diagonal pair is drawn twice as often as a diagonal one of the same weight" (fun () ->
            let table = AliasTable(ReadOnlySpan(Array.create 4 0.7), 2)
            let draws = 400_000
            let drawn = Array.zeroCreate<uint32> draws
            table.Draw(CounterRandom(4UL, 2UL), 0UL, Span drawn)

            for pair, p in [ 0u, 0.25; 1u, 0.5; 0x10001u, 0.25 ] do
                let frequency =
                    float (drawn |> Array.filter ((=) pair) |> Array.length) / float draws

                withinSixSigma $"pair {pairOf pair}" frequency p (sqrt (p * (1.0 - p) / float draws)))

        property "a draw does not depend on how it is sliced" 50 (fun (seed: Seed) (first: uint16) ->
            let random = seed.Random()
            let size = random.Next(2, 20)
            let table = AliasTable(weights random size, size)
            let source = CounterRandom(uint64 (random.NextInt64()), 2UL)
            let whole = Array.zeroCreate<uint32> 500
            table.Draw(source, uint64 first, Span whole)
            let sliced = Array.zeroCreate<uint32> 500
            let mutable at = 0

            while at < 500 do
                let length = min (500 - at) (random.Next 90)
                table.Draw(source, uint64 first + uint64 at, sliced.AsSpan(at, length))
                at <- at + length

            whole = sliced)

        testCase "weights that are none are refused" (fun () ->
            let table (w: float[]) size =
                fun () -> AliasTable(ReadOnlySpan w, size) |> ignore

            refusedWith "(0, 1) is -2" (table [| 1.0; -1.0; -1.0; 1.0 |] 2)
            refusedWith "(1, 1) is NaN" (table [| 1.0; 1.0; 1.0; nan |] 2)
            refusedWith "(0, 0) is Infinity" (table [| infinity; 1.0; 1.0; 1.0 |] 2)
            refusedWith "zero" (table (Array.zeroCreate 4) 2)
            refusedWith "not 3" (table [| 1.0; 1.0; 1.0 |] 2)
            refusedWith "more than a double" (table [| 1.7e308; 0.0; 0.0; 1.7e308 |] 2)
            refusedWith "vocabularySize" (table [||] 0)
            refusedWith "65537" (table [||] 65537))
    ]
