/// Comparison of a run with a baseline, on verdicts made up for it.
[<NUnit.Framework.TestFixture>]
module Qwem.Validation.Tests.BaselineTests

open System
open System.Xml.Linq
open NUnit.Framework
open Qwem.Reports

let private verdict id gap : Verdict =
    {
        Id = id
        Claim = "A number is small."
        Metric = "the number"
        Gap = gap
        Bound = 1.0
        Derivation = "chosen"
        Passed = gap <= 1.0
        Mutations =
            [
                {
                    Mutation = "s_{k} doubled"
                    Gap = 2.0
                    Killed = true
                }
            ]
    }

let private judge baseline current =
    let report: Report =
        {
            Title = "Test"
            Summary = "Made up."
            Sections =
                [
                    {
                        Id = "test"
                        Title = "Test"
                        Question = ""
                        Prediction = ""
                        Paragraphs = []
                        Quantities = []
                        References = []
                        Tables = []
                        Figures = []
                        Verdicts = current
                    }
                ]
            Commands = []
            PaperFigures = []
            MissingFigures = []
            MissingReferences = []
            Manifest =
                {
                    Version = "0"
                    Command = "none"
                    Seeds = []
                    Inputs = []
                    Settings = []
                }
        }

    Judgement(report, "the baseline", Baseline.compare true baseline current)

let private failing (judgement: Judgement) =
    judgement.Failures |> List.map (fun failure -> failure.Id)

[<Test>]
let ``a run equal to its baseline has no changes and passes`` () =
    let judgement =
        judge [ verdict "a" 0.5; verdict "b" 0.0 ] [ verdict "a" 0.5; verdict "b" 0.0 ]

    Assert.That(judgement.Changes, Is.Empty)
    Assert.That(judgement.Passed)

[<Test>]
let ``verdicts that flip either way fail by name`` () =
    let judgement =
        judge [ verdict "a" 0.5; verdict "b" 1.5 ] [ verdict "a" 1.5; verdict "b" 0.5 ]

    Assert.That(failing judgement, Is.EqualTo<string list> [ "a"; "b" ])
    let whys = judgement.Failures |> List.map (fun failure -> failure.Why)
    Assert.That(whys[0], Does.Contain "1.5 times the bound; passed in the baseline")
    Assert.That(whys[1], Does.Contain "failed in the baseline and passes now")

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
let ``a gap that is not a number, or a wrong theory no longer shown, is reported`` () =
    let judgement = judge [ verdict "a" 0.2 ] [ verdict "a" nan ]
    Assert.That(judgement.Changes, Has.Length.EqualTo 2)
    Assert.That(failing judgement, Is.EqualTo<string list> [ "a" ])

    let bare =
        { verdict "a" 0.2 with
            Mutations = []
            Passed = false
        }

    let judgement = judge [ verdict "a" 0.2 ] [ bare ]
    Assert.That(judgement.Changes, Has.Length.EqualTo 2)
    Assert.That(judgement.Failures.Head.Why, Does.Contain "shown no wrong theory")

[<Test>]
let ``a wrong theory that is let through is listed as such and fails its gate`` () =
    let survivor =
        { verdict "a" 0.2 with
            Passed = false
            Mutations =
                [
                    {
                        Mutation = "s_{k} kept"
                        Gap = 0.9
                        Killed = false
                    }
                ]
        }

    let judgement = judge [ survivor ] [ survivor ]
    Assert.That(judgement.Passed, Is.False)
    Assert.That(judgement.Failures.Head.Why, Is.EqualTo "it does not reject the wrong theory 's_k kept'")
    Assert.That((judgement.WrongTheories |> List.exists _.Caught), Is.False)
    let summary = judgement.Summary((fun _ -> "folder"), true)
    Assert.That(summary, Does.StartWith "# qwem gate: FAIL\n")
    Assert.That(summary, Does.Contain "**NOT caught**")
    Assert.That(summary, Does.Contain "<code>folder</code>")

[<Test>]
let ``the JUnit file has a suite for the baseline whose counts are those of its cases`` () =
    let judgement =
        judge [ verdict "a" 0.5; verdict "b<&" 0.5 ] [ verdict "a" 1.5; verdict "c" 0.5 ]

    let root =
        XDocument.Parse(JUnit.renderAgainst judgement.Changes judgement.Report).Root
        |> Unchecked.nonNull

    let count (name: string) =
        root.Descendants(XName.Get name) |> Seq.length

    let attribute (name: string) =
        int (Unchecked.nonNull (root.Attribute(XName.Get name))).Value
    // Two gates; one verdict that flipped, one gap that grew, one gate that vanished, one new.
    Assert.That(count "testcase", Is.EqualTo 6)
    Assert.That(attribute "tests", Is.EqualTo 6)
    Assert.That(count "failure", Is.EqualTo 3)
    Assert.That(attribute "failures", Is.EqualTo 3)
