/// Hypotheses about the theory, answered from the resolutions of a run.
[<NUnit.Framework.TestFixture>]
module Qwem.Validation.Tests.SupposeTests

open NUnit.Framework
open FsCheck.NUnit
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

[<Test>]
let ``a slip may stand alone, with a factor, or with a size`` () =
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
        Assert.That(size text, Is.EqualTo<string * float> expected, text)

[<TestCase("kapa", "did you mean 'kappa'")>]
[<TestCase("trans * 2", "did you mean 'transpose'")>]
[<TestCase("kappa * x", "'x' is no number")>]
[<TestCase("kappa NaN", "not a finite number")>]
[<TestCase("kappa * 1e999", "not a finite number")>]
[<TestCase("kappa * 1", "Size 0")>]
[<TestCase("transpose 0.5", "made or not made")>]
[<TestCase("", "is no supposition")>]
[<TestCase("* 2", "is no supposition")>]
[<TestCase("kappa * 2 * 3", "is no supposition")>]
[<TestCase("kappa *", "is no supposition")>]
let ``what cannot be answered is refused in one sentence`` (text: string) (part: string) =
    Assert.That(complaint text, Does.Contain part)
    Assert.That(complaint text, Does.Match @"\A[^\n]*\.\z|all\.\z")

let private answer size outcome =
    Suppose.answer { Slip = slips.Head; Size = size } outcome

[<Test>]
let ``a size at or above the resolution is rejected, in either direction, and one below it passes`` () =
    let sized = shown "kappa" SlipResult.Rejected 5.0 (Some 1e-3)

    for size, expected in
        [
            1e-3, Suppose.Answer.Rejects
            -1e-3, Suppose.Answer.Rejects
            2.0, Suppose.Answer.Rejects
            9e-4, Suppose.Answer.Passes
            -9e-4, Suppose.Answer.Passes
        ] do
        Assert.That(answer size sized, Is.EqualTo expected)

[<Test>]
let ``without a resolution the answer is known at size 1, and below it where size 1 survives`` () =
    let survives = shown "kappa" SlipResult.Survives 0.5 None
    let rejected = shown "kappa" SlipResult.Rejected 5.0 None
    Assert.That(answer 1.0 survives, Is.EqualTo Suppose.Answer.Passes)
    Assert.That(answer 0.1 survives, Is.EqualTo Suppose.Answer.Passes)
    Assert.That(answer 2.0 survives, Is.EqualTo Suppose.Answer.Unknown)
    Assert.That(answer 1.0 rejected, Is.EqualTo Suppose.Answer.Rejects)
    Assert.That(answer 0.1 rejected, Is.EqualTo Suppose.Answer.Unknown)
    Assert.That(answer 1.0 (shown "kappa" SlipResult.Blind 0.5 None), Is.EqualTo Suppose.Answer.Blind)

[<Test>]
let ``only confirmed gates are asked`` () =
    let answers =
        Suppose.answers { Slip = slips.Head; Size = 1.0 } (Check.verdicts report)

    Assert.That(
        answers |> List.map (fun (verdict, _, _) -> verdict.Id),
        Is.EqualTo<string list> [ "theorem-4.3/xe/gram"; "exact" ]
    )

[<Property>]
let ``whatever is typed, the answer is a supposition or one line`` (text: string | null) =
    let text =
        match text with
        | null -> ""
        | text -> text

    match Suppose.parse slips text with
    | Ok supposition -> System.Double.IsFinite supposition.Size && supposition.Size <> 0.0
    | Error sentence -> sentence.EndsWith '.'

[<Test>]
let ``the command answers from a file of results: what rejects, what is blind, what would pass`` () =
    use folder = new TemporaryFolder()
    let file = folder.WriteText("results.json", Json.results report)

    let suppose text =
        succeed [ "gate"; "--suppose"; text; "--results"; file ] |> fst

    let large = suppose "kappa * 1.001"
    Assert.That(large, Does.StartWith "kappa: κ → κ(1 + s) with s = 0.001")
    Assert.That(large, Does.Contain "would reject it")
    Assert.That(large, Does.Contain $"2 of 2 confirmed gates would reject it, by {file}")
    let small = suppose "kappa 1e-9"
    Assert.That(small, Does.Contain "would let it pass")
    Assert.That(small, Does.Contain "0 of 2 confirmed gates would reject it")
    Assert.That(suppose "z", Does.Contain "0 of 2 confirmed gates")
    let list = suppose "list"

    for slip in slips do
        Assert.That(list, Does.Contain slip.Id)

[<Test>]
let ``bad input to the command ends with code 1, a bad file of results with code 3`` () =
    use folder = new TemporaryFolder()
    let file = folder.WriteText("results.json", Json.results report)

    let refuse code part arguments =
        refused folder code part ("gate" :: arguments)

    refuse 1 "did you mean 'kappa'" [ "--suppose"; "kapa"; "--results"; file ]
    refuse 1 "finite" [ "--suppose"; "kappa * NaN"; "--results"; file ]
    refuse 1 "--suppose" [ "--results"; file ]
    refuse 3 "does not exist" [ "--suppose"; "kappa"; "--results"; folder.File "missing.json" ]
    refuse 3 "is not JSON" [ "--suppose"; "kappa"; "--results"; folder.WriteText("bad.json", "{") ]
