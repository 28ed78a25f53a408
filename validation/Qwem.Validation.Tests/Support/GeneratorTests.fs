/// The generators meet what they promise: every class of draws at least one time in twenty.
module Qwem.Validation.Tests.GeneratorTests

open Expecto
open FsCheck
open FsCheck.FSharp
open Qwem.Validation.Tests.Problems
open Qwem.Validation.Tests.Spectra
open Qwem.Validation.Tests.Statistics
open Qwem.Validation.Tests.Texts

let private drawn (arbitrary: Arbitrary<'a>) =
    Gen.sampleWithSeed (Rnd 20250213UL) 50 200 (Arb.toGen arbitrary)

/// Each class holds of at least 5 % of 200 draws.
let private meets (arbitrary: Arbitrary<'a>) (classes: (string * ('a -> bool)) list) =
    let draws = drawn arbitrary

    for name, holds in classes do
        Expect.isGreaterThanOrEqual (draws |> Array.filter holds |> Array.length) 10 name

let private rowsOf (p: Problem) = Array.chunkBySize p.Size p.Initial

let private hasLowRank (p: Problem) =
    let rows = rowsOf p

    Array.exists (Array.forall (fun x -> x = 0.0)) rows
    || (Array.distinct rows).Length < rows.Length

let private isTiny (p: Problem) =
    largest (Array.map abs p.Initial) < 1e-22 && not (hasLowRank p)

/// Rows whose largest entries are more than three decades apart.
let private isGraded (p: Problem) =
    let sizes = rowsOf p |> Array.map (Array.map abs >> largest)
    not (hasLowRank p) && Array.max sizes > 1e3 * Array.min sizes

let private hasTwins (text: Text) =
    text.Documents
    |> List.exists (List.pairwise >> List.exists (fun (a, b) -> a = b))

let private unseen (c: Corpus) =
    Seq.exists (fun k -> k / c.Size <> k % c.Size && c.Pairs[k] = 0.0) (seq { 0 .. c.Pairs.Length - 1 })

let tests =
    testList "Generators" [
        testCase "spectra have zero, repeated, close and negative eigenvalues, and some are simple" (fun () ->
            meets spectra [ for name, holds in classes -> name, fun (Spectrum values) -> holds values ])

        testCase "close eigenvalues differ by 1e-15 to 1e-8 of themselves" (fun () ->
            let gaps =
                drawn spectra
                |> Array.collect (fun (Spectrum values) ->
                    values |> Array.pairwise |> Array.map (fun (a, b) -> relative b a))
                |> Array.filter (fun gap -> gap > 0.0 && gap < 1e-7)

            for low, high in [ 1e-16, 1e-13; 1e-13, 1e-11; 1e-11, 1e-7 ] do
                Expect.isGreaterThan
                    (gaps |> Array.filter (fun gap -> low <= gap && gap < high) |> Array.length)
                    20
                    $"{low}")

        testCase "starts are Gaussian, graded, of low rank and tiny" (fun () ->
            meets problems [
                "low rank", hasLowRank
                "tiny", isTiny
                "graded", isGraded
                "Gaussian", (fun p -> not (hasLowRank p || isTiny p || isGraded p))
                "one row", (fun p -> p.Rows = 1)
                "square", (fun p -> p.Rows = p.Size)
            ])

        testCase "generic problems have no start of low rank" (fun () ->
            Expect.isFalse (drawn generic |> Array.exists (fun (Generic p) -> hasLowRank p)) "")

        testCase "counts are sparse and dense, with and without words beside themselves" (fun () ->
            meets corpora [
                "a pair unseen", unseen
                "all pairs seen", (unseen >> not)
                "at most four words", (fun c -> c.Size <= 4)
                "a word never beside itself",
                (fun c -> Seq.exists (fun i -> c.Pairs[i * c.Size + i] = 0.0) (seq { 0 .. c.Size - 1 }))
            ])

        testCase "texts have empty, short and long articles, and words beside themselves" (fun () ->
            meets texts [
                "empty", (fun text -> List.exists List.isEmpty text.Documents)
                "one word", (fun text -> List.exists (fun words -> List.length words = 1) text.Documents)
                "long", (fun text -> List.exists (fun words -> List.length words >= 200) text.Documents)
                "one article", (fun text -> text.Documents.Length = 1)
                "twins", hasTwins
                "no twins", (hasTwins >> not)
            ])

        property "every draw keeps its hypothesis" 200 (fun (Spectrum values) (p: Problem) (c: Corpus) (text: Text) ->
            isDescending values
            && isDescending p.Eigenvalues
            && p.Initial.Length = p.Rows * p.Size
            && p.Rows <= p.Size
            && isCorpus c
            && List.exists (List.isEmpty >> not) text.Documents)

        testCase "FsCheck counts every class of spectra among the problems of a property" (fun () ->
            let mutable stamps = []

            let config = {
                FsCheckConfig.defaultConfig with
                    maxTest = 200
                    replay = Some(20250213UL, 1UL, None)
                    arbitrary = [ typeof<Arbitraries> ]
                    finishedTest = fun _ _ data -> async { stamps <- List.ofSeq data.Stamps }
            }

            testPropertyWithConfig config "classes" (fun (p: Problem) ->
                classified p.Eigenvalues (Prop.ofTestable true))
            |> Impl.evalTestsSilent
            |> Async.RunSynchronously
            |> ignore

            for name, _ in classes do
                let share = stamps |> List.filter (snd >> List.contains name) |> List.sumBy fst
                Expect.isGreaterThanOrEqual share 5 name)
    ]
