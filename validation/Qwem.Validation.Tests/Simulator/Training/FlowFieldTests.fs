/// The right-hand sides of gradient flow.
module Qwem.Validation.Tests.FlowFieldTests

open System
open Expecto
open FsCheck
open FsCheck.FSharp
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Threading
open Qwem.Sim.Training
open Qwem.Validation.Tests.LinearAlgebraSupport
open Qwem.Validation.Tests.TrainingSupport

let tests =
    testList "Flow field" [
        property "the direct field is minus the gradient of the loss" 100 (fun (seed: Seed) ->
            use team = new WorkerTeam(2)
            let random = seed.Random()
            let v = random.Next(2, 13)
            let d = random.Next(1, v)
            let o = randomObjective random v
            let w = gaussMatrix random v d 0.7
            let derivative = DenseMatrix(v, d)
            DirectField(o, w, team).Evaluate(w, derivative)

            // The loss is a quartic in each entry, so the five-point difference with any step is its exact derivative, but for the
            // rounding of four losses: (V^2 + 2 d + 8) u of their absolute terms each, times 18 / 12 over the step.
            let h = 0.5
            let mutable worst = 0.0

            for i in 0 .. v - 1 do
                for a in 0 .. d - 1 do
                    let at k =
                        let moved = copyOf w
                        moved[i, a] <- moved[i, a] + float k * h
                        lossOf o moved

                    let l k = fst (at k)

                    let slope = (8.0 * (l 1 - l -1) - (l 2 - l -2)) / (12.0 * h)

                    let magnitude = List.max [ for k in [ -2; -1; 1; 2 ] -> snd (at k) ]

                    let bound = float (v * v + 2 * d + 8) * u * magnitude * 1.5 / h
                    worst <- max worst (abs (derivative[i, a] + slope) / bound)

            labelled "gradient by differences (of its bound)" worst 1.0)

        slow (
            property
                "the direct field agrees with the naive gradient to rounding, beyond one block of rows"
                100
                (fun (seed: Seed) ->
                    use team = new WorkerTeam(3)
                    let random = seed.Random()
                    let v = random.Next(2, 70)
                    let d = random.Next(1, min v 20)
                    let o = randomObjective random v
                    let w = gaussMatrix random v d 0.7
                    let derivative = DenseMatrix(v, d)
                    DirectField(o, w, team).Evaluate(w, derivative)
                    let mutable worst = 0.0

                    for i in 0 .. v - 1 do
                        for a in 0 .. d - 1 do
                            let mutable slope, magnitude = 0.0, 0.0

                            for j in 0 .. v - 1 do
                                let m = Seq.sum (Seq.init d (fun b -> w[i, b] * w[j, b]))
                                let absolute = Seq.sum (Seq.init d (fun b -> abs (w[i, b] * w[j, b])))
                                let p, q = o.Positive[i, j], o.Negative[i, j]

                                // From both orders of the pair.
                                slope <-
                                    slope
                                    - 2.0
                                      * (2.0 * (o.PositiveQuadratic * p + o.NegativeQuadratic * q) * m
                                         - (o.PositiveLinear * p + o.NegativeLinear * q))
                                      * w[j, a]

                                magnitude <-
                                    magnitude
                                    + 2.0
                                      * (2.0 * (o.PositiveQuadratic * p + o.NegativeQuadratic * q) * absolute
                                         + o.PositiveLinear * p
                                         + abs o.NegativeLinear * q)
                                      * abs w[j, a]
                            // Products of length d and V and 8 other roundings, in both computations.
                            let bound = 2.0 * float (v + d + 8) * u * magnitude
                            worst <- max worst (abs (derivative[i, a] - slope) / bound)

                    labelled "naive gradient (of its bound)" worst 1.0)
        )

        property "the loss falls along the flow of unequal weights" 40 (fun (seed: Seed) ->
            use team = new WorkerTeam(1)
            let random = seed.Random()
            let v = random.Next(2, 13)
            let d = random.Next(1, v)
            let o = randomObjective random v
            let start = gaussMatrix random v d 0.3
            let f = DirectField(o, start, team)
            let integrator = FlowIntegrator(f, team)
            let tolerance = 1e-9
            let times = Array.init 24 (fun i -> 0.02 * 1.3 ** float i)
            let states = ResizeArray [ copyOf start ]

            let outcome =
                integrator.Integrate(
                    copyOf start,
                    ReadOnlySpan times,
                    tolerance,
                    20000,
                    (fun _ x -> states.Add(copyOf x))
                )

            let norm (x: DenseMatrix) = frobeniusNorm x.Values

            let slope (x: DenseMatrix) =
                let g = DenseMatrix(v, d)
                f.Evaluate(x, g)
                norm g

            let losses = states |> Seq.map (lossOf o) |> Array.ofSeq
            // A step may miss by tolerance times the state's norm, which moves the loss by as much times the gradient's norm there; to it
            // the loss's own rounding is added.
            let allowed (x: DenseMatrix, y: DenseMatrix) =
                float integrator.Statistics.AcceptedSteps
                * tolerance
                * max (norm x) (norm y)
                * max (slope x) (slope y)
                + 2.0 * float (v * v + 2 * d + 8) * u * max (snd (lossOf o x)) (snd (lossOf o y))

            let worst =
                Seq.map2
                    (fun pair ((a, _), (b, _)) -> (b - a) / allowed pair)
                    (Seq.pairwise states)
                    (Seq.pairwise losses)
                |> Seq.max

            labelled "rise of the loss (of its bound)" worst 1.0
            .&. (outcome = FlowOutcome.Completed && fst losses[times.Length] < fst losses[0]))

        property "the flow in the eigenbasis is the direct flow, rotated" 40 (fun (seed: Seed) ->
            use team = new WorkerTeam(2)
            let random = seed.Random()
            let v = random.Next(3, 30)
            let d = random.Next(1, min v 8)
            let p = symmetric v (fun () -> random.NextDouble())
            // Some mode grows, whatever was drawn: one diagonal entry of the linear coefficient is 1/2.
            p[0, 0] <- 1.0
            let q = build v v (fun _ _ -> 1.0)
            let o = PairwiseObjective.FromWeights(p, q, 0.0, 1.0, 0.5, -0.5)
            let basis = SymmetricEigenSolver.Decompose(o.Linear, team)
            let start = gaussMatrix random v d 0.1
            let rotated = DenseMatrix(v, d)
            MatrixProduct.Multiply(1.0, basis.Eigenvectors, false, start, false, 0.0, rotated, team)
            let top = basis.Eigenvalues[0]
            let time, tolerance = 1.5 / (2.0 * top), 1e-10
            let direct, modes = copyOf start, copyOf rotated
            let first = FlowIntegrator(DirectField(o, start, team), team)

            let second =
                FlowIntegrator(EigenbasisField(basis.Eigenvalues, o.ConstantQuadratic.Value, rotated, team), team)

            let run (integrator: FlowIntegrator) state =
                integrator.Integrate(state, ReadOnlySpan [| time / 3.0; time |], tolerance, 10000, (fun _ _ -> ()))

            let outcomes = run first direct, run second modes
            let back = DenseMatrix(v, d)
            MatrixProduct.Multiply(1.0, basis.Eigenvectors, true, modes, false, 0.0, back, team)
            let gap = frobeniusNorm (Array.map2 (-) back.Values direct.Values)

            // A perturbation of the state grows at most by e^{2 beta_1 t} (the Hessian of |X X'|^2 is 2 |X D' + D X'|^2 +
            // 4 <X X', D D'>, never negative), and so does the state itself; each step of either run adds tolerance times the state.
            let steps = float (first.Statistics.AcceptedSteps + second.Statistics.AcceptedSteps)

            let bound = steps * tolerance * frobeniusNorm start.Values * exp (2.0 * top * time)

            labelled "rotated trajectory" gap bound
            .&. (outcomes = (FlowOutcome.Completed, FlowOutcome.Completed)))

        testCase "an aligned start, zero in most modes, flows to the closed form, and zero stays zero" (fun () ->
            use team = new WorkerTeam(1)
            let beta, quadratic = [| 0.9; 0.5; 0.2; -0.1; -0.4 |], 0.25
            let start = build 5 2 (fun i j -> if i = j then 1e-6 else 0.0)
            let time, tolerance = 10.0, 1e-10
            let state = copyOf start
            let integrator = FlowIntegrator(EigenbasisField(beta, quadratic, start, team), team)

            let outcome =
                integrator.Integrate(state, ReadOnlySpan [| time |], tolerance, 10000, (fun _ _ -> ()))

            Expect.equal outcome FlowOutcome.Completed ""
            // Per mode relative errors add over the steps (d ln x_k / dt only contracts); the model doubles them.
            within
                "aligned"
                (flowError beta quadratic start time state)
                (2.0 * tolerance * float integrator.Statistics.AcceptedSteps)

            Expect.all state.Values[4..] (fun x -> x = 0.0) ""

            let zero = DenseMatrix(3, 2)
            let o = randomObjective (Random 2) 3
            let still = FlowIntegrator(DirectField(o, zero, team), team)

            Expect.equal
                (still.Integrate(zero, ReadOnlySpan [| 1.0 |], 1e-8, 100, (fun _ _ -> ())))
                FlowOutcome.Completed
                ""

            Expect.all zero.Values (fun x -> x = 0.0) "")
    ]
