/// Eigenpairs of operators by block Lanczos, held against dense decompositions. u = 2^-53 is the unit roundoff.
module Qwem.Validation.Tests.KrylovTests

open System
open System.Threading
open Expecto
open FsCheck.FSharp
open MathNet.Numerics.LinearAlgebra
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Threading


let symmetricFrom (g: Random) n =
    let a = DenseMatrix(n, n)

    for i in 0 .. n - 1 do
        for j in 0..i do
            let value = 2.0 * g.NextDouble() - 1.0
            a.Values[i * n + j] <- value
            a.Values[j * n + i] <- value

    a

let symmetric (seed: int) n = symmetricFrom (Random seed) n

/// Q diag(values) Q' with the eigenvectors Q of a random matrix.
let private withSpectrum (seed: int) (values: float[]) =
    let n = values.Length
    use team = new WorkerTeam()
    let q = SymmetricEigenSolver.Decompose(symmetric seed n, team).Eigenvectors

    let scaled =
        DenseMatrix(n, n, Array.init (n * n) (fun e -> values[e / n] * q.Values[e]))

    let a = DenseMatrix(n, n)
    MatrixProduct.Multiply(1.0, q, true, scaled, false, 0.0, a, team)

    for i in 0 .. n - 1 do
        for j in 0 .. i - 1 do
            a.Values[j * n + i] <- a.Values[i * n + j]

    a

let solveWith (team: WorkerTeam) (matrix: DenseMatrix) count settings =
    KrylovEigenSolver.Solve(DenseSymmetricOperator matrix, count, team, settings)

let solve matrix count settings =
    use team = new WorkerTeam()
    solveWith team matrix count settings

/// A basis so small that there are restarts.
let private narrow part =
    KrylovSettings(Part = part, BlockSize = 4, BasisSize = 70)

/// The wanted eigenvalues by sorting all of them: the definition of each part.
let private chosen part count (all: float[]) =
    match part with
    | SpectrumPart.Largest -> Array.sortDescending all |> Array.truncate count
    | SpectrumPart.Smallest -> Array.sort all |> Array.truncate count
    | SpectrumPart.Both ->
        let sorted = Array.sortDescending all
        Array.append sorted[.. (count + 1) / 2 - 1] sorted[sorted.Length - count / 2 ..]
    | _ -> Array.sortBy (fun x -> -(abs x), -x) all |> Array.truncate count

/// Everything that a result promises.
let private check name (matrix: DenseMatrix) (expected: float[]) tolerance (result: PartialSpectrum) =
    let n, count = matrix.Rows, expected.Length
    let norm = sqrt (Array.sumBy (fun x -> x * x) matrix.Values)
    // The stated accuracy, with the Frobenius norm for the larger bound of ||A||.
    let allowed value =
        max (tolerance * abs value) (16.0 * sqrt (float n) * u * norm)

    Expect.hasLength result.Eigenvalues count ""

    for k in 0 .. count - 1 do
        let value = result.Eigenvalues[k]
        // Weyl: an eigenvalue lies within the residual; the reference has its own rounding.
        Expect.isLessThanOrEqual (abs (value - expected[k])) (2.0 * allowed value) ($"{name}: eigenvalue {k}")
        Expect.isLessThanOrEqual result.ResidualNorms[k] (allowed value) ($"{name}: residual {k}")
        let vector = result.Eigenvectors.Row(k).ToArray()
        Expect.isGreaterThan (Array.maxBy abs vector) 0.0 ($"{name}: sign of {k}")

        let residual =
            Array.init n (fun i ->
                let row = matrix.Row(i).ToArray()
                Array.fold2 (fun sum a b -> sum + a * b) 0.0 row vector - value * vector[i])

        let length = sqrt (Array.sumBy (fun x -> x * x) residual)

        Expect.isLessThanOrEqual (abs (length - result.ResidualNorms[k])) (allowed 0.0) ($"{name}: residual norm {k}")

        for l in 0..k do
            let other = result.Eigenvectors.Row(l).ToArray()
            let inner = Array.fold2 (fun sum a b -> sum + a * b) 0.0 vector other
            // Stated: about 1e-12.
            Expect.isLessThanOrEqual (abs (inner - (if k = l then 1.0 else 0.0))) (3e-12) ($"{name}: {k}, {l}")

let private parts = [
    SpectrumPart.Largest
    SpectrumPart.Smallest
    SpectrumPart.Both
    SpectrumPart.Magnitude
]

