/// Losses of a pair, and learning rates.
module Qwem.Validation.Tests.PairLossTests

open System
open System.Runtime.Intrinsics
open Expecto
open FsCheck.FSharp
open Qwem.Sim.Descent
open Qwem.Validation.Tests.Problems
open Qwem.Validation.Tests.TrainingSupport
open Qwem.Sim.LinearAlgebra

/// Every loss of a pair.
let losses = [
    PairLoss.CrossEntropy
    PairLoss.Symmetric
    PairLoss.Logistic
    PairLoss.Quartic
    PairLoss.Quadratic(0.3, 1.7, 0.2, -0.4)
]

let tests =
    testList "Pair loss" [
        property "a slope is the derivative of its value" 200 (fun (seed: Seed) ->
            let random = seed.Random()
            let x = 3.0 * gauss random
            let h = Math.ScaleB(1.0, -12)

            losses
            |> List.collect (fun loss ->
                [ true; false ]
                |> List.map (fun positive ->
                    let value y = loss.Value(positive, y)
                    let difference = (value (x + h) - value (x - h)) / (2.0 * h)
                    // Third derivatives are at most 0.0963 (of the logistic one; the others have none), values at most 1 + 2 x^2 + 2 |x|.
                    let size = 2.0 + 2.0 * (abs x + 1.0) ** 2.0
                    let bound = 0.0963 * h * h / 6.0 + 8.0 * u * size / h

                    labelled
                        $"slope of {loss.Name} (of its bound)"
                        (abs (difference - loss.Slope(positive, x)))
                        (bound + 4.0 * u * size)))
            |> List.reduce (.&.))

        testCase "the logistic loss and its slope overflow nowhere and keep their limits" (fun () ->
            for x in
                [
                    0.0
                    1e-300
                    1.0
                    36.0
                    87.0
                    88.0
                    708.0
                    709.0
                    1e4
                    1e300
                    Double.MaxValue
                ] do
                for s in [ 1.0; -1.0 ] do
                    let y = s * x

                    let value, slope =
                        PairLoss.Logistic.Value(true, y), PairLoss.Logistic.Slope(true, y)

                    Expect.isTrue (Double.IsFinite value && Double.IsFinite slope) ($"x = {y}")
                    // log(1 + e^-y) by the library, which is right where it does not overflow.
                    let expected = if y < 0.0 then -y + log (1.0 + exp y) else log (1.0 + exp -y)

                    Expect.isLessThanOrEqual
                        (abs (value - expected))
                        (4.0 * u * (1.0 + abs expected))
                        ($"value at {y}")

                    let sigmoid = if y > 0.0 then exp -y / (1.0 + exp -y) else 1.0 / (1.0 + exp y)
                    Expect.isLessThanOrEqual (abs (slope + sigmoid)) (1e-307 + 8.0 * u * sigmoid) ($"slope at {y}")
                    Expect.equal (PairLoss.Logistic.Value(false, -y)) value ""
                    Expect.equal (PairLoss.Logistic.Slope(false, -y)) (-slope) ""

            Expect.isTrue
                (Double.IsNaN(PairLoss.Logistic.Value(true, nan))
                 && Double.IsNaN(PairLoss.Logistic.Slope(true, nan)))
                ""

            Expect.equal (PairLoss.Logistic.Value(true, 1e4)) 0.0 ""
            Expect.equal (PairLoss.Logistic.Value(true, -1e4)) 1e4 "")

        property
            "the logistic function in float is the one in double to a few units in the last place"
            300
            (fun (seed: Seed) ->
                let random = seed.Random()
                let x = float32 (30.0 * gauss random)
                let single = LogisticFunction.Sigmoid(Vector256.Create x).GetElement 0
                let exact = LogisticFunction.Sigmoid(float x)

                // Polynomial and its reduction 3, sum and quotient 2 roundings, of 2^-24 each; twice that for their accumulation. Below e^-87,
                // the last power that is a normal number in float, the function is 0.
                let zero = if x < -87f then exp -87.0 else 0.0

                labelled "float sigmoid" (abs (float single - exact)) (10.0 * Math.ScaleB(1.0, -24) * exact + zero))

        testCase "the quartic loss is the expansion of the logistic one, half of L_sym and its constant" (fun () ->
            for x in [ -0.3; -1e-3; 0.0; 1e-2; 0.3 ] do
                for positive in [ true; false ] do
                    let quartic = PairLoss.Quartic.Value(positive, x)
                    let logistic = PairLoss.Logistic.Value(positive, x)
                    Expect.isLessThanOrEqual (abs (quartic - logistic)) (x ** 4.0 / 192.0 + 4.0 * u) ""

                    Expect.isLessThanOrEqual
                        (abs (quartic - log 2.0 - 0.5 * PairLoss.Symmetric.Value(positive, x)))
                        (4.0 * u)
                        "")

        testCase "losses that are none are refused" (fun () ->
            let refusing part a b c d =
                refusedWith part (fun () -> PairLoss.Quadratic(a, b, c, d) |> ignore)

            refusing "no minimum" 0.0 1.0 0.0 -1.0
            refusing "no minimum" -1.0 1.0 2.0 -1.0
            refusing "finite" nan 1.0 1.0 -1.0
            refusing "finite" 1.0 infinity 1.0 -1.0)

        testCase "schedules give the factors they are written for" (fun () ->
            let at (text: string) steps =
                let schedule = LearningRateSchedule.Parse text
                fun step -> schedule.FactorAt(step, steps)

            Expect.equal ([ 0L; 7L; 9L ] |> List.map (at "constant" 10L)) [ 1.0; 1.0; 1.0 ] ""

            Expect.equal ([ 0L; 6L; 7L; 8L; 9L ] |> List.map (at "linear:6" 10L)) [ 1.0; 1.0; 0.75; 0.5; 0.25 ] ""

            Expect.equal ([ 0L; 9L ] |> List.map (at "linear:10" 10L)) [ 1.0; 1.0 ] ""

            Expect.equal
                ([ 0L; 2L; 3L; 7L; 8L ] |> List.map (at "steps:3=0.5,8=0.1" 10L))
                [ 1.0; 1.0; 0.5; 0.5; 0.05 ]
                ""

            for text in
                [
                    ""
                    "lin"
                    "linear:"
                    "linear:-1"
                    "steps:"
                    "steps:3"
                    "steps:0=1"
                    "steps:5=1,5=1"
                    "steps:3=-1"
                    "steps:3=x"
                ] do
                Expect.throwsT<FormatException> (fun () -> LearningRateSchedule.Parse text |> ignore) "")
    ]
