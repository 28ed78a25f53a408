/// The generalised law against sampled matrices and on hard populations.
module Qwem.Validation.Tests.SampledMatricesTests

open System
open Expecto
open Qwem.Theory
open Qwem.Validation.Tests.RandomMatrixSupport

// Finite-size bound on N KS (N eigenvalues; heuristics of random-matrix theory for real symmetric ensembles): the step itself
// adds at most 1; the mean counting function is off by at most 1/4 (the delta functions of weight 1/4 at the edges, minus an
// arcsine law of weight 1/2); the counting function fluctuates with variance (ln N + 2) / pi^2 (half line, beta = 1; the constant
// rounds up the edge-to-bulk value), of which five standard deviations are allowed since the maximum over N places is taken.
let private kolmogorovBound (n: int) =
    (1.25 + 5.0 * sqrt (log (float n) + 2.0) / Math.PI) / float n

let tests =
    testList "Sampled matrices" [
        slow (
            testCase "sampled matrices follow the law, closer and closer, and not the plain one" (fun () ->
                let measured = [|
                    for n in [ 25; 50; 100; 200 ] do
                        let d = 5 * n
                        let variances = powerLaw d
                        let law = natural n d
                        let plain = MarchenkoPastur(float n / float d, Array.average variances)

                        let distances = [|
                            for seed in 1..6 do
                                let sample = eigenvaluesOf (noise (Random(1000 * n + seed)) n variances)
                                let distance = kolmogorovSmirnov law.Distribution sample
                                within $"N = {n}, d = {d}, seed {1000 * n + seed}" distance (kolmogorovBound n)

                                if n >= 100 then
                                    Expect.isGreaterThan
                                        (kolmogorovSmirnov plain.Distribution sample)
                                        (kolmogorovBound n)
                                        "the plain law must fail"

                                distance
                        |]

                        struct (log (float n), log (Array.average distances))
                |]

                let mx = measured |> Array.averageBy (fun struct (x, _) -> x)
                let my = measured |> Array.averageBy (fun struct (_, y) -> y)

                let slope =
                    (measured |> Array.sumBy (fun struct (x, y) -> (x - mx) * (y - my)))
                    / (measured |> Array.sumBy (fun struct (x, _) -> (x - mx) ** 2.0))

                // sqrt(ln N) / N has slope -1 + 1/(2 ln N), about -0.88 here. The means of six distances scatter by some 10%: 0.1 / 1.55 twice over.
                within $"slope {slope} against -0.9" (abs (slope + 0.9)) 0.25)
        )

        testCase "sampled matrices with more rows than columns follow the law beside their zeros" (fun () ->
            for seed in 1..4 do
                let n, d = 200, 80
                let variances = Array.init d (fun k -> if k < 20 then 8.0 else 1.0)
                let law = GeneralisedMarchenkoPastur.OfVariances(variances, n)
                within "mass at zero" (abs (law.MassAtZero - 0.6)) (4.0 * u)
                let sample = eigenvaluesOf (noise (Random(500 + seed)) n variances)
                let zeros = sample |> Array.filter (fun x -> x < 1e-10) |> Array.length
                Expect.equal zeros (n - d) ""

                // Zeros are exact in theory: only the others are compared, each with its rank among all.
                let distance =
                    Array.init d (fun i ->
                        let f = law.Distribution sample[zeros + i]
                        max (abs (f - float (zeros + i) / float n)) (abs (f - float (zeros + i + 1) / float n)))
                    |> largest

                within $"seed {500 + seed}" distance (kolmogorovBound n))

        slow (
            testCase
                "hard populations: hundreds of intervals, nearly equal values, a nearly hard edge, a closing gap"
                (fun () ->
                    let mutable worst = 0.0

                    let check name (law: GeneralisedMarchenkoPastur) =
                        let gap = abs (over law law.Density + law.MassAtZero - 1.0)
                        let edges = law.Edges()

                        Expect.isTrue
                            (Array.forall (fun (a, b) -> a < b) (Array.pairwise edges))
                            $"{name}: edges ascend"

                        worst <- max worst gap

                    let separated = GeneralisedMarchenkoPastur(powerLaw 200, Array.create 200 1.0, 1e5)
                    Expect.equal (separated.Edges().Length) 400 ""
                    check "200 separated values" separated

                    for difference in [ 1e-15; 1e-12; 1e-9; 1e-6; 1e-3 ] do
                        for ratio in [ 0.02; 30.0 ] do
                            check
                                $"values apart by {difference}, gamma {ratio}"
                                (GeneralisedMarchenkoPastur([| 1.0; 1.0 + difference |], [| 1.0; 2.0 |], ratio))

                    for ratio in [ 0.999999; 1.0 - 1e-9; 1.0; 1.0 + 1e-9; 1.000001 ] do
                        check $"gamma {ratio}" (GeneralisedMarchenkoPastur([| 1.0; 5.0 |], [| 1.0; 1.0 |], ratio))

                    // Two values merge where the minimum of g in their gap is gamma, (cbrt p1 + cbrt p2)^3 / (v2 - v1)^2: just above, just below.
                    let closing = (Math.Cbrt 0.5 + Math.Cbrt(0.5 * 25.0)) ** 3.0 / 16.0

                    for shift in [ -1e-3; -1e-6; 1e-6; 1e-3 ] do
                        let law =
                            GeneralisedMarchenkoPastur([| 1.0; 5.0 |], [| 1.0; 1.0 |], closing * (1.0 + shift))

                        Expect.equal (law.Edges().Length) (if shift > 0.0 then 4 else 2) ""
                        check $"closing gap {shift}" law

                    // The bound of the issue. Worst at gamma = 1 -+ 1e-9, where a layer of relative width 1e-18 beside zero holds 5e-10 of the mass:
                    // the test's quadrature does not see it (its panels agree without it); elsewhere the gaps are below 2e-12.
                    within "mass" worst 1e-8)
        )

        testCase "a family of 27 pairs in 1024 dimensions costs little" (fun () ->
            let law = natural 27 1024

            let masses =
                Array.init 200 (fun i -> law.Distribution(law.Quantile(float i / 200.0)))

            let gap = largest (Array.mapi (fun i m -> abs (m - float i / 200.0)) masses)
            within "quantiles" gap 1e-11
            Expect.isGreaterThanOrEqual (law.Edges().Length) 2 "")
    ]
