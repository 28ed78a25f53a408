namespace Qwem.Validation.Convergence

open System
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Training
open Qwem.Validation

/// The simulator's Runge-Kutta method with steps of fixed size against the exact solution.
module Integrators =

    /// kappa lambda_1 t of the run: a rise by e^4.
    let private horizon = 4.0
    let private scale = 0.3
    let counts = [| 14; 16; 20; 24; 28 |]

    /// Both right-hand sides of the simulator.
    let fields = [| "in the eigenbasis"; "in the words" |]

    // The error of one start changes sign with the step; the root mean square over many does not.
    let private starts = 20

    let private integrate (problem: Problem) inModes (start: DenseMatrix) steps =
        let team = problem.Setting.Team

        let field: IFlowField =
            if inModes then
                EigenbasisField(
                    problem.Basis.Eigenvalues,
                    problem.Objective.ConstantQuadratic.Value,
                    Problem.toModes problem start,
                    team
                )
            else
                DirectField(problem.Objective, start, team)

        let integrator = FlowIntegrator(field, team)
        let state = if inModes then Problem.toModes problem start else Problem.copy start
        let time = horizon / (problem.Kappa * problem.Eigenvalues[0])

        for _ in 1..steps do
            integrator.FixedStep(state, time / float steps)

        if inModes then state else Problem.toModes problem state

    /// Root mean square relative error of M for each count of steps; one array per field.
    let errors (problem: Problem) =
        let time = horizon / problem.Eigenvalues[0]

        let cases =
            Array.init starts (fun n ->
                let start = Problem.start problem scale (problem.Setting.Seed + uint64 n)
                let solution = Problem.exact problem (Problem.toModes problem start)
                start, Problem.exactModel problem solution time)

        fields
        |> Array.mapi (fun index _ ->
            counts
            |> Array.map (fun steps ->
                problem.Setting.Cancellation.ThrowIfCancellationRequested()

                cases
                |> Array.averageBy (fun (start, expected) ->
                    let state = integrate problem (index = 0) start steps
                    Problem.relative (Problem.gram problem state) expected ** 2.0)
                |> sqrt))

    /// kappa lambda_1 h of each count.
    let stepSizes = counts |> Array.map (fun n -> horizon / float n)

    /// Observed order of each field.
    let orders (errors: float array array) =
        errors |> Array.map (fun e -> Slope.fit (Array.zip stepSizes e))

    /// How far a regression over these steps can be from the order: the term of the next order is at most z = 2 kappa lambda_1 h of
    /// the leading one, z being what a step adds to the exponent of M, and rounding adds its share to the smallest error.
    let bound (problem: Problem) (errors: float array array) =
        let range = Math.Log(float counts[counts.Length - 1] / float counts[0])
        let v, d = float (Problem.vocabularySize problem), float problem.Dimension

        let rounding =
            sqrt (14.0 * float counts[counts.Length - 1] + 8.0 * (d + v + 8.0))
            * Tolerance.unitRoundoff

        let least = errors |> Array.map Array.min |> Array.min

        (Math.Log(1.0 + 2.0 * stepSizes[0]) + Math.Log(1.0 + rounding / least)) / range
