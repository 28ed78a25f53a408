/// Comparison of a run with a baseline, on verdicts made up for it.
module Qwem.Validation.Tests.BaselineTests

open System
open System.Xml.Linq
open Expecto
open Qwem.Reports

let private shown slip result : SlipOutcome = {
    Slip = slip
    Gap = 2.0
    Result = result
    Resolution = None
}

let private verdict id gap : Verdict = {
    ReportSamples.verdict id gap 1.0 (if gap <= 1.0 then Outcome.Confirmed else Outcome.Contradicted) with
        Slips = [ shown "doubled" SlipResult.Rejected; shown "halved" SlipResult.Rejected ]
}

let private judgeWith problems baseline current =
    let report = {
        ReportSamples.report with
            Sections = [
                {
                    ReportSamples.report.Sections.Head with
                        Verdicts = current
                }
            ]
    }

    Judgement(report, "the baseline", problems, Baseline.compare true baseline current)

let private judge baseline current = judgeWith [] baseline current

let private failing (judgement: Judgement) =
    judgement.Failures |> List.map (fun failure -> failure.Id)

let tests =
    testList "Baseline" [
        testCase "a run equal to its baseline has no changes and passes" (fun () ->
            let judgement =
                judge [ verdict "a" 0.5; verdict "b" 0.0 ] [ verdict "a" 0.5; verdict "b" 0.0 ]

            Expect.isEmpty judgement.Changes ""
            Expect.isTrue judgement.Passed "")

        testCase "an outcome that changed fails in either direction by name, as not accepted" (fun () ->
            let judgement =
                judge [ verdict "a" 0.5; verdict "b" 1.5 ] [ verdict "a" 1.5; verdict "b" 0.5 ]

            Expect.equal (failing judgement) [ "a"; "b" ] ""
            let whys = judgement.Failures |> List.map (fun failure -> failure.Why)

            Expect.stringStarts
                whys[0]
                "was confirmed with gap 0.5 against bound 1 in the baseline and is contradicted with gap 1.5 against bound 1; this outcome is not accepted"
                ""

            Expect.stringStarts whys[1] "was contradicted" ""
            Expect.stringContains whys[1] "and is confirmed" "")

        testCase "a contradiction that the baseline has passes" (fun () ->
            let judgement = judge [ verdict "a" 1.5 ] [ verdict "a" 1.5 ]
            Expect.isEmpty judgement.Changes ""
            Expect.isTrue judgement.Passed "")

        testCase "a new gate passes if it is confirmed, and is not accepted otherwise" (fun () ->
            let judgement = judge [] [ verdict "a" 0.5; verdict "b" 1.5 ]
            Expect.equal (failing judgement) [ "b" ] ""
            Expect.stringContains judgement.Failures.Head.Why "this outcome is not accepted" "")

        testCase "on another problem only a contradiction of what is confirmed and a gate that vanished fail" (fun () ->
            let outcome it verdict : Verdict = { verdict with Outcome = it }

            let failures before now =
                Baseline.compare false before now |> List.filter _.Fails |> List.map _.Id

            let a gap = verdict "a" gap
            let weak = a 1.5 |> outcome Outcome.NotConfirmed
            Expect.isEmpty (failures [ a 0.5 ] [ weak ]) ""
            Expect.isEmpty (failures [ weak ] [ a 0.5 ]) ""
            Expect.isEmpty (failures [ a 1.5 ] [ a 0.5 ]) ""
            Expect.isEmpty (failures [ weak ] [ a 1.5 ]) ""
            Expect.isEmpty (failures [] [ a 1.5 ]) ""
            Expect.isEmpty (failures [ a 0.5 ] [ { a 0.5 with Slips = [] } ]) ""
            Expect.equal (failures [ a 0.5 ] [ a 1.5 ]) [ "a" ] ""
            Expect.equal (failures [ a 0.5 ] []) [ "a" ] ""
            // What does not fail is reported.
            Expect.equal ((Baseline.compare false [ a 0.5 ] [ weak ]).Length) 1 "")

        testCase "a gate that vanished fails, one that is new does not" (fun () ->
            let judgement =
                judge [ verdict "a" 0.5; verdict "b" 0.5 ] [ verdict "a" 0.5; verdict "c" 0.5 ]

            Expect.equal (failing judgement) [ "b" ] ""

            Expect.equal
                (judgement.Changes |> List.map (fun change -> change.Id, change.Fails))
                [ "b", true; "c", false ]
                "")

        testCase "a gap is reported when it grew past the factor, and not before" (fun () ->
            let changes before now =
                (Baseline.compare true [ verdict "a" before ] [ verdict "a" now ]).Length

            Expect.isZero (changes 0.2 (0.2 * Baseline.growth)) ""
            Expect.equal (changes 0.2 (Math.BitIncrement(0.2 * Baseline.growth))) 1 ""
            Expect.equal (changes 0.0 1e-300) 1 ""
            Expect.isZero (changes 0.5 0.001) ""
            Expect.isTrue ((judge [ verdict "a" 0.2 ] [ verdict "a" 0.9 ]).Passed) ""
            // Runs of another size: the gap says nothing, the verdict does.
            Expect.isEmpty (Baseline.compare false [ verdict "a" 0.2 ] [ verdict "a" 0.9 ]) ""
            Expect.equal ((Baseline.compare false [ verdict "a" 0.2 ] [ verdict "a" 1.1 ]).Length) 1 "")

        testCase "a gap that is not a number is reported" (fun () ->
            let judgement =
                judge [ verdict "a" 0.2; verdict "b" 0.2 ] [ verdict "a" nan; verdict "b" 0.2 ]

            Expect.hasLength judgement.Changes 2 ""
            Expect.equal (failing judgement) [ "a" ] "")

        testCase
            "a gate that rejects nothing any more fails, and so does a slip that nothing rejects any more"
            (fun () ->
                let blunt (verdict: Verdict) = {
                    verdict with
                        Slips = [ shown "doubled" SlipResult.Survives; shown "halved" SlipResult.Blind ]
                }

                let both = [ verdict "a" 0.2; verdict "b" 0.2 ]
                let judgement = judge both [ verdict "a" 0.2; blunt (verdict "b" 0.2) ]
                Expect.equal (failing judgement) [ "b" ] ""
                Expect.stringContains judgement.Failures.Head.Why "rejects nothing now" ""

                let half = {
                    verdict "a" 0.2 with
                        Slips = [ shown "doubled" SlipResult.Rejected; shown "halved" SlipResult.Blind ]
                }

                // Another gate still rejects it: reported only.
                let judgement = judge both [ half; verdict "b" 0.2 ]
                Expect.isTrue judgement.Passed ""
                Expect.equal judgement.Changes.Head.What "no longer rejects halved" ""
                let judgement = judge both [ half; { half with Id = "b" } ]
                Expect.equal (failing judgement) [ "halved" ] ""

                Expect.equal
                    judgement.Failures.Head.Why
                    "is a slip that 2 of the baseline's gates reject and none rejects now"
                    ""

                Expect.equal judgement.Failures.Head.Gap "–" "")

        testCase "what a contradicted gate rejects counts for nothing" (fun () ->
            let judgement = judge [ verdict "a" 0.2 ] [ verdict "a" 1.5 ]
            Expect.equal (failing judgement) [ "a"; "doubled"; "halved" ] "")

        testCase "problems fail a run, and the summary says what fails, with every slip" (fun () ->
            let same = [ verdict "a" 0.2 ]
            let judgement = judgeWith [ "A gate is <blunt>." ] same same
            Expect.isFalse judgement.Passed ""
            let summary = judgement.Summary((fun _ -> "folder"), true)
            Expect.stringStarts summary "# qwem gate: FAIL\n" ""
            Expect.stringContains summary "- A gate is &lt;blunt&gt;." ""
            Expect.stringContains summary "<details><summary>Every slip</summary>" ""
            let summary = (judge same [ verdict "a" 1.5 ]).Summary((fun _ -> "folder"), false)
            Expect.stringContains summary "<code>folder</code>" ""
            Expect.lacks summary "Every slip" ""
            Expect.stringStarts ((judge same same).Summary((fun _ -> ""), false)) "# qwem gate: PASS\n" "")

        testCase "the JUnit file has a suite for the baseline whose counts are those of its cases" (fun () ->
            let judgement =
                judge [ verdict "a" 0.5; verdict "b<&" 0.5 ] [ verdict "a" 1.5; verdict "c" 0.5 ]

            let root =
                XDocument.Parse(JUnit.renderAgainst judgement.Problems judgement.Changes judgement.Report).Root
                |> Unchecked.nonNull

            let count (name: string) =
                root.Descendants(XName.Get name) |> Seq.length

            let attribute (name: string) =
                int (Unchecked.nonNull (root.Attribute(XName.Get name))).Value
            // Two gates; one outcome that changed, one gap that grew, one gate that vanished, one new.
            Expect.equal (count "testcase") 6 ""
            Expect.equal (attribute "tests") 6 ""
            Expect.equal (count "failure") 2 ""
            Expect.equal (attribute "failures") 2 ""
            Expect.equal (count "skipped") 1 "")
    ]
