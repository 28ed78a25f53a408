/// How training starts and ends, written out: the first rise of batches, plateaus, descents' deviations, word clocks, staircases.
module Qwem.Validation.Tests.StartDetailTests

open System
open Expecto
open MathNet.Numerics.LinearAlgebra.Double
open Qwem.Theory
open Qwem.Validation.Tests.DetailSupport

let private sum (terms: float seq) = Seq.sum terms

/// An orthonormal basis, row by row, that has nothing to do with the coordinates.
let private basis seed size =
    let dense =
        DenseMatrix.Create(size, size, (fun i j -> (scattered seed (size * size))[i * size + j]))

    dense.QR().Q.ToRowMajorArray()

/// Half-rise in steps of a variance nu that grows by (1 + x rate nu)^2 a step, its logit interpolated; the last one at most 0.999.
let private crossing x start (rate: float -> float) =
    let logit nu = log (nu / (1.0 - nu))
    let mutable step, nu = 0, start
    let next nu = nu * (1.0 + x * rate nu) ** 2.0

    while next nu < 0.5 do
        nu <- next nu
        step <- step + 1

    float step + (0.0 - logit nu) / (logit (min 0.999 (next nu)) - logit nu)

let private measures seed size =
    let positive = Array.map (fun x -> 1.5 + x) (scattered seed (size * size))
    Array.init (size * size) (fun e -> positive[e / size * size + e % size] + positive[e % size * size + e / size])

