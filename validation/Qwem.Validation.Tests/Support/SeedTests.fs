/// Seeds: all 64 bits of them, and streams that keep the contract of System.Random.
module Qwem.Validation.Tests.SeedTests

open System
open Expecto
open FsCheck
open FsCheck.FSharp

let private words (Seed value: Seed) count =
    let bytes = Array.zeroCreate<byte>(8 * count)
    (Seed value).Random().NextBytes bytes
    Array.init count (fun k -> BitConverter.ToUInt64(bytes, 8 * k))

let tests =
    testList "Seeds" [
        testCase "a hundred draws are a hundred seeds, and every bit is drawn both ways, whatever the size" (fun () ->
            for size in [ 0; 1; 100 ] do
                let drawn =
                    Gen.sampleWithSeed (Rnd 1UL) size 100 (Arb.toGen seeds)
                    |> Array.map (fun (Seed value) -> value)

                Expect.allDistinct drawn $"size {size}"
                Expect.equal (Array.reduce (|||) drawn) UInt64.MaxValue "bits that are set"
                Expect.equal (Array.reduce (&&&) drawn) 0UL "bits that are clear")

        testCase "the stream is SplitMix64 as published" (fun () ->
            Expect.equal
                (words (Seed 1234567UL) 5)
                [|
                    6457827717110365317UL
                    3203168211198807973UL
                    9817491932198370423UL
                    4593380528125082431UL
                    16408922859458223821UL
                |]
                "")

        testCase "seeds that differ in their highest bit only begin different streams" (fun () ->
            Expect.notEqual (words (Seed 5UL) 1) (words (Seed(5UL ||| (1UL <<< 63))) 1) "")

        property
            "every kind of number is in its range, and a stream begins again"
            200
            (fun (seed: Seed) (a: int) (b: int) ->
                let low, high = min a b, max a b
                let random, again = seed.Random(), seed.Random()

                let inside low x high =
                    low <= x && (x < high || x = low && low = high)

                inside 0 (random.Next()) Int32.MaxValue
                && inside 0 (random.Next(abs high + 1)) (abs high + 1)
                && inside low (random.Next(low, high)) high
                && inside 0L (random.NextInt64()) Int64.MaxValue
                && inside Int64.MinValue (random.NextInt64(Int64.MinValue, Int64.MaxValue)) Int64.MaxValue
                && inside 0.0 (random.NextDouble()) 1.0
                && inside 0.0f (random.NextSingle()) 1.0f
                && again.Next() = seed.Random().Next())

        testCase "a wrong range is refused" (fun () ->
            Expect.throwsT<ArgumentException> (fun () -> (Seed 1UL).Random().Next(2, 1) |> ignore) ""
            Expect.throwsT<ArgumentException> (fun () -> (Seed 1UL).Random().Next -1 |> ignore) "")

        testCase "numbers below ten are equally frequent, and doubles have the moments of the uniform law" (fun () ->
            let random = (Seed 7UL).Random()
            let count = 100_000
            let digits = Array.init count (fun _ -> random.Next 10)
            let expected = float count / 10.0

            for _, found in Array.countBy id digits do
                // 6 standard deviations of a binomial number.
                Expect.near (float found) expected (6.0 * sqrt (0.9 * expected)) ""

            let doubles = Array.init count (fun _ -> random.NextDouble())
            within "mean" (abs (Array.average doubles - 0.5)) (6.0 / sqrt (12.0 * float count))
            // The square has mean 1/3 and variance 1/5 - 1/9 = 4/45.
            within
                "mean square"
                (abs (Array.averageBy (fun x -> x * x) doubles - 1.0 / 3.0))
                (6.0 * sqrt (4.0 / 45.0 / float count)))
    ]
