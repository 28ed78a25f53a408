/// How the integrator runs: requested times, ends, cancellation and refusals.
module Qwem.Validation.Tests.IntegratorRunTests

open System
open System.Threading
open Expecto
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Threading
open Qwem.Sim.Training
open Qwem.Validation.Tests.Problems
open Qwem.Validation.Tests.IntegratorTests
open Qwem.Validation.Tests.LinearAlgebraSupport
open Qwem.Validation.Tests.TrainingSupport

/// A field given by a function of (row, column, value) and a constant error estimate.
let private field rows columns (slope: float -> float) (estimate: float) = {
    new IFlowField with
        member _.Rows = rows
        member _.Columns = columns
        member _.FastestDecay = 0.0

        member _.Evaluate(state, derivative) =
            for k in 0 .. state.Values.Length - 1 do
                derivative.Values[k] <- slope state.Values[k]

        member _.RelativeError(_, _, _) = estimate
}

let tests =
    testList "Integrator run" [
        testCase "requested times are hit exactly" (fun () ->
            // dx/dt = 1: the state is the clock. Every step rounds 13 terms, all of the size of the time.
            use team = new WorkerTeam(1)
            let times = [| 1e-9; 1e-3; 0.5; 0.50000001; 2.0; 2.0000000000001; 1000.0 |]
            let seen = Array.create times.Length nan
            let integrator = FlowIntegrator(field 1 1 (fun _ -> 1.0) 1e-20, team)
            let state = DenseMatrix(1, 1)

            let outcome =
                integrator.Integrate(state, ReadOnlySpan times, 1e-8, 10000, (fun i x -> seen[i] <- x[0, 0]))

            Expect.equal outcome FlowOutcome.Completed ""
            let steps = float integrator.Statistics.AcceptedSteps

            for time, clock in Array.zip times seen do
                within $"time {time}" (relative clock time) (14.0 * steps * u)

            Expect.equal (state[0, 0]) (seen[times.Length - 1]) "")

        testCase "every way to end early is reached and reported" (fun () ->
            use team = new WorkerTeam(1)
            let nothing = Action<int, DenseMatrix>(fun _ _ -> ())
            let one = ReadOnlyMemory [| 1.0 |]

            let run (f: IFlowField) start maximum =
                let state = DenseMatrix(1, 1, [| start |])
                let integrator = FlowIntegrator(f, team)
                let outcome = integrator.Integrate(state, one.Span, 1e-8, maximum, nothing)
                outcome, integrator.Statistics, state[0, 0]

            let outcome, statistics, _ = run (field 1 1 (fun _ -> 1.0) 1e-20) 0.0 1
            Expect.equal outcome FlowOutcome.MaximumStepsReached ""
            Expect.equal (statistics.AcceptedSteps + statistics.RejectedSteps) 1 ""

            let outcome, statistics, reached = run (field 1 1 (fun _ -> 1.0) 1.0) 7.0 1000
            Expect.equal outcome FlowOutcome.StepTooSmall ""
            Expect.equal statistics.AcceptedSteps 0 ""
            Expect.equal reached 7.0 "the last state reached"

            let outcome, statistics, _ = run (field 1 1 (fun _ -> nan) nan) 7.0 1000
            Expect.equal outcome FlowOutcome.NotFinite ""
            Expect.equal statistics.AcceptedSteps 0 ""

            // The same from real fields: M^2 with the wrong sign diverges at a finite time; squares overflow from a start of 1e200.
            let real quadratic start =
                let x = DenseMatrix(2, 1, [| start; start |])

                let integrator =
                    FlowIntegrator(EigenbasisField([| 1.0; 0.5 |], quadratic, x, team), team)

                integrator.Integrate(copyOf x, one.Span, 1e-8, 100000, nothing)

            Expect.equal (real -1.0 1.0) FlowOutcome.StepTooSmall ""
            Expect.equal (real 1.0 1e200) FlowOutcome.NotFinite ""
            Expect.equal (real 1.0 1.0) FlowOutcome.Completed "")

        testCase "a value that is not finite in one mode only is not overlooked" (fun () ->
            use team = new WorkerTeam(1)
            let start = build 3 2 (fun _ _ -> 1.0)
            let f = EigenbasisField([| 1.0; 0.5; 0.2 |], 1.0, start, team)

            for row in 0..2 do
                let after = copyOf start
                after[row, 1] <- nan
                let difference = build 3 2 (fun i _ -> if i = row then nan else 1e-9)
                Expect.isNaN (f.RelativeError(start, after, difference)) ($"row {row}"))

        testCase "a flow that is cancelled throws and leaves the state alone" (fun () ->
            use team = new WorkerTeam(1)
            let start = List.head starts
            use source = new CancellationTokenSource()
            let state = copyOf start
            let integrator = FlowIntegrator(EigenbasisField(beta, quadratic, start, team), team)
            let recorded = [| 0 |]

            let record =
                Action<int, DenseMatrix>(fun _ _ ->
                    recorded[0] <- recorded[0] + 1
                    source.Cancel())

            Expect.throwsT<OperationCanceledException>
                (fun () ->
                    integrator.Integrate(state, ReadOnlySpan [| 1.0; 2.0; 3.0 |], 1e-8, 1000, record, source.Token)
                    |> ignore)
                ""

            Expect.equal recorded[0] 1 ""
            Expect.equal (bits state.Values) (bits start.Values) "")

        testCase "times, tolerances and states that are none are refused" (fun () ->
            use team = new WorkerTeam(1)
            let integrator = FlowIntegrator(field 2 1 (fun _ -> 1.0) 0.0, team)

            let run (times: float[]) tolerance rows =
                fun () ->
                    integrator.Integrate(DenseMatrix(rows, 1), ReadOnlySpan times, tolerance, 10, (fun _ _ -> ()))
                    |> ignore

            refusedWith "time 0 is 0" (run [| 0.0 |] 1e-8 2)
            refusedWith "time 0 is NaN" (run [| nan |] 1e-8 2)
            refusedWith "time 1 is Infinity" (run [| 1.0; infinity |] 1e-8 2)
            refusedWith "time 1 is 1 after 1" (run [| 1.0; 1.0 |] 1e-8 2)
            refusedWith "relativeTolerance" (run [| 1.0 |] 1e-15 2)
            refusedWith "relativeTolerance" (run [| 1.0 |] nan 2)
            refusedWith "3 x 1" (run [| 1.0 |] 1e-8 3)
            let start = List.head starts
            refusedWith "2 eigenvalues" (fun () -> EigenbasisField(beta[..1], quadratic, start, team) |> ignore))
    ]
