/// Comparison of a run with a baseline, on verdicts made up for it.
[<NUnit.Framework.TestFixture>]
module Qwem.Validation.Tests.BaselineTests

open System
open System.Xml.Linq
open NUnit.Framework
open Qwem.Reports

let private shown slip result : SlipOutcome =
    {
        Slip = slip
        Gap = 2.0
        Result = result
        Resolution = None
    }

let private verdict id gap : Verdict =
    { ReportSamples.verdict id gap 1.0 (if gap <= 1.0 then Outcome.Confirmed else Outcome.Contradicted) with
        Slips = [ shown "doubled" SlipResult.Rejected; shown "halved" SlipResult.Rejected ]
    }

let private judgeWith problems baseline current =
    let report =
        { ReportSamples.report with
            Sections =
                [
                    { ReportSamples.report.Sections.Head with
                        Verdicts = current
                    }
                ]
        }

    Judgement(report, "the baseline", problems, Baseline.compare true baseline current)

let private judge baseline current = judgeWith [] baseline current

let private failing (judgement: Judgement) =
    judgement.Failures |> List.map (fun failure -> failure.Id)

[<Test>]
let ``a run equal to its baseline has no changes and passes`` () =
    let judgement =
        judge [ verdict "a" 0.5; verdict "b" 0.0 ] [ verdict "a" 0.5; verdict "b" 0.0 ]

    Assert.That(judgement.Changes, Is.Empty)
    Assert.That(judgement.Passed)

[<Test>]
let ``an outcome that changed fails in either direction by name, as not accepted`` () =
    let judgement =
        judge [ verdict "a" 0.5; verdict "b" 1.5 ] [ verdict "a" 1.5; verdict "b" 0.5 ]

    Assert.That(failing judgement, Is.EqualTo<string list> [ "a"; "b" ])
    let whys = judgement.Failures |> List.map (fun failure -> failure.Why)

    Assert.That(
        whys[0],
        Does.StartWith
            "was confirmed with gap 0.5 against bound 1 in the baseline and is contradicted with gap 1.5 against bound 1; this outcome is not accepted"
    )

    Assert.That(whys[1], Does.StartWith "was contradicted")
    Assert.That(whys[1], Does.Contain "and is confirmed")

[<Test>]
let ``a contradiction that the baseline has passes`` () =
    let judgement = judge [ verdict "a" 1.5 ] [ verdict "a" 1.5 ]
    Assert.That(judgement.Changes, Is.Empty)
    Assert.That(judgement.Passed)

[<Test>]
let ``a new gate passes if it is confirmed, and is not accepted otherwise`` () =
    let judgement = judge [] [ verdict "a" 0.5; verdict "b" 1.5 ]
    Assert.That(failing judgement, Is.EqualTo<string list> [ "b" ])
    Assert.That(judgement.Failures.Head.Why, Does.Contain "this outcome is not accepted")

[<Test>]
let ``on another problem only a contradiction of what is confirmed and a gate that vanished fail`` () =
    let outcome it verdict : Verdict = { verdict with Outcome = it }

    let failures before now =
        Baseline.compare false before now |> List.filter _.Fails |> List.map _.Id

    let a gap = verdict "a" gap
    let weak = a 1.5 |> outcome Outcome.NotConfirmed
    Assert.That(failures [ a 0.5 ] [ weak ], Is.Empty)
    Assert.That(failures [ weak ] [ a 0.5 ], Is.Empty)
    Assert.That(failures [ a 1.5 ] [ a 0.5 ], Is.Empty)
    Assert.That(failures [ weak ] [ a 1.5 ], Is.Empty)
    Assert.That(failures [] [ a 1.5 ], Is.Empty)
    Assert.That(failures [ a 0.5 ] [ { a 0.5 with Slips = [] } ], Is.Empty)
    Assert.That(failures [ a 0.5 ] [ a 1.5 ], Is.EqualTo<string list> [ "a" ])
    Assert.That(failures [ a 0.5 ] [], Is.EqualTo<string list> [ "a" ])
    // What does not fail is reported.
    Assert.That((Baseline.compare false [ a 0.5 ] [ weak ]).Length, Is.EqualTo 1)

[<Test>]
let ``a gate that vanished fails, one that is new does not`` () =
    let judgement =
        judge [ verdict "a" 0.5; verdict "b" 0.5 ] [ verdict "a" 0.5; verdict "c" 0.5 ]

    Assert.That(failing judgement, Is.EqualTo<string list> [ "b" ])

    Assert.That(
        judgement.Changes |> List.map (fun change -> change.Id, change.Fails),
        Is.EqualTo<(string * bool) list> [ "b", true; "c", false ]
    )

