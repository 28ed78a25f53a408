/// What words and articles are, by definition: the naive reading against which the fast one is held.
module Qwem.Validation.Tests.CorpusSupport

open System
open System.IO
open System.IO.Compression
open System.Text
open System.Threading
open Qwem.Sim.Corpora
open Qwem.Sim.Threading

let private digitNames = [|
    "zero"
    "one"
    "two"
    "three"
    "four"
    "five"
    "six"
    "seven"
    "eight"
    "nine"
|]

/// The text with only spaces and newlines between words.
let private plain (normalisation: Normalisation) (text: string) =
    let result = StringBuilder()

    if normalisation = Normalisation.None then
        for letter in text do
            let separates =
                letter <> '\n' && (Char.IsWhiteSpace letter || Char.IsControl letter)

            result.Append(if separates then ' ' else letter) |> ignore
    else
        for value in Encoding.UTF8.GetBytes text do
            let letter = char value

            if letter = '\n' || Char.IsAsciiLetter letter then
                result.Append(Char.ToLowerInvariant letter)
            elif normalisation = Normalisation.Paper && Char.IsAsciiDigit letter then
                result.Append(' ').Append(digitNames[int letter - int '0']).Append ' '
            else
                result.Append ' '
            |> ignore

    string result

let private wordsOf (line: string) =
    line.Split(' ', StringSplitOptions.RemoveEmptyEntries) |> List.ofArray

/// The articles of one plain text.
let naiveDocumentsOf (convention: CorpusConvention) (text: string) =
    let lines =
        (plain convention.Normalisation text).Split '\n'
        |> Array.map wordsOf
        |> List.ofArray

    let articles =
        match convention.DocumentRule with
        | DocumentRule.Line -> lines
        | DocumentRule.File -> [ List.concat lines ]
        | _ ->
            (lines, [ [] ])
            ||> List.foldBack (fun line articles ->
                if line.IsEmpty then [] :: articles else (line @ articles.Head) :: articles.Tail)

    articles
    |> List.filter (fun words -> not words.IsEmpty && int64 words.Length >= convention.MinimumDocumentLength)

/// The articles of documents, each one article.
let naiveDocuments (convention: CorpusConvention) (documents: string list) =
    let whole =
        CorpusConvention(
            Normalisation = convention.Normalisation,
            DocumentRule = DocumentRule.File,
            MinimumDocumentLength = convention.MinimumDocumentLength
        )

    documents |> List.collect (naiveDocumentsOf whole)

/// The articles of a token stream, as words.
let documentsOf (parsed: ParsedCorpus) =
    let corpus = parsed.Encode parsed.TypeCount

    [
        for article in 0 .. corpus.DocumentCount - 1 ->
            [
                for position in corpus.DocumentStarts[article] .. corpus.DocumentStarts[article + 1] - 1 ->
                    corpus.Vocabulary.Words[corpus[position]]
            ]
    ]

/// Parses files in portions of any length with a team of any size.
let parseIn (piece: int) (batch: int) (teamSize: int) (convention: CorpusConvention) (paths: string list) =
    use team = new WorkerTeam(teamSize)
    CorpusReader.Parse(Array.ofList paths, convention, ParsingLengths(piece, batch), team, null, CancellationToken.None)

/// The message with which inputs are refused.
let refusal (convention: CorpusConvention) (paths: string list) =
    try
        CorpusReader.Parse(Array.ofList paths, convention) |> ignore
        "accepted"
    with :? CorpusException as failure ->
        failure.Message

/// Writes a zip file of named texts.
let writeZip (path: string) (level: CompressionLevel) (entries: (string * byte array) list) =
    use archive = ZipFile.Open(path, ZipArchiveMode.Create)

    for name, content in entries do
        use stream = archive.CreateEntry(name, level).Open()
        stream.Write(content, 0, content.Length)

    path

/// Bytes of UTF-8.
let utf8 (text: string) = UTF8Encoding(false).GetBytes text

/// Writes bytes into a file and returns its path.
let writeBytes (path: string) (content: byte array) =
    File.WriteAllBytes(path, content)
    path
