/// Gradient flow and stochastic descent for a loss of constant weight, and what a theory says of them at the same times.
module Qwem.Validation.Claims.Theorem43Run

open System
open Qwem.Sim.Descent
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Training
open Qwem.Validation

/// When a run is recorded, in units of tau_1: Early times while the subspaces align, from First to half of tau_1, and from there to Last so
/// densely that every rise is caught.
type Records =
    {
        First: float
        Early: int
        Last: float
    }

/// What decides the numbers of a run besides the user's choice.
type Sizes =
    {
        FlowRecords: Records
        DescentRecords: Records
        /// kappa h lambda_1: how far one step of the descent moves the fastest mode.
        DescentStep: float
        /// Positive pairs, and as many negative ones, in each step.
        PairsPerSign: int
        /// k of the top-k subspaces whose alignment is recorded.
        Ranks: int array
        /// Seeds of the descents.
        Seeds: uint64 list
    }

let sizes (setting: Setting) =
    let records early last =
        {
            First = 0.02
            Early = early
            Last = last
        }

    let isSmoke = setting.IsSmoke

    {
        FlowRecords = if isSmoke then records 12 12.0 else records 50 25.0
        DescentRecords =
            { records (if isSmoke then 4 else 12) (if isSmoke then 2.5 else 4.0) with
                First = 0.2
            }
        DescentStep = 0.025
        PairsPerSign = if isSmoke then 20_000 else 50_000
        Ranks =
            [| 1; 2; 5; 10; 20; 50 |]
            |> Array.filter (fun k -> k <= setting.Chosen.Dimension)
        Seeds = List.init 3 (fun run -> setting.Seed + uint64 run)
    }

/// One loss as it was measured.
[<NoEquality; NoComparison>]
type Measured =
    {
        Setting: Setting
        Sizes: Sizes
        Loss: ConstantLoss
        Problem: ConstantWeight
        /// tau_1 in units of eta_alg t, by the growth rate of the simulator's own first mode.
        Unit: float
        /// s_k^2 at rest, by the simulator's linear and quadratic coefficients.
        Plateaus: float array
        /// eta_alg t of the flow's records, and X(t), V x d, at each.
        Times: float array
        States: DenseMatrix array
        Flow: Observation array
        /// The flow integrated coarsely, and how far its Gram matrix is from the fine one's at each record.
        Coarse: Observation array
        Apart: float array
        /// Steps of the descents' records, and what each run was seen to do.
        Steps: int64 array
        Descents: Observation array list
        LearningRate: float
        /// The closed form from the same start.
        Solved: Prediction<Solved>
        /// Z of the subsampling.
        Z: Theory -> float
    }

    member measured.Dimension = measured.Setting.Chosen.Dimension

    /// Half-rise times of singular values at the flow's records.
    member measured.HalfRises(singularValues: float array array) =
        Curves.halfRises measured.Plateaus measured.Times singularValues measured.Dimension

// How far the logit of a rising variance may go between two records: from one half to four fifths of the plateau. Reading a half-rise
// time off the records then never involves a variance that has all but reached its plateau.
let private logitPerRecord = 1.4

// Times of the records in units of tau_1, for modes that rise by exp(rise).
let private recordTimes (records: Records) (rise: float) =
    let knee = 0.5

    let late =
        Curves.logSpaced knee records.Last (2 + int (Math.Log(records.Last / knee) * rise / logitPerRecord))

    Array.append
        (Curves.logSpaced records.First knee (records.Early + 1)
         |> Array.take records.Early)
        late

let private descent
    (problem: ConstantWeight)
    (sizes: Sizes)
    rate
    (steps: int64 array)
    (observe: DenseMatrix array -> Observation array)
    setting
    stage
    seed
    =
    let settings =
        problem.Objective.Sampled(sizes.PairsPerSign, sizes.PairsPerSign, seed)

    let run =
        PairDescent.Create(settings, problem.Start, Precision.Binary64, setting.Team)

    let snapshots = Array.zeroCreate<DenseMatrix>(Array.length steps)

    let report =
        { new IProgress<int64> with
            member _.Report taken =
                setting.Told stage (float taken / float (Array.last steps))
        }

    let record index embeddings =
        snapshots[index] <- ConstantWeight.toModes problem embeddings setting.Team

    run.Run(rate, steps, record, report, setting.Cancellation)
    observe snapshots

