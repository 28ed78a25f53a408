/// Descent with a rate per word: coordinates, the variance of one pair, and the noise at the end, against enumeration and simulation.
module Qwem.Validation.Tests.WordClockTests

open System
open FsCheck
open FsCheck.FSharp
open Expecto
open Qwem.Theory
open Qwem.Validation.Tests.Problems
open Qwem.Validation.Tests.AsymmetricSupport

/// Weights and the eigenpairs of A = Pd^{1/2} M* Pd^{1/2}, from which M* and the minimiser M of rank d follow.
type Weighed = {
    Weights: float[]
    Eigenvalues: float[]
    Eigenvectors: float[]
    Dimension: int
    Seed: Seed
} with

    member w.Size = w.Weights.Length

    member private w.Sum(count, clip) =
        let v = w.Size

        Array.init (v * v) (fun e ->
            let i, j = e / v, e % v

            let sum =
                Seq.sum (
                    Seq.init count (fun k ->
                        clip w.Eigenvalues[k] * (w.Eigenvectors[k * v + i] * w.Eigenvectors[k * v + j]))
                )

            sum / sqrt (w.Weights[i] * w.Weights[j]))

    member w.Spectrum = TargetSpectrum(w.Eigenvalues, w.Eigenvectors)
    member w.Target = w.Sum(w.Size, id)
    member w.Model = w.Sum(w.Dimension, max 0.0)

    member w.Variances =
        WordClock.EntryVariances(w.Weights, w.Spectrum, w.Dimension, w.Target, w.Model)

let private weighed (seed: Seed) =
    let random = seed.Random()
    let v = random.Next(2, 9)
    let masses = Array.init v (fun _ -> 10.0 ** (2.0 * random.NextDouble()))

    {
        Weights = masses |> Array.map (fun m -> m / Array.sum masses)
        Eigenvalues = Array.init v (fun _ -> gauss random) |> Array.sortDescending
        Eigenvectors = orthogonal random v
        Dimension = random.Next(1, v + 1)
        Seed = seed
    }

type WeighedArbitrary =
    static member Any() : Arbitrary<Weighed> = Arb.convert weighed _.Seed seeds

