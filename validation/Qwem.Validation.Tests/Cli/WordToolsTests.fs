/// Nearest words, suggestions for unknown ones, eigen-directions.
module Qwem.Validation.Tests.WordToolsTests

open System
open Expecto
open Qwem.Cli
open Qwem.Sim.Evaluation
open Qwem.Sim.Formats
open Qwem.Sim.Threading
open Qwem.Validation.Tests.EvaluationSupport

/// The distance by its recursion.
let rec private distance (a: string) (b: string) =
    if a = "" then
        b.Length
    elif b = "" then
        a.Length
    else
        let replaced = distance a[1..] b[1..] + (if a[0] = b[0] then 0 else 1)
        let shorter = 1 + min (distance a[1..] b) (distance a b[1..])

        let exchanged =
            if a.Length > 1 && b.Length > 1 && a[0] = b[1] && a[1] = b[0] then
                1 + distance a[2..] b[2..]
            else
                Int32.MaxValue

        min exchanged (min replaced shorter)

let tests =
    testList "Word tools" [
        property "the edit distance is that of its recursion" 200 (fun (first: uint8 list) (second: uint8 list) ->
            let word (letters: uint8 list) =
                letters
                |> List.truncate 6
                |> List.map (fun n -> char (int 'a' + int n % 3))
                |> Array.ofList
                |> String

            let a, b = word first, word second
            Expect.equal (WordSuggestions.Distance(a, b)) (distance a b) "")

        testCase "suggestions are near, nearest first, and frequent before rare" (fun () ->
            let words = [| "the"; "then"; "house"; "mouse"; "houses"; "horse"; "zebra" |]

            let near (word: string) =
                WordSuggestions.Near(words, word) |> List.ofSeq

            Expect.equal (near "huose") ([ "house"; "mouse"; "houses" ]) ""
            Expect.equal (near "Mouses") ([ "mouse"; "houses"; "house" ]) ""
            Expect.isEmpty (near "xylophone") ""
            // One letter is not like every other.
            Expect.isEmpty (near "q") "")

        testCase "nearest words are those of a full sort, without the excluded" (fun () ->
            let vectors = randomVectors 2UL 2500 5 0.0
            let unit = unitRows vectors
            use team = new WorkerTeam(2)
            let query = NearestWords.AnalogyQuery(vectors, 3, 4, 5)
            Expect.near query[2] (unit[4][2] - unit[3][2] + unit[5][2]) (1e-15) ""
            let found = NearestWords.Find(vectors, query, 7, [| 3; 4; 5 |], team)

            let expected =
                Seq.init 2500 (fun i -> i, Array.fold2 (fun s x y -> s + x * y) 0.0 unit[i] query)
                |> Seq.filter (fun (i, _) -> i < 3 || i > 5)
                |> Seq.sortByDescending snd
                |> Seq.truncate 7
                |> Array.ofSeq

            Expect.sequenceEqual (found |> Seq.map (fun f -> f.Word) |> Array.ofSeq) (expected |> Array.map fst) ""

            for f, (_, score) in Seq.zip found expected do
                Expect.near f.Score score (1e-14) "")

        testCase "eigen-directions do not change when the vectors are rotated" (fun () ->
            // Columns of decreasing length; the rotation mixes all three.
            let plain = randomVectors 7UL 60 3 0.0
            let stretched = Array.init 180 (fun e -> plain.Values[e] * float32 (4 - e % 3))
            let c, s = float32 (cos 0.7), float32 (sin 0.7)

            let rotated =
                Array.init 60 (fun i ->
                    let x, y, z = stretched[3 * i], stretched[3 * i + 1], stretched[3 * i + 2]
                    let y, z = c * y - s * z, s * y + c * z
                    [| c * x - s * y; s * x + c * y; z |])
                |> Array.concat

            use team = new WorkerTeam(2)

            let directions values =
                PrincipalDirections.Of(WordVectors(names 60, 3, values), team)

            let first, second = directions stretched, directions rotated

            for k in 0..2 do
                // Single precision: about 3 roundings of 2^-24 on each number.
                Expect.near second.Eigenvalues[k] first.Eigenvalues[k] (0.01 * 1e-5 * abs first.Eigenvalues[k]) ""

                for i in 0..59 do
                    Expect.near (second.Coordinates[k, i]) (first.Coordinates[k, i]) (2e-5) ""

            let squares = Seq.init 60 (fun i -> first.Coordinates[0, i] ** 2.0) |> Seq.sum
            Expect.near squares first.Eigenvalues[0] (0.01 * 1e-9 * abs first.Eigenvalues[0]) "")

        testCase "the ends of a direction are its largest and smallest coordinates" (fun () ->
            let vectors =
                WordVectors([| "a"; "b"; "c"; "d" |], 1, [| 1.0f; -4.0f; 5.0f; 0.0f |])

            use team = new WorkerTeam(1)
            let directions = PrincipalDirections.Of(vectors, team)
            let struct (high, low) = directions.Ends(0, 2)
            Expect.sequenceEqual (high |> Seq.map (fun w -> w.Word)) ([ 2; 0 ]) ""
            Expect.sequenceEqual (low |> Seq.map (fun w -> w.Word)) ([ 1; 3 ]) ""
            let struct (high, _) = directions.Ends(0, 1, 2)
            Expect.sequenceEqual (high |> Seq.map (fun w -> w.Word)) ([ 0 ]) ""
            let struct (high, _) = directions.Ends(0, 2, Int32.MaxValue, true)
            Expect.sequenceEqual (high |> Seq.map (fun w -> w.Score)) ([ 1.0; 1.0 ]) "")
    ]
