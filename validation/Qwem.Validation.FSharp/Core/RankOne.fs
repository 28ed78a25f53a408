namespace Qwem.Validation

open System
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Training
open Qwem.Sim.Threading
open Qwem.Theory

/// Where training ends under the weight p_i p_j (Theorem 4.4), under a theory.
type RankOne =
    {
        /// p_i.
        Weights: float array
        /// M = W'W, V x V row-major.
        Model: float array
        /// Eigenvalues of Pd^{1/2} M* Pd^{1/2}, descending.
        Eigenvalues: float array
    }

module RankOne =

    /// Minimiser of sum p_i p_j (M - M*)_ij^2 over rank d.
    let minimiser (theory: Theory) (weights: float array) (target: float array) d (team: WorkerTeam) =
        let v = weights.Length
        let mutable eigenvalues = [||]

        let spectrum matrix =
            let found = Dense.spectrum matrix team
            eigenvalues <- found.Eigenvalues()
            found

        let minimiser = theory.RankOneMinimiser weights target spectrum d
        let x = DenseMatrix(minimiser.EmbeddingDimension, v, minimiser.Embeddings.ToRows())

        {
            Weights = weights
            Model = (Dense.product x true x false team).Values
            Eigenvalues = eigenvalues
        }

    /// p_i and M* of L_xe on text subsampled with Psi_i = P_i^{-f}.
    let subsampled (theory: Theory) (counts: LeadingCounts) (exponent: float) =
        let statistics = Corpus.statistics theory counts
        let psi = theory.Subsampling exponent (statistics.Unigram())
        let plain = theory.Target (theory.CrossEntropy()) statistics
        theory.WordWeights statistics psi, theory.SubsampledTarget plain (theory.Z statistics psi)

    /// Where L_xe ends on text subsampled with Psi.
    let crossEntropy (counts: LeadingCounts) (psi: float array) d (team: WorkerTeam) : Prediction<RankOne> =
        Prediction(fun theory ->
            let statistics = Corpus.statistics theory counts
            let plain = theory.Target (theory.CrossEntropy()) statistics
            let target = theory.SubsampledTarget plain (theory.Z statistics psi)
            minimiser theory (theory.WordWeights statistics psi) target d team)

    /// Pd^{1/2} M Pd^{1/2}, the model as its loss sees it.
    let scaled (weights: float array) (model: float array) =
        let v, root = weights.Length, Array.map sqrt weights
        model |> Array.mapi (fun e m -> root[e / v] * root[e % v] * m)

    /// W, d x V, of a trained model, up to a rotation.
    let embeddings (weights: float array) model d team =
        let seen, v = Dense.eigen (scaled weights model) team, weights.Length

        Array.init (d * v) (fun e ->
            sqrt (max 0.0 seen.Eigenvalues[e / v]) * seen.Eigenvectors.Values[e]
            / sqrt weights[e % v])

    /// How far X'X is from the d leading eigenpairs N of A, in Frobenius norm, to first order in both around the eigenpairs of another A
    /// and without those of the present one: in the eigenbasis of the other, entries (a, b) of N among its leading modes are those of
    /// A, and where b is not among them Lambda_a / (Lambda_a - Lambda_b) times those of A. X = W Pd^{1/2} with the present p. For glimpses.
    let near (around: float array) d (team: WorkerTeam) =
        let eigen = Dense.eigen around team
        let u, lambda, v = eigen.Eigenvectors, eigen.Eigenvalues, eigen.Eigenvalues.Length
        let leading = DenseMatrix(d, v, u.Values[.. d * v - 1])

        fun (weights: float array) (embeddings: float array) (a: float array) ->
            let x =
                DenseMatrix(d, v, embeddings |> Array.mapi (fun e w -> sqrt weights[e % v] * w))

            let ofA =
                Dense.product (Dense.product leading false (DenseMatrix(v, v, a)) false team) false u true team

            let latent = Dense.product leading false x true team
            let ofX = Dense.product latent false (Dense.product x false u true team) false team
            let mutable squares = 0.0

            for e in 0 .. d * v - 1 do
                let row, column = e / v, e % v

                if column < d then
                    squares <- squares + (ofX.Values[e] - ofA.Values[e]) ** 2.0
                else
                    let share = lambda[row] / (lambda[row] - lambda[column])
                    squares <- squares + 2.0 * (ofX.Values[e] - share * ofA.Values[e]) ** 2.0

            sqrt squares

    /// Trains from a random start until the gradient is tolerance of its linear part, and returns M there.
    let train (objective: PairwiseObjective) d (seed: uint64) tolerance (setting: Setting) stage =
        let state = Initialisation.Gaussian(objective.VocabularySize, d, 0.1, seed)

        // Words of little weight learn slowly; the root of their own coefficient puts all on one clock.
        let scales =
            Array.init objective.VocabularySize (fun i -> 1.0 / Math.Sqrt objective.Quadratic[i, i])

        let report =
            { new IProgress<float> with
                member _.Report relative =
                    setting.Told stage (Math.Clamp(Math.Log relative / Math.Log tolerance, 0.0, 1.0))
            }

        setting.Told stage 0.0

        let rest =
            ConjugateDescent(objective, scales, setting.Team)
                .Run(state, tolerance, 20_000, report, setting.Cancellation)

        if not rest.AtRest then
            raise (ArithmeticException $"Training did not come to rest: {rest}; allow more iterations.")

        (Dense.gram state setting.Team).Values

    // The eigenpairs of the prediction leave a gradient of 8 V u of the target themselves: V rounded operations per entry of an
    // orthogonal similarity, applied in a reduction, a merge and a back-transformation.
    let private gradient v tolerance =
        tolerance + 8.0 * float v * Tolerance.unitRoundoff

    /// Bound of ||Pd^{1/2} (M - M_predicted) Pd^{1/2}||_F. With X = Pd^{1/2} W' the loss is c ||X X' - A||^2. A gradient of tau times its
    /// linear part 4 c ||A X|| = 4 c (sum Lambda_k^3)^{1/2}, over the least curvature 4 c (Lambda_d - Lambda_{d+1}), is how far X can
    /// be from the minimum, and X X' is at most 2 Lambda_1^{1/2} times as far. To first order in tau.
    let scaledBound (right: RankOne) d tolerance =
        let lambda = right.Eigenvalues
        let linear = sqrt (lambda |> Seq.take d |> Seq.sumBy (fun l -> l * l * l))

        2.0 * sqrt lambda[0] * gradient lambda.Length tolerance * linear
        / (lambda[d - 1] - max lambda[d] 0.0)

    /// The same for ||M - M_predicted||_F: two square roots of the smallest weight more.
    let bound (right: RankOne) d tolerance =
        scaledBound right d tolerance / Array.min right.Weights

    let because tolerance =
        $"training stops at a gradient of %g{tolerance} of its linear part, and the eigenpairs leave 8 V u; divided by the least curvature of the loss at its minimum, Λ_{{d}} − Λ_{{d+1}}, to first order"
