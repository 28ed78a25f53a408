module Qwem.Validation.Tests.MinibatchNoiseTests

open System
open Expecto
open Qwem.Theory
open Qwem.Validation.Tests.Problems

let private size = 5

/// Random symmetric weights of total mass 1.
let private weights (random: Random) =
    let half = Array.init (size * size) (fun _ -> random.NextDouble())

    let symmetric =
        Array.init (size * size) (fun e -> half[e] + half[e % size * size + e / size])

    symmetric |> Array.map (fun w -> w / Array.sum symmetric)

let private noiseOf weight pairs (random: Random) =
    let positive, negative = weights random, weights random
    let vectors = orthogonal random size
    let target = weights random |> Array.map (fun w -> 3.0 * w)
    let loss = QuadraticLoss.Sym

    MinibatchNoise.Of(loss, positive, negative, weight, target, vectors, 2, pairs),
    loss,
    positive,
    negative,
    vectors,
    target

let private noise pairs random = noiseOf 0.02 pairs random

let tests =
    testList "Minibatch noise" [
        testCase "the variance of one batch is that of the mean of independent pairs, draw by draw" (fun () ->
            let random = Random 3
            let found, loss, positive, negative, vectors, target = noise 7 random

            /// Mean and mean square of coefficient * v_i v_j / 2 g over one pair drawn.
            let moments (weights: float[]) coefficient k =
                let value e =
                    coefficient target[e]
                    * vectors[k * size + e / size]
                    * vectors[k * size + e % size]
                    / 0.04

                Seq.sum (Seq.init (size * size) (fun e -> weights[e] * value e)),
                Seq.sum (Seq.init (size * size) (fun e -> weights[e] * value e ** 2.0))

            for k in 0..1 do
                let variance factor =
                    let plus, plus2 =
                        moments positive (fun m -> 2.0 * loss.PositiveQuadratic * factor * m - loss.PositiveLinear) k

                    let minus, minus2 =
                        moments negative (fun m -> 2.0 * loss.NegativeQuadratic * factor * m - loss.NegativeLinear) k

                    (plus2 - plus * plus + minus2 - minus * minus) / 7.0

                within $"mode {k}" (relative (found.DiagonalVariance()[k]) (max (variance 0.0) (variance 1.0))) 1e-12)

        testCase "noise falls with the pairs of a step, and its standard error with the root of the runs" (fun () ->
            let one, _, _, _, _, _ = noise 10 (Random 4)
            let four, _, _, _, _, _ = noise 40 (Random 4)
            within "variance" (relative one.EntryVariance (4.0 * four.EntryVariance)) 1e-12

            let sampling noise runs =
                DescentDeviation([| 1.0; 0.5; 0.1 |], [| 1e-9; 1e-9 |], 0.01<kappaTime / step>, noise, runs, 6.0)
                    .Sampling
                    1

            within "runs" (relative (sampling one 1) (2.0 * sampling one 4)) 1e-12
            within "pairs" (relative (sampling one 1) (2.0 * sampling four 1)) 1e-12)

        testCase "the term of a finite step is what the steps of one mode do while it saturates" (fun () ->
            // So large a weight makes the noise nothing beside the target.
            let silent, _, _, _, _, _ = noiseOf 1e9 1000 (Random 5)

            for z in [ 0.002; 0.01; 0.03 ] do
                let variance = 1e-18

                let deviation =
                    DescentDeviation([| 1.0; 0.0 |], [| variance |], z * 1.0<kappaTime / step>, silent, 1, 6.0)

                let logit square = log (square / (1.0 - square))

                // s <- s (1 + z (1 - s^2)), the step in between read off the logit.
                let rec steps count s =
                    let next = s * (1.0 + z * (1.0 - s * s))

                    if next * next > 0.5 then
                        count + -logit(s * s) / (logit (next * next) - logit (s * s))
                    else
                        steps (count + 1.0) next

                let shift = 1.0 - steps 0.0 (sqrt variance) / deviation.HalfRiseStep 0
                within $"z = {z}" (relative (deviation.HalfRiseShift 0) shift) (2.0 * z + 1e-3))

        testCase "a shape that does not fit is refused" (fun () ->
            refusedNaming "positive" (fun () ->
                MinibatchNoise.Of(
                    QuadraticLoss.Xe,
                    [| 1.0 |],
                    Array.zeroCreate 4,
                    0.5,
                    Array.zeroCreate 4,
                    Array.zeroCreate 4,
                    1,
                    1
                )
                |> ignore))
    ]
