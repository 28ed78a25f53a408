module Qwem.Validation.Tests.TheoryPageTests

open System.IO
open Expecto
open Qwem.Validation

let private theoryTypes =
    lazy (TheoryExamples.types |> Seq.map (fun t -> t.Name, t) |> Map.ofSeq)

let tests =
    testList "Theory page" [
        testCase "the committed page is the one that the command prints" (fun () ->
            let committed = File.ReadAllText(Repository.file "docs/theory.md")
            Expect.isTrue (committed = TheoryPage.render ()) "run: qwem theory-page > docs/theory.md")

        testCase "every member and test that the page names exists" (fun () ->
            for statement in Statements.all do
                Expect.isTrue (Modules.names.Value.Contains statement.Test) statement.Test

                for name in statement.Members do
                    let parts = name.Split '.'
                    Expect.isTrue (theoryTypes.Value.ContainsKey parts[0]) name

                    if parts.Length = 2 then
                        Expect.isNonEmpty (theoryTypes.Value[parts[0]].GetMember parts[1]) name)

        testCase "every public type of the theory is on the page" (fun () ->
            let named =
                Statements.all
                |> Seq.collect _.Members
                |> Seq.map (fun name -> name.Split('.')[0])
                |> Set.ofSeq

            // Not statements of the paper: errors, the errata themselves, clocks and shapes, what Certify returns, and the functions for scripts.
            let other =
                set [
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
                Expect.isTrue (named.Contains name || other.Contains name) name)
    ]
