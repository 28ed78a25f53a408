/// The Runge-Kutta method and its step control.
module Qwem.Validation.Tests.IntegratorTests

open System
open System.Threading
open Expecto
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Threading
open Qwem.Sim.Training
open Qwem.Validation.Tests.LinearAlgebraSupport
open Qwem.Validation.Tests.TrainingSupport

/// |b| |A|^k 1 and b A^k 1, the elementary weight of the tall tree of order k + 1.
let private tall (weights: float[]) k magnitude =
    let size x = if magnitude then abs x else x

    let apply (x: float[]) =
        DormandPrinceTableau.Couplings
        |> Array.map (fun row -> Seq.sum (Seq.map2 (fun a y -> size a * y) row x))

    let rec power n (x: float[]) =
        if n = 0 then x else power (n - 1) (apply x)

    Array.fold2 (fun sum b y -> sum + size b * y) 0.0 weights (power k (Array.create 12 1.0))

let private nodes magnitude =
    DormandPrinceTableau.Couplings
    |> Array.map (Array.sumBy (fun a -> if magnitude then abs a else a))

let private quadrature (weights: float[]) k =
    Array.fold2 (fun sum b c -> sum + b * pown c k) 0.0 weights (nodes false)

let rec private factorial n =
    if n = 0 then 1.0 else float n * factorial (n - 1)

/// Flows in their eigenbasis, early enough at the end that the error of the growth is still there. A = 1/4 makes kappa = 4 A = 1.
let beta, quadratic, private horizon =
    [| 0.9; 0.55; 0.3; 0.05; -0.2; -0.6 |], 0.25, 4.0

/// Forty starts: the error of one start changes sign with the step size, their root mean square does not.
let starts = List.init 40 (fun seed -> gaussMatrix (Random(seed + 1)) 6 3 0.03)

let private rootMeanSquare (values: float list) =
    sqrt (List.averageBy (fun x -> x * x) values)

