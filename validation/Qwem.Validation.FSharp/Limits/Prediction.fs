namespace Qwem.Validation.Limits

open Qwem.Sim.Cooccurrence
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Threading
open Qwem.Theory
open Qwem.Validation

/// How the target of subsampled text follows from M*.
type Law =
    /// Z M* + (Z - 1).
    | Exact
    /// M*: Z taken as 1.
    | UnitZ
    /// Z M* - (Z - 1): the sign of Eq. (33) as printed.
    | PrintedSign

/// What the theory side takes to be true about the end of training.
type Belief =
    {
        Name: string
        Law: Law
        /// Whether eigenvalues are clipped after the weight is applied; before it, as Eq. (10) is printed, otherwise.
        ClippedLast: bool
        /// Whether the weight Psi_i P_i of a word enters; every word counts the same otherwise.
        Weighted: bool
    }

module Belief =

    let correct =
        {
            Name = "as derived"
            Law = Exact
            ClippedLast = true
            Weighted = true
        }

    let unitZ =
        { correct with
            Name = "Z taken as 1"
            Law = UnitZ
        }

    let printedSign =
        { correct with
            Name = "sign of Eq. (33) as printed"
            Law = PrintedSign
        }

    let printedClipping =
        { correct with
            Name = "Eq. (10) to the letter"
            ClippedLast = false
        }

    let unweighted =
        { correct with
            Name = "weights of the words ignored"
            Weighted = false
        }

/// The minimiser of a loss with a rank-one weight.
type Prediction =
    {
        /// p_i.
        Weights: float array
        /// M = W'W, V x V row-major.
        Model: float array
        /// Eigenvalues of Pd^{1/2} M* Pd^{1/2}, descending.
        Eigenvalues: float array
        Z: float
    }

module Prediction =

    /// Statistics of the leading words, self-pairs neutral.
    let statistics (counts: CooccurrenceCounts) v =
        let words, pairs = EmbeddedCounts.leading counts v
        CorpusStatistics.FromCounts(Array.map float words, pairs).WithNeutralSelfPairs()

    let spectrum v (matrix: float array) (team: WorkerTeam) =
        let eigen = SymmetricEigenSolver.Decompose(DenseMatrix(v, v, matrix), team)
        TargetSpectrum(eigen.Eigenvalues, eigen.Eigenvectors.Values)

    /// x'x of factors stored with one mode per row, V x V row-major.
    let modelOf v (factors: float array) (team: WorkerTeam) =
        let x = DenseMatrix(factors.Length / v, v, factors)
        let model = DenseMatrix(v, v)
        MatrixProduct.Multiply(1.0, x, true, x, false, 0.0, model, team)
        model.Values

    // sum over the positive eigenvalues among the first ones of lambda v v'.
    let private leadingPart v count (spectrum: TargetSpectrum) team =
        let values, vectors =
            spectrum.Eigenvalues.ToArray(), spectrum.Eigenvectors.ToArray()

        modelOf v (Array.init (count * v) (fun e -> sqrt (max 0.0 values[e / v]) * vectors[e])) team

    /// The positive semidefinite matrix of rank d nearest to a symmetric one: its clipped leading eigenpairs.
    let nearest v d (matrix: float array) team =
        leadingPart v d (spectrum v matrix team) team

    /// Minimiser of sum p_i p_j (M - M*)_ij^2 over rank d.
    let minimiser (weights: float array) (target: float array) d (team: WorkerTeam) =
        let v = weights.Length
        let loss = RankOneWeights(weights, target)
        let pairs = spectrum v (loss.ScaledTarget()) team

        {
            Weights = weights
            Model = modelOf v (loss.Minimiser(d, pairs).Embeddings()) team
            Eigenvalues = pairs.Eigenvalues.ToArray()
            Z = 1.0
        }

    /// Where L_xe ends on text subsampled with Psi, under a belief.
    let crossEntropy (statistics: CorpusStatistics) (psi: float array) d (team: WorkerTeam) (belief: Belief) =
        let v = psi.Length
        let subsampled = statistics.Subsample psi
        let z = subsampled.Z
        let plain = QuadraticLoss.Xe.Target statistics

        let target =
            match belief.Law with
            | Exact -> QuadraticLoss.SubsampledXeTarget(plain, z)
            | UnitZ -> plain
            | PrintedSign -> plain |> Array.map (fun m -> z * m - (z - 1.0))

        let weights =
            if belief.Weighted then
                subsampled.Statistics.Unigram.ToArray()
            else
                Array.create v (1.0 / float v)

        let believed =
            if belief.ClippedLast then
                target
            else
                leadingPart v v (spectrum v target team) team

        { minimiser weights believed d team with
            Z = z
        }

    /// Root of the sum of squares.
    let norm (m: float array) =
        sqrt (m |> Array.sumBy (fun x -> x * x))

    /// ||a - b||_F.
    let distance (a: float array) (b: float array) =
        sqrt (Array.fold2 (fun sum x y -> sum + (x - y) * (x - y)) 0.0 a b)

    /// Pd^{1/2} M Pd^{1/2}, the model as its loss sees it.
    let scaled (weights: float array) (model: float array) =
        let v, root = weights.Length, Array.map sqrt weights
        model |> Array.mapi (fun e m -> root[e / v] * root[e % v] * m)
