module Qwem.Validation.Tests.AlignmentPeakTests

open System
open Expecto
open Qwem.Theory
open Qwem.Validation.Tests.Problems

/// A leading mode lambda_1, lambda_2 = r lambda_1, and a tail below, some of it negative; sigma small enough for leading order.
type private PeakProblem(random: Random) =
    let first = 10.0 ** (4.0 * random.NextDouble() - 2.0)
    let ratio = 0.1 + 0.8 * random.NextDouble()
    let size = random.Next(2, 12)

    let tail =
        Array.init (size - 2) (fun _ -> ratio * min 0.9 (1.5 * random.NextDouble() - 0.6))
        |> Array.sortDescending

    let rows = random.Next(1, min size 4 + 1)
    // lambda_0^{1 - r} from 1e-4 down to 1e-14: sigma^2 from 1e-4 down to 1e-140.
    let order = 10.0 ** -(4.0 + 10.0 * random.NextDouble())
    let sigma = sqrt (first * order ** (1.0 / (1.0 - ratio)))

    let solution =
        let spectrum =
            Array.append [| first; ratio * first |] (Array.map (fun x -> first * x) tail)

        ExactSolution(spectrum, Projection.OfRows(gaussian random rows size sigma, rows))

    let factor (clock: float) =
        solution.At(Clock.KappaTime(clock * 1.0<etaTime>)).EmbeddingsInEigenbasis().ToRows()

    let start = factor 0.0
    let variance = start[0] ** 2.0
    let square clock = (factor clock)[1] ** 2.0
    // R_12^2 rises with the rate r lambda_1 and falls with (1 - r) lambda_1.
    let width = 1.0 / (first * ratio * (1.0 - ratio))

    member _.Predicted =
        Alignment.CorrectedPeak(first, ratio * first, variance, start[1] ** 2.0)

    member _.Printed =
        Alignment.PaperPeak(first, ratio * first, variance)
        * (start[1] ** 2.0 / variance)

    /// The highest R_12^2 of the exact solution, found by golden section around the predicted time, and what leading order leaves out until then.
    member _.Measured =
        let golden = (sqrt 5.0 - 1.0) / 2.0

        let rec narrow low high count =
            let a, b = high - golden * (high - low), low + golden * (high - low)

            if count = 0 then 0.5 * (low + high)
            elif square a < square b then narrow a high (count - 1)
            else narrow low b (count - 1)

        let guess = float (Alignment.PeakTime(first, ratio * first, variance))
        let at = narrow (max 0.0 (guess - 6.0 * width)) (guess + 6.0 * width) 80
        // Eq. (74): what the law leaves out of the growth of ln R_12 is at most the squares of all entries but R_11 and the coupling
        // R_22 sum_l R_1l R_2l / R_12; doubled for the square of R_12, and again for what R_11 itself lacks. Rectangles under growing
        // functions, so from above.
        let steps = 2000

        let left =
            Seq.init steps (fun k ->
                let r = factor (at * float (k + 1) / float steps)
                let others = (r |> Array.sumBy (fun x -> x * x)) - r[0] ** 2.0

                let coupling =
                    if rows = 1 then
                        0.0
                    else
                        r[size + 1]
                        * Seq.sum (Seq.init (size - 2) (fun l -> r[l + 2] * r[size + l + 2]))
                        / r[1]

                others + abs coupling)
            |> Seq.sum

        // The limit itself drops a factor 1 - lambda_0 / lambda_1, at most once.
        struct (square at, 4.0 * left * at / float steps + variance / first)

// Rounding: a peak of logarithm ln(1e140) evaluated to a few ulp, and golden section is flat at the top.
let private rounding = 1e-12

let tests =
    testList "Alignment peak" [
        property
            "on any spectrum R_12 peaks as high as corrected, to the order that the law leaves out"
            60
            (fun (seed: Seed) ->
                let problem = PeakProblem(seed.Random())
                let struct (peak, left) = problem.Measured
                labelled "relative error of the peak" (abs (peak / problem.Predicted - 1.0)) (left + rounding))

        slow (
            testCase
                "the peak of Eq. 83 fails on the same spectra wherever its constant is wrong by more than leading order"
                (fun () ->
                    let mutable judged = 0

                    for seed in 1..60 do
                        let problem = PeakProblem(Random seed)
                        let struct (peak, left) = problem.Measured

                        if abs (problem.Predicted / problem.Printed - 1.0) > 2.0 * (left + rounding) then
                            judged <- judged + 1

                            Expect.isGreaterThan
                                (abs (peak / problem.Printed - 1.0))
                                (left + rounding)
                                ($"seed {seed}")

                    Expect.isGreaterThan judged 50 "")
        )
    ]
