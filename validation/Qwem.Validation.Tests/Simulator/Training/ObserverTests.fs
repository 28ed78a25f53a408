/// Observations of a model.
module Qwem.Validation.Tests.ObserverTests

open System
open Expecto
open FsCheck
open FsCheck.FSharp
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Training
open Qwem.Validation.Tests.Problems
open Qwem.Validation.Tests.TrainingSupport

let tests =
    testList "Observer" [
        property "observations agree with their definitions" 100 (fun (seed: Seed) ->
            let random = seed.Random()
            let v = random.Next(2, 30)
            let d = random.Next(1, min v 9)
            let x = gaussMatrix random v d 1.0
            let beta = Array.init v (fun _ -> gauss random) |> Array.sortDescending
            let quadratic = 0.1 + random.NextDouble()
            let ranks = Array.init d (fun k -> k + 1)
            let seen = Observer(beta, quadratic, ranks).Observe x
            let m = gramOf x

            let decomposition =
                MathNet.Numerics.LinearAlgebra.Double.DenseMatrix
                    .Create(v, v, (fun i j -> m[i * v + j]))
                    .Evd(MathNet.Numerics.LinearAlgebra.Symmetricity.Symmetric)

            // Ascending there.
            let squares = Array.init v (fun k -> decomposition.EigenValues[v - 1 - k].Real)

            // Forming the Gram matrix and a general eigensolver are accurate relative to the largest square only.
            let bound = 32.0 * float (v + d) * u

            let gap =
                largest (Array.init d (fun k -> abs (seen.SingularValues[k] ** 2.0 - squares[k])))
                / squares[0]

            let mutable loss, magnitude = 0.0, 0.0

            for i in 0 .. v - 1 do
                for j in 0 .. v - 1 do
                    let value = m[i * v + j]
                    let linear = if i = j then beta[i] * value else 0.0
                    loss <- loss + quadratic * value * value - linear
                    magnitude <- magnitude + quadratic * value * value + abs linear

            let overlaps = [
                for k in ranks do
                    let next = if k < d then squares[k] else 0.0
                    let separation = (squares[k - 1] - next) / squares[0]
                    // The leading subspace turns by bound / separation (Davis-Kahan); nothing to compare when that is large.
                    if separation > 1e-4 then
                        let mutable total = 0.0

                        for l in 0 .. k - 1 do
                            for j in 0 .. k - 1 do
                                total <- total + decomposition.EigenVectors[j, v - 1 - l] ** 2.0

                        labelled
                            "overlap"
                            (abs (seen.SubspaceOverlaps[k - 1] - total / float k))
                            (4.0 * bound / separation)
            ]

            List.fold (.&.) (labelled "singular values" gap bound) overlaps
            // The quartic part from squares of squares: twice the bound of a square; the rest is a sum of V^2 products of length d.
            .&. labelled
                    "loss"
                    (abs (seen.Loss - loss))
                    ((4.0 * bound * float d + float (v * v + 2 * d + 8) * u) * magnitude)
            .&. (Array.sortDescending seen.SingularValues = seen.SingularValues))

        testCase "an observer refuses a model of another size" (fun () ->
            refusedWith "2 modes" (fun () ->
                Observer([| 1.0; 0.5; 0.1 |], 1.0, [| 1 |]).Observe(DenseMatrix(2, 1)) |> ignore))
    ]
