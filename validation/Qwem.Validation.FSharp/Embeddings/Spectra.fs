namespace Qwem.Validation.Embeddings

open System
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Threading
open Qwem.Theory
open Qwem.Validation

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
    let spectrum (target: Theory -> float array) (team: WorkerTeam) =
        let decompositions = Decompositions(lazy (target Theory.derived), team)

        Prediction(fun theory ->
            let found = decompositions.Of(target theory)

            { found with
                Eigenvalues = theory.Eigenvalues found.Eigenvalues
            })
