[<NUnit.Framework.TestFixture>]
module Qwem.Validation.Tests.AlignmentTests

open System
open NUnit.Framework
open FsCheck.FSharp
open FsCheck.NUnit
open Qwem.Theory
open Qwem.Validation.Tests.Generators

// R(tau) of the exact solution, tau = 2 kappa t.
let private factorAt (solution: ExactSolution) tau =
    (solution.At(Alignment.KappaTime tau)).EmbeddingsInEigenbasis()

// ---- The derivative, Eq. (74) --------------------------------------------------------------------------------------------

/// Spectra as everywhere; starts whose leading columns are independent; times at which modes rise, saturate and die.
let private dynamic seed =
    let random = Random(seed: int)
    let size = random.Next(2, 41)
    let rows = random.Next(1, min size 8 + 1)
    let lambdas = spectrum random size
    let sigma = 10.0 ** (-12.0 * random.NextDouble())

    {
        Eigenvalues = lambdas
        Initial = gaussian random rows size sigma
        Rows = rows
        // A stretch of time in which the fastest mode grows by its whole range a few times over.
        Time = (0.2 + 3.0 * random.NextDouble()) * (1.0 - log sigma) / (abs lambdas[0] + 1.0)
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
let private derivativeGap (formula: float[] -> float[] -> float[]) seed =
    let p = dynamic seed
    let solution = p.Solution
    let rate = 1.0 + largest (Array.map abs p.Eigenvalues)
    let h = 0.05 / rate
    let tau = p.Time + 8.0 * h
    let r = factorAt solution tau
    let exact = formula p.Eigenvalues r
    let fine, coarse = difference solution tau h, difference solution tau (2.0 * h)
    let rows = p.Rows
    let scale = rowNorms rows r
    // Order 8: the coarse step errs 256 times as much, so their difference / 255 is the fine one's error; twice that for
    // higher orders. Rounding: R's rows err by the exact solution's own bound, measured here by moving the start and the time as
    // roundingBound does, and the stencil multiplies it by 2 (4/5 + 1/5 + ...)/h < 2.1 / h.
    let observe (state: ExactState) = state.EmbeddingsInEigenbasis()
    let gap (a: float[]) (b: float[]) = rowGap rows (rowNorms rows b) a b

    let noise =
        roundingBound
            observe
            gap
            { p with
                Time = Alignment.KappaTime(tau + 4.0 * h)
            }

    let truncation = 2.0 * rowGap rows scale fine coarse / 255.0
    struct (rowGap rows scale exact fine, truncation + 2.1 / h * noise)

let private derivative (lambdas: float[]) (r: float[]) = Alignment.Derivative(lambdas, r)

[<Property(MaxTest = 150)>]
let ``Eq. 74 is the derivative of the exact R(t), row by row`` (seed: int) =
    let struct (gap, bound) = derivativeGap derivative seed
    labelled "row-relative gap" gap bound

[<Test>]
let ``other forms of Eq. 74 are found out: the other clock, Eq. 75, Eq. 76, the printed sum with half its factor`` () =
    let combine a b c (lambdas: float[]) (r: float[]) =
        Array.map3
            (fun x y z -> a * x + b * y + c * z)
            (Alignment.LeadingDerivative(lambdas, r))
            (Alignment.DroppedByEq75(lambdas, r))
            (Alignment.DroppedByEq76(lambdas, r))

    let judge formula =
        let results = Array.init 60 (fun seed -> derivativeGap formula seed)
        let caught = results |> Array.filter (fun (struct (gap, bound)) -> gap > bound)

        let ratios =
            results |> Array.map (fun (struct (gap, bound)) -> gap / bound) |> Array.sort

        struct (caught.Length, ratios)

    let struct (caught, ratios) = judge derivative

    let bounds =
        Array.init 60 (fun seed ->
            let struct (_, b) = derivativeGap derivative seed
            b)
        |> Array.sort

    TestContext.Out.WriteLine
        $"right: caught {caught}, utilisation median %.3g{ratios[30]}, largest %.3g{ratios[59]}; bounds median %.3g{bounds[30]}, largest %.3g{bounds[59]}"

    Assert.That(caught, Is.EqualTo 0)

    for name, formula in
        [
            "clock twice as fast", combine 2.0 2.0 2.0
            "Eq. 75 (coupling dropped)", combine 1.0 0.0 1.0
            "Eq. 76 (all dropped)", combine 1.0 0.0 0.0
            "coupling with the factor 1 for 2", combine 1.0 0.5 1.0
            "coupling with the other sign", combine 1.0 -1.0 1.0
        ] do
        let struct (caught, ratios) = judge formula
        TestContext.Out.WriteLine $"%s{name}: caught in {caught} of 60, median gap / bound %.3g{ratios[30]}"
        // One-dimensional embeddings and aligned moments have nothing to drop; a quarter of the draws must show it.
        Assert.That(caught, Is.GreaterThanOrEqualTo 15, name)

[<Property(MaxTest = 150)>]
let ``the derivative is R Lambda / 2 - T R, and the leading part plus what Eqs. 75 and 76 drop`` (seed: int) =
    let p = dynamic seed
    let size, rows = p.Size, p.Rows
    let r = factorAt p.Solution p.Time

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

    let parts =
        Array.map3
            (fun a b c -> a + b + c)
            (Alignment.LeadingDerivative(p.Eigenvalues, r))
            (Alignment.DroppedByEq75(p.Eigenvalues, r))
            (Alignment.DroppedByEq76(p.Eigenvalues, r))

    let derivative = Alignment.Derivative(p.Eigenvalues, r)
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
    .&. labelled "three parts" (gap parts) rounding
    .&. Seq.forall (fun at -> at % size >= at / size || derivative[at] = 0.0) (seq { 0 .. r.Length - 1 })

[<Test>]
let ``integrating Eq. 74 from R(0) gives R(t), at the integrator's order`` () =
    for seed in 1..6 do
        let random = Random seed

        let lambdas =
            Array.sortDescending (Array.append [| 0.0; 1.2; 1.2 |] (Array.init 4 (fun _ -> 3.0 * gauss random)))

        let rows = 3

        let solution =
            ExactSolution(lambdas, gaussian random rows 7 (10.0 ** -(float (seed % 3))))

        let tau = 2.0
        // Butcher's method of order five.
        let table =
            [|
                [||]
                [| 1.0 / 4.0 |]
                [| 1.0 / 8.0; 1.0 / 8.0 |]
                [| 0.0; -1.0 / 2.0; 1.0 |]
                [| 3.0 / 16.0; 0.0; 0.0; 9.0 / 16.0 |]
                [| -3.0 / 7.0; 2.0 / 7.0; 12.0 / 7.0; -12.0 / 7.0; 8.0 / 7.0 |]
            |]

        let weights =
            [| 7.0 / 90.0; 0.0; 32.0 / 90.0; 12.0 / 90.0; 32.0 / 90.0; 7.0 / 90.0 |]

        let run steps =
            let h = tau / float steps
            let mutable r = factorAt solution 0.0

            for _ in 1..steps do
                let stages = ResizeArray<float[]>()

                let advance (row: float[]) =
                    let x = Array.copy r

                    for s in 0 .. row.Length - 1 do
                        for k in 0 .. x.Length - 1 do
                            x[k] <- x[k] + h * row[s] * stages[s][k]

                    x

                for row in table do
                    stages.Add(Alignment.Derivative(lambdas, advance row))

                r <- advance weights

            r

        let runs = Array.map run [| 100; 200; 400 |]
        let exact = factorAt solution tau
        let d1 = frobeniusNorm (Array.map2 (-) runs[0] runs[1])
        let d2 = frobeniusNorm (Array.map2 (-) runs[1] runs[2])
        let rounding = 400.0 * 6.0 * 8.0 * u * frobeniusNorm exact
        within $"seed {seed}" (frobeniusNorm (Array.map2 (-) runs[2] exact)) (2.0 * d2 / 31.0 + rounding)

        if d2 > 100.0 * rounding then
            within $"order, seed {seed}" (abs (Math.Log2(d1 / d2) - 5.0)) 0.5

// ---- The leading-order law, Eqs. (80), (81) ------------------------------------------------------------------------------

[<Property(MaxTest = 300)>]
let ``the law solves its differential equation, is Eq. 81, and starts at its start`` (seed: int) =
    let random = Random seed
    let draw () = 4.0 * random.NextDouble() - 1.0
    let i, j = draw (), draw ()
    let start () = 10.0 ** (-24.0 * random.NextDouble())
    let li, lj, rij = start (), start (), start ()
    let tau = 80.0 * random.NextDouble() + 1.0
    let growth t = Alignment.LogGrowth(i, j, li, lj, t)

    let variance (l: float) (l0: float) (t: float) : float =
        AlignedSolution.Variance(l0, l, Alignment.KappaTime t)

    let h = 0.01

    let slope =
        (8.0 * (growth (tau + h) - growth (tau - h))
         - (growth (tau + 2.0 * h) - growth (tau - 2.0 * h)))
        / (12.0 * h)

    let expected = j - variance i li tau - 2.0 * variance j lj tau
    // Fourth order: h^4 / 30 times the fifth derivative; each ln(1 + (l0/l)(e^{l t} - 1)) has fifth derivative at most l^5 / 4, l <= 3,
    // three of them. Rounding: ln-terms up to 55 + 3 * 81 rounded 8 times, over h, times 1.5.
    let truncation = h ** 4.0 / 30.0 * 3.0 * 3.0 ** 5.0 / 4.0
    let rounding = 1.5 / h * 8.0 * u * 2.0 * 3.0 * (55.0 + 3.0 * 81.0)
    // Eq. (81): lambda_i(t) lambda_j(t)^2 / (lambda_i(0) lambda_j(0) e^{(l_i + l_j) t}), times R_ij^2(0) / lambda_j(0).
    let paper =
        AlignedSolution.LogVariance(li, i, Alignment.KappaTime tau)
        + 2.0 * AlignedSolution.LogVariance(lj, j, Alignment.KappaTime tau)
        - log li
        - 2.0 * log lj
        - (i + j) * tau

    let square = Alignment.OffDiagonalSquare(i, j, li, lj, rij, tau)

    labelled "slope" (abs (slope - expected)) (truncation + rounding)
    .&. labelled "Eq. 81" (abs (growth tau - paper)) (64.0 * u * (55.0 + 3.0 * 81.0))
    .&. labelled "start" (abs (growth 0.0)) 0.0
    .&. (square < 1e-290
         || relative square (rij * exp (growth tau)) < 16.0 * u * (60.0 + abs (growth tau)))

// ---- The peak, Eq. (83), on the exact solution ----------------------------------------------------------------------------

let private spectra = [| 1.0; 0.7; 0.42; 0.2; 0.1; -0.3 |]

let private start seed sigma =
    ExactSolution(spectra, gaussian (Random(seed: int)) 3 spectra.Length sigma)

/// The highest R_ij^2 of the exact solution and its time, by golden-section search around a guess.
let private measuredPeak (solution: ExactSolution) i j guess =
    let size = solution.VocabularySize

    let square tau =
        (factorAt solution tau)[i * size + j] ** 2.0

    // R_ij^2 rises and falls with rates of order 0.1 to 1: within 4 of the guess it has one maximum.
    let golden = (sqrt 5.0 - 1.0) / 2.0
    let mutable low, high = guess - 4.0, guess + 4.0
    let mutable a, b = high - golden * (high - low), low + golden * (high - low)
    let mutable fa, fb = square a, square b

    // A maximum's height is flat: 1e-6 in time is 1e-12 in height.
    while high - low > 1e-6 do
        if fa > fb then
            high <- b
            b <- a
            fb <- fa
            a <- high - golden * (high - low)
            fa <- square a
        else
            low <- a
            a <- b
            fa <- fb
            b <- low + golden * (high - low)
            fb <- square b

    let tau = 0.5 * (low + high)
    struct (square tau, tau)

// Pairs with 1 - r >= 0.3: at sigma^2 = 1e-16 the next order lambda_0^{1 - r} is 1.6e-5 times constants of order one.
let private pairs =
    [
        struct (0, 1)
        struct (0, 2)
        struct (0, 3)
        struct (1, 2)
        struct (1, 3)
        struct (2, 3)
        struct (0, 4)
        struct (2, 4)
    ]

[<Test>]
let ``R_ij peaks where and as high as corrected, and above the paper's Eq. 83 by the predicted ratio`` () =
    let mutable worst, worstRatio, worstTime = 0.0, 0.0, 0.0

    for seed in 1..5 do
        let solution = start seed 1e-8
        let r0 = factorAt solution 0.0

        for struct (i, j) in pairs do
            let l0 = r0[i * spectra.Length + i] ** 2.0
            let off = r0[i * spectra.Length + j] ** 2.0
            let corrected = Alignment.CorrectedPeak(spectra[i], spectra[j], l0, off)
            let time = Alignment.PeakTime(spectra[i], spectra[j], l0)
            let struct (peak, tau) = measuredPeak solution i j time
            // The paper sets R_ij^2(0) = lambda_0; its formula scales with R_ij^2(0) / lambda_0 like the law.
            let paper = Alignment.PaperPeak(spectra[i], spectra[j], l0) * (off / l0)
            let predicted = Alignment.PeakRatio(spectra[i], spectra[j])

            if seed = 1 then
                TestContext.Out.WriteLine
                    $"({i + 1},{j + 1}) r = %.3f{spectra[j] / spectra[i]}: measured/corrected %.6f{peak / corrected}, measured/paper %.4f{peak / paper} (predicted %.4f{predicted}), time %.4f{tau} against %.4f{time}, paper's %.4f{Alignment.PaperPeakTime(spectra[i], spectra[j], l0)}"

            worst <- max worst (abs (peak / corrected - 1.0))
            worstRatio <- max worstRatio (abs (peak / paper / predicted - 1.0))
            worstTime <- max worstTime (abs (tau - time))

    within "peak over corrected, less 1" worst 0.01
    within "peak over paper's, relative to the predicted ratio" worstRatio 0.01
    // A height within 1% of a maximum with curvature lambda*_j (lambda*_i - lambda*_j) >= 0.04 allows sqrt(0.02 / 0.04) in time.
    within "time of the peak" worstTime 0.7

[<Test>]
let ``the law follows the exact R_ij from the start through the peak`` () =
    for seed in 1..5 do
        let solution = start seed 1e-8
        let size = spectra.Length
        let r0 = factorAt solution 0.0

        // Neighbours: no mode between i and j whose rise would feed R_ij.
        for struct (i, j) in [ struct (0, 1); struct (1, 2); struct (2, 3) ] do
            let l0 = r0[i * size + i] ** 2.0
            let other = if j < 3 then r0[j * size + j] ** 2.0 else 0.0
            let last = Alignment.PeakTime(spectra[i], spectra[j], l0) + 5.0

            let gap =
                largest (
                    Array.init 200 (fun step ->
                        let tau = last * float step / 199.0
                        let measured = (factorAt solution tau)[i * size + j] ** 2.0

                        relative
                            (Alignment.OffDiagonalSquare(
                                spectra[i],
                                spectra[j],
                                l0,
                                other,
                                r0[i * size + j] ** 2.0,
                                tau
                            ))
                            measured)
                )

            // Dropped terms are lambda_0^{1-r} <= 1.6e-5 times constants; e^{0.3 * 5} of growth after the peak.
            within $"({i + 1},{j + 1}), seed {seed}" gap 0.01

[<Test>]
let ``beyond column d the law has no factor of mode j: with it, the decay after the peak is wrong`` () =
    let solution = start 2 1e-8
    let size = spectra.Length
    let r0 = factorAt solution 0.0
    // Row d = 3, column 4.
    let l0, off = r0[2 * size + 2] ** 2.0, r0[2 * size + 3] ** 2.0
    let tau = 3.0 * Alignment.PeakTime(spectra[2], spectra[3], l0)
    let measured = (factorAt solution tau)[2 * size + 3] ** 2.0

    let law l =
        Alignment.OffDiagonalSquare(spectra[2], spectra[3], l0, l, off, tau)

    within "without" (relative (law 0.0) measured) 0.01
    TestContext.Out.WriteLine $"with lambda_j(0) = lambda_i(0): law / measured %.3g{law l0 / measured}"
    Assert.That(law l0 / measured, Is.LessThan 0.01)

[<Test>]
let ``the peak falls with exponent 1 - r over twelve decades of sigma^2`` () =
    for struct (i, j) in pairs do
        for seed in 1..3 do
            let points =
                [|
                    for decade in 12..2..24 do
                        // The same directions at every scale.
                        let solution = start seed (10.0 ** (-0.5 * float decade))
                        let l0 = (factorAt solution 0.0)[i * spectra.Length + i] ** 2.0

                        let struct (peak, _) =
                            measuredPeak solution i j (Alignment.PeakTime(spectra[i], spectra[j], l0))

                        struct (log l0, log peak)
                |]

            let mx = Array.averageBy (fun (struct (x, _)) -> x) points
            let my = Array.averageBy (fun (struct (_, y)) -> y) points

            let slope =
                Array.sumBy (fun (struct (x, y)) -> (x - mx) * (y - my)) points
                / Array.sumBy (fun (struct (x, _)) -> (x - mx) ** 2.0) points

            let expected = Alignment.PeakExponent(spectra[i], spectra[j])

            within
                $"exponent ({i + 1},{j + 1}) seed {seed}: %.5f{slope} for %.5f{expected}"
                (relative slope expected)
                0.01

[<Test>]
let ``the corrected peak is the law's highest value in the limit, the paper's is the law at the paper's time`` () =
    let random = Random 83

    for _ in 1..200 do
        let i = 10.0 ** (2.0 * random.NextDouble() - 1.0)
        let r = 0.05 + 0.9 * random.NextDouble()
        let j = r * i
        // So small a start that lambda_0^{1-r} of the next order is below 1e-9.
        let l0 = i * 10.0 ** (-9.5 / (1.0 - r))

        if l0 > 1e-300 then
            let law tau =
                Alignment.OffDiagonalSquare(i, j, l0, l0, l0, tau)

            let peak = Alignment.CorrectedPeak(i, j, l0, l0)
            let time = Alignment.PeakTime(i, j, l0)
            let printed = Alignment.PaperPeak(i, j, l0)
            // The law's exponents reach ln(1/l0) < 700 and are rounded some 8 times; next order 1e-9 times a constant below 10.
            let bound = 8.0 * 700.0 * u * 8.0 + 1e-8
            within "law at the corrected time" (relative (law time) peak) bound
            within "law at the paper's time" (relative (law (Alignment.PaperPeakTime(i, j, l0))) printed) bound
            within "ratio" (relative (peak / printed) (Alignment.PeakRatio(i, j))) (8.0 * 700.0 * u)
            // THEORY.md's form of the same constant.
            let theory = (1.0 - r) * (i * j / (i - j)) ** r * l0 ** (1.0 - r)
            within "the other form" (relative peak theory) (8.0 * 700.0 * u / (1.0 - r))

            for shift in [ -0.3; 0.3 ] do
                Assert.That(law (time + shift / i), Is.LessThan(law time))

            Assert.That(Alignment.PeakRatio(i, j), Is.InRange(1.0, 2.0))

[<Test>]
let ``the peak's constant is found out when wrong: Eq. 83 fails the 1% that the corrected one passes`` () =
    let solution = start 1 1e-8
    let r0 = factorAt solution 0.0
    let l0, off = r0[0] ** 2.0, r0[1] ** 2.0
    let struct (peak, _) = measuredPeak solution 0 1 (Alignment.PeakTime(1.0, 0.7, l0))
    let wrong = Alignment.PaperPeak(1.0, 0.7, l0) * (off / l0)
    within "corrected" (abs (peak / Alignment.CorrectedPeak(1.0, 0.7, l0, off) - 1.0)) 0.01
    Assert.That(peak / wrong - 1.0, Is.GreaterThan 0.1)
    // The other clock, lambda-dot twice as fast: the peak would come at half the time.
    let struct (_, tau) = measuredPeak solution 0 1 (Alignment.PeakTime(1.0, 0.7, l0))
    within "clock: relative time" (abs (tau / Alignment.PeakTime(1.0, 0.7, l0) - 1.0)) 0.02

[<Test>]
let ``what Eqs. 75 and 76 drop falls with sigma, over twelve decades`` () =
    // At the risen modes' transition, relative to the kept rate of the row.
    let sizes =
        [|
            for decade in 0..2..12 do
                let solution = start 4 (10.0 ** -(float decade))
                let mutable d75, d76 = 0.0, 0.0

                for step in 0..200 do
                    let r = factorAt solution (float step)
                    d75 <- max d75 (frobeniusNorm (Alignment.DroppedByEq75(spectra, r)))
                    d76 <- max d76 (frobeniusNorm (Alignment.DroppedByEq76(spectra, r)))

                TestContext.Out.WriteLine $"sigma 1e-{decade}: Eq. 75 drops %.3g{d75}, Eq. 76 drops %.3g{d76}"
                struct (d75, d76)
        |]

    for struct (a, b) in Array.pairwise sizes[1..] |> Array.map (fun (x, y) -> struct (x, y)) do
        let struct (a75, a76), struct (b75, b76) = a, b
        Assert.That(b75, Is.LessThan a75)
        Assert.That(b76, Is.LessThan a76)

// ---- Weyl --------------------------------------------------------------------------------------------------------------

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 200)>]
let ``Weyl's bound on singular values holds for the sorted diagonal, always`` (p: Problem) =
    [
        for time in [ 0.0; 0.3 * p.Time; p.Time; 10.0 * p.Time ] do
            let state = p.Solution.At time
            let gap = Alignment.Gap state
            let r = state.EmbeddingsInEigenbasis()

            let off = Array.mapi (fun at x -> if at % p.Size = at / p.Size then 0.0 else x) r

            let frobeniusOff = frobeniusNorm off
            // Reduction and Jacobi: (d + V) roundings of the largest singular value.
            let rounding = 16.0 * float (p.Rows + p.Size) * u * frobeniusNorm r
            labelled "Weyl" gap.SingularValueGap (gap.OffDiagonalNorm + rounding)
            // ||.||_2 between ||.||_F / sqrt d and ||.||_F.
            labelled "norm at most Frobenius" gap.OffDiagonalNorm (frobeniusOff * (1.0 + 1e-12) + rounding)

            labelled
                "norm at least Frobenius / sqrt d"
                (frobeniusOff / sqrt (float p.Rows))
                (gap.OffDiagonalNorm * (1.0 + 1e-12) + rounding)

            labelled "sorting never widens the gap" gap.SingularValueGap (gap.ModeOrderGap + rounding)
    ]
    |> List.reduce (.&.)

