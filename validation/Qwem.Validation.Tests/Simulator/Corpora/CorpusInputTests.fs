module Qwem.Validation.Tests.CorpusInputTests

open System
open System.IO
open System.IO.Compression
open System.Text.Json
open Expecto
open FsCheck
open FsCheck.FSharp
open Qwem.Sim.Cooccurrence
open Qwem.Sim.Corpora
open Qwem.Validation.Tests.CountingSupport
open Qwem.Validation.Tests.CorpusSupport

/// What random texts are made of: letters of both cases, digits, separators of one to three bytes, and words about as long as vectors.
let private atoms = [|
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

let private normalisations = [| Normalisation.Paper; Normalisation.Letters; Normalisation.None |]

let private conventionFrom (draw: byte) (format: TextFormat) =
    CorpusConvention(
        Normalisation = normalisations[int draw % 3],
        DocumentRule = enum<DocumentRule>(int draw / 3 % 3),
        MinimumDocumentLength = 1L + int64 draw / 9L % 4L,
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

        documentsOf parsed = expected
        && parsed.DocumentCount = int64 expected.Length
        && parsed.TotalTokens = int64 (List.sumBy List.length expected)

let tests =
    testList "Corpus input" [
        slow (
            property
                "plain text cut anywhere has the words and articles of the naive reading"
                400
                (fun (draws: byte list) (conventionDraw: byte) (portion: byte) ->
                    use folder = new TemporaryFolder()
                    let text = textFrom (draws @ draws @ draws)
                    let convention = conventionFrom conventionDraw TextFormat.Text
                    let path = writeBytes (folder.File "text") (utf8 ("a" + text))
                    agrees convention path portion (naiveDocumentsOf convention ("a" + text)))
        )

        property
            "JSON lines give their text fields, an article each"
            150
            (fun (draws: byte list list) (conventionDraw: byte) (portion: byte) ->
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
                agrees convention path portion (naiveDocuments convention texts))

        property
            "WikiExtractor files give their documents and lose only the tags"
            150
            (fun (draws: byte list list) (conventionDraw: byte) (portion: byte) ->
                use folder = new TemporaryFolder()
                let convention = conventionFrom conventionDraw TextFormat.WikiExtractor
                let texts = draws |> List.map (fun draw -> textFrom draw + "\n")

                let content =
                    texts
                    |> List.mapi (fun index text ->
                        let lineEnd = if index % 2 = 0 then "\n" else "\r\n"
                        $"<doc id=\"{index}\" title=\"a > b\">{lineEnd}{text}</doc>{lineEnd}")

                let path = writeBytes (folder.File "wiki_00") (utf8 (String.Concat content))
                agrees convention path portion (naiveDocuments convention texts))

        testCase "the format is seen in the content, packed or not, whatever the name" (fun () ->
            use folder = new TemporaryFolder()
            let lines = utf8 "{\"text\": \"A cat.\\nTwo\"}\n{\"text\": \"b 1\"}\n"

            let wiki =
                utf8 "\uFEFF<doc id=\"1\">\nA cat.\n\nTwo\n</doc>\n<doc id=\"2\">\nb 1\n</doc>\n"

            let expected = [ [ "a"; "cat"; "two" ]; [ "b"; "one" ] ]

            for content in [ lines; wiki ] do
                let path = writeBytes (folder.File "input") content
                Expect.isTrue (documentsOf (CorpusReader.Parse [| path |]) = expected) ""
                let packed = folder.File "packed"

                using (new GZipStream(File.Create packed, CompressionLevel.Fastest)) (fun gzip ->
                    gzip.Write(content, 0, content.Length))

                Expect.isTrue (documentsOf (CorpusReader.Parse [| packed |]) = expected) ""
                File.Delete packed
                let zip = writeZip packed CompressionLevel.Fastest [ "x", content ]
                Expect.isTrue (documentsOf (CorpusReader.Parse [| zip |]) = expected) ""
                File.Delete packed)

        testTheory
            "zip files give every entry that is text, in their order"
            [ CompressionLevel.NoCompression; CompressionLevel.Optimal ]
            (fun (level: CompressionLevel) ->
                use folder = new TemporaryFolder()

                let zip =
                    writeZip (folder.File "x.zip") level [
                        "b.txt", utf8 "b a"
                        "picture", [| 0x89uy; 0uy; 1uy |]
                        "empty", [||]
                        "a.txt", utf8 "c d\nE"
                    ]

                Expect.isTrue (documentsOf (CorpusReader.Parse [| zip |]) = [ [ "b"; "a" ]; [ "c"; "d" ]; [ "e" ] ]) ""
                let binary = writeZip (folder.File "y.zip") level [ "picture", [| 0uy |] ]
                Expect.stringContains (refusal (CorpusConvention()) [ binary ]) "no entry that is text" "")

        testCase "folders and patterns give files in ordinal order, hidden and empty ones passed over" (fun () ->
            use folder = new TemporaryFolder()

            for path, text in [ "B/x", "b"; "a/y", "c"; "a/b/z", "d"; "a/.hidden", "e"; "a/empty", "" ] do
                let full = folder.File path
                Directory.CreateDirectory(string (Path.GetDirectoryName full)) |> ignore
                File.WriteAllText(full, text)

            let words (inputs: string list) =
                documentsOf (CorpusReader.Parse(Array.ofList inputs)) |> List.concat

            Expect.equal (words [ folder.Path ]) [ "b"; "d"; "c" ] ""
            Expect.equal (words [ folder.File "*/?" ]) [ "b"; "c" ] ""
            Expect.equal (words [ folder.File "a"; folder.File "B" ]) [ "d"; "c"; "b" ] "")

        testCase "a pattern with any depth, and one that matches nothing" (fun () ->
            use folder = new TemporaryFolder()
            let deep = Path.Combine(folder.Folder "a/b/c", "x.txt")
            File.WriteAllText(deep, "deep")
            File.WriteAllText(folder.File "x.txt", "top")
            let words = documentsOf (CorpusReader.Parse [| folder.File "**/*.txt" |])
            Expect.isTrue (words = [ [ "deep" ]; [ "top" ] ]) ""
            Expect.stringContains (refusal (CorpusConvention()) [ folder.File "*.text" ]) "No file matches" ""
            Expect.stringContains (refusal (CorpusConvention()) [ "-"; "-" ]) "named twice" "")

        testCase "articles that are too short are left out of words, counts and vocabulary" (fun () ->
            use folder = new TemporaryFolder()
            let path = folder.WriteText("text", "a b c\nx y\n\nc c d e\nz")

            let parsed =
                CorpusReader.Parse([| path |], CorpusConvention(MinimumDocumentLength = 3L))

            Expect.isTrue (documentsOf parsed = [ [ "a"; "b"; "c" ]; [ "c"; "c"; "d"; "e" ] ]) ""
            Expect.equal parsed.TypeCount 5 ""
            Expect.equal ((parsed.Encode 1).Vocabulary.Counts) [| 3L |] ""

            Expect.stringContains
                (refusal (CorpusConvention(MinimumDocumentLength = 9L)) [ path ])
                "choose a smaller minimum document length"
                "")

        testCase "words of any script are counted and read again" (fun () ->
            use folder = new TemporaryFolder()
            let text = "naïve 日本 🙂🙂 \uFFFD naïve É é 42"
            let path = writeBytes (folder.File "text") (utf8 text)

            let corpus =
                CorpusReader.Parse([| path |], CorpusConvention(Normalisation = Normalisation.None)).Encode 7

            let counts = CooccurrenceCounter.Count(corpus, 2)
            use stream = new MemoryStream(bytesOf counts)
            Expect.sequenceEqual ((QcoocReader.Read stream).Words) counts.Words ""
            Expect.equal (counts.Words |> Array.ofSeq |> Array.sort) (Array.sort (text.Split ' ' |> Array.distinct)) "")
    ]
