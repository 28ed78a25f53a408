/// Dense linear algebra: products, symmetric eigenproblems, singular values, QR. Every tolerance is derived where it stands;
/// u = 2^-53 is the unit roundoff. Errors of many roundings are taken to grow with the square root of their number
/// (Higham and Mary 2019, "A new approach to probabilistic rounding error analysis") unless a worst case is named.
[<NUnit.Framework.TestFixture>]
module Qwem.Validation.Tests.LinearAlgebraTests

open System
open System.Threading
open NUnit.Framework
open FsCheck
open FsCheck.FSharp
open FsCheck.NUnit
open MathNet.Numerics.LinearAlgebra
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Threading

let private u = Math.ScaleB(1.0, -53)

let private random (seed: int) rows columns =
    let generator = Random seed
    DenseMatrix(rows, columns, Array.init (rows * columns) (fun _ -> 2.0 * generator.NextDouble() - 1.0))

let private build rows columns (entry: int -> int -> float) =
    DenseMatrix(rows, columns, Array.init (rows * columns) (fun i -> entry (i / columns) (i % columns)))

let private mentions (part: string) (message: string) = Assert.That(message, Does.Contain part)

let private same (expected: float[]) (tolerance: float) (actual: float[]) =
    let gap = Array.map2 (fun a b -> abs (a - b)) expected actual |> Array.max
    Assert.That(gap, Is.LessThanOrEqualTo tolerance)

let private bits (values: float[]) =
    values |> Array.map BitConverter.DoubleToInt64Bits

