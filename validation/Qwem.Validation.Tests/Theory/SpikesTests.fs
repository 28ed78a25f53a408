module Qwem.Validation.Tests.SpikesTests

open System
open Expecto
open MathNet.Numerics.LinearAlgebra
open MathNet.Numerics.LinearAlgebra.Double
open Qwem.Theory
open Qwem.Validation.Tests.Problems
open Qwem.Validation.Tests.RandomMatrixSupport

/// A direction over the leading quarter of the features, as word families have it.
let private leading d =
    Array.init d (fun k -> if k < d / 4 then 1.0 / float (k + 2) else 0.0)

let private unit (direction: float[]) =
    let norm = frobeniusNorm direction
    Array.map (fun e -> e / norm) direction

let private sample (random: Random) rows (v: float[]) (mean: float[]) =
    let r: Matrix<float> = noise random rows v

    for n in 0 .. rows - 1 do
        for k in 0 .. v.Length - 1 do
            r[n, k] <- r[n, k] + mean[k]

    r

/// Largest eigenvalue of R R' / d, the row overlap, the direction overlap and the mean share.
let private measure (r: Matrix<float>) (e: float[]) =
    let n, d = r.RowCount, r.ColumnCount
    let evd = (r.TransposeAndMultiply r).Evd(Symmetricity.Symmetric)
    let top = Seq.init n id |> Seq.maxBy (fun i -> evd.EigenValues[i].Real)
    let value = evd.EigenValues[top].Real
    let left = evd.EigenVectors.Column top
    let sum = left.Sum()
    let right = r.TransposeThisAndMultiply left
    let along = right * (DenseVector.OfArray e :> Vector<float>)
    let mean = r.ColumnSums() / float n

    [|
        value / float d
        sum * sum / float n
        along * along / value
        float n * (mean * mean) / value
    |]

/// The means over seeds of the four measured quantities, and their standard errors.
let private sampled rows (v: float[]) (e: float[]) strength seeds =
    let mean = Array.map (fun x -> sqrt strength * x) e

    let measured =
        Array.init seeds (fun seed -> measure (sample (Random(7000 + seed)) rows v mean) e)

    Array.init 4 (fun i ->
        let xs = measured |> Array.map (fun m -> m[i])
        let average = Array.average xs
        let variance = Array.sumBy (fun x -> (x - average) ** 2.0) xs / float (seeds - 1)
        struct (average, sqrt (variance / float seeds)))

/// Bounded variances that depend on k / d only.
let private smooth d =
    Array.init d (fun k -> (0.03 + (float k + 0.5) / float d) ** -0.8)

let private evenlyLeading d =
    unit (Array.init d (fun k -> if k < d / 4 then 1.0 else 0.0))

