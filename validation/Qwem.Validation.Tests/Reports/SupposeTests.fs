/// Hypotheses about the theory, answered from the resolutions of a run.
module Qwem.Validation.Tests.SupposeTests

open Expecto
open Qwem.Reports
open Qwem.Validation.Tests.CountingSupport
open Qwem.Validation.Tests.Command
open Qwem.Validation.Tests.ReportSamples

let private size text =
    match Suppose.parse slips text with
    | Ok supposition -> supposition.Slip.Id, supposition.Size
    | Error sentence -> failwith sentence

let private complaint text =
    match Suppose.parse slips text with
    | Ok supposition -> failwith $"{supposition} was read from '{text}'"
    | Error sentence -> sentence

let private answer size outcome =
    Suppose.answer { Slip = slips.Head; Size = size } outcome

let tests =
    testList "Suppose" [
        testCase "a slip may stand alone, with a factor, or with a size" (fun () ->
            for text, expected in
                [
                    "transpose", ("transpose", 1.0)
                    "kappa", ("kappa", 1.0)
                    "kappa * 1.5", ("kappa", 0.5)
                    "kappa*0.5", ("kappa", -0.5)
                    "  kappa   -2e-3 ", ("kappa", -2e-3)
                    "transpose 1", ("transpose", 1.0)
                    "transpose * 2", ("transpose", 1.0)
                ] do
                Expect.equal (size text) expected text)

        testTheory
            "what cannot be answered is refused in one sentence"
            [
                ("kapa", "did you mean 'kappa'")
                ("trans * 2", "did you mean 'transpose'")
                ("kappa * x", "'x' is no number")
                ("kappa NaN", "not a finite number")
                ("kappa * 1e999", "not a finite number")
                ("kappa * 1", "Size 0")
                ("transpose 0.5", "made or not made")
                ("", "is no supposition")
                ("* 2", "is no supposition")
                ("kappa * 2 * 3", "is no supposition")
                ("kappa *", "is no supposition")
            ]
            (fun (text: string, part: string) ->
                Expect.stringContains (complaint text) part ""
                Expect.isMatch (complaint text) (@"\A[^\n]*\.\z|all\.\z") "")

        testCase
            "a size at or above the resolution is rejected, in either direction, and one below it passes"
            (fun () ->
                let sized = shown "kappa" SlipResult.Rejected 5.0 (Some 1e-3)

                for size, expected in
                    [
                        1e-3, Suppose.Answer.Rejects
                        -1e-3, Suppose.Answer.Rejects
                        2.0, Suppose.Answer.Rejects
                        9e-4, Suppose.Answer.Passes
                        -9e-4, Suppose.Answer.Passes
                    ] do
                    Expect.equal (answer size sized) expected "")

        testCase "without a resolution the answer is known at size 1, and below it where size 1 survives" (fun () ->
            let survives = shown "kappa" SlipResult.Survives 0.5 None
            let rejected = shown "kappa" SlipResult.Rejected 5.0 None
            Expect.equal (answer 1.0 survives) Suppose.Answer.Passes ""
            Expect.equal (answer 0.1 survives) Suppose.Answer.Passes ""
            Expect.equal (answer 2.0 survives) Suppose.Answer.Unknown ""
            Expect.equal (answer 1.0 rejected) Suppose.Answer.Rejects ""
            Expect.equal (answer 0.1 rejected) Suppose.Answer.Unknown ""
            Expect.equal (answer 1.0 (shown "kappa" SlipResult.Blind 0.5 None)) Suppose.Answer.Blind "")

        testCase "only confirmed gates are asked" (fun () ->
            let answers =
                Suppose.answers { Slip = slips.Head; Size = 1.0 } (Check.verdicts report)

            Expect.equal
                (answers |> List.map (fun (verdict, _, _) -> verdict.Id))
                [ "theorem-4.3/xe/gram"; "exact" ]
                "")

        property "whatever is typed, the answer is a supposition or one line" 100 (fun (text: string | null) ->
            let text =
                match text with
                | null -> ""
                | text -> text

            match Suppose.parse slips text with
            | Ok supposition -> System.Double.IsFinite supposition.Size && supposition.Size <> 0.0
            | Error sentence -> sentence.EndsWith '.')

        testCase "the command answers from a file of results: what rejects, what is blind, what would pass" (fun () ->
            use folder = new TemporaryFolder()
            let file = folder.WriteText("results.json", Json.results report)

            let suppose text =
                succeed [ "gate"; "--suppose"; text; "--results"; file ] |> fst

            let large = suppose "kappa * 1.001"
            Expect.stringStarts large "kappa: κ → κ(1 + s) with s = 0.001" ""
            Expect.stringContains large "would reject it" ""
            Expect.stringContains large ($"2 of 2 confirmed gates would reject it, by {file}") ""
            let small = suppose "kappa 1e-9"
            Expect.stringContains small "would let it pass" ""
            Expect.stringContains small "0 of 2 confirmed gates would reject it" ""
            Expect.stringContains (suppose "z") "0 of 2 confirmed gates" ""
            let list = suppose "list"

            for slip in slips do
                Expect.stringContains list slip.Id "")

        testCase "bad input to the command ends with code 1, a bad file of results with code 3" (fun () ->
            use folder = new TemporaryFolder()
            let file = folder.WriteText("results.json", Json.results report)

            let refuse code part arguments =
                refused folder code part ("gate" :: arguments)

            refuse 1 "did you mean 'kappa'" [ "--suppose"; "kapa"; "--results"; file ]
            refuse 1 "finite" [ "--suppose"; "kappa * NaN"; "--results"; file ]
            refuse 1 "--suppose" [ "--results"; file ]
            refuse 3 "does not exist" [ "--suppose"; "kappa"; "--results"; folder.File "missing.json" ]
            refuse 3 "is not JSON" [ "--suppose"; "kappa"; "--results"; folder.WriteText("bad.json", "{") ])
    ]