let private onHalves (work: unit -> 'a) =
    let before = SimdPath.Wide
    SimdPath.Wide <- false

    try
        work ()
    finally
        SimdPath.Wide <- before

let private onWide (work: unit -> 'a) =
    let before = SimdPath.Wide
    SimdPath.Wide <- true

    try
        work ()
    finally
        SimdPath.Wide <- before

// ---------------------------------------------------------------- vector kernels

[<Property(MaxTest = 60)>]
let ``kernels agree with plain loops, and both vector widths give the same bits`` (seed: int) (size: uint16) =
    let n = int size % 300
    let x = (random seed (n + 1) 1).Values[.. n - 1]
    let y = (random (seed + 1) (n + 1) 1).Values[.. n - 1]

    let run () =
        let axpy, scaled, left, right =
            Array.copy y, Array.copy x, Array.copy x, Array.copy y

        Kernels.Axpy(0.37, x, axpy)
        Kernels.Scale(-1.7, scaled)
        Kernels.Rotate(left, right, 0.6, 0.8)

        Array.concat
            [
                [| Kernels.Dot(x, y); Kernels.NormSquared x; Kernels.Sum x |]
                axpy
                scaled
                left
                right
            ]

    let wide, halves = onWide run, onHalves run
    let dot = Array.fold2 (fun sum a b -> sum + a * b) 0.0 x y
    // Worst case: the plain loop has at most n + 1 roundings on the path of each product, the kernel fewer.
    let bound =
        2.0 * float (n + 2) * u * Array.fold2 (fun sum a b -> sum + abs (a * b)) 0.0 x y

    let elementwise =
        Array.forall2 (fun a b -> abs (a - b) <= 4.0 * u) wide[3 .. n + 2] (Array.map2 (fun a b -> 0.37 * a + b) x y)

    (bits wide = bits halves && abs (wide[0] - dot) <= bound && elementwise)
    |> Prop.label $"seed {seed} n {n} dot {wide[0]:R} plain {dot:R} bound %.3g{bound}"

[<Test>]
let ``kernels refuse vectors of different lengths and say both`` () =
    let failure =
        Assert.Throws<ArgumentException>(fun () ->
            Kernels.Dot(ReadOnlySpan(Array.zeroCreate<float> 3), ReadOnlySpan(Array.zeroCreate<float> 5))
            |> ignore)

    mentions "3 and 5" ((nonNull failure).Message)

[<Test>]
let ``kernels and a repeated product allocate nothing`` () =
    let x, y = (random 1 500 1).Values, (random 2 500 1).Values
    let a, b, c = random 3 60 300, random 4 300 50, DenseMatrix(60, 50)
    use team = new WorkerTeam(1)
    let mutable sink = 0.0

    let work () =
        sink <- sink + Kernels.Dot(x, y) + Kernels.NormSquared x + Kernels.Sum x
        Kernels.Axpy(0.1, x, y)
        Kernels.Scale(0.5, y)
        Kernels.Rotate(x, y, 0.6, 0.8)
        MatrixProduct.Multiply(1.0, a, false, b, false, 0.5, c, team)

    for _ in 1..50 do
        work ()

    let before = GC.GetAllocatedBytesForCurrentThread()

    for _ in 1..1000 do
        work ()

    Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.EqualTo 0L, $"sink {sink}")

// ---------------------------------------------------------------- matrix product

let private orient transposed rows columns seed =
    if transposed then random seed columns rows else random seed rows columns

let private entry (x: DenseMatrix) transposed i j =
    if transposed then x.Values[j * x.Columns + i] else x.Values[i * x.Columns + j]

/// Largest gap to the triple loop, in units of the derived bound.
let private productUtilisation m n k transposeA transposeB alpha beta seed (team: WorkerTeam) =
    let a, b = orient transposeA m k seed, orient transposeB k n (seed + 1)
    let old = random (seed + 2) m n
    let c = DenseMatrix(m, n, Array.copy old.Values)
    MatrixProduct.Multiply(alpha, a, transposeA, b, transposeB, beta, c, team)
    let mutable worst = 0.0

    for i in 0 .. m - 1 do
        for j in 0 .. n - 1 do
            let mutable sum, size = 0.0, 0.0

            for l in 0 .. k - 1 do
                let term = entry a transposeA i l * entry b transposeB l j
                sum <- sum + term
                size <- size + abs term

            let plain = alpha * sum + beta * entry old false i j
            // Worst case, either route: at most k + 3 roundings lie on the path of any term, each at most u; two routes.
            let bound =
                2.0 * float (k + 4) * u * (abs alpha * size + abs (beta * entry old false i j))

            let gap = abs (entry c false i j - plain)

            if not (gap <= bound) then
                worst <- Double.PositiveInfinity
            elif gap > 0.0 then
                worst <- max worst (gap / bound)

    worst

[<Property(MaxTest = 120)>]
let ``the product agrees with the triple loop for any shape, transposes and factors``
    (seed: int)
    transposeA
    transposeB
    =
    let g = Random seed
    let m, n = g.Next(1, 60), g.Next(1, 80)
    let k = if g.Next 4 = 0 then g.Next(250, 600) else g.Next(1, 60)

    let alpha, beta =
        [| 1.0; -1.0; 0.3; 0.0 |][g.Next 4], [| 0.0; 1.0; -0.7 |][g.Next 3]

    use team = new WorkerTeam(1)

    let run () =
        productUtilisation m n k transposeA transposeB alpha beta seed team

    let wide, halves = onWide run, onHalves run

    (wide <= 1.0 && halves = wide)
    |> Prop.label $"seed {seed} shape {m} x {k} x {n} alpha {alpha} beta {beta} utilisation %.3g{wide} and %.3g{halves}"

[<TestCase(3100, 20, 40)>]
[<TestCase(20, 3100, 40)>]
[<TestCase(9, 25, 20000)>]
[<TestCase(200, 130, 700)>]
let ``the product agrees with the triple loop across the limits of its blocks`` m n k =
    use team = new WorkerTeam(2)

    for transposed in [ false; true ] do
        Assert.That(
            productUtilisation m n k transposed (not transposed) 1.1 -0.4 (m + k) team,
            Is.LessThanOrEqualTo 1.0
        )

[<TestCase(128, 1000, 300)>]
[<TestCase(300, 128, 128)>]
[<TestCase(128, 128, 1000)>]
[<TestCase(77, 311, 513)>]
[<TestCase(3100, 50, 300)>]
let ``the product has the same bits for one, two and three threads and for both vector widths`` m n k =
    let compute threads =
        use team = new WorkerTeam(threads)
        let c = random 7 m n
        MatrixProduct.Multiply(0.9, random 5 m k, false, random 6 n k, true, 0.2, c, team)
        bits c.Values

    let one = compute 1
    Assert.That((compute 2 = one), "two threads")
    Assert.That((compute 3 = one), "three threads")
    Assert.That((onHalves (fun () -> compute 2) = one), "two 256-bit halves")
    Assert.That((onWide (fun () -> compute 2) = one), "one 512-bit register")

[<Test>]
let ``with beta zero the old result is not read, with alpha zero the factors are not`` () =
    use team = new WorkerTeam(1)
    let poisoned = build 9 11 (fun _ _ -> Double.NaN)
    let c = build 9 11 (fun _ _ -> Double.NaN)
    MatrixProduct.Multiply(1.0, random 1 9 5, false, random 2 5 11, false, 0.0, c, team)
    Assert.That(Array.forall Double.IsFinite c.Values)
    let before = Array.copy c.Values
    MatrixProduct.Multiply(0.0, build 9 5 (fun _ _ -> Double.NaN), false, random 2 5 11, false, 2.0, c, team)
    same (before |> Array.map (fun x -> 2.0 * x)) 0.0 c.Values
    MatrixProduct.Multiply(0.0, random 1 9 5, false, random 2 5 11, false, 0.0, poisoned, team)
    Assert.That(Array.forall (fun x -> x = 0.0) poisoned.Values)

[<Test>]
let ``the product refuses mismatched shapes, naming both numbers, and an aliased result`` () =
    use team = new WorkerTeam(1)
    let square = random 1 6 6

    let message (work: unit -> unit) =
        (nonNull (Assert.Throws<ArgumentException>(fun () -> work ()))).Message

    let inner =
        message (fun () ->
            MatrixProduct.Multiply(1.0, random 1 4 5, false, random 2 7 3, false, 0.0, DenseMatrix(4, 3), team))

    let outer =
        message (fun () ->
            MatrixProduct.Multiply(1.0, random 1 4 5, false, random 2 5 3, false, 0.0, DenseMatrix(4, 8), team))

    mentions "5 and 7" (inner)
    mentions "4 x 3" (outer)
    mentions "4 x 8" (outer)

    mentions
        "shares"
        (message (fun () -> MatrixProduct.Multiply(1.0, square, false, random 2 6 6, false, 0.0, square, team)))

// ---------------------------------------------------------------- symmetric eigenproblem

/// Each of the reduction, its two sides, the back-transformation and the certificate product is a chain of at most n
/// transformations of relative error a few u each: 24 sqrt n u in all. Every level of merging adds its deflation, at most
/// 8 epsilon = 16 u of the norm for the eigenvalue and as much again for the rotated pair. All relative to ||A||_F >= ||A||_2.
let private eigenBound n =
    let levels = Math.Ceiling(Math.Log2(max 1.0 (float n / 32.0)))
    (24.0 * sqrt (float n) + 32.0 * levels) * u

let private decompose (matrix: DenseMatrix) =
    use team = new WorkerTeam(2)
    SymmetricEigenSolver.Decompose(matrix, team)

let private symmetric seed n =
    let a = random seed n n
    build n n (fun i j -> a.Values[(min i j) * n + max i j])

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

let private check (name: string) (matrix: DenseMatrix) =
    let n = matrix.Rows
    let result = decompose matrix
    let bound = eigenBound n

    TestContext.Out.WriteLine
        $"{name} n {n}: residual %.2g{result.ResidualNorm}, orthogonality %.2g{result.OrthogonalityError}, bound %.2g{bound}"

    Assert.That(result.ResidualNorm, Is.LessThanOrEqualTo bound, $"{name}: residual")
    Assert.That(result.OrthogonalityError, Is.LessThanOrEqualTo bound, $"{name}: orthogonality")

    Assert.That(
        result.Eigenvalues |> Array.pairwise |> Array.forall (fun (a, b) -> a >= b),
        $"{name}: eigenvalues descend"
    )

    for k in 0 .. n - 1 do
        let row = result.Eigenvectors.Row(k).ToArray()
        Assert.That(Array.maxBy abs row, Is.GreaterThan 0.0, $"{name}: sign of eigenvector {k}")

    result

[<TestCase(1);
  TestCase(2);
  TestCase(3);
  TestCase(8);
  TestCase(31);
  TestCase(32);
  TestCase(33);
  TestCase(65);
  TestCase(130);
  TestCase(300)>]
let ``eigenvectors of every family have small residuals and are orthogonal`` n =
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

    check "graded up" (build n n (fun i j -> Math.Pow(10.0, 0.1 * float (i + j - 2 * n)) * a.Values[i * n + j]))
    |> ignore

    check "toeplitz" (tridiagonal n (fun _ -> 2.0) (fun _ -> -1.0)) |> ignore

[<TestCase(40); TestCase(170)>]
let ``clustered and repeated eigenvalues are found where they were put`` n =
    let spectra =
        [
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
            Array.fold2 (fun worst a b -> max worst (abs (a - b))) 0.0 result.Eigenvalues (Array.sortDescending values)

        Assert.That(worst, Is.LessThanOrEqualTo bound, name)

/// Ten families of tridiagonal matrices that break careless divide and conquer, either way up.
let private awkward (seed: int) =
    let g = Random seed
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

[<Property(MaxTest = 150)>]
let ``awkward tridiagonal matrices are solved within the bound`` (seed: int) =
    let kind, matrix = awkward seed
    let n = matrix.Rows
    let result = decompose matrix
    let bound = eigenBound n

    (result.ResidualNorm <= bound && result.OrthogonalityError <= bound)
    |> Prop.label
        $"seed {seed} kind {kind} n {n} residual %.2g{result.ResidualNorm} orthogonality %.2g{result.OrthogonalityError} bound %.2g{bound}"

[<Property(MaxTest = 40)>]
let ``eigenvalues agree with MathNet's decomposition`` (seed: int) (size: byte) =
    let n = 1 + int size % 90
    let a = symmetric seed n
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
    |> Prop.label $"seed {seed} n {n} gap %.3g{gap} bound %.3g{bound}"

[<Test>]
let ``two by two has its closed form`` () =
    let result = decompose (DenseMatrix(2, 2, [| 2.0; 3.0; 3.0; 2.0 |]))
    let half = sqrt 0.5
    // Five or so roundings of numbers up to 5.
    same [| 5.0; -1.0 |] (50.0 * u) result.Eigenvalues
    same [| half; half |] (10.0 * u) result.Eigenvectors.Values[0..1]

[<Test>]
let ``scaling by a power of two scales the eigenvalues and leaves the bits of the eigenvectors`` () =
    let n = 90
    let a = symmetric 5 n
    let plain = decompose a

    for power in [ -900; -500; 500; 900 ] do
        let scaled =
            decompose (build n n (fun i j -> Math.ScaleB(a.Values[i * n + j], power)))

        Assert.That((bits scaled.Eigenvectors.Values = bits plain.Eigenvectors.Values), $"2^{power}: eigenvectors")
        let expected = plain.Eigenvalues |> Array.map (fun x -> Math.ScaleB(x, power))
        Assert.That((bits scaled.Eigenvalues = bits expected), $"2^{power}: eigenvalues")

[<TestCase(1e150); TestCase(1e-150); TestCase(1e300); TestCase(1e-310)>]
let ``matrices of extreme size are solved as well as those of size one`` scale =
    let n = 70
    let a = symmetric 6 n
    // A scale in the subnormal range rounds the entries themselves to multiples of 2^-1074: the certificates measure that matrix.
    check $"scale {scale}" (build n n (fun i j -> scale * a.Values[i * n + j]))
    |> ignore

[<TestCase(47); TestCase(200); TestCase(413)>]
let ``the eigendecomposition has the same bits for any team and both vector widths`` n =
    let a = symmetric n n

    let compute threads =
        use team = new WorkerTeam(threads)
        let result = SymmetricEigenSolver.Decompose(a, team)
        Array.append (bits result.Eigenvalues) (bits result.Eigenvectors.Values)

    let one = compute 1
    Assert.That((compute 2 = one), "two threads")
    Assert.That((compute 3 = one), "three threads")
    Assert.That((onHalves (fun () -> compute 2) = one), "two 256-bit halves")
    Assert.That((onWide (fun () -> compute 2) = one), "one 512-bit register")

[<Test>]
let ``the eigensolver refuses what is not a finite symmetric matrix`` () =
    let message (matrix: DenseMatrix) =
        (nonNull (Assert.Throws<ArgumentException>(fun () -> decompose matrix |> ignore))).Message

    mentions "2 x 3" (message (DenseMatrix(2, 3)))
    mentions "(1, 0)" (message (DenseMatrix(2, 2, [| 1.0; 2.0; nan; 1.0 |])))
    mentions "finite" (message (DenseMatrix(2, 2, [| 1.0; infinity; infinity; 1.0 |])))
    mentions "differ" (message (DenseMatrix(2, 2, [| 1.0; 2.0; 2.0 + 1e-9; 1.0 |])))

[<Test>]
let ``the eigensolver reports progress up to one and stops when cancelled`` () =
    use team = new WorkerTeam(1)
    let reports = ResizeArray<float>()

    let progress =
        { new IProgress<float> with
            member _.Report value = reports.Add value
        }

    SymmetricEigenSolver.Decompose(symmetric 3 200, team, progress) |> ignore
    Assert.That(reports |> Seq.pairwise |> Seq.forall (fun (a, b) -> a <= b))
    Assert.That(reports[reports.Count - 1], Is.EqualTo 1.0)
    use source = new CancellationTokenSource()
    source.Cancel()

    Assert.Throws<OperationCanceledException>(fun () ->
        SymmetricEigenSolver.Decompose(symmetric 3 50, team, null, source.Token)
        |> ignore)
    |> ignore

// ---------------------------------------------------------------- singular values and QR

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

[<TestCase(1, 1); TestCase(12, 5); TestCase(60, 60); TestCase(400, 64); TestCase(1000, 128)>]
let ``graded singular values from 16 to 1e-12 are relatively accurate`` n d =
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
        let values = SingularValues.OfTall matrix

        let worst =
            Array.fold2 (fun worst a b -> max worst (abs (a / b - 1.0))) 0.0 values target

        TestContext.Out.WriteLine $"{name} {n} x {d}: worst relative error %.2g{worst}, bound %.2g{gradedBound n d}"
        Assert.That(worst, Is.LessThanOrEqualTo(gradedBound n d), name)

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

[<TestCase("tame", 50, 20)>]
[<TestCase("tame", 7, 7)>]
[<TestCase("graded", 80, 30)>]
[<TestCase("rank deficient", 40, 16)>]
[<TestCase("zero", 9, 4)>]
[<TestCase("tiny", 60, 20)>]
[<TestCase("huge", 60, 20)>]
let ``singular vectors are orthonormal and rebuild the matrix`` (kind: string) n d =
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
    Assert.That((bits svd.SingularValues = bits (SingularValues.OfTall matrix)), "values alone have the same bits")
    Assert.That(orthogonalityGap svd.LeftVectors, Is.LessThanOrEqualTo(gradedBound n d), "left")
    Assert.That(orthogonalityGap svd.RightVectors, Is.LessThanOrEqualTo(gradedBound n d), "right")
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
    Assert.That(gap, Is.LessThanOrEqualTo(gradedBound n d * top))

[<Property(MaxTest = 30)>]
let ``singular values of tame matrices agree with MathNet`` (seed: int) (columns: byte) (extra: byte) =
    let d = 1 + int columns % 40
    let n = d + int extra % 60
    let a = random seed n d
    let values = SingularValues.OfTall a

    let expected =
        Matrix<float>.Build.Dense(n, d, fun i j -> a.Values[i * d + j]).Svd(false).S.ToArray()

    let gap = Array.fold2 (fun worst x y -> max worst (abs (x - y))) 0.0 values expected
    // Two backward stable routes, absolute error relative to the largest value.
    let bound = 2.0 * gradedBound n d * expected[0]

    (gap <= bound)
    |> Prop.label $"seed {seed} {n} x {d} gap %.3g{gap} bound %.3g{bound}"

[<TestCase(30, 12); TestCase(12, 30); TestCase(9, 9); TestCase(1, 5); TestCase(5, 1)>]
let ``QR rebuilds the matrix, R is upper trapezoidal with no negative diagonal`` m n =
    let a = random (m * 40 + n) m n
    let mutable q = DenseMatrix(1, 1)
    let r = QrFactor.Decompose(a, &q)
    let steps = min m n
    Assert.That((r.Rows, r.Columns), Is.EqualTo((steps, n)))
    Assert.That((bits r.Values = bits (QrFactor.UpperTrapezoidal a).Values), "R alone has the same bits")
    Assert.That(orthogonalityGap q, Is.LessThanOrEqualTo(24.0 * float steps * u))

    for i in 0 .. steps - 1 do
        Assert.That(r.Values[i * n + i], Is.GreaterThanOrEqualTo 0.0)

        for j in 0 .. min i n - 1 do
            Assert.That(r.Values[i * n + j], Is.EqualTo 0.0)

    let rebuilt = DenseMatrix(m, n)
    use team = new WorkerTeam(1)
    MatrixProduct.Multiply(1.0, q, true, r, false, 0.0, rebuilt, team)

    let gap =
        Array.fold2 (fun worst x y -> max worst (abs (x - y))) 0.0 rebuilt.Values a.Values
    // min(m, n) reflectors of relative error about 6 u, applied to columns no longer than sqrt m, twice (R and Q), and the product.
    Assert.That(gap, Is.LessThanOrEqualTo(24.0 * float steps * u * sqrt (float m)))

[<Test>]
let ``singular values and QR have the same bits for both vector widths`` () =
    let a =
        build 131 37 (fun i j -> (random 3 131 37).Values[i * 37 + j] * Math.Pow(10.0, -0.2 * float j))

    let compute () =
        let svd = Svd.OfTall a

        Array.concat
            [
                bits svd.SingularValues
                bits svd.LeftVectors.Values
                bits svd.RightVectors.Values
                bits (QrFactor.UpperTrapezoidal a).Values
            ]

    Assert.That((onHalves compute = onWide compute))

[<Test>]
let ``singular values refuse wide and non-finite matrices`` () =
    let message (matrix: DenseMatrix) =
        (nonNull (Assert.Throws<ArgumentException>(fun () -> SingularValues.OfTall matrix |> ignore))).Message

    mentions "2 x 3" (message (DenseMatrix(2, 3)))
    mentions "(1, 0)" (message (DenseMatrix(2, 1, [| 1.0; nan |])))
