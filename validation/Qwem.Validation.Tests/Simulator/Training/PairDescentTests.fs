/// Minibatch and full-batch descent of every loss, in both models and precisions.
module Qwem.Validation.Tests.PairDescentTests

open System
open Expecto
open FsCheck.FSharp
open Qwem.Sim.Descent
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Statistics
open Qwem.Sim.Threading
open Qwem.Sim.Training
open Qwem.Validation.Tests.PairLossTests
open Qwem.Validation.Tests.PairSourceTests
open Qwem.Validation.Tests.LinearAlgebraSupport
open Qwem.Validation.Tests.TrainingSupport

let measuresOf reweighting =
    PairMeasures(PairStatistics.FromCounts(randomCounts 6 8 40 2, 8), reweighting, 0.75, 1.5)

let v = 8

let sampled (measures: PairMeasures) (loss: PairLoss) folded asymmetric pairs start precision team =
    let settings =
        PairDescentSettings(
            loss,
            IndependentPairs.Positive(measures, folded, asymmetric, 5UL),
            IndependentPairs.Negative(measures, folded, asymmetric, 5UL),
            pairs,
            pairs + 3,
            asymmetric
        )

    PairDescent.Create(settings, start, precision, team)

let state (descent: IDescent) =
    let w = DenseMatrix(descent.Rows, descent.Columns)
    descent.CopyTo w
    w

/// The gradient of step n at an embedding: what a step of rate 1 takes away.
let private gradientAt (descent: IDescent) (w: DenseMatrix) step =
    descent.Restore(w, step)
    descent.Advance 1.0
    Array.map2 (-) w.Values (state descent).Values

/// The loss differentiated along every coordinate, compared with the step; both step sizes tell the truncation.
let private differentiated name (descent: IDescent) (w: DenseMatrix) =
    let gradient = gradientAt descent w 7L

    let loss k h =
        let moved = copyOf w
        moved.Values[k] <- moved.Values[k] + h
        descent.Restore(moved, 7L)
        descent.MinibatchLoss()

    let h = Math.ScaleB(1.0, -11)
    let size = abs (loss 0 0.0) + 10.0

    for k in 0 .. w.Values.Length - 1 do
        let difference h = (loss k h - loss k -h) / (2.0 * h)
        let fine, coarse = difference h, difference (2.0 * h)
        // Truncation is even in h, a third of the change at leading order; rounding of the losses over h; of the step in W.
        let bound = abs (coarse - fine) + 400.0 * u * size / h
        within $"{name}, coordinate {k}" (abs (gradient[k] - fine)) bound

    Expect.isTrue (gradient |> Array.exists (fun g -> abs g > 1e-3)) "a gradient of ordinary size"

let tests =
    testList "Pair descent" [
        testCase "every loss has the gradient its descent takes, in both models, sampled and whole" (fun () ->
            use team = new WorkerTeam(2)

            for asymmetric in [ false; true ] do
                let start = gaussMatrix (Random 8) (if asymmetric then 2 * v else v) 3 0.7

                for loss in losses do
                    for reweighting in reweightings do
                        let measures = measuresOf reweighting
                        let name = $"{loss.Name}, {reweighting}, asymmetric {asymmetric}"

                        differentiated
                            name
                            (sampled measures loss false asymmetric 37 start Precision.Binary64 team)
                            start

                        differentiated
                            $"{name}, whole"
                            (FullBatchDescent(ExactObjective(measures, loss, asymmetric, team), start))
                            start

                for beta in [ 0.5; 3.0 ] do
                    let source =
                        IndependentPairs.Positive(measuresOf Reweighting.None, false, true, 5UL)

                    differentiated $"simclr {beta}" (ContrastiveDescent(source, beta, 20, start, team)) start)

        testCase "the whole gradient of a quadratic loss is that of the dense objective" (fun () ->
            use team = new WorkerTeam(2)

            for reweighting in reweightings do
                let measures = measuresOf reweighting

                let weights mass =
                    build v v (fun i j -> mass (min i j) (max i j) (measures.Statistics.Joint(i, j)))

                let loss = PairLoss.Quadratic(0.3, 1.7, 0.2, -0.4)

                let dense =
                    PairwiseObjective.FromWeights(
                        weights (fun i j p -> measures.Positive(i, j, p)),
                        weights (fun i j p -> measures.Negative(i, j, p)),
                        0.3,
                        1.7,
                        0.2,
                        -0.4
                    )

                let w = gaussMatrix (Random 9) v 3 0.7
                let gradient, minus = DenseMatrix(v, 3), DenseMatrix(v, 3)

                let value = ExactObjective(measures, loss, false, team).Evaluate(w, gradient)

                DirectField(dense, w, team).Evaluate(w, minus)
                let size = minus.Values |> Array.map abs |> Array.max
                let expected, magnitude = lossOf dense w

                for k in 0 .. w.Values.Length - 1 do
                    within
                        $"{reweighting}, coordinate {k}"
                        (abs (gradient.Values[k] + minus.Values[k]))
                        (200.0 * u * size * float v)

                within $"{reweighting}, loss" (abs (value - expected)) (100.0 * u * magnitude))

        slow (
            testCase
                "the mean gradient of minibatches is the whole gradient, weighted or folded, in both models"
                (fun () ->
                    use team = new WorkerTeam(1)
                    let steps = 3000

                    for loss in [ PairLoss.Logistic; PairLoss.Symmetric ] do
                        for asymmetric in [ false; true ] do
                            for reweighting in reweightings do
                                for folded in [ false; true ] do
                                    let measures = measuresOf reweighting
                                    let start = gaussMatrix (Random 8) (if asymmetric then 2 * v else v) 2 0.7
                                    let exact = DenseMatrix(start.Rows, 2)

                                    ExactObjective(measures, loss, asymmetric, team).Evaluate(start, exact)
                                    |> ignore

                                    let descent =
                                        sampled measures loss folded asymmetric 40 start Precision.Binary64 team

                                    let sums, squares =
                                        Array.zeroCreate start.Values.Length, Array.zeroCreate start.Values.Length

                                    for step in 0 .. steps - 1 do
                                        gradientAt descent start (int64 step)
                                        |> Array.iteri (fun k g ->
                                            sums[k] <- sums[k] + g
                                            squares[k] <- squares[k] + g * g)

                                    let n = float steps
                                    let largest = exact.Values |> Array.map abs |> Array.max

                                    for k in 0 .. start.Values.Length - 1 do
                                        let mean = sums[k] / n
                                        let deviation = sqrt ((squares[k] / n - mean * mean) / n)

                                        withinSixSigma
                                            $"{loss.Name}, asymmetric {asymmetric}, {reweighting}, folded {folded}, {k}"
                                            mean
                                            exact.Values[k]
                                            deviation
                                        // Sharp enough to see a factor 2 in at least the largest coordinate.
                                        if abs exact.Values[k] = largest then
                                            Expect.isLessThan deviation (largest / 12.0) "")
        )
    ]
