/// Examples of errors and errata, compiled and run as tests; docs/theory.md shows them.
[<NUnit.Framework.TestFixture>]
module Qwem.Validation.Tests.TheoryExamples.CorrectionsExamples

open NUnit.Framework
open Qwem.Theory

[<Test>]
let ``example of HypothesisException`` () =
    // A start above lambda* never crosses lambda*/2.
    let error =
        Assert.Throws<HypothesisException>(fun () -> AlignedSolution.HalfRiseTime(2.0, 1.0) |> ignore)
        |> nonNull

    Assert.That(error.Hypothesis, Is.EqualTo "a start below lambda*")
    Assert.That(error.ParamName, Is.EqualTo "initialVariance")

[<Test>]
let ``example of HypothesisException: your own`` () =
    let error =
        HypothesisException("d <= V", "dimension", "dimension = 3; allowed: 1 to 2")

    Assert.That(error.Message, Does.StartWith "dimension = 3; allowed: 1 to 2 (hypothesis: d <= V)")

[<Test>]
let ``example of Errata`` () =
    Assert.That(Errata.All.Count, Is.GreaterThanOrEqualTo 11)
    Assert.That(Errata.All[0].Id, Is.EqualTo "xe-constant")

[<Test>]
let ``example of Erratum`` () =
    let erratum = Errata.All |> Seq.find (fun e -> e.Id = "xe-constant")
    Assert.That(erratum.Location, Is.EqualTo "v1, text below Eq. (6)")
    Assert.That(erratum.Printed, Is.EqualTo "L_xe has c = 1")
    Assert.That(erratum.Right, Is.EqualTo "Eq. (4) has c = 1/2")
    Assert.That(erratum.Reason, Does.StartWith "With c = 1 the loss would ask for half")
    Assert.That(erratum.Demonstration, Does.StartWith "every erratum is measured")
