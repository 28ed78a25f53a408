/// Shards of one counting: any tree of merges gives the bytes of one run, and what does not belong together is refused by name.
module Qwem.Validation.Tests.ShardTests

open System
open System.IO
open Expecto
open FsCheck
open Qwem.Sim.Cooccurrence
open Qwem.Sim.Corpora
open Qwem.Sim.IO
open Qwem.Sim.Statistics
open Qwem.Theory
open Qwem.Validation
open Qwem.Validation.Tests.CountingSupport
open Qwem.Validation.Tests.Texts

let private packed (counts: PackedCounts) =
    use stream = new MemoryStream()
    QcoocWriter.Write(counts, stream) |> ignore
    stream.ToArray()

let private corpusOf (articles: string list list) =
    use folder = new TemporaryFolder()
    CorpusReader.Parse [| folder.WriteText("text", textOf articles) |]

/// Shard k of n of a corpus over its V most frequent words.
let private shardOf (corpus: ParsedCorpus) size (convention: CountingConvention) number count =
    let share =
        corpus.EncodeShare(
            VocabularyChoice.Largest size,
            Shard(number, count),
            convention.WindowHalfWidth,
            convention.OutOfVocabulary
        )

    CooccurrenceCounter.CountPacked(share, convention)

/// Writes shard k of n and returns the path.
let private writeShard (folder: TemporaryFolder) name corpus size convention number count =
    let path = folder.File name
    QcoocWriter.Write(shardOf corpus size convention number count, path) |> ignore
    path

/// The sentence with which a merge is refused.
let private refusal (paths: string list) allowGaps =
    (Expect.raised<ShardException>(fun () -> CountsMerger.Merge(Array.ofList paths, allowGaps) |> ignore)).Message

let private text = [ [ "a"; "b"; "a"; "c" ]; [ "b"; "a"; "a" ]; [ "c"; "c"; "b" ]; [ "a"; "a" ] ]

// Shards 1/2 and 2/2 of the text above (V = 3, L = 2), as 'qwem count' of 30 November 2026 wrote them.
let private firstOfVersion2 =
    "iVFDT09DDQoCAAAArAAAAKgAAACHuHANq88D9aTtRIz2kY0nNIC4krVLq4WZWdpHNdY1ZherAACAqqqq6l/V1MH95OA3v/hF7+4OoKZgCmLiJ4e7Xy6qoqJgCmCuCqCm7jYAB2NBJCaJAe60OZA6nNdc2LeX/jzbfbw2/tY/Rx041cZ6zyXWfbvsuS+5aN96ppW3G9Vf6RwfOhcdal90zI2p51q2QYo3RAcTT2FGbyE579GwcegCULSQwCBiMrPlgOSRrYkIwCmMgT2BJSX9UQYlSR2UEOJ4GqSUAgAAAAAAAAAA1mGbgZCBWVtxjh4gnHaj9Vyx/TplWrK6T710HTUuKhDl4eE7c+Xk+T5fAxClhei+x2crRSEfoRSP8t8JQOc8Cg=="

let private secondOfVersion2 =
    "iVFDT09DDQoCAAAAqgAAAKUAAADnTEd/n0MIIwQ4TZFelw53bw3QmF5o1O5/hhN8LeO6JhepAACAqqqq6t/E1MBvDn7zi1/07u4AagpmICZ+crj75aIqKgqmAOaqAGrqbgNwMBZEYpIY4E6bA6H9eUtZXH3pz7Pex2uVb/lL0F5iqaKPlEM59suR2pqydrUl3mS/cfnlJuGhU9a+tFWHVIVbKnnvAd4YZpxk8gs5i3F2joyYmWaPHCxGNEQUzWLFEzsSawIhSvSjF8doWYE7gVfASkE3ACjoBgAAAAAAAAAAHOue/bH9KHa4rsGwdkHWizaAu49sJRApO6kYKrGc3KiZokGqr9Fg3S6DkvvPk6vJs2E+UaRaQ5g/0JtFxHx0bw=="

