/// Products of dense matrices.
module Qwem.Validation.Tests.MatrixProductTests

open System
open Expecto
open FsCheck.FSharp
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Threading
open Qwem.Validation.Tests.LinearAlgebraSupport

let private orient transposed rows columns generator =
    if transposed then
        randomFrom generator columns rows
    else
        randomFrom generator rows columns

let private entry (x: DenseMatrix) transposed i j =
    if transposed then x.Values[j * x.Columns + i] else x.Values[i * x.Columns + j]

/// Largest gap to the triple loop, in units of the derived bound.
let private productUtilisation m n k transposeA transposeB alpha beta generator (team: WorkerTeam) =
    let a, b = orient transposeA m k generator, orient transposeB k n generator
    let old = randomFrom generator m n
    let c = DenseMatrix(m, n, Array.copy old.Values)
    MatrixProduct.Multiply(alpha, a, transposeA, b, transposeB, beta, c, team)
    let mutable worst = 0.0

    for i in 0 .. m - 1 do
        for j in 0 .. n - 1 do
            let mutable sum, size = 0.0, 0.0

            for l in 0 .. k - 1 do
                let term = entry a transposeA i l * entry b transposeB l j
                sum <- sum + term
                size <- size + abs term

            let plain = alpha * sum + beta * entry old false i j
            // Worst case, either route: at most k + 3 roundings lie on the path of any term, each at most u; two routes.
            let bound =
                2.0 * float (k + 4) * u * (abs alpha * size + abs (beta * entry old false i j))

            let gap = abs (entry c false i j - plain)

            if not (gap <= bound) then
                worst <- Double.PositiveInfinity
            elif gap > 0.0 then
                worst <- max worst (gap / bound)

    worst

let tests =
    choosingVectorWidth
    <| testList "Matrix product" [
        slow (
            property
                "the product agrees with the triple loop for any shape, transposes and factors"
                120
                (fun (seed: Seed) transposeA transposeB ->
                    let g = seed.Random()
                    let m, n = g.Next(1, 60), g.Next(1, 80)
                    let k = if g.Next 4 = 0 then g.Next(250, 600) else g.Next(1, 60)

                    let alpha, beta =
                        [| 1.0; -1.0; 0.3; 0.0 |][g.Next 4], [| 0.0; 1.0; -0.7 |][g.Next 3]

                    use team = new WorkerTeam(1)

                    let run () =
                        productUtilisation m n k transposeA transposeB alpha beta (seed.Random()) team

                    let wide, halves = onWide run, onHalves run

                    (wide <= 1.0 && halves = wide)
                    |> Prop.label
                        $"seed {seed} shape {m} x {k} x {n} alpha {alpha} beta {beta} utilisation %.3g{wide} and %.3g{halves}")
        )

        testTheory
            "the product agrees with the triple loop across the limits of its blocks"
            [ (3100, 20, 40); (20, 3100, 40); (9, 25, 20000); (200, 130, 700) ]
            (fun (m, n, k) ->
                use team = new WorkerTeam(2)

                for transposed in [ false; true ] do
                    Expect.isLessThanOrEqual
                        (productUtilisation m n k transposed (not transposed) 1.1 -0.4 (Random(m + k)) team)
                        1.0
                        "")

        testTheory
            "the product has the same bits for one, two and three threads and for both vector widths"
            [
                (128, 1000, 300)
                (300, 128, 128)
                (128, 128, 1000)
                (77, 311, 513)
                (3100, 50, 300)
            ]
            (fun (m, n, k) ->
                let compute threads =
                    use team = new WorkerTeam(threads)
                    let c = random 7 m n
                    MatrixProduct.Multiply(0.9, random 5 m k, false, random 6 n k, true, 0.2, c, team)
                    bits c.Values

                let one = compute 1
                Expect.isTrue (compute 2 = one) "two threads"
                Expect.isTrue (compute 3 = one) "three threads"
                Expect.isTrue (onHalves (fun () -> compute 2) = one) "two 256-bit halves"
                Expect.isTrue (onWide (fun () -> compute 2) = one) "one 512-bit register")

        testCase "with beta zero the old result is not read, with alpha zero the factors are not" (fun () ->
            use team = new WorkerTeam(1)
            let poisoned = build 9 11 (fun _ _ -> Double.NaN)
            let c = build 9 11 (fun _ _ -> Double.NaN)
            MatrixProduct.Multiply(1.0, random 1 9 5, false, random 2 5 11, false, 0.0, c, team)
            Expect.isTrue (Array.forall Double.IsFinite c.Values) ""
            let before = Array.copy c.Values

            MatrixProduct.Multiply(0.0, build 9 5 (fun _ _ -> Double.NaN), false, random 2 5 11, false, 2.0, c, team)

            same (before |> Array.map (fun x -> 2.0 * x)) 0.0 c.Values
            MatrixProduct.Multiply(0.0, random 1 9 5, false, random 2 5 11, false, 0.0, poisoned, team)
            Expect.isTrue (Array.forall (fun x -> x = 0.0) poisoned.Values) "")

        testCase "the product refuses mismatched shapes, naming both numbers, and an aliased result" (fun () ->
            use team = new WorkerTeam(1)
            let square = random 1 6 6

            let message (work: unit -> unit) =
                (Expect.raised<ArgumentException>(fun () -> work ())).Message

            let inner =
                message (fun () ->
                    MatrixProduct.Multiply(
                        1.0,
                        random 1 4 5,
                        false,
                        random 2 7 3,
                        false,
                        0.0,
                        DenseMatrix(4, 3),
                        team
                    ))

            let outer =
                message (fun () ->
                    MatrixProduct.Multiply(
                        1.0,
                        random 1 4 5,
                        false,
                        random 2 5 3,
                        false,
                        0.0,
                        DenseMatrix(4, 8),
                        team
                    ))

            mentions "5 and 7" (inner)
            mentions "4 x 3" (outer)
            mentions "4 x 8" (outer)

            mentions
                "shares"
                (message (fun () -> MatrixProduct.Multiply(1.0, square, false, random 2 6 6, false, 0.0, square, team))))
    ]
