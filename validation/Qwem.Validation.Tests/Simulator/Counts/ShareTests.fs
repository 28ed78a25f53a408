/// Shares of a text: whatever the text, its documents, the windows and the number of shares, they merge to the very bytes of one run, and each costs its share.
module Qwem.Validation.Tests.ShareTests

open System
open System.IO
open System.IO.Compression
open System.Threading
open Expecto
open Qwem.Sim.Cooccurrence
open Qwem.Sim.Corpora
open Qwem.Sim.Threading
open Qwem.Validation.Tests.CountingSupport
open Qwem.Validation.Tests.CorpusSupport
open Qwem.Validation.Tests.Texts

let private write (path: string) (counts: PackedCounts) =
    QcoocWriter.Write(counts, path) |> ignore
    path

/// Any text: words, digits, signs, wide and narrow spaces, ends of lines, also many in a row, also none at all.
let private drawText (random: Random) =
    let separators = [|
        " "
        " "
        " "
        "  "
        "\n"
        "\n\n"
        " \n \n"
        ", "
        " 7 "
        " é "
        "\u3000 "
        "\t"
    |]

    let most = [| 1; 6; separators.Length |][random.Next 3]
    let length = [| 1; 5; 40; 400; 1500 |][random.Next 5]

    [
        for _ in 1..length do
            lexicon[min (random.Next 9) (random.Next 9)]
            separators[random.Next most]
    ]
    |> String.concat ""

/// The same words as documents of one of the formats of documents, or as they are.
let private inFormat (random: Random) (text: string) =
    match random.Next 4 with
    | 0 ->
        text.Split '\n'
        |> Array.map (fun line -> Text.Json.JsonSerializer.Serialize {| id = 1; text = line |})
        |> String.concat "\n"
    | 1 ->
        text.Split "\n\n"
        |> Array.map (fun lines -> $"<doc id=\"1\">\n{lines}\n</doc>\n")
        |> String.concat ""
    | _ -> text

/// Writes a text as a file, plain or packed.
let private writeInput (random: Random) (folder: TemporaryFolder) name (text: string) =
    match random.Next 5 with
    | 0 ->
        use file = File.Create(folder.File $"{name}.gz")
        use gzip = new GZipStream(file, CompressionLevel.Fastest)
        gzip.Write(ReadOnlySpan(utf8 text))
        file.Name
    | 1 ->
        let half = text.Length / 2
        let at = max 0 (text.LastIndexOf('\n', half)) + 1

        writeZip (folder.File $"{name}.zip") CompressionLevel.Fastest [
            "one", utf8 text[.. at - 1]
            "picture", [| 0uy; 1uy; 2uy; 0uy |]
            "two", utf8 text[at..]
        ]
    | _ -> folder.WriteText(name, text)

let private drawConvention (random: Random) =
    CorpusConvention(
        Normalisation = [| Normalisation.Paper; Normalisation.Letters; Normalisation.None |][random.Next 3],
        DocumentRule = enum<DocumentRule>(random.Next 3),
        MinimumDocumentLength = [| 1L; 1L; 2L; 9L; 60L |][random.Next 5]
    )

let private drawCounting (random: Random) =
    CountingConvention(
        [| 1; 2; 5; 20 |][random.Next 4],
        enum<WindowWeighting>(random.Next 3),
        enum<OutOfVocabularyRule>(random.Next 2),
        enum<WindowEnds>(random.Next 2)
    )

/// Reads one share in portions of any length with a team of any size.
let private shareOf inputs vocabulary shard (counting: CountingConvention) convention piece batch threads =
    use team = new WorkerTeam(threads)

    CorpusReader.ReadShare(
        inputs,
        vocabulary,
        Nullable shard,
        counting.WindowHalfWidth,
        counting.OutOfVocabulary,
        convention,
        ParsingLengths(piece, batch),
        team,
        null,
        CancellationToken.None
    )

/// The counts of all shards merged, and those of one run, both as bytes.
let private merged (folder: TemporaryFolder) (shares: TokenCorpus list) (whole: TokenCorpus) counting =
    let paths = [|
        for k, share in List.indexed shares ->
            write (folder.File $"part-{k}") (CooccurrenceCounter.CountPacked(share, counting))
    |]

    let sum = write (folder.File "merged") (CountsMerger.Merge(Array.rev paths))

    let one =
        write (folder.File "whole") (CooccurrenceCounter.CountPacked(whole, counting))

    File.ReadAllBytes sum, File.ReadAllBytes one

