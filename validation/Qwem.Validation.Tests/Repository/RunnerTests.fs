/// The runner fails where it must: every kind of failure, planted.
module Qwem.Validation.Tests.RunnerTests

open System
open System.Threading
open Expecto

// Tests that run inside a test say nothing of their own.
let private exitCode tests arguments =
    Runner.run tests (Array.append [| "--no-spinner" |] arguments)

let private fine = testCase "fine" ignore

let tests =
    testSequencedGroup
        "runner"
        (testList "Runner" [
            testCase "a list that passes ends with 0" (fun () ->
                Expect.equal (exitCode (testList "a" [ fine ]) [||]) 0 "")

            testCase "a failed assertion, an exception and a false property turn the exit code" (fun () ->
                for planted in
                    [
                        testCase "assertion" (fun () -> Expect.equal 1 2 "planted")
                        testCase "exception" (fun () -> invalidOp "planted")
                        property "property" 100 (fun (x: int) -> x < 5)
                        testList "inner" [ testTheory "theory" [ 1; 2 ] (fun x -> Expect.isLessThan x 2 "planted") ]
                    ] do
                    Expect.notEqual (exitCode (testList "a" [ fine; planted ]) [||]) 0 "")

            testCase "a test that does not end in time fails" (fun () ->
                let endless = testCase "endless" (fun () -> Thread.Sleep Timeout.Infinite)

                let limited =
                    Runner.limited (TimeSpan.FromMilliseconds 50.0) (testList "a" [ fine; endless ])

                Expect.notEqual (exitCode limited [||]) 0 "")

            testCase "a selection without a test fails, and so does one of skipped tests only" (fun () ->
                let skipped = testCase "skipped" (fun () -> skiptest "planted")
                Expect.equal (exitCode (testList "a" [ fine ]) [| "--filter"; "nowhere" |]) Runner.nothingRan ""
                Expect.equal (exitCode (testList "a" [ skipped ]) [||]) Runner.nothingRan ""
                Expect.equal (exitCode (testList "a" [ fine ]) [| "--filter"; "a" |]) 0 "")

            testCase "a focused test and a name that stands twice are refused" (fun () ->
                Expect.equal (exitCode (testList "a" [ fine; ftestCase "focused" ignore ]) [||]) Runner.wrongList ""
                Expect.equal (exitCode (testList "a" [ fine; fine ]) [||]) Runner.wrongList "")
        ])
