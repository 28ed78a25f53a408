/// Examples of what moves a run away from the aligned law and the flow, compiled and run as tests; docs/theory.md shows them.
module Qwem.Validation.Tests.TheoryExamples.DeviationExamples

open Expecto
open Qwem.Validation.Tests.Expectations
open Qwem.Theory
open Qwem.Validation.Tests.TheoryExamples.Checks

let tests =
    testList "Deviation examples" [
        testCase "example of Misalignment" (fun () ->
            // d = 1: the second mode has no row of its own, and adds D_2 R_12^2 = 0.04 to a_1 = lambda_1 / 2 = 1.
            let solution = ExactSolution([| 2.0; 1.0 |], Projection.OfRows [| [| 0.2; 0.2 |] |])
            let eta = log 1.04
            close (eta / (1.0 - eta)) (Misalignment.Shifts(solution)[0])
            close (eta / (1.0 - eta)) (Misalignment.Shifts(solution, 0.04)[0]) // R_11(0)^2 is 0.04
            close (eta / (1.0 - eta) / log 49.0) (Misalignment.HalfRiseShifts(solution)[0])
            close (0.1 / log 49.0) (Misalignment.HalfRiseShift(0.1, log 49.0))
            Expect.isLessThan eta Misalignment.Limit "")

        testCase "example of Misalignment: the law of the start" (fun () ->
            // One degree of freedom: e^u - 1 - u = z^2 at u = -1 for z^2 = 1/e.
            close 0.5 (Misalignment.StartShift(1, 0, 2.0, exp -0.5)))

        testCase "example of MinibatchNoise" (fun () ->
            // Two words: a pair is (1, 1) with probability 1/4 and then has the coefficient 4, of either sign; six pairs of each sign.
            let uniform, basis = Array.create 4 0.25, [| 1.0; 0.0; 0.0; 1.0 |]

            let noise =
                MinibatchNoise.Of(QuadraticLoss.Xe, uniform, uniform, 0.125, Array.zeroCreate 4, basis, 1, 6)

            close 1.0 (noise.DiagonalVariance()[0]) // 2 * 4^2 (1/4 - 1/16) / 6
            close 0.5 noise.EntryVariance)

        testCase "example of DescentDeviation" (fun () ->
            // One-batch noise (MinibatchNoise) with a variance of 1.
            let uniform, basis = Array.create 4 0.25, [| 1.0; 0.0; 0.0; 1.0 |]

            let noise =
                MinibatchNoise.Of(QuadraticLoss.Xe, uniform, uniform, 0.125, Array.zeroCreate 4, basis, 1, 6)

            let deviation =
                DescentDeviation([| 1.0; 0.0 |], [| 1e-6 |], 0.01<kappaTime / step>, noise, 1, 6.0)

            let steps = log (1e6 - 1.0) / 0.02 * AlignedSolution.DiscreteTimeFactor 0.01
            close steps (deviation.HalfRiseStep 0)
            close (6.0 / sqrt steps) (deviation.Sampling 0)
            close (6.0 / sqrt steps + 0.005 + 0.015 * log 2.0 / log 1e6) (deviation.HalfRiseShift 0)
            close (0.5 * (0.6 + 0.0075)) (deviation.Plateau 0) // fluctuation, inflow; nobody to repel
        )
    ]
