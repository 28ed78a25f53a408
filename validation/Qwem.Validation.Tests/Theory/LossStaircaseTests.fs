module Qwem.Validation.Tests.LossStaircaseTests

open Expecto
open FsCheck.FSharp
open Qwem.Theory
open Qwem.Validation.Tests.Problems

let private staircase (p: Problem) (variance: float) =
    LossStaircase(
        Array.create p.Rows variance,
        p.Eigenvalues[.. p.Rows - 1],
        Array.sumBy (fun l -> l * l) p.Eigenvalues + 1e-3
    )

let tests =
    testList "Loss staircase" [
        property "the staircase is one minus what the modes explain" 100 (fun (p: Problem) ->
            let target = Array.sumBy (fun l -> l * l) p.Eigenvalues + 1e-3
            let leading = p.Eigenvalues[.. p.Rows - 1]
            let s = AlignedSolution.Variance(Array.create p.Rows 1e-6, leading, p.Time)
            let explained = Array.sum (Array.map2 (fun l s -> 2.0 * l * s - s * s) leading s)
            // The printed formula cancels: absolute error (V + d + 16) u of a normalised quantity.
            labelled
                "loss"
                (abs ((staircase p 1e-6).At p.Time - (1.0 - explained / target)))
                (4.0 * float (p.Size + p.Rows + 16) * u))

        property "the staircase is the exact solution's loss from an aligned start" 100 (fun (p: Problem) ->
            let initial = Array.zeroCreate<float> p.Initial.Length

            for k in 0 .. p.Rows - 1 do
                initial[k * p.Size + k] <- 1e-3

            let target = Array.sumBy (fun l -> l * l) p.Eigenvalues + 1e-3
            let exact = ({ p with Initial = initial }.Solution.At p.Time).Loss target / target
            // 1e-3^2 is not 1e-6 to the bit: relative 2 u on the start; exponents 2 lambda t of up to 1000 rounded three times each.
            let exponent = 2.0 * largest (Array.map abs p.Eigenvalues) * float p.Time

            labelled
                "loss"
                (abs ((staircase p (1e-3 * 1e-3)).At p.Time - exact))
                ((4.0 * float (p.Size + p.Rows + 16) + 12.0 * (1.0 + min 60.0 exponent)) * u))

        property
            "plateaus descend from one to what d modes leave, and the loss never increases"
            100
            (fun (p: Problem) ->
                let stairs = staircase p 1e-12
                let plateaus = stairs.Plateaus()
                let losses = stairs.At(Array.init 50 (fun i -> p.Time * float i / 10.0))
                let slack = 16.0 * float (p.Size + 16) * u

                labelled "first plateau" (abs (plateaus[0] - 1.0)) slack
                .&. labelled "plateaus" (largest (Array.map (fun (x, y) -> y - x) (Array.pairwise plateaus))) 0.0
                .&. labelled
                        "loss"
                        (largest (
                            Array.map (fun (x, y) -> y - x) (Array.append [| (2.0, 1.9) |] (Array.pairwise losses))
                        ))
                        slack
                .&. labelled "never below the last plateau" (plateaus[p.Rows] - Array.min losses) slack)

        testCase "between two realisation times the loss lies on the plateau" (fun () ->
            let lambdas = [| 9.0; 3.0; 1.0; -1.0 |]
            let target = 9.0 * 9.0 + 9.0 + 1.0 + 1.0
            let stairs = LossStaircase(Array.create 4 1e-24, lambdas, target)
            let tau = Array.map float (stairs.RealisationTimes())
            Expect.equal tau[3] infinity ""
            Expect.isTrue (tau[0] < tau[1] && tau[1] < tau[2]) ""

            for k in 1..2 do
                let t = 0.5 * (tau[k - 1] + tau[k])
                // Learned modes lack lambda e^{-2 lambda (t - tau)} at most twice; the next has e^{-2 lambda (tau - t)} of its lambda:
                // squared deficit of the first kind, 2 lambda s^2 of the second.
                let learned = 2.0 * lambdas[k - 1] * exp (-2.0 * lambdas[k - 1] * (t - tau[k - 1]))
                let next = lambdas[k] * exp (-2.0 * lambdas[k] * (tau[k] - t))

                let bound =
                    (float k * learned * learned + 4.0 * lambdas[k] * next) / target + 64.0 * u

                within $"plateau {k}" (abs (stairs.At(t * 1.0<kappaTime>) - stairs.Plateau k)) bound

            within "last plateau" (abs (stairs.At(4.0 * tau[2] * 1.0<kappaTime>) - 1.0 / target)) (64.0 * u))

        testCase "a square positive target is learned to more digits than subtraction could show" (fun () ->
            let stairs = LossStaircase([| 0.5; 0.5 |], [| 2.0; 1.0 |], 5.0)
            let t = 30.0
            // Deficits e^-x (l - s0) / (s0 / l) for e^-x << 1, with x = 2 l t.
            let deficit l =
                exp (-2.0 * l * t) * (l - 0.5) * l / 0.5

            let expected = (deficit 2.0 ** 2.0 + deficit 1.0 ** 2.0) / 5.0
            within "relative" (relative (stairs.At(t * 1.0<kappaTime>)) expected) (1e-12 + 4.0 * exp -60.0))

        testCase "stairs that lead nowhere are refused" (fun () ->
            refused (fun () -> LossStaircase([||], [||], 1.0) |> ignore)
            refused (fun () -> LossStaircase([| -1.0 |], [| 1.0 |], 1.0) |> ignore)
            refused (fun () -> LossStaircase([| 1.0 |], [| 2.0 |], 3.9) |> ignore)
            refused (fun () -> LossStaircase([| 1.0; 1.0 |], [| 1.0; 2.0 |], 9.0) |> ignore)
            refused (fun () -> LossStaircase([| 1.0 |], [| 1.0 |], 1.0).Plateau 2 |> ignore))
    ]
