/// What the tests of counting share: temporary folders, small texts, and the definition of a count as a naive double loop.
module Qwem.Validation.Tests.CountingSupport

open System
open System.Collections.Generic
open System.IO
open System.IO.Compression
open System.Text
open Expecto
open Qwem.Sim.Cooccurrence
open Qwem.Sim.Corpora
open Qwem.Sim.Threading

/// A folder that disappears with its content.
type TemporaryFolder() =
    let path = Directory.CreateTempSubdirectory("qwem-test-").FullName
    member _.Path = path
    member _.File(name: string) = Path.Combine(path, name)

    /// A folder inside, which is made.
    member folder.Folder(name: string) =
        (Directory.CreateDirectory(folder.File name)).FullName

    member folder.WriteText(name: string, text: string) =
        File.WriteAllText(folder.File name, text, UTF8Encoding false)
        folder.File name

    member folder.WriteGzip(name: string, text: string) =
        use file = File.Create(folder.File name)
        use gzip = new GZipStream(file, CompressionLevel.Fastest)
        gzip.Write(ReadOnlySpan(Encoding.ASCII.GetBytes text))
        folder.File name

    member _.Names =
        Directory.EnumerateFileSystemEntries path
        |> Seq.map (fun entry -> Path.GetFileName entry |> string)
        |> Seq.sort
        |> List.ofSeq

    interface IDisposable with
        member _.Dispose() = Directory.Delete(path, true)

/// Articles as text, one a line.
let textOf (articles: string list list) =
    articles
    |> List.map (fun words -> String.Join(" ", words) + "\n")
    |> String.Concat

/// The vocabulary by definition: count descending, then word in ordinal order.
let naiveVocabulary (articles: string list list) =
    articles
    |> List.concat
    |> List.countBy id
    |> List.sortWith (fun (a, m) (b, n) -> if m <> n then compare n m else String.CompareOrdinal(a, b))
    |> Array.ofList

/// The symmetric matrix by definition: every pair of positions of an article at distance 1 .. L adds to both entries.
let naiveCounts (articles: string list list) (vocabularySize: int) (halfWidth: int) =
    let words =
        naiveVocabulary articles |> Array.truncate vocabularySize |> Array.map fst

    let idOf = Dictionary<string, int>()
    words |> Array.iteri (fun id word -> idOf[word] <- id)
    let counts = Dictionary<struct (int * int), int64>()

    let add i j weight =
        let key = struct (i, j)
        counts[key] <- (if counts.ContainsKey key then counts[key] else 0L) + int64 weight

    for article in articles do
        let ids =
            article
            |> List.filter idOf.ContainsKey
            |> List.map (fun word -> idOf[word])
            |> Array.ofList

        for p in 0 .. ids.Length - 1 do
            for q in p + 1 .. ids.Length - 1 do
                if q - p <= halfWidth then
                    add ids[p] ids[q] (halfWidth - (q - p) + 1)
                    add ids[q] ids[p] (halfWidth - (q - p) + 1)

    words, counts

/// Counts of files with a team of the given size.
let countFiles (paths: string list) (vocabularySize: int) (halfWidth: int) (teamSize: int) =
    let corpus = CorpusReader.Read(Array.ofList paths, vocabularySize)
    use team = new WorkerTeam(teamSize)
    CooccurrenceCounter.Count(corpus, halfWidth, team)

/// Counts of articles by way of a plain text file.
let countDocuments (articles: string list list) (vocabularySize: int) (halfWidth: int) =
    use folder = new TemporaryFolder()
    countFiles [ folder.WriteText("text", textOf articles) ] vocabularySize halfWidth 1

/// The bytes of a .qcooc file.
let bytesOf (counts: CooccurrenceCounts) =
    use stream = new MemoryStream()
    QcoocWriter.Write(counts, stream)
    stream.ToArray()

/// The first entry that is not what it should be, or null.
let firstWrongEntry (counts: CooccurrenceCounts) (expected: Dictionary<struct (int * int), int64>) : string | null =
    expected
    |> Seq.tryFind (fun pair -> let struct (i, j) = pair.Key in counts[i, j] <> pair.Value)
    |> function
        | None -> null
        | Some pair -> $"entry {pair.Key} is not {pair.Value}"

/// Passes when a reader takes a file's bytes, "accepted", and refuses them properly, null, with any byte changed in any way.
let everyChangeIsRefused (outcomeOf: byte array -> string | null) (bytes: byte array) =
    Expect.equal (outcomeOf bytes) "accepted" ""

    for position in 0 .. bytes.Length - 1 do
        for change in 1uy .. 255uy do
            let altered = Array.copy bytes
            altered[position] <- altered[position] ^^^ change
            let outcome = outcomeOf altered

            if not (isNull outcome) then
                failtest $"byte {position} changed by {change}: {outcome}"

/// The first difference between counts and their definition, or null.
let firstDifference
    (counts: CooccurrenceCounts)
    (articles: string list list)
    (vocabularySize: int)
    (halfWidth: int)
    : string | null =
    let words, expected = naiveCounts articles vocabularySize halfWidth
    let types = naiveVocabulary articles |> Array.truncate vocabularySize

    let upper =
        expected
        |> Seq.filter (fun pair -> let struct (i, j) = pair.Key in i <= j)
        |> Seq.length

    let total = expected.Values |> Seq.sum

    if Array.ofSeq counts.Words <> words then
        "words"
    elif Array.ofSeq counts.WordCounts <> (types |> Array.map (snd >> int64)) then
        "word counts"
    elif counts.DistinctPairs <> upper then
        $"{counts.DistinctPairs} pairs, not {upper}"
    elif counts.TotalCount <> total then
        $"total {counts.TotalCount}, not {total}"
    else
        firstWrongEntry counts expected

/// A word of letters for a number.
let wordOf (number: int) =
    String.Concat(Seq.map (fun (digit: char) -> string (char (int 'a' + int digit - int '0'))) (string number))

/// Words of two letters by number: aa, ab, ...
let pairOfLetters (i: int) =
    String([| char (int 'a' + i / 26 % 26); char (int 'a' + i % 26) |])

/// Counts of many words of which only the first two ever meet: what a large vocabulary costs, without its text.
let lonelyCounts v =
    let rowStarts = Array.init (v + 1) (fun i -> if i = 0 then 0L else 1L)
    CooccurrenceCounts(CountingConvention 1, Array.init v wordOf, Array.create v 1L, rowStarts, [| 1 |], [| 1L |])

/// Counts of a text of random words, the first ones the most frequent, in which each of v words occurs.
let randomCounts (g: Random) v length halfWidth =
    let forced = [ for i in 0 .. v - 1 -> [ pairOfLetters i; pairOfLetters ((i + 1) % v) ] ]

    let free =
        List.init length (fun _ -> pairOfLetters (int (float v * Math.Pow(g.NextDouble(), 3.0))))

    countDocuments (free :: forced) v halfWidth
