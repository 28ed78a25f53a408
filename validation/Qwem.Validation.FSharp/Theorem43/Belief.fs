namespace Qwem.Validation.Theorem43

open System
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Threading
open Qwem.Theory

/// What the theory side takes to be true. The correct belief is THEORY.md; the others are the classical slips.
type Belief =
    {
        Name: string
        /// kappa / (g eta): 4 in THEORY.md section 4.
        KappaFactor: float
        /// Whether the target of subsampled text is Z M* + (Z - 1) rather than M*.
        SubsamplingNormalised: bool
        /// Whether P_ii is replaced by P_i^2.
        SelfPairsNeutral: bool
        /// What the initial variances are multiplied by: 1, or 1/d if sigma^2 is taken for the variance of an entry times d^2.
        InitialVarianceFactor: float
        /// Whether realisation times are corrected for the finite step of the descent (section 4.5).
        StepCorrected: bool
    }

module Belief =

    let correct =
        {
            Name = "as derived"
            KappaFactor = 4.0
            SubsamplingNormalised = true
            SelfPairsNeutral = true
            InitialVarianceFactor = 1.0
            StepCorrected = true
        }

    let kappaDoubled =
        { correct with
            Name = "kappa twice too large"
            KappaFactor = 8.0
        }

    let subsamplingIgnored =
        { correct with
            Name = "Z taken as 1"
            SubsamplingNormalised = false
        }

    let selfPairsKept =
        { correct with
            Name = "self-pairs kept"
            SelfPairsNeutral = false
        }

    let varianceDividedByDimension dimension =
        { correct with
            Name = "sigma^2/d taken for sigma^2"
            InitialVarianceFactor = 1.0 / float dimension
        }

    let stepUncorrected =
        { correct with
            Name = "finite step ignored"
            StepCorrected = false
        }

    /// What of a belief decides the target and the clock: all that the exact solution, which starts from W(0) itself and knows
    /// no steps, depends on.
    let ofTarget belief =
        { belief with
            Name = ""
            InitialVarianceFactor = 1.0
            StepCorrected = true
        }

/// The closed-form theory of one loss under one belief.
type Prediction =
    {
        Belief: Belief
        /// lambda*, descending.
        Eigenvalues: float array
        /// v*_k in row k, V x V.
        Eigenvectors: DenseMatrix
        /// M*, V x V.
        Target: float array
        /// ||M*||_F^2.
        TargetNormSquared: float
        /// Mean of the entries of M* before subsampling.
        TargetMean: float
        /// Largest relative difference between sum_j P_ij and P_i.
        MarginalMismatch: float
        /// Z of the subsampling, 1 where there is none.
        Z: float
        /// kappa per unit of eta_alg t.
        Kappa: float
        Exact: ExactSolution
        /// R_kk(0)^2 of the QR factorisation of W(0) V*, times the belief's factor.
        InitialVariances: float array
    }

module Prediction =

    let private initialVariances (exact: ExactSolution) belief =
        exact.RDiagonalSquared()
        |> Array.map (fun r -> r * belief.InitialVarianceFactor)

    /// The same target and clock under a belief that differs in the start or in the steps only.
    let restart belief (prediction: Prediction) =
        { prediction with
            Belief = belief
            InitialVariances = initialVariances prediction.Exact belief
        }

    let private statistics (settings: Settings) (counts: Qwem.Sim.Cooccurrence.CooccurrenceCounts) (belief: Belief) =
        let words, pairs =
            Qwem.Validation.EmbeddedCounts.leading counts settings.VocabularySize

        let raw = CorpusStatistics.FromCounts(Array.map float words, pairs)
        if belief.SelfPairsNeutral then raw.WithNeutralSelfPairs() else raw

    /// M* as the loss of this belief has it, with Z, the mean of the unsubsampled target, the constant weight g and the marginals' mismatch.
    let private target (settings: Settings) (loss: Loss) counts belief =
        let v = float settings.VocabularySize
        let corpus = statistics settings counts belief

        match loss with
        | CrossEntropy ->
            let subsampled = corpus.Subsample(corpus.InverseFrequency())
            let plain = QuadraticLoss.Xe.Target corpus
            let reweighted = subsampled.Statistics

            let target =
                if belief.SubsamplingNormalised then
                    QuadraticLoss.Xe.Target reweighted
                else
                    plain

            target, subsampled.Z, Array.average plain, 0.5 / (v * v), corpus.MarginalMismatch()
        | Symmetric ->
            // Psi = 2 / (V^2 (P_ij + P_i P_j)) makes the two masses add up to 2, hence G = (1/4) * 2 / V^2 for every pair.
            let target = QuadraticLoss.Sym.Target corpus
            target, 1.0, Array.average target, 0.5 / (v * v), corpus.MarginalMismatch()

    /// Everything that the theory says about a start W(0), V x d.
    let make (settings: Settings) (loss: Loss) counts (start: DenseMatrix) (team: WorkerTeam) (belief: Belief) =
        let v, d = start.Rows, start.Columns
        let target, z, mean, g, mismatch = target settings loss counts belief
        let matrix = DenseMatrix(v, v, target)
        let eigen = SymmetricEigenSolver.Decompose(matrix, team)
        let projected = DenseMatrix(d, v)
        MatrixProduct.Multiply(1.0, start, true, eigen.Eigenvectors, true, 0.0, projected, team)
        let exact = ExactSolution(eigen.Eigenvalues, projected.Values)

        {
            Belief = belief
            Eigenvalues = eigen.Eigenvalues
            Eigenvectors = eigen.Eigenvectors
            Target = target
            TargetNormSquared = eigen.Eigenvalues |> Array.sumBy (fun l -> l * l)
            TargetMean = mean
            MarginalMismatch = mismatch
            Z = z
            Kappa = belief.KappaFactor * g
            Exact = exact
            InitialVariances = initialVariances exact belief
        }

    /// tau_1 of Theorem 4.3 with lambda_1(0) = sigma^2, in units of kappa t: the unit of the figures' time axes.
    let firstRealisation (settings: Settings) (prediction: Prediction) =
        let variance = settings.InitialisationScale * settings.InitialisationScale
        AlignedSolution.RealisationTime(variance, prediction.Eigenvalues[0])
