/// How the Krylov solver runs: its bits, its limits, its refusals, its progress.
[<NUnit.Framework.TestFixture>]
module Qwem.Validation.Tests.KrylovRunTests

open System
open System.Threading
open NUnit.Framework
open FsCheck.FSharp
open FsCheck.NUnit
open MathNet.Numerics.LinearAlgebra
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Threading
open Qwem.Validation.Tests.KrylovTests

let private bits (result: PartialSpectrum) =
    Array.concat [ result.Eigenvalues; result.Eigenvectors.Values; result.ResidualNorms ]
    |> Array.map BitConverter.DoubleToInt64Bits

[<Test>]
let ``the bits depend neither on the number of threads nor on the vector width`` () =
    let a = symmetric 11 500

    let run threads wide =
        let before = SimdPath.Wide
        SimdPath.Wide <- wide && before
        use team = new WorkerTeam(threads: int)

        try
            bits (solveWith team a 10 (KrylovSettings(BlockSize = 5, BasisSize = 80)))
        finally
            SimdPath.Wide <- before

    let first = run 1 true
    Assert.That((run 2 true = first), Is.True, "two threads")
    Assert.That((run 3 true = first), Is.True, "three threads")
    Assert.That((run 2 false = first), Is.True, "narrow vectors")

[<Test>]
let ``too few products are an error that tells the residuals reached`` () =
    let a = symmetric 3 400

    let failure =
        Assert.Throws<EigenConvergenceException>(fun () ->
            solve a 10 (KrylovSettings(BlockSize = 4, BasisSize = 60, ProductLimit = 4))
            |> ignore)

    let failure = nonNull failure
    Assert.That(failure.ResidualNorms, Has.Count.EqualTo 10)
    Assert.That(Seq.max failure.ResidualNorms, Is.GreaterThan 1e-3)
    Assert.That(failure.Message, Does.Contain "did not converge within 4 products")
    Assert.That((box failure :? ArithmeticException), Is.True)

/// An operator that spoils one entry of its products.
type private Spoiled(inner: ISymmetricOperator, value: float) =
    interface ISymmetricOperator with
        member _.Order = inner.Order

        member _.Multiply(block, result, team) =
            inner.Multiply(block, result, team)
            result.Values[7] <- value

[<Test>]
let ``numbers that are not finite are refused, in a matrix and in a product`` () =
    for value in [ nan; infinity ] do
        for n in [ 20; 400 ] do
            let a = symmetric 1 n
            use team = new WorkerTeam(1)
            let spoiled = Spoiled(DenseSymmetricOperator a, value)

            Assert.Throws<ArithmeticException>(fun () -> KrylovEigenSolver.Solve(spoiled, 3, team) |> ignore)
            |> ignore

            a.Values[n + 1] <- value

            Assert.Throws<ArgumentException>(fun () -> DenseSymmetricOperator a |> ignore)
            |> ignore

[<Test>]
let ``arguments outside their ranges are refused`` () =
    let a = symmetric 1 10

    for count, settings in
        [
            0, KrylovSettings()
            11, KrylovSettings()
            3, KrylovSettings(Tolerance = 0.0)
            3, KrylovSettings(Tolerance = nan)
            3, KrylovSettings(BlockSize = -1)
            3, KrylovSettings(BasisSize = -1)
            3, KrylovSettings(ProductLimit = 0)
            3, KrylovSettings(Part = enum 9)
        ] do
        Assert.Throws<ArgumentOutOfRangeException>(fun () -> solve a count settings |> ignore)
        |> ignore

    let lopsided = DenseMatrix(2, 2, [| 1.0; 2.0; 3.0; 1.0 |])

    Assert.Throws<ArgumentException>(fun () -> DenseSymmetricOperator lopsided |> ignore)
    |> ignore

[<Test>]
let ``progress rises to the end and a cancelled run stops`` () =
    let a = symmetric 3 400
    use team = new WorkerTeam(1)
    let seen = ResizeArray<KrylovProgress>()
    use source = new CancellationTokenSource()

    let progress limit =
        { new IProgress<KrylovProgress> with
            member _.Report value =
                seen.Add value

                if value.Products = limit then
                    source.Cancel()
        }

    let settings = KrylovSettings(BlockSize = 4, BasisSize = 80)

    let run limit token =
        KrylovEigenSolver.Solve(DenseSymmetricOperator a, 6, team, settings, progress limit, token)
        |> ignore

    run -1 CancellationToken.None

    Assert.That(
        seen
        |> Seq.map (fun p -> p.Products)
        |> Seq.pairwise
        |> Seq.forall (fun (a, b) -> b = a + 1),
        Is.True
    )

    Assert.That(seen |> Seq.forall (fun p -> p.Wanted = 6 && p.Converged <= 6), Is.True)
    seen.Clear()

    Assert.Throws<OperationCanceledException>(fun () -> run 3 source.Token)
    |> ignore

    Assert.That(seen.Count, Is.EqualTo 3)
