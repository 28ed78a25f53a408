/// Examples of errors and errata, compiled and run as tests; docs/theory.md shows them.
module Qwem.Validation.Tests.TheoryExamples.CorrectionsExamples

open Expecto
open Qwem.Validation.Tests.Expectations
open Qwem.Theory

let tests =
    testList "Corrections examples" [
        testCase "example of HypothesisException" (fun () ->
            // A start above lambda* never crosses lambda*/2.
            let error =
                Expect.raised<HypothesisException>(fun () -> AlignedSolution.HalfRiseTime(2.0, 1.0) |> ignore)

            Expect.equal error.Hypothesis "a start below lambda*" ""
            Expect.equal error.ParamName "initialVariance" "")

        testCase "example of HypothesisException: your own" (fun () ->
            let error =
                HypothesisException("d <= V", "dimension", "dimension = 3; allowed: 1 to 2")

            Expect.stringStarts error.Message "dimension = 3; allowed: 1 to 2 (hypothesis: d <= V)" "")

        testCase "example of Errata" (fun () ->
            Expect.isGreaterThanOrEqual Errata.All.Count 11 ""
            Expect.equal Errata.All[0].Id "xe-constant" "")

        testCase "example of Erratum" (fun () ->
            let erratum = Errata.All |> Seq.find (fun e -> e.Id = "xe-constant")
            Expect.equal erratum.Location "v1, text below Eq. (6)" ""
            Expect.equal erratum.Printed "L_xe has c = 1" ""
            Expect.equal erratum.Right "Eq. (4) has c = 1/2" ""
            Expect.stringStarts erratum.Reason "With c = 1 the loss would ask for half" ""
            Expect.stringStarts erratum.Demonstration "every erratum is measured" "")
    ]
