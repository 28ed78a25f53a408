namespace Qwem.Validation

open System
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Threading
open Qwem.Sim.Training
open Qwem.Theory

/// What the simulator is given of a loss that weighs every pair alike: the objective, a start, and its own eigenbasis of the linear part.
type ConstantWeight =
    {
        Objective: PairwiseObjective
        /// W(0), V x d.
        Start: DenseMatrix
        /// Eigenvectors of the linear coefficient in rows, V x V.
        Basis: SymmetricEigenDecomposition
        Quadratic: float
        /// sigma.
        Scale: float
    }

/// The same thing computed finely and coarsely: their distance bounds the error of the finer one.
type Integrated<'run> = { Fine: 'run; Coarse: 'run }

module ConstantWeight =

    /// From a Gaussian start of a seed.
    let make (objective: PairwiseObjective) d scale (seed: uint64) (team: WorkerTeam) =
        {
            Objective = objective
            Start = Initialisation.Gaussian(objective.VocabularySize, d, scale, seed)
            Basis = SymmetricEigenSolver.Decompose(objective.Linear, team)
            Quadratic = objective.ConstantQuadratic.Value
            Scale = scale
        }

    /// Embeddings of words in the coordinates of the eigenbasis, and back.
    let toModes problem embeddings team =
        Dense.product problem.Basis.Eigenvectors false embeddings false team

    let toWords problem modes team =
        Dense.product problem.Basis.Eigenvectors true modes false team

    /// How much larger the tolerance of the coarse integration is.
    let coarseFactor = 16.0

    /// Largest local error of a step of the fine one, relative to each mode.
    let errorPerStep = 5e-10

    /// Integrates a field through the given times (eta_alg t) and returns what observe makes of every record's number and state. The
    /// finer of two integrations also stops halfway between the records on the logarithmic scale and keeps a sqrt 2 times larger
    /// distance from the limit of stability (a factor of 16 in the errors of a method of order 8): steps that the records or the
    /// stability cut short are then smaller too, which a smaller tolerance alone would not make them.
    let run
        (field: IFlowField)
        (start: DenseMatrix)
        (times: float array)
        tolerance
        (finer: bool)
        (observe: int -> DenseMatrix -> 'observed)
        (setting: Setting)
        (stage: string)
        : 'observed array =
        let stride = if finer then 2 else 1
        let share = if finer then 0.8 / sqrt 2.0 else 0.8

        let stops =
            Array.init (stride * times.Length) (fun i ->
                if stride = 1 || i % 2 = 1 then times[i / stride]
                elif i = 0 then 0.5 * times[0]
                else Math.Sqrt(times[i / 2 - 1] * times[i / 2]))

        let observed = Array.zeroCreate<'observed> times.Length
        let integrator = FlowIntegrator(field, setting.Team, StabilityShare = share)

        let record stop state =
            if stop % stride = stride - 1 then
                observed[stop / stride] <- observe (stop / stride) state

            setting.Told stage (float (stop / stride + 1) / float times.Length)

        let outcome =
            integrator.Integrate(Dense.copy start, stops, tolerance, 200_000, record, setting.Cancellation)

        if outcome <> FlowOutcome.Completed then
            raise (ArithmeticException $"The gradient flow ended with {outcome} after {integrator.Statistics}.")

        observed

    /// The same, coarsely, with the integrator's own error: what the steps' estimated errors, each over the length of the state's component
    /// along a direction (unit, one number per row) at the record before it, add up to by each record. That component grows fastest,
    /// so this bounds its relative error to leading order.
    let metered
        (field: IFlowField)
        (start: DenseMatrix)
        times
        tolerance
        (direction: float array)
        observe
        (setting: Setting)
        stage
        =
        let mutable sum, before = 0.0, 0.0

        let along (state: DenseMatrix) =
            Dense.norm
                (Dense.product (DenseMatrix(1, direction.Length, direction)) false state false setting.Team).Values

        let metering =
            { new IFlowField with
                member _.Rows = field.Rows
                member _.Columns = field.Columns
                member _.FastestDecay = field.FastestDecay
                member _.Evaluate(state, derivative) = field.Evaluate(state, derivative)

                member _.RelativeError(from, next, difference) =
                    let error = field.RelativeError(from, next, difference)

                    if error <= tolerance then
                        sum <- sum + Dense.norm difference.Values / before

                    error
            }

        let observed index state =
            before <- along state
            struct (observe index state, sum)

        before <- along start
        let recorded = run metering start times tolerance false observed setting stage
        recorded |> Array.map (fun struct (one, _) -> one), recorded |> Array.map (fun struct (_, error) -> error)

    /// The gradient flow in the coordinates of the eigenbasis, finely and coarsely: X(t), V x d, handed to observe at every record.
    let integrate problem times (observe: int -> DenseMatrix -> 'observed) (setting: Setting) stage =
        let start = toModes problem problem.Start setting.Team

        let one tolerance finer =
            let field =
                EigenbasisField(problem.Basis.Eigenvalues, problem.Quadratic, Dense.copy start, setting.Team)

            run field start times tolerance finer observe setting $"{stage}, tolerance {tolerance:g2}"

        {
            Fine = one errorPerStep true
            Coarse = one (coarseFactor * errorPerStep) false
        }

    /// Bound of a comparison with an integrated flow: how far the coarse integration is from the fine one in the same metric, and 4 V u
    /// for the matrix products, the eigenvalues and the exponents of both sides, times how much they are amplified.
    let tolerance v (apart: float) (amplification: float) =
        let rounding = 4.0 * float v * Tolerance.unitRoundoff * Math.Max(amplification, 1.0)

        {
            Bound = apart + rounding
            Because =
                $"integration: the largest such distance between this flow and one integrated with a %g{coarseFactor} times larger tolerance and half as many stops, %.1e{apart}, which by the order of the method exceeds the flow's own error about %g{coarseFactor} times or more; rounding: 4 V u, amplified %.0f{amplification} times, %.1e{rounding}"
        }

/// Eigenpairs of a target: values descending, vectors in rows.
[<NoEquality; NoComparison>]
type Spectrum =
    {
        Eigenvalues: float array
        Eigenvectors: DenseMatrix
    }

    /// As the theory's functions take it.
    member it.Target = TargetSpectrum(it.Eigenvalues, it.Eigenvectors.Values)

/// Decomposes what several theories have for a target. A decomposition of 3,000 words takes seconds, and most slips only multiply the
/// target by a number: a multiple of the first matrix, which is the derived theory's, has its eigenvectors. Others are decomposed anew, so
/// that the bits do not depend on the order in which slips are tried.
[<Sealed>]
type Decompositions(derived: Lazy<float array>, team: WorkerTeam) =

    // Matrices are recognised by their product with one fixed vector without symmetry.
    let seen (matrix: float array) =
        let v = int (Math.Round(sqrt (float matrix.Length)))
        let probe = Array.init v (fun i -> cos (0.7 + float i * float i))

        Array.Parallel.init v (fun i -> Kernels.Dot(ReadOnlySpan(matrix, i * v, v), ReadOnlySpan probe))

    // c of matrix = c times a known one, up to rounding.
    let multiple (seen: float array) (before: float array) =
        let c =
            Kernels.Dot(ReadOnlySpan seen, ReadOnlySpan before) / Kernels.NormSquared before

        let rest = Dense.distance seen (before |> Array.map (fun x -> c * x))
        if c >= 0.0 && rest <= 1e-13 * Dense.norm before * c then Some c else None

    let decompose (matrix: float array) =
        let eigen = Dense.eigen matrix team

        {
            Eigenvalues = eigen.Eigenvalues
            Eigenvectors = eigen.Eigenvectors
        }

    // Of the derived theory, so that it does not depend on which of two threads that try slips comes first.
    let first = lazy (struct (seen derived.Value, decompose derived.Value))

    /// Eigenpairs of a symmetric matrix, V x V.
    member _.Of(matrix: float array) : Spectrum =
        let image = seen matrix
        let struct (before, spectrum) = first.Value

        match multiple image before with
        // The same but for rounding: what follows from it need not be computed again.
        | Some c when abs (c - 1.0) <= 1e-15 -> spectrum
        | Some c ->
            { spectrum with
                Eigenvalues = spectrum.Eigenvalues |> Array.map (fun l -> c * l)
            }
        | None -> decompose matrix

/// A target with its eigenpairs, under a theory.
type Decomposed =
    {
        /// M*, V x V.
        Target: float array
        /// Descending.
        Eigenvalues: float array
        /// v*_k in row k, V x V.
        Eigenvectors: DenseMatrix
    }

/// The closed form for a constant weight from one start, under a theory.
type Solved =
    {
        /// M*, V x V.
        Target: float array
        /// lambda*, descending.
        Eigenvalues: float array
        /// v*_k in row k, V x V.
        Eigenvectors: DenseMatrix
        /// kappa per unit of eta_alg t.
        Kappa: float<kappaTime>
        Exact: ExactSolution
    }

module Solved =

    /// A target, V x V: decomposed again only where the theory changes it.
    let decomposed (target: Theory -> float array) (team: WorkerTeam) : Prediction<Decomposed> =
        let decompositions = Decompositions(lazy (target Theory.derived), team)

        let decompose theory =
            let matrix = target theory
            let found = decompositions.Of matrix

            {
                Target = matrix
                Eigenvalues = found.Eigenvalues
                Eigenvectors = found.Eigenvectors
            }

        Prediction(decompose, (fun a b -> obj.ReferenceEquals(a.Eigenvalues, b.Eigenvalues)))

    /// What a theory predicts for a decomposed target, of the constant weight g, which the theory may change, and of the start W(0), V x d.
    let weighted
        (decomposed: Prediction<Decomposed>)
        (weight: Theory -> float)
        (start: DenseMatrix)
        (team: WorkerTeam)
        : Prediction<Solved> =
        let projected =
            Prediction(fun theory ->
                Dense.projection (Dense.product start true (decomposed.Of theory).Eigenvectors true team))

        Prediction(fun theory ->
            let target = decomposed.Of theory
            let eigenvalues = theory.Eigenvalues target.Eigenvalues

            {
                Target = target.Target
                Eigenvalues = eigenvalues
                Eigenvectors = target.Eigenvectors
                Kappa = theory.Kappa(weight theory)
                Exact = theory.Exact eigenvalues (projected.Of theory)
            })

    /// The same of a target, V x V, and of a weight that no theory changes.
    let prediction (target: Theory -> float array) g (start: DenseMatrix) (team: WorkerTeam) : Prediction<Solved> =
        weighted (decomposed target team) (fun _ -> g) start team

    /// The state after eta_alg t.
    let at (solved: Solved) (time: float) = solved.Exact.At(solved.Kappa * time)

    /// Singular values after each of the times.
    let singularValues solved (times: float array) =
        times |> Array.Parallel.map (fun t -> (at solved t).SingularValues())

    /// W after eta_alg t in the coordinates of the words, V x d, up to a rotation.
    let embeddings solved time team =
        let modes = Dense.ofProjection ((at solved time).EmbeddingsInEigenbasis())
        Dense.product solved.Eigenvectors true modes true team

    /// 2 kappa lambda_1 t: by how much the flow has amplified a relative error of the target.
    let exponent solved (time: float) =
        float (Clock.EtaTime(solved.Kappa * time)) * solved.Eigenvalues[0]
