module Qwem.Validation.Tests.PropertiesTests

open Expecto
open Qwem.Reports
open Qwem.Validation
open Qwem.Validation.Claims

let private verdicts =
    lazy (Matrix.verdicts true 2 ignore Theory.derived Slip.all (Properties.all ()))

let private rejecting slip =
    verdicts.Value
    |> List.filter (fun verdict ->
        verdict.Slips
        |> List.exists (fun outcome -> outcome.Slip = slip && outcome.Result = SlipResult.Rejected))

let tests =
    testList "Properties" [
        testCase "the theory keeps its own laws" (fun () ->
            for verdict in verdicts.Value do
                Expect.isLessThanOrEqual verdict.Gap verdict.Bound verdict.Id)

        testCase "every law rejects some slip" (fun () ->
            for verdict in verdicts.Value do
                Expect.isTrue
                    (verdict.Slips
                     |> List.exists (fun outcome -> outcome.Result = SlipResult.Rejected))
                    verdict.Id)

        testCase "every slip of a single symbol is rejected by a law" (fun () ->
            Expect.isGreaterThanOrEqual SlipsOfFormulas.all.Length 25 ""

            for slip in SlipsOfFormulas.all do
                let gates = rejecting slip.Id |> List.map _.Id |> String.concat "; "
                Expect.isNonEmpty gates slip.Id)
    ]
