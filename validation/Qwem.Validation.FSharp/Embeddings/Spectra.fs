namespace Qwem.Validation.Embeddings

open System
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Threading
open Qwem.Theory
open Qwem.Validation

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
/// target by a number: a multiple of a matrix that is known already has its eigenvectors.
[<Sealed>]
type Decompositions(v: int, team: WorkerTeam) =
    // Matrices are known by their product with one fixed vector without symmetry.
    let probe = Array.init v (fun i -> cos (0.7 + float i * float i))
    let known = ResizeArray<struct (float array * Spectrum)>()

    // As derived, and with one mistake or another.
    let capacity = 3

    let seen (matrix: float array) =
        Array.Parallel.init v (fun i -> Kernels.Dot(ReadOnlySpan(matrix, i * v, v), ReadOnlySpan probe))

    // c of matrix = c times a known one, as far as rounding lets it.
    let multiple (seen: float array) (before: float array) =
        let c =
            Kernels.Dot(ReadOnlySpan seen, ReadOnlySpan before) / Kernels.NormSquared before

        let rest = Dense.distance seen (before |> Array.map (fun x -> c * x))
        if c >= 0.0 && rest <= 1e-13 * Dense.norm before * c then Some c else None

    /// Eigenpairs of a symmetric matrix, V x V.
    member _.Of(matrix: float array) : Spectrum =
        let image = seen matrix

        known
        |> Seq.tryPick (fun (struct (before, spectrum)) ->
            multiple image before
            |> Option.map (fun c ->
                { spectrum with
                    Eigenvalues = spectrum.Eigenvalues |> Array.map (fun l -> c * l)
                }))
        |> Option.defaultWith (fun () ->
            let eigen = Dense.eigen matrix team

            let spectrum =
                {
                    Eigenvalues = eigen.Eigenvalues
                    Eigenvectors = eigen.Eigenvectors
                }

            if known.Count = capacity then
                known.RemoveAt 1

            known.Add(struct (image, spectrum))
            spectrum)

module Targets =

    /// P_i and P_ij, which all targets of the same words share.
    let statistics (counts: LeadingCounts) =
        Prediction(fun theory -> Corpus.statistics theory counts)

    /// M* of a loss that gives every pair the same weight: of L_xe by the statistics of the subsampled text themselves, not by Z and the
    /// target of the whole text, which are another claim's.
    let ofLoss (statistics: Prediction<CorpusStatistics>) (loss: ConstantLoss) : Theory -> float array =
        match loss with
        | ConstantLoss.CrossEntropy ->
            let subsampled =
                Prediction(fun theory ->
                    let corpus = statistics.Of theory
                    (corpus.Subsample(corpus.InverseFrequency())).Statistics)

            fun theory -> theory.Target (theory.CrossEntropy()) (subsampled.Of theory)
        | ConstantLoss.Symmetric -> fun theory -> theory.Target (theory.Symmetric()) (statistics.Of theory)

    /// The eigenpairs that a target has under each theory.
    let spectrum v (target: Theory -> float array) (team: WorkerTeam) =
        let decompositions = Decompositions(v, team)

        Prediction(fun theory ->
            let found = decompositions.Of(target theory)

            { found with
                Eigenvalues = theory.Eigenvalues found.Eigenvalues
            })
