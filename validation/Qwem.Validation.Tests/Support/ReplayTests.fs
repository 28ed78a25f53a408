/// A failing property says how to replay it, in the words in which properties are written here.
module Qwem.Validation.Tests.ReplayTests

open System.Text.RegularExpressions
open Expecto
open FsCheck
open FsCheck.FSharp
open Qwem.Validation.Tests.Spectra

/// The message with which a test fails.
let private failureOf (test: Test) =
    match
        test
        |> Impl.evalTestsSilent
        |> Async.RunSynchronously
        |> List.map (fun (_, summary) -> summary.result)
    with
    | [ Impl.TestResult.Failed message ] -> message
    | other -> failtest $"One failure was expected, not %A{other}"

/// What a message says of the counterexample: the draw and what it shrinks to.
let private counterexample (message: string) =
    Regex.Match(message, @"Parameters:.*?Result:", RegexOptions.Singleline).Value

/// The numbers in a message, beside the rest of what is to be pasted.
let private numbersIn (call: string) (message: string) =
    let found =
        Regex.Match(message, Regex.Escape(call).Replace("NUMBERS", @"\((\d+)UL, (\d+)UL, (\d+)\)"))

    Expect.isTrue found.Success message
    uint64 found.Groups[1].Value, uint64 found.Groups[2].Value, int found.Groups[3].Value

type private Coin = Coin of int

type private Coins =
    static member Coin() : Arbitrary<Coin> =
        Arb.fromGen (Gen.map Coin (Gen.choose (0, 1_000_000)))

let private name = "no spectrum {1} has a \"repeated\" eigenvalue"
let private simple (Spectrum values) = not (isRepeated values)
let private small (Coin value) (seed: Seed) = value < 500_000 && seed <> Seed 3UL

let tests =
    testList "Replay" [
        testCase "a failure names the call that replays it, which gives the same counterexample" (fun () ->
            let message = failureOf (property name 300 simple)
            let numbers = numbersIn $"replayed NUMBERS %A{name} 300" message
            Expect.stringContains message "Spectrum [|0.0; 0.0|]" "shrunk"
            let again = failureOf (replayed numbers name 300 simple)
            Expect.stringContains again "after 1 test" "the failing draw is the first"
            Expect.equal (counterexample again) (counterexample message) ""
            Expect.isGreaterThan (counterexample message).Length 20 "")

        testCase "so does a property with generators of its own" (fun () ->
            let message = failureOf (propertyWith [ typeof<Coins> ] "coins" 100 small)

            let numbers =
                numbersIn "replayedWith NUMBERS [ typeof<Coins> ] \"coins\" 100" message

            let again = failureOf (replayedWith numbers [ typeof<Coins> ] "coins" 100 small)
            Expect.equal (counterexample again) (counterexample message) "")

        testCase "other numbers give other draws" (fun () ->
            let first =
                failureOf (replayed (1UL, 3UL, 1) "seeds" 10 (fun (Seed value) -> value < 10UL))

            let second =
                failureOf (replayed (2UL, 3UL, 1) "seeds" 10 (fun (Seed value) -> value < 10UL))

            Expect.notEqual first second "")
    ]