[<Test>]
let ``in the order of the modes Weyl's inequality is false, and the diagonal is not the singular values`` () =
    // R(0) = diag(1, 2): no off-diagonal part at all.
    let state = ExactSolution([| 2.0; 1.0 |], [| 1.0; 0.0; 0.0; 2.0 |]).At 0.0
    let gap = Alignment.Gap state
    within "off-diagonal" gap.OffDiagonalNorm 0.0
    within "sorted" gap.SingularValueGap (8.0 * u)
    within "mode order: 1, not 0" (abs (gap.ModeOrderGap - 1.0)) (8.0 * u)
    // "Since R is triangular its singular values are its diagonal": [1 1; 0 1] has the golden ratio and its inverse.
    let sheared = (ExactSolution([| 2.0; 1.0 |], [| 1.0; 1.0; 0.0; 1.0 |]).At 0.0)
    let golden = (1.0 + sqrt 5.0) / 2.0

    within
        "singular values"
        (largest (Array.map2 relative (sheared.SingularValues()) [| golden; 1.0 / golden |]))
        (16.0 * u)

    within "gap" (relative (Alignment.Gap sheared).SingularValueGap (golden - 1.0)) (16.0 * u)

// ---- How small is small ------------------------------------------------------------------------------------------------

[<Property(MaxTest = 100)>]
let ``the largest sigma is the largest: a little less is enough, a little more is not, and it grows with the accuracy``
    (seed: int)
    =
    let random = Random seed
    let size = random.Next(2, 61)
    let rows = random.Next(1, min size 12 + 1)
    let lambdas = spectrum random size
    lambdas[0] <- lambdas[0] + 1.0 + abs lambdas[0]
    let accuracy = 10.0 ** (-4.0 * random.NextDouble())
    let log' = Alignment.LogLargestSigma(lambdas, rows, accuracy, 0.1)
    let sigma = Alignment.LargestSigma(lambdas, rows, accuracy, 0.1)

    // ln sigma = -1e9 is the end of the search: only a gap 1 - r below 1e-6 can ask for less, (1 - r) ln sigma being a few hundred
    // at most.
    let nearlyRepeated =
        Seq.exists
            (fun i ->
                i < size - 1
                && lambdas[i] > 0.0
                && lambdas[i] - lambdas[i + 1] < 1e-6 * lambdas[i])
            (seq { 0 .. rows - 1 })

    // Scaling: lambda by 4 scales R by 2, hence sigma by 2.
    let scaled =
        Alignment.LogLargestSigma(Array.map (fun l -> 4.0 * l) lambdas, rows, accuracy, 0.1)

    if Double.IsNegativeInfinity log' then
        labelled "sigma" sigma 0.0 .&. nearlyRepeated
    elif log' < -300.0 then
        // Beyond the range of sigma, or nearly so: the logarithm still scales.
        labelled "sigma" sigma 1e-130
        .&. (Alignment.LogLargestSigma(lambdas, rows, 2.0 * accuracy, 0.1) >= log')
        .&. labelled "scaling" (abs (scaled - log' - log 2.0)) (1e-10 * (1.0 + abs log'))
    else
        (Alignment.IsSmallEnough(lambdas, rows, sigma * (1.0 - 1e-9), accuracy, 0.1))
        .&. not (Alignment.IsSmallEnough(lambdas, rows, sigma * (1.0 + 1e-9), accuracy, 0.1))
        .&. (Alignment.LogLargestSigma(lambdas, rows, 2.0 * accuracy, 0.1) > log')
        .&. labelled "scaling" (abs (scaled - log' - log 2.0)) (1e-10 * (1.0 + abs log'))

/// Max over time of ||offdiag(R)||_F and of the singular value gap of random starts, sorted.
let private misalignments rows sigma starts =
    let worst =
        [|
            for seed in 1..starts do
                let solution =
                    ExactSolution(spectra, gaussian (Random seed) rows spectra.Length sigma)

                let last = 3.0 * (10.0 - 2.0 * log sigma)

                let states =
                    Array.init 160 (fun step -> solution.At(Alignment.KappaTime(last * float step / 159.0)))

                let off (state: ExactState) =
                    state.EmbeddingsInEigenbasis()
                    |> Array.mapi (fun at x -> if at % spectra.Length = at / spectra.Length then 0.0 else x)
                    |> frobeniusNorm

                struct (largest (Array.map off states),
                        largest (Array.map (fun s -> (Alignment.Gap s).SingularValueGap) states))
        |]

    struct (Array.sort (Array.map (fun (struct (o, _)) -> o) worst),
            Array.sort (Array.map (fun (struct (_, g)) -> g) worst))

[<Test>]
let ``at the largest sigma random starts keep the accuracy as often as promised, and the criterion is not idle`` () =
    let rows, starts = 3, 100

    for failure in [ 0.5; 0.1 ] do
        for accuracy in [ 0.1; 0.01 ] do
            let sigma = Alignment.LargestSigma(spectra, rows, accuracy, failure)
            let scale = accuracy * sqrt spectra[0]
            let struct (off, gap) = misalignments rows sigma starts
            let missed = off |> Array.filter (fun w -> w > scale) |> Array.length

            TestContext.Out.WriteLine
                $"accuracy {accuracy}, failure {failure}: sigma %.3g{sigma}, missed {missed} of {starts}; misalignment over accuracy: median %.3g{off[starts / 2] / scale}, worst %.3g{off[starts - 1] / scale}; singular value gap over accuracy: median %.3g{gap[starts / 2] / scale}, worst %.3g{gap[starts - 1] / scale}"

            // A binomial of 100 draws with at most this probability stays below its mean plus 5 standard deviations (3e-7).
            let n = float starts
            within "starts that miss it" (float missed) (n * failure + 5.0 * sqrt (n * failure * (1.0 - failure)))
            // Union bounds are worth decades at most: a sigma a million times larger must break it for half of the starts.
            let struct (larger, _) = misalignments rows (sigma * 1e6) 20
            Assert.That(larger[10], Is.GreaterThan scale)

[<Test>]
let ``the typical misalignment is typical: within a factor of three of the median, at sigma over ten decades`` () =
    for decade in 2..2..12 do
        let sigma = 10.0 ** -(float decade)
        let struct (off, _) = misalignments 3 sigma 40
        let typical = Alignment.TypicalMisalignment(spectra, 3, sigma) * sqrt spectra[0]
        TestContext.Out.WriteLine $"sigma %.0e{sigma}: median over typical %.3f{off[20] / typical}"
        Assert.That(off[20] / typical, Is.InRange(1.0 / 3.0, 3.0))

[<Test>]
let ``repeated positive eigenvalues never align, and nothing needs aligning in one dimension`` () =
    Assert.That(Alignment.LogLargestSigma([| 1.0; 1.0; 0.5 |], 2, 0.01, 0.1), Is.EqualTo Double.NegativeInfinity)
    Assert.That(Alignment.LargestSigma([| 1.0; 1.0; 0.5 |], 2, 0.01, 0.1), Is.EqualTo 0.0)
    Assert.That(Alignment.LogLargestSigma([| 1.0 |], 1, 0.01, 0.1), Is.EqualTo Double.PositiveInfinity)
    Assert.That(Alignment.IsSmallEnough([| 1.0 |], 1, 1e6, 1e-9, 0.1), Is.True)
    // Repeated beyond d does not matter: no R_jj competes.
    Assert.That(Alignment.LargestSigma([| 1.0; 0.5; 0.5 |], 1, 0.01, 0.1), Is.GreaterThan 0.0)

[<Test>]
let ``arguments outside the law are refused by name`` () =
    refusedNaming "eigenvalueJ" (fun () -> Alignment.PeakTime(1.0, 1.0, 1e-9) |> ignore)
    refusedNaming "eigenvalueJ" (fun () -> Alignment.CorrectedPeak(1.0, -0.1, 1e-9, 1e-9) |> ignore)
    refusedNaming "eigenvalueI" (fun () -> Alignment.PaperPeak(0.0, -0.1, 1e-9) |> ignore)
    refusedNaming "initialVariance" (fun () -> Alignment.PaperPeakTime(1.0, 0.5, 0.0) |> ignore)
    refusedNaming "initialSquare" (fun () -> Alignment.CorrectedPeak(1.0, 0.5, 1e-9, -1.0) |> ignore)
    refusedNaming "clockTime" (fun () -> Alignment.LogGrowth(1.0, 0.5, 1e-9, 1e-9, -1.0) |> ignore)
    refusedNaming "factor" (fun () -> Alignment.Derivative([| 1.0; 0.5 |], [| 1.0; 0.0; 0.5; 1.0 |]) |> ignore)
    refusedNaming "factor[1,1]" (fun () -> Alignment.Derivative([| 1.0; 0.5 |], [| 1.0; 0.0; 0.0; 0.0 |]) |> ignore)
    refusedNaming "factor" (fun () -> Alignment.DroppedByEq75([| 1.0; 0.5 |], [| 1.0 |]) |> ignore)
    refusedNaming "accuracy" (fun () -> Alignment.LargestSigma([| 1.0; 0.5 |], 1, 0.0, 0.1) |> ignore)
    refusedNaming "embeddingDimension" (fun () -> Alignment.LargestSigma([| 1.0; 0.5 |], 3, 0.1, 0.1) |> ignore)
    refusedNaming "eigenvalues[0]" (fun () -> Alignment.TypicalMisalignment([| -1.0; -2.0 |], 1, 0.1) |> ignore)
    refusedNaming "sigma" (fun () -> Alignment.IsSmallEnough([| 1.0; 0.5 |], 1, 0.0, 0.1, 0.1) |> ignore)
    refusedNaming "failureProbability" (fun () -> Alignment.MisalignmentBound([| 1.0; 0.5 |], 1, 0.1, 1.0) |> ignore)
    within "clock" (abs (Alignment.KappaTime(Alignment.ClockTime 0.3) - 0.3)) 0.0
