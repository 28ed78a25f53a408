/// The asymmetric solution against an integration of both factors.
module Qwem.Validation.Tests.AsymmetricIntegrationTests

open System
open Expecto
open Qwem.Theory
open Qwem.Validation.Tests.AsymmetricSupport

// Both factors' own flow, with no lifting and no singular vectors: dW1 = W2 (M* - W1'W2)', dW2 = W1 (M* - W1'W2).
let private integrate (p: Lifted) time steps =
    let split (both: float[]) =
        struct (both[.. p.Left.Length - 1], both[p.Left.Length ..])

    let rate both =
        let struct (left, right) = split both
        let residual = Array.map2 (-) p.Target (modelOf p left right)

        Array.append
            (multiply p.Rows p.N p.M right (transpose p.M p.N residual))
            (multiply p.Rows p.M p.N left residual)

    split (RungeKutta.integrate rate (Array.append p.Left p.Right) time steps)

let tests =
    testList "Asymmetric integration" [
        testCase "the asymmetric flow agrees with an integration of both factors, at the integrator's order" (fun () ->
            let mutable worst, orders = 0.0, 0

            for seed in 1..20 do
                // Every third one wider than its rank.
                let p =
                    liftedWide (if seed % 3 = 0 then 2 else 0) (Random seed) 7 (10.0 ** -(float (seed % 4)))

                let p = if p.Rows > p.M + p.N then lifted (Random seed) 7 0.1 else p
                let time = 1.2
                let exact = (p.Solution.At(time * 1.0<kappaTime>)).Model()

                let run steps =
                    let struct (a, b) = integrate p time steps
                    modelOf p a b

                let runs = Array.map run [| 25; 50; 100 |]
                let d1 = frobeniusNorm (Array.map2 (-) runs[0] runs[1])
                let d2 = frobeniusNorm (Array.map2 (-) runs[1] runs[2])
                let gap = frobeniusNorm (Array.map2 (-) runs[2] exact)
                // Order 5: 1/31 of the last difference is left, a factor 2 for higher orders; rounding of 100 steps of 6 stages of
                // products with up to 8 terms, and as much again for the singular vectors' own orthogonality.
                let scale =
                    frobeniusNorm exact + sqrt (frobeniusNorm exact * frobeniusNorm p.Target)

                let rounding = 2.0 * 100.0 * 6.0 * 8.0 * u * scale
                within $"seed {seed}, m = {p.M}, n = {p.N}, d = {p.Rows}" gap (2.0 * d2 / 31.0 + rounding)
                worst <- max worst (frobenius (run 800) exact)

                // The flow's derivative is at most ||M*|| + 3 ||W||^2: only where the coarsest step is well below its inverse is an order to be
                // seen (a rule of harder draws: two of twenty, at 0.5 and 1.4, showed order 6 before they had one).
                let steepest =
                    p.Values[0] + 3.0 * (frobeniusNorm p.Left ** 2.0 + frobeniusNorm p.Right ** 2.0)

                if d2 > 100.0 * rounding && steepest * time / 25.0 < 0.25 then
                    orders <- orders + 1
                    within $"order, seed {seed}" (abs (Math.Log2(d1 / d2) - 5.0)) 0.5

            within "worst relative distance at 800 steps, as asked for" worst 1e-9
            Expect.isGreaterThanOrEqual orders 5 "slopes seen")

        testCase "both factors themselves agree up to one common rotation" (fun () ->
            for seed in 1..6 do
                let p = lifted (Random seed) 6 0.3
                let time = 0.8
                let struct (left, right) = integrate p time 800
                let state = p.Solution.At(time * 1.0<kappaTime>)
                let size = p.M + p.N
                // The Gram matrix of [W1 W2] fixes both factors up to one rotation; its blocks are W1'W1, W1'W2, W2'W2.
                let join (a: float[]) (b: float[]) =
                    Array.init (p.Rows * size) (fun at ->
                        let row, j = at / size, at % size
                        if j < p.M then a[row * p.M + j] else b[row * p.N + j - p.M])

                let reference = gram p.Rows (join left right)
                let value = gram p.Rows (join (state.Left().ToRows()) (state.Right().ToRows()))
                // h = 1e-3, rates up to 10: (10 h)^5 / 120 is 1e-12 per unit of time at most, squared factors double it.
                within $"seed {seed}" (frobenius value reference) 1e-10

                within
                    "balance is conserved"
                    (AsymmetricSolution.Imbalance(state.Left(), state.Right()))
                    (64.0 * float (size + p.Rows) * u))

        testCase "phi not halved, or kappa doubled, is found out by the integration" (fun () ->
            let p = lifted (Random 2) 6 0.3
            let time = 0.8
            let struct (a, b) = integrate p time 400
            let reference = modelOf p a b
            let right = frobenius ((p.Solution.At(time * 1.0<kappaTime>)).Model()) reference

            let doubled =
                frobenius ((p.Solution.At(2.0 * time * 1.0<kappaTime>)).Model()) reference
            // Without the half, W = [W1 W2] itself would start the symmetric flow: sqrt 2 too large a start, sqrt 2 too small a result.
            let grown =
                p.From(Array.map (fun w -> sqrt 2.0 * w) p.Left, Array.map (fun w -> sqrt 2.0 * w) p.Right)

            let unhalved =
                frobenius (Array.map (fun x -> 0.5 * x) ((grown.At(time * 1.0<kappaTime>)).Model())) reference

            Expect.isLessThan right (1e-9) ""
            Expect.isGreaterThan doubled (1e-3) ""
            Expect.isGreaterThan unhalved (1e-3) "")
    ]
