/// Symmetric eigenproblems.
module Qwem.Validation.Tests.SymmetricEigenTests

open System
open System.Threading
open Expecto
open FsCheck.FSharp
open MathNet.Numerics.LinearAlgebra
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Threading
open Qwem.Validation.Tests.LinearAlgebraSupport

/// Each of the reduction, its two sides, the back-transformation and the certificate product is a chain of at most n
/// transformations of relative error a few u each: 24 sqrt n u in all. Every level of merging adds its deflation, at most
/// 8 epsilon = 16 u of the norm for the eigenvalue and as much again for the rotated pair. All relative to ||A||_F >= ||A||_2.
let private eigenBound n =
    let levels = Math.Ceiling(Math.Log2(max 1.0 (float n / 32.0)))
    (24.0 * sqrt (float n) + 32.0 * levels) * u

let private decompose (matrix: DenseMatrix) =
    use team = new WorkerTeam(2)
    SymmetricEigenSolver.Decompose(matrix, team)

let private symmetricFrom generator n =
    let a = randomFrom generator n n
    build n n (fun i j -> a.Values[(min i j) * n + max i j])

let private symmetric (seed: int) n = symmetricFrom (Random seed) n

let private tridiagonal n diagonal offDiagonal =
    build n n (fun i j ->
        if i = j then diagonal i
        elif abs (i - j) = 1 then offDiagonal (max i j)
        else 0.0)

let private wilkinson n =
    tridiagonal n (fun i -> abs (float i - float (n - 1) / 2.0)) (fun _ -> 1.0)

let private gluedWilkinson n glue =
    tridiagonal n (fun i -> abs (float (i % 21) - 10.0)) (fun i -> if i % 21 = 0 then glue else 1.0)

/// H diag(values) H with one reflector H, so that nothing is diagonal and the spectrum is known.
let private withSpectrum seed (values: float[]) =
    let n = values.Length
    let v = (random seed n 1).Values
    let norm = Array.sumBy (fun x -> x * x) v

    let h i j =
        (if i = j then 1.0 else 0.0) - 2.0 * v[i] * v[j] / norm

    let rows = build n n (fun i k -> h i k * values[k])
    let frame = build n n h
    let c = DenseMatrix(n, n)
    use team = new WorkerTeam(1)
    MatrixProduct.Multiply(1.0, rows, false, frame, true, 0.0, c, team)
    build n n (fun i j -> c.Values[(min i j) * n + max i j])

let private certificateOf (matrix: DenseMatrix) (result: SymmetricEigenDecomposition) =
    use team = new WorkerTeam(2)
    result.Certify(matrix, team)

let private check (name: string) (matrix: DenseMatrix) =
    let n = matrix.Rows
    let result = decompose matrix
    let bound, certificate = eigenBound n, certificateOf matrix result

    Expect.isLessThanOrEqual certificate.Residual bound ($"{name}: residual")
    Expect.isLessThanOrEqual certificate.Orthogonality bound ($"{name}: orthogonality")

    Expect.isTrue
        (result.Eigenvalues |> Array.pairwise |> Array.forall (fun (a, b) -> a >= b))
        ($"{name}: eigenvalues descend")

    for k in 0 .. n - 1 do
        let row = result.Eigenvectors.Row(k).ToArray()
        Expect.isGreaterThan (Array.maxBy abs row) 0.0 ($"{name}: sign of eigenvector {k}")

    result

/// Ten families of tridiagonal matrices that break careless divide and conquer, either way up.
let private awkward (g: Random) =
    let n = g.Next(2, 180)
    let kind = g.Next 10
    let power () = Math.Pow(10.0, -20.0 * g.NextDouble())

    let pairs =
        Array.init n (fun i ->
            match kind with
            | 0 -> g.NextDouble(), power ()
            | 1 -> power (), power ()
            | 2 -> float (g.Next 3), float (g.Next 2)
            | 3 -> 1.0, 1e-8 * g.NextDouble()
            | 4 -> 0.0, 1.0
            | 5 -> 0.0, g.NextDouble() - 0.5
            | 6 -> abs (float (i % 21) - 10.0), (if i % 21 = 0 then power () else 1.0)
            | 7 -> 1.0 + 1e-15 * float (g.Next 5), 1e-15 * float (g.Next 3)
            | 8 -> float i, 0.5 * float i
            | _ -> Math.Pow(2.0, -float i), Math.Pow(2.0, -float i - 0.5))

    let turn = g.Next 2 = 1
    let at i = if turn then n - 1 - i else i

    kind,
    build n n (fun i j ->
        if i = j then fst pairs[at i]
        elif abs (i - j) = 1 then snd pairs[max (at i) (at j)]
        else 0.0)