let tests =
    testList "Spikes" [
        testCase "white noise: threshold, outlier and overlap have the closed form" (fun () ->
            let mutable worst = 0.0

            for struct (rows, d) in [ struct (30, 200); struct (100, 100); struct (300, 40) ] do
                let ratio = float rows / float d
                let spikes = Spikes(Array.create d 1.6, leading d, rows)
                let threshold = Spikes.WhiteThreshold(1.6, ratio)
                worst <- max worst (relative spikes.Threshold threshold)

                for factor in [ 0.0; 0.5; 1.2; 3.0; 100.0 ] do
                    let l = factor * threshold

                    worst <-
                        max
                            worst
                            (relative (spikes.LargestEigenvalue l) (Spikes.WhiteLargestEigenvalue(l, 1.6, ratio)))

                    worst <- max worst (abs (spikes.RowOverlap l - Spikes.WhiteRowOverlap(l, 1.6, ratio)))

                    // Columns for rows: R'/sqrt(N) has ratio 1/gamma, and the mean of size theta^2 = gamma l acts on it as 'strength'
                    // d l' / N = gamma l, l' = gamma^2 l, on noise of variance gamma sigma^2 in the units of R R' / d.
                    let dual = Spikes.WhiteRowOverlap(ratio * ratio * l, ratio * 1.6, 1.0 / ratio)
                    worst <- max worst (abs (spikes.DirectionOverlap l - dual))

            // Sums of 300 equal terms: 300 u, condition of the overlap near the threshold 1 / 0.2; together below 4e-13.
            within "white" worst 1e-12)

        testCase "the population spike is the leading eigenvalue of the rows' second moment" (fun () ->
            let mutable worst = 0.0
            let d, rows = 60, 20
            let v = powerLaw d
            let e = unit (leading d)
            let spikes = Spikes(v, leading d, rows)
            let ratio = float rows / float d

            for factor in [ 1.01; 2.0; 30.0 ] do
                let l = factor * spikes.Threshold

                let second: Matrix<float> =
                    DenseMatrix.Create(d, d, (fun i j -> l * e[i] * e[j] + (if i = j then v[i] else 0.0)))

                let alpha =
                    (second.Evd(Symmetricity.Symmetric).EigenValues
                     |> Seq.map (fun c -> c.Real)
                     |> Seq.max)

                worst <-
                    max
                        worst
                        (relative (spikes.LargestEigenvalue l) (spikes.Bulk.InverseStieltjes(-1.0 / (ratio * alpha))))

            // Evd: d u on alpha; z'(alpha) alpha / z at most 1; times ten.
            within "alpha" worst (10.0 * float d * u))

        testCase "at the threshold the outlier leaves the edge smoothly and the overlaps rise from zero" (fun () ->
            let spikes = Spikes(powerLaw 400, leading 400, 40)
            let edge = spikes.Bulk.UpperEdge
            let mutable position = 0.0
            Expect.isFalse (spikes.TryOutlier(0.999 * spikes.Threshold, &position)) ""
            Expect.equal position edge ""
            Expect.isTrue (spikes.TryOutlier(1.001 * spikes.Threshold, &position)) ""

            // z' = 0 at the edge: position - edge is quadratic in strength - threshold, the overlap linear. Ratios under doubling of the
            // distance: 4 and 2 up to the next order, relative 1e-3 times a constant of order ten.
            let beyond x =
                spikes.LargestEigenvalue((1.0 + x) * spikes.Threshold) - edge

            let row x =
                spikes.RowOverlap((1.0 + x) * spikes.Threshold)

            let direction x =
                spikes.DirectionOverlap((1.0 + x) * spikes.Threshold)

            within "quadratic" (abs (beyond 2e-3 / beyond 1e-3 - 4.0)) 0.04
            within "row overlap linear" (abs (row 2e-3 / row 1e-3 - 2.0)) 0.02
            within "direction overlap linear" (abs (direction 2e-3 / direction 1e-3 - 2.0)) 0.02

            // Far above: everything is signal.
            within "row overlap at 1e6" (1.0 - row 1e6) 1e-4
            within "direction overlap at 1e6" (1.0 - direction 1e6) 1e-4
            within "mean share at 1e6" (abs (spikes.MeanShare(1e6 * spikes.Threshold) - 1.0)) 1e-4)

        testCase "the scale of the edge is Johnstone's for white noise" (fun () ->
            let mutable worst = 0.0

            for struct (rows, d) in [ struct (30, 200); struct (100, 100); struct (300, 40) ] do
                let n, p = sqrt (float rows), sqrt (float d)
                let known = 1.6 * (n + p) * Math.Cbrt(1.0 / n + 1.0 / p) / float d
                worst <- max worst (relative (Spikes(Array.create d 1.6, leading d, rows).EdgeFluctuation) known)

            within "edge scale" worst 1e-12)

        slow (
            testCase "sampled outliers, overlaps and mean shares are where they should be" (fun () ->
                // Each size has its own prediction (d values of the variance, a direction on d / 4 features). The departure of the mean over
                // seeds from it is O(1/N) beyond the threshold; 2 departure(2N) - departure(N) removes that order, and what remains, O(1/N^2),
                // is (1/60)^2 = 3e-4 of the quantity times a constant, allowed ten. Six standard errors of the combination; none fitted.
                for struct (name, columnsPerRow, variances, direction, factor) in
                    [
                        struct ("white", 4.0, (fun d -> Array.create d 1.0), evenlyLeading, 2.5)
                        struct ("sloping", 4.0, smooth, evenlyLeading, 2.5)
                        struct ("sloping, one feature",
                                4.0,
                                smooth,
                                (fun d -> Array.init d (fun k -> if k = 0 then 1.0 else 0.0)),
                                3.0)
                        struct ("sloping, tall", 0.5, smooth, evenlyLeading, 2.5)
                    ] do
                    let limit rows =
                        let d = int (columnsPerRow * float rows)
                        let v, e = variances d, direction d
                        let spikes = Spikes(v, e, rows)
                        struct (v, e, spikes, factor * spikes.Threshold)

                    let struct (smallV, smallE, smallSpikes, smallStrength) = limit 60
                    let struct (v, e, spikes, strength) = limit 120
                    let small = sampled 60 smallV smallE smallStrength 200
                    let large = sampled 120 v e strength 100

                    let predictions (spikes: Spikes) strength = [|
                        spikes.LargestEigenvalue strength
                        spikes.RowOverlap strength
                        spikes.DirectionOverlap strength
                        spikes.MeanShare strength
                    |]

                    let atSmall = predictions smallSpikes smallStrength
                    let predicted = predictions spikes strength

                    for i in 0..3 do
                        let struct (a, errorA) = small[i]
                        let struct (b, errorB) = large[i]
                        let departure = 2.0 * (b - predicted[i]) - (a - atSmall[i])
                        let error = sqrt (4.0 * errorB * errorB + errorA * errorA)
                        let quantity = [| "outlier"; "row overlap"; "direction overlap"; "mean share" |][i]
                        let bound = 6.0 * error + 3e-3 * predicted[i]

                        within $"%s{name}, %s{quantity}" (abs departure) bound

                        // The white formula at the same mean variance is wrong for the sloping noise, and the test sees it.
                        if name = "sloping" && i = 0 then
                            let white =
                                Spikes.WhiteLargestEigenvalue(strength, Array.average v, 1.0 / columnsPerRow)

                            Expect.isGreaterThan (abs (predicted[i] + departure - white)) bound "")
        )

        slow (
            testCase "the paper's spike on the Gram matrix is another model than rows with a mean" (fun () ->
                // White noise, gamma = 1/4, strength 5: rows with a mean (1 + 5)(1/4 + 1/5) = 2.7; added to the Gram matrix, mu = 5/4:
                // mu + mu / (mu - gamma) = 2.5. Each sampled model must agree with its own prediction within six standard errors plus the shift
                // O(1/N) of the mean, for which a whole 2.7 / N is allowed, and must reject the other's by as much.
                let rows, d, seeds = 120, 480, 150
                let v = Array.create d 1.0
                let e = evenlyLeading d
                let spikes = Spikes(v, e, rows)
                within "rows with a mean" (relative (spikes.LargestEigenvalue 5.0) 2.7) (64.0 * float d * u)

                within
                    "spike on the Gram matrix"
                    (relative (spikes.PaperLargestEigenvalue 5.0) 2.5)
                    (64.0 * float d * u)

                Expect.equal
                    (spikes.PaperLargestEigenvalue 2.9)
                    spikes.Bulk.UpperEdge
                    "sigma^2 (1 + 1/sqrt(gamma)) = 3"

                Expect.isGreaterThan (spikes.PaperLargestEigenvalue 3.1) spikes.Bulk.UpperEdge ""

                let gramSpike seed =
                    let r = noise (Random(9000 + seed)) rows v
                    let s = r.TransposeAndMultiply r / float d
                    let added = s.Map((fun x -> x + 1.25 / float rows), Zeros.Include)

                    added.Evd(Symmetricity.Symmetric).EigenValues
                    |> Seq.map (fun c -> c.Real)
                    |> Seq.max

                let statistics (xs: float[]) =
                    let average = Array.average xs

                    struct (average,
                            6.0
                            * sqrt (
                                Array.sumBy (fun x -> (x - average) ** 2.0) xs
                                / float (xs.Length - 1)
                                / float xs.Length
                            )
                            + 2.7 / float rows)

                let struct (added, addedBound) = statistics (Array.init seeds gramSpike)

                let mean = Array.map (fun x -> sqrt 5.0 * x) e

                let struct (shared, sharedBound) =
                    statistics (
                        Array.init seeds (fun seed -> (measure (sample (Random(9000 + seed)) rows v mean) e)[0])
                    )

                within "sampled spike on the Gram matrix, seeds 9000-9149" (abs (added - 2.5)) addedBound
                within "sampled rows with a mean, seeds 9000-9149" (abs (shared - 2.7)) sharedBound
                Expect.isGreaterThan (abs (added - 2.7)) addedBound ""
                Expect.isGreaterThan (abs (shared - 2.5)) sharedBound "")
        )

        slow (
            testCase "below the threshold nothing leaves the bulk" (fun () ->
                // Tracy-Widom (beta = 1): beyond +6 with probability below 1e-5, beyond -6 below 1e-5; 16 draws each. A mean at half the
                // threshold shifts the edge at the same order N^(-2/3) only.
                for struct (name, rows, d, v) in
                    [
                        struct ("white", 120, 480, Array.create 480 1.0)
                        struct ("power law", 120, 600, powerLaw 600)
                    ] do
                    let e = unit (leading d)
                    let spikes = Spikes(v, leading d, rows)

                    for factor in [ 0.0; 0.5 ] do
                        let mean = Array.map (fun x -> sqrt (factor * spikes.Threshold) * x) e

                        let distances =
                            Array.init 16 (fun seed ->
                                let value = (measure (sample (Random(8000 + seed)) rows v mean) e)[0]
                                (value - spikes.Bulk.UpperEdge) / spikes.EdgeFluctuation)

                        within name (largest (Array.map abs distances)) 6.0)
        )

        testCase "spikes without a direction are refused" (fun () ->
            refusedNaming "direction" (fun () -> Spikes([| 1.0; 1.0 |], [| 1.0 |], 3) |> ignore)
            refusedNaming "direction" (fun () -> Spikes([| 1.0; 1.0 |], [| 0.0; 0.0 |], 3) |> ignore)
            refusedNaming "values" (fun () -> Spikes([| 1.0; -1.0 |], [| 1.0; 0.0 |], 3) |> ignore)
            refusedNaming "rows" (fun () -> Spikes([| 1.0; 1.0 |], [| 1.0; 0.0 |], 0) |> ignore)
            refusedNaming "strength" (fun () -> Spikes([| 1.0 |], [| 1.0 |], 1).LargestEigenvalue -1.0 |> ignore)
            refusedNaming "ratio" (fun () -> Spikes.WhiteThreshold(1.0, 0.0) |> ignore))
    ]