let measure (loss: ConstantLoss) (setting: Setting) : Measured =
    let chosen, sizes = setting.Chosen, sizes setting
    let stage name = $"theorem-4.3/{loss.Code}: {name}"
    setting.Told (stage "eigenbasis") 0.0
    let objective = ConstantLoss.objective loss chosen.Counts chosen.VocabularySize

    let problem =
        ConstantWeight.make objective chosen.Dimension chosen.Scale setting.Seed setting.Team

    let rates = problem.Basis.Eigenvalues
    let plateaus = rates |> Array.map (fun rate -> rate / (2.0 * problem.Quadratic))

    // An undeveloped mode grows as exp(2 b_k eta_alg t), its variance twice as fast.
    let realisation k =
        Math.Log(plateaus[k] / (chosen.Scale * chosen.Scale)) / (4.0 * rates[k])

    let rise, unit = 4.0 * rates[0] * realisation 0, realisation 0

    // Until the last mode has risen, but for modes hundreds of times slower than the first.
    let last =
        let slowest = chosen.Dimension - 1

        if rates[slowest] > 0.0 then
            Math.Clamp(1.3 * realisation slowest / unit, sizes.FlowRecords.Last, 60.0)
        else
            60.0

    let times =
        recordTimes { sizes.FlowRecords with Last = last } rise
        |> Array.map (fun t -> t * unit)

    let start = ConstantWeight.toModes problem problem.Start setting.Team
    let observer = Observer(rates, problem.Quadratic, sizes.Ranks)

    // Observations are independent of one another, so they are taken in parallel without changing a bit.
    let observe = Memory.inBatches (Array.Parallel.map observer.Observe)

    let flow tolerance finer =
        let field =
            EigenbasisField(rates, problem.Quadratic, Dense.copy start, setting.Team)

        let name = stage $"gradient flow, tolerance {tolerance:g2}"
        ConstantWeight.run field start times tolerance finer (fun _ state -> Dense.copy state) setting name

    let fine = flow ConstantWeight.errorPerStep true

    // The second integration is reduced to its distance at once: its states take as much memory as the first's.
    let coarse, apart =
        let states = flow (ConstantWeight.coarseFactor * ConstantWeight.errorPerStep) false
        observe states, Array.map2 (fun a b -> Dense.gramDistance a b setting.Team) fine states

    let learningRate = sizes.DescentStep / (2.0 * rates[0])

    let steps =
        recordTimes sizes.DescentRecords rise
        |> Array.map (fun t -> int64 (round (t * unit / learningRate)))
        |> Array.distinct

    let counts = Corpus.leading chosen.Counts chosen.VocabularySize
    let g = ConstantLoss.weight chosen.VocabularySize

    {
        Setting = setting
        Sizes = sizes
        Loss = loss
        Problem = problem
        Unit = unit
        Plateaus = plateaus
        Times = times
        States = fine
        Flow = observe fine
        Coarse = coarse
        Apart = apart
        Steps = steps
        Descents =
            sizes.Seeds
            |> List.mapi (fun index seed ->
                let name =
                    stage $"stochastic gradient descent, run {index + 1} of {sizes.Seeds.Length}"

                descent problem sizes learningRate steps observe setting name seed)
        LearningRate = learningRate
        Solved = Solved.prediction (ConstantLoss.target loss counts) g problem.Start setting.Team
        Z = ConstantLoss.z loss counts
    }

/// The exact solution at one of the flow's records.
type Exact =
    {
        SingularValues: float array
        /// ||M - M*||_F^2 / ||M*||_F^2.
        Loss: float
        /// Overlaps of the top-k subspaces with those of M*.
        Overlaps: float array
        /// ||M_theory - M_flow||_F / ||M_flow||_F in the coordinates of the words.
        Gram: float
    }

/// ||M*||_F^2.
let squared (solved: Solved) =
    solved.Eigenvalues |> Array.sumBy (fun l -> l * l)

/// The state of the exact solution at one of the flow's records.
let stateAt (measured: Measured) (solved: Solved) record = Solved.at solved measured.Times[record]

let lossOf (solved: Solved) (state: Qwem.Theory.ExactState) = state.Loss() / squared solved

let overlapsOf (measured: Measured) (state: Qwem.Theory.ExactState) =
    measured.Sizes.Ranks |> Array.map state.SubspaceOverlap

let private gramError (measured: Measured) (solved: Solved) record (factor: Qwem.Theory.Projection) =
    let team = measured.Setting.Team

    let predicted =
        Dense.product solved.Eigenvectors true (Dense.ofProjection factor) true team

    Dense.gramDistance (ConstantWeight.toWords measured.Problem measured.States[record] team) predicted team

/// The error of the Gram matrix at one of the flow's records.
let gramAt measured (theory: Theory) record =
    let solved = measured.Solved.Of theory
    gramError measured solved record ((stateAt measured solved record).EmbeddingsInEigenbasis())

/// What a theory says at all of the flow's records.
let exactAtAll (measured: Measured) (theory: Theory) =
    let solved = measured.Solved.Of theory

    [| 0 .. measured.Times.Length - 1 |]
    |> Memory.inBatches (fun records ->
        records
        |> Array.Parallel.map (fun i ->
            let state = stateAt measured solved i
            state.SingularValues(), lossOf solved state, overlapsOf measured state, state.EmbeddingsInEigenbasis())
        |> Array.mapi (fun index (singularValues, loss, overlaps, factor) ->
            {
                SingularValues = singularValues
                Loss = loss
                Overlaps = overlaps
                Gram = gramError measured solved records[index] factor
            }))

/// Singular values of Theorem 4.3 from given variances, its modes in order of size, for a mode with a small start may be overtaken.
let aligned (measured: Measured) (theory: Theory) (variances: float array) (times: float array) =
    let solved = measured.Solved.Of theory

    times
    |> Array.Parallel.map (fun t ->
        variances
        |> Array.mapi (fun k start -> sqrt (theory.AlignedVariance start solved.Eigenvalues[k] (solved.Kappa * t)))
        |> Array.sortDescending)

/// lambda_k(0) = sigma^2: theory (a).
let paperVariances (measured: Measured) (theory: Theory) =
    Array.create measured.Dimension (theory.StartVariance measured.Problem.Scale measured.Dimension)

/// lambda_k(0) = R_kk(0)^2: theory (b).
let ownVariances (measured: Measured) (theory: Theory) =
    theory.StartVariances (measured.Solved.Of theory).Exact

/// The flow's loss as a fraction of the loss at W = 0, from the simulator's own coefficients.
let normalisedLoss (measured: Measured) =
    let rates = measured.Problem.Basis.Eigenvalues

    let depth =
        (rates |> Array.sumBy (fun b -> b * b)) / (4.0 * measured.Problem.Quadratic)

    fun (loss: float) -> 1.0 + loss / depth

/// Mean over the stochastic runs, record by record.
let averageOf (measured: Measured) (value: Observation -> float) =
    Array.init measured.Steps.Length (fun record -> measured.Descents |> List.averageBy (fun run -> value run[record]))
