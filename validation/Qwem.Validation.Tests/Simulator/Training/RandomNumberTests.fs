/// Random numbers and random starts.
module Qwem.Validation.Tests.RandomNumberTests

open System
open Expecto
open Qwem.Sim.Random
open Qwem.Sim.Training
open Qwem.Validation.Tests.Problems
open Qwem.Validation.Tests.TrainingSupport

let tests =
    testList "Random number" [
        testCase "the counter gives the published SplitMix64 sequence of seed 1234567" (fun () ->
            let random = CounterRandom(1234567UL, 0UL)
            let drawn = Array.init 5 (fun i -> random.Bits(uint64 i))

            Expect.equal
                drawn
                [|
                    6457827717110365317UL
                    3203168211198807973UL
                    9817491932198370423UL
                    4593380528125082431UL
                    16408922859458223821UL
                |]
                "")

        testCase "streams and seeds share no number" (fun () ->
            // 2^16 distinct 64-bit numbers: a collision by chance has probability 2^31 / 2^64 = 1e-10.
            let drawn = [|
                for seed in 0UL .. 3UL do
                    for stream in 0UL .. 15UL do
                        let random = CounterRandom(seed, stream)

                        for index in 0UL .. 1023UL do
                            random.Bits index
            |]

            Expect.equal ((Array.distinct drawn).Length) drawn.Length "")

        property
            "uniform numbers are the upper 53 bits and lie in [0, 1)"
            1000
            (fun (seed: uint64) (stream: uint64) (index: uint64) ->
                let random = CounterRandom(seed, stream)
                let x = random.Uniform index
                x >= 0.0 && x < 1.0 && x = Math.ScaleB(float (random.Bits index >>> 11), -53))

        testCase "uniform numbers have the mean, variance and successive correlation of independent ones" (fun () ->
            let n = 1_000_000
            let random = CounterRandom(7UL, 3UL)
            let x = Array.init n (fun i -> random.Uniform(uint64 i) - 0.5)
            let root = sqrt (float n)
            withinSixSigma "mean" (Array.average x) 0.0 (sqrt (1.0 / 12.0) / root)
            // E x^4 - (E x^2)^2 = 1/80 - 1/144 = 1/180.
            withinSixSigma "variance" (Array.averageBy (fun v -> v * v) x) (1.0 / 12.0) (sqrt (1.0 / 180.0) / root)

            let products = Array.init (n - 1) (fun i -> x[i] * x[i + 1])
            withinSixSigma "lag 1" (Array.average products) 0.0 (1.0 / 12.0 / root))

        testCase "normal numbers have the first four moments and the tail of the normal law" (fun () ->
            let n = 1_000_000
            let sequence = GaussianSequence(CounterRandom(11UL, 1UL))
            let x = Array.init n (fun _ -> sequence.Next())
            let root = sqrt (float n)

            // Var x^k = E x^2k - (E x^k)^2 = 1, 3 - 1, 15, 105 - 9.
            for power, expected, variance in [ 1, 0.0, 1.0; 2, 1.0, 2.0; 3, 0.0, 15.0; 4, 3.0, 96.0 ] do
                withinSixSigma
                    $"moment {power}"
                    (Array.averageBy (fun v -> pown v power) x)
                    expected
                    (sqrt variance / root)

            // 1 - erf(c / sqrt 2), tables of the error function.
            for cut, p in
                [
                    1.0, 0.31731050786291415
                    2.0, 0.04550026389635842
                    3.0, 0.0026997960632601866
                ] do
                let beyond = Array.averageBy (fun v -> if abs v > cut then 1.0 else 0.0) x
                withinSixSigma $"beyond {cut}" beyond p (sqrt (p * (1.0 - p)) / root)

            let products = Array.init (n - 1) (fun i -> x[i] * x[i + 1])
            withinSixSigma "lag 1" (Array.average products) 0.0 (1.0 / root))

        testCase "initial entries have variance sigma^2 / d" (fun () ->
            for sigma in [ 1e-12; 0.3 ] do
                let v, d = 2000, 50
                let start = Initialisation.Gaussian(v, d, sigma, 5UL)
                Expect.equal [| start.Rows; start.Columns |] [| v; d |] ""
                let n = float (v * d)
                let scale = sigma * sigma / float d

                withinSixSigma
                    "variance"
                    (Array.averageBy (fun x -> x * x) start.Values)
                    scale
                    (scale * sqrt (2.0 / n))

                withinSixSigma "mean" (Array.average start.Values) 0.0 (sqrt (scale / n))
                Expect.equal (bits (Initialisation.Gaussian(v, d, sigma, 5UL).Values)) (bits start.Values) ""
                Expect.notEqual (bits (Initialisation.Gaussian(v, d, sigma, 6UL).Values)) (bits start.Values) "")

        testCase "a start that is none is refused by name and value" (fun () ->
            let start v d sigma =
                fun () -> Initialisation.Gaussian(v, d, sigma, 1UL) |> ignore

            for v, d, sigma, name, value in
                [
                    1, 1, 1.0, "vocabularySize", "1"
                    4, 0, 1.0, "embeddingDimension", "0"
                    4, 4, 1.0, "embeddingDimension", "4"
                    4, 9, 1.0, "embeddingDimension", "9"
                    4, 2, 0.0, "initialisationScale", "0"
                    4, 2, -0.5, "initialisationScale", "-0.5"
                    4, 2, nan, "initialisationScale", "NaN"
                    4, 2, infinity, "initialisationScale", "∞"
                ] do
                refusedWith name (start v d sigma)
                // Invariant culture prints infinity as a word.
                refusedWith (if Double.IsInfinity sigma then "Infinity" else value) (start v d sigma))
    ]
