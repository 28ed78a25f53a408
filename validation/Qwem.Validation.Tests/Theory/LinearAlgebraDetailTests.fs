/// What rests on eigenpairs, against a dense solver and sums written out: linearised starts, misalignment, rank-one weights, certificates.
module Qwem.Validation.Tests.LinearAlgebraDetailTests

open System
open Expecto
open MathNet.Numerics.LinearAlgebra
open MathNet.Numerics.LinearAlgebra.Double
open Qwem.Theory
open Qwem.Validation.Tests.DetailSupport

let private sum (terms: float seq) = Seq.sum terms

let private symmetric seed size =
    let x = scattered seed (size * size)
    Array.init (size * size) (fun e -> x[e] + x[e % size * size + e / size])

/// Eigenvalues, descending, and eigenvectors row by row.
let private eigenpairs (matrix: float[]) size =
    let evd =
        DenseMatrix.Create(size, size, (fun i j -> matrix[i * size + j])).Evd Symmetricity.Symmetric

    let order =
        [| 0 .. size - 1 |] |> Array.sortByDescending (fun k -> evd.EigenValues[k].Real)

    order |> Array.map (fun k -> evd.EigenValues[k].Real),
    Array.init (size * size) (fun e -> evd.EigenVectors[e % size, order[e / size]])

/// e^{2 B t} w.
let private grown (lambda: float[], u: float[]) (w: float[]) t =
    let size = w.Length

    let c =
        Array.init size (fun k ->
            exp (2.0 * lambda[k] * t)
            * sum (seq { for i in 0 .. size - 1 -> u[k * size + i] * w[i] }))

    Array.init size (fun i -> sum (seq { for k in 0 .. size - 1 -> c[k] * u[k * size + i] }))

let private norm (x: float[]) = sqrt (Array.sumBy (fun a -> a * a) x)

/// A(t) at the half-rise of the k-th singular value in plain numbers, and the misalignment that follows.
let private misalignment (lambda: float[]) (r: float[]) d (variances: float[]) k =
    let size = lambda.Length
    let mu = lambda[k] / 2.0

    let times =
        variances
        |> Array.mapi (fun j s ->
            if s < mu && lambda[j] > mu then
                log ((lambda[j] / s - 1.0) * mu / (lambda[j] - mu)) / (2.0 * lambda[j])
            else
                infinity)

    let own = ([| 0 .. d - 1 |] |> Array.sortBy (fun j -> times[j]))[k]
    let t = times[own]

    if not (mu > 0.0 && Double.IsFinite t) then
        infinity, nan
    else
        let development =
            lambda
            |> Array.map (fun l ->
                exp (2.0 * l * t)
                - mu * (if l = 0.0 then 2.0 * t else (exp (2.0 * l * t) - 1.0) / l))

        let a i j =
            sum (seq { for l in 0 .. size - 1 -> r[i * size + l] * development[l] * r[j * size + l] })

        let diagonal i = r[i * size + i] ** 2.0
        let others = [ 0 .. d - 1 ] |> List.filter (fun i -> i <> own)

        let moved i =
            let apart, c = a own own - a i i, a own i
            let root = sqrt (apart * apart + 4.0 * c * c)
            // The eigenvalue is a_oo + tilt, tilt the root of smaller size of tilt^2 + (a_oo - a_ii) tilt - c^2 up to sign, without
            // the difference of two large numbers; (c, tilt) is the eigenvector.
            let tilt = (if apart >= 0.0 then 2.0 else -2.0) * c * c / (root + abs apart)
            let share = if c = 0.0 then 0.0 else tilt * tilt / (tilt * tilt + c * c)
            abs (log (1.0 + tilt / a own own)), share

        let eta =
            abs (log (a own own / (development[own] * diagonal own)))
            + List.sumBy (moved >> fst) others

        let slower =
            others
            |> List.sumBy (fun i -> snd (moved i) * max 0.0 (1.0 - lambda[i] / lambda[own]))

        let apart i = abs (mu - a i i)

        let h =
            if others.IsEmpty then
                0.0
            else
                let n =
                    DenseMatrix.Create(
                        d - 1,
                        d - 1,
                        (fun i j ->
                            if i = j then
                                0.0
                            else
                                a others[i] others[j] / sqrt (apart others[i] * apart others[j]))
                    )

                (n.Power 8).FrobeniusNorm() ** 0.125

        let isReordered i =
            (development[i] > 0.0 && development[i] * diagonal i > mu) <> (a i i > mu)

        (if eta + h + slower < 0.5 && not (List.exists isReordered others) then
             eta / ((1.0 - eta - h) * (1.0 - slower))
         else
             infinity),
        2.0 * lambda[own] * t

