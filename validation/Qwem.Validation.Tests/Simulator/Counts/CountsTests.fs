[<NUnit.Framework.TestFixture>]
module Qwem.Validation.Tests.CountsTests

open System
open NUnit.Framework
open FsCheck
open FsCheck.FSharp
open FsCheck.NUnit
open Qwem.Sim.Cooccurrence
open Qwem.Sim.Corpora
open Qwem.Validation.Tests.CountingSupport

/// Random articles over the lexicon, small words more often, at least one word in all.
let private articlesOf (draws: byte list list) =
    let articles =
        draws
        |> List.map (List.map (fun draw -> lexicon[min (int draw % 13) (int draw % 9)]))

    [ "ab"; "a" ] :: articles

let private sizeFrom (articles: string list list) (draw: byte) =
    1 + int draw % (naiveVocabulary articles).Length

[<Property(MaxTest = 300)>]
let ``counts equal the naive double loop over positions``
    (draws: byte list list)
    (sizeDraw: byte)
    (PositiveInt halfWidth)
    =
    let articles = articlesOf draws
    let size = sizeFrom articles sizeDraw
    let counts = countArticles articles size halfWidth
    let difference = firstDifference counts articles size halfWidth
    isNull difference |> Prop.label $"{difference}"

[<Property(MaxTest = 50)>]
let ``the largest window, where every occurrence is flushed by itself, equals the naive loop`` (draws: byte list list) =
    let articles = articlesOf draws
    let size = (naiveVocabulary articles).Length
    let counts = countArticles articles size CountingConvention.LargestHalfWidth
    isNull (firstDifference counts articles size CountingConvention.LargestHalfWidth)

/// A word of letters a-j for a number.
let private named (number: int) =
    String.map (fun digit -> char (int digit - int '0' + int 'a')) (string number)

[<TestCase(2_000, 3)>]
[<TestCase(70_000, 2)>]
let ``rare words in a large vocabulary equal the naive loop`` (types: int, halfWidth: int) =
    let random = Random 7
    let once = [ for number in 0 .. types - 1 -> named number ]

    let more =
        [
            for _ in 1..types -> named (int (int64 (random.Next types) * int64 (random.Next types) / int64 types))
        ]

    let articles = (once @ more) |> List.chunkBySize 997
    let counts = countArticles articles types halfWidth
    Assert.That(firstDifference counts articles types halfWidth, Is.Null)

[<Property(MaxTest = 50)>]
let ``counts do not depend on the number of threads`` (draws: byte list list) (sizeDraw: byte) (PositiveInt halfWidth) =
    use folder = new TemporaryFolder()
    let articles = articlesOf draws
    let path = folder.WriteText("text", textOf articles)
    let size = sizeFrom articles sizeDraw

    let bytes =
        [ 1; 2; 3 ]
        |> List.map (fun team -> bytesOf (countFiles [ path ] size halfWidth team))

    bytes |> List.forall (fun other -> other = bytes.Head)

[<Test>]
let ``counts of many blocks of words do not depend on the number of threads`` () =
    use folder = new TemporaryFolder()
    let random = Random 11

    let words =
        [ for _ in 1..400_000 -> named (int (Math.Pow(300.0, random.NextDouble()))) ]

    let path = folder.WriteText("text", textOf (List.chunkBySize 5_003 words))

    let bytes =
        [ 1; 2; 3 ] |> List.map (fun team -> bytesOf (countFiles [ path ] 200 7 team))

    Assert.That(bytes[1], Is.EqualTo<byte array> bytes[0])
    Assert.That(bytes[2], Is.EqualTo<byte array> bytes[0])

[<Test>]
let ``a pair of the same word counts twice on the diagonal`` () =
    let counts = countArticles [ [ "a"; "a"; "b" ] ] 2 2
    Assert.That(counts[0, 0], Is.EqualTo 4L)
    Assert.That(counts[0, 1], Is.EqualTo 3L)
    Assert.That(counts[1, 0], Is.EqualTo 3L)
    Assert.That(counts[1, 1], Is.EqualTo 0L)
    Assert.That(counts.TotalCount, Is.EqualTo(2L * (2L + 2L + 1L)))
    Assert.That(counts.DenseSymmetric(), Is.EqualTo<float array> [| 4.0; 3.0; 3.0; 0.0 |])

[<Test>]
let ``words of equal count are ordered by their letters`` () =
    let counts = countArticles [ [ "b"; "ab"; "a"; "c"; "c"; "b"; "z" ] ] 5 1
    Assert.That(counts.Words, Is.EqualTo<string array> [| "b"; "c"; "a"; "ab"; "z" |])

[<Test>]
let ``windows reach across dropped words and not across articles`` () =
    let counts = countArticles [ [ "a"; "x"; "b" ]; [ "a"; "b" ]; [ "a" ]; [ "b" ] ] 2 1
    Assert.That(counts[0, 1], Is.EqualTo 2L)
    Assert.That(counts.KeptTokens, Is.EqualTo 6L)

[<Test>]
let ``articles of one word have no pairs`` () =
    let counts = countArticles [ [ "a" ]; [ "b" ]; [ "a" ] ] 2 5
    Assert.That(counts.DistinctPairs, Is.EqualTo 0)
    Assert.That(counts.TotalCount, Is.EqualTo 0L)

[<Test>]
let ``a vocabulary larger than the text says how many word types there are`` () =
    let failure =
        Assert.Throws<VocabularySizeException>(fun () -> countArticles [ [ "a"; "b" ] ] 3 1 |> ignore)

    Assert.That(
        failure |> Option.ofObj |> Option.map _.Message,
        Is.EqualTo(
            Some "The vocabulary size 3 is not possible, because the text has 2 word types; choose a size from 1 to 2."
        )
    )

[<TestCase(0)>]
[<TestCase(65_536)>]
let ``a window outside its range is refused`` (halfWidth: int) =
    Assert.Throws<ArgumentOutOfRangeException>(fun () -> countArticles [ [ "a"; "b" ] ] 2 halfWidth |> ignore)
    |> ignore

[<TestCase(3_000, 65_535)>]
[<TestCase(300_000, 200)>]
let ``a count far beyond 32 bits is exact`` (length: int, halfWidth: int) =
    // Of n equal words there are n - r pairs at distance r, each twice on the diagonal.
    let expected =
        Seq.sum (
            seq {
                for r in 1L .. int64 (min halfWidth (length - 1)) ->
                    2L * (int64 length - r) * (int64 halfWidth - r + 1L)
            }
        )

    let counts = countArticles [ List.replicate length "a" ] 1 halfWidth
    Assert.That(expected, Is.GreaterThan 4_294_967_296L)
    Assert.That(counts[0, 0], Is.EqualTo expected)
