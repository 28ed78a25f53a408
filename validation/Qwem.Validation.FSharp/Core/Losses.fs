namespace Qwem.Validation

open Qwem.Sim.Cooccurrence
open Qwem.Sim.Statistics
open Qwem.Sim.Training

/// The two losses that give every pair of words the same weight, for which the closed form of training is exact.
[<RequireQualifiedAccess>]
type ConstantLoss =
    /// L_xe (Eq. 4) on text subsampled with Psi_i = 1/P_i.
    | CrossEntropy
    /// L_sym (Eq. 11) with every pair reweighted by 1/(P_ij + P_i P_j).
    | Symmetric

    /// Short name in identifiers.
    member loss.Code =
        match loss with
        | ConstantLoss.CrossEntropy -> "xe"
        | ConstantLoss.Symmetric -> "sym"

    /// Name in titles.
    member loss.Title =
        match loss with
        | ConstantLoss.CrossEntropy -> "L_{xe}"
        | ConstantLoss.Symmetric -> "L_{sym}"

module ConstantLoss =

    /// g: the two masses of either loss add up so that every pair has the quadratic coefficient 1/(2 V^2).
    let weight v = 0.5 / (float v * float v)

    /// As the simulator states it, on the v leading words.
    let objective (loss: ConstantLoss) (counts: CooccurrenceCounts) (v: int) : PairwiseObjective =
        let frequencies = CorpusFrequencies(counts, v)

        match loss with
        | ConstantLoss.CrossEntropy -> PairwiseObjective.SubsampledCrossEntropy frequencies
        | ConstantLoss.Symmetric -> PairwiseObjective.ReweightedSymmetric frequencies

    /// Z of the subsampling with Psi_i = 1/P_i under a theory; 1 where nothing is subsampled.
    let z (loss: ConstantLoss) (counts: LeadingCounts) (theory: Theory) =
        match loss with
        | ConstantLoss.CrossEntropy ->
            let corpus = Corpus.statistics theory counts
            theory.Z corpus (corpus.InverseFrequency())
        | ConstantLoss.Symmetric -> 1.0

    /// M*, V x V, under a theory.
    let target (loss: ConstantLoss) (counts: LeadingCounts) (theory: Theory) : float array =
        let corpus = Corpus.statistics theory counts

        match loss with
        | ConstantLoss.CrossEntropy ->
            theory.SubsampledTarget (theory.Target (theory.CrossEntropy()) corpus) (z loss counts theory)
        | ConstantLoss.Symmetric -> theory.Target (theory.Symmetric()) corpus