let tests =
    testList "Integrator" [
        testCase "the tableau meets the order conditions of quadrature and of tall trees" (fun () ->
            // Per application of A or b: one rounding of each coefficient, one of each product, 12 of a sum; times the absolute terms.
            let check name (value: float) expected (roundings: float) =
                within name (abs (value - expected)) (14.0 * u * roundings)

            for weights, order, exact in
                [
                    DormandPrinceTableau.Weights, 8, 1.0
                    // Differences of two solutions: what both integrate exactly cancels.
                    DormandPrinceTableau.FifthOrderError, 5, 0.0
                    DormandPrinceTableau.ThirdOrderError, 3, 0.0
                ] do
                for k in 0 .. order - 1 do
                    // A node lies in [0, 1] and is off by the roundings of its row's absolute sum; its power k by k times that.
                    let moved =
                        Array.fold2 (fun sum b c -> sum + abs b * (1.0 + float k * c)) 0.0 weights (nodes true)

                    check $"quadrature {k + 1}" (quadrature weights k) (exact / float (k + 1)) moved

                    check
                        $"tall tree {k + 1}"
                        (tall weights k false)
                        (exact / factorial (k + 1))
                        (float (k + 1) * tall weights k true)

            // The estimates are of no higher order, or they would estimate nothing.
            Expect.isGreaterThan (abs (tall DormandPrinceTableau.FifthOrderError 5 false)) (1e-6) ""
            Expect.isGreaterThan (abs (tall DormandPrinceTableau.ThirdOrderError 3 false)) (1e-6) ""
            Expect.all (DormandPrinceTableau.Couplings |> Array.mapi (fun i row -> row.Length = i)) id "")

        testCase "the stability interval is where the stability polynomial leaves the unit disc" (fun () ->
            // R(-z) = 1 + sum over k of (-z)^(k+1) b A^k 1.
            let amplification (z: float) =
                Seq.init 12 (fun k -> (-z) ** float (k + 1) * tall DormandPrinceTableau.Weights k false)
                |> Seq.sum
                |> fun sum -> abs (1.0 + sum)

            let interval = DormandPrinceTableau.StabilityInterval
            Expect.all (Seq.init 640 (fun i -> amplification (float i / 640.0 * interval))) (fun x -> x <= 1.0) ""
            // The constant is given to a hundredth.
            Expect.isGreaterThan (amplification (interval + 0.01)) 1.0 "")

        testCase "steps at the limit of stability keep a realised mode where it is" (fun () ->
            use team = new WorkerTeam(1)
            let start = build beta.Length 1 (fun k _ -> if k = 0 then 1e-3 else 1e-4)
            let field = EigenbasisField(beta, quadratic, start, team)
            let decay = field.FastestDecay
            Expect.equal decay (4.0 * 0.9) ""

            // Far beyond the realisation of the only mode, at a tolerance so loose that nothing but the limit holds the steps back.
            let end' = 4000.0 / decay
            let integrator = FlowIntegrator(field, team)
            let state = copyOf start

            let outcome =
                integrator.Integrate(state, ReadOnlySpan [| end' |], 0.1, 10000, (fun _ _ -> ()))

            Expect.equal outcome FlowOutcome.Completed ""
            Expect.isLessThanOrEqual integrator.Statistics.RejectedSteps 5 ""
            Expect.isGreaterThanOrEqual (float integrator.Statistics.AcceptedSteps) (4000.0 / (0.8 * 6.39)) ""
            // The plateau is an exact fixed point of the method, reached through hundreds of contractions.
            within "plateau" (abs (state[0, 0] * state[0, 0] - beta[0] / (2.0 * quadratic))) 1e-12)

        testCase "fixed steps are of order 8" (fun () ->
            use team = new WorkerTeam(1)

            let error steps =
                starts
                |> List.map (fun start ->
                    let state = copyOf start
                    let integrator = FlowIntegrator(EigenbasisField(beta, quadratic, start, team), team)

                    for _ in 1..steps do
                        integrator.FixedStep(state, horizon / float steps)

                    flowError beta quadratic start horizon state)
                |> rootMeanSquare

            let counts = [ 16; 24; 32 ]
            let errors = counts |> List.map error

            // Rounding: 14 per step and 8 (d + V + 8) of the exact solution, growing as the root of their number. An error 128 times
            // above it moves the slope by log(129 / 128) / log(32 / 24) = 0.027 at most, a quarter of the band.
            for steps, e in List.zip counts errors do
                let floor = sqrt (14.0 * float steps + 8.0 * 17.0) * u
                Expect.isGreaterThan e (128.0 * floor) "no slope here: rounding"

            for (n, coarse), (m, fine) in List.pairwise (List.zip counts errors) do
                within "|order - 8|" (abs (log (coarse / fine) / log (float m / float n) - 8.0)) 0.1)

        testCase "tightening the tolerance 256 times halves the step and reduces the true error 256 times" (fun () ->
            // Expected before measuring: the estimate e5^2 / sqrt(e5^2 + e3^2 / 100) with e5 ~ h^6, e3 ~ h^4 goes like h^8, so h goes like
            // tol^(1/8), and the global error of a method of order 8 like h^8, hence like tol. Within a tolerance the controller holds
            // the estimate between 0.9^8 = 0.43 and 1 of it: 2^1.2 of play, doubled for the first and last steps: 2^(8 +- 2).
            use team = new WorkerTeam(1)

            let run tolerance =
                let errors, steps =
                    starts
                    |> List.map (fun start ->
                        let state = copyOf start
                        let integrator = FlowIntegrator(EigenbasisField(beta, quadratic, start, team), team)

                        let outcome =
                            integrator.Integrate(state, ReadOnlySpan [| horizon |], tolerance, 10000, (fun _ _ -> ()))

                        Expect.equal outcome FlowOutcome.Completed ""
                        let s = integrator.Statistics
                        // 12 slopes a step, of which the first is kept when a step is repeated, and the one at the start.
                        Expect.equal s.Evaluations (1 + 12 * s.AcceptedSteps + 11 * s.RejectedSteps) ""
                        flowError beta quadratic start horizon state, float s.AcceptedSteps)
                    |> List.unzip

                let error, count = rootMeanSquare errors, List.average steps
                error, count

            let results = [ 2.0 ** -16.0; 2.0 ** -24.0; 2.0 ** -32.0 ] |> List.map run

            for (coarse, fewer), (fine, more) in List.pairwise results do
                within "|log2 of the error's reduction - 8|" (abs (Math.Log2(coarse / fine) - 8.0)) 2.0
                // 2^(1 +- 2/8) by the same play, and one step of rounding up at each end.
                Expect.isGreaterThan (more + 1.0) (2.0 ** 0.75 * (fewer - 1.0)) ""
                Expect.isLessThan (more - 1.0) (2.0 ** 1.25 * (fewer + 1.0)) "")
    ]
