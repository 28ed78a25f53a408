/// Singular values and QR.
module Qwem.Validation.Tests.SingularValueTests

open System
open Expecto
open FsCheck.FSharp
open MathNet.Numerics.LinearAlgebra
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Threading
open Qwem.Validation.Tests.LinearAlgebraSupport

/// d orthonormal rows of length n.
let private frame seed n d =
    let mutable rows = DenseMatrix(1, 1)
    QrFactor.Decompose(random seed n d, &rows) |> ignore
    rows

/// 16 down to 1e-12, evenly in the logarithm.
let private spanning d =
    Array.init d (fun k -> 16.0 * Math.Pow(1e-12 / 16.0, float k / float (max 1 (d - 1))))

/// Relative error of every singular value of B D (or D B) with B orthonormal to rounding. Jacobi stops when every cosine is at
/// most sqrt d epsilon = 2 sqrt d u: over the d neighbours of a value, 2 d sqrt d u in the worst case, and as much again for its
/// last sweep's own roundings. QR: d reflectors of a few u on each column, 8 d u over all columns. Construction: 24 sqrt n u.
let private gradedBound n d =
    (4.0 * float d * sqrt (float d) + 8.0 * float d + 24.0 * sqrt (float n)) * u

let private maximum (values: float seq) = Seq.fold max 0.0 values

let private orthogonalityGap (rows: DenseMatrix) =
    let gram = DenseMatrix(rows.Rows, rows.Rows)
    use team = new WorkerTeam(1)
    MatrixProduct.Multiply(1.0, rows, false, rows, true, 0.0, gram, team)

    maximum (
        seq {
            for i in 0 .. rows.Rows - 1 do
                for j in 0 .. rows.Rows - 1 -> abs (gram.Values[i * rows.Rows + j] - (if i = j then 1.0 else 0.0))
        }
    )

