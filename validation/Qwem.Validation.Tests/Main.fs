module Qwem.Validation.Tests.Main

open Expecto

/// Fewer tests than this means that some were lost; raise it when tests are added.
let private leastTests = 1257

/// What is wrong with the list of all tests: names that stand twice, focused tests, modules and tests that are not in it.
let private problems () =
    let all = Test.toTestCodeList All.tests
    let listed = all |> List.collect _.name |> Set.ofList

    [
        yield! Runner.problems All.tests
        for holder, tests in Modules.all.Value do
            if tests |> List.exists (fun test -> not (List.forall listed.Contains test.name)) then
                $"The tests of {holder} are not in All.fs and would never run."
        if all.Length < leastTests then
            $"There are {all.Length} tests, and at least {leastTests} are expected."
    ]

[<EntryPoint>]
let main arguments =
    match problems () with
    | [] ->
        // What `dotnet test` starts talks to it through a pipe.
        if Array.contains "--server" arguments then
            Platform.run (Runner.limited Runner.patience All.tests) arguments
        else
            Runner.run All.tests arguments
    | wrong ->
        wrong |> List.iter (eprintfn "%s")
        Runner.wrongList
