namespace Qwem.Validation.Errata

open Qwem.Sim.Cooccurrence
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Threading
open Qwem.Theory
open Qwem.Validation
open Qwem.Validation.Errata.Samples

/// Errata of the losses and of subsampling, on the leading words of real counts.
module LossErrata =

    /// Leading words of the embedded statistics: enough for the effects, and seconds instead of minutes.
    let private vocabularySize = 200

    /// Statistics of the leading words, self-pairs neutral.
    let internal corpus (counts: CooccurrenceCounts) =
        let words, pairs = EmbeddedCounts.leading counts vocabularySize
        CorpusStatistics.FromCounts(Array.map float words, pairs).WithNeutralSelfPairs()

    let private xeConstant (stats: CorpusStatistics) =
        let joint = stats.Joint.ToArray()
        let p = stats.Unigram.ToArray()
        let independent = Array.allPairs p p |> Array.map (fun (a, b) -> a * b)
        let linear = Array.map2 (-) joint independent
        let size = maxAbs linear

        let gap reading =
            let target =
                match reading with
                | Corrected -> QuadraticLoss.Xe.Target stats
                | AsPrinted -> QuadraticLoss(0.0, 1.0, 1.0, -1.0).Target stats

            // Half the gradient of Eq. (4) in M: P_iP_j M - (P_ij - P_iP_j).
            Array.map3 (fun q m l -> abs (q * m - l)) independent target linear
            |> Curves.worst
            |> fun worst -> worst / size

        {
            Id = "xe-constant"
            Metric = "largest gradient of Eq. (4) at the target, relative to that at 0"
            Bound = 8.0 * u * Array.max joint / size
            Because = "rounding: four operations on numbers up to the largest P_ij, on each side"
            Gap = gap
        }

    let private sgnsFactor (stats: CorpusStatistics) team =
        let v = stats.VocabularySize
        let pairs = PairWeights.Uniform(stats, 1.0)
        let sgns = SgnsLoss pairs
        let d = 8
        let w = DenseMatrix(v, d, gaussian 11UL (v * d) |> Array.map (fun x -> 0.3 * x))
        let model = DenseMatrix(v, v)
        MatrixProduct.Multiply(1.0, w, false, w, true, 0.0, model, team)
        let exact = sgns.Evaluate model.Values
        let quadratic = QuadraticLoss.Sym.Evaluate(stats, model.Values)

        {
            Id = "sgns-factor"
            Metric = "distance of L_SGNS from its quadratic expansion, in units of the guaranteed remainder sum x^4/192"
            Bound = 1.0
            Because = "the remainder of log(1 + e^-x) after the quadratic term is at most x^4/192"
            Gap =
                fun reading ->
                    let factor = if reading = Corrected then 0.5 else 1.0
                    abs (exact - sgns.Offset - factor * quadratic) / sgns.Bound model.Values
        }

    let private subsamplingSign (stats: CorpusStatistics) =
        let subsampled = stats.Subsample(stats.InverseFrequency())
        let plain = QuadraticLoss.Xe.Target stats
        let reweighted = QuadraticLoss.Xe.Target subsampled.Statistics
        let z = subsampled.Z

        {
            Id = "subsampling-sign"
            Metric = "largest difference between the target of subsampled text and the law"
            Bound = float stats.VocabularySize * u * maxAbs plain
            Because = "rounding: V u relative for the normalisations, times the largest entry"
            Gap =
                fun reading ->
                    let shift = if reading = Corrected then z - 1.0 else 1.0 - z

                    Array.map2 (fun target m -> abs (target - (z * m + shift))) reweighted plain
                    |> Curves.worst
        }

    let all (stats: CorpusStatistics) (team: WorkerTeam) : Measurement list =
        [ xeConstant stats; sgnsFactor stats team; subsamplingSign stats ]
