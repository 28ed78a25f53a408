namespace Qwem.Validation.Embeddings

open System
open System.Threading
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Threading
open Qwem.Sim.Training
open Qwem.Theory
open Qwem.Validation
open Qwem.Validation.Theorem43

/// A loss with one weight for all pairs, on both sides: the simulator's eigenbasis of its linear coefficient, the theory's
/// eigenpairs of the target.
[<NoEquality; NoComparison>]
type Sides =
    {
        Loss: Loss
        /// beta_k and rows q_k: the simulator's own.
        Basis: SymmetricEigenDecomposition
        Quadratic: float
        /// lambda*, descending.
        Eigenvalues: float array
        /// v*_k in row k.
        Eigenvectors: DenseMatrix
        /// kappa per unit of eta_alg t.
        Kappa: float
    }

/// A start, and where the simulated flow takes it: once well integrated, once 16 times worse, which bounds the error of the first.
[<NoEquality; NoComparison>]
type Flow =
    {
        Sides: Sides
        Start: DenseMatrix
        /// sigma.
        Scale: float
        /// eta_alg t of each record.
        Times: float array
        /// X(t) = Q W(t), V x d.
        Fine: DenseMatrix array
        Coarse: DenseMatrix array
        Steps: int
        /// The theory's solution from this start.
        Exact: ExactSolution
    }

    member flow.Dimension = flow.Start.Columns

module Sides =

    /// Decomposes both sides' matrices, each by itself.
    let make (corpus: Corpus) (loss: Loss) (team: WorkerTeam) =
        // One dimension is enough here: starts come with the flows.
        let settings =
            { Settings.full with
                VocabularySize = corpus.Size
                EmbeddingDimension = 1
                OverlapRanks = [| 1 |]
            }

        let simulated = Measurement.prepare settings loss corpus.Counts team

        let theory =
            Prediction.make settings loss corpus.Counts simulated.Start team Belief.correct

        {
            Loss = loss
            Basis = simulated.Basis
            Quadratic = simulated.Quadratic
            Eigenvalues = theory.Eigenvalues
            Eigenvectors = theory.Eigenvectors
            Kappa = theory.Kappa
        }

    /// kappa t at which theorem 4.3 has the first mode appear from a start of scale sigma.
    let firstRealisation (sides: Sides) (scale: float) =
        AlignedSolution.RealisationTime(scale * scale, sides.Eigenvalues[0])

    /// Rows of words from rows of modes: B' X with the eigenvectors in the rows of B, V x d. X is given as V x d or transposed.
    let toWords (eigenvectors: DenseMatrix) (modes: DenseMatrix) transposed (team: WorkerTeam) =
        let d = if transposed then modes.Rows else modes.Columns
        let words = DenseMatrix(eigenvectors.Columns, d)
        MatrixProduct.Multiply(1.0, eigenvectors, true, modes, transposed, 0.0, words, team)
        words

module Flow =

    /// How much larger the tolerance of the second integration is.
    let coarseFactor = 16.0

    /// Largest local error per step, relative to each mode.
    let tolerance = 1e-7

    /// A start with the theory's solution, and no simulation.
    let unsimulated (corpus: Corpus) (sides: Sides) dimension (scale: float) (seed: uint64) (team: WorkerTeam) =
        let start = Initialisation.Gaussian(corpus.Size, dimension, scale, seed)
        let projected = DenseMatrix(dimension, corpus.Size)
        MatrixProduct.Multiply(1.0, start, true, sides.Eigenvectors, true, 0.0, projected, team)

        {
            Sides = sides
            Start = start
            Scale = scale
            Times = [||]
            Fine = [||]
            Coarse = [||]
            Steps = 0
            Exact = ExactSolution(sides.Eigenvalues, projected.Values)
        }

    /// Simulates the flow through values of kappa t, twice.
    let simulate
        (corpus: Corpus)
        (sides: Sides)
        dimension
        (scale: float)
        (seed: uint64)
        (kappaTimes: float array)
        (team: WorkerTeam)
        (told: float -> unit)
        (cancellation: CancellationToken)
        =
        let flow = unsimulated corpus sides dimension scale seed team
        let times = kappaTimes |> Array.map (fun t -> t / sides.Kappa)

        let integrate tolerance finer part =
            let told share = told (0.5 * (part + share))
            Measurement.trajectory sides.Basis sides.Quadratic flow.Start times tolerance finer team told cancellation

        let fine, statistics = integrate tolerance true 0.0
        let coarse, _ = integrate (coarseFactor * tolerance) false 1.0

        { flow with
            Times = times
            Fine = fine
            Coarse = coarse
            Steps = statistics.AcceptedSteps
        }

    /// Simulated embeddings of a record, V x d.
    let simulated (flow: Flow) record team =
        Sides.toWords flow.Sides.Basis.Eigenvectors flow.Fine[record] false team

    /// The same from the worse integration.
    let coarse (flow: Flow) record team =
        Sides.toWords flow.Sides.Basis.Eigenvectors flow.Coarse[record] false team
