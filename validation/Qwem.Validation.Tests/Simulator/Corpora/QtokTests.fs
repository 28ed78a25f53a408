[<NUnit.Framework.TestFixture>]
module Qwem.Validation.Tests.QtokTests

open System
open System.IO
open NUnit.Framework
open FsCheck
open FsCheck.FSharp
open FsCheck.NUnit
open Qwem.Sim.Corpora
open Qwem.Sim.Threading
open Qwem.Validation.Tests.CountingSupport
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
    && a.ArticleStarts = b.ArticleStarts
    && a.TotalTokens = b.TotalTokens
    && a.TypeCount = b.TypeCount

[<Property(MaxTest = 100)>]
let ``a prepared corpus gives the streams of its text, at every vocabulary and rule``
    (draws: byte list list)
    (sizeDraw: byte)
    =
    use folder = new TemporaryFolder()

    let articles =
        [ "é" ] :: (draws |> List.map (List.map (fun draw -> lexicon[int draw % 9])))

    let text =
        CorpusReader.Parse([| writeBytes (folder.File "text") (utf8 (textOf articles)) |], none)

    QtokWriter.Write(text, folder.File "x.qtok") |> ignore
    let prepared = CorpusReader.Parse [| folder.File "x.qtok" |]
    let size = 1 + int sizeDraw % text.TypeCount

    prepared.Convention = text.Convention
    && prepared.ArticleCount = text.ArticleCount
    && [ OutOfVocabularyRule.Removed; OutOfVocabularyRule.Masked ]
       |> List.forall (fun rule -> sameStream (text.Encode(size, rule)) (prepared.Encode(size, rule)))

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

[<Test>]
let ``many blocks with long ids survive, and any number of threads writes and reads the same`` () =
    use folder = new TemporaryFolder()
    let path = large folder
    let convention = CorpusConvention(MinimumArticleLength = 3L)

    let results =
        [
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
    Assert.That(bytes.Length, Is.GreaterThan(3 * (1 <<< 18)))

    for otherHash, otherBytes, encoded, direct in results do
        Assert.That(otherHash, Is.EqualTo hash)
        Assert.That((otherBytes = bytes), Is.True)
        Assert.That(sameStream encoded stream, Is.True)
        Assert.That(sameStream direct stream, Is.True)

[<Test>]
let ``a prepared corpus prepared again has the same bytes`` () =
    use folder = new TemporaryFolder()
    let one, two = folder.File "one", folder.File "two"
    QtokWriter.Write(CorpusReader.Parse [| large folder |], one) |> ignore
    QtokWriter.Write(CorpusReader.Parse [| one |], two) |> ignore
    Assert.That((File.ReadAllBytes one = File.ReadAllBytes two), Is.True)

let private small (folder: TemporaryFolder) =
    let path = folder.File "small.qtok"

    QtokWriter.Write(CorpusReader.Parse [| folder.WriteText("text", "the cat the mat\nthe 7\n") |], path)
    |> ignore

    path, File.ReadAllBytes path

[<Test>]
let ``every byte flip of a small file is refused`` () =
    use folder = new TemporaryFolder()
    let path, bytes = small folder
    Assert.That(read path, Is.EqualTo "accepted")

    for position in 0 .. bytes.Length - 1 do
        let put (value: byte) =
            use file = File.OpenHandle(path, FileMode.Open, FileAccess.Write)
            RandomAccess.Write(file, ReadOnlySpan [| value |], int64 position)

        put (bytes[position] ^^^ (1uy <<< (position % 8)))
        Assert.That(read path, Does.Contain "small.qtok' ", $"byte {position}")
        put bytes[position]

    Assert.That(read path, Is.EqualTo "accepted")

[<Test>]
let ``every change of every byte that is not filling is refused`` () =
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
            Assert.That(read (writeBytes path bytes), Does.Contain "small.qtok' ", $"byte {position}: {value}")

        bytes[position] <- right

[<Test>]
let ``every truncation and every addition is refused`` () =
    use folder = new TemporaryFolder()
    let path, bytes = small folder

    for length in bytes.Length - 1 .. -1 .. 0 do
        using (File.OpenHandle(path, FileMode.Open, FileAccess.Write)) (fun file ->
            RandomAccess.SetLength(file, int64 length))

        Assert.That(read path, Does.Contain "small.qtok' ", $"length {length}")

    Assert.That(read (writeBytes path (Array.append bytes [| 0uy |])), Does.Contain "bytes follow its end")

[<Test>]
let ``a prepared corpus is given alone and with the convention it was made with`` () =
    use folder = new TemporaryFolder()
    let path, _ = small folder
    let letters = CorpusConvention(Normalisation = Normalisation.Letters)
    Assert.That(refusal letters [ path ], Does.Contain "was made with normalisation paper")
    Assert.That(refusal (CorpusConvention()) [ path ], Is.EqualTo "accepted")
    Assert.That(refusal (CorpusConvention()) [ path; path ], Does.Contain "cannot be joined")

[<Test>]
let ``a vocabulary by count is what occurs that often`` () =
    use folder = new TemporaryFolder()
    let parsed = CorpusReader.Parse [| folder.WriteText("text", "a a a b b c c d") |]

    let words (least: int64) =
        List.ofSeq (parsed.EncodeWith(VocabularyChoice.AtLeast least)).Vocabulary.Words

    Assert.That(words 1L, Is.EqualTo<string list> [ "a"; "b"; "c"; "d" ])
    Assert.That(words 2L, Is.EqualTo<string list> [ "a"; "b"; "c" ])
    Assert.That(words 3L, Is.EqualTo<string list> [ "a" ])
    Assert.Throws<VocabularySizeException>(fun () -> words 4L |> ignore) |> ignore

[<Test>]
let ``a vocabulary file keeps its order and is refused by line`` () =
    use folder = new TemporaryFolder()
    let parsed = CorpusReader.Parse [| folder.WriteText("text", "a a a b b c") |]

    let encode (content: string) =
        parsed.EncodeWith(VocabularyFile.Read(folder.WriteText("words", content)))

    let corpus = encode "c\n\na\n"
    Assert.That(List.ofSeq corpus.Vocabulary.Words, Is.EqualTo<string list> [ "c"; "a" ])
    Assert.That(Array.ofSeq corpus.Vocabulary.Counts, Is.EqualTo<int64 array> [| 1L; 3L |])
    Assert.That(corpus.NarrowIds, Is.EqualTo<uint16 array> [| 1us; 1us; 1us; 0us |])

    for content, part in
        [
            "a\nb\na\n", "'a' in line 3 and in line 1"
            "a\nb 2\n", "more than one word in line 2"
            "a\n\nA\n", "'A' in line 3"
            "\n", "has no words"
        ] do
        let message =
            match Assert.Throws<CorpusException>(fun () -> encode content |> ignore) with
            | null -> ""
            | failure -> failure.Message

        Assert.That(message, Does.Contain part)
