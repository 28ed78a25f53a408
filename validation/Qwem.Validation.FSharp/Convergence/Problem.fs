namespace Qwem.Validation.Convergence

open System
open MathNet.Numerics.Distributions
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Training
open Qwem.Theory
open Qwem.Validation
open Qwem.Validation.Limits

/// What is taken to be true of how errors fall.
type ConvergenceBelief =
    {
        Name: string
        /// Order of the integrator.
        Order: float
        /// Exponents of SGD's distance from the flow: in the learning rate and in the batch where noise rules, in the rate where steps do.
        NoiseInRate: float
        NoiseInBatch: float
        StepInRate: float
        /// The exponent in sigma^2 of max R_ij^2 as a function of r = lambda_j / lambda_i.
        PeakExponent: float -> float
    }

module ConvergenceBelief =

    let correct =
        {
            Name = "as derived"
            Order = 8.0
            NoiseInRate = 0.5
            NoiseInBatch = -0.5
            StepInRate = 1.0
            PeakExponent = fun r -> 1.0 - r
        }

/// A slope of logarithms, measured once per seed.
type Slope =
    {
        Mean: float
        /// Half the 99.9 % interval of the mean, by Student's distribution.
        HalfWidth: float
    }

module Slope =

    /// Least squares slope of ln y over ln x.
    let fit (points: (float * float) seq) =
        let logs = points |> Seq.map (fun (x, y) -> Math.Log x, Math.Log y) |> Array.ofSeq
        let mx, my = Array.averageBy fst logs, Array.averageBy snd logs

        (logs |> Array.sumBy (fun (x, y) -> (x - mx) * (y - my)))
        / (logs |> Array.sumBy (fun (x, _) -> (x - mx) * (x - mx)))

    /// Mean and interval of slopes, one per seed; at least two.
    let ofSeeds (slopes: float array) =
        let count = float slopes.Length
        let mean = Array.average slopes

        let variance =
            (slopes |> Array.sumBy (fun s -> (s - mean) * (s - mean))) / (count - 1.0)

        {
            Mean = mean
            HalfWidth = StudentT.InvCDF(0.0, 1.0, count - 1.0, 0.9995) * sqrt (variance / count)
        }

    /// As text.
    let text slope =
        $"%.4f{slope.Mean} ± %.4f{slope.HalfWidth}"

/// L_xe with one weight for all pairs, on the leading words of the embedded counts.
type Problem =
    {
        Setting: Setting
        Dimension: int
        Objective: PairwiseObjective
        Basis: SymmetricEigenDecomposition
        /// lambda*, of the simulator's own coefficients.
        Eigenvalues: float array
        /// kappa per unit of eta_alg t.
        Kappa: float
        Seeds: uint64 array
    }

module Problem =

    let make (setting: Setting) =
        let v, d, seeds = if setting.IsSmoke then 30, 3, 6 else 60, 5, 8
        let words, pairs = EmbeddedCounts.leading setting.Embedded v
        let objective = PairwiseObjective.SubsampledCrossEntropy(words, pairs)
        let basis = SymmetricEigenSolver.Decompose(objective.Linear, setting.Team)
        let quadratic = objective.ConstantQuadratic.Value

        {
            Setting = setting
            Dimension = d
            Objective = objective
            Basis = basis
            Eigenvalues = basis.Eigenvalues |> Array.map (fun beta -> beta / (2.0 * quadratic))
            Kappa = 4.0 * quadratic
            Seeds = Array.init seeds (fun n -> setting.Seed + uint64 n)
        }

    let vocabularySize (problem: Problem) = problem.Objective.VocabularySize

    /// W(0) of a seed, V x d.
    let start (problem: Problem) scale seed =
        Initialisation.Gaussian(vocabularySize problem, problem.Dimension, scale, seed)

    let copy (m: DenseMatrix) =
        DenseMatrix(m.Rows, m.Columns, Array.copy m.Values)

    /// W in the eigenbasis.
    let toModes (problem: Problem) (embeddings: DenseMatrix) =
        let modes = DenseMatrix(embeddings.Rows, embeddings.Columns)

        MatrixProduct.Multiply(
            1.0,
            problem.Basis.Eigenvectors,
            false,
            embeddings,
            false,
            0.0,
            modes,
            problem.Setting.Team
        )

        modes

    /// The closed-form solution from X(0), V x d in the eigenbasis.
    let exact (problem: Problem) (modes: DenseMatrix) =
        let v, d = modes.Rows, modes.Columns
        ExactSolution(problem.Eigenvalues, Array.init (v * d) (fun e -> modes[e % v, e / v]))

    /// M of the closed-form solution in the eigenbasis at kappa t.
    let exactModel (problem: Problem) (solution: ExactSolution) kappaTime =
        Prediction.modelOf
            (vocabularySize problem)
            (solution.At(kappaTime).EmbeddingsInEigenbasis())
            problem.Setting.Team

    /// M = X X'.
    let gram (problem: Problem) (state: DenseMatrix) =
        Training.gram state problem.Setting.Team

    /// ||a - b|| / ||b||, Frobenius.
    let relative (a: float array) (b: float array) =
        Prediction.distance a b / Prediction.norm b

    /// sqrt of the sum of the squares of the d leading eigenvalues: the size of a trained model.
    let size (problem: Problem) =
        sqrt (problem.Eigenvalues |> Seq.take problem.Dimension |> Seq.sumBy (fun l -> l * l))