let tests =
    choosingVectorWidth
    <| testList "Symmetric eigen" [
        testTheory
            "eigenvectors of every family have small residuals and are orthogonal"
            [ 1; 2; 3; 8; 31; 32; 33; 65; 130; 300 ]
            (fun n ->
                let a = symmetric (100 + n) n
                check "random" a |> ignore
                check "zero" (DenseMatrix(n, n)) |> ignore

                check "diagonal" (build n n (fun i j -> if i = j then float ((7 * i) % 5 - 2) else 0.0))
                |> ignore

                check "identity" (build n n (fun i j -> if i = j then 1.0 else 0.0)) |> ignore
                check "rank one" (build n n (fun _ _ -> 1.0)) |> ignore
                check "wilkinson" (wilkinson n) |> ignore

                for glue in [ 1e-4; 1e-8; 1e-14 ] do
                    check $"wilkinson glued by {glue}" (gluedWilkinson n glue) |> ignore

                check "negative" (build n n (fun i j -> a.Values[i * n + j] - (if i = j then 100.0 else 0.0)))
                |> ignore

                check "graded down" (build n n (fun i j -> Math.Pow(10.0, -0.1 * float (i + j)) * a.Values[i * n + j]))
                |> ignore

                check
                    "graded up"
                    (build n n (fun i j -> Math.Pow(10.0, 0.1 * float (i + j - 2 * n)) * a.Values[i * n + j]))
                |> ignore

                check "toeplitz" (tridiagonal n (fun _ -> 2.0) (fun _ -> -1.0)) |> ignore)

        testTheory "clustered and repeated eigenvalues are found where they were put" [ 40; 170 ] (fun (n) ->
            let spectra = [
                "two clusters", Array.init n (fun k -> if k < n / 3 then 1.0 else -1.0)
                "one outlier", Array.init n (fun k -> if k = 0 then 5.0 else 1.0)
                "tight cluster", Array.init n (fun k -> 1.0 + 1e-13 * float (n - k))
                "geometric", Array.init n (fun k -> Math.Pow(10.0, -14.0 * float k / float n))
            ]

            for name, values in spectra do
                let result = check name (withSpectrum n values)
                let norm = sqrt (Array.sumBy (fun x -> x * x) values)
                // Weyl: the residual bound of the solver, and the construction's own rounding, again a product of two n-term sums.
                let bound = 2.0 * eigenBound n * norm

                let worst =
                    Array.fold2
                        (fun worst a b -> max worst (abs (a - b)))
                        0.0
                        result.Eigenvalues
                        (Array.sortDescending values)

                Expect.isLessThanOrEqual worst bound name)

        slow (
            property "awkward tridiagonal matrices are solved within the bound" 150 (fun (seed: Seed) ->
                let kind, matrix = awkward (seed.Random())
                let n = matrix.Rows
                let result = decompose matrix
                let bound, certificate = eigenBound n, certificateOf matrix result

                (certificate.Residual <= bound && certificate.Orthogonality <= bound)
                |> Prop.label
                    $"seed {seed} kind {kind} n {n} residual %.2g{certificate.Residual} orthogonality %.2g{certificate.Orthogonality} bound %.2g{bound}")
        )

        property "eigenvalues agree with MathNet's decomposition" 40 (fun (seed: Seed) (size: byte) ->
            let n = 1 + int size % 90
            let a = symmetricFrom (seed.Random()) n
            let reference = Matrix<float>.Build.Dense(n, n, fun i j -> a.Values[i * n + j])

            let expected =
                reference.Evd(Symmetricity.Symmetric).EigenValues
                |> Seq.map _.Real
                |> Seq.sortDescending
                |> Array.ofSeq

            let result = decompose a

            let gap =
                Array.fold2 (fun worst x y -> max worst (abs (x - y))) 0.0 result.Eigenvalues expected
            // Weyl, twice: two backward stable routes.
            let bound = 2.0 * eigenBound n * reference.FrobeniusNorm()

            (gap <= bound)
            |> Prop.label $"seed {seed} n {n} gap %.3g{gap} bound %.3g{bound}")

        testCase "two by two has its closed form" (fun () ->
            let result = decompose (DenseMatrix(2, 2, [| 2.0; 3.0; 3.0; 2.0 |]))
            let half = sqrt 0.5
            // Five or so roundings of numbers up to 5.
            same [| 5.0; -1.0 |] (50.0 * u) result.Eigenvalues
            same [| half; half |] (10.0 * u) result.Eigenvectors.Values[0..1])

        testCase "scaling by a power of two scales the eigenvalues and leaves the bits of the eigenvectors" (fun () ->
            let n = 90
            let a = symmetric 5 n
            let plain = decompose a

            for power in [ -900; -500; 500; 900 ] do
                let scaled =
                    decompose (build n n (fun i j -> Math.ScaleB(a.Values[i * n + j], power)))

                Expect.isTrue
                    (bits scaled.Eigenvectors.Values = bits plain.Eigenvectors.Values)
                    ($"2^{power}: eigenvectors")

                let expected = plain.Eigenvalues |> Array.map (fun x -> Math.ScaleB(x, power))
                Expect.isTrue (bits scaled.Eigenvalues = bits expected) ($"2^{power}: eigenvalues"))

        testTheory
            "matrices of extreme size are solved as well as those of size one"
            [ 1e150; 1e-150; 1e300; 1e-310 ]
            (fun (scale) ->
                let n = 70
                let a = symmetric 6 n
                // A scale in the subnormal range rounds the entries themselves to multiples of 2^-1074: the certificates measure that matrix.
                check $"scale {scale}" (build n n (fun i j -> scale * a.Values[i * n + j]))
                |> ignore)

        testTheory
            "the eigendecomposition has the same bits for any team and both vector widths"
            [ 47; 200; 413 ]
            (fun (n) ->
                let a = symmetric n n

                let compute threads =
                    use team = new WorkerTeam(threads)
                    let result = SymmetricEigenSolver.Decompose(a, team)
                    Array.append (bits result.Eigenvalues) (bits result.Eigenvectors.Values)

                let one = compute 1
                Expect.isTrue (compute 2 = one) "two threads"
                Expect.isTrue (compute 3 = one) "three threads"
                Expect.isTrue (onHalves (fun () -> compute 2) = one) "two 256-bit halves"
                Expect.isTrue (onWide (fun () -> compute 2) = one) "one 512-bit register")

        testCase "the eigensolver refuses what is not a finite symmetric matrix" (fun () ->
            let message (matrix: DenseMatrix) =
                (Expect.raised<ArgumentException>(fun () -> decompose matrix |> ignore)).Message

            mentions "2 x 3" (message (DenseMatrix(2, 3)))
            mentions "(1, 0)" (message (DenseMatrix(2, 2, [| 1.0; 2.0; nan; 1.0 |])))
            mentions "finite" (message (DenseMatrix(2, 2, [| 1.0; infinity; infinity; 1.0 |])))
            mentions "differ" (message (DenseMatrix(2, 2, [| 1.0; 2.0; 2.0 + 1e-9; 1.0 |]))))

        testCase "the eigensolver reports progress up to one and stops when cancelled" (fun () ->
            use team = new WorkerTeam(1)
            let reports = ResizeArray<float>()

            let progress = {
                new IProgress<float> with
                    member _.Report value = reports.Add value
            }

            SymmetricEigenSolver.Decompose(symmetric 3 200, team, progress) |> ignore
            Expect.isTrue (reports |> Seq.pairwise |> Seq.forall (fun (a, b) -> a <= b)) ""
            Expect.equal (reports[reports.Count - 1]) 1.0 ""
            use source = new CancellationTokenSource()
            source.Cancel()

            Expect.throwsT<OperationCanceledException>
                (fun () ->
                    SymmetricEigenSolver.Decompose(symmetric 3 50, team, null, source.Token)
                    |> ignore)
                "")
    ]
