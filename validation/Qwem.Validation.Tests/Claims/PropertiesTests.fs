[<NUnit.Framework.TestFixture>]
module Qwem.Validation.Tests.PropertiesTests

open NUnit.Framework
open Qwem.Reports
open Qwem.Validation
open Qwem.Validation.Claims

let private verdicts =
    lazy (Matrix.verdicts true ignore Theory.derived Slip.all (Properties.all ()))

let private rejecting slip =
    verdicts.Value
    |> List.filter (fun verdict ->
        verdict.Slips
        |> List.exists (fun outcome -> outcome.Slip = slip && outcome.Result = SlipResult.Rejected))

[<Test>]
let ``the theory keeps its own laws`` () =
    for verdict in verdicts.Value do
        TestContext.Out.WriteLine $"%.2g{verdict.Gap} of %.2g{verdict.Bound}: {verdict.Id}"
        Assert.That(verdict.Gap, Is.LessThanOrEqualTo verdict.Bound, verdict.Id)

[<Test>]
let ``every law rejects some slip`` () =
    for verdict in verdicts.Value do
        Assert.That(
            verdict.Slips
            |> List.exists (fun outcome -> outcome.Result = SlipResult.Rejected),
            verdict.Id
        )

[<Test>]
let ``every slip of a single symbol is rejected by a law`` () =
    Assert.That(SlipsOfFormulas.all.Length, Is.GreaterThanOrEqualTo 25)

    for slip in SlipsOfFormulas.all do
        let gates = rejecting slip.Id |> List.map _.Id |> String.concat "; "
        TestContext.Out.WriteLine $"{slip.Id}: {gates}"
        Assert.That(gates, Is.Not.Empty, slip.Id)
