[<NUnit.Framework.TestFixture>]
module Qwem.Validation.Tests.ErrataTests

open System.Reflection
open NUnit.Framework
open Qwem.Sim.Threading
open Qwem.Theory
open Qwem.Validation
open Qwem.Validation.Claims

[<Test>]
let ``every erratum names a test that exists`` () =
    let tests =
        Assembly.GetExecutingAssembly().GetTypes()
        |> Seq.collect (fun t -> t.GetMethods(BindingFlags.Public ||| BindingFlags.Static))
        |> Seq.map _.Name
        |> Set.ofSeq

    Assert.That(Errata.All.Count, Is.GreaterThanOrEqualTo 14)

    for erratum in Errata.All do
        Assert.That(tests.Contains erratum.Demonstration, $"{erratum.Id}: {erratum.Demonstration}")

[<Test>]
let ``every erratum is derived`` () =
    let derivations = System.IO.File.ReadAllText(Repository.file "docs/derivations.md")

    for erratum in Errata.All do
        Assert.That(derivations, Does.Contain $"`{erratum.Id}`")

[<Test>]
let ``errata have distinct names and say what is printed and what is right`` () =
    let ids = Errata.All |> Seq.map _.Id |> List.ofSeq
    Assert.That(List.distinct ids, Is.EqualTo<string list> ids)

    for erratum in Errata.All do
        for text in [ erratum.Location; erratum.Printed; erratum.Right; erratum.Reason ] do
            Assert.That(text, Is.Not.Empty)

        Assert.That(erratum.Printed, Is.Not.EqualTo erratum.Right)

[<Test>]
let ``every erratum is measured: the correction holds and the printed form fails`` () =
    use team = new WorkerTeam(1)

    let measured =
        Qwem.Validation.Claims.Errata.measure (EmbeddedCounts.load EmbeddedCounts.wikipedia1000) team

    Assert.That(measured |> List.map _.Erratum.Id, Is.EqualTo<string list>(Errata.All |> Seq.map _.Id |> List.ofSeq))

    for one in measured do
        let bound = one.Gate.Tolerance.Bound

        let corrected, printed =
            one.Gate.Gap Theory.derived, one.Gate.Gap(one.Printed.In 1.0 Theory.derived)

        TestContext.Out.WriteLine
            $"{one.Erratum.Id}: corrected %.2g{corrected}, printed %.2g{printed}, bound %.2g{bound}"

        Assert.That(corrected, Is.LessThanOrEqualTo bound, one.Erratum.Id)
        Assert.That(printed, Is.GreaterThan bound, one.Erratum.Id)
