/// What makes a report worth less than it says: each a sentence that names the culprit.
module Qwem.Validation.Tests.ReportProblemsTests

open Expecto
open Qwem.Reports
open Qwem.Validation.Tests.ReportSamples

let private sound id : Verdict = {
    verdict id 0.5 1.0 Outcome.Confirmed with
        Slips = [ for slip in slips -> shown slip.Id SlipResult.Rejected 2.0 None ]
}

let private reportOf (verdicts: Verdict list) = {
    report with
        Sections = [
            {
                report.Sections.Head with
                    Verdicts = verdicts
            }
        ]
}

let private problems scope verdicts =
    Check.problems scope (reportOf verdicts)

/// One problem, with these parts.
let private one scope parts verdicts =
    let found = problems scope verdicts
    Expect.hasLength found 1 (string found)

    for part in parts do
        Expect.stringContains found.Head part ""

let private set slip result (verdict: Verdict) = {
    verdict with
        Slips =
            verdict.Slips
            |> List.map (fun outcome ->
                if slip = "" || outcome.Slip = slip then
                    { outcome with Result = result }
                else
                    outcome)
}

let tests =
    testList "Report problems" [
        testCase "a sound report has no problems"
        <| fun () -> Expect.isEmpty (problems Check.Scope.Whole [ sound "a"; sound "b" ]) ""

        testCase "an outcome against its own numbers is named; not a number is never confirmed" (fun () ->
            for gap in [ 1.5; nan; infinity ] do
                one Check.Scope.Other [ "'a'"; "confirmed"; Numbers.exact gap ] [ { sound "a" with Gap = gap } ]

            one Check.Scope.Other [ "'a'"; "contradicted" ] [
                {
                    sound "a" with
                        Outcome = Outcome.Contradicted
                }
            ]

            // Too weak to tell is not a matter of the gap alone.
            Expect.isEmpty
                (problems Check.Scope.Other [
                    {
                        sound "a" with
                            Outcome = Outcome.NotConfirmed
                    }
                ])
                "")

        testCase "a gate that rejects nothing is named, unless it is not confirmed or the problem is another" (fun () ->
            let blunt = sound "blunt" |> set "" SlipResult.Blind
            one Check.Scope.Whole [ "'blunt'"; "rejects nothing" ] [ sound "a"; blunt ]
            one Check.Scope.Part [ "'blunt'"; "rejects nothing" ] [ sound "a"; blunt ]
            Expect.isEmpty (problems Check.Scope.Other [ sound "a"; blunt ]) ""

            Expect.isEmpty
                (problems Check.Scope.Whole [
                    sound "a"
                    {
                        blunt with
                            Outcome = Outcome.NotConfirmed
                    }
                ])
                "")

        testCase
            "a slip that no gate of a whole report rejects is named, also where a contradicted gate rejects it"
            (fun () ->
                let blind = sound "a" |> set "z" SlipResult.Survives
                one Check.Scope.Whole [ "'z'"; "its powers left out" ] [ blind ]
                Expect.isEmpty (problems Check.Scope.Part [ blind ]) ""
                Expect.isEmpty (problems Check.Scope.Whole [ blind; sound "b" ]) ""

                one Check.Scope.Whole [ "'z'" ] [
                    blind
                    {
                        sound "b" with
                            Gap = 1.5
                            Outcome = Outcome.Contradicted
                    }
                ])

        testCase
            "a gate that was not shown every slip, and a qualitative one without a null model, are named"
            (fun () ->
                one Check.Scope.Other [ "'a'"; "not shown 1 of the 3 slips"; "'kappa'" ] [
                    {
                        sound "a" with
                            Slips = (sound "a").Slips.Tail
                    }
                ]

                one Check.Scope.Other [ "'a'"; "null model" ] [
                    {
                        sound "a" with
                            Kind = GateKind.Qualitative
                    }
                ])

        testCase "a claim without a gate and ids used twice are named" (fun () ->
            one Check.Scope.Whole [ "gate id 'a/b'"; "more than once" ] [ sound "a/b"; sound "A-b" ]

            let section = (reportOf [ sound "a" ]).Sections.Head

            let twice = {
                report with
                    Sections = [
                        section
                        {
                            section with
                                Verdicts = [ sound "b" ]
                        }
                    ]
            }

            Expect.hasLength
                (Check.problems Check.Scope.Whole twice
                 |> List.filter _.Contains("claim id 'values'"))
                1
                ""

            let bare = {
                report with
                    Sections = [
                        section
                        {
                            report.Sections[1] with
                                Verdicts = []
                        }
                    ]
            }

            let found = Check.problems Check.Scope.Whole bare
            Expect.hasLength found 1 ""
            Expect.stringStarts found.Head "The claim 'rest' has no gate" "")
    ]
