/// How the Krylov solver runs: its bits, its limits, its refusals, its progress.
module Qwem.Validation.Tests.KrylovRunTests

open System
open System.Threading
open Expecto
open FsCheck.FSharp
open MathNet.Numerics.LinearAlgebra
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Threading
open Qwem.Validation.Tests.KrylovTests

let private bits (result: PartialSpectrum) =
    Array.concat [ result.Eigenvalues; result.Eigenvectors.Values; result.ResidualNorms ]
    |> Array.map BitConverter.DoubleToInt64Bits

/// An operator that spoils one entry of its products.
type private Spoiled(inner: ISymmetricOperator, value: float) =
    interface ISymmetricOperator with
        member _.Order = inner.Order

        member _.Multiply(block, result, team) =
            inner.Multiply(block, result, team)
            result.Values[7] <- value

let tests =
    choosingVectorWidth
    <| testList "Krylov run" [
        testCase "the bits depend neither on the number of threads nor on the vector width" (fun () ->
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
            Expect.isTrue (run 2 true = first) "two threads"
            Expect.isTrue (run 3 true = first) "three threads"
            Expect.isTrue (run 2 false = first) "narrow vectors")

        testCase "too few products are an error that tells the residuals reached" (fun () ->
            let a = symmetric 3 400

            let failure =
                Expect.raised<EigenConvergenceException>(fun () ->
                    solve a 10 (KrylovSettings(BlockSize = 4, BasisSize = 60, ProductLimit = 4))
                    |> ignore)

            Expect.hasLength failure.ResidualNorms 10 ""
            Expect.isGreaterThan (Seq.max failure.ResidualNorms) (1e-3) ""
            Expect.stringContains failure.Message "did not converge within 4 products" ""
            Expect.isTrue (box failure :? ArithmeticException) "")

        testCase "numbers that are not finite are refused, in a matrix and in a product" (fun () ->
            for value in [ nan; infinity ] do
                for n in [ 20; 400 ] do
                    let a = symmetric 1 n
                    use team = new WorkerTeam(1)
                    let spoiled = Spoiled(DenseSymmetricOperator a, value)

                    Expect.throwsT<ArithmeticException>
                        (fun () -> KrylovEigenSolver.Solve(spoiled, 3, team) |> ignore)
                        ""

                    a.Values[n + 1] <- value

                    Expect.throwsT<ArgumentException> (fun () -> DenseSymmetricOperator a |> ignore) "")

        testCase "arguments outside their ranges are refused" (fun () ->
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
                Expect.throwsT<ArgumentOutOfRangeException> (fun () -> solve a count settings |> ignore) ""

            let lopsided = DenseMatrix(2, 2, [| 1.0; 2.0; 3.0; 1.0 |])

            Expect.throwsT<ArgumentException> (fun () -> DenseSymmetricOperator lopsided |> ignore) "")

        testCase "progress rises to the end and a cancelled run stops" (fun () ->
            let a = symmetric 3 400
            use team = new WorkerTeam(1)
            let seen = ResizeArray<WorkProgress>()
            use source = new CancellationTokenSource()

            let progress limit = {
                new IProgress<WorkProgress> with
                    member _.Report value =
                        seen.Add value

                        if seen.Count = limit then
                            source.Cancel()
            }

            let settings = KrylovSettings(BlockSize = 4, BasisSize = 80)

            let run limit token =
                KrylovEigenSolver.Solve(DenseSymmetricOperator a, 6, team, settings, progress limit, token)
                |> ignore

            run -1 CancellationToken.None

            Expect.isGreaterThan seen.Count 3 "a report for each product"
            Expect.isTrue (seen |> Seq.forall (fun p -> p.Total = 6L && p.Done <= 6L)) ""
            Expect.equal (Seq.last seen).Share 1.0 ""
            seen.Clear()

            Expect.throwsT<OperationCanceledException> (fun () -> run 3 source.Token) ""

            Expect.equal seen.Count 3 "")
    ]
