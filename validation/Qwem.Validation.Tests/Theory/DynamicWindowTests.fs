module Qwem.Validation.Tests.DynamicWindowTests

open System
open Expecto
open Qwem.Theory
open Qwem.Validation.Tests.CountingSupport

let tests =
    testList "Dynamic window" [
        slow (
            testCase "a pair of words alone in an article counts what a window of random radius gives it" (fun () ->
                for halfWidth in 1..9 do
                    for distance in 1..12 do
                        // a, then fillers, then b: the only pair of a and b is at that distance.
                        let article = [
                            "a"
                            for _ in 2..distance do
                                "the"
                            "b"
                        ]

                        let counts = countDocuments [ article; [ "the" ] ] 3 halfWidth
                        let id word = counts.Words.IndexOf word
                        // The radius is one of 1 .. L with equal chance; L times the chance that it reaches.
                        let reached =
                            Seq.init halfWidth (fun k -> k + 1)
                            |> Seq.filter (fun radius -> distance <= radius)
                            |> Seq.length

                        Expect.equal (DynamicWindow.Weight(halfWidth, distance)) reached ""
                        Expect.equal (counts[id "a", id "b"]) (int64 reached) ($"L = {halfWidth}, r = {distance}"))
        )

        testCase "a window without words is refused" (fun () ->
            for halfWidth, distance in [ 0, 1; 1, 0; -3, 2 ] do
                let refused =
                    Expect.raised<HypothesisException>(fun () -> DynamicWindow.Weight(halfWidth, distance) |> ignore)
                    |> Unchecked.nonNull

                Expect.stringContains refused.Message "1 or more" "")
    ]
