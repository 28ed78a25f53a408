/// The random-matrix laws: moments from free cumulants, known special cases, and that units do not matter.
module Qwem.Validation.Tests.RandomMatrixDetailTests

open System
open Expecto
open Qwem.Theory
open Qwem.Validation.Tests.DetailSupport

let private law (values: float list) (weights: float list) ratio =
    GeneralisedMarchenkoPastur(Array.ofList values, Array.ofList weights, ratio)

let private populations = [
    [ 1.0 ], [ 1.0 ]
    [ 3.0 ], [ 2.0 ]
    [ 0.25; 5.0 ], [ 3.0; 1.0 ]
    [ 0.0; 0.5; 7.0 ], [ 1.0; 2.0; 1.0 ]
    [ 0.1; 1.0; 12.0 ], [ 0.5; 0.3; 0.2 ]
]

let private ratios = [ 0.1; 0.5; 1.0; 3.0 ]

let private everyLaw = [
    for values, weights in populations do
        for ratio in ratios do
            values, weights, ratio
]

let tests =
    testList "Random-matrix laws in detail" [
        testCase "moments are those of the free cumulants gamma^(n-1) h_n"
        <| fun () ->
            for values, weights, ratio in everyLaw do
                let total = List.sum weights

                let h (n: int) =
                    List.sum (List.map2 (fun v w -> w / total * pown v n) values weights)

                let k1, k2, k3, k4 =
                    h 1, ratio * h 2, ratio * ratio * h 3, ratio * ratio * ratio * h 4

                let moments = [
                    k1
                    k1 * k1 + k2
                    pown k1 3 + 3.0 * k1 * k2 + k3
                    pown k1 4 + 6.0 * k1 * k1 * k2 + 4.0 * k1 * k3 + 2.0 * k2 * k2 + k4
                ]

                moments
                |> List.iteri (fun at m ->
                    agrees 100.0 ((law values weights ratio).Moment(at + 1)) m $"moment %d{at + 1}")

            for order in [ 0; 5 ] do
                refusedSaying $"order = %d{order}; allowed: 1 to 4" (fun () ->
                    (law [ 1.0 ] [ 1.0 ] 1.0).Moment order |> ignore)

        testCase "of one variance it is the plain law, edges, density, distribution and quantiles"
        <| fun () ->
            for ratio in ratios do
                for variance in [ 0.3; 1.0; 3.0; 1e6 ] do
                    let general, plain =
                        law [ variance ] [ 5.0 ] ratio, MarchenkoPastur(ratio, variance)

                    let root = sqrt ratio
                    let lower, upper = variance * (1.0 - root) ** 2.0, variance * (1.0 + root) ** 2.0
                    allAgree 100.0 (general.Edges()) [| lower; upper |] "edges"
                    agrees 100.0 general.UpperEdge upper "upper edge"
                    Expect.equal general.LowerEdge (general.Edges()[0]) "lower edge"
                    allAgree 100.0 [| plain.LowerEdge; plain.UpperEdge |] [| lower; upper |] "the plain law's edges"
                    let mass = max 0.0 (1.0 - 1.0 / ratio)
                    Expect.floatClose Accuracy.high general.MassAtZero mass "mass at zero"
                    Expect.floatClose Accuracy.high plain.MassAtZero mass "the plain law's mass at zero"

                    for share in [ 0.1; 0.35; 0.6; 0.9 ] do
                        let x = lower + share * (upper - lower)

                        let density =
                            sqrt ((upper - x) * (x - lower)) / (2.0 * Math.PI * ratio * variance * x)

                        agrees 1e4 (general.Density x) density "density"
                        agrees 1e4 (plain.Density x) density "the plain law's density"
                        Expect.isTrue (abs (general.Distribution x - plain.Distribution x) < 1e-10) "distribution"
                        let p = mass + share * (1.0 - mass)
                        agrees 1e7 (general.Quantile p) (plain.Quantile p) "quantile"
                        agrees 1e7 (plain.Distribution(plain.Quantile p)) p "the plain law's quantile"

                    for outside in [ -1.0; 0.99 * lower; 1.01 * upper ] do
                        if outside <> 0.0 then
                            Expect.equal (general.Density outside, plain.Density outside) (0.0, 0.0) "beyond the edges"

                    Expect.equal
                        (general.Distribution upper, plain.Distribution(1.01 * upper))
                        (1.0, 1.0)
                        "all below the upper edge"

                    Expect.equal (general.Distribution -1.0, plain.Distribution -1.0) (0.0, 0.0) "none below zero"

        testCase "units do not matter: a thousand times the variances, a thousand times the eigenvalues"
        <| fun () ->
            for values, weights, ratio in everyLaw do
                for unit in [ 1000.0; 0.003 ] do
                    let one, other =
                        law values weights ratio, law (List.map ((*) unit) values) weights ratio

                    allAgree 1e4 (other.Edges()) (Array.map ((*) unit) (one.Edges())) "edges"
                    Expect.equal other.MassAtZero one.MassAtZero "mass at zero"
                    agrees 1e4 other.LowerEdge (unit * one.LowerEdge) "lower edge"

                    for p in [ 0.05; 0.3; 0.62; 0.95 ] do
                        let x = one.Quantile p
                        agrees 1e6 (other.Quantile p) (unit * x) "quantile"
                        agrees 1e7 (unit * other.Density(unit * x)) (one.Density x) "density"
                        agrees 1e7 (other.Distribution(unit * x)) (one.Distribution x) "distribution"

                    for m in [ -2.0; -0.3; 0.01; 5.0 ] do
                        let share = List.map (fun w -> w / List.sum weights) weights

                        let z =
                            -1.0 / m
                            + List.sum (List.map2 (fun v w -> w * v / (1.0 + ratio * v * m)) values share)

                        agrees 1e4 (one.InverseStieltjes m) z "inverse transform"
                        agrees 1e4 (other.InverseStieltjes(m / unit)) (unit * z) "inverse transform in other units"

        testCase "spikes in other units"
        <| fun () ->
            for unit in [ 1.0; 1000.0; 0.003 ] do
                let variances = [| 1.0; 2.0; 2.0; 0.5 |] |> Array.map ((*) unit)
                let direction = [| 0.5; 0.5; -0.5; 0.5 |]

                let spikes, plain =
                    Spikes(variances, direction, 3), Spikes([| 1.0; 2.0; 2.0; 0.5 |], direction, 3)

                agrees 1e5 spikes.Threshold (unit * plain.Threshold) "threshold"

                for strength in [ 0.5; 1.5; 4.0 ] do
                    let s = strength * plain.Threshold

                    agrees
                        1e5
                        (spikes.LargestEigenvalue(unit * s))
                        (unit * plain.LargestEigenvalue s)
                        "largest eigenvalue"

                    agrees
                        1e5
                        (spikes.PaperLargestEigenvalue(unit * s))
                        (unit * plain.PaperLargestEigenvalue s)
                        "the paper's"

                    agrees 1e6 (spikes.RowOverlap(unit * s)) (plain.RowOverlap s) "overlap of rows"

                    agrees 1e6 (spikes.DirectionOverlap(unit * s)) (plain.DirectionOverlap s) "overlap of directions"

                    agrees 1e6 (spikes.MeanShare(unit * s)) (plain.MeanShare s) "mean share"

                agrees 1e6 spikes.EdgeFluctuation (unit * plain.EdgeFluctuation) "fluctuation of the edge"
                // Equal variances: the white closed forms.
                let white = Spikes(Array.create 6 unit, [| 1.0; 0.0; 0.0; 0.0; 0.0; 0.0 |], 3)
                agrees 1e5 white.Threshold (Spikes.WhiteThreshold(unit, 0.5)) "white threshold"
                let s = 3.0 * white.Threshold

                agrees 1e5 (white.LargestEigenvalue s) (Spikes.WhiteLargestEigenvalue(s, unit, 0.5)) "white eigenvalue"

                agrees 1e6 (white.RowOverlap s) (Spikes.WhiteRowOverlap(s, unit, 0.5)) "white overlap"

        testCase "a ratio at the share of positive variances is a hard edge"
        <| fun () ->
            for zeros, positives in [ 1, 1; 3, 1; 1, 5 ] do
                let variances = Array.append (Array.zeroCreate zeros) (Array.create positives 2.0)
                let law = GeneralisedMarchenkoPastur.OfVariances(variances, positives)
                agrees 4.0 law.Ratio (float positives / float (zeros + positives)) "ratio"
                Expect.equal law.MassAtZero 0.0 "no mass at zero"
                Expect.equal (law.Density 0.0) infinity "density at zero"
                Expect.equal law.LowerEdge 0.0 "lower edge"
                let more = GeneralisedMarchenkoPastur.OfVariances(variances, positives + 1)
                agrees 100.0 more.MassAtZero (1.0 / float (positives + 1)) "mass at zero of one more row"
                Expect.equal (more.Density 0.0) 0.0 "no density at zero then"
                Expect.equal (more.Quantile(more.MassAtZero)) 0.0 "quantile at the mass"
                Expect.isGreaterThan (more.Quantile(more.MassAtZero + 0.01)) 0.0 "quantile beyond the mass"

        testCase "zero weights on zero variances and the order of the values change nothing"
        <| fun () ->
            let one = law [ 0.5; 7.0 ] [ 2.0; 1.0 ] 0.5
            Expect.equal (law [ 7.0; 0.0; 0.5 ] [ 1.0; 0.0; 2.0 ] 0.5) one "without weight"
            Expect.equal (law [ 7.0; 0.5; 0.5 ] [ 1.0; 1.0; 1.0 ] 0.5) one "split in two"
            Expect.equal one.MassAtZero 0.0 "no mass at zero"

        testCase "laws that are none are refused to the letter"
        <| fun () ->
            let made values weights ratio () = law values weights ratio |> ignore
            refusedSaying "values is empty; allowed: length of 1 or more" (made [] [] 1.0)

            refusedSaying
                "no weight lies on a positive value; allowed: at least one"
                (made [ 0.0; 1.0 ] [ 1.0; 0.0 ] 1.0)

            refusedSaying
                "values reach from 1 to 1E+101; allowed: positive values of at least 1e-100 of the largest"
                (made [ 1.0; 1e101 ] [ 1.0; 1.0 ] 1.0)

            law [ 1.0; 1e100 ] [ 1.0; 1.0 ] 1.0 |> ignore

            refusedSaying "values[1] = -1; allowed: non-negative finite numbers" (made [ 1.0; -1.0 ] [ 1.0; 1.0 ] 1.0)

            refusedSaying "values[0] = -1; allowed: non-negative finite numbers" (made [ -1.0; 1.0 ] [ 1.0; 1.0 ] 1.0)

            refusedSaying "weights[0] = -1; allowed: non-negative finite numbers" (made [ 1.0; 1.0 ] [ -1.0; 2.0 ] 1.0)

            refusedSaying "weights[1] = -1; allowed: non-negative finite numbers" (made [ 1.0; 1.0 ] [ 2.0; -1.0 ] 1.0)

            refusedSaying "rows = 0; allowed: 1 or more" (fun () ->
                GeneralisedMarchenkoPastur.OfVariances([| 1.0 |], 0) |> ignore)

            GeneralisedMarchenkoPastur.OfVariances([| 1.0 |], 1) |> ignore
            let plain = MarchenkoPastur(1.0, 1.0)
            refusedSaying "order = 0; allowed: 1 to 4" (fun () -> plain.Moment 0 |> ignore)

            for p in [ -0.1; 1.1 ] do
                refusedSaying $"probability = {p}; allowed: 0 to 1" (fun () -> plain.Quantile p |> ignore)

                refusedSaying $"probability = {p}; allowed: 0 to 1" (fun () ->
                    (law [ 1.0 ] [ 1.0 ] 1.0).Quantile p |> ignore)

        testCase "a family's spectrum, by hand"
        <| fun () ->
            // Rows (3, 0, 0) and (1, 2, 0): R R' = (9, 3; 3, 5), eigenvalues 7 +- 13^{1/2}.
            let family = FamilySpectrum([| 3.0; 0.0; 0.0; 1.0; 2.0; 0.0 |], 2, 3)
            let high, low = 7.0 + sqrt 13.0, 7.0 - sqrt 13.0
            allAgree 100.0 (family.Eigenvalues()) [| high / 3.0; low / 3.0 |] "eigenvalues"
            Expect.equal family.Rank 2 "rank"
            agrees 100.0 family.SignalToNoise (high * 2.0 / 14.0) "signal to noise"
            allAgree 4.0 (family.MeanDifference()) [| 2.0; 1.0; 0.0 |] "mean"
            agrees 100.0 family.MeanShare (2.0 * 5.0 / high) "mean share"
            allAgree 4.0 (family.Localisation()) [| 0.8; 0.2; 0.0 |] "localisation"
            agrees 10.0 (family.InverseParticipationRatio()) 0.68 "inverse participation ratio"
            allAgree 4.0 (family.ColumnVariances()) [| 2.0; 2.0; 0.0 |] "variances"
            // Transposed: a third eigenvalue, exactly zero.
            let other = FamilySpectrum([| 3.0; 1.0; 0.0; 2.0; 0.0; 0.0 |], 3, 2)
            allAgree 100.0 (other.Eigenvalues()) [| high / 2.0; low / 2.0; 0.0 |] "eigenvalues of the transposed"
            Expect.equal (other.Eigenvalues()[2]) 0.0 "an exact zero"
            let first = family.Truncated 1
            Expect.equal (first.Differences()) [| 3.0; 1.0 |] "truncated"
            Expect.equal ((family.Truncated 3).Differences()) (family.Differences()) "not truncated"
            agrees 4.0 (FamilySpectrum.EffectiveDimension [| 6.0; 3.0; 0.0 |]) (81.0 / 45.0) "effective dimension"
            agrees 4.0 (FamilySpectrum.EffectiveDimension [| 0.3 |]) 1.0 "of one variance"
            agrees 4.0 (FamilySpectrum.EffectiveDimension [| 0.3; 0.3; 0.3 |]) 3.0 "of three alike"

            refusedSaying "variances[0] = -1; allowed: non-negative finite numbers" (fun () ->
                FamilySpectrum.EffectiveDimension [| -1.0; 2.0 |] |> ignore)

            refusedSaying "variances[1] = -1; allowed: non-negative finite numbers" (fun () ->
                FamilySpectrum.EffectiveDimension [| 2.0; -1.0 |] |> ignore)

            for d in [ 0; 4 ] do
                refusedSaying $"dimension = %d{d}; allowed: 1 to d = 3" (fun () -> family.Truncated d |> ignore)

            let eigenvectors = [| 1.0; 0.0; 0.0; 0.0; 0.0; 1.0; 0.0; 0.0; 0.0; 0.0; 1.0; 0.0 |]

            let pairs first second d =
                FamilySpectrum.OfPairs([| 4.0; 0.0; -1.0 |], eigenvectors, first, second, d)

            Expect.equal
                ((pairs [| 1; 3 |] [| 0; 0 |] 3).Differences())
                [| 2.0; 0.0; 0.0; 2.0; 0.0; 0.0 |]
                "differences of words"

            refusedSaying "firstWords[1] = 4; allowed: 0 to V - 1 = 3" (fun () ->
                pairs [| 1; 4 |] [| 0; 0 |] 3 |> ignore)

            refusedSaying "secondWords[0] = -1; allowed: 0 to V - 1 = 3" (fun () ->
                pairs [| 1; 3 |] [| -1; 0 |] 3 |> ignore)

            refusedSaying "secondWords has 1 entries; expected 2" (fun () -> pairs [| 1; 3 |] [| 0 |] 3 |> ignore)

            for d in [ 0; 4 ] do
                refusedSaying $"dimension = %d{d}; allowed: 1 to D = 3" (fun () -> pairs [| 1 |] [| 0 |] d |> ignore)
    ]
