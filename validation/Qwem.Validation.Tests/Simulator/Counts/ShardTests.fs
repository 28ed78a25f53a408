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

let private corpusOf (articles: string list list) size =
    use folder = new TemporaryFolder()
    (CorpusReader.Parse [| folder.WriteText("text", textOf articles) |]).Encode size

/// Writes shard k of n and returns the path.
let private writeShard (folder: TemporaryFolder) name corpus convention number count =
    let path = folder.File name

    QcoocWriter.Write(CooccurrenceCounter.CountPacked(corpus, convention, Shard(number, count)), path)
    |> ignore

    path

/// The sentence with which a merge is refused.
let private refusal (paths: string list) allowGaps =
    (Expect.raised<ShardException>(fun () -> CountsMerger.Merge(Array.ofList paths, allowGaps) |> ignore)).Message

let private text = [ [ "a"; "b"; "a"; "c" ]; [ "b"; "a"; "a" ]; [ "c"; "c"; "b" ]; [ "a"; "a" ] ]

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
                (fun { Articles = articles } (seed: Seed) ->
                    use folder = new TemporaryFolder()
                    let random = seed.Random()
                    let corpus = corpusOf articles (1 + random.Next (naiveVocabulary articles).Length)

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
                        for number in 1..count -> writeShard folder $"shard-{number}" corpus convention number count
                    ]

                    let whole = packed (CooccurrenceCounter.CountPacked(corpus, convention))
                    File.ReadAllBytes(mergeSome 0 shards) = whole)
        )

        testCase "the only shard of one is the whole" (fun () ->
            let corpus = corpusOf [ [ "a"; "b"; "a" ] ] 2

            let only =
                CooccurrenceCounter.CountPacked(corpus, CountingConvention 2, Shard(1, 1))

            Expect.isNull only.Shards ""

            Expect.equal (packed only) (packed (CooccurrenceCounter.CountPacked(corpus, CountingConvention 2))) "")

        testCase "an article longer than a share leaves shards empty" (fun () ->
            let corpus = corpusOf [ List.replicate 50 "a"; [ "b" ] ] 2

            let pairs = [
                for number in 1..5 ->
                    (CooccurrenceCounter.CountPacked(corpus, CountingConvention 2, Shard(number, 5))).DistinctPairs
            ]

            Expect.equal pairs [ 1L; 0L; 0L; 0L; 0L ] "")

        testTheory "an impossible shard is refused" [ (0, 3); (4, 3); (1, 65_537) ] (fun (number: int, count: int) ->
            let corpus = corpusOf [ [ "a"; "b" ] ] 2

            Expect.throwsT<ArgumentException>
                (fun () ->
                    CooccurrenceCounter.CountPacked(corpus, CountingConvention 2, Shard(number, count))
                    |> ignore)
                "")

        testCase "shards that do not belong together are refused by name" (fun () ->
            use folder = new TemporaryFolder()
            let corpus = corpusOf text 3
            let plain = CountingConvention 2
            let first = writeShard folder "first" corpus plain 1 3

            let other what corpus convention count =
                let path = writeShard folder what corpus convention 2 count
                let message = refusal [ first; path ] true
                Expect.stringContains message ($"'{first}' and '{path}'") ""
                message

            let masked =
                CountingConvention(2, WindowWeighting.Linear, OutOfVocabularyRule.Masked)

            let maskedCorpus =
                CorpusReader.Read([| folder.WriteText("text", textOf text) |], 3, OutOfVocabularyRule.Masked)

            let authors =
                CountingConvention(2, WindowWeighting.Linear, OutOfVocabularyRule.Removed, WindowEnds.AuthorsTail)

            Expect.stringContains
                (other "window" corpus (CountingConvention 3) 3)
                "window half-widths differ, '2' and '3'"
                ""

            Expect.stringContains
                (other "flat" corpus (CountingConvention(2, WindowWeighting.Flat)) 3)
                "weightings differ"
                ""

            Expect.stringContains (other "masked" maskedCorpus masked 3) "out-of-vocabulary rules differ" ""
            Expect.stringContains (other "authors" corpus authors 3) "boundary rules differ" ""
            Expect.stringContains (other "fourth" corpus plain 4) "numbers of shards differ, '3' and '4'" ""
            Expect.stringContains (other "smaller" (corpusOf text 2) plain 3) "vocabulary sizes differ" ""

            let renamed =
                text |> List.map (List.map (fun word -> if word = "c" then "d" else word))

            Expect.stringContains (other "renamed" (corpusOf renamed 3) plain 3) "vocabularies differ at word 2" ""

            Expect.stringContains
                (other "longer" (corpusOf ([ "a" ] :: text) 3) plain 3)
                "they have the word 'a' 6 and 7 times"
                ""

            Expect.stringContains
                (other "reversed" (corpusOf (List.rev text) 3) plain 3)
                "although all words occur equally often"
                ""

            let broken = List.concat text |> List.map List.singleton

            Expect.stringContains
                (other "broken" (corpusOf broken 3) plain 3)
                "although all words occur equally often"
                "")

        testCase "shards given twice, missing, or whole are refused by name" (fun () ->
            use folder = new TemporaryFolder()
            let corpus = corpusOf text 3

            let shard number =
                writeShard folder $"shard-{number}" corpus (CountingConvention 2) number 6

            let one, two, four = shard 1, shard 2, shard 4
            let twoFour = folder.File "two-four"
            QcoocWriter.Write(CountsMerger.Merge([| four; two |], true), twoFour) |> ignore
            let whole = folder.File "whole"

            QcoocWriter.Write(CooccurrenceCounter.CountPacked(corpus, CountingConvention 2), whole)
            |> ignore

            Expect.equal
                (refusal [ one; two; twoFour ] true)
                ($"Shard 2 of 6 is in both '{two}' and '{twoFour}'; give it once.")
                ""

            Expect.stringContains (refusal [ one; one ] true) ($"is in both '{one}' and '{one}'") ""
            Expect.stringContains (refusal [ twoFour; one ] false) "missing: 3, 5-6;" ""
            Expect.stringContains (refusal [ one; whole ] true) ($"'{whole}' is not a shard") ""
            Expect.stringContains (refusal [ whole ] true) ($"'{whole}' is not a shard") "")

        testCase "every changed byte and every truncation of a partial file is refused" (fun () ->
            let corpus = corpusOf text 3

            let bytes =
                packed (CooccurrenceCounter.CountPacked(corpus, CountingConvention 2, Shard(1, 3)))

            Expect.equal (unless bytes) "accepted" ""

            for position in 0 .. bytes.Length - 1 do
                Expect.isNull (unless bytes[.. position - 1]) ($"length {position}")

                for change in [ 1uy; 2uy; 3uy; 16uy; 128uy; 255uy ] do
                    let altered = Array.copy bytes
                    altered[position] <- altered[position] ^^^ change
                    Expect.isNull (unless altered) ($"byte {position} changed by {change}"))

        testCase "a partial file is refused where counts of the whole are needed" (fun () ->
            let corpus = corpusOf text 3

            let partial =
                CooccurrenceCounter.CountPacked(corpus, CountingConvention 2, Shard(2, 3))

            use stream = new MemoryStream(packed partial)

            Expect.stringContains
                (Expect.raised<FileFormatException>(fun () -> QcoocReader.Read(stream, "part") |> ignore)).Message
                "'part' holds only shards 2 of 3; merge all of them with 'qwem merge'"
                ""

            Expect.throwsT<InvalidOperationException> (fun () -> partial.Unpack() |> ignore) "")

        property "a summary agrees with the theory's statistics" 60 (fun (drawn: Text) ->
            use folder = new TemporaryFolder()
            let articles = [ "ab"; "a" ] :: drawn.Articles
            let size = max 2 ((naiveVocabulary articles).Length - 1)
            let counts = countArticles articles size 4
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