[<Test>]
let ``a gap is reported when it grew past the factor, and not before`` () =
    let changes before now =
        (Baseline.compare true [ verdict "a" before ] [ verdict "a" now ]).Length

    Assert.That(changes 0.2 (0.2 * Baseline.growth), Is.Zero)
    Assert.That(changes 0.2 (Math.BitIncrement(0.2 * Baseline.growth)), Is.EqualTo 1)
    Assert.That(changes 0.0 1e-300, Is.EqualTo 1)
    Assert.That(changes 0.5 0.001, Is.Zero)
    Assert.That((judge [ verdict "a" 0.2 ] [ verdict "a" 0.9 ]).Passed)
    // Runs of another size: the gap says nothing, the verdict does.
    Assert.That(Baseline.compare false [ verdict "a" 0.2 ] [ verdict "a" 0.9 ], Is.Empty)
    Assert.That((Baseline.compare false [ verdict "a" 0.2 ] [ verdict "a" 1.1 ]).Length, Is.EqualTo 1)

[<Test>]
let ``a gap that is not a number is reported`` () =
    let judgement =
        judge [ verdict "a" 0.2; verdict "b" 0.2 ] [ verdict "a" nan; verdict "b" 0.2 ]

    Assert.That(judgement.Changes, Has.Length.EqualTo 2)
    Assert.That(failing judgement, Is.EqualTo<string list> [ "a" ])

[<Test>]
let ``a gate that rejects nothing any more fails, and so does a slip that nothing rejects any more`` () =
    let blunt (verdict: Verdict) =
        { verdict with
            Slips = [ shown "doubled" SlipResult.Survives; shown "halved" SlipResult.Blind ]
        }

    let both = [ verdict "a" 0.2; verdict "b" 0.2 ]
    let judgement = judge both [ verdict "a" 0.2; blunt (verdict "b" 0.2) ]
    Assert.That(failing judgement, Is.EqualTo<string list> [ "b" ])
    Assert.That(judgement.Failures.Head.Why, Does.Contain "rejects nothing now")

    let half =
        { verdict "a" 0.2 with
            Slips = [ shown "doubled" SlipResult.Rejected; shown "halved" SlipResult.Blind ]
        }

    // Another gate still rejects it: reported only.
    let judgement = judge both [ half; verdict "b" 0.2 ]
    Assert.That(judgement.Passed)
    Assert.That(judgement.Changes.Head.What, Is.EqualTo "no longer rejects halved")
    let judgement = judge both [ half; { half with Id = "b" } ]
    Assert.That(failing judgement, Is.EqualTo<string list> [ "halved" ])

    Assert.That(
        judgement.Failures.Head.Why,
        Is.EqualTo "is a slip that 2 of the baseline's gates reject and none rejects now"
    )

    Assert.That(judgement.Failures.Head.Gap, Is.EqualTo "–")

[<Test>]
let ``what a contradicted gate rejects counts for nothing`` () =
    let judgement = judge [ verdict "a" 0.2 ] [ verdict "a" 1.5 ]
    Assert.That(failing judgement, Is.EqualTo<string list> [ "a"; "doubled"; "halved" ])

[<Test>]
let ``problems fail a run, and the summary says what fails, with every slip`` () =
    let same = [ verdict "a" 0.2 ]
    let judgement = judgeWith [ "A gate is <blunt>." ] same same
    Assert.That(judgement.Passed, Is.False)
    let summary = judgement.Summary((fun _ -> "folder"), true)
    Assert.That(summary, Does.StartWith "# qwem gate: FAIL\n")
    Assert.That(summary, Does.Contain "- A gate is &lt;blunt&gt;.")
    Assert.That(summary, Does.Contain "<details><summary>Every slip</summary>")
    let summary = (judge same [ verdict "a" 1.5 ]).Summary((fun _ -> "folder"), false)
    Assert.That(summary, Does.Contain "<code>folder</code>")
    Assert.That(summary, Does.Not.Contain "Every slip")
    Assert.That((judge same same).Summary((fun _ -> ""), false), Does.StartWith "# qwem gate: PASS\n")

[<Test>]
let ``the JUnit file has a suite for the baseline whose counts are those of its cases`` () =
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
    Assert.That(count "testcase", Is.EqualTo 6)
    Assert.That(attribute "tests", Is.EqualTo 6)
    Assert.That(count "failure", Is.EqualTo 2)
    Assert.That(attribute "failures", Is.EqualTo 2)
    Assert.That(count "skipped", Is.EqualTo 1)
