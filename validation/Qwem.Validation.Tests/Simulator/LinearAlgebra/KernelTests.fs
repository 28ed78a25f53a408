/// Vector kernels.
module Qwem.Validation.Tests.KernelTests

open System
open Expecto
open FsCheck.FSharp
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Threading
open Qwem.Validation.Tests.LinearAlgebraSupport

let tests =
    choosingVectorWidth
    <| testList "Kernel" [
        property
            "kernels agree with plain loops, and both vector widths give the same bits"
            60
            (fun (seed: Seed) (size: uint16) ->
                let n = int size % 300
                let generator = seed.Random()
                let x = (randomFrom generator (n + 1) 1).Values[.. n - 1]
                let y = (randomFrom generator (n + 1) 1).Values[.. n - 1]

                let run () =
                    let axpy, scaled, left, right =
                        Array.copy y, Array.copy x, Array.copy x, Array.copy y

                    Kernels.Axpy(0.37, x, axpy)
                    Kernels.Scale(-1.7, scaled)
                    Kernels.Rotate(left, right, 0.6, 0.8)

                    Array.concat [
                        [| Kernels.Dot(x, y); Kernels.NormSquared x; Kernels.Sum x |]
                        axpy
                        scaled
                        left
                        right
                    ]

                let wide, halves = onWide run, onHalves run
                let dot = Array.fold2 (fun sum a b -> sum + a * b) 0.0 x y
                // Worst case: the plain loop has at most n + 1 roundings on the path of each product, the kernel fewer.
                let bound =
                    2.0 * float (n + 2) * u * Array.fold2 (fun sum a b -> sum + abs (a * b)) 0.0 x y

                let elementwise =
                    Array.forall2
                        (fun a b -> abs (a - b) <= 4.0 * u)
                        wide[3 .. n + 2]
                        (Array.map2 (fun a b -> 0.37 * a + b) x y)

                (bits wide = bits halves && abs (wide[0] - dot) <= bound && elementwise)
                |> Prop.label $"seed {seed} n {n} dot {wide[0]:R} plain {dot:R} bound %.3g{bound}")

        testCase "kernels refuse vectors of different lengths and say both" (fun () ->
            let failure =
                Expect.raised<ArgumentException>(fun () ->
                    Kernels.Dot(ReadOnlySpan(Array.zeroCreate<float> 3), ReadOnlySpan(Array.zeroCreate<float> 5))
                    |> ignore)

            mentions "3 and 5" (failure.Message))

        testCase "kernels and a repeated product allocate nothing" (fun () ->
            let x, y = (random 1 500 1).Values, (random 2 500 1).Values
            let a, b, c = random 3 60 300, random 4 300 50, DenseMatrix(60, 50)
            use team = new WorkerTeam(1)
            let sink = [| 0.0 |]

            let work () =
                sink[0] <- sink[0] + Kernels.Dot(x, y) + Kernels.NormSquared x + Kernels.Sum x
                Kernels.Axpy(0.1, x, y)
                Kernels.Scale(0.5, y)
                Kernels.Rotate(x, y, 0.6, 0.8)
                MatrixProduct.Multiply(1.0, a, false, b, false, 0.5, c, team)

            for _ in 1..50 do
                work ()

            let thousand () =
                for _ in 1..1000 do
                    work ()

            Expect.equal (Allocation.byThisThread thousand) 0L ($"sink {sink[0]}"))
    ]
