namespace Qwem.Validation

open System
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Training
open Qwem.Theory

/// What the simulator weighs pairs with: p_ij of positive and q_ij of negative pairs, V x V, symmetric to the bit.
type PairMeasures =
    {
        Positive: DenseMatrix
        Negative: DenseMatrix
    }

module PairMeasures =

    let private pairwise (frequencies: Frequencies) (weigh: int -> int -> float -> float -> struct (float * float)) =
        let p = frequencies.Words
        let v = p.Length
        let positive, negative = DenseMatrix(v, v), DenseMatrix(v, v)

        for i in 0 .. v - 1 do
            for j in 0 .. v - 1 do
                let struct (wanted, unwanted) = weigh i j frequencies.Pairs[i * v + j] (p[i] * p[j])
                positive[i, j] <- wanted
                negative[i, j] <- unwanted

        {
            Positive = positive
            Negative = negative
        }

    /// Both signs together weigh every pair of words alike: p + q = (1 + k) / V^2.
    let constant (frequencies: Frequencies) (ratio: float) =
        let v = float frequencies.Words.Length

        pairwise frequencies (fun _ _ joint independent ->
            let scale = (1.0 + ratio) / (v * v) / (joint + ratio * independent)
            struct (scale * joint, scale * (ratio * independent)))

    let private meanOne (values: float array) =
        let mean = Array.average values
        values |> Array.map (fun x -> x / mean)

    /// word2vec's threshold of subsampling.
    let threshold = 1e-5

    /// word2vec's: subsampling of both words of a positive pair and of the centre of a negative one, whose other word is drawn as P^{3/4};
    /// made symmetric by the mean of both orders, as the authors' program does.
    let word2Vec (frequencies: Frequencies) (ratio: float) =
        let accepted =
            frequencies.Words
            |> Array.map (fun p -> Math.Min(1.0, threshold / p + Math.Sqrt(threshold / p)))
            |> meanOne

        // P^{3/4} / P; square roots are exact to the last bit on every platform, powers are not.
        let drawn = frequencies.Words |> Array.map (fun p -> 1.0 / sqrt (sqrt p)) |> meanOne

        pairwise frequencies (fun i j joint independent ->
            let either = 0.5 * (accepted[i] * drawn[j] + accepted[j] * drawn[i])
            struct (accepted[i] * accepted[j] * joint, ratio * either * independent))

    /// A loss (a, b, c, d) under two measures.
    let objective (measures: PairMeasures) struct (a: float, b: float, c: float, d: float) =
        PairwiseObjective.FromWeights(measures.Positive, measures.Negative, a, b, c, d)

    /// The flow of SGNS under two measures.
    let logistic (measures: PairMeasures) (start: DenseMatrix) team =
        LogisticField(measures.Positive, measures.Negative, start, team)

/// What a theory makes of the two ways of weighing pairs, at k negative pairs per positive one.
module PairTheory =

    /// P_i and P_ij, counted again only where a theory counts otherwise.
    let statistics (counts: LeadingCounts) =
        Prediction(fun theory -> Corpus.statistics theory counts)

    /// M*, V x V, where both signs together weigh every pair of words alike.
    let target (statistics: Prediction<CorpusStatistics>) ratio (theory: Theory) =
        let loss = theory.Symmetric().WithNegativeRatio(theory.NegativeRatio ratio)
        theory.Target loss (statistics.Of theory)

    /// g of L_sym there, V words.
    let weight v ratio (theory: Theory) =
        theory.EvenWeight (theory.Symmetric()) (theory.NegativeRatio ratio) v

    /// word2vec's measures.
    let word2Vec (statistics: Prediction<CorpusStatistics>) ratio (theory: Theory) =
        let statistics = statistics.Of theory
        let words = statistics.Unigram()
        let kept = words |> Array.map (theory.Keep PairMeasures.threshold)
        let drawn = words |> Array.map (fun p -> p ** theory.NegativePower())
        Word2Vec.Measures(statistics, kept, drawn, theory.NegativeRatio ratio)

    /// B of the expansion of SGNS under word2vec's measures.
    let linearTerm statistics ratio (theory: Theory) =
        let pairs: PairWeights = word2Vec statistics ratio theory
        Linearisation.Matrix(theory.SkipGram(), pairs.Observed(), pairs.Independent())

    /// How SGNS starts out under them, by the derived theory.
    let start statistics ratio team =
        let pairs: PairWeights = word2Vec statistics ratio Theory.derived
        let spectrum = Dense.spectrum (linearTerm statistics ratio Theory.derived) team
        Linearisation(Theory.derived.SkipGram(), pairs.Observed(), pairs.Independent(), spectrum)
