/// The exact solution: corners, size, threads and refusals.
module Qwem.Validation.Tests.ExactSolutionCornerTests

open System
open System.Threading.Tasks
open Expecto
open Qwem.Theory
open Qwem.Validation.Tests.Problems

let tests =
    testList "Exact solution corner" [
        testCase "rank is conserved when rows repeat" (fun () ->
            let random = Random 5
            let half = gaussian random 2 9 1e-3
            let repeated = Array.concat [ half; half; Array.map (fun x -> 0.3 * x) half[..8] ]

            let solution =
                ExactSolution(Array.init 9 (fun k -> 5.0 - float k), Projection.OfRows(repeated, 5))

            Expect.equal solution.Rank 2 ""
            let s = (solution.At 1e4<kappaTime>).SingularValues()

            within "two modes" (largest [| relative s[0] (sqrt 5.0); relative s[1] 2.0; s[2]; s[3]; s[4] |]) (1e3 * u))

        testCase "what rounding leaves of a last row of rank two is zero, and does not grow" (fun () ->
            // Reflections leave 1e-16 in the third row, which had become the size of the model at e^67.
            let rows = [|
                [| 0.0; 0.0; 0.0; 0.0 |]
                [| -5e-25; 0.0; 0.0; 1.0 |]
                [| -1.7e-25; 0.0; 2.5e-25; 0.0 |]
            |]

            let late (rows: float[][]) =
                let solution = ExactSolution(Array.create 4 1.0, Projection.OfRows rows)
                Expect.equal solution.Rank 2 ""
                model (solution.At 67.0<kappaTime>)

            within "model" (frobenius (late rows) (late rows[1..])) (1e3 * u)

            // A small last row that no reflection has touched is the caller's.
            let graded = Projection.OfRows [| [| 1.0; 1.0 |]; [| 0.0; 1e-30 |] |]
            Expect.equal (ExactSolution([| 1.0; 1.0 |], graded).Rank) 2 "")

        testCase "a start of zero stays zero" (fun () ->
            let state =
                ExactSolution([| 2.0; 1.0; -1.0 |], Projection.OfRows(Array.zeroCreate 6, 2)).At 50.0<kappaTime>

            Expect.equal (state.SingularValues()) [| 0.0; 0.0 |] ""
            Expect.equal (state.EigenspaceOverlaps()) [| 0.0; 0.0 |] ""
            Expect.equal (state.Loss()) 6.0 "")

        testCase "one word and one dimension is the logistic law" (fun () ->
            for lambda in [ 2.0; 0.0; -3.0 ] do
                let time = 1.75<kappaTime>

                let s =
                    ExactSolution([| lambda |], Projection.OfRows([| -0.125 |], 1)).At(time).SingularValues()

                within
                    $"lambda = {lambda}"
                    (relative s[0] (AlignedSolution.SingularValue(0.015625, lambda, time)))
                    (64.0 * u))

        testCase
            "overlap tends to one from a small start and the times may be evaluated in parallel with the same bits"
            (fun () ->
                let random = Random 8

                let p = {
                    Eigenvalues = Array.init 40 (fun k -> 8.0 / float (k + 1))
                    Initial = gaussian random 6 40 1e-6
                    Rows = 6
                    Time = 1.0<kappaTime>
                }

                let solution = p.Solution
                let times = Array.init 24 (fun i -> float i * 1.0<kappaTime>)

                let serial =
                    Array.map (fun (t: float<kappaTime>) -> (solution.At t).EmbeddingsInEigenbasis().ToRows()) times

                let parallel' = Array.zeroCreate<float[]> times.Length

                Parallel.For(
                    0,
                    times.Length,
                    fun i -> parallel'[i] <- (solution.At times[i]).EmbeddingsInEigenbasis().ToRows()
                )
                |> ignore

                Expect.equal (parallel') serial ""
                // Gap 8/6 - 8/7 = 0.19: at 1000 the mixing e^{-190} is gone.
                within
                    "1 - overlap"
                    (abs (1.0 - (solution.At 1000.0<kappaTime>).SubspaceOverlap 6))
                    (8.0 * 54.0 * u * 10.0))

        slow (
            testCase "the paper's size works: V = 3000, d = 200, sigma^2 = 1e-24" (fun () ->
                let random = Random 11
                let size, rows = 3000, 200

                let lambdas =
                    Array.init size (fun k ->
                        if k < 1500 then 100.0 * float (k + 1) ** -0.7 else -float(k - 1499) / 500.0)

                let initial = gaussian random rows size 1e-12
                let solution = ExactSolution(lambdas, Projection.OfRows(initial, rows))

                for t in [ 0.0; 0.2; 0.6; 3.0; 20.0 ] do
                    let state = solution.At(t * 1.0<kappaTime>)

                    Expect.isTrue
                        (Array.forall Double.IsFinite (state.EmbeddingsInEigenbasis().ToRows()))
                        ($"finite at {t}")

                    Expect.isTrue (Array.forall (fun s -> s > 0.0) (state.SingularValues())) ($"full rank at {t}")

                // The smallest gap, lambda_200 - lambda_201 = 0.0085: e^{-850} of mixing at 1e5.
                let s = (solution.At 1e5<kappaTime>).SingularValues()
                let operations = 8.0 * float (rows + size + 8)
                within "limit" (largest (Array.init rows (fun k -> relative s[k] (sqrt lambdas[k])))) (operations * u)

                // R(t) is unique, so composition may be checked on it entry by entry.
                let a, b = 0.5<kappaTime>, 0.75<kappaTime>
                let whole = (solution.At(a + b)).EmbeddingsInEigenbasis().ToRows()

                let composed =
                    (ExactSolution(lambdas, (solution.At a).EmbeddingsInEigenbasis()).At b)
                        .EmbeddingsInEigenbasis()
                        .ToRows()
                // Condition of a pivot: its column's frobeniusNorm over the pivot (chi of 200 - k degrees of freedom: 200 / 1 at the worst mode typically).
                let condition = 200.0
                within "composition" (frobenius composed whole) (operations * u * condition))
        )

        testCase "starts that are no start are refused" (fun () ->
            let solve lambdas rows =
                ExactSolution(
                    lambdas,
                    Projection.OfRows(array2D rows |> Seq.cast<float> |> Array.ofSeq, Seq.length rows)
                )

            refused (fun () -> solve [||] [ [ 1.0; 1.0 ] ] |> ignore)
            refused (fun () -> solve [| 1.0; 2.0 |] [ [ 1.0; 1.0 ] ] |> ignore)
            refusedNaming "initial" (fun () -> solve [| 2.0; 1.0 |] [ [ 1.0 ] ] |> ignore)
            refusedNaming "initial" (fun () -> solve [| 2.0; 1.0 |] (List.replicate 3 [ 0.0; 0.0 ]) |> ignore)
            refused (fun () -> solve [| 2.0; nan |] [ [ 1.0; 1.0 ] ] |> ignore)
            refused (fun () -> solve [| 2.0; 1.0 |] [ [ 1.0; infinity ] ] |> ignore)
            let solution = solve [| 2.0; 1.0 |] [ [ 1.0; 1.0 ] ]
            let state = solution.At 1.0<kappaTime>
            refused (fun () -> solution.At -1.0<kappaTime> |> ignore)
            refused (fun () -> solution.At(nan * 1.0<kappaTime>) |> ignore)

            refusedNaming "kappaTimes[1]" (fun () ->
                solution.AtMany [| 1.0<kappaTime>; nan * 1.0<kappaTime> |] |> ignore)

            refused (fun () -> state.SubspaceOverlap 0 |> ignore)
            refused (fun () -> state.SubspaceOverlap 2 |> ignore)
            refused (fun () -> state.Loss 1.0 |> ignore))
    ]
