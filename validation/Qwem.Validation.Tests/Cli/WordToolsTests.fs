/// Nearest words, suggestions for unknown ones, eigen-directions.
[<NUnit.Framework.TestFixture>]
module Qwem.Validation.Tests.WordToolsTests

open System
open NUnit.Framework
open FsCheck.NUnit
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

[<Property(MaxTest = 200)>]
let ``the edit distance is that of its recursion`` (first: uint8 list) (second: uint8 list) =
    let word (letters: uint8 list) =
        letters
        |> List.truncate 6
        |> List.map (fun n -> char (int 'a' + int n % 3))
        |> Array.ofList
        |> String

    let a, b = word first, word second
    Assert.That(WordSuggestions.Distance(a, b), Is.EqualTo(distance a b))

[<Test>]
let ``suggestions are near, nearest first, and frequent before rare`` () =
    let words = [| "the"; "then"; "house"; "mouse"; "houses"; "horse"; "zebra" |]

    let near (word: string) =
        WordSuggestions.Near(words, word) |> List.ofSeq

    Assert.That(near "huose", Is.EqualTo(box [ "house"; "mouse"; "houses" ]))
    Assert.That(near "Mouses", Is.EqualTo(box [ "mouse"; "houses"; "house" ]))
    Assert.That(near "xylophone", Is.Empty)
    // One letter is not like every other.
    Assert.That(near "q", Is.Empty)

[<Test>]
let ``nearest words are those of a full sort, without the excluded`` () =
    let vectors = randomVectors 2UL 2500 5 0.0
    let unit = unitRows vectors
    use team = new WorkerTeam(2)
    let query = NearestWords.AnalogyQuery(vectors, 3, 4, 5)
    Assert.That(query[2], Is.EqualTo(unit[4][2] - unit[3][2] + unit[5][2]).Within 1e-15)
    let found = NearestWords.Find(vectors, query, 7, [| 3; 4; 5 |], team)

    let expected =
        Seq.init 2500 (fun i -> i, Array.fold2 (fun s x y -> s + x * y) 0.0 unit[i] query)
        |> Seq.filter (fun (i, _) -> i < 3 || i > 5)
        |> Seq.sortByDescending snd
        |> Seq.truncate 7
        |> Array.ofSeq

    Assert.That(found |> Seq.map (fun f -> f.Word) |> Array.ofSeq, Is.EqualTo<int array>(expected |> Array.map fst))

    for f, (_, score) in Seq.zip found expected do
        Assert.That(f.Score, Is.EqualTo(score).Within 1e-14)

[<Test>]
let ``eigen-directions do not change when the vectors are rotated`` () =
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
        Assert.That(second.Eigenvalues[k], Is.EqualTo(first.Eigenvalues[k]).Within(1e-5).Percent)

        for i in 0..59 do
            Assert.That(second.Coordinates[k, i], Is.EqualTo(first.Coordinates[k, i]).Within 2e-5)

    let squares = Seq.init 60 (fun i -> first.Coordinates[0, i] ** 2.0) |> Seq.sum
    Assert.That(squares, Is.EqualTo(first.Eigenvalues[0]).Within(1e-9).Percent)

[<Test>]
let ``the ends of a direction are its largest and smallest coordinates`` () =
    let vectors =
        WordVectors([| "a"; "b"; "c"; "d" |], 1, [| 1.0f; -4.0f; 5.0f; 0.0f |])

    use team = new WorkerTeam(1)
    let directions = PrincipalDirections.Of(vectors, team)
    let struct (high, low) = directions.Ends(0, 2)
    Assert.That(high |> Seq.map (fun w -> w.Word), Is.EqualTo(box [ 2; 0 ]))
    Assert.That(low |> Seq.map (fun w -> w.Word), Is.EqualTo(box [ 1; 3 ]))
    let struct (high, _) = directions.Ends(0, 1, 2)
    Assert.That(high |> Seq.map (fun w -> w.Word), Is.EqualTo(box [ 0 ]))
    let struct (high, _) = directions.Ends(0, 2, Int32.MaxValue, true)
    Assert.That(high |> Seq.map (fun w -> w.Score), Is.EqualTo(box [ 1.0; 1.0 ]))
