/// Every convention of counting against its definition as a naive double loop.
module Qwem.Validation.Tests.ConventionTests

open System
open System.Collections.Generic
open System.Numerics
open Expecto
open FsCheck
open FsCheck.FSharp
open Qwem.Sim.Cooccurrence
open Qwem.Sim.Corpora
open Qwem.Sim.Threading
open Qwem.Validation.Tests.CountingSupport
open Qwem.Validation.Tests.Texts

/// A convention as drawn numbers, small windows often.
let private conventionFrom (draw: int) =
    let weighting = enum<WindowWeighting>(draw % 3)
    let rule = enum<OutOfVocabularyRule>(draw / 3 % 2)
    let ends = enum<WindowEnds>(draw / 6 % 2)
    CountingConvention(1 + draw / 12 % 22, weighting, rule, ends)

/// The weight by definition; the least common multiple is the smallest product of prime powers.
let private naiveWeight (convention: CountingConvention) distance =
    let l = convention.WindowHalfWidth

    if convention.Weighting = WindowWeighting.Linear then
        int64 (l + 1 - distance)
    elif convention.Weighting = WindowWeighting.Flat then
        1L
    else
        let multiple =
            [ 2; 3; 5; 7; 11; 13; 17; 19 ]
            |> List.map (fun prime ->
                Seq.initInfinite (fun power -> BigInteger.Pow(BigInteger prime, power))
                |> Seq.takeWhile (fun power -> power <= BigInteger l)
                |> Seq.last)
            |> List.fold (*) BigInteger.One

        int64 (multiple / BigInteger distance)

/// The upper triangle by definition: every pair of positions of every article.
let private naive (articles: string list list) (vocabularySize: int) (convention: CountingConvention) =
    let words =
        naiveVocabulary articles |> Array.truncate vocabularySize |> Array.map fst

    let idOf = Dictionary<string, int>()
    words |> Array.iteri (fun id word -> idOf[word] <- id)
    let counts = Dictionary<struct (int * int), int64>()
    let l = convention.WindowHalfWidth

    let add i j weight =
        if i <= j then
            let key = struct (i, j)
            counts[key] <- (if counts.ContainsKey key then counts[key] else 0L) + weight

    for article in articles do
        let places =
            article
            |> List.map (fun word ->
                match idOf.TryGetValue word with
                | true, id -> id
                | _ -> -1)
            |> List.filter (fun id -> id >= 0 || convention.OutOfVocabulary = OutOfVocabularyRule.Masked)
            |> Array.ofList

        let centres =
            if convention.Ends = WindowEnds.Complete then
                places.Length
            else
                places.Length - l - 1

        for p in 0 .. centres - 1 do
            for q in p + 1 .. min (places.Length - 1) (p + l) do
                if places[p] >= 0 && places[q] >= 0 then
                    let weight = naiveWeight convention (q - p)
                    add places[p] places[q] weight
                    add places[q] places[p] weight

    counts

let private corpusOf (articles: string list list) size rule =
    use folder = new TemporaryFolder()
    (CorpusReader.Parse [| folder.WriteText("text", textOf articles) |]).Encode(size, rule)

let private difference (articles: string list list) size (convention: CountingConvention) teamSize : string | null =
    let expected = naive articles size convention
    use team = new WorkerTeam(teamSize)

    let counts =
        CooccurrenceCounter.Count(corpusOf articles size convention.OutOfVocabulary, convention, team)

    if counts.DistinctPairs <> expected.Count then
        $"{counts.DistinctPairs} pairs, not {expected.Count}"
    else
        firstWrongEntry counts expected