let tests =
    testList "Starts and ends in detail" [
        testCase "the first rise in steps"
        <| fun () ->
            for x, start in [ 0.01, 1e-6; 0.3, 1e-3; 0.1, 0.4; 5.0, 0.1; 2.0, 0.499 ] do
                agrees
                    1e4
                    (FirstRise.Steps(x, start))
                    (crossing x start (fun nu -> 1.0 - nu))
                    $"x = %g{x} from %g{start}"

            Expect.isTrue (Double.IsNaN(FirstRise.Steps(0.1, 0.5))) "from half of the plateau"
            Expect.isTrue (Double.IsNaN(FirstRise.Steps(0.1, 0.6))) "from beyond it"
            Expect.isTrue (Double.IsNaN(FirstRise.Steps(1e-20, 1e-9))) "growth that rounds to none"

        testCase "a first rise of more than ten million steps is none"
        <| fun () ->
            // (1 + 1e-9)^2 a step from 1e-9: ten million steps are not enough.
            Expect.isTrue (Double.IsNaN(FirstRise.Steps(1e-9, 1e-9))) "after ten million steps"

        testCase "what shifts the first rise, from the softmax itself"
        <| fun () ->
            for size, lambdas, x, start, batch in
                [
                    4, [| 2.0; 0.5; -0.25; -1.0 |], 0.05, 1e-5, 64
                    9, Array.init 9 (fun k -> 3.0 - 0.5 * float k), 0.01, 1e-4, 100
                ] do
                let vectors = basis size size
                let v, lambda, n = Array.sub vectors 0 size, lambdas[0], float size
                let gap = 1.0 - lambdas[1] / lambda

                let pull nu =
                    let softmax =
                        Array2D.init size size (fun i j ->
                            let total = sum (seq { for k in 0 .. size - 1 -> exp (nu * lambda * v[i] * v[k]) })
                            exp (nu * lambda * v[i] * v[j]) / (total / n) - 1.0)

                    let image =
                        Array.init size (fun i ->
                            sum (seq { for j in 0 .. size - 1 -> (softmax[i, j] + softmax[j, i]) / 2.0 * v[j] }))

                    let along = sum (Seq.map2 (*) image v)
                    along / lambda, max 0.0 (sum (Seq.map2 (*) image image) - along * along) / (lambda * lambda)

                let frozen nu =
                    if nu < 1e-3 then 1.0 - nu else 1.0 - fst (pull nu)

                let turned nu =
                    if nu < 1e-3 then
                        1.0 - nu
                    else
                        let along, across = pull nu
                        1.0 - along + across / gap

                let steps = crossing x start (fun nu -> 1.0 - nu)
                let still, turning = crossing x start frozen, crossing x start turned

                let moment =
                    1.0
                    + sum (
                        seq {
                            for k in 0 .. size - 1 ->
                                lambdas[k]
                                * (sum (seq { for i in 0 .. size - 1 -> vectors[k * size + i] * v[i] * v[i] }))
                                  ** 2.0
                        }
                    )

                let noise = sqrt ((n * n * moment - lambda * lambda) / float batch) / lambda
                let elsewhere = n ** 3.0 / (2.0 * float batch * lambda * lambda)
                let shift = FirstRise.Shifts(TargetSpectrum(lambdas, vectors), x, start, batch)
                agrees 1e8 shift.Modelling ((abs (still - steps) + abs (turning - still)) / steps) "modelling"
                agrees 1e5 shift.StandardError (noise * x / (log (1.0 + x) * sqrt steps)) "standard error"

                agrees
                    1e5
                    shift.Noise
                    (x * noise * noise / 2.0 + x * elsewhere / (2.0 * gap) / log (1.0 / start))
                    "noise"

        testCase "plateaus from the inverse of the start's factor"
        <| fun () ->
            for rows, size, time in
                [
                    1, 1, 2.0
                    2, 2, 3.0
                    3, 5, 4.0
                    4, 6, 1.5
                    5, 9, 6.0
                    2, 3, 0.2
                    3, 5, 0.6
                    4, 6, 0.9
                    3, 4, 1.0
                    2, 4, 0.45
                ] do
                let lambda =
                    Array.init size (fun k ->
                        if k = size - 1 && size > 3 then 0.0 else 3.0 - 2.5 * float k / float size)

                let start = Array.map (fun x -> 0.7 * x) (scattered (rows * size) (rows * size))

                let exact =
                    ExactSolution(lambda |> Array.sortDescending, Projection.OfRows(start, rows))

                let lambda = exact.Eigenvalues()
                let r = exact.At(0.0<kappaTime>).EmbeddingsInEigenbasis().ToRows()
                let at k j = r[k * size + j]
                let clock = 2.0 * time

                let isLearned k =
                    lambda[k] > 0.0 && lambda[k] / at k k ** 2.0 * exp (-lambda[k] * clock) < 0.1

                let m = Seq.length (Seq.takeWhile isLearned (seq { 0 .. rows - 1 }))

                let expected =
                    if m = 0 then
                        Array.create rows infinity
                    else
                        let block = Array2D.init m m (fun k j -> at k j)
                        let inverse = solve block (Array2D.init m m (fun k j -> if k = j then 1.0 else 0.0))

                        let own k =
                            lambda[k]
                            * sum (seq { for l in 0 .. m - 1 -> inverse[k, l] ** 2.0 })
                            * exp (-lambda[k] * clock)

                        Array.init rows (fun k ->
                            if k >= m then
                                infinity
                            else
                                let pairs =
                                    sum (
                                        seq {
                                            for l in 0 .. m - 1 do
                                                if l <> k then
                                                    yield own k * own l / abs (1.0 - lambda[l] / lambda[k])
                                        }
                                    )

                                let tilts =
                                    sum (
                                        seq {
                                            for j in m .. size - 1 do
                                                let z = sum (seq { for l in 0 .. m - 1 -> inverse[k, l] * at l j })
                                                let held = exp ((lambda[j] - lambda[k]) * clock)

                                                let taken =
                                                    if lambda[j] = 0.0 then
                                                        lambda[k] * clock * held
                                                    else
                                                        lambda[k] * (exp (lambda[j] * clock) - 1.0) / lambda[j]
                                                        * exp (-lambda[k] * clock)

                                                yield z * z * max held taken
                                        }
                                    )

                                (own k + pairs + tilts) / 2.0)

                let actual = PlateauShift.Of(exact, time * 1.0<kappaTime>)

                for k in 0 .. rows - 1 do
                    agrees 1e6 actual[k] expected[k] $"mode %d{k} of %d{rows} x %d{size}"

            Expect.equal
                (PlateauShift.Limit, Misalignment.Limit, QuadraticLoss.ConstantWeight)
                (0.01, 0.5, 0.25)
                "constants"

            Expect.equal (Misalignment.HalfRiseShift(0.3, 4.0)) (0.3 / 4.0) "a share of the rise"

        testCase "the shares of a start, from Chernoff's bound solved by bisection"
        <| fun () ->
            for dimension, k, rise, z in [ 1, 0, 5.0, 3.0; 10, 0, 20.0, 4.0; 10, 9, 20.0, 1.0; 200, 37, 7.0, 6.0 ] do
                let n = float (dimension - k)
                let mutable low, high = -(z * z / n + 1.0), 0.0

                for _ in 1..200 do
                    let u = (low + high) / 2.0
                    if exp u - 1.0 - u > z * z / n then low <- u else high <- u

                agrees
                    1e4
                    (Misalignment.StartShift(dimension, k, rise, z))
                    ((log (float dimension / n) - low) / rise)
                    $"mode %d{k} of %d{dimension}"

            refusedSaying "k = 3; allowed: 0 to 2" (fun () -> Misalignment.StartShift(3, 3, 1.0, 1.0) |> ignore)
            refusedSaying "k = -1; allowed: 0 to 2" (fun () -> Misalignment.StartShift(3, -1, 1.0, 1.0) |> ignore)

        testCase "half-rise shifts are shifts over rises; what is not learned is infinite"
        <| fun () ->
            for rows, size in [ 2, 3; 4, 6 ] do
                let lambda = Array.init size (fun k -> 3.0 - 2.9 * float k / float rows)
                let start = Array.map (fun x -> 1e-3 * x) (scattered (7 * size) (rows * size))
                let exact = ExactSolution(lambda, Projection.OfRows(start, rows))
                let shifts, halves = Misalignment.Shifts exact, Misalignment.HalfRiseShifts exact
                let diagonal = exact.RDiagonalSquared()

                for k in 0 .. rows - 1 do
                    if Double.IsInfinity shifts[k] then
                        Expect.equal halves[k] infinity "no shift, no half-rise"
                    else
                        // When modes rise in their order, 2 kappa lambda t is ln(lambda / R_kk^2 - 1).
                        agrees 1e9 halves[k] (shifts[k] / log (lambda[k] / diagonal[k] - 1.0)) $"mode %d{k} of %d{rows}"

            let late =
                ExactSolution([| 2.0; -1.0 |], Projection.OfRows([| 2.0; 0.0; 0.0; 0.1 |], 2))

            Expect.equal (Misalignment.Shifts late) [| infinity; infinity |] "above the plateau, and never learned"
            Expect.equal (Misalignment.HalfRiseShifts late) [| infinity; infinity |] "the same for the half-rise"

        testCase "the noise of batches, pair by pair"
        <| fun () ->
            for size, modes in [ 2, 1; 3, 2; 5, 5 ] do
                let p, q = measures size size, measures (size + 50) size
                let target = measures (size + 90) size
                let v = basis (size + 7) size
                let loss = QuadraticLoss.Of(0.2, 0.9, 0.3, -0.7)

                let onePair (weights: float[]) quadratic linear model k =
                    let total = Array.sum weights

                    let values =
                        Array.init (size * size) (fun e ->
                            0.5 / 0.4
                            * total
                            * (2.0 * quadratic * (model: float[])[e] - linear)
                            * v[k * size + e / size]
                            * v[k * size + e % size])

                    let mean f =
                        sum (Seq.map2 (fun w x -> w / total * f x) weights values)

                    mean (fun x -> x * x) - (mean id) ** 2.0

                let variance model k =
                    (onePair p 0.2 0.9 model k + onePair q 0.3 -0.7 model k) / 8.0

                let expected =
                    Array.init modes (fun k -> max (variance (Array.zeroCreate (size * size)) k) (variance target k))

                let noise = MinibatchNoise.Of(loss, p, q, 0.4, target, v, modes, 8)
                allAgree 1e5 (noise.DiagonalVariance()) expected "variances"
                agrees 1e5 noise.EntryVariance (Array.average expected / 2.0) "of an entry"

                let lambda, variances, h =
                    Array.init size (fun k -> 4.0 - float k * 0.75), Array.create modes 1e-3, 0.05

                let deviation =
                    DescentDeviation(lambda, variances, h * 1.0<kappaTime / step>, noise, 6, 3.0)

                let entry = noise.EntryVariance

                for k in 0 .. modes - 1 do
                    let steps =
                        log (lambda[k] / 1e-3 - 1.0) / (2.0 * lambda[k]) / h * (h * lambda[k])
                        / log (1.0 + h * lambda[k])

                    agrees 1e4 (deviation.HalfRiseStep k) steps "step of the half-rise"
                    let sampling = 3.0 * sqrt (expected[k] / (steps * 6.0)) / lambda[k]
                    agrees 1e5 (deviation.Sampling k) sampling "sampling"

                    let second =
                        h * float (k + 1) * entry / lambda[k]
                        + 1.5 * log 2.0 * h * lambda[k] / log (lambda[k] / 1e-3)

                    agrees 1e5 (deviation.HalfRiseShift k) (sampling + second) "shift of the half-rise"
                    let trace = sum (Seq.take modes lambda)
                    let fluctuation = 3.0 * sqrt (h * expected[k] / (lambda[k] * 6.0))
                    let inflow = h * entry * (trace / lambda[k] + float size) / (2.0 * lambda[k])

                    let repulsion =
                        sum (
                            seq {
                                for j in 0 .. modes - 1 do
                                    if j <> k then
                                        let s = 3.0 * sqrt (h * entry * lambda[k] * lambda[j] / (lambda[j] + lambda[k]))

                                        yield min s (s * s / abs (lambda[j] - lambda[k])) / lambda[k]
                            }
                        )

                    agrees 1e5 (deviation.Plateau k) ((fluctuation + inflow + repulsion) / 2.0) "plateau"

        testCase "word clocks: coordinates, entry variances and the noise of a descent"
        <| fun () ->
            for size, d in [ 2, 1; 3, 2; 9, 4; 5, 5 ] do
                let weights = Array.map (fun x -> 1.5 + x) (scattered 3 size)
                let w = scattered 5 (d * size)
                let coordinates = WordClock.Coordinates(weights, Embeddings.OfRows(w, d))

                allAgree 8.0 (coordinates.ToRows()) (Array.mapi (fun e x -> x * sqrt weights[e % size]) w) "coordinates"

                allAgree 8.0 (WordClock.Embeddings(weights, coordinates).ToRows()) w "and back"
                let u = basis (2 * size) size
                let lambda = Array.init size (fun k -> 2.0 - 2.7 * float k / float size)
                let symmetric seed = measures seed size
                let target, model = symmetric 11, symmetric 12

                let m i j =
                    0.5 * (1.0 + target[i * size + j] + (1.0 + model[i * size + j]) ** 2.0)

                let overlap a =
                    sum (seq { for i in 0 .. size - 1 -> u[a * size + i] * sqrt weights[i] })

                let expected =
                    Array.init (d * size) (fun e ->
                        let a, b = e / size, e % size
                        let ua i = u[a * size + i]
                        let ub i = u[b * size + i]

                        let pairs =
                            seq {
                                for i in 0 .. size - 1 do
                                    for j in 0 .. size - 1 -> i, j
                            }

                        let through = pairs |> Seq.sumBy (fun (i, j) -> m i j * ua j ** 2.0 * ub i ** 2.0)
                        let exchanged = pairs |> Seq.sumBy (fun (i, j) -> m i j * ua i * ub i * ua j * ub j)
                        let both = overlap a * overlap b
                        let same x = if a = b then x else 0.0

                        through + exchanged
                        - (both + same lambda[a]) ** 2.0
                        - (both + same (max 0.0 lambda[a])) ** 2.0)

                allAgree
                    1e5
                    (WordClock.EntryVariances(weights, TargetSpectrum(lambda, u), d, target, model))
                    expected
                    "entry variances"

                if lambda[d - 1] > 0.0 then
                    let entries = Array.map (fun x -> 1.5 + x) (scattered 21 (d * size))
                    let rates, pairs = [| 0.1; 0.05; 0.02 |], [| 10.0; 20.0; 15.0 |]

                    let variance a b =
                        let decay = if b < d then lambda[a] + lambda[b] else lambda[a] - lambda[b]
                        let drive = if b < d then decay else lambda[a]

                        Seq.fold
                            (fun x (rate, n) ->
                                (1.0 - 2.0 * rate * decay) ** 2.0 * x
                                + (2.0 * rate * drive) ** 2.0 * entries[a * size + b] / n)
                            0.0
                            (Seq.zip rates pairs)

                    let all = [
                        for a in 0 .. d - 1 do
                            for b in 0 .. size - 1 -> a, b, variance a b
                    ]

                    let mean = all |> List.sumBy (fun (_, b, x) -> if b < d then x else 2.0 * x)

                    let square =
                        all
                        |> List.sumBy (fun (a, b, x) ->
                            (if b >= d then 8.0
                             elif a = b then 2.0
                             else 4.0)
                            * x
                            * x)

                    let share a b = variance a b / lambda[a]

                    let second =
                        sum (seq { for b in d .. size - 1 -> (sum (seq { for a in 0 .. d - 1 -> share a b })) ** 2.0 })
                        + sum (
                            seq { for a in 0 .. d - 1 -> (sum (seq { for b in d .. size - 1 -> share a b })) ** 2.0 }
                        )

                    let noise = WordClock.Noise(lambda, d, entries, rates, pairs)
                    agrees 1e5 noise.MeanSquare mean "mean square"
                    agrees 1e5 noise.RelativeDeviation (sqrt square / mean) "relative deviation"
                    agrees 1e5 noise.SecondOrder (second / mean) "second order"

            for d in [ 0; 3 ] do
                refusedSaying $"dimension = %d{d}; allowed: 1 to V = 2" (fun () ->
                    WordClock.Noise([| 1.0; 0.5 |], d, [| 1.0; 1.0 |], [||], [||]) |> ignore)

        testCase "staircases"
        <| fun () ->
            let stairs = LossStaircase([| 0.01; 0.02; 0.5 |], [| 2.0; 1.0; -1.0 |], 10.0)
            allAgree 8.0 (stairs.Plateaus()) [| 1.0; 0.6; 0.5; 0.5 |] "plateaus: negative modes are never learned"

            for k in 0..3 do
                agrees 4.0 (stairs.Plateau k) (stairs.Plateaus()[k]) "one by one"

            for k in [ -1; 4 ] do
                refusedSaying $"k = %d{k}; allowed: 0 to d = 3" (fun () -> stairs.Plateau k |> ignore)

            let at (time: float<kappaTime>) =
                let missing =
                    Array.map2 (fun (s: float) (l: float) -> AlignedSolution.Variance(s, l, time) - l) [|
                        0.01
                        0.02
                        0.5
                    |] [| 2.0; 1.0; -1.0 |]

                (4.0 + Array.sumBy (fun x -> x * x) missing) / 10.0

            let times = [| 0.0<kappaTime>; 0.5<kappaTime>; 3.0<kappaTime> |]
            allAgree 100.0 (stairs.At times) (Array.map at times) "loss"
            Expect.equal (Array.map (fun (t: float<kappaTime>) -> stairs.At t) times) (stairs.At times) "one by one"
            let realised = stairs.RealisationTimes() |> Array.map float
            allAgree 10.0 realised[..1] [| log 200.0 / 4.0; log 50.0 / 2.0 |] "realisation times"
            Expect.equal realised[2] infinity "never"

            let spectrum =
                TargetSpectrum([| 2.0; 1.0; -1.0 |], [| 1.0; 0.0; 0.0; 0.0; 1.0; 0.0; 0.0; 0.0; 1.0 |])

            let gaussian = LossStaircase.OfGaussianStart(spectrum, 2, 0.1)
            Expect.equal gaussian.Modes 2 "modes"

            allAgree
                10.0
                (gaussian.RealisationTimes() |> Array.map float)
                [| log 200.0 / 4.0; log 200.0 / 2.0 |]
                "mean start: d - k of d"

            allAgree 8.0 (gaussian.Plateaus()) [| 1.0; 2.0 / 6.0; 1.0 / 6.0 |] "plateaus"

            for d in [ 0; 4 ] do
                refusedSaying $"dimension = %d{d}; allowed: 1 to V = 3" (fun () ->
                    LossStaircase.OfGaussianStart(spectrum, d, 0.1) |> ignore)

            Expect.equal (LossStaircase.OfGaussianStart(spectrum, 3, 0.1).Modes) 3 "all modes"

            refusedSaying "squaredFrobeniusNormOfTarget = 3; allowed: at least 4" (fun () ->
                LossStaircase([| 0.1 |], [| 2.0 |], 3.0) |> ignore)

            refusedSaying "eigenvalues is empty; allowed: length d of 1 or more" (fun () ->
                LossStaircase([||], [||], 3.0) |> ignore)

            refusedSaying "initialVariances[0] = -1; allowed: non-negative finite numbers" (fun () ->
                LossStaircase([| -1.0; 0.1 |], [| 2.0; 1.0 |], 5.0) |> ignore)

            refusedSaying "initialVariances[1] = -1; allowed: non-negative finite numbers" (fun () ->
                LossStaircase([| 0.1; -1.0 |], [| 2.0; 1.0 |], 5.0) |> ignore)
    ]
