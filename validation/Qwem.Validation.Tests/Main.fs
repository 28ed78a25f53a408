module Qwem.Validation.Tests.Main

open Expecto
open Expecto.Impl

/// Fewer tests than this means that some were lost; raise it when tests are added.
let private leastTests = 1040

/// Modules with a list of tests that is not in the list of all tests, whose tests would never run.
let private unlisted () =
    let listed = Test.toTestCodeList All.tests |> List.collect _.name |> Set.ofList

    Modules.all.Value
    |> Array.filter (fun (_, tests) -> tests |> List.exists (fun test -> not (List.forall listed.Contains test.name)))
    |> Array.map fst

let private complain (text: string) =
    eprintfn $"%s{text}"
    70

/// How many of the slowest tests are named: --slowest N.
let private slowestOf (arguments: string array) =
    match Array.tryFindIndex ((=) "--slowest") arguments with
    | Some place when place + 1 < arguments.Length -> int arguments[place + 1], Array.removeManyAt place 2 arguments
    | _ -> 0, arguments

let private byExpecto (arguments: string array) =
    let slowest, arguments = slowestOf arguments
    let mutable ran = 0

    let counted (summary: TestRunSummary) =
        let failed = summary.failed.Length + summary.errored.Length
        ran <- summary.passed.Length + failed

        for test, result in
            summary.results
            |> List.sortByDescending (fun (_, result) -> result.duration)
            |> List.truncate slowest do
            printfn $"{result.duration.TotalSeconds, 8:F2} s  %s{JoinWith.Slash.format test.name}"

        printfn $"{summary.passed.Length} passed, {failed} failed, {summary.ignored.Length} skipped"

    let code =
        runTestsWithCLIArgs
            [
                Fail_On_Focused_Tests
                JoinWith "/"
                No_Spinner
                Colours 0
                Append_Summary_Handler(SummaryHandler counted)
            ]
            arguments
            All.tests

    if code = 0 && ran = 0 && not (Array.contains "--list-tests" arguments) then
        eprintfn "No test ran: the filter selects none. Names are listed by --list-tests."
        8
    else
        code

[<EntryPoint>]
let main arguments =
    let count = (Test.toTestCodeList All.tests).Length

    match unlisted () with
    | [||] when count >= leastTests ->
        if Array.contains "--server" arguments then
            Platform.run All.tests arguments
        else
            byExpecto arguments
    | [||] -> complain $"There are {count} tests, and at least {leastTests} are expected."
    | lost -> complain $"""Modules whose tests are not listed in All.fs: {String.concat ", " lost}."""