let private ofOneLine (folder: TemporaryFolder) words =
    let random = Random 5

    let text =
        String.Join(' ', Array.init words (fun _ -> wordOf (int (300.0 ** random.NextDouble()))))

    folder.WriteText("line", text)

let private vocabularyOf (folder: TemporaryFolder) (inputs: string array) size =
    let path = folder.File "words.txt"
    VocabularyFile.Write(CorpusReader.CountWords(inputs, VocabularyChoice.Largest size), path)
    VocabularyFile.Read path

let private refusal body =
    (Expect.raised<CorpusException> body).Message

let tests =
    testList "Share" [
        slow (
            property "shares of any text merge to the bytes of one run" 300 (fun (seed: Seed) ->
                use folder = new TemporaryFolder()
                let random = seed.Random()
                let convention = drawConvention random
                let counting = drawCounting random

                let inputs = [|
                    for number in 1 .. random.Next(1, 4) ->
                        drawText random |> inFormat random |> writeInput random folder $"text-{number}"
                |]

                let parsed =
                    try
                        Some(CorpusReader.Parse(inputs, convention))
                    with :? CorpusException as failure when
                        failure.Message.StartsWith "No document has"
                        || failure.Message.Contains "no words" ->
                        None

                match parsed with
                | None -> true
                | Some parsed ->
                    let size = 1 + random.Next parsed.TypeCount
                    let path = folder.File "words.txt"
                    let choice = VocabularyChoice.Largest size
                    VocabularyFile.Write(CorpusReader.CountWords(inputs, choice, convention), path)

                    if random.Next 3 = 0 then
                        // A mere list: nothing is known of the text beforehand.
                        let words = parsed.Encode(size).Vocabulary.Words
                        File.WriteAllLines(path, words)

                    let vocabulary = VocabularyFile.Read path
                    let count = random.Next(2, 10)

                    let shares = [
                        for k in 1..count ->
                            shareOf
                                inputs
                                vocabulary
                                (Shard(k, count))
                                counting
                                convention
                                (random.Next(1, 90))
                                (random.Next(1, 200))
                                (random.Next(1, 4))
                    ]

                    let whole = parsed.EncodeWith(choice, counting.OutOfVocabulary)
                    let sum, one = merged folder shares whole counting

                    sum = one
                    && (shares |> List.sumBy _.KeptTokens) = whole.KeptTokens
                    && (shares |> List.sumBy _.OwnPositions) = whole.PositionCount)
        )

        slow (
            property "shares of a parsed or prepared corpus merge to the bytes of one run" 150 (fun (seed: Seed) ->
                use folder = new TemporaryFolder()
                let random = seed.Random()
                let counting = drawCounting random
                let input = folder.WriteText("text", "a " + drawText random)

                let parsed =
                    parseIn (random.Next(1, 90)) (random.Next(1, 200)) (random.Next(1, 4)) (CorpusConvention()) [
                        input
                    ]

                let corpus =
                    if random.Next 2 = 0 then
                        parsed
                    else
                        QtokWriter.Write(parsed, folder.File "text.qtok") |> ignore
                        CorpusReader.Parse [| folder.File "text.qtok" |]

                let choice = VocabularyChoice.Largest(1 + random.Next corpus.TypeCount)
                let count = random.Next(2, 10)

                let shares = [
                    for k in 1..count ->
                        corpus.EncodeShare(choice, Shard(k, count), counting.WindowHalfWidth, counting.OutOfVocabulary)
                ]

                let sum, one =
                    merged folder shares (corpus.EncodeWith(choice, counting.OutOfVocabulary)) counting

                sum = one)
        )

        testCase "ids of two units are not torn where a prepared corpus is cut" (fun () ->
            use folder = new TemporaryFolder()
            let random = Random 3

            let words = [|
                for number in 0..39_999 -> wordOf number
                for _ in 1..100_000 -> wordOf (random.Next 40_000)
            |]

            let input = folder.WriteText("text", String.Join(' ', words))

            QtokWriter.Write(CorpusReader.Parse [| input |], folder.File "text.qtok")
            |> ignore

            for corpus in
                [
                    CorpusReader.Parse [| input |]
                    CorpusReader.Parse [| folder.File "text.qtok" |]
                ] do
                let choice = VocabularyChoice.Largest 39_000
                let counting = CountingConvention 3
                let shares = [ for k in 1..7 -> corpus.EncodeShare(choice, Shard(k, 7), 3) ]
                let sum, one = merged folder shares (corpus.EncodeWith choice) counting
                Expect.isTrue (sum = one) ""
                // About equal in words, or in units, of which long ids have two.
                for share in shares do
                    Expect.isGreaterThan share.OwnPositions 14_000 ""
                    Expect.isLessThan share.OwnPositions 30_000 "")

        testCase "every shard of one line has its share, and a pair across a cut counts once" (fun () ->
            use folder = new TemporaryFolder()
            let input = ofOneLine folder 8_000
            let vocabulary = vocabularyOf folder [| input |] 100
            let counting = CountingConvention 4

            let read k =
                CorpusReader.ReadShare([| input |], vocabulary, Shard(k, 8), 4)

            let shares = List.map read [ 1..8 ]
            let whole = CorpusReader.Read([| input |], 100)

            for share in shares do
                Expect.isGreaterThan share.OwnPositions (whole.PositionCount / 8 * 9 / 10) ""
                Expect.isLessThan share.OwnPositions (whole.PositionCount / 8 * 11 / 10) ""

                Expect.isLessThanOrEqual
                    (share.PositionCount - share.OwnPositions)
                    5
                    "the windows of the last words reach no further"

            let sum, one = merged folder shares whole counting
            Expect.isTrue (sum = one) ""
            // Eight texts of their own would lack the pairs across seven cuts: 4 + 3 + 2 + 1 pairs at each.
            let alone =
                shares
                |> List.sumBy (fun share ->
                    (CooccurrenceCounter.CountPacked(share, CountingConvention(4, WindowWeighting.Flat))).TotalCount)

            let flat =
                CooccurrenceCounter.CountPacked(whole, CountingConvention(4, WindowWeighting.Flat))

            Expect.equal alone flat.TotalCount ""
            Expect.equal flat.TotalCount (2L * int64 (4 * whole.PositionCount - 10)) "")

        testCase
            "a share of a plain file reads and parses its bytes and little more, one of a packed file parses no more"
            (fun () ->
                use folder = new TemporaryFolder()
                let input = ofOneLine folder 1_000_000
                let length = FileInfo(input).Length
                let packed = folder.WriteGzip("line.gz", File.ReadAllText input)
                let share = length / 16L

                for path in [ input; packed ] do
                    let vocabulary = vocabularyOf folder [| path |] 100
                    let counting = CountingConvention 16

                    for k in [ 1; 7; 16 ] do
                        let corpus =
                            shareOf
                                [| path |]
                                vocabulary
                                (Shard(k, 16))
                                counting
                                (CorpusConvention())
                                (1 <<< 18)
                                (1 <<< 16)
                                2

                        match corpus.Share with
                        | null -> failtest "no share"
                        | cost ->
                            // A context of 4 kB, and the words cut at both ends; the first bytes of a file say what it is.
                            Expect.isLessThan cost.BytesParsed (share + 10_000L) ""
                            Expect.isGreaterThan cost.BytesParsed (share - 100L) ""
                            let before = if path = packed then share * int64 (k - 1) else 0L
                            Expect.isLessThan cost.BytesRead (before + share + 200_000L) "")

        testCase "a document of another shard is left out, or kept, by all of its words" (fun () ->
            use folder = new TemporaryFolder()
            // 30 words in one line, 9 in the next: a minimum of 20 keeps the first only, wherever it is cut.
            let line words =
                String.Join(' ', Array.replicate words "a") + "\n"

            let input = folder.WriteText("text", line 30 + line 9 + line 40)
            let convention = CorpusConvention(MinimumDocumentLength = 20L)
            let path = folder.File "words.txt"
            VocabularyFile.Write(CorpusReader.CountWords([| input |], VocabularyChoice.Largest 1, convention), path)
            let vocabulary = VocabularyFile.Read path

            for count in 1..20 do
                let kept = [
                    for k in 1..count ->
                        (CorpusReader.ReadShare(
                            [| input |],
                            vocabulary,
                            Shard(k, count),
                            2,
                            OutOfVocabularyRule.Removed,
                            convention
                        ))
                            .OwnPositions
                ]

                Expect.equal (List.sum kept) 70 $"{count} shards")

        testCase "whether a document is long enough is found out however far before the share it begins" (fun () ->
            use folder = new TemporaryFolder()
            let spaces = String(' ', 20_000)
            let input = folder.WriteText("text", $"b\na a a{spaces}a a\nb\n")
            let convention = CorpusConvention(MinimumDocumentLength = 5L)
            let vocabulary = VocabularyFile.Read(folder.WriteText("words", "a\nb\n"))

            let kept = [
                for k in 1..2 ->
                    let share =
                        CorpusReader.ReadShare(
                            [| input |],
                            vocabulary,
                            Shard(k, 2),
                            2,
                            OutOfVocabularyRule.Removed,
                            convention
                        )

                    Seq.toList share.Vocabulary.Counts
            ]

            Expect.equal (List.map List.sum kept |> List.sum) 5L ""
            Expect.equal (kept |> List.map List.last) [ 0L; 0L ] "")

        testCase "shares of another text, convention or length are refused by name" (fun () ->
            use folder = new TemporaryFolder()
            let packed = folder.WriteGzip("text.gz", "a b c a b\na a\n")
            let vocabulary = vocabularyOf folder [| packed |] 3
            let longer = CorpusConvention(MinimumDocumentLength = 2L)

            Expect.stringContains
                (refusal (fun () ->
                    CorpusReader.ReadShare(
                        [| packed |],
                        vocabulary,
                        Shard(1, 2),
                        2,
                        OutOfVocabularyRule.Removed,
                        longer
                    )
                    |> ignore))
                "read both with the same options"
                ""

            // The same number of packed bytes, by luck; another number of unpacked ones.
            let lines = File.ReadAllLines(folder.File "words.txt")
            File.WriteAllLines(folder.File "words.txt", lines |> Array.map (fun line -> line.Replace("/14", "/15")))

            Expect.stringContains
                (refusal (fun () ->
                    CorpusReader.ReadShare([| packed |], VocabularyFile.Read(folder.File "words.txt"), Shard(2, 2), 2)
                    |> ignore))
                "has only 14 bytes where 15 were expected"
                "")

        testCase "a shard of a changed text is found out when all are merged" (fun () ->
            use folder = new TemporaryFolder()
            let input = folder.WriteText("text", "a b c a b c a a b c\n")
            let vocabulary = vocabularyOf folder [| input |] 3

            let count k =
                let share = CorpusReader.ReadShare([| input |], vocabulary, Shard(k, 2), 2)
                write (folder.File $"part-{k}") (CooccurrenceCounter.CountPacked(share, CountingConvention 2))

            let first = count 1
            folder.WriteText("text", "a b c a b c a b b c\n") |> ignore
            let second = count 2

            Expect.stringContains
                (Expect.raised<ShardException>(fun () -> CountsMerger.Merge [| first; second |] |> ignore)).Message
                "have the word 'a' 3 times, but their corpus has it 4 times"
                "")

        testCase "a share that was read for narrow windows is not counted with wider ones" (fun () ->
            use folder = new TemporaryFolder()
            let input = folder.WriteText("text", "a b c a b\n")

            let share =
                CorpusReader.ReadShare([| input |], vocabularyOf folder [| input |] 3, Shard(1, 2), 2)

            Expect.throwsT<ArgumentException>
                (fun () -> CooccurrenceCounter.CountPacked(share, CountingConvention 3) |> ignore)
                "")

        testCase "a vocabulary file is read as it was written, and what is wrong with one is named" (fun () ->
            use folder = new TemporaryFolder()
            let input = folder.WriteText("text", "a b c a b\na\n")
            let path = folder.File "words.txt"
            VocabularyFile.Write(CorpusReader.CountWords([| input |], VocabularyChoice.AtLeast 2L), path)

            let counts =
                CooccurrenceCounter.Count(CorpusReader.Parse([| input |]).EncodeWith(VocabularyFile.Read path), 2)

            Expect.sequenceEqual counts.Words [| "a"; "b" |] ""
            Expect.sequenceEqual counts.WordCounts [| 3L; 2L |] ""
            let lines = File.ReadAllLines path

            let wrong (change: string array -> string array) =
                File.WriteAllLines(path, change lines)
                refusal (fun () -> VocabularyFile.Read path |> ignore)

            Expect.stringContains (wrong (Array.updateAt 4 "a 3")) "in line 5 not a word, a tab and a count" ""
            Expect.stringContains (wrong (Array.updateAt 4 "a\t0")) "in line 5 not a word, a tab and a count" ""
            Expect.stringContains (wrong (Array.updateAt 3 "# lengths: 12")) "damaged in line 4" ""
            Expect.stringContains (wrong (Array.removeAt 2)) "is damaged in line" ""
            Expect.stringContains (wrong (Array.updateAt 0 "# qwem vocabulary 2: x")) "another version" ""
            Expect.stringContains (wrong (Array.updateAt 5 "a\t7")) "in line 6 and in line 5" "")
    ]
