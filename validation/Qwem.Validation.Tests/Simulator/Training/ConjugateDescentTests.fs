module Qwem.Validation.Tests.ConjugateDescentTests

open System
open System.Threading
open Expecto
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Threading
open Qwem.Sim.Training

/// (M - M*)^2 / 2 with weights q_i q_j on the modes 2, 1, 1/2, -3 along the axes: p adds nothing to the square.
let private objective (q: float array) =
    let modes = [| 2.0; 1.0; 0.5; -3.0 |]
    // b p + d q = q M*: p = q (M* + 4), d = -4, and p stays positive.
    let entry e =
        let i, j = e / 4, e % 4
        q[i] * q[j], (if i = j then modes[i] else 0.0)

    let negative = Array.init 16 (entry >> fst)

    let positive =
        Array.init 16 (fun e ->
            let weight, target = entry e
            weight * (target + 4.0))

    PairwiseObjective.FromWeights(DenseMatrix(4, 4, positive), DenseMatrix(4, 4, negative), 0.0, 1.0, 0.5, -4.0)

let private weights = [| 1.0; 0.01; 0.3; 0.1 |]

let private rest tolerance (scales: float array) threads =
    use team = new WorkerTeam(threads)
    let state = Initialisation.Gaussian(4, 2, 0.1, 1UL)

    let report =
        ConjugateDescent(objective weights, scales, team).Run(state, tolerance, 5000)

    report, state

let private gram (state: DenseMatrix) =
    Array.init 16 (fun e -> Kernels.Dot(state.Row(e / 4), state.Row(e % 4)))

let tests =
    testList "Conjugate descent" [
        testCase "training ends at the modes that count most under the weight, not at the largest" (fun () ->
            let report, state = rest 1e-12 (weights |> Array.map (fun q -> 1.0 / q)) 1
            Expect.isTrue report.AtRest ""
            // Weighted modes are q_i^2 m_i squared under the root: 2, 0.01, 0.15, -0.3, so rank 2 keeps the first and the third.
            let expected = [| 2.0; 0.0; 0.5; 0.0 |]

            gram state
            |> Array.iteri (fun e m -> Expect.near m (if e / 4 = e % 4 then expected[e / 4] else 0.0) (1e-8) ""))

        testCase "the place of rest does not depend on the scales" (fun () ->
            let _, one = rest 1e-12 (weights |> Array.map (fun q -> 1.0 / q)) 1
            let report, other = rest 1e-12 (Array.create 4 1.0) 1
            Expect.isTrue report.AtRest ""

            for a, b in Array.zip (gram one) (gram other) do
                Expect.near a b (1e-7) "")

        testCase "the bits do not depend on the number of threads" (fun () ->
            let _, one = rest 1e-10 (Array.create 4 1.0) 1
            let _, three = rest 1e-10 (Array.create 4 1.0) 3
            Expect.equal three.Values one.Values "")

        testCase "too few iterations are told, and cancellation and bad arguments are refused" (fun () ->
            use team = new WorkerTeam(1)
            let descent = ConjugateDescent(objective weights, Array.create 4 1.0, team)
            let start () = Initialisation.Gaussian(4, 2, 0.1, 1UL)
            let report = descent.Run(start (), 1e-12, 2)
            Expect.isFalse report.AtRest ""
            Expect.equal report.Iterations 2 ""

            Expect.throwsT<OperationCanceledException>
                (fun () -> descent.Run(start (), 1e-12, 10, null, CancellationToken true) |> ignore)
                ""

            Expect.throwsT<ArgumentOutOfRangeException> (fun () -> descent.Run(start (), 0.0, 10) |> ignore) ""

            Expect.throwsT<ArgumentException> (fun () -> descent.Run(DenseMatrix(3, 2), 1e-6, 10) |> ignore) ""

            Expect.throwsT<ArgumentException>
                (fun () -> ConjugateDescent(objective weights, [| 1.0; 0.0; 1.0; 1.0 |], team) |> ignore)
                "")
    ]
