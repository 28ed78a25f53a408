module Qwem.Validation.Tests.MarchenkoPasturTests

open System
open Expecto
open Qwem.Theory
open Qwem.Validation.Tests.Problems
open Qwem.Validation.Tests.RandomMatrixSupport

let private ratios = [| 1e-4; 0.0064; 0.026; 0.3; 0.95; 1.0; 1.05; 7.0; 300.0 |]

// The rounding of the quadrature: x is known to u of the upper edge, hence the density at distance delta from an edge to
// u b / delta relatively; integrated against sqrt(delta) that is a few u b / sqrt(width) of mass, b / (b - a) = O(1/sqrt(gamma)).
// 1000 Gauss points of positive weight add at most 50 u each in their panel. All in all below 1e-12 for these ratios.
let private closed = 1e-12

let tests =
    testList "Marchenko pastur" [
        testCase "the closed distribution is the integral of the density" (fun () ->
            let mutable worst = 0.0

            for ratio in ratios do
                let law = MarchenkoPastur(ratio, 1.7)

                for share in [ 1e-4; 0.03; 0.2; 0.5; 0.8; 0.999 ] do
                    let x = law.LowerEdge + share * (law.UpperEdge - law.LowerEdge)
                    let mass = integrate law.LowerEdge law.UpperEdge x law.Density
                    worst <- max worst (abs (law.Distribution x - law.MassAtZero - mass))

            within "distribution" worst closed)

        testCase "the density integrates to one minus the mass at zero, and to the moments" (fun () ->
            let mutable mass = 0.0
            let mutable moments = 0.0

            for ratio in ratios do
                let law = MarchenkoPastur(ratio, 0.6)

                let over f =
                    integrate law.LowerEdge law.UpperEdge law.UpperEdge f

                mass <- max mass (abs (over law.Density - (1.0 - max 0.0 (1.0 - 1.0 / ratio))))

                for n in 1..4 do
                    moments <- max moments (relative (over (fun x -> x ** float n * law.Density x)) (law.Moment n))

            within "mass" mass closed
            within "moments" moments closed)

        testCase "edges, density and distribution agree with fifty digits" (fun () ->
            let mutable worst = 0.0
            let mutable compared = 0

            for r in references.Value |> Array.filter (fun r -> r.Case.StartsWith "plain") do
                let law = MarchenkoPastur(r.Ratio, r.Values[0])
                compared <- compared + 1

                // Every value is a well-conditioned function of x but for the distance to an edge, here at least 1e-3 of the width (or of
                // x itself beside the hard edge): relative 1e3 u times ten operations. Distribution: absolute.
                let gap =
                    match r.Quantity with
                    | "edge" ->
                        abs ((if r.Argument = 0.0 then law.LowerEdge else law.UpperEdge) - r.Result)
                        / law.UpperEdge
                    | "density" -> relative (law.Density r.Argument) r.Result
                    | _ -> abs (law.Distribution r.Argument - r.Result)

                worst <- max worst gap

            Expect.isGreaterThanOrEqual compared 40 ""
            within "reference" worst closed)

        testCase "the distribution's two evaluations meet where one hands over to the other" (fun () ->
            // q = 0.1 is gamma = 0.01 and 100: the same angle on both sides of the switch. The slope in gamma is of order one per
            // unit of ln gamma: a relative step of 4e-15 moves nothing by more than 1e-14; closed form cancels by 1/q: 50 u / q.
            for ratio in [ 0.01; 100.0 ] do
                for t in [ 0.1; 1.0; 2.0; 3.0 ] do
                    let at (r: float) =
                        let law = MarchenkoPastur(r, 1.0)
                        law.Distribution(law.LowerEdge + (law.UpperEdge - law.LowerEdge) * sin (0.5 * t) ** 2.0)

                    within
                        $"gamma {ratio}, t {t}"
                        (abs (at (ratio * (1.0 - 2e-15)) - at (ratio * (1.0 + 2e-15))))
                        (1e-14 + 500.0 * u))

        testCase "rows and columns trade places: 1 - F_gamma(x) is (1 - F_1/gamma(x / gamma)) / gamma" (fun () ->
            let mutable worst = 0.0

            for ratio in ratios do
                let law = MarchenkoPastur(ratio, 1.0)
                let dual = MarchenkoPastur(1.0 / ratio, 1.0)

                for share in [ 0.001; 0.3; 0.7; 0.99 ] do
                    let x = law.LowerEdge + share * (law.UpperEdge - law.LowerEdge)
                    let left = 1.0 - law.Distribution x
                    worst <- max worst (abs (left - (1.0 - dual.Distribution(x / ratio)) / ratio))

            within "duality" worst closed)

        testCase "the quantile inverts the distribution" (fun () ->
            let mutable worst = 0.0

            for ratio in ratios do
                let law = MarchenkoPastur(ratio, 3.0)

                for p in [ 0.0; 1e-6; 0.01; 0.3; 0.9; 0.999; 1.0 ] do
                    let x = law.Quantile p
                    worst <- max worst (abs (law.Distribution x - max p law.MassAtZero))

            within "quantile" worst closed)

        testCase "a law without rows, columns or noise is refused" (fun () ->
            refusedNaming "ratio" (fun () -> MarchenkoPastur(0.0, 1.0) |> ignore)
            refusedNaming "variance" (fun () -> MarchenkoPastur(1.0, -1.0) |> ignore)
            refusedNaming "probability" (fun () -> MarchenkoPastur(1.0, 1.0).Quantile 1.5 |> ignore)
            refusedNaming "eigenvalue" (fun () -> MarchenkoPastur(1.0, 1.0).Density nan |> ignore)
            refusedNaming "order" (fun () -> MarchenkoPastur(1.0, 1.0).Moment 5 |> ignore))
    ]