let tests =
    testList "Convention" [
        slow (
            property
                "counts of every convention equal the naive double loop"
                150
                (fun { Documents = articles } (Seed draw) (sizeDraw: byte) ->
                    let size = 1 + int sizeDraw % (naiveVocabulary articles).Length
                    let convention = conventionFrom (int (draw % 264UL))

                    let found = difference articles size convention (1 + int ((draw >>> 32) % 3UL))

                    isNull found
                    |> Prop.label $"{convention}: {found}"
                    |> Prop.classify
                        (articles
                         |> List.exists (fun words -> words.Length <= convention.WindowHalfWidth))
                        "short article")
        )

        slow (
            testCase "each combination of conventions equals the naive double loop on one text" (fun () ->
                let articles = (textFrom (Random 3)).Documents @ (textFrom (Random 5)).Documents

                for draw in 0..263 do
                    let convention = conventionFrom draw

                    for size in [ 1; 4 ] do
                        Expect.isNull (difference articles size convention 2) ($"V = {size}, {convention}"))
        )

        testTheory "rare words of a large vocabulary are counted by every rule" [ 0; 5; 11 ] (fun (draw: int) ->
            let random = Random 7

            let named (number: int) =
                String.map (fun digit -> char (int digit - int '0' + int 'a')) (string number)

            let articles = [
                for _ in 1..6 -> [ for _ in 1..700 -> named (int (2500.0 * random.NextDouble() ** 2.0)) ]
            ]

            let types = (naiveVocabulary articles).Length
            Expect.isNull (difference articles (types - 50) (conventionFrom (draw + 12 * 2)) 2) "")

        testCase "a masked word keeps its place and counts nothing" (fun () ->
            let articles = [ [ "a"; "x"; "b"; "a"; "b" ] ]

            let masked =
                CountingConvention(2, WindowWeighting.Linear, OutOfVocabularyRule.Masked)

            let corpus = corpusOf articles 2 OutOfVocabularyRule.Masked
            Expect.equal corpus.KeptTokens 4L ""
            Expect.equal corpus.PositionCount 5 ""
            Expect.equal corpus[1] 2 ""
            let counts = CooccurrenceCounter.Count(corpus, masked)
            // a-b at distances 2 and 1 and 1; b-b at distance 2, twice on the diagonal.
            Expect.equal (counts[0, 1]) 5L ""
            Expect.equal (counts[1, 1]) 2L ""
            Expect.equal (counts[0, 0]) 0L "")

        testCase "ids of masked words widen a stream that they do not fit" (fun () ->
            let articles = [
                [
                    for number in 0..65_600 -> String.map (fun d -> char (int d + 49)) (string number)
                ]
            ]

            Expect.isNotNull ((corpusOf articles 65_535 OutOfVocabularyRule.Masked).NarrowIds) ""
            Expect.isNotNull ((corpusOf articles 65_536 OutOfVocabularyRule.Masked).WideIds) ""
            Expect.isNotNull ((corpusOf articles 65_536 OutOfVocabularyRule.Removed).NarrowIds) "")

        testCase "the authors' rule drops exactly the pairs that begin in the last L + 1 positions" (fun () ->
            let convention =
                CountingConvention(2, WindowWeighting.Flat, OutOfVocabularyRule.Removed, WindowEnds.AuthorsTail)

            // Five positions, L = 2: positions 0 and 1 are centres, and 4 is in no pair.
            let counts =
                CooccurrenceCounter.Count(
                    corpusOf [ [ "a"; "b"; "c"; "d"; "e" ] ] 5 OutOfVocabularyRule.Removed,
                    convention
                )

            Expect.equal counts.TotalCount 8L ""
            Expect.all [ counts[0, 1]; counts[0, 2]; counts[1, 2]; counts[1, 3] ] (fun x -> x = 1L) "")

        testCase "a corpus of the other rule is refused" (fun () ->
            let corpus = corpusOf [ [ "a"; "b" ] ] 1 OutOfVocabularyRule.Masked

            Expect.throwsT<ArgumentException> (fun () -> CooccurrenceCounter.Count(corpus, 1) |> ignore) "")

        testCase "harmonic weights are exact up to L = 22 and refused beyond" (fun () ->
            let widest = CountingConvention(22, WindowWeighting.Harmonic)

            for distance in 1..22 do
                Expect.equal (widest.WeightAt distance * int64 distance) 232_792_560L ""

            Expect.throwsT<ArgumentOutOfRangeException>
                (fun () -> CountingConvention(23, WindowWeighting.Harmonic) |> ignore)
                "")

        property "a file says by which convention it was counted" 60 (fun (NonNegativeInt draw) ->
            let convention = conventionFrom draw

            let counts =
                CooccurrenceCounts(convention, [| "a" |], [| 3L |], [| 0L; 1L |], [| 0 |], [| 5L |])

            use stream = new IO.MemoryStream(bytesOf counts)
            QcoocReader.Read(stream, "test").Convention = convention)
    ]
