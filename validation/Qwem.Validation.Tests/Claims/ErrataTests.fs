module Qwem.Validation.Tests.ErrataTests

open Expecto
open Qwem.Sim.Threading
open Qwem.Theory
open Qwem.Validation
open Qwem.Validation.Claims

let tests =
    testList "Errata" [
        testCase "every erratum names a test that exists" (fun () ->
            Expect.isGreaterThanOrEqual Errata.All.Count 14 ""

            for erratum in Errata.All do
                Expect.isTrue
                    (Modules.names.Value.Contains erratum.Demonstration)
                    ($"{erratum.Id}: {erratum.Demonstration}"))

        testCase "every erratum is derived" (fun () ->
            let derivations = System.IO.File.ReadAllText(Repository.file "docs/derivations.md")

            for erratum in Errata.All do
                Expect.stringContains derivations ($"`{erratum.Id}`") "")

        testCase "errata have distinct names and say what is printed and what is right" (fun () ->
            let ids = Errata.All |> Seq.map _.Id |> List.ofSeq
            Expect.equal (List.distinct ids) ids ""

            for erratum in Errata.All do
                for text in [ erratum.Location; erratum.Printed; erratum.Right; erratum.Reason ] do
                    Expect.isNonEmpty text ""

                Expect.notEqual erratum.Printed erratum.Right "")

        slow (
            testCase "every erratum is measured: the correction holds and the printed form fails" (fun () ->
                use team = new WorkerTeam(1)

                let measured =
                    Qwem.Validation.Claims.Errata.measure (EmbeddedCounts.load EmbeddedCounts.wikipedia1000) team

                Expect.equal (measured |> List.map _.Erratum.Id) (Errata.All |> Seq.map _.Id |> List.ofSeq) ""

                for one in measured do
                    let bound = one.Gate.Tolerance.Bound

                    let corrected, printed =
                        one.Gate.Gap Theory.derived, one.Gate.Gap(one.Printed.In 1.0 Theory.derived)

                    Expect.isLessThanOrEqual corrected bound one.Erratum.Id
                    Expect.isGreaterThan printed bound one.Erratum.Id)
        )
    ]
