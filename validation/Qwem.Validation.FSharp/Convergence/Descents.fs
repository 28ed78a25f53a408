namespace Qwem.Validation.Convergence

open System
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Training
open Qwem.Validation

/// Descents against the flow: where minibatch noise rules, and where the size of the step does.
module Descents =

    /// A descent's step kappa h lambda_1, its batch of each sign, and its distance from the flow for each seed.
    type Point =
        {
            Step: float
            Batch: int
            Distances: float array
        }

    /// The reduced problem has a quarter of the pairs and half of the time.
    let private reduced (problem: Problem) full =
        if problem.Setting.IsSmoke then full / 4 else full

    /// Flow time kappa lambda_1 T of all noisy descents: equal, so that slow modes have moved by the same share of their noise.
    let private noisyTime (problem: Problem) =
        if problem.Setting.IsSmoke then 5.0 else 10.0

    let private noisySteps = [| 0.04; 0.01; 0.0025 |]
    let private commonStep = 0.04
    let private batches = [| 2500; 10_000; 40_000 |]
    let private commonBatch = 2500

    /// The full batch at rest: the flow stays there and so does gradient descent of any step, so that only noise is left.
    let private rest (problem: Problem) =
        let state = Problem.start problem 0.3 problem.Setting.Seed
        let scales = Array.create state.Rows 1.0

        let report =
            ConjugateDescent(problem.Objective, scales, problem.Setting.Team)
                .Run(state, 1e-12, 20_000, null, problem.Setting.Cancellation)

        if not report.AtRest then
            raise (ArithmeticException $"Training did not come to rest: {report}; allow more iterations.")

        state

    let private rate (problem: Problem) step =
        step / (problem.Kappa * problem.Eigenvalues[0])

    /// Distance of M from the flow at the end of noisy descents from rest, for every seed.
    let private noisy (problem: Problem) (rest: DenseMatrix) step batch =
        let expected = Problem.gram problem rest
        let steps = int (Math.Round(noisyTime problem / step))

        {
            Step = step
            Batch = batch
            Distances =
                problem.Seeds
                |> Array.map (fun seed ->
                    problem.Setting.Cancellation.ThrowIfCancellationRequested()

                    let descent =
                        StochasticGradientDescent(
                            problem.Objective,
                            rest,
                            DescentSettings(rate problem step, batch, batch, seed),
                            problem.Setting.Team
                        )

                    for _ in 1..steps do
                        descent.Step()

                    Problem.relative (Problem.gram problem descent.Embeddings) expected)
        }

    /// Descents whose rates differ, descents whose batches do; the noisiest is in both.
    let noisyPoints (problem: Problem) =
        let rest = rest problem
        let batch = reduced problem commonBatch
        let told = problem.Setting.Progress
        told.Invoke("convergence: noisy descents", 0.0)
        let inRate = noisySteps |> Array.map (fun step -> noisy problem rest step batch)
        told.Invoke("convergence: noisy descents", 0.5)

        let inBatch =
            batches
            |> Array.map (fun size ->
                if size = commonBatch then
                    inRate |> Array.find (fun point -> point.Step = commonStep)
                else
                    noisy problem rest commonStep (reduced problem size))

        inRate, inBatch

    /// Flow time kappa lambda_1 t of the full-batch descents: the first mode has risen by e^4.
    let private steppedTime = 4.0
    let private steppedSteps = [| 0.04; 0.02; 0.01; 0.005 |]

    /// Full-batch gradient descent from small starts, without noise.
    let steppedPoints (problem: Problem) =
        let team = problem.Setting.Team

        steppedSteps
        |> Array.map (fun step ->
            {
                Step = step
                Batch = 0
                Distances =
                    problem.Seeds
                    |> Array.map (fun seed ->
                        let state = Problem.start problem 0.3 seed
                        let solution = Problem.exact problem (Problem.toModes problem state)
                        let field = DirectField(problem.Objective, state, team)
                        let slope = DenseMatrix(state.Rows, state.Columns)

                        for _ in 1 .. int (Math.Round(steppedTime / step)) do
                            field.Evaluate(state, slope)
                            Kernels.Axpy(rate problem step, ReadOnlySpan slope.Values, Span state.Values)

                        let time = steppedTime / problem.Eigenvalues[0]

                        Problem.relative
                            (Problem.gram problem (Problem.toModes problem state))
                            (Problem.exactModel problem solution time))
            })

    /// Slope of the distance over a property of the points, seed by seed.
    let slope (property: Point -> float) (points: Point array) =
        Array.init points[0].Distances.Length (fun n ->
            Slope.fit (points |> Array.map (fun point -> property point, point.Distances[n])))
        |> Slope.ofSeeds

    let private range property (points: Point array) =
        let values = points |> Array.map property
        Math.Log(Array.max values / Array.min values)

    /// How far a noisy slope's mean can be from 1/2: a step of z = kappa h lambda_1 changes a stationary variance by a factor of
    /// 1 / (1 - z / 2) at most, so the distance by z / 4, and the second order in the noise changes it by the square of itself.
    let noisyBias property (points: Point array) =
        let step = points |> Array.map _.Step |> Array.max
        let distance = points |> Array.collect _.Distances |> Array.max
        (0.5 * step + distance * distance) / range property points

    /// The same for steps: what an undeveloped mode lacks after n steps of z, n z^2 / 2, is followed by 2 z / 3 of it and by its own
    /// exponential, n z^2 / 4.
    let steppedBias (points: Point array) =
        let step = points |> Array.map _.Step |> Array.max
        step * (2.0 / 3.0 + steppedTime / 4.0) / range _.Step points
