namespace Qwem.Validation.GeneralWeight

open Qwem.Theory
open Qwem.Validation.Limits

/// The rank-one theory of one loss, and what it says of the true weight.
type Theory =
    {
        /// g of G ~ g g'.
        Weights: float array
        Residual: float
        /// G_ij / (g_i g_j).
        Ratio: float array
        Minimiser: Prediction
        Scaled: float array
        /// The loss of the minimiser under the true weight, in the loss's own unit (0 at W = 0).
        Above: float
        /// A lower bound of the loss of every model of rank d.
        Below: float
    }

module Theory =

    /// The rank-one theory of a loss on a corpus.
    let make (statistics: CorpusStatistics) d team (loss: QuadraticLoss) =
        let v = statistics.VocabularySize
        let weight, target = loss.Weight statistics, loss.Target statistics
        let approximation = RankOneApproximation weight
        let g = approximation.Weights.ToArray()
        let minimiser = Prediction.minimiser g target d team
        let ratio = weight |> Array.mapi (fun e w -> w / (g[e / v] * g[e % v]))

        let misfit (weights: float array) =
            Array.map3 (fun w m t -> w * (m - t) * (m - t)) weights minimiser.Model target
            |> Array.sum

        let least = misfit (Array.init (v * v) (fun e -> g[e / v] * g[e % v]))
        let constant = loss.Constant statistics

        {
            Weights = g
            Residual = approximation.RelativeResidual
            Ratio = ratio
            Minimiser = minimiser
            Scaled = RankOneWeights(g, target).ScaledTarget()
            Above = misfit weight + constant
            Below = Array.min ratio * least + constant
        }
