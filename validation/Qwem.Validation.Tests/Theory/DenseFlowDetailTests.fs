/// The flow at every residue of its sizes modulo eight (rows are padded, kernels take four rows at once), against dense linear algebra:
/// M(t) = E C' (1 + C F C')^-1 C E with E = e^{kappa Lambda t}, F = (e^{2 kappa Lambda t} - 1) / Lambda.
module Qwem.Validation.Tests.DenseFlowDetailTests

open Expecto
open MathNet.Numerics.LinearAlgebra.Double
open Qwem.Theory
open Qwem.Validation.Tests.DetailSupport

let private spectrum size =
    Array.init size (fun k -> 2.0 - 3.0 * float k / float size)

let private start seed rows size =
    Array.map (fun x -> 0.5 * x) (scattered seed (rows * size))

let private model (lambda: float[]) (c: float[]) rows time =
    let size = lambda.Length
    let e = lambda |> Array.map (fun l -> exp (l * time))

    let f =
        lambda
        |> Array.map (fun l -> if l = 0.0 then 2.0 * time else (exp (2.0 * l * time) - 1.0) / l)

    let left =
        Array2D.init rows rows (fun a b ->
            (if a = b then 1.0 else 0.0)
            + Seq.sum (Seq.init size (fun k -> c[a * size + k] * f[k] * c[b * size + k])))

    let right = Array2D.init rows size (fun a k -> c[a * size + k] * e[k])
    let x = solve left right
    Array.init (size * size) (fun at -> Seq.sum (Seq.init rows (fun a -> right[a, at / size] * x[a, at % size])))

let private singularValues (w: float[]) rows size =
    let dense = DenseMatrix.Create(rows, size, (fun a k -> w[a * size + k]))
    dense.Svd(false).S.ToArray()

let private sizes = [
    1, 1
    1, 2
    2, 2
    3, 8
    4, 9
    7, 16
    8, 8
    8, 15
    9, 9
    9, 24
    10, 17
    12, 33
    15, 20
    16, 16
    17, 23
    20, 40
    25, 26
]

let tests =
    testList "Flow against dense algebra" [
        for rows, size in sizes do
            testCase $"d x V = %d{rows} x %d{size}"
            <| fun () ->
                let lambda, c = spectrum size, start (rows + 100 * size) rows size
                let solution = ExactSolution(lambda, Projection.OfRows(c, rows))

                for time in [ 0.0; 0.3; 1.0 ] do
                    let state = solution.At(time * 1.0<kappaTime>)
                    let expected = model lambda c rows time
                    let projection = state.EmbeddingsInEigenbasis()
                    // The dense inverse loses its condition, at most e^{2 lambda t} times sizes.
                    allAgree 1e5 (projection.Gram()) expected $"model at %g{time}"
                    let r = projection.ToRows()
                    let singular = singularValues r rows size
                    allAgree 1e4 (state.SingularValues()) singular $"singular values at %g{time}"

                    // Upper trapezoidal with a positive diagonal, so that it is unique.
                    for a in 0 .. rows - 1 do
                        Expect.isGreaterThan r[a * size + a] 0.0 $"diagonal %d{a}"

                        for k in 0 .. a - 1 do
                            Expect.equal r[a * size + k] 0.0 "below the diagonal"

                    allAgree
                        4.0
                        (state.RDiagonalSquared())
                        (Array.init rows (fun a -> r[a * size + a] * r[a * size + a]))
                        "squared diagonal"

                    let loss =
                        Seq.sum (
                            Seq.init (size * size) (fun at ->
                                let target = if at % (size + 1) = 0 then lambda[at / size] else 0.0
                                (expected[at] - target) * (expected[at] - target))
                        )

                    agrees 1e6 (state.Loss()) loss "loss"
                    let norm = Array.sumBy (fun l -> l * l) lambda
                    agrees 1e6 (state.Loss(norm + 3.0)) (loss + 3.0) "loss with what is left of the target"

        testCase "overlaps are the squared entries of the leading right singular vectors"
        <| fun () ->
            for rows, size in [ 3, 5; 9, 12; 17, 18 ] do
                let lambda, c = spectrum size, start (7 * rows) rows size
                let state = ExactSolution(lambda, Projection.OfRows(c, rows)).At 1.0<kappaTime>
                let r = state.EmbeddingsInEigenbasis().ToRows()
                let svd = DenseMatrix.Create(rows, size, (fun a k -> r[a * size + k])).Svd true

                let within k =
                    Seq.sum (
                        seq {
                            for l in 0 .. k - 1 do
                                for j in 0 .. k - 1 -> svd.VT[l, j] * svd.VT[l, j]
                        }
                    )
                    / float k

                allAgree 1e6 (state.EigenspaceOverlaps()) (Array.init rows (fun k -> within (k + 1))) "overlaps"

                for k in 1..rows do
                    agrees 1e6 (state.SubspaceOverlap k) (within k) $"overlap of %d{k}"

        testCase "both factors of the asymmetric flow, whichever side is longer"
        <| fun () ->
            for m, n, rows in [ 1, 1, 1; 2, 5, 2; 5, 2, 3; 8, 8, 4; 9, 7, 9; 7, 10, 5; 12, 17, 8 ] do
                let small = min m n
                let s = Array.init small (fun k -> 2.0 - float k / float small)

                let unit size =
                    Array.init (size * size) (fun at -> if at % (size + 1) = 0 then 1.0 else 0.0)

                let spectrum = TargetSingularSpectrum(s, unit m, unit n)
                // Balanced: W1 W1' = W2 W2'. Equal entries on both sides, zero beyond the shorter one.
                let common = start (m + 31 * n) rows small

                let side size =
                    Array.init (rows * size) (fun at ->
                        if at % size < small then common[at / size * small + at % size] else 0.0)

                let solution =
                    AsymmetricSolution(spectrum, Embeddings.OfRows(side m, rows), Embeddings.OfRows(side n, rows))

                let state = solution.At 0.7<kappaTime>
                // Then both factors stay equal, and the model is the symmetric one with target diag(s).
                let expected = model s common rows 0.7
                let actual = state.ModelInSingularBasis()

                let embedded =
                    Array.init (m * n) (fun at ->
                        let i, j = at / n, at % n
                        if i < small && j < small then expected[i * small + j] else 0.0)

                allAgree 1e5 actual embedded $"model, %d{m} x %d{n}"
                allAgree 1e5 (state.Model()) embedded "the same in words"

                let loss =
                    Seq.sum (
                        Seq.init (m * n) (fun at ->
                            let target = if at / n = at % n then s[at / n] else 0.0
                            (embedded[at] - target) * (embedded[at] - target))
                    )

                agrees 1e6 (state.Loss()) loss "loss"

                let svd =
                    DenseMatrix.Create(m, n, (fun i j -> embedded[i * n + j])).Svd(false).S.ToArray()

                let values = state.ModelSingularValues()
                let count = min values.Length svd.Length
                allAgree 1e5 (Array.truncate count values) (Array.truncate count svd) "singular values of the model"
    ]
