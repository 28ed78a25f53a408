[<NUnit.Framework.TestFixture>]
module Qwem.Validation.Tests.CorpusInputTests

open System
open System.IO
open System.IO.Compression
open System.Text.Json
open NUnit.Framework
open FsCheck
open FsCheck.FSharp
open FsCheck.NUnit
open Qwem.Sim.Cooccurrence
open Qwem.Sim.Corpora
open Qwem.Validation.Tests.CountingSupport
open Qwem.Validation.Tests.CorpusSupport

/// What random texts are made of: letters of both cases, digits, separators of one to three bytes, and words about as long as vectors.
let private atoms =
    [|
        "a"
        "Zq"
        "the"
        "7"
        "42"
        "x9y"
        "é"
        "日本"
        "🙂"
        "-"
        "<doc"
        " "
        " "
        " "
        "\t"
        "\r\n"
        "\n"
        "\n"
        "\n \n"
        "\u00a0"
        "\u2003"
        "\u3000"
        "\u0085"
        "\u007f"
        String('k', 7)
        String('l', 8)
        String('m', 9)
        String('n', 16)
        String('o', 31)
        String('p', 64)
        String('q', 65)
        String('r', 130)
    |]

let private textFrom (draws: byte list) =
    draws |> List.map (fun draw -> atoms[int draw % atoms.Length]) |> String.Concat

let private normalisations =
    [| Normalisation.Paper; Normalisation.Letters; Normalisation.None |]

let private conventionFrom (draw: byte) (format: TextFormat) =
    CorpusConvention(
        Normalisation = normalisations[int draw % 3],
        ArticleRule = enum<ArticleRule>(int draw / 3 % 3),
        MinimumArticleLength = 1L + int64 draw / 9L % 4L,
        Format = format
    )

/// Whether the fast reading of a file in portions of any length is the expected one; nothing may be left of a wordless text.
let private agrees (convention: CorpusConvention) (path: string) (portion: byte) (expected: string list list) =
    let teamSize = 1 + int portion % 3
    let piece = 1 + int portion % 71
    let batch = 1 + int portion % 97

    if expected.IsEmpty then
        try
            parseIn piece batch teamSize convention [ path ] |> ignore
            false
        with :? CorpusException ->
            true
    else
        let parsed = parseIn piece batch teamSize convention [ path ]

        articlesOf parsed = expected
        && parsed.ArticleCount = int64 expected.Length
        && parsed.TotalTokens = int64 (List.sumBy List.length expected)

[<Property(MaxTest = 400)>]
let ``plain text cut anywhere has the words and articles of the naive reading``
    (draws: byte list)
    (conventionDraw: byte)
    (portion: byte)
    =
    use folder = new TemporaryFolder()
    let text = textFrom (draws @ draws @ draws)
    let convention = conventionFrom conventionDraw TextFormat.Text
    let path = writeBytes (folder.File "text") (utf8 ("a" + text))
    agrees convention path portion (naiveArticles convention ("a" + text))

[<Property(MaxTest = 150)>]
let ``JSON lines give their text fields, an article each``
    (draws: byte list list)
    (conventionDraw: byte)
    (portion: byte)
    =
    use folder = new TemporaryFolder()
    let convention = conventionFrom conventionDraw TextFormat.JsonLines
    let texts = draws |> List.map textFrom

    let lines =
        texts
        |> List.mapi (fun index text ->
            let quoted = JsonSerializer.Serialize text

            match index % 3 with
            | 0 -> $"{{\"text\": {quoted}}}\n"
            | 1 -> $" {{\"id\": {{\"text\": [1, null]}}, \"text\":{quoted}, \"n\": 1e3}} \r\n\n"
            | _ -> $"{{\"t\\u0065xt\": {quoted}}}\n")

    let path = writeBytes (folder.File "lines") (utf8 (String.Concat lines))
    agrees convention path portion (naiveDocuments convention texts)

