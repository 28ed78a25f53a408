/// The alignment of R(t), written out entry by entry: Eq. (74) and its parts, the criterion for small starts, the half-rise with misalignment.
module Qwem.Validation.Tests.AlignmentDetailTests

open System
open Expecto
open MathNet.Numerics.LinearAlgebra.Double
open Qwem.Theory
open Qwem.Validation.Tests.DetailSupport

/// An upper-trapezoidal factor with a positive diagonal, all of its entries of one size.
let private factor seed rows size scale =
    scattered seed (rows * size)
    |> Array.mapi (fun at x ->
        let i, j = at / size, at % size

        scale
        * (if j < i then 0.0
           elif i = j then 0.6 + 0.4 * abs x
           else x))

let private eigenvalues size =
    Array.init size (fun k -> 3.0 - 4.0 * float k / float size)

let private sizes = [ 1, 1; 1, 4; 2, 2; 3, 5; 5, 5; 8, 11; 9, 12 ]

let private sum (terms: float seq) = Seq.sum terms

/// Omega R + (R Lambda - R R' R) / 2 with the antisymmetric Omega that keeps zeros below the diagonal; clock tau.
let private derivative (lambda: float[]) (r: float[]) rows size =
    let at i j = r[i * size + j]

    let gram =
        Array2D.init size size (fun j l -> sum (seq { for k in 0 .. rows - 1 -> at k j * at k l }))

    let free =
        Array2D.init rows size (fun i j ->
            0.5
            * (at i j * lambda[j] - sum (seq { for l in 0 .. size - 1 -> at i l * gram[l, j] })))

    let omega = Array2D.zeroCreate rows rows

    for j in 0 .. rows - 1 do
        for i in j + 1 .. rows - 1 do
            omega[i, j] <-
                (-free[i, j] - sum (seq { for l in 0 .. j - 1 -> omega[i, l] * at l j }))
                / at j j

            omega[j, i] <- -omega[i, j]

    Array.init (rows * size) (fun e ->
        let i, j = e / size, e % size

        if j < i then
            0.0
        else
            free[i, j] + sum (seq { for l in 0 .. rows - 1 -> omega[i, l] * at l j }))