let tests =
    testList "Eigenpairs in detail" [
        testCase "linearised starts grow as a dense exponential says"
        <| fun () ->
            for size in [ 1; 2; 3; 8; 9; 17 ] do
                let b, w = symmetric size size, scattered (size + 40) size
                // Growth of the other sign, through terms far larger than the sum.
                let shrinking =
                    Array.mapi (fun e x -> if e % (size + 1) = 0 then x - 30.0 else 0.25 * x) b

                let down = grown (eigenpairs shrinking size) w 0.2

                Expect.isLessThanOrEqual
                    (norm (Array.map2 (-) (Linearisation.Grow(shrinking, w, 0.2)) down))
                    (1e-9 * norm down)
                    "shrinking"

                let log'' = Linearisation.LogGrowth(shrinking, w, 0.2)
                Expect.isLessThanOrEqual (abs (log'' - log (norm down))) 1e-8 "its length"

                let pairs = eigenpairs b size

                for t in [ 0.0; 0.1; 0.5; 2.0 ] do
                    let expected = grown pairs w t
                    allAgree 1e6 (Linearisation.Grow(b, w, t)) expected $"V = %d{size}, t = %g{t}"
                    let log' = Linearisation.LogGrowth(b, w, t)

                    Expect.isLessThanOrEqual (abs (log' - log (norm expected))) (1e-10 * (1.0 + abs log')) "its length"

                // Too long for a double: the first mode alone is left.
                let lambda, u = pairs

                if lambda[0] > 0.5 && (size = 1 || lambda[0] - lambda[1] > 0.05) && size < 9 then
                    let t = 300.0
                    let along = abs (sum (seq { for i in 0 .. size - 1 -> u[i] * w[i] }))
                    let expected = 2.0 * lambda[0] * t + log along

                    Expect.isLessThanOrEqual
                        (abs (Linearisation.LogGrowth(b, w, t) - expected))
                        (1e-9 * expected)
                        "a long growth"

            Expect.equal (Linearisation.LogGrowth([| 1.0 |], [| 0.0 |], 1.0)) -infinity "of nothing"

            refusedSaying "matrix has 3 entries; expected 4 (V * V)" (fun () ->
                Linearisation.Grow([| 1.0; 2.0; 3.0 |], [| 1.0; 2.0 |], 1.0) |> ignore)

            refusedSaying "matrix has 3 entries; expected 4 (V * V)" (fun () ->
                Linearisation.LogGrowth([| 1.0; 2.0; 3.0 |], [| 1.0; 2.0 |], 1.0) |> ignore)

        testCase "plateau, times and lag of a linearised start"
        <| fun () ->
            for size, d in [ 1, 1; 2, 1; 3, 2; 8, 3; 9, 4 ] do
                let positive seed =
                    Array.map (fun x -> 2.5 + x) (symmetric seed size)

                let p, q = positive size, Array.map (fun x -> 0.25 * x) (positive (size + 9))
                let loss = QuadraticLoss.Of(0.2, 0.9, 0.3, -0.7)
                let b = Linearisation.Matrix(loss, p, q)
                allAgree 8.0 b (Array.map2 (fun x y -> 0.9 * x - 0.7 * y) p q) "B"
                let lambda, u = eigenpairs b size
                let start = Linearisation(loss, p, q, TargetSpectrum(lambda, u))

                let weight i j =
                    0.2 * p[i * size + j] + 0.3 * q[i * size + j]

                let pairs =
                    seq {
                        for i in 0 .. size - 1 do
                            for j in 0 .. size - 1 -> i, j
                    }

                let plateau =
                    lambda[0]
                    / (2.0 * Seq.sumBy (fun (i, j) -> weight i j * u[i] ** 2.0 * u[j] ** 2.0) pairs)

                agrees 1e4 start.Plateau plateau "plateau"
                Expect.equal (start.Rates(), start.Direction()) (lambda, Array.sub u 0 size) "rates and direction"
                agrees 1e4 (start.TimeTo(0.3, 1e-6)) (log (0.3 * plateau / 1e-6) / (4.0 * lambda[0])) "time"
                let w = Array.map (fun x -> 1e-4 * x) (scattered (3 * size) (d * size))
                let x = scattered 77 d

                for time in [ start.TimeTo(0.01, 1e-8); 0.05 ] do
                    let states t =
                        Array.init d (fun a -> grown (lambda, u) (Array.sub w (a * size) size) t)

                    let along (rows: float[][]) =
                        Array.init size (fun i -> sum (seq { for a in 0 .. d - 1 -> x[a] * rows[a][i] }))

                    let finish = along (states time)
                    let direction = finish |> Array.map (fun y -> y / norm finish)

                    // 4 a'(A o Y Y') Y x / |Y(T) x|, Y with one word to a row.
                    let force t =
                        let rows, back = states t, grown (lambda, u) direction (time - t)
                        let image = along rows

                        4.0
                        * Seq.sumBy
                            (fun (i, j) ->
                                back[i]
                                * weight i j
                                * sum (seq { for a in 0 .. d - 1 -> rows[a][i] * rows[a][j] })
                                * image[j])
                            pairs
                        / norm finish

                    let width = min (1.0 / (8.0 * lambda[0])) (time / 24.0)
                    let forces = Array.init 25 (fun n -> force (time - width * float n))
                    let trapezoid = width * (Array.sum forces - (forces[0] + forces[24]) / 2.0)
                    agrees 1e6 (start.Lag(Embeddings.OfRows(w, d), x, time)) trapezoid $"lag, V = %d{size}"

            let one p =
                Linearisation(QuadraticLoss.Sym, p, [| 0.2 |], TargetSpectrum([| 0.4 |], [| 1.0 |]))

            refusedSaying "observed has 2 entries; expected 1 (V * V)" (fun () -> one [| 0.6; 1.0 |] |> ignore)

            let two p q =
                Linearisation(QuadraticLoss.Sym, p, q, TargetSpectrum([| 0.4; 0.2 |], [| 1.0; 0.0; 0.0; 1.0 |]))

            let four = [| 0.6; 0.1; 0.1; 0.3 |]
            refusedSaying "observed has 1 entries; expected 4 (V * V)" (fun () -> two [| 0.6 |] four |> ignore)
            refusedSaying "independent has 1 entries; expected 4 (V * V)" (fun () -> two four [| 0.6 |] |> ignore)

        testCase "misalignment at every half-rise, from A(t) in plain numbers"
        <| fun () ->
            let mutable found = 0

            for d, size, scale, seed in
                [
                    1, 2, 0.1, 1
                    2, 2, 0.01, 2
                    2, 4, 0.003, 3
                    3, 5, 0.001, 4
                    3, 5, 0.02, 5
                    4, 6, 0.0003, 6
                    4, 6, 0.003, 7
                    3, 3, 0.05, 8
                    3, 4, 0.4, 9
                    4, 5, 0.7, 10
                    5, 6, 0.1, 11
                    3, 3, 0.9, 12
                ] do
                let lambda = Array.init size (fun k -> 3.0 - 3.6 * float k / float size)
                let start = Array.map (fun x -> scale * x) (scattered seed (d * size))
                // Nearly aligned: the leading block's diagonal dominates.
                let start =
                    start
                    |> Array.mapi (fun e x -> if e / size = e % size then scale * 1.5 else 0.35 * x)

                let exact = ExactSolution(lambda, Projection.OfRows(start, d))
                let r = exact.At(0.0<kappaTime>).EmbeddingsInEigenbasis().ToRows()
                let diagonal = Array.init d (fun k -> r[k * size + k] ** 2.0)
                let same = Array.create d (scale * scale)

                let shifts, halves, equal =
                    Misalignment.Shifts exact,
                    Misalignment.HalfRiseShifts exact,
                    Misalignment.Shifts(exact, scale * scale)

                for k in 0 .. d - 1 do
                    let value, rise = misalignment lambda r d diagonal k
                    let text = $"mode %d{k} of %d{d} x %d{size}, scale %g{scale}"
                    // In plain numbers a small misalignment is the difference of numbers near one.
                    let near (actual: float) (expected: float) text =
                        if not (actual = expected || abs (actual - expected) <= 1e-9 + 1e-6 * expected) then
                            failtest $"%s{text}: %.17g{actual} is not %.17g{expected}"

                    near shifts[k] value text

                    near halves[k] (if Double.IsInfinity value then infinity else value / rise) (text + ": half-rise")

                    near equal[k] (fst (misalignment lambda r d same k)) (text + ": one variance")

                    if Double.IsFinite value then
                        found <- found + 1

            Expect.isGreaterThan found 12 "modes of which leading order says something"

        testCase "certificates of eigenpairs and singular triples"
        <| fun () ->
            for size in [ 1; 2; 3; 8; 9 ] do
                let m = symmetric (size + 5) size
                let lambda, u = eigenpairs m size

                for place in 0 .. size - 1 do
                    // One eigenvalue off by a share of the norm, and one vector off in length.
                    let off =
                        Array.mapi (fun k l -> if k = place then l + 0.01 else l) lambda
                        |> Array.sortDescending

                    let certificate = TargetSpectrum(off, u).Certify m
                    let worst = Seq.max (seq { for k in 0 .. size - 1 -> abs (off[k] - lambda[k]) })
                    agrees 1e6 certificate.Residual (worst / norm m) $"residual, V = %d{size}, mode %d{place}"
                    Expect.isLessThan certificate.Orthogonality 1e-14 "orthonormal"
                    let longer = Array.mapi (fun e x -> if e / size = place then 1.01 * x else x) u

                    agrees
                        1e6
                        (TargetSpectrum(lambda, longer).Certify m).Orthogonality
                        (1.01 * 1.01 - 1.0)
                        "departure by a longer vector"

                    if place > 0 then
                        let mixed =
                            Array.mapi
                                (fun e x -> if e / size = place then x + 0.1 * u[(place - 1) * size + e % size] else x)
                                u

                        agrees
                            1e6
                            (TargetSpectrum(lambda, mixed).Certify m).Orthogonality
                            0.1
                            "departure by a mixed vector"

            for m, n in [ 1, 1; 2, 3; 3, 2; 8, 9; 9, 4 ] do
                let target = scattered (m + 10 * n) (m * n)
                let svd = DenseMatrix.Create(m, n, (fun i j -> target[i * n + j])).Svd true
                let left, right = svd.U.Transpose().ToRowMajorArray(), svd.VT.ToRowMajorArray()
                let s = svd.S.ToArray()

                let made s l r =
                    (TargetSingularSpectrum(s, l, r): TargetSingularSpectrum).Certify target

                Expect.isLessThan (made s left right).Residual 1e-14 "true triples"
                Expect.isLessThan (made s left right).Orthogonality 1e-14 "true triples"

                for place in 0 .. s.Length - 1 do
                    let off =
                        Array.mapi (fun k x -> if k = place then x + 0.01 else x) s
                        |> Array.sortDescending

                    let worst = Seq.max (seq { for k in 0 .. s.Length - 1 -> abs (off[k] - s[k]) })

                    agrees
                        1e6
                        (made off left right).Residual
                        (worst / norm target)
                        $"residual of %d{m} x %d{n}, triple %d{place}"

                for place in 0 .. m - 1 do
                    let longer = Array.mapi (fun e x -> if e / m = place then 1.01 * x else x) left

                    agrees
                        1e6
                        (made s longer right).Orthogonality
                        (1.01 * 1.01 - 1.0)
                        $"a longer left vector %d{place} of %d{m}"

                    if place > 0 then
                        let mixed =
                            Array.mapi (fun e x -> if e / m = place then x + 0.1 * left[e % m] else x) left

                        agrees 1e6 (made s mixed right).Orthogonality 0.1 "a mixed left vector"

                for place in 0 .. n - 1 do
                    let longer = Array.mapi (fun e x -> if e / n = place then 1.01 * x else x) right

                    agrees
                        1e6
                        (made s left longer).Orthogonality
                        (1.01 * 1.01 - 1.0)
                        $"a longer right vector %d{place} of %d{n}"

            let zero = TargetSingularSpectrum([| 0.0 |], [| 1.0 |], [| 1.0 |])
            Expect.equal (zero.Certify [| 0.0 |]).Residual 0.0 "of nothing"

            refusedSaying "singularValues[1] = -1; allowed: non-negative finite numbers" (fun () ->
                TargetSingularSpectrum([| 1.0; -1.0 |], [| 1.0; 0.0; 0.0; 1.0 |], [| 1.0; 0.0; 0.0; 1.0 |])
                |> ignore)

        testCase "decompositions are descending and true, in any unit"
        <| fun () ->
            for size in [ 1; 2; 8; 9; 17 ] do
                let m = symmetric (size + 60) size
                let spectrum = TargetSpectrum.Decompose m
                let lambda, _ = eigenpairs m size
                allAgree 1e4 (spectrum.Eigenvalues()) lambda "eigenvalues"
                let certificate = spectrum.Certify m
                Expect.isLessThan (max certificate.Residual certificate.Orthogonality) 1e-13 "certificate"
                let w = Embeddings.OfRows(scattered 9 (2 * size), 2)
                allAgree 1e3 (spectrum.Expand(spectrum.Project w).ToRows()) (w.ToRows()) "there and back"
                let u = spectrum.Eigenvectors()
                let rows = w.ToRows()

                let projected =
                    Array.init (2 * size) (fun e ->
                        sum (seq { for i in 0 .. size - 1 -> rows[e / size * size + i] * u[e % size * size + i] }))

                allAgree 1e3 (spectrum.Project(w).ToRows()) projected "projection"
                let columns = Array.init (size * size) (fun e -> u[e % size * size + e / size])
                Expect.equal (TargetSpectrum.OfColumns(spectrum.Eigenvalues(), columns)) spectrum "from columns"

            refusedSaying "target is empty; allowed: V x V with V of 1 or more" (fun () ->
                TargetSpectrum.Decompose [||] |> ignore)

            refusedSaying "target[1,0] and target[0,1] differ by 0.5; allowed: 1E-12" (fun () ->
                TargetSpectrum.Decompose [| 1.0; 0.5; 1.0; -1.0 |] |> ignore)

            refusedSaying "target[2,1] and target[1,2] differ by 0.5; allowed: 2E-12" (fun () ->
                TargetSpectrum.Decompose [| 1.0; 0.0; 0.0; 0.0; -2.0; 0.5; 0.0; 1.0; 0.0 |]
                |> ignore)

            refusedSaying "target[2,0] and target[0,2] differ by 0.5; allowed: 2E-12" (fun () ->
                TargetSpectrum.Decompose [| 1.0; 0.0; 0.5; 0.0; -2.0; 0.0; 1.0; 0.0; 0.0 |]
                |> ignore)

            TargetSpectrum.Decompose [| 2.0; 1.0; 1.0 + 1.9e-12; 0.0 |] |> ignore

            Expect.throws
                (fun () -> TargetSpectrum.Decompose [| 2.0; 1.0; 1.0 + 2.1e-12; 0.0 |] |> ignore)
                "beyond 1e-12 of the largest"

            refusedSaying "eigenvalues[1] = 2 exceeds eigenvalues[0] = 1; allowed: at most that" (fun () ->
                TargetSpectrum([| 1.0; 2.0 |], [| 1.0; 0.0; 0.0; 1.0 |]) |> ignore)

            refusedSaying "eigenvalues[2] = 2 exceeds eigenvalues[1] = 1; allowed: at most that" (fun () ->
                TargetSpectrum([| 3.0; 1.0; 2.0 |], Array.zeroCreate 9) |> ignore)

        testCase "rank-one weights: minimisers, losses and the paper's Eq. (10)"
        <| fun () ->
            for size in [ 1; 2; 3; 8; 9 ] do
                let p = Array.map (fun x -> 1.5 + x) (scattered 4 size)
                let target = symmetric (size + 30) size
                let weights = RankOneWeights(p, target)

                let scaled =
                    Array.init (size * size) (fun e -> sqrt (p[e / size] * p[e % size]) * target[e])

                allAgree 8.0 (weights.ScaledTarget()) scaled "scaled target"

                let gram (w: float[]) d =
                    Array.init (size * size) (fun e ->
                        sum (seq { for a in 0 .. d - 1 -> w[a * size + e / size] * w[a * size + e % size] }))

                let loss (model: float[]) =
                    sum (
                        seq {
                            for e in 0 .. size * size - 1 -> p[e / size] * p[e % size] * (model[e] - target[e]) ** 2.0
                        }
                    )

                let lambda, u = eigenpairs scaled size
                let plus, v = eigenpairs target size
                // M*_+ and its rescaled eigenpairs.
                let positive =
                    Array.init (size * size) (fun e ->
                        sum (
                            seq {
                                for k in 0 .. size - 1 ->
                                    max 0.0 plus[k] * v[k * size + e / size] * v[k * size + e % size]
                            }
                        ))

                let mu, x =
                    eigenpairs (Array.init (size * size) (fun e -> sqrt (p[e / size] * p[e % size]) * positive[e])) size

                for d in 1..size do
                    let model (values: float[]) (vectors: float[]) =
                        Array.init (size * size) (fun e ->
                            sum (
                                seq {
                                    for k in 0 .. d - 1 ->
                                        max 0.0 values[k] * vectors[k * size + e / size] * vectors[k * size + e % size]
                                }
                            )
                            / sqrt (p[e / size] * p[e % size]))

                    let best = weights.Minimiser d
                    allAgree 1e5 (best.Embeddings.Gram()) (model lambda u) $"minimiser, d = %d{d} of %d{size}"
                    let least = loss (model lambda u)

                    Expect.isLessThanOrEqual
                        (abs (best.Loss - least))
                        (1e-11 * loss (Array.zeroCreate (size * size)))
                        "its loss"

                    Expect.equal
                        best.LearnedModes
                        (lambda |> Array.truncate d |> Array.filter (fun l -> l > 0.0) |> Array.length)
                        "learned modes"

                    Expect.equal (best.EmbeddingDimension, best.VocabularySize) (d, size) "its shape"

                    allAgree
                        1e5
                        (weights.Minimiser(d, TargetSpectrum(lambda, u)).Embeddings.Gram())
                        (model lambda u)
                        "from eigenpairs"

                    let paper = weights.Paper d
                    allAgree 1e5 (paper.Embeddings.Gram()) (model mu x) "the paper's"
                    let excess = loss (model mu x) - least

                    Expect.isLessThanOrEqual
                        (abs (weights.PaperExcess d - excess))
                        (1e-11 * loss (Array.zeroCreate (size * size)))
                        "what it costs"

                    let w = scattered (d + 80) (d * size)
                    agrees 1e4 (weights.Loss(Embeddings.OfRows(w, d))) (loss (gram w d)) "loss of any embeddings"
                    let g = Array.map abs (symmetric 90 size)

                    let general =
                        sum (seq { for e in 0 .. size * size - 1 -> g[e] * ((gram w d)[e] - target[e]) ** 2.0 })

                    agrees 1e4 (RankOneWeights.GeneralLoss(g, target, Embeddings.OfRows(w, d))) general "general loss"

                for d in [ 0; size + 1 ] do
                    refusedSaying $"dimension = %d{d}; allowed: 1 to V = %d{size}" (fun () ->
                        weights.Minimiser d |> ignore)

                    refusedSaying $"dimension = %d{d}; allowed: 1 to V = %d{size}" (fun () -> weights.Paper d |> ignore)

                let g = Array.map (fun x -> 2.5 + x) (symmetric 33 size)
                let approximation = RankOneApproximation g
                let values, vectors = eigenpairs g size
                let root = Array.init size (fun i -> sqrt values[0] * abs vectors[i])
                allAgree 1e5 (approximation.Weights()) root "the first eigenvector's weights"

                let rest =
                    norm (Array.init (size * size) (fun e -> g[e] - root[e / size] * root[e % size]))
                    / norm g

                Expect.isLessThanOrEqual (abs (approximation.RelativeResidual - rest)) 1e-12 "what they leave"
                Expect.isLessThanOrEqual approximation.EigenResidual 1e-14 "converged"

            let weight g () = RankOneApproximation g |> ignore
            refusedSaying "weight is empty; allowed: V x V with V of 1 or more" (weight [||])
            refusedSaying "weight[0,0] = 0; allowed: positive finite numbers" (weight [| 0.0 |])

            for place in [ 0; 3 ] do
                refusedSaying
                    $"weight[%d{place / 2},%d{place % 2}] = -1; allowed: non-negative finite numbers"
                    (weight (Array.init 4 (fun e -> if e = place then -1.0 else 1.0)))

            refusedSaying
                "no chain of positive weights joins word 2 to word 0; allowed: G with positive weights joining all words"
                (weight [| 1.0; 1.0; 0.0; 1.0; 1.0; 0.0; 0.0; 0.0; 1.0 |])

            refusedSaying
                "no chain of positive weights joins word 1 to word 0; allowed: G with positive weights joining all words"
                (weight [| 1.0; 0.0; 1.0; 0.0; 1.0; 0.0; 1.0; 0.0; 1.0 |])
            // A chain through every word, in no order.
            weight
                [|
                    0.0
                    0.0
                    0.0
                    1.0
                    0.0
                    0.0
                    1.0
                    1.0
                    0.0
                    1.0
                    0.0
                    0.0
                    1.0
                    1.0
                    0.0
                    0.5
                |]
                ()

            let weights = RankOneWeights([| 1.0; 2.0 |], [| 1.0; 0.0; 0.0; 1.0 |])

            refusedSaying "spectrum has 1 eigenpairs; expected 2 (one per word)" (fun () ->
                weights.Minimiser(1, TargetSpectrum([| 1.0 |], [| 1.0 |])) |> ignore)

            for place in 0..1 do
                refusedSaying $"weights[%d{place}] = 0; allowed: positive finite numbers" (fun () ->
                    RankOneWeights(Array.init 2 (fun i -> if i = place then 0.0 else 1.0), [| 1.0; 0.0; 0.0; 1.0 |])
                    |> ignore)
    ]