let tests =
    choosingVectorWidth
    <| testList "Singular value" [
        testTheory
            "graded singular values from 16 to 1e-12 are relatively accurate"
            [ (1, 1); (12, 5); (60, 60); (400, 64); (1000, 128) ]
            (fun (n, d) ->
                let expected = spanning d
                let left, square = frame 21 n d, frame 22 d d

                let byColumns =
                    build n d (fun i j -> left.Values[j * n + i] * expected[(j * 7 + 3) % d])

                let step = if n % 7 = 0 then 11 else 7
                // Row i of the graded block goes to row (step i + 3) mod n, so that the grading is not in order.
                let byRows = DenseMatrix(n, d)

                for i in 0 .. d - 1 do
                    for j in 0 .. d - 1 do
                        byRows.Values[((step * i + 3) % n) * d + j] <- expected[i] * square.Values[i * d + j]

                let columnSpectrum =
                    Array.init d (fun j -> expected[(j * 7 + 3) % d]) |> Array.sortDescending

                for name, matrix, target in [ "columns", byColumns, columnSpectrum; "rows", byRows, expected ] do
                    let values = (Svd.OfTall matrix).SingularValues

                    let worst =
                        Array.fold2 (fun worst a b -> max worst (abs (a / b - 1.0))) 0.0 values target

                    Expect.isLessThanOrEqual worst (gradedBound n d) name)

        testTheory
            "singular vectors are orthonormal and rebuild the matrix"
            [
                ("tame", 50, 20)
                ("tame", 7, 7)
                ("graded", 80, 30)
                ("rank deficient", 40, 16)
                ("zero", 9, 4)
                ("tiny", 60, 20)
                ("huge", 60, 20)
            ]
            (fun (kind: string, n, d) ->
                let a = random 31 n d

                let matrix =
                    match kind with
                    | "graded" -> build n d (fun i j -> a.Values[i * d + j] * Math.Pow(10.0, -0.4 * float j))
                    | "rank deficient" -> build n d (fun i j -> a.Values[i * d + j % 5])
                    | "zero" -> DenseMatrix(n, d)
                    | "tiny" -> build n d (fun i j -> a.Values[i * d + j] * 1e-200)
                    | "huge" -> build n d (fun i j -> a.Values[i * d + j] * 1e200)
                    | _ -> a

                let svd = Svd.OfTall matrix
                Expect.isLessThanOrEqual (orthogonalityGap svd.LeftVectors) (gradedBound n d) "left"
                Expect.isLessThanOrEqual (orthogonalityGap svd.RightVectors) (gradedBound n d) "right"
                let top = svd.SingularValues[0]

                let gap =
                    maximum (
                        seq {
                            for i in 0 .. n - 1 do
                                for j in 0 .. d - 1 ->
                                    let sum =
                                        Seq.sumBy
                                            (fun k ->
                                                svd.SingularValues[k]
                                                * svd.LeftVectors.Values[k * n + i]
                                                * svd.RightVectors.Values[k * d + j])
                                            (seq { 0 .. d - 1 })

                                    abs (sum - matrix.Values[i * d + j])
                        }
                    )

                // Backward stability with the same constants, relative to the largest singular value.
                Expect.isLessThanOrEqual gap (gradedBound n d * top) "")

        property
            "singular values of tame matrices agree with MathNet"
            30
            (fun (seed: Seed) (columns: byte) (extra: byte) ->
                let d = 1 + int columns % 40
                let n = d + int extra % 60
                let a = randomFrom (seed.Random()) n d
                let values = (Svd.OfTall a).SingularValues

                let expected =
                    Matrix<float>.Build.Dense(n, d, fun i j -> a.Values[i * d + j]).Svd(false).S.ToArray()

                let gap = Array.fold2 (fun worst x y -> max worst (abs (x - y))) 0.0 values expected
                // Two backward stable routes, absolute error relative to the largest value.
                let bound = 2.0 * gradedBound n d * expected[0]

                (gap <= bound)
                |> Prop.label $"seed {seed} {n} x {d} gap %.3g{gap} bound %.3g{bound}")

        testTheory
            "QR rebuilds the matrix, R is upper trapezoidal with no negative diagonal"
            [ (30, 12); (12, 30); (9, 9); (1, 5); (5, 1) ]
            (fun (m, n) ->
                let a = random (m * 40 + n) m n
                let mutable q = DenseMatrix(1, 1)
                let r = QrFactor.Decompose(a, &q)
                let steps = min m n
                Expect.equal (r.Rows, r.Columns) (steps, n) ""
                Expect.isTrue (bits r.Values = bits (QrFactor.UpperTrapezoidal a).Values) "R alone has the same bits"
                Expect.isLessThanOrEqual (orthogonalityGap q) (24.0 * float steps * u) ""

                for i in 0 .. steps - 1 do
                    Expect.isGreaterThanOrEqual (r.Values[i * n + i]) 0.0 ""

                    for j in 0 .. min i n - 1 do
                        Expect.equal (r.Values[i * n + j]) 0.0 ""

                let rebuilt = DenseMatrix(m, n)
                use team = new WorkerTeam(1)
                MatrixProduct.Multiply(1.0, q, true, r, false, 0.0, rebuilt, team)

                let gap =
                    Array.fold2 (fun worst x y -> max worst (abs (x - y))) 0.0 rebuilt.Values a.Values
                // min(m, n) reflectors of relative error about 6 u, applied to columns no longer than sqrt m, twice (R and Q), and the product.
                Expect.isLessThanOrEqual gap (24.0 * float steps * u * sqrt (float m)) "")

        testCase "singular values and QR have the same bits for both vector widths" (fun () ->
            let a =
                build 131 37 (fun i j -> (random 3 131 37).Values[i * 37 + j] * Math.Pow(10.0, -0.2 * float j))

            let compute () =
                let svd = Svd.OfTall a

                Array.concat [
                    bits svd.SingularValues
                    bits svd.LeftVectors.Values
                    bits svd.RightVectors.Values
                    bits (QrFactor.UpperTrapezoidal a).Values
                ]

            Expect.isTrue (onHalves compute = onWide compute) "")

        slow (
            testCase
                "singular values alone, and on any number of threads, have the bits of the whole decomposition"
                (fun () ->
                    let a =
                        build 400 43 (fun i j -> (random 5 400 43).Values[i * 43 + j] * Math.Pow(10.0, -0.3 * float j))

                    let whole = Svd.OfTall a

                    for threads in 1..3 do
                        use team = new WorkerTeam(threads)
                        let svd = Svd.OfTall(a, team)
                        Expect.isTrue (bits svd.LeftVectors.Values = bits whole.LeftVectors.Values) ""
                        Expect.isTrue (bits svd.RightVectors.Values = bits whole.RightVectors.Values) ""
                        Expect.isTrue (bits svd.SingularValues = bits whole.SingularValues) ""
                        Expect.isTrue (bits (Svd.SingularValuesOfTall(a, team)) = bits whole.SingularValues) "")
        )

        testCase "singular values refuse wide and non-finite matrices" (fun () ->
            let message (matrix: DenseMatrix) =
                (Expect.raised<ArgumentException>(fun () -> Svd.OfTall matrix |> ignore)).Message

            mentions "2 x 3" (message (DenseMatrix(2, 3)))
            mentions "(1, 0)" (message (DenseMatrix(2, 1, [| 1.0; nan |]))))
    ]
