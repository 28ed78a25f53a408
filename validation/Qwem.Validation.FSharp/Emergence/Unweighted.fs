namespace Qwem.Validation.Emergence

open System
open System.Threading
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Threading
open Qwem.Sim.Training
open Qwem.Theory
open Qwem.Validation
open Qwem.Validation.Limits
open Qwem.Validation.Embeddings

/// L_sym with the weight that the text gives to pairs, from a vanishing start: simulated, and the linear law of its beginning.
[<NoEquality; NoComparison>]
type Unweighted =
    {
        /// Records in units of tau_1, the time at which the fastest mode would reach 1.
        Times: float array
        /// V x d.
        Fine: DenseMatrix array
        Coarse: DenseMatrix array
        /// Embeddings by the linear law under a clock off by a factor.
        Linear: float -> float -> DenseMatrix
        /// How far the quadratic part of the loss can have turned the model by a record, relative to it.
        Curvature: int -> float
        /// 8 lambda_1 t per unit of tau_1.
        Exponent: float
    }

module Unweighted =

    /// Relative local errors of the two integrations; the model as a whole is measured, not each mode.
    let private tolerance = 1e-8

    /// Simulates the leading v words and diagonalises the theory's G o M*.
    let make
        (corpus: Corpus)
        (scale: float)
        (seed: uint64)
        (times: float array)
        (team: WorkerTeam)
        (told: float -> unit)
        (cancellation: CancellationToken)
        =
        let v, d = corpus.Size, corpus.FlowDimension

        let objective =
            Training.objective
                (Training.frequencies corpus.Counts v)
                (Array.create v 1.0)
                (struct (0.25, 1.0, 0.25, -1.0))

        let start = Initialisation.Gaussian(v, d, scale, seed)

        // dW/dt = 4 W (G o (M* - W'W)): the linear part has the rates 4 lambda of G o M*.
        // Not subsampled, but of total mass 1 as the simulator's pairs are, which neutral self-pairs alone are not.
        let statistics =
            ((Prediction.statistics corpus.Counts v).Subsample(Array.create v 1.0)).Statistics

        let weight = QuadraticLoss.Sym.Weight statistics

        let growth =
            Prediction.spectrum v (Array.map2 (*) weight (QuadraticLoss.Sym.Target statistics)) team

        let rate = 8.0 * growth.Eigenvalues[0]
        let first = -2.0 * Math.Log scale / rate
        let stops = times |> Array.map (fun t -> t * first)

        let integrate tolerance =
            let state = DenseMatrix(v, d, Array.copy start.Values)
            let found = Array.zeroCreate<DenseMatrix> times.Length

            let keep record (state: DenseMatrix) =
                found[record] <- DenseMatrix(v, d, Array.copy state.Values)
                told (float (record + 1) / float times.Length)

            let integrator = FlowIntegrator(DirectField(objective, start, team), team)

            match integrator.Integrate(state, stops, tolerance, 20_000, keep, cancellation) with
            | FlowOutcome.Completed -> found
            | outcome ->
                raise (ArithmeticException $"The flow of L_sym ended with {outcome} after {integrator.Statistics}.")

        let vectors = DenseMatrix(v, v, growth.Eigenvectors.ToArray())
        let projected = DenseMatrix(d, v)
        MatrixProduct.Multiply(1.0, start, true, vectors, true, 0.0, projected, team)

        // From a start so small that the law stays linear whatever it grows by; the result is scaled back.
        let shrink = 1e-60

        let exact =
            ExactSolution(growth.Eigenvalues.ToArray(), projected.Values |> Array.map (fun c -> shrink * c))

        let linear clock time =
            let state = exact.At(4.0 * clock * time * first)
            let modes = state.EmbeddingsInEigenbasis() |> Array.map (fun x -> x / shrink)
            Sides.toWords vectors (DenseMatrix(d, v, modes)) true team

        let fine = integrate tolerance
        let weightNorm = sqrt (weight |> Array.sumBy (fun g -> g * g))

        let curvature record =
            // |M_ij| is at most the square of the longest word; the rate of G o M is at most that times ||G||, and of its integral
            // the last e-fold, 1 / rate, is all that counts.
            let longest =
                Seq.init v (fun i -> Kernels.NormSquared(fine[record].Row i)) |> Seq.max

            4.0 * longest * weightNorm / rate

        {
            Times = times
            Fine = fine
            Coarse = integrate (Flow.coarseFactor * tolerance)
            Linear = linear
            Curvature = curvature
            Exponent = rate * first
        }