[<Property(MaxTest = 150)>]
let ``WikiExtractor files give their documents and lose only the tags``
    (draws: byte list list)
    (conventionDraw: byte)
    (portion: byte)
    =
    use folder = new TemporaryFolder()
    let convention = conventionFrom conventionDraw TextFormat.WikiExtractor
    let texts = draws |> List.map (fun draw -> textFrom draw + "\n")

    let content =
        texts
        |> List.mapi (fun index text ->
            let lineEnd = if index % 2 = 0 then "\n" else "\r\n"
            $"<doc id=\"{index}\" title=\"a > b\">{lineEnd}{text}</doc>{lineEnd}")

    let path = writeBytes (folder.File "wiki_00") (utf8 (String.Concat content))
    agrees convention path portion (naiveDocuments convention texts)

[<Test>]
let ``the format is seen in the content, packed or not, whatever the name`` () =
    use folder = new TemporaryFolder()
    let lines = utf8 "{\"text\": \"A cat.\\nTwo\"}\n{\"text\": \"b 1\"}\n"

    let wiki =
        utf8 "\uFEFF<doc id=\"1\">\nA cat.\n\nTwo\n</doc>\n<doc id=\"2\">\nb 1\n</doc>\n"

    let expected = [ [ "a"; "cat"; "two" ]; [ "b"; "one" ] ]

    for content in [ lines; wiki ] do
        let path = writeBytes (folder.File "input") content
        Assert.That((articlesOf (CorpusReader.Parse [| path |]) = expected), Is.True)
        let packed = folder.File "packed"

        using (new GZipStream(File.Create packed, CompressionLevel.Fastest)) (fun gzip ->
            gzip.Write(content, 0, content.Length))

        Assert.That((articlesOf (CorpusReader.Parse [| packed |]) = expected), Is.True)
        File.Delete packed
        let zip = writeZip packed CompressionLevel.Fastest [ "x", content ]
        Assert.That((articlesOf (CorpusReader.Parse [| zip |]) = expected), Is.True)
        File.Delete packed

[<TestCase(CompressionLevel.NoCompression)>]
[<TestCase(CompressionLevel.Optimal)>]
let ``zip files give every entry that is text, in their order`` (level: CompressionLevel) =
    use folder = new TemporaryFolder()

    let zip =
        writeZip
            (folder.File "x.zip")
            level
            [
                "b.txt", utf8 "b a"
                "picture", [| 0x89uy; 0uy; 1uy |]
                "empty", [||]
                "a.txt", utf8 "c d\nE"
            ]

    Assert.That((articlesOf (CorpusReader.Parse [| zip |]) = [ [ "b"; "a" ]; [ "c"; "d" ]; [ "e" ] ]), Is.True)
    let binary = writeZip (folder.File "y.zip") level [ "picture", [| 0uy |] ]
    Assert.That(refusal (CorpusConvention()) [ binary ], Does.Contain "no entry that is text")

[<Test>]
let ``every truncation of a zip file and every altered byte of its data is refused`` () =
    use folder = new TemporaryFolder()
    let content = utf8 (String.replicate 20 "the cat sat on a mat ")

    for level in [ CompressionLevel.NoCompression; CompressionLevel.Optimal ] do
        let path = folder.File $"whole{int level}.zip"
        let whole = File.ReadAllBytes(writeZip path level [ "t", content ])
        let altered = folder.File "altered.zip"
        let expected = articlesOf (CorpusReader.Parse [| path |])

        for length in 0 .. whole.Length - 1 do
            let message =
                refusal (CorpusConvention()) [ writeBytes altered whole[.. length - 1] ]

            Assert.That(message, Does.Contain "altered.zip", $"length {length}")

        // The data lie behind the local header of 30 bytes and the name.
        let dataLength = BitConverter.ToInt32(whole, whole.Length - 22 - 47 + 20)

        for position in 31 .. 30 + dataLength do
            let bytes = Array.copy whole
            bytes[position] <- bytes[position] ^^^ 4uy
            // The last bits of packed data may mean nothing.
            match refusal (CorpusConvention()) [ writeBytes altered bytes ] with
            | "accepted" -> Assert.That((articlesOf (CorpusReader.Parse [| altered |]) = expected), Is.True)
            | message -> Assert.That(message, Does.Contain "truncated, damaged", $"byte {position}")