/// Second moments and squared means of u_a' N u_b over all pairs of both signs, by enumeration.
let private enumerated (w: Weighed) =
    let v, p, u = w.Size, w.Weights, w.Eigenvectors
    let target, model = w.Target, w.Model

    Array.init (w.Dimension * v) (fun e ->
        let a, b = e / v, e % v

        let moments weight size =
            let terms = [|
                for i in 0 .. v - 1 do
                    for j in 0 .. v - 1 do
                        let entry =
                            (u[a * v + i] * u[b * v + j] + u[a * v + j] * u[b * v + i])
                            / (2.0 * sqrt (p[i] * p[j]))

                        let x = size (i * v + j) * entry
                        let q = p[i] * p[j] * weight (i * v + j)
                        q * x, abs q * x * x, q * x * x
            |]

            let mean = Array.sumBy (fun (m, _, _) -> m) terms

            Array.sumBy (fun (_, _, s) -> s) terms - mean * mean, Array.sumBy (fun (_, s, _) -> s) terms + mean * mean

        let positive, size = moments (fun e -> 1.0 + target[e]) (fun _ -> 1.0)
        let negative, size' = moments (fun _ -> 1.0) (fun e -> 1.0 + model[e])
        positive + negative, size + size')

let tests =
    testList "Word clock" [
        propertyWith
            [ typeof<WeighedArbitrary> ]
            "the variance of one pair of each sign is the one of all pairs, enumerated"
            100
            (fun (w: Weighed) ->
                // V^2 rounded terms of a sum of this size, and eigenvectors orthogonal to 8 V u.
                let worst =
                    Array.map2
                        (fun value (expected, size) ->
                            abs (value - expected) / (16.0 * float (w.Size * w.Size) * u * size))
                        w.Variances
                        (enumerated w)
                    |> Array.max

                labelled "variance (of its bound)" worst 1.0)

        propertyWith
            [ typeof<WeighedArbitrary> ]
            "coordinates are the embeddings times the roots of the weights, and back"
            100
            (fun (w: Weighed) ->
                let random = w.Seed.Random()
                let embeddings = Array.init (w.Dimension * w.Size) (fun _ -> gauss random)
                let x = WordClock.Coordinates(w.Weights, Embeddings.OfRows(embeddings, w.Dimension))
                let back = WordClock.Embeddings(w.Weights, x).ToRows()

                let squares =
                    x.ToRows()
                    |> Array.mapi (fun e value ->
                        value * value / w.Weights[e % w.Size] - embeddings[e] * embeddings[e])

                (frobenius back embeddings <= 2.0 * u
                 && frobeniusNorm squares <= 8.0 * u * frobeniusNorm embeddings ** 2.0)
                |> Prop.label $"{frobenius back embeddings}")

        propertyWith
            [ typeof<WeighedArbitrary> ]
            "the flow in these coordinates ends at the minimiser of Theorem 4.4"
            100
            (fun (w: Weighed) ->
                let v = w.Size

                let learned =
                    w.Eigenvalues
                    |> Seq.take w.Dimension
                    |> Seq.filter (fun l -> l > 0.0)
                    |> Seq.length

                let gap =
                    if learned = 0 || learned < w.Dimension then 1.0
                    elif w.Dimension = v then 1.0
                    else w.Eigenvalues[w.Dimension - 1] - max 0.0 w.Eigenvalues[w.Dimension]

                let slowest = w.Eigenvalues |> Seq.map abs |> Seq.min |> min gap

                if slowest < 0.02 then
                    true |> Prop.classify true "too slow to end"
                else
                    let random = w.Seed.Random()
                    let start = Array.init (w.Dimension * v) (fun _ -> 0.1 * gauss random)
                    let x = WordClock.Coordinates(w.Weights, Embeddings.OfRows(start, w.Dimension))

                    let ended =
                        ExactSolution(w.Spectrum, x).At(40.0<kappaTime> / slowest).Embeddings(w.Spectrum)

                    let model = WordClock.Embeddings(w.Weights, ended).Gram()

                    let scale =
                        w.Model
                        |> Array.mapi (fun e m -> m * sqrt (w.Weights[e / v] * w.Weights[e % v]))
                        |> frobeniusNorm

                    let gap =
                        Array.map2 (-) model w.Model
                        |> Array.mapi (fun e m -> m * sqrt (w.Weights[e / v] * w.Weights[e % v]))
                        |> frobeniusNorm

                    // e^{-80} of the slowest mixing is far below the rounding of two changes of basis.
                    labelled "the limit" gap (1e-12 * (1.0 + scale)))

        testCase "two modes, one learned: the recursion at a constant rate ends at its stationary variances" (fun () ->
            let eigenvalues, variances, k, pairs = [| 2.0; 0.5 |], [| 3.0; 5.0 |], 0.02, 100.0
            let steps = 20_000

            let noise =
                WordClock.Noise(eigenvalues, 1, variances, Array.create steps (0.5 * k), Array.create steps pairs)

            let stationary decay drive variance =
                k * drive * drive * variance / (pairs * decay * (2.0 - k * decay))

            let learned, mixed = stationary 4.0 4.0 3.0, stationary 1.5 2.0 5.0
            let mean = learned + 2.0 * mixed
            within "mean square" (relative noise.MeanSquare mean) 1e-12
            let deviation = sqrt (2.0 * learned * learned + 8.0 * mixed * mixed) / mean
            within "deviation" (relative noise.RelativeDeviation deviation) 1e-12
            within "second order" (relative noise.SecondOrder (2.0 * (mixed / 2.0) ** 2.0 / mean)) 1e-12)

        testCase
            "the noise of minibatches is inverse to the batch, proportional to a small rate, and vanishes with the rate"
            (fun () ->
                let w = {
                    weighed (Seed 5UL) with
                        Eigenvalues = Array.init (weighed (Seed 5UL)).Size (fun k -> 2.0 / float (k + 1))
                        Dimension = 1
                }

                let square rate pairs steps =
                    WordClock
                        .Noise(w.Eigenvalues, 1, w.Variances, Array.create steps rate, Array.create steps pairs)
                        .MeanSquare

                let once = square 0.005 1000.0 2000
                within "batch" (relative (square 0.005 4000.0 2000) (once / 4.0)) 1e-12
                // At equal times of the flow a variance differs from its limit of small rates by 2 rate (Lambda_a + Lambda_b) / 2, 2 % here.
                within "rate" (relative (square 0.0025 1000.0 4000) (once / 2.0)) 0.02
                Expect.equal (square 0.0 1000.0 10) 0.0 "")

        slow (
            testCase "descents on drawn pairs end as far from the minimum as predicted" (fun () ->
                // One dimension, three words, the whole non-linear descent X <- X + 2 eta (A - XX' + N) X on pairs that are drawn one by one.
                let p = [| 0.5; 0.3; 0.2 |]
                let direction = [| 0.7; -0.4; -0.6 |]
                let v, length = 3, sqrt (Array.sumBy (fun x -> x * x) direction)
                let unit = direction |> Array.map (fun x -> x / length)
                let strength = 0.45
                let scaled = Array.init 9 (fun e -> strength * unit[e / v] * unit[e % v])
                let target = scaled |> Array.mapi (fun e a -> a / sqrt (p[e / v] * p[e % v]))
                // The other eigenvectors of A, of eigenvalue 0.
                let other =
                    let t = [| unit[1]; -unit[0]; 0.0 |] in
                    let n = sqrt (Array.sumBy (fun x -> x * x) t) in
                    Array.map (fun x -> x / n) t

                let third = [|
                    unit[1] * other[2] - unit[2] * other[1]
                    unit[2] * other[0] - unit[0] * other[2]
                    unit[0] * other[1] - unit[1] * other[0]
                |]

                let vectors, eigenvalues =
                    Array.concat [ unit; other; third ], [| strength; 0.0; 0.0 |]

                let variances =
                    WordClock.EntryVariances(p, TargetSpectrum(eigenvalues, vectors), 1, target, target)

                let rates =
                    Array.init 150 (fun step -> 0.05 * (if step < 100 then 1.0 else float (150 - step) / 50.0))

                let batch = 200

                let noise =
                    WordClock.Noise(eigenvalues, 1, variances, rates, Array.create rates.Length (float batch))

                let cumulative weight =
                    Array.init 9 (fun e -> p[e / v] * p[e % v] * weight e) |> Array.scan (+) 0.0

                let positive, negative =
                    cumulative (fun e -> 1.0 + target[e]), cumulative (fun _ -> 1.0)

                let random = Random 7

                let draw (cumulative: float[]) =
                    let x = random.NextDouble() * cumulative[9]
                    let mutable e = 0

                    while cumulative[e + 1] <= x do
                        e <- e + 1

                    e

                let runs = 400

                let squares =
                    Array.init runs (fun _ ->
                        let w = Array.init 3 (fun i -> sqrt strength * unit[i] / sqrt p[i])

                        for eta in rates do
                            let slope = Array.zeroCreate<float> 3

                            let add e size =
                                let i, j = e / v, e % v
                                slope[i] <- slope[i] + size * w[j]
                                slope[j] <- slope[j] + size * w[i]

                            for _ in 1..batch do
                                add (draw positive) (positive[9] / float batch)
                                let e = draw negative
                                add e (-(1.0 + w[e / v] * w[e % v]) / float batch)

                            for i in 0..2 do
                                w[i] <- w[i] + eta / p[i] * slope[i]

                        Seq.sum (
                            Seq.init 9 (fun e ->
                                (w[e / v] * w[e % v] * sqrt (p[e / v] * p[e % v]) - scaled[e]) ** 2.0)
                        ))

                let error = noise.RelativeDeviation / sqrt (float runs)

                within
                    "mean square over the predicted one"
                    (abs (Array.average squares / noise.MeanSquare - 1.0))
                    (6.0 * error + 3.0 * noise.SecondOrder))
        )

        testCase "shapes that do not match are refused by name" (fun () ->
            let one, two =
                Embeddings.OfRows [| [| 1.0 |] |], Embeddings.OfRows [| [| 1.0; 1.0 |] |]

            refusedNaming "embeddings" (fun () -> WordClock.Coordinates([| 0.5; 0.5 |], one) |> ignore)
            refusedNaming "coordinates" (fun () -> WordClock.Embeddings([| 0.5; 0.5 |], one) |> ignore)
            refusedNaming "weights[1]" (fun () -> WordClock.Embeddings([| 0.5; -0.5 |], two) |> ignore)

            refusedNaming "dimension" (fun () -> WordClock.Noise([| 1.0 |], 2, [| 1.0; 1.0 |], [||], [||]) |> ignore)

            refusedNaming "pairs" (fun () -> WordClock.Noise([| 1.0 |], 1, [| 1.0 |], [| 0.1 |], [||]) |> ignore)

            refusedNaming "target" (fun () ->
                WordClock.EntryVariances([| 1.0 |], TargetSpectrum([| 1.0 |], [| 1.0 |]), 1, [||], [| 1.0 |])
                |> ignore))
    ]
