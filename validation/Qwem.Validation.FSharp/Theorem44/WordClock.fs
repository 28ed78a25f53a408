namespace Qwem.Validation.Theorem44

open System
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Threading
open Qwem.Theory
open Qwem.Validation
open Qwem.Validation.Limits

/// A descent on which every word keeps its own clock, predicted at every time. With X = Pd^{1/2} W the loss of weight p_i p_j is
/// ||XX' - A||^2 / 2, A = Pd^{1/2} M* Pd^{1/2}, and a rate eta / p_i for word i makes dX/dt = 2 eta (A - XX') X: constant weight, which
/// section 4.2 solves exactly from any start. A minibatch adds noise N X with a symmetric N, which this module follows to first order.
type WordClock =
    {
        /// Minimiser of Theorem 4.4.
        Limit: Prediction
        /// M*, exact law.
        Target: float array
        /// u_k in row k.
        Eigenvectors: DenseMatrix
        Exact: ExactSolution
    }

/// What minibatches add to a model at its minimum.
type DescentNoise =
    {
        /// E ||XX' - A_d||_F^2.
        MeanSquare: float
        /// Standard deviation of ||XX' - A_d||_F^2, relative to its mean.
        RelativeDeviation: float
        /// What the second order adds to the square, relative to the first.
        SecondOrder: float
    }

module WordClock =

    /// kappa per unit of eta: 4 g with the loss's g = 1/2 in these coordinates.
    let kappa = 2.0

    /// The theory of one exponent for a start W(0), V x d.
    let make (statistics: CorpusStatistics) (psi: float array) (start: DenseMatrix) (team: WorkerTeam) =
        let v, d = start.Rows, start.Columns
        let limit = Prediction.crossEntropy statistics psi d team Belief.correct

        let target =
            QuadraticLoss.SubsampledXeTarget(QuadraticLoss.Xe.Target statistics, limit.Z)

        let eigen =
            SymmetricEigenSolver.Decompose(DenseMatrix(v, v, Prediction.scaled limit.Weights target), team)

        let x =
            DenseMatrix(v, d, Array.init (v * d) (fun e -> sqrt limit.Weights[e / d] * start.Values[e]))

        let projected = DenseMatrix(d, v)
        MatrixProduct.Multiply(1.0, x, true, eigen.Eigenvectors, true, 0.0, projected, team)

        {
            Limit = limit
            Target = target
            Eigenvectors = eigen.Eigenvectors
            Exact = ExactSolution(eigen.Eigenvalues, projected.Values)
        }

    /// W', d x V, after the given sum of eta over the steps, up to a rotation.
    let embeddings (clock: WordClock) (time: float) (team: WorkerTeam) =
        let modes = clock.Exact.At(kappa * time).EmbeddingsInEigenbasis()
        let v = clock.Eigenvectors.Rows
        let d = modes.Length / v
        let x = DenseMatrix(d, v)
        MatrixProduct.Multiply(1.0, DenseMatrix(d, v, modes), false, clock.Eigenvectors, false, 0.0, x, team)
        x.Values |> Array.mapi (fun e value -> value / sqrt clock.Limit.Weights[e % v])

    /// Variance of the entries (u_a' N u_b), a of the first d, of one pair of each sign. A pair enters N in two places, 1 / (2 sqrt(p_i p_j))
    /// in each if positive and -(1 + M_ij) times that if negative; pairs have probabilities p_i p_j (1 + M*_ij) and p_i p_j.
    let private entryVariances (clock: WordClock) d (team: WorkerTeam) =
        let u = clock.Eigenvectors
        let v = u.Rows

        let perPair =
            DenseMatrix(
                v,
                v,
                Array.map2
                    (fun target model -> 0.5 * (1.0 + target + (1.0 + model) * (1.0 + model)))
                    clock.Target
                    clock.Limit.Model
            )

        let squares = DenseMatrix(v, v, u.Values |> Array.map (fun x -> x * x))
        let left, direct = DenseMatrix(v, v), DenseMatrix(v, v)
        MatrixProduct.Multiply(1.0, squares, false, perPair, false, 0.0, left, team)
        MatrixProduct.Multiply(1.0, left, false, squares, true, 0.0, direct, team)

        Array.Parallel.init (d * v) (fun e ->
            let a, b = e / v, e % v
            let product = Array.init v (fun i -> u[a, i] * u[b, i])
            let mutable exchanged = 0.0

            for i in 0 .. v - 1 do
                exchanged <- exchanged + product[i] * Kernels.Dot(perPair.Row i, ReadOnlySpan product)

            direct[a, b] + exchanged)

    /// Noise at the end of a descent with the given rates and pairs of each sign in every step. To first order around the minimum the
    /// entry (a, b) of U'XX'U, b > d, relaxes at the rate kappa (Lambda_a - Lambda_b) and is driven by kappa Lambda_a N_ab; for two
    /// learned modes both have Lambda_a + Lambda_b. Step by step: variance -> (1 - rate)^2 variance + drive^2.
    let noise (clock: WordClock) d (rates: float array) (pairs: int array) (team: WorkerTeam) =
        let lambda = clock.Limit.Eigenvalues
        let v = lambda.Length
        let entries = entryVariances clock d team

        let variances =
            Array.Parallel.init (d * v) (fun e ->
                let a, b = e / v, e % v
                let decay = if b < d then lambda[a] + lambda[b] else lambda[a] - lambda[b]
                let drive = if b < d then decay else lambda[a]
                let mutable variance = 0.0

                for step in 0 .. rates.Length - 1 do
                    let k = kappa * rates[step]
                    let kept = 1.0 - k * decay
                    variance <- kept * kept * variance + k * k * drive * drive * entries[e] / float pairs[step]

                variance)

        // Entries of the learned block are there in both orders already, but for those with the unlearned modes.
        let both e = if e % v < d then 1.0 else 2.0
        let mean = variances |> Array.mapi (fun e x -> both e * x) |> Array.sum

        // Var of x_ab^2 + x_ba^2 = 2 x_ab^2 is 8 variance^2: two entries' worth of 4 each; of a diagonal entry 2.
        let square =
            variances
            |> Array.mapi (fun e x ->
                (if e % v >= d then 8.0
                 elif e / v = e % v then 2.0
                 else 4.0)
                * x
                * x)
            |> Array.sum

        // Unlearned modes b, c among themselves: sum over a of delta_ba delta_ca, delta_ba^2 = variance / Lambda_a.
        let share a b = variances[a * v + b] / lambda[a]

        let sum f =
            Seq.init (v - d) (fun n -> f (d + n)) |> Seq.sum

        let second =
            (sum (fun b -> (Seq.init d (fun a -> share a b) |> Seq.sum) ** 2.0))
            + (Seq.init d (fun a -> (sum (share a)) ** 2.0) |> Seq.sum)

        {
            MeanSquare = mean
            RelativeDeviation = sqrt square / mean
            SecondOrder = second / mean
        }
