/// Word vectors and families that the tests of analogies share.
module Qwem.Validation.Tests.AnalogySupport

open System
open FsCheck
open FsCheck.FSharp
open Qwem.Theory

let inner (x: float[]) (y: float[]) : float = Array.sum (Array.map2 (*) x y)

let unitVector (x: float[]) =
    let n = frobeniusNorm x
    Array.map (fun t -> t / n) x

/// The sum of multiples of unit vectors of R^d.
let axes d (terms: (int * float) list) =
    let x = Array.zeroCreate<float> d

    for k, value in terms do
        x[k] <- x[k] + value

    x

/// Words 0 .. N-1 are a_n = e_n + f and N .. 2N-1 are b_n = e_n + h, all of one length: b_n - a_n + a_m = b_m exactly.
let parallelograms n =
    let d = n + 2

    Array.append
        (Array.init n (fun k -> axes d [ k, 1.0; n, 1.0 ]))
        (Array.init n (fun k -> axes d [ k, 1.0; n + 1, 1.0 ])),
    AnalogyFamily.FromPairs(Array.collect (fun k -> [| k; n + k |]) [| 0 .. n - 1 |])

let accuracy (words: float[][]) family =
    Analogies.Accuracy(Embeddings.OfWords words, family)

/// Random words in which differences partly agree; d from 2 (at 1 all cosines tie).
type Family = {
    Words: float[][]
    Pairs: int[]
    Seed: Seed
} with

    member f.Dimension = f.Words[0].Length
    member f.Family = AnalogyFamily.FromPairs f.Pairs
    member f.Embeddings = Embeddings.OfWords f.Words

let private familyOf (seed: Seed) (random: Random) =
    let d, n, extra = random.Next(2, 12), random.Next(2, 7), random.Next(0, 20)
    let noise = 10.0 ** (1.5 * random.NextDouble() - 1.0)
    let shift = gaussian random d 1 1.5
    let a = Array.init n (fun _ -> gaussian random d 1 1.0)

    let b =
        Array.map (fun x -> Array.map3 (fun s t e -> s + t + e) x shift (gaussian random d 1 noise)) a

    {
        Words = Array.concat [ a; b; Array.init extra (fun _ -> gaussian random d 1 1.5) ]
        Pairs = Array.collect (fun k -> [| k; n + k |]) [| 0 .. n - 1 |]
        Seed = seed
    }

/// The family of any seed of 64 bits.
let familyFrom (seed: Seed) = familyOf seed (seed.Random())

/// The family of a fixed seed.
let family (seed: int) =
    familyOf (Seed(uint64 seed)) (Random seed)

type FamilyArbitrary =
    static member Any() : Arbitrary<Family> = Arb.convert familyFrom _.Seed seeds

/// With two pairs xi = mean + c g with one standard normal g: each word's score is linear in g, the words' winning sets are intervals, and
/// the estimator's expectation is a difference of normal distribution functions.
let exactWith (ofStart: float) (ofMean: float) (ofSpread: float) (f: Family) =
    let n = 2
    let units = Array.map unitVector f.Words

    let delta k =
        Array.map2 (-) f.Words[f.Pairs[2 * k + 1]] f.Words[f.Pairs[2 * k]]

    let mean = Array.map2 (fun x y -> 0.5 * (x + y)) (delta 0) (delta 1)
    // Sample covariance of two: (d0 - d1)(d0 - d1)' / 2.
    let c = Array.map2 (fun x y -> ofSpread * (x - y) / sqrt 2.0) (delta 0) (delta 1)

    Seq.init n (fun k ->
        let start =
            Array.map2 (fun a m -> ofStart * a + ofMean * m) f.Words[f.Pairs[2 * k]] mean

        let b = units[f.Pairs[2 * k + 1]]
        let mutable low, high = -infinity, infinity

        for w in 0 .. f.Words.Length - 1 do
            if w <> f.Pairs[2 * k + 1] then
                let apart = Array.map2 (-) b units[w]
                let offset, slope = inner apart start, inner apart c

                // offset + slope g > 0
                if slope > 0.0 then
                    low <- max low (-offset / slope)
                elif slope < 0.0 then
                    high <- min high (-offset / slope)
                elif offset <= 0.0 then
                    high <- -infinity

        if high <= low then
            0.0
        else
            MathNet.Numerics.Distributions.Normal.CDF(0.0, 1.0, high)
            - MathNet.Numerics.Distributions.Normal.CDF(0.0, 1.0, low))
    |> Seq.average

let exactForTwoPairs = exactWith 1.0 1.0 1.0

/// Only the first two pairs ask; all words stay candidates.
let twoPairs seed =
    let f = family seed
    { f with Pairs = f.Pairs[..3] }
