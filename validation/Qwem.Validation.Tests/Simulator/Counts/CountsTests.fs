module Qwem.Validation.Tests.CountsTests

open System
open Expecto
open FsCheck
open FsCheck.FSharp
open Qwem.Sim.Cooccurrence
open Qwem.Sim.Corpora
open Qwem.Validation.Tests.CountingSupport
open Qwem.Validation.Tests.Texts

let private sizeFrom (articles: string list list) (draw: byte) =
    1 + int draw % (naiveVocabulary articles).Length

/// A word of letters a-j for a number.
let private named (number: int) =
    String.map (fun digit -> char (int digit - int '0' + int 'a')) (string number)

let tests =
    testList "Counts" [
        slow (
            property
                "counts equal the naive double loop over positions"
                300
                (fun { Documents = articles } (sizeDraw: byte) (PositiveInt halfWidth) ->
                    let size = sizeFrom articles sizeDraw
                    let counts = countDocuments articles size halfWidth
                    let difference = firstDifference counts articles size halfWidth
                    isNull difference |> Prop.label $"{difference}")
        )

        slow (
            property
                "the largest window, where every occurrence is flushed by itself, equals the naive loop"
                50
                (fun { Documents = articles } ->
                    let size = (naiveVocabulary articles).Length
                    let counts = countDocuments articles size CountingConvention.LargestHalfWidth
                    isNull (firstDifference counts articles size CountingConvention.LargestHalfWidth))
        )

        testTheory
            "rare words in a large vocabulary equal the naive loop"
            [ (2_000, 3); (70_000, 2) ]
            (fun (types: int, halfWidth: int) ->
                let random = Random 7
                let once = [ for number in 0 .. types - 1 -> named number ]

                let more = [
                    for _ in 1..types ->
                        named (int (int64 (random.Next types) * int64 (random.Next types) / int64 types))
                ]

                let articles = (once @ more) |> List.chunkBySize 997
                let counts = countDocuments articles types halfWidth
                Expect.isNull (firstDifference counts articles types halfWidth) "")

        property
            "counts of the first words are the upper left corner of the whole"
            50
            (fun { Documents = articles } (sizeDraw: byte) (keptDraw: byte) ->
                let whole = countDocuments articles (sizeFrom articles sizeDraw) 3
                let size = 1 + int keptDraw % whole.VocabularySize
                let kept = whole.Leading size

                Array.ofSeq kept.Words = Array.truncate size (Array.ofSeq whole.Words)
                && Array.ofSeq kept.WordCounts = Array.truncate size (Array.ofSeq whole.WordCounts)
                && Seq.forall
                    (fun (i, j) -> kept[i, j] = whole[i, j])
                    (Seq.allPairs [ 0 .. size - 1 ] [ 0 .. size - 1 ]))

        property
            "counts do not depend on the number of threads"
            50
            (fun { Documents = articles } (sizeDraw: byte) (PositiveInt halfWidth) ->
                use folder = new TemporaryFolder()
                let path = folder.WriteText("text", textOf articles)
                let size = sizeFrom articles sizeDraw

                let bytes =
                    [ 1; 2; 3 ]
                    |> List.map (fun team -> bytesOf (countFiles [ path ] size halfWidth team))

                bytes |> List.forall (fun other -> other = bytes.Head))

        testCase "counts of many blocks of words do not depend on the number of threads" (fun () ->
            use folder = new TemporaryFolder()
            let random = Random 11

            let words = [ for _ in 1..400_000 -> named (int (Math.Pow(300.0, random.NextDouble()))) ]

            let path = folder.WriteText("text", textOf (List.chunkBySize 5_003 words))

            let bytes =
                [ 1; 2; 3 ] |> List.map (fun team -> bytesOf (countFiles [ path ] 200 7 team))

            Expect.equal bytes[1] bytes[0] ""
            Expect.equal bytes[2] bytes[0] "")

        testCase "a pair of the same word counts twice on the diagonal" (fun () ->
            let counts = countDocuments [ [ "a"; "a"; "b" ] ] 2 2
            Expect.equal (counts[0, 0]) 4L ""
            Expect.equal (counts[0, 1]) 3L ""
            Expect.equal (counts[1, 0]) 3L ""
            Expect.equal (counts[1, 1]) 0L ""
            Expect.equal counts.TotalCount (2L * (2L + 2L + 1L)) ""
            Expect.equal (counts.DenseSymmetric()) [| 4.0; 3.0; 3.0; 0.0 |] "")

        testCase "words of equal count are ordered by their letters" (fun () ->
            let counts = countDocuments [ [ "b"; "ab"; "a"; "c"; "c"; "b"; "z" ] ] 5 1
            Expect.sequenceEqual counts.Words [| "b"; "c"; "a"; "ab"; "z" |] "")

        testCase "windows reach across dropped words and not across articles" (fun () ->
            let counts =
                countDocuments [ [ "a"; "x"; "b" ]; [ "a"; "b" ]; [ "a" ]; [ "b" ] ] 2 1

            Expect.equal (counts[0, 1]) 2L ""
            Expect.equal counts.KeptTokens 6L "")

        testCase "articles of one word have no pairs" (fun () ->
            let counts = countDocuments [ [ "a" ]; [ "b" ]; [ "a" ] ] 2 5
            Expect.equal counts.DistinctPairs 0 ""
            Expect.equal counts.TotalCount 0L "")

        testCase "a vocabulary larger than the text says how many word types there are" (fun () ->
            let failure =
                Expect.raised<VocabularySizeException>(fun () -> countDocuments [ [ "a"; "b" ] ] 3 1 |> ignore)

            Expect.equal
                failure.Message
                "The vocabulary size 3 is not possible, because the text has 2 word types; choose a size from 1 to 2."
                "")

        testCase "sums of counts that leave 64 bits are refused in a sentence" (fun () ->
            let counts (words: int64 array) pair =
                CooccurrenceCounts(CountingConvention 1, [| "a"; "b" |], words, [| 0L; 1L; 1L |], [| 1 |], [| pair |])

            Expect.equal (counts [| 1L; 1L |] (Int64.MaxValue / 2L)).TotalCount (Int64.MaxValue - 1L) ""

            for words, pair in [ [| Int64.MaxValue; 1L |], 1L; [| 1L; 1L |], Int64.MaxValue / 2L + 1L ] do
                let failure =
                    Expect.raised<OverflowException>(fun () -> counts words pair |> ignore)

                Expect.stringContains failure.Message "A sum of counts leaves the range of 64 bits" "")

        testTheory "a window outside its range is refused" [ 0; 65_536 ] (fun (halfWidth: int) ->
            Expect.throwsT<ArgumentOutOfRangeException>
                (fun () -> countDocuments [ [ "a"; "b" ] ] 2 halfWidth |> ignore)
                "")

        testTheory
            "a count far beyond 32 bits is exact"
            [ (3_000, 65_535); (300_000, 200) ]
            (fun (length: int, halfWidth: int) ->
                // Of n equal words there are n - r pairs at distance r, each twice on the diagonal.
                let expected =
                    Seq.sum (
                        seq {
                            for r in 1L .. int64 (min halfWidth (length - 1)) ->
                                2L * (int64 length - r) * (int64 halfWidth - r + 1L)
                        }
                    )

                let counts = countDocuments [ List.replicate length "a" ] 1 halfWidth
                Expect.isGreaterThan expected 4_294_967_296L ""
                Expect.equal (counts[0, 0]) expected "")
    ]
