/// Alignment: the derivative, Eq. (74).
module Qwem.Validation.Tests.AlignmentDerivativeTests

open System
open Expecto
open FsCheck.FSharp
open Qwem.Theory
open Qwem.Validation.Tests.Problems
open Qwem.Validation.Tests.Spectra
open Qwem.Validation.Tests.AlignmentSupport

/// Spectra as everywhere; starts whose leading columns are independent; times at which modes rise, saturate and die.
let private dynamic (random: Random) =
    let size = random.Next(2, 41)
    let rows = random.Next(1, min size 8 + 1)
    let lambdas = spectrum random size
    let sigma = 10.0 ** (-12.0 * random.NextDouble())

    {
        Eigenvalues = lambdas
        Initial = gaussian random rows size sigma
        Rows = rows
        // A stretch of time in which the fastest mode grows by its whole range a few times over.
        Time =
            1.0<kappaTime>
            * ((0.2 + 3.0 * random.NextDouble()) * (1.0 - log sigma) / (abs lambdas[0] + 1.0))
    }

// Eighth-order central difference of R; weights for offsets 1..4.
let private stencil = [| 4.0 / 5.0; -1.0 / 5.0; 4.0 / 105.0; -1.0 / 280.0 |]

let private difference (solution: ExactSolution) tau h =
    let total =
        Array.zeroCreate<float>(solution.EmbeddingDimension * solution.VocabularySize)

    for k in 1..4 do
        let after = factorAt solution (tau + float k * h)
        let before = factorAt solution (tau - float k * h)

        for at in 0 .. total.Length - 1 do
            total[at] <- total[at] + stencil[k - 1] * (after[at] - before[at]) / h

    total

let private rowNorms rows (r: float[]) =
    let size = r.Length / rows
    Array.init rows (fun i -> frobeniusNorm r[i * size .. (i + 1) * size - 1])

/// The largest gap of any row, relative to that row's own scale.
let private rowGap rows (scale: float[]) (a: float[]) (b: float[]) =
    largest (Array.map2 (fun x s -> if s = 0.0 then x else x / s) (rowNorms rows (Array.map2 (-) a b)) scale)

/// How far a formula for dR/dtau is from the difference quotient of the exact R(t), and the bound for that.
let private derivativeGap (formula: float[] -> float[] -> float[]) random =
    let p = dynamic random
    let solution = p.Solution
    let rate = 1.0 + largest (Array.map abs p.Eigenvalues)
    let h = 0.05 / rate
    let tau = float p.Time + 8.0 * h
    let r = factorAt solution tau
    let exact = formula p.Eigenvalues r
    let fine, coarse = difference solution tau h, difference solution tau (2.0 * h)
    let rows = p.Rows
    let scale = rowNorms rows r
    // Order 8: the coarse step errs 256 times as much, so their difference / 255 is the fine one's error; twice that for
    // higher orders. Rounding: R's rows err by the exact solution's own bound, measured here by moving the start and the time as
    // roundingBound does, and the stencil multiplies it by 2 (4/5 + 1/5 + ...)/h < 2.1 / h.
    let observe (state: ExactState) = state.EmbeddingsInEigenbasis().ToRows()
    let gap (a: float[]) (b: float[]) = rowGap rows (rowNorms rows b) a b

    let noise =
        roundingBound observe gap {
            p with
                Time = Clock.KappaTime((tau + 4.0 * h) * 1.0<etaTime>)
        }

    let truncation = 2.0 * rowGap rows scale fine coarse / 255.0
    struct (rowGap rows scale exact fine, truncation + 2.1 / h * noise)

let private projected (lambdas: float[]) (r: float[]) =
    Projection.OfRows(r, r.Length / lambdas.Length)

let private derivative (lambdas: float[]) (r: float[]) =
    Alignment.Derivative(lambdas, projected lambdas r).ToRows()

// The three parts of dR/dtau.
let private parts (lambdas: float[]) (r: float[]) =
    let factor = projected lambdas r

    Alignment.LeadingDerivative(lambdas, factor).ToRows(),
    Alignment.DroppedByEq75(lambdas, factor).ToRows(),
    Alignment.DroppedByEq76(lambdas, factor).ToRows()

