namespace Qwem.Validation

open Qwem.Sim.Cooccurrence
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Statistics
open Qwem.Sim.Training

/// Counts of the leading words: what both sides start from, each computing its own P_i and P_ij.
type LeadingCounts =
    {
        /// The counts of these words and others, which the simulator reads.
        All: CooccurrenceCounts
        /// Occurrences of each word, length V.
        Words: float array
        /// Pair counts, V x V row-major, symmetric.
        Pairs: float array
    }

/// Frequencies as the simulator takes them, self-pairs neutral.
type Frequencies =
    {
        /// P_i, length V.
        Words: float array
        /// P_ij, V x V row-major, exactly symmetric.
        Pairs: float array
    }

module Corpus =

    /// Counts of the v most frequent words.
    let leading (counts: CooccurrenceCounts) v : LeadingCounts =
        let words, pairs = EmbeddedCounts.leading counts v

        {
            All = counts
            Words = Array.map float words
            Pairs = pairs
        }

    /// P_i and P_ij on the theory's side.
    let statistics (theory: Theory) (counts: LeadingCounts) =
        theory.Statistics counts.Words counts.Pairs

    /// P_i and P_ij as the simulator takes them.
    let frequencies (counts: LeadingCounts) : Frequencies =
        let simulated = CorpusFrequencies(counts.All, counts.Words.Length)

        {
            Words = simulated.Words
            Pairs = simulated.DenseJoint().Values
        }

    // One word's factor times the other's first: symmetric to the bit, as the objective asks.
    let private outer (x: float array) =
        let v = x.Length
        Array.init (v * v) (fun e -> x[e / v] * x[e % v])

    let private normalised (x: float array) =
        let total = Array.sum x
        x |> Array.map (fun value -> value / total)

    /// L_xe as the simulator has it: a, b, c, d of Eq. (6).
    let crossEntropy = struct (0.0, 1.0, 0.5, -1.0)

    /// L_sym.
    let symmetric = struct (0.25, 1.0, 0.25, -1.0)

    /// A loss (a, b, c, d) on text subsampled with Psi: p_ij ~ Psi_i Psi_j P_ij and q_ij = q_i q_j with q_i ~ Psi_i P_i, each of total
    /// mass 1.
    let objective (frequencies: Frequencies) (psi: float array) struct (a: float, b: float, c: float, d: float) =
        let v = psi.Length
        let q = Array.map2 (*) psi frequencies.Words |> normalised
        let p = Array.map2 (*) (outer psi) frequencies.Pairs |> normalised
        PairwiseObjective.FromWeights(DenseMatrix(v, v, p), DenseMatrix(v, v, outer q), a, b, c, d)
