/// The generalised law against references, limits and its own integrals.
module Qwem.Validation.Tests.GeneralisedMarchenkoPasturTests

open System
open System.Numerics
open Expecto
open Qwem.Theory
open Qwem.Validation.Tests.Problems
open Qwem.Validation.Tests.RandomMatrixSupport

/// A handful of values over two decades, and a ratio over four: joined and split supports.
let private population seed =
    let random = Random(seed: int)
    let count = random.Next(1, 9)
    let values = Array.init count (fun _ -> 10.0 ** (2.0 * random.NextDouble() - 1.0))
    let weights = Array.init count (fun _ -> 0.05 + random.NextDouble())
    let ratio = 10.0 ** (4.0 * random.NextDouble() - 2.0)
    struct (values, weights, ratio, GeneralisedMarchenkoPastur(values, weights, ratio))

let private seeds = [| 1..12 |]

let tests =
    testList "Generalised marchenko pastur" [
        testCase "edges, density and distribution agree with fifty digits" (fun () ->
            let mutable compared = 0

            for quantity in [ "edge"; "density"; "distribution" ] do
                let mutable worst = 0.0

                for r in references.Value |> Array.filter (fun r -> r.Quantity = quantity) do
                    let law = GeneralisedMarchenkoPastur(r.Values, r.Weights, r.Ratio)
                    compared <- compared + 1

                    let gap =
                        match quantity with
                        | "edge" -> abs (law.Edges()[int r.Argument] - r.Result) / law.UpperEdge
                        | "density" -> relative (law.Density r.Argument) r.Result
                        | _ -> abs (law.Distribution r.Argument - r.Result)

                    worst <- max worst gap

                // Arguments keep 1e-3 of an interval's width from its edges: condition 1e3 / 2 of the square root, times an interval's
                // position over its width (at most ten in these cases), times twenty roundings: 1e5 u = 1e-11.
                within quantity worst 1e-11

            Expect.isGreaterThanOrEqual compared 100 "")

        testCase "equal variances give the plain law" (fun () ->
            let mutable worst = 0.0

            for ratio in [ 1e-3; 0.026; 0.4; 0.999; 1.0; 1.5; 20.0 ] do
                let plain = MarchenkoPastur(ratio, 1.3)

                for law in
                    [
                        GeneralisedMarchenkoPastur([| 1.3 |], [| 5.0 |], ratio)
                        GeneralisedMarchenkoPastur(
                            Array.create 512 1.3,
                            Array.init 512 (fun k -> float (k + 1)),
                            ratio
                        )
                    ] do
                    Expect.equal (law.Edges().Length) 2 ""
                    worst <- max worst (abs (law.LowerEdge - plain.LowerEdge))
                    worst <- max worst (abs (law.UpperEdge - plain.UpperEdge))
                    worst <- max worst (abs (law.MassAtZero - plain.MassAtZero))

                    for share in [ 0.001; 0.01; 0.3; 0.5; 0.9; 0.999 ] do
                        let x = plain.LowerEdge + share * (plain.UpperEdge - plain.LowerEdge)
                        worst <- max worst (relative (law.Density x) (plain.Density x))
                        worst <- max worst (abs (law.Distribution x - plain.Distribution x))
                        worst <- max worst (relative (law.Quantile share) (plain.Quantile share))

            // Condition at 1e-3 of the width from an edge: 1e3 / (width / position), the latter at least 0.06: 2e4 times 40 u.
            // Quantile of 1e-3 beside the hard edge, F ~ sqrt(x): relative 2 / 1e-3 times the absolute error of F, some 400 u for 512 weights.
            within "plain" worst 1e-10)

        testCase "two values: the density is the complex root of the explicit cubic" (fun () ->
            let mutable worst = 0.0

            for struct (v1, v2, w1, ratio) in
                [
                    struct (1.0, 3.0, 0.7, 0.5)
                    struct (1.0, 8.0, 0.5, 4.0)
                    struct (0.2, 1.0, 0.9, 0.05)
                    struct (1.0, 1.5, 0.5, 1.2)
                ] do
                let w2 = 1.0 - w1
                let law = GeneralisedMarchenkoPastur([| v1; v2 |], [| w1; w2 |], ratio)
                let a, b = ratio * v1, ratio * v2

                for edges in law.Edges() |> Array.chunkBySize 2 do
                    for share in [ 0.01; 0.2; 0.5; 0.8; 0.99 ] do
                        let x = edges[0] + share * (edges[1] - edges[0])
                        // (x m + 1)(1 + a m)(1 + b m) = m (w1 v1 (1 + b m) + w2 v2 (1 + a m)).
                        let c3 = x * a * b
                        let c2 = x * (a + b) + a * b - w1 * v1 * b - w2 * v2 * a
                        let c1 = x + a + b - w1 * v1 - w2 * v2
                        let struct (r0, r1, r2) = MathNet.Numerics.FindRoots.Cubic(1.0, c1, c2, c3)

                        let start = [| r0; r1; r2 |] |> Array.maxBy (fun (r: Complex) -> r.Imaginary)

                        let mutable m = start

                        for _ in 1..3 do
                            let p = ((c3 * m + Complex(c2, 0.0)) * m + Complex(c1, 0.0)) * m + Complex.One
                            let slope = (3.0 * c3 * m + Complex(2.0 * c2, 0.0)) * m + Complex(c1, 0.0)
                            m <- m - p / slope

                        worst <- max worst (relative (law.Density x) (m.Imaginary / Math.PI))

            // The double root at an edge is 1e-2 of a width away: condition 1e2 on either route, a hundred roundings.
            within "cubic" worst 1e-10)

        slow (
            testCase "the density integrates to the mass and to the moments of free probability" (fun () ->
                let mutable worst = 0.0

                let check name (law: GeneralisedMarchenkoPastur) =
                    let mass = abs (over law law.Density - (1.0 - law.MassAtZero))

                    let moments =
                        Array.init 4 (fun n ->
                            relative (over law (fun x -> x ** float (n + 1) * law.Density x)) (law.Moment(n + 1)))

                    let gap = max mass (largest moments)
                    Expect.isFalse (Double.IsNaN gap) name
                    worst <- max worst gap

                for seed in seeds do
                    let struct (_, _, ratio, law) = population seed
                    check $"seed {seed}, gamma %.3g{ratio}" law

                check "power law, N = 27, d = 512" (natural 27 512)
                check "power law, N = 27, d = 1024" (natural 27 1024)
                // The quadrature stops at 1e-13 per panel, of which there are at most a hundred per interval.
                within "mass and moments" worst 1e-11)
        )

        testCase "the closed distribution is the integral of the density" (fun () ->
            let mutable worst = 0.0

            let check (law: GeneralisedMarchenkoPastur) =
                let mutable below = law.MassAtZero

                for e in law.Edges() |> Array.chunkBySize 2 do
                    for share in [ 0.01; 0.4; 0.95 ] do
                        let x = e[0] + share * (e[1] - e[0])
                        worst <- max worst (abs (law.Distribution x - below - integrate e[0] e[1] x law.Density))

                    below <- below + integrate e[0] e[1] e[1] law.Density
                    worst <- max worst (abs (law.Distribution e[1] - below))

            for seed in seeds[..5] do
                let struct (_, _, _, law) = population seed
                check law

            // As for the moments: 1e-13 per panel.
            within "distribution" worst 1e-11)

        testCase "the density vanishes at the edges as a square root, and beyond them" (fun () ->
            let mutable worst = 0.0

            for seed in seeds do
                let struct (_, _, _, law) = population seed
                let edges = law.Edges()

                for i in 0 .. edges.Length - 1 do
                    let inward = if i % 2 = 0 then 1.0 else -1.0
                    let width = abs (edges[i] - edges[i ^^^ 1])
                    Expect.equal (law.Density(edges[i] - inward * 1e-9 * edges[i])) 0.0 ""
                    // f(4 delta) / f(delta) - 2, delta in units of the width.
                    let departure delta =
                        let near = law.Density(edges[i] + inward * delta * width)
                        Expect.isGreaterThan near 0.0 ""
                        abs (law.Density(edges[i] + inward * 4.0 * delta * width) / near - 2.0)

                    worst <- max worst (departure 1e-7 - 0.2 * departure 1e-6)

            // f = C sqrt(delta) (1 + O(delta)): the departure from 2 falls tenfold, twice that is allowed. Rounding of the edge:
            // u edge / (1e-7 width) = 1e-7 at edge / width = 1e2, ten roundings.
            within "square root" worst 1e-6)

        testCase "each interval holds the columns above its gap" (fun () ->
            // gamma = 40, four separated values: 1 - F in the gap below value v is the share of columns at v and above, over gamma.
            let values = [| 1.0; 10.0; 100.0; 1000.0 |]
            let weights = [| 0.1; 0.2; 0.3; 0.4 |]
            let law = GeneralisedMarchenkoPastur(values, weights, 40.0)
            let edges = law.Edges()
            Expect.equal edges.Length 8 ""

            for i in 0..2 do
                let gap = 0.5 * (edges[2 * i + 1] + edges[2 * i + 2])
                let expected = 1.0 - Array.sum weights[i + 1 ..] / 40.0
                within $"gap {i}" (abs (law.Distribution gap - expected)) (16.0 * u)

                within $"below the gap {i}" (abs (law.Distribution(edges[2 * i + 1] * (1.0 - 1e-15)) - expected)) 1e-14)

        testCase "the inverse map returns from the transform of the law" (fun () ->
            let mutable worst = 0.0

            for seed in seeds[..5] do
                let struct (_, _, _, law) = population seed

                for x in [ -2.0; law.UpperEdge * 1.3; law.UpperEdge * 4.0 ] do
                    let transform = over law (fun y -> law.Density y / (y - x)) - law.MassAtZero / x

                    worst <- max worst (relative (law.InverseStieltjes transform) x)

            // z'(m) m / z is of order one to ten outside 1.3 times the edge; the quadrature is good to 1e-11 by the test above.
            within "z(m(x)) = x" worst 1e-10)

        testCase "the quantile inverts the distribution" (fun () ->
            let mutable worst = 0.0

            for seed in seeds do
                let struct (_, _, _, law) = population seed

                for p in [ 1e-4; 0.1; 0.5; 0.77; 0.95; 0.9999 ] do
                    worst <- max worst (abs (law.Distribution(law.Quantile p) - max p law.MassAtZero))

            within "quantile" worst 1e-11)

        testCase "units, order and splitting of the population do not matter" (fun () ->
            let mutable worst = 0.0

            for seed in seeds do
                let struct (values, weights, ratio, law) = population seed

                let other =
                    GeneralisedMarchenkoPastur(
                        Array.append (Array.rev values) values |> Array.map (fun v -> 3e-9 * v),
                        Array.append (Array.rev weights) (Array.map (fun w -> 2.0 * w) weights),
                        ratio
                    )

                for p in [ 0.2; 0.6; 0.99 ] do
                    let x = law.Quantile p

                    if x > 0.0 then
                        worst <- max worst (relative (3e-9 * other.Density(3e-9 * x)) (law.Density x))
                        worst <- max worst (abs (other.Distribution(3e-9 * x) - law.Distribution x))

            within "invariance" worst 1e-9)

        testCase "populations that are none are refused" (fun () ->
            let law (values: float[]) (weights: float[]) ratio () =
                GeneralisedMarchenkoPastur(values, weights, ratio) |> ignore

            refusedNaming "values" (law [||] [||] 1.0)
            refusedNaming "weights" (law [| 1.0 |] [||] 1.0)
            refusedNaming "values[1]" (law [| 1.0; -1.0 |] [| 1.0; 1.0 |] 1.0)
            refusedNaming "weights[0]" (law [| 1.0; 1.0 |] [| nan; 1.0 |] 1.0)
            refusedNaming "sum of weights" (law [| 1.0 |] [| 0.0 |] 1.0)
            refusedNaming "values" (law [| 0.0; 1.0 |] [| 1.0; 0.0 |] 1.0)
            refusedNaming "values" (law [| 1e-120; 1.0 |] [| 1.0; 1.0 |] 1.0)
            refusedNaming "ratio" (law [| 1.0 |] [| 1.0 |] 0.0)
            refusedNaming "rows" (fun () -> GeneralisedMarchenkoPastur.OfVariances([| 1.0 |], 0) |> ignore)
            refusedNaming "probability" (fun () -> (natural 3 4).Quantile -0.1 |> ignore)
            refusedNaming "transform" (fun () -> (natural 3 4).InverseStieltjes 0.0 |> ignore))
    ]
