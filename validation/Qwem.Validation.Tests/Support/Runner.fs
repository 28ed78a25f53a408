/// Runs tests, and refuses to call a run good that tested nothing or not everything.
module Qwem.Validation.Tests.Runner

open System
open System.Runtime.ExceptionServices
open System.Threading
open Expecto
open Expecto.Impl

/// Exit code where no test ran, as Microsoft.Testing.Platform has it.
let nothingRan = 8

/// Exit code where the list of tests itself is wrong.
let wrongList = 4

/// Longest time that a test may take before it fails.
let patience = TimeSpan.FromMinutes 15.0

/// The work on a thread of its own, which is left behind when it does not end in time.
let private inTime (time: TimeSpan) (work: unit -> unit) () =
    let failure: ExceptionDispatchInfo option ref = ref None

    let attempt () =
        try
            work ()
        with error ->
            failure.Value <- Some(ExceptionDispatchInfo.Capture error)

    let thread = Thread(attempt, IsBackground = true)
    thread.Start()

    if not (thread.Join time) then
        failtest $"did not end within {time.TotalSeconds} s"

    failure.Value |> Option.iter _.Throw()

/// The tests with a limit on the time of each. Expecto's own limit waits for what does not end.
let rec limited (time: TimeSpan) (test: Test) : Test =
    let within = limited time

    let code =
        function
        | Sync run -> Sync(inTime time run)
        | SyncWithCancel run -> SyncWithCancel(fun token -> inTime time (fun () -> run token) ())
        | Async run -> Sync(inTime time (fun () -> Async.RunSynchronously run))
        | AsyncFsCheck(config, stress, run) ->
            AsyncFsCheck(
                config,
                stress,
                (fun config -> async { inTime time (fun () -> Async.RunSynchronously(run config)) () })
            )

    match test with
    | TestCase(run, state) -> TestCase(code run, state)
    | TestList(tests, state) -> TestList(List.map within tests, state)
    | TestLabel(label, test, state) -> TestLabel(label, within test, state)
    | Test.Sequenced(order, test) -> Test.Sequenced(order, within test)

/// Lists that run whole experiments or the command as a process.
let long = [ "claims"; "reports"; "command" ]

/// The tests for the inner loop: without those that are called slow, and without whole experiments and processes.
let rec fast (test: Test) : Test =
    match test with
    | TestLabel(label, _, state) when label = "slow" || List.contains label long -> TestList([], state)
    | TestLabel(label, test, state) -> TestLabel(label, fast test, state)
    | TestList(tests, state) -> TestList(List.map fast tests, state)
    | Test.Sequenced(order, test) -> Test.Sequenced(order, fast test)
    | TestCase _ -> test

/// What is wrong with a list of tests: names that stand twice, and tests that are focused, which would hide all others.
let problems (tests: Test) : string list =
    let all = Test.toTestCodeList tests
    let named (test: FlatTest) = JoinWith.Slash.format test.name

    [
        for name, same in List.groupBy named all do
            if same.Length > 1 then
                $"Two tests have the name '{name}'."
        for test in all do
            if test.state = Focused then
                $"The test '{named test}' is focused, so that no other would run."
    ]

/// How many of the slowest tests are to be named, and the other arguments.
let private slowestOf (arguments: string array) =
    match Array.tryFindIndex ((=) "--slowest") arguments with
    | Some place when place + 1 < arguments.Length -> int arguments[place + 1], Array.removeManyAt place 2 arguments
    | _ -> 0, arguments

/// Runs tests by Expecto with the arguments of a command line and closes with a line "N passed, N failed, N skipped": exit code 0 only if
/// something ran and nothing failed. --fast takes the tests for the inner loop only, --slowest N names the N slowest.
let run (tests: Test) (arguments: string array) : int =
    let slowest, arguments = slowestOf arguments
    let tests = if Array.contains "--fast" arguments then fast tests else tests
    let arguments = Array.except [ "--fast" ] arguments
    let isListing = Array.contains "--list-tests" arguments
    let mutable ran = 0

    let summarised (summary: TestRunSummary) =
        let failed = summary.failed.Length + summary.errored.Length
        ran <- summary.passed.Length + failed

        summary.results
        |> List.sortByDescending (fun (_, result) -> result.duration)
        |> List.truncate slowest
        |> List.iter (fun (test, result) ->
            printfn $"{result.duration.TotalSeconds, 8:F2} s  %s{JoinWith.Slash.format test.name}")

        printfn $"{summary.passed.Length} passed, {failed} failed, {summary.ignored.Length} skipped"

    match problems tests with
    | [] ->
        let code =
            runTestsWithCLIArgs
                [
                    JoinWith "/"
                    No_Spinner
                    Colours 0
                    Append_Summary_Handler(SummaryHandler summarised)
                ]
                arguments
                (limited patience tests)

        if code = 0 && ran = 0 && not isListing then
            eprintfn "No test ran: the filter selects none. --list-tests prints their names."
            nothingRan
        else
            code
    | wrong ->
        wrong |> List.iter (eprintfn "%s")
        wrongList
