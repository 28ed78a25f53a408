namespace Qwem.Validation.Embeddings

open System.Runtime.CompilerServices
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Threading
open Qwem.Sim.Training
open Qwem.Theory
open Qwem.Validation

/// A loss with one weight for all pairs, on both sides: the simulator's eigenbasis of its linear coefficient, the theory's eigenpairs of
/// the target.
[<NoEquality; NoComparison>]
type Sides =
    {
        Loss: ConstantLoss
        /// beta_k and rows q_k: the simulator's own.
        Basis: SymmetricEigenDecomposition
        Quadratic: float
        Spectrum: Prediction<Spectrum>
        /// kappa per unit of eta_alg t.
        Kappa: Theory -> float<kappaTime>
    }

/// A start, where the simulated flow takes it, and the theory's solution from it.
[<NoEquality; NoComparison>]
type Flow =
    {
        Sides: Sides
        /// W(0), V x d.
        Start: DenseMatrix
        /// sigma.
        Scale: float
        /// eta_alg t of each record.
        Times: float array
        /// X(t) = Q W(t), V x d.
        Run: Integrated<DenseMatrix array>
        Exact: Prediction<ExactSolution>
    }

    member flow.Dimension = flow.Start.Columns

module Sides =

    /// Decomposes the simulator's matrix; the theory's is decomposed when first asked for.
    let make (words: Vocabulary) (statistics: Prediction<CorpusStatistics>) loss (team: WorkerTeam) =
        let objective = ConstantLoss.objective loss words.Counts words.Size

        {
            Loss = loss
            Basis = SymmetricEigenSolver.Decompose(objective.Linear, team)
            Quadratic = objective.ConstantQuadratic.Value
            Spectrum = Targets.spectrum (Targets.ofLoss statistics loss) team
            Kappa = fun theory -> theory.Kappa(ConstantLoss.weight words.Size)
        }

    /// As derived.
    let spectrum (sides: Sides) = sides.Spectrum.Of Theory.derived

    /// kappa t at which theorem 4.3 has the first mode appear from a start of scale sigma: the unit of times.
    let firstRealisation (sides: Sides) (scale: float) =
        let theory = Theory.derived
        theory.RealisationTime (theory.StartVariance scale 1) (spectrum sides).Eigenvalues[0]

module Flow =

    /// Largest local error per step, relative to each mode: of the finer integration of large models, and of small ones, which take so few steps
    /// that a factor of 16 alone need not show in their errors.
    let large, small = 1e-7, 1e-10

    /// The same gate, which says when the rules for the error of its integration were set.
    let setLater (gate: Gate) =
        gate
        |> Gate.changed
            "Two rules of the embeddings' gates were set after results of a smoke run had been seen: the integration error of a cosine is the largest over all records, and small models are integrated with a smaller local error per step than large ones. In that run the errors of the fine and the coarse integration agreed by chance at one record, so that the gap exceeded its bound there; and other gaps came close to their bounds."

    /// The theory's solution from a start W(0), V x d.
    let exact (spectrum: Prediction<Spectrum>) (start: DenseMatrix) (team: WorkerTeam) =
        let projections = ConditionalWeakTable<DenseMatrix, DenseMatrix>()

        Prediction(fun theory ->
            let found = spectrum.Of theory

            let projected =
                projections.GetValue(found.Eigenvectors, (fun vectors -> Dense.product start true vectors true team))

            theory.Exact found.Eigenvalues (Dense.projection projected))

    /// A start with the theory's solution, and no simulation.
    let unsimulated (sides: Sides) dimension (scale: float) (seed: uint64) (team: WorkerTeam) =
        let start =
            Initialisation.Gaussian(sides.Basis.Eigenvectors.Columns, dimension, scale, seed)

        {
            Sides = sides
            Start = start
            Scale = scale
            Times = [||]
            Run = { Fine = [||]; Coarse = [||] }
            Exact = exact sides.Spectrum start team
        }

    /// Simulates the flow through values of kappa t, finely and coarsely.
    let simulate
        (sides: Sides)
        dimension
        scale
        seed
        (kappaTimes: float<kappaTime> array)
        tolerance
        (setting: Setting)
        stage
        =
        let flow = unsimulated sides dimension scale seed setting.Team
        let kappa = sides.Kappa Theory.derived
        let times = kappaTimes |> Array.map (fun t -> t / kappa)

        let start =
            Dense.product sides.Basis.Eigenvectors false flow.Start false setting.Team

        let one tolerance finer =
            let field =
                EigenbasisField(sides.Basis.Eigenvalues, sides.Quadratic, Dense.copy start, setting.Team)

            ConstantWeight.run field start times tolerance finer (fun _ state -> Dense.copy state) setting stage

        { flow with
            Times = times
            Run =
                {
                    Fine = one tolerance true
                    Coarse = one (ConstantWeight.coarseFactor * large) false
                }
        }

    /// The number of the last record.
    let last (flow: Flow) = flow.Times.Length - 1

    /// Simulated embeddings of a record, V x d.
    let simulated (flow: Flow) record team =
        Dense.product flow.Sides.Basis.Eigenvectors true flow.Run.Fine[record] false team

    /// The same from the coarser integration.
    let coarse (flow: Flow) record team =
        Dense.product flow.Sides.Basis.Eigenvectors true flow.Run.Coarse[record] false team

    /// Embeddings by a theory after a value of kappa t as derived, in the target's eigenbasis, d x V, up to a rotation.
    let private modes (flow: Flow) (theory: Theory) (kappaTime: float<kappaTime>) =
        let clock = flow.Sides.Kappa theory / flow.Sides.Kappa Theory.derived
        let state = (flow.Exact.Of theory).At(clock * kappaTime)
        Dense.ofProjection (state.EmbeddingsInEigenbasis())

    /// Embeddings by a theory, V x d.
    let at flow (theory: Theory) kappaTime (team: WorkerTeam) =
        Dense.product (flow.Sides.Spectrum.Of theory).Eigenvectors true (modes flow theory kappaTime) true team

    /// The same as the theory's functions take them, d x V.
    let byDimension flow (theory: Theory) kappaTime (team: WorkerTeam) =
        Dense.product (modes flow theory kappaTime) false (flow.Sides.Spectrum.Of theory).Eigenvectors false team

    /// kappa t of a record, as derived.
    let kappaTime (flow: Flow) record =
        flow.Sides.Kappa Theory.derived * flow.Times[record]

    /// Embeddings of some words at a record, by a theory, a word a row.
    let ofWords flow (theory: Theory) record (words: int array) (team: WorkerTeam) =
        let vectors = (flow.Sides.Spectrum.Of theory).Eigenvectors

        let chosen =
            DenseMatrix(
                words.Length,
                vectors.Rows,
                words
                |> Array.collect (fun w -> Array.init vectors.Rows (fun k -> vectors[k, w]))
            )

        Dense.product chosen false (modes flow theory (kappaTime flow record)) true team

    /// Relative error that rounding leaves in a model at a record: 4 V u, amplified as the flow amplifies an error of the target.
    let rounding (flow: Flow) record =
        let largest = (Sides.spectrum flow.Sides).Eigenvalues[0]

        4.0
        * float flow.Start.Rows
        * Tolerance.unitRoundoff
        * 2.0
        * largest
        * float (kappaTime flow record)

    /// ||W||_2 over the length of every word: by how much more an error weighs in a word than in the model.
    let rowConditions (embeddings: DenseMatrix) team =
        let largest = (Dense.singularValues embeddings team)[0]
        Array.init embeddings.Rows (fun i -> largest / sqrt (Kernels.NormSquared(embeddings.Row i)))
