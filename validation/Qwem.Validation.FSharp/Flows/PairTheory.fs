/// The theory's own reading of how pairs are weighed.
module Qwem.Validation.Flows.PairTheory

open System
open Qwem.Theory

/// The target of L_sym where all pairs weigh alike at the negative ratio k, and its clock kappa = 4 g: the two measures add up to
/// (1 + k) / V^2 for every pair of words.
let constant (statistics: CorpusStatistics) (ratio: float) =
    let pairs = QuadraticLoss.Sym.OmniscientPairs(statistics, ratio)
    let v = float statistics.VocabularySize
    let scale = (1.0 + ratio) / (v * v)
    QuadraticLoss.Sym.Target pairs, 4.0 * QuadraticLoss.ConstantWeight * scale

/// What of word2vec's weights is taken to be true.
type Word2VecBelief =
    {
        /// Whether frequent words are subsampled.
        Subsampled: bool
        /// Whether negatives are drawn as P^{3/4} rather than as P.
        PowerOfNegatives: bool
    }

/// The measures of word2vec at negative ratio k: Psi+_ij = a_i a_j and Psi-_ij = (a_i n_j + a_j n_i) / 2 with the acceptance
/// a_i ~ min(1, t/P_i + sqrt(t/P_i)), t = 1e-5, and n_i ~ P_i^{3/4} / P_i, each of mean 1 over the vocabulary.
let word2Vec (belief: Word2VecBelief) (statistics: CorpusStatistics) ratio =
    let v = statistics.VocabularySize
    let unigram = statistics.Unigram.ToArray()
    let threshold = 1e-5

    let normalised (x: float array) =
        let mean = Array.sum x / float v
        x |> Array.map (fun value -> value / mean)

    let acceptance =
        normalised (
            unigram
            |> Array.map (fun p ->
                if belief.Subsampled then
                    Math.Min(1.0, (1.0 + Math.Sqrt(p / threshold)) * threshold / p)
                else
                    1.0)
        )

    let negatives =
        normalised (
            unigram
            |> Array.map (fun p -> if belief.PowerOfNegatives then 1.0 / Math.Sqrt(Math.Sqrt p) else 1.0)
        )

    let each f =
        Array.init (v * v) (fun e -> f (e / v) (e % v))

    PairWeights(
        statistics,
        each (fun i j -> acceptance[i] * acceptance[j]),
        each (fun i j -> 0.5 * (acceptance[i] * negatives[j] + acceptance[j] * negatives[i])),
        ratio
    )
