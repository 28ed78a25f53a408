/// The theory and the eigensolver on the committed Wikipedia statistics.
module Qwem.Validation.Tests.RealStatisticsTests

open System
open Expecto
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Statistics
open Qwem.Sim.Threading
open Qwem.Sim.Training
open Qwem.Theory
open Qwem.Validation

let private statistics (name: string) =
    let counts = EmbeddedCounts.load name
    let words, pairs = EmbeddedCounts.leading counts counts.VocabularySize
    CorpusStatistics.FromCounts(Array.map float words, pairs).WithNeutralSelfPairs()

let tests =
    testList "Real statistics" [
        testCase "the embedded statistics are what their names say" (fun () ->
            for name, size, halfWidth in
                [
                    EmbeddedCounts.wikipedia1000, 1000, 48
                    EmbeddedCounts.wikipedia3000, 3000, 16
                ] do
                let counts = EmbeddedCounts.load name
                Expect.equal counts.VocabularySize size ""
                Expect.equal counts.Convention.WindowHalfWidth halfWidth ""
                Expect.equal counts.Words[0] "the" "")

        testCase "the simulator's loss and the theory's target agree on the statistics without sharing code" (fun () ->
            let counts = EmbeddedCounts.load EmbeddedCounts.wikipedia1000
            let frequencies = CorpusFrequencies counts
            let corpus = statistics EmbeddedCounts.wikipedia1000
            let subsampled = corpus.Subsample(corpus.InverseFrequency())

            for objective, target in
                [
                    PairwiseObjective.SubsampledCrossEntropy frequencies, QuadraticLoss.Xe.Target subsampled.Statistics
                    PairwiseObjective.ReweightedSymmetric frequencies, QuadraticLoss.Sym.Target corpus
                ] do
                let quadratic = objective.ConstantQuadratic.Value

                let gap =
                    Seq.map2
                        (fun (linear: float) t -> abs (linear / (2.0 * quadratic) - t) / (1.0 + abs t))
                        objective.Linear.Values
                        target
                    |> Seq.max

                // A dozen rounded operations per entry, and sums of V^2 terms whose order differs: V^2 u at worst, V u typically.
                Expect.isLessThan gap (1000.0 * 1000.0 * Tolerance.unitRoundoff) "")

        testCase
            "at V = 3000, d = 200 and sigma^2 = 1e-24 the exact solution composes, and ends at the top of the spectrum"
            (fun () ->
                let v, d = 3000, 200
                use team = new WorkerTeam()
                let target = QuadraticLoss.Sym.Target(statistics EmbeddedCounts.wikipedia3000)
                let eigen = SymmetricEigenSolver.Decompose(DenseMatrix(v, v, target), team)
                // Certificates of an orthogonal similarity: 8 V u, as in the report.
                let rounding = 8.0 * float v * Tolerance.unitRoundoff
                let certificate = eigen.Certify(DenseMatrix(v, v, target), team)
                Expect.isLessThan certificate.Residual rounding ""
                Expect.isLessThan certificate.Orthogonality rounding ""
                let lambda = eigen.Eigenvalues
                let start = Initialisation.Gaussian(v, d, 1e-12, 7UL)
                let projected = DenseMatrix(d, v)
                MatrixProduct.Multiply(1.0, start, true, eigen.Eigenvectors, true, 0.0, projected, team)
                let solution = ExactSolution(lambda, Projection.OfRows(projected.Values, d))
                // Largest exponents 2 kappa lambda_1 t of 60 (a first mode risen), 800 and 4000.
                for exponent in [ 60.0; 800.0; 4000.0 ] do
                    let time = exponent / (2.0 * lambda[0]) * 1.0<kappaTime>
                    let state = solution.At time
                    let values = state.SingularValues()
                    Expect.isTrue (values |> Array.forall Double.IsFinite) ""
                    Expect.isDescending values ""

                    // From halfway: restart the solution in the state that it has then.
                    let half = solution.At(0.5 * time)

                    let restarted =
                        ExactSolution(lambda, half.EmbeddingsInEigenbasis()).At(0.5 * time).SingularValues()

                    let gap = Array.map2 (fun a b -> abs (a / b - 1.0)) restarted values |> Array.max
                    // Both routes make O(V d) rounded operations per entry, amplified by the exponent where a mode rises.
                    let bound = float (v + d) * Tolerance.unitRoundoff * (8.0 + exponent)
                    Expect.isLessThan gap bound ""

                // The first mode is a logistic in time once aligned: after an exponent of 4000 it is at its plateau to rounding.
                let final =
                    (solution.At(4000.0 / (2.0 * lambda[0]) * 1.0<kappaTime>)).SingularValues()

                Expect.near (final[0] * final[0]) lambda[0] (float v * Tolerance.unitRoundoff * lambda[0]) "")
    ]
