module Qwem.Validation.Tests.Main

open System.Reflection
open Expecto
open Expecto.Impl

/// Fewer tests than this means that some were lost; raise it when tests are added.
let private leastTests = 870

/// Modules with a list of tests that is not in the list of all tests, whose tests would never run.
let private unlisted () =
    let listed = Test.toTestCodeList All.tests |> List.collect _.name |> Set.ofList

    Assembly.GetExecutingAssembly().GetTypes()
    |> Array.choose (fun holder ->
        match holder.GetProperty("tests", BindingFlags.Public ||| BindingFlags.Static) with
        | null -> None
        | property ->
            match property.GetValue null with
            | :? Test as tests ->
                let lost =
                    Test.toTestCodeList tests
                    |> List.exists (fun test -> not (List.forall listed.Contains test.name))

                if lost then Some holder.Name else None
            | _ -> None)

let private complain (text: string) =
    eprintfn $"%s{text}"
    70

let private byExpecto (arguments: string array) =
    let mutable ran = 0

    let counted (summary: TestRunSummary) =
        let failed = summary.failed.Length + summary.errored.Length
        ran <- summary.passed.Length + failed
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
