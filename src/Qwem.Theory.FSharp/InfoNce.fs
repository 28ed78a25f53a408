namespace Qwem.Theory

open System
open Qwem.Theory.Hypothesis

/// <summary>The contrastive loss of SimCLR in full, and the steps by which the paper makes it quadratic.</summary>
/// <remarks>
/// v1 Appendix A.1, Eqs. (16) to (20); docs/derivations.md section 2.5. In the limit of many samples, without the constant log B,
/// L(M) = -beta sum P_ij M_ij + sum_i P_i log sum_k P_k e^{beta M_ik}. Eq. (18) replaces log x by x - 1, an upper bound; Eq. (19) expands
/// e^{beta M} to second order. The second-order term of log E e^X is Var(X)/2, not E X^2/2: Eq. (20), which is beta times
/// QuadraticLoss.SimClr(beta), exceeds the expansion about the origin by (beta^2/2) sum_i P_i (sum_k P_k M_ik)^2.
/// Cost V^2 per evaluation. All sums are compensated.
/// </remarks>
[<Sealed>]
type InfoNceLoss
    /// <summary>The loss for one corpus and temperature.</summary>
    /// <param name="statistics">P_i and P_ij; the margins of P_ij need not be P_i.</param>
    /// <param name="inverseTemperature">beta, positive.</param>
    /// <exception cref="T:Qwem.Theory.HypothesisException"><paramref name="inverseTemperature"/> is not positive and finite.</exception>
    (statistics: CorpusStatistics, inverseTemperature: float) =
    let beta = inverseTemperature
    let size = statistics.VocabularySize
    let unigram = statistics.UnigramArray
    let joint = statistics.JointArray

    do positive "positive inverse temperature" "inverseTemperature" beta

    let row (model: float[]) i =
        Array.init size (fun k -> beta * model[i * size + k])

    // sum_k P_k f(beta M_ik)
    let mean (scores: float[]) (f: float -> float) =
        CorpusStatistics.Sum(Array.map2 (fun p x -> p * f x) unigram scores)

    // -beta sum P_ij M_ij + sum_i P_i f(row i)
    let evaluate (model: float[]) (f: float[] -> float) =
        hasLength "model" model (size * size) "V * V"
        allFinite "model" model

        CorpusStatistics.Sum(Array.init size (fun i -> unigram[i] * f (row model i)))
        - beta * CorpusStatistics.Sum(Array.map2 (*) joint model)

    let variance scores =
        let centre = mean scores id
        mean scores (fun x -> (x - centre) * (x - centre))

    /// <summary>One term of Eq. (16) as printed: -log(e^{beta m_j} / sum over k other than j of e^{beta m_k}).</summary>
    /// <param name="scores">Inner products of one sample with the others of its batch, finite, at least 2.</param>
    /// <param name="positivePair">j, index of the observed pair.</param>
    /// <param name="inverseTemperature">beta, positive.</param>
    /// <returns>The term; negative when the observed pair outweighs all others together.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">An argument leaves its range.</exception>
    static member Term(scores: float[], positivePair: int, inverseTemperature: float) : float =
        positive "positive inverse temperature" "inverseTemperature" inverseTemperature
        allFinite "scores" scores

        if scores.Length < 2 then
            broken "a batch with another sample" "scores" $"scores has {scores.Length} entries; allowed: 2 or more"

        if positivePair < 0 || positivePair >= scores.Length then
            broken
                "an index of the batch"
                "positivePair"
                $"positivePair = {positivePair}; allowed: 0 to {scores.Length - 1}"

        let others =
            scores |> Array.indexed |> Array.filter (fun (k, _) -> k <> positivePair)

        let top = others |> Array.map snd |> Array.max

        let total =
            CorpusStatistics.Sum(Array.map (fun (_, m) -> exp (inverseTemperature * (m - top))) others)

        inverseTemperature * (top - scores[positivePair]) + log total

    /// <summary>beta.</summary>
    member _.InverseTemperature = beta

    /// <summary>The loss itself: Eq. (17) without log B. 0 at M = 0.</summary>
    /// <param name="model">M, V x V row-major.</param>
    /// <returns>The loss; adding a constant to a row of M changes it only if the margins of P_ij are not P_i.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException"><paramref name="model"/> is not V x V or not finite.</exception>
    member _.Evaluate(model: float[]) : float =
        evaluate model (fun scores ->
            let top = Array.max scores
            top + log (mean scores (fun x -> exp (x - top))))

    /// <summary>Eq. (18) without log B: log x replaced by x - 1. Never below Evaluate.</summary>
    /// <param name="model">M, V x V row-major.</param>
    /// <returns>The upper bound.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException"><paramref name="model"/> is not V x V or not finite.</exception>
    member _.WithoutLogarithm(model: float[]) : float =
        evaluate model (fun scores -> mean scores exp - 1.0)

    /// <summary>Eqs. (19), (20) without log B: second moments. Equals beta times QuadraticLoss.SimClr(beta).</summary>
    /// <param name="model">M, V x V row-major.</param>
    /// <returns>The quadratic loss as printed.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException"><paramref name="model"/> is not V x V or not finite.</exception>
    member _.AsPrinted(model: float[]) : float =
        evaluate model (fun scores -> mean scores (fun x -> x + 0.5 * x * x))

    /// <summary>The expansion of Evaluate about the origin to second order: variances where Eq. (20) has second moments.</summary>
    /// <param name="model">M, V x V row-major.</param>
    /// <returns>The quadratic loss, within Bound of Evaluate.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException"><paramref name="model"/> is not V x V or not finite.</exception>
    member _.Expansion(model: float[]) : float =
        evaluate model (fun scores -> mean scores id + 0.5 * variance scores)

    /// <summary>How far Expansion can be from Evaluate: sum_i P_i w_i^3 / (36 sqrt 3), w_i the range of beta M_ik over k.</summary>
    /// <remarks>The third derivative of log E e^{tX} is a third central moment under a tilted distribution; on an interval of width w it is at most
    /// w^3 / (6 sqrt 3), and the remainder is a sixth of that.</remarks>
    /// <param name="model">M, V x V row-major.</param>
    /// <returns>The bound.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException"><paramref name="model"/> is not V x V.</exception>
    member _.Bound(model: float[]) : float =
        hasLength "model" model (size * size) "V * V"

        CorpusStatistics.Sum(
            Array.init size (fun i ->
                let scores = row model i
                let width = Array.max scores - Array.min scores
                unigram[i] * width * width * width)
        )
        / (36.0 * sqrt 3.0)

    member internal _.Content = beta, unigram, joint

    /// <summary>Are temperature and corpus equal?</summary>
    override this.Equals other =
        match other with
        | :? InfoNceLoss as x -> x.Content = this.Content
        | _ -> false

    /// <summary>Of the same.</summary>
    override this.GetHashCode() = hash this.Content

    /// <summary>Temperature and size.</summary>
    override _.ToString() =
        $"contrastive loss, beta = {Show.number beta}, V = {size}"