/// Spectra of order 300 that are hard for a Krylov method: the iteration, not the dense decomposition, must solve them.
let private hard =
    let n = 300
    let decay k = 1.0 / float (k + 1)

    [
        "random", Array.init n (fun k -> Math.Sin(float (k * k)))
        "repeated beyond the block", Array.init n (fun k -> if k < 12 then 5.0 else decay k)
        "repeated at both ends",
        Array.init n (fun k ->
            if k < 6 then 3.0
            elif k > 290 then -2.5
            else decay k)
        "tight cluster", Array.init n (fun k -> if k < 10 then 2.0 + 1e-10 * float k else decay k)
        "negative", Array.init n (fun k -> -1.0 - float k)
        "one giant, negative", Array.init n (fun k -> if k = 0 then -1e6 else 1.0 + decay k)
        "low rank", Array.init n (fun k -> if k < 5 then float (k + 1) else 0.0)
        "identity", Array.create n 1.0
        "zero", Array.create n 0.0
    ]

let tests =
    testList "Krylov" [
        property
            "any number of eigenpairs of small matrices agrees with MathNet"
            40
            (fun (seed: Seed) (size: byte) (draw: byte) ->
                let n = 1 + int size % 40
                let count = 1 + int draw % n
                let a = symmetricFrom (seed.Random()) n
                let dense = Matrix<float>.Build.Dense(n, n, a.Values)
                let all = dense.Evd(Symmetricity.Symmetric).EigenValues.Real().ToArray()

                for part in parts do
                    check
                        $"seed {seed} n {n} d {count} {part}"
                        a
                        (chosen part count all)
                        1e-8
                        (solve a count (KrylovSettings(Part = part)))

                true)

        testCase "one and two words, and all pairs, are asked for like any other" (fun () ->
            for n in [ 1; 2; 3 ] do
                let a = symmetric n n
                use team = new WorkerTeam()
                let all = SymmetricEigenSolver.Decompose(a, team).Eigenvalues

                for part in parts do
                    check $"n {n} {part}" a (chosen part n all) 1e-8 (solve a n (KrylovSettings(Part = part))))

        slow (
            testCase "clustered, repeated, negative and zero eigenvalues are found by the iteration" (fun () ->
                for name, values in hard do
                    let a = withSpectrum 5 values

                    for part in parts do
                        let result = solve a 16 (narrow part)
                        Expect.isGreaterThan result.Products 0 "the iteration was not used"
                        check $"{name} {part}" a (chosen part 16 values) 1e-8 result)
        )

        testCase "a smaller tolerance gives smaller residuals" (fun () ->
            let a = symmetric 3 400

            for tolerance in [ 1e-3; 1e-6; 1e-12 ] do
                use team = new WorkerTeam()
                let all = SymmetricEigenSolver.Decompose(a, team).Eigenvalues

                let result =
                    solve a 5 (KrylovSettings(Tolerance = tolerance, BlockSize = 3, BasisSize = 60))

                check $"tolerance {tolerance}" a all[..4] tolerance result)

        testCase "the limits of matrices and of eigenpairs have names, and beyond them there is a sentence" (fun () ->
            Expect.equal (KrylovEigenSolver.LargestCount 46_336) 46_336 ""
            Expect.equal (KrylovEigenSolver.LargestCount 60_000) (30_000 - 48) "half of the space"
            Expect.equal (KrylovEigenSolver.LargestCount 300_000) (2_147_483_591 / 300_000 - 72) "one array"
            Expect.equal (KrylovEigenSolver.LargestCount(300_000, KrylovSettings(BlockSize = 5000))) 0 ""

            // The largest order whose padded square fits: one row of eight more does not.
            let padded (n: int64) = (n + 7L) / 8L * 8L

            Expect.isLessThanOrEqual
                (pown (padded (int64 SymmetricEigenSolver.LargestOrder)) 2)
                (int64 DenseMatrix.LargestLength)
                ""

            Expect.isGreaterThan
                (pown (padded (int64 SymmetricEigenSolver.LargestOrder + 1L)) 2)
                (int64 DenseMatrix.LargestLength)
                ""

            let wide = {
                new ISymmetricOperator with
                    member _.Order = 300_000
                    member _.Multiply(_, _, _) = failwith "asked to multiply"
            }

            use team = new WorkerTeam(1)

            let message (action: unit -> unit) =
                (Expect.raised<ArgumentException> action).Message

            Expect.stringContains
                (message (fun () -> KrylovEigenSolver.Solve(wide, 7087, team) |> ignore))
                "has 1 .. 7086 eigenpairs to ask for: the basis for more does not fit one array"
                ""

            Expect.stringContains
                (message (fun () -> DenseMatrix(60_000, 50_000) |> ignore))
                "A 60000 x 50000 matrix has 3000000000 entries, more than the 2147483591 of one array"
                "")

        testCase "another seed gives the same eigenpairs within the tolerance" (fun () ->
            let values = Array.init 300 (fun k -> 10.0 / float (k + 1))
            let a = withSpectrum 9 values

            for seed in [ 1UL; 2UL; 77UL ] do
                let settings = KrylovSettings(Seed = seed, BlockSize = 4, BasisSize = 70)
                check $"seed {seed}" a values[..7] 1e-8 (solve a 8 settings))
    ]