/// Reads every row and the end; what is refused, with anything but a sentence about the file, or null.
let private unless (bytes: byte array) : string | null =
    try
        use stream = new MemoryStream(bytes)
        use reader = new QcoocRowReader(stream, "test")
        let mutable columns, counts = [||], [||]

        for _ in reader.Words do
            reader.NextRow(&columns, &counts) |> ignore

        reader.Finish() |> ignore
        "accepted"
    with
    | :? FileFormatException as failure when failure.Message.Contains "'test'" -> null
    | failure -> failure.ToString()

let tests =
    testList "Shard" [
        slow (
            property
                "shards merged in any tree give the bytes of one run"
                80
                (fun { Documents = articles } (seed: Seed) ->
                    use folder = new TemporaryFolder()
                    let random = seed.Random()
                    let corpus = corpusOf articles
                    let size = 1 + random.Next (naiveVocabulary articles).Length

                    let convention =
                        CountingConvention(1 + random.Next 20, enum<WindowWeighting>(random.Next 3))

                    let count = random.Next(2, 9)

                    let rec mergeSome step (files: string list) =
                        match files with
                        | [ last ] -> last
                        | _ ->
                            let shuffled = files |> List.sortBy (fun _ -> random.Next())
                            let taken = random.Next(2, files.Length + 1)
                            let path = folder.File $"merged-{step}"

                            QcoocWriter.Write(
                                CountsMerger.Merge(Array.ofList (List.truncate taken shuffled), true),
                                path
                            )
                            |> ignore

                            mergeSome (step + 1) (path :: List.skip taken shuffled)

                    let shards = [
                        for number in 1..count ->
                            writeShard folder $"shard-{number}" corpus size convention number count
                    ]

                    let whole = packed (CooccurrenceCounter.CountPacked(corpus.Encode size, convention))
                    File.ReadAllBytes(mergeSome 0 shards) = whole)
        )

        testCase "the only shard of one is the whole" (fun () ->
            let corpus = corpusOf [ [ "a"; "b"; "a" ] ]
            let only = shardOf corpus 2 (CountingConvention 2) 1 1
            Expect.isNull only.Shards ""

            Expect.equal
                (packed only)
                (packed (CooccurrenceCounter.CountPacked(corpus.Encode 2, CountingConvention 2)))
                "")

        testCase "an article longer than a share is cut" (fun () ->
            let corpus = corpusOf [ List.replicate 50 "a"; [ "b" ] ]

            let totals = [
                for number in 1..5 ->
                    (shardOf corpus 2 (CountingConvention(2, WindowWeighting.Flat)) number 5).TotalCount
            ]

            // Two pairs begin at every word but the last two of the document, in both directions.
            Expect.equal totals [ 40L; 40L; 40L; 40L; 4L * 10L - 6L - 0L ] "")

        testTheory "an impossible shard is refused" [ (0, 3); (4, 3); (1, 65_537) ] (fun (number: int, count: int) ->
            let corpus = corpusOf [ [ "a"; "b" ] ]

            Expect.throwsT<ArgumentException>
                (fun () -> shardOf corpus 2 (CountingConvention 2) number count |> ignore)
                "")

        testCase "shards that do not belong together are refused by name" (fun () ->
            use folder = new TemporaryFolder()
            let corpus = corpusOf text
            let plain = CountingConvention 2
            let first = writeShard folder "first" corpus 3 plain 1 3

            let other what corpus size convention count =
                let path = writeShard folder what corpus size convention 2 count
                let message = refusal [ first; path ] true
                Expect.stringContains message ($"'{first}' and '{path}'") ""
                message

            let masked =
                CountingConvention(2, WindowWeighting.Linear, OutOfVocabularyRule.Masked)

            let authors =
                CountingConvention(2, WindowWeighting.Linear, OutOfVocabularyRule.Removed, WindowEnds.AuthorsTail)

            Expect.stringContains
                (other "window" corpus 3 (CountingConvention 3) 3)
                "window half-widths differ, '2' and '3'"
                ""

            Expect.stringContains
                (other "flat" corpus 3 (CountingConvention(2, WindowWeighting.Flat)) 3)
                "weightings differ"
                ""

            Expect.stringContains (other "masked" corpus 3 masked 3) "out-of-vocabulary rules differ" ""
            Expect.stringContains (other "authors" corpus 3 authors 3) "boundary rules differ" ""
            Expect.stringContains (other "fourth" corpus 3 plain 4) "numbers of shards differ, '3' and '4'" ""
            Expect.stringContains (other "smaller" corpus 2 plain 3) "vocabulary sizes differ" ""

            let renamed =
                text |> List.map (List.map (fun word -> if word = "c" then "d" else word))

            Expect.stringContains (other "renamed" (corpusOf renamed) 3 plain 3) "vocabularies differ at word 2" ""

            Expect.stringContains
                (other "longer" (corpusOf ([ "a" ] :: text)) 3 plain 3)
                "they have the word 'a' 6 and 7 times"
                ""

            Expect.stringContains
                (other "reversed" (corpusOf (List.rev text)) 3 plain 3)
                "although all words occur equally often"
                ""

            let broken = List.concat text |> List.map List.singleton

            Expect.stringContains
                (other "broken" (corpusOf broken) 3 plain 3)
                "although all words occur equally often"
                "")

        testCase "shards given twice, missing, or whole are refused by name" (fun () ->
            use folder = new TemporaryFolder()
            let corpus = corpusOf text

            let shard number =
                writeShard folder $"shard-{number}" corpus 3 (CountingConvention 2) number 6

            let one, two, four = shard 1, shard 2, shard 4
            let twoFour = folder.File "two-four"
            QcoocWriter.Write(CountsMerger.Merge([| four; two |], true), twoFour) |> ignore
            let whole = folder.File "whole"

            QcoocWriter.Write(CooccurrenceCounter.CountPacked(corpus.Encode 3, CountingConvention 2), whole)
            |> ignore

            Expect.equal
                (refusal [ one; two; twoFour ] true)
                ($"Shard 2 of 6 is in both '{two}' and '{twoFour}'; give it once.")
                ""

            Expect.stringContains (refusal [ one; one ] true) ($"is in both '{one}' and '{one}'") ""
            Expect.stringContains (refusal [ twoFour; one ] false) "missing: 3, 5-6;" ""
            Expect.stringContains (refusal [ one; whole ] true) ($"'{whole}' is not a shard") ""
            Expect.stringContains (refusal [ whole ] true) ($"'{whole}' is not a shard") "")

        testCase "shards of version 2, written before, merge to the bytes of one run and mix with no others" (fun () ->
            use folder = new TemporaryFolder()

            let file name (content: string) =
                CorpusSupport.writeBytes (folder.File name) (Convert.FromBase64String content)

            let first, second = file "first" firstOfVersion2, file "second" secondOfVersion2

            let whole =
                packed (CooccurrenceCounter.CountPacked((corpusOf text).Encode 3, CountingConvention 2))

            Expect.equal (packed (CountsMerger.Merge [| second; first |])) whole ""
            Expect.equal (packed (CountsMerger.Merge([| second |], true))) (File.ReadAllBytes second) ""
            Expect.equal ((CountsSummary.Read second).Shards |> string |> String.length > 0) true ""
            let fresh = writeShard folder "fresh" (corpusOf text) 3 (CountingConvention 2) 2 2
            Expect.stringContains (refusal [ first; fresh ] false) "by an older version" "")

        testCase "counts of different texts with one vocabulary add up to those of both" (fun () ->
            use folder = new TemporaryFolder()
            let vocabulary = VocabularyFile.Read(folder.WriteText("words", "a\nb\nc\n"))
            let other = [ [ "b"; "a"; "x"; "a" ]; [ "c"; "b" ] ]

            let count name articles =
                let corpus = (corpusOf articles).EncodeWith vocabulary
                let path = folder.File name

                QcoocWriter.Write(CooccurrenceCounter.CountPacked(corpus, CountingConvention 2), path)
                |> ignore

                path

            let one, two = count "one" text, count "two" other
            let sum = folder.File "sum"
            QcoocWriter.Write(CountsMerger.Merge [| one; two |], sum) |> ignore
            let both = QcoocReader.Read(count "both" (text @ other))
            let read = QcoocReader.Read sum
            Expect.equal read.Texts 2 ""

            Expect.equal
                (List.ofSeq read.Words, List.ofSeq read.WordCounts)
                (List.ofSeq both.Words, List.ofSeq both.WordCounts)
                ""

            Expect.equal (read.RowStarts, read.Columns, read.Counts) (both.RowStarts, both.Columns, both.Counts) ""
            Expect.equal (bytesOf read) (File.ReadAllBytes sum) "a sum stays one when it is written again"
            Expect.equal (CountsSummary.Read sum).Texts 2 ""
            // A sum is added to like any other counts.
            let three = folder.File "three"

            QcoocWriter.Write(CountsMerger.Merge [| sum; count "third" [ [ "a"; "b"; "c" ] ] |], three)
            |> ignore

            Expect.equal (QcoocReader.Read three).Texts 3 ""
            Expect.sequenceEqual (QcoocReader.Read three).WordCounts (Seq.map ((+) 1L) both.WordCounts) "")

        testCase "a text that lacks words is a part of a sum, and of nothing else" (fun () ->
            use folder = new TemporaryFolder()
            let vocabulary = VocabularyFile.Read(folder.WriteText("words", "a\nb\nc\n"))

            let part name (articles: string) =
                let input = folder.WriteText(name + ".txt", articles)
                let share = CorpusReader.ReadShare([| input |], vocabulary, Nullable(), 2)
                let path = folder.File name

                QcoocWriter.Write(CooccurrenceCounter.CountPacked(share, CountingConvention 2), path)
                |> ignore

                path

            let one, two, three = part "one" "a b a\n", part "two" "c a\n", part "three" "b b\n"

            Expect.stringContains
                (Expect.raised<FileFormatException>(fun () -> QcoocReader.Read one |> ignore)).Message
                "in which the word 'c' does not occur; merge it"
                ""

            Expect.equal (CountsSummary.Read one).AbsentWords 1 ""

            Expect.stringContains
                (refusal [ one; three ] false)
                "The word 'c' of the vocabulary occurs in none of the files"
                ""

            let some = folder.File "some"
            QcoocWriter.Write(CountsMerger.Merge([| one; three |], true), some) |> ignore
            let all = (CountsMerger.Merge [| some; two |]).Unpack()
            Expect.equal all.Texts 3 ""
            Expect.sequenceEqual all.WordCounts [| 3L; 3L; 1L |] "")

        testCase "counts that cannot be added are refused by name" (fun () ->
            use folder = new TemporaryFolder()

            let count name (words: string) articles (convention: CountingConvention) =
                let vocabulary = VocabularyFile.Read(folder.WriteText("words", words))
                let corpus = (corpusOf articles).EncodeWith(vocabulary, convention.OutOfVocabulary)
                let path = folder.File name

                QcoocWriter.Write(CooccurrenceCounter.CountPacked(corpus, convention), path)
                |> ignore

                path

            let plain = CountingConvention 2
            let first = count "first" "a\nb\nc\n" text plain
            let other = [ "c"; "a"; "b"; "b" ] :: text

            let refused name words convention part =
                let path = count name words other convention
                let message = refusal [ first; path ] false
                Expect.stringContains message ($"'{first}' and '{path}'") ""
                Expect.stringContains message part ""

            refused "order" "b\na\nc\n" plain "vocabularies differ at word 0, 'a' and 'b'"
            refused "size" "a\nb\n" plain "vocabulary sizes differ, '3' and '2'"
            refused "window" "a\nb\nc\n" (CountingConvention 3) "window half-widths differ"
            refused "flat" "a\nb\nc\n" (CountingConvention(2, WindowWeighting.Flat)) "weightings differ"
            Expect.stringContains (refusal [ first; first ] false) "given twice" ""
            let copy = folder.File "copy"
            File.Copy(first, copy)
            Expect.stringContains (refusal [ first; copy ] false) "hold the same counts" "")

        testCase "a sum of counts is exact up to 64 bits and refused beyond" (fun () ->
            use folder = new TemporaryFolder()

            let count name pairs =
                let path = folder.File name

                QcoocWriter.Write(
                    CooccurrenceCounts(
                        CountingConvention 1,
                        [| "a"; "b" |],
                        [| 5L; 5L |],
                        [| 0L; 1L; 1L |],
                        [| 1 |],
                        [| pairs |]
                    ),
                    path
                )

                path

            let half = Int64.MaxValue / 4L
            let one, two = count "one" half, count "two" (half - 1L)
            Expect.equal ((CountsMerger.Merge [| one; two |]).Unpack()[0, 1]) (2L * half - 1L) ""
            // Off the diagonal a count enters the total twice.
            Expect.throwsT<OverflowException>
                (fun () -> CountsMerger.Merge [| one; count "three" (half + 2L) |] |> ignore)
                "")

        testCase "every changed byte and every truncation of a partial file is refused" (fun () ->
            let bytes = packed (shardOf (corpusOf text) 3 (CountingConvention 2) 1 3)

            Expect.equal (unless bytes) "accepted" ""

            for position in 0 .. bytes.Length - 1 do
                Expect.isNull (unless bytes[.. position - 1]) ($"length {position}")

                for change in [ 1uy; 2uy; 3uy; 16uy; 128uy; 255uy ] do
                    let altered = Array.copy bytes
                    altered[position] <- altered[position] ^^^ change
                    Expect.isNull (unless altered) ($"byte {position} changed by {change}"))

        testCase "a partial file is refused where counts of the whole are needed" (fun () ->
            let partial = shardOf (corpusOf text) 3 (CountingConvention 2) 2 3

            use stream = new MemoryStream(packed partial)

            Expect.stringContains
                (Expect.raised<FileFormatException>(fun () -> QcoocReader.Read(stream, "part") |> ignore)).Message
                "'part' holds only shards 2 of 3; merge all of them with 'qwem merge'"
                ""

            Expect.throwsT<InvalidOperationException> (fun () -> partial.Unpack() |> ignore) "")

        property "a summary agrees with the theory's statistics" 60 (fun (drawn: Text) ->
            use folder = new TemporaryFolder()
            let articles = [ "ab"; "a" ] :: drawn.Documents
            let size = max 2 ((naiveVocabulary articles).Length - 1)
            let counts = countDocuments articles size 4
            let path = folder.File "counts"
            QcoocWriter.Write(counts, path)
            let summary = CountsSummary.Read path
            let words, pairs = EmbeddedCounts.leading counts size

            let agrees () =
                let statistics = CorpusStatistics.FromCounts(Array.map float words, pairs)
                let neutral = statistics.WithNeutralSelfPairs()
                let z = neutral.Subsample(neutral.InverseFrequency()).Z
                let positive = pairs |> Array.filter (fun count -> count > 0.0) |> Array.length

                let close (measured: Nullable<float>) expected =
                    abs (measured.Value - expected) <= 1e-12 * max 1.0 (abs expected)

                close summary.InverseFrequencyZ z
                && close summary.MarginalMismatch (statistics.MarginalMismatch())
                && summary.TotalCount = counts.TotalCount
                && summary.DistinctPairs = int64 counts.DistinctPairs
                && summary.ContentHash = counts.ContentHash
                && abs (summary.Density - float positive / float (size * size)) < 1e-12
                && summary.TopWords[0].Count = counts.WordCounts[0]

            // Of words that are never near each other there are no statistics.
            Array.sum pairs = 0.0 || agrees ())
    ]
