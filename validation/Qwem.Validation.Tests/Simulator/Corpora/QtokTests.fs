module Qwem.Validation.Tests.QtokTests

open System
open System.IO
open Expecto
open FsCheck
open FsCheck.FSharp
open Qwem.Sim.Corpora
open Qwem.Sim.Threading
open Qwem.Validation.Tests.CountingSupport
open Qwem.Validation.Tests.Texts
open Qwem.Validation.Tests.CorpusSupport

let private none = CorpusConvention(Normalisation = Normalisation.None)

/// A file read to its last unit, or the sentence with which it is refused.
let private read (path: string) =
    try
        let parsed = CorpusReader.Parse [| path |]
        parsed.Encode parsed.TypeCount |> ignore
        "accepted"
    with :? CorpusException as failure ->
        failure.Message

let private sameStream (a: TokenCorpus) (b: TokenCorpus) =
    Seq.toArray a.Vocabulary.Words = Seq.toArray b.Vocabulary.Words
    && Seq.toArray a.Vocabulary.Counts = Seq.toArray b.Vocabulary.Counts
    && a.NarrowIds = b.NarrowIds
    && a.WideIds = b.WideIds
    && a.DocumentStarts = b.DocumentStarts
    && a.TotalTokens = b.TotalTokens
    && a.TypeCount = b.TypeCount

/// A word of letters a-j for a number.
let private named (number: int) =
    String.map (fun digit -> char (int digit - int '0' + int 'a')) (string number)

/// 40,000 types, so that many ids take two units, in several blocks and with articles left out.
let private large (folder: TemporaryFolder) =
    let random = Random 19

    let articles =
        [
            for number in 0..39_999 -> named number
            for _ in 1..360_000 -> named (int (Math.Pow(40_000.0, random.NextDouble())))
        ]
        |> List.chunkBySize 47

    folder.WriteText("text", textOf ([ "z"; "z" ] :: articles))

let private small (folder: TemporaryFolder) =
    let path = folder.File "small.qtok"

    QtokWriter.Write(CorpusReader.Parse [| folder.WriteText("text", "the cat the mat\nthe 7\n") |], path)
    |> ignore

    path, File.ReadAllBytes path

