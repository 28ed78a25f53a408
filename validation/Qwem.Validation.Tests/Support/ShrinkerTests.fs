/// Shrinkers keep the hypothesis, end, and end in what one can read.
module Qwem.Validation.Tests.ShrinkerTests

open Expecto
open FsCheck
open FsCheck.FSharp
open Qwem.Theory
open Qwem.Validation.Tests.Problems
open Qwem.Validation.Tests.Spectra
open Qwem.Validation.Tests.Statistics
open Qwem.Validation.Tests.Texts

/// What FsCheck does with a failure: the first candidate that fails as well, until none does.
let rec private smallest shrink fails value =
    match shrink value |> Seq.tryFind fails with
    | Some smaller -> smallest shrink fails smaller
    | None -> value

/// Every one of many failures of "this never holds" shrinks to an example that is as expected.
let private shrinksTo (arbitrary: Arbitrary<'a>) (holds: 'a -> bool) (expected: 'a -> bool) =
    let failures =
        Gen.sampleWithSeed (Rnd 5UL) 50 200 (Arb.toGen arbitrary)
        |> Array.filter holds
        |> Array.truncate 12

    Expect.isGreaterThan failures.Length 4 "failures"

    for failure in failures do
        let example = smallest (Arb.toShrink arbitrary) holds failure
        Expect.isTrue (expected example) $"%A{example}"

/// The candidates of a draw, and of a candidate of it, and so on to the end, are valid. The path is any: it follows a stream.
let private staysValid (arbitrary: Arbitrary<'a>) (valid: 'a -> bool) (value: 'a) (seed: Seed) =
    let random = seed.Random()

    let rec follow (value: 'a) steps =
        // No shrinker has a path of more than one step for each entry and each of its four easier values.
        let candidates = Arb.toShrink arbitrary value |> Seq.truncate 40 |> Array.ofSeq

        if candidates.Length = 0 then
            true
        else
            Array.forall valid candidates
            && steps < 20_000
            && follow candidates[random.Next candidates.Length] (steps + 1)

    follow value 0

let private isProblem (p: Problem) =
    isDescending p.Eigenvalues
    && 1 <= p.Rows
    && p.Rows <= p.Size
    && p.Initial.Length = p.Rows * p.Size
    && p.Time >= 0.0<kappaTime>

let private always _ = true

/// Two words that occurred once, and one pair, of a word with itself or with the other.
let private isSmallest (c: Corpus) =
    c.Words = [| 1.0; 1.0 |]
    && (Array.countBy id c.Pairs |> Array.contains (1.0, 1)
        || c.Pairs = [| 0.0; 1.0; 1.0; 0.0 |])

let tests =
    testList "Shrinkers" [
        property "shrunk spectra descend, and shrinking ends" 100 (fun (spectrum: Spectrum) seed ->
            staysValid spectra (fun (Spectrum values) -> values.Length > 0 && isDescending values) spectrum seed)

        property "shrunk problems are problems, and shrinking ends" 40 (fun (problem: Problem) seed ->
            staysValid problems isProblem problem seed)

        property "shrunk generic problems keep their rank, and shrinking ends" 40 (fun (problem: Generic) seed ->
            staysValid generic (fun (Generic p) -> isProblem p && hasFullRank p) problem seed)

        property "shrunk counts are counts, and shrinking ends" 40 (fun (counts: Corpus) seed ->
            staysValid corpora isCorpus counts seed)

        property "shrunk texts have a word, and shrinking ends" 60 (fun (text: Text) seed ->
            staysValid texts (fun text -> List.exists (List.isEmpty >> not) text.Documents) text seed)

        property "shrunk seeds are smaller" 100 (fun (Seed value as seed) ->
            Arb.toShrink seeds seed |> Seq.forall (fun (Seed smaller) -> smaller < value))

        testCase "what always fails shrinks to the plainest" (fun () ->
            shrinksTo spectra always ((=) (Spectrum [| 0.0 |]))
            shrinksTo seeds always ((=) (Seed 0UL))
            shrinksTo texts always ((=) { Documents = [ [ "a" ] ] })

            shrinksTo
                problems
                always
                ((=) {
                    Eigenvalues = [| 0.0 |]
                    Initial = [| 0.0 |]
                    Rows = 1
                    Time = 1.0<kappaTime>
                })

            shrinksTo corpora always isSmallest)

        testCase "'no spectrum has a repeated eigenvalue' fails for two zeros" (fun () ->
            shrinksTo spectra (fun (Spectrum values) -> isRepeated values) ((=) (Spectrum [| 0.0; 0.0 |])))

        testCase "'no spectrum has a negative eigenvalue' fails for -1" (fun () ->
            shrinksTo
                spectra
                (fun (Spectrum values) -> Array.exists (fun x -> x < 0.0) values)
                ((=) (Spectrum [| -1.0 |])))

        testCase "'no spectrum has close eigenvalues' fails for 1 or -1 and its neighbour" (fun () ->
            shrinksTo spectra (fun (Spectrum values) -> isClose values) (fun (Spectrum values) ->
                values.Length = 2 && Array.exists (fun x -> abs x = 1.0) values))

        testCase "'no start has two equal rows' fails for two zero rows of two modes" (fun () ->
            shrinksTo
                problems
                (fun p -> p.Rows > 1 && p.Initial[.. p.Size - 1] = p.Initial[p.Size .. 2 * p.Size - 1])
                ((=) {
                    Eigenvalues = [| 0.0; 0.0 |]
                    Initial = Array.zeroCreate 4
                    Rows = 2
                    Time = 1.0<kappaTime>
                }))

        testCase "'no problem grows' fails for one mode of eigenvalue 1 at time 1" (fun () ->
            shrinksTo
                problems
                (fun p -> p.Eigenvalues[0] > 0.0 && p.Initial[0] <> 0.0)
                ((=) {
                    Eigenvalues = [| 1.0 |]
                    Initial = [| 1.0 |]
                    Rows = 1
                    Time = 1.0<kappaTime>
                }))

        testCase "'all pairs were seen' fails for two words, one pair seen" (fun () ->
            shrinksTo corpora (fun c -> Array.contains 0.0 c.Pairs) isSmallest)

        testCase "'no word is beside itself' fails for the word a, twice" (fun () ->
            shrinksTo
                texts
                (fun text ->
                    text.Documents
                    |> List.exists (List.pairwise >> List.exists (fun (a, b) -> a = b)))
                ((=) { Documents = [ [ "a"; "a" ] ] }))
    ]
