/// Alias tables, and pairs drawn in proportion to freely chosen weights.
module Qwem.Validation.Tests.PairDrawTests

#nowarn "9" // Tables are given to the drawing loops by address.

open System
open Expecto
open FsCheck.FSharp
open Microsoft.FSharp.NativeInterop
open Qwem.Sim.Descent
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Random
open Qwem.Validation.Tests.Problems
open Qwem.Validation.Tests.LinearAlgebraSupport
open Qwem.Validation.Tests.TrainingSupport

/// An alias table of words 0, 1, ... with weights over six decades, some zero, and the weights.
let private wordTable (random: Random) size =
    let w =
        Array.init size (fun n ->
            if n > 0 && random.Next 4 = 0 then
                0.0
            else
                10.0 ** (6.0 * random.NextDouble() - 3.0))

    let cells = Array.zeroCreate<AliasCell> size
    AliasFiller(size).Fill(ReadOnlySpan(Array.init size uint16), ReadOnlySpan w, Span cells)
    cells, w

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
        property "the cells of an alias table give every word the share of its weight" 200 (fun (seed: Seed) ->
            // Each of k cells has 1/k; its threshold is cut to 2^-32, which moves as much between two words, and shares carry k roundings.
            let random = seed.Random()
            let size = random.Next(1, 200)
            let cells, w = wordTable random size
            let share = Array.zeroCreate<float> size

            for cell in cells do
                let own = Math.ScaleB(float cell.Threshold, -32)
                share[int cell.Own] <- share[int cell.Own] + own / float size
                share[int cell.Other] <- share[int cell.Other] + (1.0 - own) / float size

            let total, k = Array.sum w, float size

            labelled
                "total deviation"
                (Array.map2 (fun p weight -> abs (p - weight / total)) share w |> Array.sum)
                (Math.ScaleB(2.0, -32) + 4.0 * k * k * u)
            .&. (Array.forall2 (fun p weight -> weight > 0.0 || p = 0.0) share w))

        property
            "draws from a table are those of each number alone, wherever they begin and however they are sliced"
            50
            (fun (seed: Seed) (first: uint16) ->
                let random = seed.Random()
                let size = random.Next(1, 200)
                let cells, _ = wordTable random size
                use address = fixed cells
                let source = CounterRandom(uint64 (random.NextInt64()), 2UL)

                let alone =
                    Array.init 500 (fun n ->
                        AliasDraws.One(address, uint32 size, source.Bits(uint64 first + uint64 n)))

                let sliced = Array.zeroCreate<uint16> 500
                let mutable at = 0

                while at < 500 do
                    let length = min (500 - at) (random.Next 90)

                    AliasDraws.FromTable(address, size, source, uint64 first + uint64 at, sliced.AsSpan(at, length))

                    at <- at + length

                alone = sliced)

        testCase "pairs drawn by weights pass the chi-square test, and their mass is the weights' sum" (fun () ->
            let size, draws = 40, 1_000_000
            let random = Random 3

            let w =
                (symmetric size (fun () -> if random.Next 4 = 0 then 0.0 else 10.0 ** (2.0 * random.NextDouble())))
                    .Values

            let drawn = PairDraws(draws, false)

            let source =
                IndependentPairs.FromWeights(DenseMatrix(size, size, w), true, false, 9UL)

            source.Draw(0L, drawn)
            let counts = Array.zip drawn.First drawn.Second |> Array.countBy id |> dict

            let possible = probabilities size w |> Array.filter (fun (_, p) -> p > 0.0)

            let seen (i, j) =
                match counts.TryGetValue((uint16 i, uint16 j)) with
                | true, n -> float n
                | _ -> 0.0

            let n, k = float draws, float possible.Length
            within "mass" (abs (source.Mass / Array.sum w - 1.0)) (float w.Length * u)
            Expect.equal (possible |> Array.sumBy (fst >> seen)) n "a pair of weight zero was drawn"

            let statistic =
                possible |> Array.sumBy (fun (pair, p) -> (seen pair - n * p) ** 2.0 / (n * p))
            // Exact variance of Pearson's statistic under the multinomial law.
            let variance =
                2.0 * (k - 1.0)
                + ((possible |> Array.sumBy (fun (_, p) -> 1.0 / p)) - k * k - 2.0 * k + 2.0) / n

            withinSixSigma "chi-square" statistic (k - 1.0) (sqrt variance))

        testCase "weights that are none are refused" (fun () ->
            let pairs (w: float[]) rows columns =
                fun () ->
                    IndependentPairs.FromWeights(DenseMatrix(rows, columns, w), true, false, 1UL)
                    |> ignore

            refusedWith "(0, 1) is -1" (pairs [| 1.0; -1.0; -1.0; 1.0 |] 2 2)
            refusedWith "(1, 1) is NaN" (pairs [| 1.0; 1.0; 1.0; nan |] 2 2)
            refusedWith "(0, 0) is Infinity" (pairs [| infinity; 1.0; 1.0; 1.0 |] 2 2)
            refusedWith "zero" (pairs (Array.zeroCreate 4) 2 2)
            refusedWith "not 1 x 3" (pairs [| 1.0; 1.0; 1.0 |] 1 3)
            refusedWith "more than a double" (pairs [| 1.7e308; 0.0; 0.0; 1.7e308 |] 2 2)
            refusedWith "not 65536 x 1" (pairs (Array.zeroCreate 65_536) 65_536 1))
    ]
