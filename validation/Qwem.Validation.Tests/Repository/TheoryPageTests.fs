[<NUnit.Framework.TestFixture>]
module Qwem.Validation.Tests.TheoryPageTests

open System
open System.IO
open System.Reflection
open NUnit.Framework
open Qwem.Validation

let private testNames =
    lazy
        (Assembly.GetExecutingAssembly().GetTypes()
         |> Seq.collect (fun t -> t.GetMethods(BindingFlags.Public ||| BindingFlags.Static))
         |> Seq.map _.Name
         |> Set.ofSeq)

let private theoryTypes =
    lazy (TheoryExamples.types |> Seq.map (fun t -> t.Name, t) |> Map.ofSeq)

[<Test>]
let ``the committed page is the one that the command prints`` () =
    let committed = File.ReadAllText(Repository.file "docs/theory.md")
    Assert.That((committed = TheoryPage.render ()), Is.True, "run: qwem theory-page > docs/theory.md")

[<Test>]
let ``every member and test that the page names exists`` () =
    for statement in Statements.all do
        Assert.That(testNames.Value.Contains statement.Test, statement.Test)

        for name in statement.Members do
            let parts = name.Split '.'
            Assert.That(theoryTypes.Value.ContainsKey parts[0], name)

            if parts.Length = 2 then
                Assert.That(theoryTypes.Value[parts[0]].GetMember parts[1], Is.Not.Empty, name)

[<Test>]
let ``every public type of the theory is on the page`` () =
    let named =
        Statements.all
        |> Seq.collect _.Members
        |> Seq.map (fun name -> name.Split('.')[0])
        |> Set.ofSeq

    // Not statements of the paper: errors, the errata themselves, clocks and shapes, what Certify returns, and the functions for scripts.
    let other =
        set
            [
                "HypothesisException"
                "Erratum"
                "Errata"
                "Clock"
                "Embeddings"
                "Projection"
                "SpectrumCertificate"
                "Functions"
            ]

    for name in theoryTypes.Value.Keys do
        Assert.That(named.Contains name || other.Contains name, name)