let tests =
    testList "Qtok" [
        property
            "a prepared corpus gives the streams of its text, at every vocabulary and rule"
            100
            (fun (drawn: Text) (sizeDraw: byte) ->
                use folder = new TemporaryFolder()

                let articles = [ "é" ] :: drawn.Documents

                let text =
                    CorpusReader.Parse([| writeBytes (folder.File "text") (utf8 (textOf articles)) |], none)

                QtokWriter.Write(text, folder.File "x.qtok") |> ignore
                let prepared = CorpusReader.Parse [| folder.File "x.qtok" |]
                let size = 1 + int sizeDraw % text.TypeCount

                prepared.Convention = text.Convention
                && prepared.DocumentCount = text.DocumentCount
                && [ OutOfVocabularyRule.Removed; OutOfVocabularyRule.Masked ]
                   |> List.forall (fun rule -> sameStream (text.Encode(size, rule)) (prepared.Encode(size, rule))))

        slow (
            testCase "many blocks with long ids survive, and any number of threads writes and reads the same" (fun () ->
                use folder = new TemporaryFolder()
                let path = large folder
                let convention = CorpusConvention(MinimumDocumentLength = 3L)

                let results = [
                    for teamSize, piece in [ 1, 1 <<< 18; 2, 10_000; 3, 100_000 ] do
                        let parsed = parseIn piece (4 * piece) teamSize convention [ path ]
                        let file = folder.File $"x{teamSize}.qtok"
                        let hash = QtokWriter.Write(parsed, file)
                        use team = new WorkerTeam(teamSize)

                        let encoded =
                            (CorpusReader.Parse [| file |])
                                .EncodeWith(VocabularyChoice.Largest 35_000, OutOfVocabularyRule.Removed, team)

                        yield hash, File.ReadAllBytes file, encoded, parsed.Encode 35_000
                ]

                let hash, bytes, stream, _ = results.Head
                Expect.isGreaterThan bytes.Length (3 * (1 <<< 18)) ""

                for otherHash, otherBytes, encoded, direct in results do
                    Expect.equal otherHash hash ""
                    Expect.isTrue (otherBytes = bytes) ""
                    Expect.isTrue (sameStream encoded stream) ""
                    Expect.isTrue (sameStream direct stream) "")
        )

        testCase "a prepared corpus prepared again has the same bytes" (fun () ->
            use folder = new TemporaryFolder()
            let one, two = folder.File "one", folder.File "two"
            QtokWriter.Write(CorpusReader.Parse [| large folder |], one) |> ignore
            QtokWriter.Write(CorpusReader.Parse [| one |], two) |> ignore
            Expect.isTrue (File.ReadAllBytes one = File.ReadAllBytes two) "")

        testCase "every byte flip of a small file is refused" (fun () ->
            use folder = new TemporaryFolder()
            let path, bytes = small folder
            Expect.equal (read path) "accepted" ""

            for position in 0 .. bytes.Length - 1 do
                let put (value: byte) =
                    use file = File.OpenHandle(path, FileMode.Open, FileAccess.Write)
                    RandomAccess.Write(file, ReadOnlySpan [| value |], int64 position)

                put (bytes[position] ^^^ (1uy <<< (position % 8)))
                Expect.stringContains (read path) "small.qtok' " ($"byte {position}")
                put bytes[position]

            Expect.equal (read path) "accepted" "")

        testCase "every change of every byte that is not filling is refused" (fun () ->
            use folder = new TemporaryFolder()
            let path, bytes = small folder

            let places =
                bytes
                |> Array.indexed
                |> Array.filter (fun (_, value) -> value <> 0uy)
                |> Array.map fst

            for position in places do
                let right = bytes[position]

                for value in [ 0uy; right + 1uy; ~~~right; right ^^^ 0x80uy ] do
                    bytes[position] <- value

                    Expect.stringContains (read (writeBytes path bytes)) "small.qtok' " ($"byte {position}: {value}")

                bytes[position] <- right)

        testCase "every truncation and every addition is refused" (fun () ->
            use folder = new TemporaryFolder()
            let path, bytes = small folder

            for length in bytes.Length - 1 .. -1 .. 0 do
                using (File.OpenHandle(path, FileMode.Open, FileAccess.Write)) (fun file ->
                    RandomAccess.SetLength(file, int64 length))

                Expect.stringContains (read path) "small.qtok' " ($"length {length}")

            Expect.stringContains (read (writeBytes path (Array.append bytes [| 0uy |]))) "bytes follow its end" "")

        testCase "a prepared corpus is given alone and with the convention it was made with" (fun () ->
            use folder = new TemporaryFolder()
            let path, _ = small folder
            let letters = CorpusConvention(Normalisation = Normalisation.Letters)
            Expect.stringContains (refusal letters [ path ]) "was made with normalisation paper" ""
            Expect.equal (refusal (CorpusConvention()) [ path ]) "accepted" ""
            Expect.stringContains (refusal (CorpusConvention()) [ path; path ]) "cannot be joined" "")

        testCase "a vocabulary by count is what occurs that often" (fun () ->
            use folder = new TemporaryFolder()
            let parsed = CorpusReader.Parse [| folder.WriteText("text", "a a a b b c c d") |]

            let words (least: int64) =
                List.ofSeq (parsed.EncodeWith(VocabularyChoice.AtLeast least)).Vocabulary.Words

            Expect.equal (words 1L) [ "a"; "b"; "c"; "d" ] ""
            Expect.equal (words 2L) [ "a"; "b"; "c" ] ""
            Expect.equal (words 3L) [ "a" ] ""
            Expect.throwsT<VocabularySizeException> (fun () -> words 4L |> ignore) "")

        testCase "a vocabulary file keeps its order and is refused by line" (fun () ->
            use folder = new TemporaryFolder()
            let parsed = CorpusReader.Parse [| folder.WriteText("text", "a a a b b c") |]

            let encode (content: string) =
                parsed.EncodeWith(VocabularyFile.Read(folder.WriteText("words", content)))

            let corpus = encode "c\n\na\n"
            Expect.equal (List.ofSeq corpus.Vocabulary.Words) [ "c"; "a" ] ""
            Expect.equal (Array.ofSeq corpus.Vocabulary.Counts) [| 1L; 3L |] ""
            Expect.equal corpus.NarrowIds [| 1us; 1us; 1us; 0us |] ""

            for content, part in
                [
                    "a\nb\na\n", "'a' in line 3 and in line 1"
                    "a\nb 2\n", "more than one word in line 2"
                    "a\n\nA\n", "'A' in line 3"
                    "\n", "has no words"
                ] do
                let message =
                    (Expect.raised<CorpusException>(fun () -> encode content |> ignore)).Message

                Expect.stringContains message part "")
    ]