let tests =
    testList "Alignment derivative" [
        property "Eq. 74 is the derivative of the exact R(t), row by row" 150 (fun (seed: Seed) ->
            let struct (gap, bound) = derivativeGap derivative (seed.Random())
            labelled "row-relative gap" gap bound)

        slow (
            testCase
                "other forms of Eq. 74 are found out: the other clock, Eq. 75, Eq. 76, the printed sum with half its factor"
                (fun () ->
                    let combine a b c (lambdas: float[]) (r: float[]) =
                        let leading, by75, by76 = parts lambdas r
                        Array.map3 (fun x y z -> a * x + b * y + c * z) leading by75 by76

                    let judge formula =
                        let results = Array.init 60 (fun seed -> derivativeGap formula (Random seed))
                        let caught = results |> Array.filter (fun (struct (gap, bound)) -> gap > bound)

                        caught.Length

                    Expect.equal (judge derivative) 0 ""

                    for name, formula in
                        [
                            "clock twice as fast", combine 2.0 2.0 2.0
                            "Eq. 75 (coupling dropped)", combine 1.0 0.0 1.0
                            "Eq. 76 (all dropped)", combine 1.0 0.0 0.0
                            "coupling with the factor 1 for 2", combine 1.0 0.5 1.0
                            "coupling with the other sign", combine 1.0 -1.0 1.0
                        ] do
                        // One-dimensional embeddings and aligned moments have nothing to drop; a quarter of the draws must show it.
                        Expect.isGreaterThanOrEqual (judge formula) 15 name)
        )

        property
            "the derivative is R Lambda / 2 - T R, and the leading part plus what Eqs. 75 and 76 drop"
            150
            (fun (seed: Seed) ->
                let p = dynamic (seed.Random())
                let size, rows = p.Size, p.Rows
                let r = factorAt p.Solution (float p.Time)

                let transposed =
                    Array.init (size * rows) (fun at -> r[at % rows * size + at / rows])

                let products = multiply rows size rows r transposed

                // v1 Eqs. (68), (69), halved for the clock.
                let t =
                    Array.init (rows * rows) (fun at ->
                        let i, j = at / rows, at % rows

                        if i > j then 0.0
                        elif i = j then 0.5 * products[at]
                        else products[at])

                let tr = multiply rows rows size t r

                let matrix =
                    Array.init r.Length (fun at -> 0.5 * p.Eigenvalues[at % size] * r[at] - tr[at])

                // Entry by entry against magnitudes: every term's absolute value, (d + V) roundings.
                let absolute = Array.map abs

                let magnitude =
                    Array.map2
                        (fun x y -> x + y)
                        (multiply
                            rows
                            rows
                            size
                            (Array.map (fun x -> 2.0 * x) (multiply rows size rows (absolute r) (absolute transposed)))
                            (absolute r))
                        (Array.mapi (fun at x -> abs (p.Eigenvalues[at % size] * x)) r)

                let leading, by75, by76 = parts p.Eigenvalues r
                let sum = Array.map3 (fun a b c -> a + b + c) leading by75 by76
                let derivative = derivative p.Eigenvalues r
                let rounding = 4.0 * float (rows + size + 8) * u

                let gap (value: float[]) =
                    largest (
                        Array.mapi
                            (fun at x ->
                                if at % size < at / size || magnitude[at] < 1e-290 then
                                    0.0
                                else
                                    abs (x - matrix[at]) / magnitude[at])
                            value
                    )

                labelled "matrix form" (gap derivative) rounding
                .&. labelled "three parts" (gap sum) rounding
                .&. Seq.forall (fun at -> at % size >= at / size || derivative[at] = 0.0) (seq { 0 .. r.Length - 1 }))

        testCase "integrating Eq. 74 from R(0) gives R(t), at the integrator's order" (fun () ->
            for seed in 1..6 do
                let random = Random seed

                let lambdas =
                    Array.sortDescending (
                        Array.append [| 0.0; 1.2; 1.2 |] (Array.init 4 (fun _ -> 3.0 * gauss random))
                    )

                let rows = 3

                let solution =
                    ExactSolution(lambdas, projected lambdas (gaussian random rows 7 (10.0 ** -(float (seed % 3)))))

                let tau = 2.0

                let run = RungeKutta.integrate (derivative lambdas) (factorAt solution 0.0) tau

                let runs = Array.map run [| 100; 200; 400 |]
                let exact = factorAt solution tau
                let d1 = frobeniusNorm (Array.map2 (-) runs[0] runs[1])
                let d2 = frobeniusNorm (Array.map2 (-) runs[1] runs[2])
                let rounding = 400.0 * 6.0 * 8.0 * u * frobeniusNorm exact
                within $"seed {seed}" (frobeniusNorm (Array.map2 (-) runs[2] exact)) (2.0 * d2 / 31.0 + rounding)

                if d2 > 100.0 * rounding then
                    within $"order, seed {seed}" (abs (Math.Log2(d1 / d2) - 5.0)) 0.5)
    ]
