[<NUnit.Framework.TestFixture>]
module Qwem.Validation.Tests.TextTests

open System
open System.IO
open System.Text
open NUnit.Framework
open Qwem.Sim.Corpora
open Qwem.Validation.Tests.CountingSupport

let private strict = CorpusConvention(Normalisation = Normalisation.Strict)

let private complaint (path: string) =
    match Assert.Throws<CorpusException>(fun () -> CorpusReader.Parse([| path |], strict) |> ignore) with
    | null -> ""
    | failure -> failure.Message

[<Test>]
let ``one long line, with or without blanks around it, is one article`` () =
    use folder = new TemporaryFolder()
    let words = [ "the"; "ab"; "a"; "the"; "b"; "ab"; "the" ]
    let expected = bytesOf (countArticles [ words ] 4 3)
    let line = String.Join(" ", words)

    for text in
        [
            line
            " " + line
            line + "\n"
            "\n\n \t" + line + "\r\n\n"
            line.Replace(" ", " \t\v\f\r ")
        ] do
        Assert.That(bytesOf (countFiles [ folder.WriteText("text", text) ] 4 3 1), Is.EqualTo<byte array> expected)

[<Test>]
let ``lines are articles and blank lines are none`` () =
    use folder = new TemporaryFolder()

    let parsed =
        CorpusReader.Parse [| folder.WriteText("text", "a b\n\n \nb a b\n\n") |]

    Assert.That(parsed.ArticleCount, Is.EqualTo 2L)
    Assert.That(parsed.TotalTokens, Is.EqualTo 5L)
    Assert.That(parsed.TypeCount, Is.EqualTo 2)
    let corpus = parsed.Encode 2
    Assert.That(corpus.ArticleStarts, Is.EqualTo<int array> [| 0; 2; 5 |])

[<Test>]
let ``gzip and plain text give the same counts whatever the name`` () =
    use folder = new TemporaryFolder()
    let text = textOf [ [ "a"; "b"; "the" ]; [ "the"; "a" ] ]
    let expected = bytesOf (countFiles [ folder.WriteText("text", text) ] 3 2 1)

    for path in [ folder.WriteGzip("text.gz", text); folder.WriteGzip("text.txt", text) ] do
        Assert.That(bytesOf (countFiles [ path ] 3 2 1), Is.EqualTo<byte array> expected)

[<Test>]
let ``two gzip members in one file are read as one text`` () =
    use folder = new TemporaryFolder()
    let first = File.ReadAllBytes(folder.WriteGzip("one", "a b\n"))
    let second = File.ReadAllBytes(folder.WriteGzip("two", "b c\n"))
    File.WriteAllBytes(folder.File "both.gz", Array.append first second)
    Assert.That((CorpusReader.Parse [| folder.File "both.gz" |]).TotalTokens, Is.EqualTo 4L)

[<Test>]
let ``several files are joined in order and no article crosses`` () =
    use folder = new TemporaryFolder()
    let one = folder.WriteText("one", "a b a")
    let two = folder.WriteGzip("two.gz", "b b the\na the")
    let joined = folder.WriteText("joined", "a b a\nb b the\na the\n")
    Assert.That(bytesOf (countFiles [ one; two ] 3 4 1), Is.EqualTo<byte array>(bytesOf (countFiles [ joined ] 3 4 1)))

[<Test>]
let ``words cut by the pieces in which a file is read stay whole`` () =
    use folder = new TemporaryFolder()
    let random = Random 3
    let long = String('q', 60_000)

    let words =
        [
            for index in 1..700_000 ->
                if index % 30_011 = 0 then
                    long
                else
                    String(char (int 'a' + random.Next 26), 1 + random.Next 8)
        ]

    let expected = words |> List.countBy id |> Map.ofList
    let text = String.Join(" ", words)

    for path in [ folder.WriteText("text", text); folder.WriteGzip("text.gz", text) ] do
        let parsed = CorpusReader.Parse [| path |]
        let vocabulary = (parsed.Encode parsed.TypeCount).Vocabulary
        let found = Seq.zip vocabulary.Words (vocabulary.Counts |> Seq.map int) |> Map.ofSeq
        Assert.That((found = expected), Is.True)

[<TestCase("a b\nthe Cat\n", "'C' (0x43)", "line 2", "byte offset 8")>]
[<TestCase("a1", "'1' (0x31)", "line 1", "byte offset 1")>]
[<TestCase("a\n\n\nb-c", "'-' (0x2D)", "line 4", "byte offset 5")>]
[<TestCase("a\u0000b", "0x00", "line 1", "byte offset 1")>]
let ``a foreign byte is named with file, line, offset and remedy``
    (text: string, shown: string, line: string, offset: string)
    =
    use folder = new TemporaryFolder()
    let path = folder.WriteText("text", text)
    let message = complaint path

    for part in [ path; shown; line + " "; offset + " "; "normalise the text" ] do
        Assert.That(message, Does.Contain part)

[<Test>]
let ``bytes beyond ASCII are refused`` () =
    use folder = new TemporaryFolder()

    for value in 0x80uy .. 0xFFuy do
        File.WriteAllBytes(folder.File "text", [| byte 'a'; value; byte 'b' |])
        Assert.That(complaint (folder.File "text"), Does.Contain $"0x{value:X2}")

[<Test>]
let ``every truncation of a gzip file is refused`` () =
    use folder = new TemporaryFolder()
    let random = Random 5

    let text =
        String.Join(" ", [ for _ in 1..300 -> lexicon[random.Next lexicon.Length] ])

    let whole = File.ReadAllBytes(folder.WriteGzip("whole.gz", text))

    for length in 0 .. whole.Length - 1 do
        File.WriteAllBytes(folder.File "cut.gz", whole[.. length - 1])
        Assert.That(complaint (folder.File "cut.gz"), Does.Contain "cut.gz")

[<Test>]
let ``a gzip file with an altered byte in its data is refused or reads the same`` () =
    use folder = new TemporaryFolder()

    let text =
        textOf [ for index in 1..40 -> [ lexicon[index % 9]; lexicon[index * index % 9] ] ]

    let whole = File.ReadAllBytes(folder.WriteGzip("whole.gz", text))
    let expected = bytesOf (countFiles [ folder.File "whole.gz" ] 2 2 1)

    for position in 2 .. whole.Length - 1 do
        let altered = Array.copy whole
        altered[position] <- altered[position] ^^^ 0x10uy
        File.WriteAllBytes(folder.File "altered.gz", altered)

        try
            Assert.That(bytesOf (countFiles [ folder.File "altered.gz" ] 2 2 1), Is.EqualTo<byte array> expected)
        with :? CorpusException ->
            ()

[<Test>]
let ``a word without end is refused and not collected in memory`` () =
    use folder = new TemporaryFolder()
    let path = folder.WriteText("text", String('a', 3_000_000))
    Assert.That(complaint path, Does.Contain "more than 65535 bytes")

[<Test>]
let ``a large vocabulary uses 32-bit ids and a small one 16-bit ids`` () =
    use folder = new TemporaryFolder()

    let name (number: int) =
        String.map (fun digit -> char (int digit + 49)) (string number)

    let text = StringBuilder()

    for number in 0..65_536 do
        text.Append(name number).Append(' ') |> ignore

    let parsed = CorpusReader.Parse [| folder.WriteText("text", string text) |]
    Assert.That((parsed.Encode 65_536).NarrowIds, Is.Not.Null)
    Assert.That((parsed.Encode 65_537).WideIds, Is.Not.Null)
    Assert.That((parsed.Encode 65_537).KeptTokens, Is.EqualTo 65_537)