[<Test>]
let ``a zip entry whose directory calls it empty, or that zeros make look like no text, is refused`` () =
    use folder = new TemporaryFolder()

    let whole =
        writeZip (folder.File "x.zip") CompressionLevel.NoCompression [ "t", utf8 "a b"; "u", utf8 "c d" ]
        |> File.ReadAllBytes

    // The directory entry of "u", 47 bytes, stands before the end record of 22; its unpacked length is 24 bytes into it.
    let empty = Array.copy whole
    Array.fill empty (whole.Length - 22 - 47 + 24) 4 0uy
    // The data of "u" stand right before the two directory entries.
    let zeros = Array.copy whole
    Array.fill zeros (whole.Length - 22 - 94 - 3) 3 0uy

    for name, bytes in [ "empty.zip", empty; "zeros.zip", zeros ] do
        Assert.That(
            refusal (CorpusConvention()) [ writeBytes (folder.File name) bytes ],
            Does.Contain(name).And.Contain "does not agree with its length and checksum"
        )

[<Test>]
let ``an encrypted zip file is refused with the remedy`` () =
    use folder = new TemporaryFolder()

    let bytes =
        File.ReadAllBytes(writeZip (folder.File "x.zip") CompressionLevel.Optimal [ "t", utf8 "a b" ])

    bytes[6] <- bytes[6] ||| 1uy
    let directory = bytes.Length - 22 - 47
    bytes[directory + 8] <- bytes[directory + 8] ||| 1uy

    let message =
        refusal (CorpusConvention()) [ writeBytes (folder.File "x.zip") bytes ]

    Assert.That(message, Does.Contain "is encrypted at 't'")

[<TestCase("{\"text\": \"a\"}\n{\"text\": \"b\"\n", "is not JSON", "line 2")>]
[<TestCase("{\"text\": \"a\"}\n\n[1]\n", "is not an object", "line 3")>]
[<TestCase("{\"text\": \"a\"}\n{\"txt\": \"b\"}", "has no field \"text\"", "line 2")>]
[<TestCase("{\"text\": 3}\n", "not a string", "line 1")>]
[<TestCase("{\"text\": \"a\", \"text\": \"b\"}\n", "two fields", "line 1")>]
[<TestCase("{\"text\": \"a\"} x\n", "is not JSON", "line 1")>]
[<TestCase("{\"text\": \"\\ud800\"}\n", "is not JSON", "line 1")>]
let ``a malformed line of JSON is named with file, line and remedy`` (text: string, complaint: string, line: string) =
    use folder = new TemporaryFolder()
    let path = folder.WriteText("lines.jsonl", text)
    let message = refusal (CorpusConvention()) [ path ]

    for part in [ path; complaint; line + " "; "correct or remove the line" ] do
        Assert.That(message, Does.Contain part)

[<Test>]
let ``invalid UTF-8 is refused with line and offset where words are kept as they are`` () =
    use folder = new TemporaryFolder()
    let none = CorpusConvention(Normalisation = Normalisation.None)
    let good = utf8 "é\nb "

    for bad in
        [
            [| 0xFFuy |]
            [| 0xC3uy |]
            [| 0xEDuy; 0xA0uy; 0x80uy |]
            [| 0xC0uy; 0xAFuy |]
        ] do
        let path = writeBytes (folder.File "text") (Array.concat [ good; bad; utf8 " c" ])
        let message = refusal none [ path ]
        Assert.That(message, Does.Contain "is not UTF-8 in line 2 at byte offset 5 of the text; convert it")
        Assert.That((articlesOf (CorpusReader.Parse [| path |])).Length, Is.EqualTo 1)

[<Test>]
let ``a token of 200 MB is refused without being kept in memory`` () =
    use folder = new TemporaryFolder()
    let pack = folder.File "x.gz"

    using (new GZipStream(File.Create pack, CompressionLevel.Fastest)) (fun gzip ->
        let letters = Array.create 1_000_000 (byte 'a')

        for _ in 1..200 do
            gzip.Write(letters, 0, letters.Length))

    let before = GC.GetTotalAllocatedBytes true

    for normalisation in [ Normalisation.Paper; Normalisation.None; Normalisation.Strict ] do
        let message = refusal (CorpusConvention(Normalisation = normalisation)) [ pack ]
        Assert.That(message, Does.Contain "a word of more than 65535 bytes in line 1 at byte offset 0 ")

    Assert.That(GC.GetTotalAllocatedBytes true - before, Is.LessThan 60_000_000L)