let tests =
    testList "Alignment in detail" [
        for rows, size in sizes do
            testCase $"Eq. (74) and its parts, d x V = %d{rows} x %d{size}"
            <| fun () ->
                let lambda, r = eigenvalues size, factor (rows + 10 * size) rows size 1.0
                let projection = Projection.OfRows(r, rows)
                let at i j = r[i * size + j]

                let entries f =
                    Array.init (rows * size) (fun e -> if e % size < e / size then 0.0 else f (e / size) (e % size))

                allAgree
                    1e5
                    (Alignment.Derivative(lambda, projection).ToRows())
                    (derivative lambda r rows size)
                    "derivative"

                let leading =
                    entries (fun i j ->
                        let other = if j > i && j < rows then at j j * at j j else 0.0
                        at i j * (lambda[j] - at i i * at i i - 2.0 * other) / 2.0)

                let linear =
                    entries (fun i j ->
                        let row = sum (seq { for l in i + 1 .. size - 1 -> at i l * at i l })

                        let column =
                            sum (
                                seq {
                                    for k in i + 1 .. rows - 1 do
                                        if k < j then
                                            at k j * at k j
                                }
                            )

                        -at i j * (row / 2.0 + column))

                let coupling =
                    entries (fun i j ->
                        -(sum (
                            seq {
                                for k in i + 1 .. min j (rows - 1) do
                                    at k j
                                    * sum (
                                        seq {
                                            for l in k .. size - 1 do
                                                if l <> j then
                                                    at i l * at k l
                                        }
                                    )
                            }
                        )))

                allAgree 1e3 (Alignment.LeadingDerivative(lambda, projection).ToRows()) leading "leading part"
                allAgree 1e3 (Alignment.DroppedByEq76(lambda, projection).ToRows()) linear "dropped by Eq. (76)"
                allAgree 1e3 (Alignment.DroppedByEq75(lambda, projection).ToRows()) coupling "dropped by Eq. (75)"

        testCase "the velocity of variances is that of the singular values, in any unit"
        <| fun () ->
            for rows, size in sizes do
                for scale in [ 1.0; 100.0; 0.01 ] do
                    let lambda, r =
                        eigenvalues size |> Array.map ((*) (scale * scale)), factor (3 * size) rows size scale

                    let svd = DenseMatrix.Create(rows, size, (fun i j -> r[i * size + j])).Svd true

                    let expected =
                        Array.init rows (fun k ->
                            let s = svd.S[k]

                            sum (seq { for j in 0 .. size - 1 -> lambda[j] * (s * svd.VT[k, j]) ** 2.0 })
                            - s ** 4.0)

                    allAgree
                        1e5
                        (HalfRiseLaw.VarianceVelocity(lambda, Projection.OfRows(r, rows)))
                        expected
                        $"%d{rows} x %d{size}, unit %g{scale}"

        testCase "the gap between singular values and the diagonal"
        <| fun () ->
            for rows, size in sizes do
                for scale in [ 1.0; 100.0; 0.01 ] do
                    let r = factor (5 * size) rows size scale

                    let state =
                        ExactSolution(eigenvalues size, Projection.OfRows(r, rows)).At 0.0<kappaTime>

                    let gap = Alignment.Gap state
                    let dense = DenseMatrix.Create(rows, size, (fun i j -> r[i * size + j]))

                    let off =
                        DenseMatrix.Create(rows, size, (fun i j -> if i = j then 0.0 else r[i * size + j]))

                    let s = dense.Svd(false).S.ToArray()
                    let diagonal = Array.init rows (fun i -> r[i * size + i])

                    let worst (d: float[]) =
                        Array.max (Array.map2 (fun a b -> abs (a - b)) s d)

                    let unit = 1e4 * Math.ScaleB(1.0, -53) * s[0]

                    let near (a: float) (b: float) text =
                        Expect.isLessThanOrEqual (abs (a - b)) unit text

                    near gap.OffDiagonalNorm (off.Svd(false).S[0]) "norm off the diagonal"
                    near gap.SingularValueGap (worst (Array.sortDescending diagonal)) "sorted"
                    near gap.ModeOrderGap (worst diagonal) "in the order of the modes"

        testCase "the criterion for small starts, from the chi-square bounds written out"
        <| fun () ->
            for lambda, d in
                [
                    [| 3.0; 2.0; 1.0; -1.0 |], 2
                    [| 3.0; 3.0; 0.5 |], 3
                    [| 2.0; 1.0 |], 1
                    [| 2.0 |], 1
                    [| 1.0; 0.0; 0.0; -2.0; -3.0 |], 4
                ] do
                let rise i j start =
                    if lambda[i] <= 0.0 || lambda[j] <= 0.0 || start >= lambda[j] then
                        1.0
                    else
                        let beyond = 1.0 - start / lambda[i]

                        if lambda[i] = lambda[j] then
                            lambda[i] / start
                        else
                            let gap = 1.0 - lambda[j] / lambda[i]
                            (lambda[j] * beyond / (start * gap)) ** (lambda[j] / lambda[i]) * gap / beyond

                let largest sigma off diagonal =
                    let terms =
                        seq {
                            for i in 0 .. d - 1 do
                                for j in i + 1 .. lambda.Length - 1 do
                                    let unit = sigma * sigma / float d
                                    yield unit * off * rise i j (unit * diagonal (d - i))
                        }

                    sqrt (sum terms / lambda[0])

                for sigma in [ 1e-6; 1e-2; 0.7 ] do
                    agrees 1e4 (Alignment.TypicalMisalignment(lambda, d, sigma)) (largest sigma 1.0 float) "typical"

                    for p in [ 0.01; 0.3 ] do
                        let pairs = float (d * lambda.Length) - float (d * (d + 1)) / 2.0
                        let off = 2.0 * log (2.0 * max 1.0 pairs / p)

                        let diagonal n =
                            float n / Math.E * (p / (2.0 * float d)) ** (2.0 / float n)

                        let bound = Alignment.MisalignmentBound(lambda, d, sigma, p)
                        agrees 1e4 bound (largest sigma off diagonal) "bound"

                        Expect.isTrue
                            (Alignment.IsSmallEnough(lambda, d, sigma, max bound 1e-9, p))
                            "at the bound itself"

                        if bound > 0.0 then
                            Expect.isFalse
                                (Alignment.IsSmallEnough(lambda, d, sigma, 0.999 * bound, p))
                                "below the bound"

                            // Of equal eigenvalues the bound depends on sigma through rounding only.
                            let largestLog = Alignment.LogLargestSigma(lambda, d, bound, p)

                            if lambda[0] <> lambda[1] then
                                Expect.isLessThanOrEqual (abs (largestLog - log sigma)) 1e-11 "the largest sigma"

                            agrees
                                4.0
                                (Alignment.LargestSigma(lambda, d, bound, p))
                                (exp largestLog)
                                "the same without the logarithm"
                        else
                            Expect.equal
                                (Alignment.LogLargestSigma(lambda, d, 1e-9, p))
                                infinity
                                "any start is small enough"

        testCase "what no criterion can be made of is refused to the letter"
        <| fun () ->
            let typical lambda d () =
                Alignment.TypicalMisalignment(lambda, d, 0.1) |> ignore

            refusedSaying "embeddingDimension = 0; allowed: 1 to 2" (typical [| 2.0; 1.0 |] 0)
            refusedSaying "embeddingDimension = 3; allowed: 1 to 2" (typical [| 2.0; 1.0 |] 3)
            refusedSaying "eigenvalues[0] = 0; allowed: positive finite numbers" (typical [| 0.0; -1.0 |] 1)

            refusedSaying
                "eigenvalues[1] = 3 exceeds eigenvalues[0] = 2; allowed: at most that"
                (typical [| 2.0; 3.0 |] 1)

            for p in [ 0.0; 1.0 ] do
                refusedSaying $"failureProbability = {p}; allowed: between 0 and 1, neither included" (fun () ->
                    Alignment.MisalignmentBound([| 2.0; 1.0 |], 1, 0.1, p) |> ignore)

            let shape lambda rows values () =
                Alignment.Derivative(lambda, Projection.OfRows((values: float[]), rows))
                |> ignore

            refusedSaying "factor has d = 2 dimensions; allowed: 1 to V = 1" (shape [| 1.0 |] 2 [| 1.0; 0.0 |])

            refusedSaying
                "factor[1,0] = 0.5; allowed: 0 below the diagonal"
                (shape [| 2.0; 1.0 |] 2 [| 1.0; 0.0; 0.5; 1.0 |])

            refusedSaying
                "factor[1,1] = 0; allowed: positive finite numbers"
                (shape [| 2.0; 1.0 |] 2 [| 1.0; 0.0; 0.0; 0.0 |])

            refusedSaying "eigenvalues is empty; allowed: length V of 1 or more" (shape [||] 1 [| 1.0 |])

            refusedSaying "factor[0,0] = -1; allowed: positive finite numbers" (shape [| 2.0; 1.0 |] 1 [| -1.0; 0.5 |])

            refusedSaying
                "factor[2,0] = 0.5; allowed: 0 below the diagonal"
                (shape [| 3.0; 2.0; 1.0 |] 3 [| 1.0; 0.0; 0.0; 0.0; 1.0; 0.0; 0.5; 0.0; 1.0 |])

            refusedSaying
                "factor[2,1] = 0.25; allowed: 0 below the diagonal"
                (shape [| 3.0; 2.0; 1.0 |] 3 [| 1.0; 0.0; 0.0; 0.0; 1.0; 0.0; 0.0; 0.25; 1.0 |])

        testCase "the half-rise with misalignment, in plain numbers"
        <| fun () ->
            for rows, size, scale in
                [
                    1, 3, 0.1
                    2, 3, 0.1
                    3, 5, 0.05
                    5, 8, 0.02
                    4, 4, 0.1
                    4, 6, 0.7
                    5, 8, 0.6
                    3, 5, 0.9
                ] do
                let lambda = eigenvalues size
                let r = factor (17 * rows) rows size scale

                for mode in 0 .. rows - 1 do
                    if lambda[mode] > 0.0 && r[mode * size + mode] ** 2.0 < lambda[mode] / 2.0 then
                        let square i j = r[i * size + j] ** 2.0
                        let own = square mode mode
                        let time = log (lambda[mode] / own - 1.0) / lambda[mode]
                        let initial j = if j < rows then square j j else 0.0

                        // The logistic law, and by how much it is below exponential growth.
                        let phi j =
                            if lambda[j] = 0.0 then time else (exp (lambda[j] * time) - 1.0) / lambda[j]

                        let saturation j = 1.0 + initial j * phi j

                        let variance j =
                            initial j * exp (lambda[j] * time) / saturation j

                        let ratio i j =
                            square i j / square i i * exp ((lambda[j] - lambda[i]) * time)
                            / saturation j ** 2.0

                        let y = variance mode
                        let later = [ mode + 1 .. size - 1 ]
                        let earlier = [ 0 .. mode - 1 ]
                        let rises = later |> List.map (fun j -> ratio mode j / (1.0 - variance j / y))

                        let lags =
                            later
                            |> List.map (fun j -> square mode j * phi j / (saturation j * saturation mode))

                        let x = Array.zeroCreate mode

                        for i in List.rev earlier do
                            let rest =
                                sum (
                                    seq {
                                        for m in i + 1 .. mode - 1 ->
                                            r[i * size + m] * x[m] * (1.0 - 1.0 / saturation m)
                                    }
                                )

                            x[i] <- (r[i * size + mode] - rest) / r[i * size + i]

                        let losses =
                            earlier
                            |> List.map (fun i ->
                                x[i] ** 2.0 * exp ((lambda[mode] - lambda[i]) * time)
                                / saturation mode ** 2.0
                                / (1.0 - y / variance i))

                        let coupling =
                            sum (
                                seq {
                                    for i in 0 .. rows - 1 do
                                        for j in i + 1 .. size - 1 do
                                            if i <> mode && j <> mode then
                                                min 1.0 (variance i / y) * ratio i j
                                }
                            )

                        let separations =
                            [ for j in earlier -> 1.0 - y / variance j ]
                            @ [
                                for j in later do
                                    if j < rows then
                                        1.0 - variance j / y
                            ]
                            @ [ 1.0 ]

                        let shift = List.sum rises - List.sum lags - List.sum losses
                        let terms = List.sumBy abs rises + List.sum lags + List.sumBy abs losses
                        let half = HalfRiseLaw.Of(lambda, Projection.OfRows(r, rows), mode)
                        let text = $"mode %d{mode} of %d{rows} x %d{size}"
                        agrees 1e5 (float half.AlignedTime) time (text + ": aligned time")

                        let near (a: float) (b: float) (size: float) what =
                            Expect.isLessThanOrEqual (abs (a - b)) (1e-10 * size) (text + what)

                        near half.VarianceShift shift (abs terms) ": shift"
                        near half.Terms terms (abs terms) ": terms"
                        near half.Coupling (sqrt coupling) (sqrt coupling) ": coupling"
                        near half.Separation (List.min separations) 1.0 ": separation"

                        if shift > -0.49 then
                            near
                                (float half.Time)
                                (time - log (1.0 + 2.0 * shift) / lambda[mode])
                                (time * (1.0 + abs terms))
                                ": time"

                        let neglected =
                            if half.Separation > 0.0 then
                                half.Terms * (sqrt half.Terms + half.Coupling) / half.Separation
                            else
                                infinity

                        Expect.equal half.Neglected neglected (text + ": neglected")

            let refused mode start () =
                HalfRiseLaw.Of([| 2.0; 1.0 |], Projection.OfRows(start, 1), mode) |> ignore

            refusedSaying "mode = 1; allowed: 0 to 0" (refused 1 [| 0.1; 0.1 |])
            refusedSaying "mode = -1; allowed: 0 to 0" (refused -1 [| 0.1; 0.1 |])
            refusedSaying "R_kk^2(0) = 1; allowed: above 0 and below lambda*_k / 2 = 1" (refused 0 [| 1.0; 0.1 |])

        testCase "off-diagonal growth and its peak, in plain numbers"
        <| fun () ->
            let i, j, s, square = 3.0, 1.25, 1e-4, 1e-6

            let growth time =
                let saturation l = 1.0 + s * (exp (l * time) - 1.0) / l
                exp (j * time) / saturation j ** 2.0 / saturation i

            for time in [ 0.0; 0.5; 1.0; 2.0; 6.0 ] do
                let tau = time * 1.0<etaTime>
                agrees 1e4 (exp (Alignment.LogGrowth(i, j, s, s, tau))) (growth time) "growth"
                agrees 1e4 (Alignment.OffDiagonalSquare(i, j, s, s, square, tau)) (square * growth time) "square"
                agrees 1e4 (Alignment.OffDiagonalSquare(i, j, s, s, 1.0, tau)) (growth time) "from a square of one"
                Expect.equal (Alignment.OffDiagonalSquare(i, j, s, s, 0.0, tau)) 0.0 "of nothing"

            let r, gap = j / i, 1.0 - j / i
            agrees 1e3 (float (Alignment.PeakTime(i, j, s))) (log (r / gap * i / s) / i) "time of the peak"
            agrees 1e3 (Alignment.CorrectedPeak(i, j, s, square)) (square * gap ** gap * (j / s) ** r) "peak"
            agrees 1e3 (Alignment.PaperPeak(i, j, s)) (j ** r * s ** gap / (1.0 + r)) "the paper's peak"
            agrees 1e3 (float (Alignment.PaperPeakTime(i, j, s))) (log (j / s) / i) "the paper's time"
            agrees 1e3 (Alignment.PeakRatio(i, j)) (gap ** gap * (1.0 + r)) "ratio"
            agrees 4.0 (Alignment.PeakExponent(i, j)) gap "exponent"

            refusedSaying "eigenvalueJ = 3; allowed: below eigenvalueI = 3" (fun () ->
                Alignment.PeakExponent(3.0, 3.0) |> ignore)

        testCase "aligned times, and steps instead of time"
        <| fun () ->
            for share in [ 1e-12; 0.01; 0.3; 0.39; 0.41; 0.45; 0.55; 0.62; 0.68; 0.9 ] do
                for lambda in [ 0.01; 2.0; 300.0 ] do
                    let expected = log (1.0 / share - 1.0) / (2.0 * lambda)
                    let actual = float (AlignedSolution.HalfRiseTime(share * lambda, lambda))

                    Expect.isLessThanOrEqual
                        (abs (actual - expected))
                        (1e-14 * (1.0 + abs expected) / lambda)
                        $"half-rise from %g{share}"

                    agrees
                        100.0
                        (float (AlignedSolution.RealisationTime(share * lambda, lambda)))
                        (-(log share) / (2.0 * lambda))
                        "realisation time"

            Expect.equal (AlignedSolution.HalfRiseTime(1.0, 2.0)) 0.0<kappaTime> "at half height"

            refusedSaying "initialVariance = 2; allowed: below the eigenvalue 2" (fun () ->
                AlignedSolution.HalfRiseTime(2.0, 2.0) |> ignore)

            refusedSaying "z = kappa h lambda* = -1; allowed: above -1" (fun () ->
                AlignedSolution.DiscreteTimeFactor -1.0 |> ignore)

            Expect.equal (AlignedSolution.DiscreteTimeFactor 0.0) 1.0 "no step"
            agrees 4.0 (AlignedSolution.DiscreteTimeFactor 1.0) (1.0 / log 2.0) "a step as long as the mode's time"

            let steps n =
                AlignedSolution.EffectiveKappaTime(n * 1L<step>, 0.5<kappaTime / step>, 2.0)

            Expect.equal (steps 0L) 0.0<kappaTime> "no steps"
            agrees 4.0 (float (steps 3L)) (1.5 * log 2.0) "three steps"
            refusedSaying "steps = -1; allowed: 0 or more" (fun () -> steps -1L |> ignore)
            let variances, lambdas = [| 0.01; 0.5; 0.0 |], [| 2.0; -1.0; 1.0 |]
            let values = AlignedSolution.SingularValue(variances, lambdas, 0.75<kappaTime>)

            Expect.equal
                values
                (Array.map2
                    (fun (s: float) (l: float) -> AlignedSolution.SingularValue(s, l, 0.75<kappaTime>))
                    variances
                    lambdas)
                "one by one"

            agrees 10.0 values[0] (sqrt (0.01 * exp 3.0 / (1.0 + 0.01 * (exp 3.0 - 1.0) / 2.0))) "the logistic law"

            refusedSaying "2 eigenvalue kappaTime = Infinity; allowed: finite numbers" (fun () ->
                AlignedSolution.LogVariance(1.0, 1e200, 1e200<kappaTime>) |> ignore)

            AlignedSolution.LogVariance(1.0, 0.4999e300, 1.79e8<kappaTime>) |> ignore
    ]
