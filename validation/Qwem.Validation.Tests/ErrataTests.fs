[<NUnit.Framework.TestFixture>]
module Qwem.Validation.Tests.ErrataTests

open System.Reflection
open NUnit.Framework
open Qwem.Sim.Threading
open Qwem.Theory
open Qwem.Validation
open Qwem.Validation.Errata

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
    let gates = Gates.all (EmbeddedCounts.load EmbeddedCounts.wikipedia1000) team
    Assert.That(gates.Length, Is.EqualTo Errata.All.Count)

    for verdict in gates |> List.map (OldGate.evaluate Corrected) do
        Assert.That(verdict.Gap, Is.LessThanOrEqualTo verdict.Bound, verdict.Id)

        Assert.That(
            verdict.Slips
            |> List.forall (fun slip -> slip.Result = Qwem.Reports.SlipResult.Rejected),
            verdict.Id
        )

        TestContext.Out.WriteLine
            $"{verdict.Id}: corrected %.2g{verdict.Gap}, printed %.2g{verdict.Slips.Head.Gap}, bound %.2g{verdict.Bound}"