[<Test>]
let ``a line of JSON without end is refused`` () =
    use folder = new TemporaryFolder()
    let pack = folder.File "x.gz"

    using (new GZipStream(File.Create pack, CompressionLevel.Fastest)) (fun gzip ->
        gzip.Write(ReadOnlySpan("{\"text\": \""B))
        let letters = Array.create 1_000_000 (byte 'a')

        for _ in 1..70 do
            gzip.Write(letters, 0, letters.Length))

    Assert.That(refusal (CorpusConvention()) [ pack ], Does.Contain "a line of 67108864 bytes or more in line 1")

[<TestCase("BZh91AY&SYx", "bunzip2")>]
[<TestCase("%PDF-1.5 ", "PDF")>]
[<TestCase("a\u0000b", "not text")>]
let ``what is no text is refused by its first bytes`` (content: string, part: string) =
    use folder = new TemporaryFolder()
    Assert.That(refusal (CorpusConvention()) [ folder.WriteText("x", content) ], Does.Contain part)

[<Test>]
let ``folders and patterns give files in ordinal order, hidden and empty ones passed over`` () =
    use folder = new TemporaryFolder()

    for path, text in [ "B/x", "b"; "a/y", "c"; "a/b/z", "d"; "a/.hidden", "e"; "a/empty", "" ] do
        let full = folder.File path
        Directory.CreateDirectory(string (Path.GetDirectoryName full)) |> ignore
        File.WriteAllText(full, text)

    let words (inputs: string list) =
        articlesOf (CorpusReader.Parse(Array.ofList inputs)) |> List.concat

    Assert.That(words [ folder.Path ], Is.EqualTo<string list> [ "b"; "d"; "c" ])
    Assert.That(words [ folder.File "*/?" ], Is.EqualTo<string list> [ "b"; "c" ])
    Assert.That(words [ folder.File "a"; folder.File "B" ], Is.EqualTo<string list> [ "d"; "c"; "b" ])

[<Test>]
let ``a pattern with any depth, and one that matches nothing`` () =
    use folder = new TemporaryFolder()
    let deep = Path.Combine(folder.Folder "a/b/c", "x.txt")
    File.WriteAllText(deep, "deep")
    File.WriteAllText(folder.File "x.txt", "top")
    let words = articlesOf (CorpusReader.Parse [| folder.File "**/*.txt" |])
    Assert.That((words = [ [ "deep" ]; [ "top" ] ]), Is.True)
    Assert.That(refusal (CorpusConvention()) [ folder.File "*.text" ], Does.Contain "No file matches")
    Assert.That(refusal (CorpusConvention()) [ "-"; "-" ], Does.Contain "named twice")

[<Test>]
let ``articles that are too short are left out of words, counts and vocabulary`` () =
    use folder = new TemporaryFolder()
    let path = folder.WriteText("text", "a b c\nx y\n\nc c d e\nz")

    let parsed =
        CorpusReader.Parse([| path |], CorpusConvention(MinimumArticleLength = 3L))

    Assert.That((articlesOf parsed = [ [ "a"; "b"; "c" ]; [ "c"; "c"; "d"; "e" ] ]), Is.True)
    Assert.That(parsed.TypeCount, Is.EqualTo 5)
    Assert.That((parsed.Encode 1).Vocabulary.Counts, Is.EqualTo<int64 array> [| 3L |])

    Assert.That(
        refusal (CorpusConvention(MinimumArticleLength = 9L)) [ path ],
        Does.Contain "choose a smaller minimum article length"
    )

[<Test>]
let ``words of any script are counted and read again`` () =
    use folder = new TemporaryFolder()
    let text = "naïve 日本 🙂🙂 \uFFFD naïve É é 42"
    let path = writeBytes (folder.File "text") (utf8 text)

    let corpus =
        CorpusReader.Parse([| path |], CorpusConvention(Normalisation = Normalisation.None)).Encode 7

    let counts = CooccurrenceCounter.Count(corpus, 2)
    use stream = new MemoryStream(bytesOf counts)
    Assert.That((QcoocReader.Read stream).Words, Is.EqualTo<string array> counts.Words)
    Assert.That(Array.sort counts.Words, Is.EqualTo<string array>(Array.sort (text.Split ' ' |> Array.distinct)))
