namespace Qwem.Theory

open System
open Qwem.Theory.Hypothesis

/// <summary>How far Theorem 4.3 may be off because a random start is not aligned with the target: the term that it drops, mode by mode.</summary>
/// <remarks>
/// <para>The half-rise of mode k is an eigenvalue problem. By the exact solution M(t) = E R' N^-1 R E with N = 1 + R Phi R', R the triangular
/// factor of the start, E = diag(e^{kappa lambda_j t}) and phi_j = (E_j^2 - 1) / lambda_j. As many eigenvalues of M(t) exceed mu as
/// A = R (E^2 - mu Phi) R' has eigenvalues above mu (Sylvester's law of inertia), so mode k passes mu = lambda_k / 2 exactly when the k-th
/// eigenvalue of A does. With D_j = E_j^2 - mu phi_j the diagonal part of A has the entries a_j = D_j R_jj^2, and a_k = mu is Theorem 4.3 with
/// lambda_k(0) = R_kk(0)^2. Two modes i &lt; j couple by the block ((a_i + D_j R_ij^2, D_j R_ij R_jj), (., a_j)), whose determinant is
/// a_i a_j whatever R_ij is: the coupling multiplies the larger eigenvalue by e^delta and the smaller one by e^-delta with
/// e^delta = (1 + q + p + ((1 + q + p)^2 - 4 q)^{1/2}) / 2, q the smaller over the larger of a_i and a_j, p = D_j R_ij^2 over the larger; near
/// ties included. A mode beyond d has no row of its own: a_i grows by the factor 1 + p.</para>
/// <para>eta_k, the sum of delta over all partners of mode k, bounds |ln| of the change of the k-th eigenvalue to leading order. Pairs of
/// pairs come in at order eta^2 and are counted as the rest of a geometric series, eta / (1 - eta) in all. Near the crossing
/// a_k is proportional to e^{2 kappa lambda_k t}, so a change by e^c moves the time by c / (2 kappa lambda_k), which is
/// c / ln(lambda_k / R_kk(0)^2) of it: the constant is 1 for a change of A, and 2 for a change of the variance itself
/// (docs/derivations.md, section 6.7, which comes to the same sum from the other side).</para>
/// </remarks>
[<AbstractClass; Sealed>]
type Misalignment private () =

    // ln |E_j^2 - mu phi_j| and its sign.
    static let development lambda mu kappaTime =
        let x = 2.0 * lambda * kappaTime

        if x > 600.0 then
            struct (x + log (abs (1.0 - mu / lambda)), lambda > mu)
        else
            let phi = if abs x < 1e-8 then 2.0 * kappaTime else (exp x - 1.0) / lambda
            let d = exp x - mu * phi
            struct (log (abs d), d > 0.0)

    // delta of the pair from ln a_i, ln a_j and ln (D_j R_ij^2).
    static let coupled lnA lnB lnCoupling =
        let top = max lnA lnB
        let q, p = exp (min lnA lnB - top), exp (lnCoupling - top)
        let sum = 1.0 + q + p
        // ((sum^2 - 4 q)^{1/2} - (1 - q)) / 2 + p / 2 above 1, without cancellation.
        let root = sqrt (max 0.0 (sum * sum - 4.0 * q))
        let inner = p * (2.0 + 2.0 * q + p)
        let above = 0.5 * (p + (if inner = 0.0 then 0.0 else inner / (root + 1.0 - q)))
        if above < 1e-8 then above else log (1.0 + above)

    static let shifts (exact: ExactSolution) (timeOf: int -> float -> float<kappaTime>) =
        let v, d = exact.VocabularySize, exact.EmbeddingDimension
        let r = exact.At(0.0<kappaTime>).EmbeddingsInEigenbasis().Values
        let lambda = exact.Eigenvalues()
        let diagonal k = r[k * v + k] * r[k * v + k]

        Array.init d (fun k ->
            let variance = diagonal k

            if not (variance > 0.0 && variance < lambda[k]) then
                infinity
            else
                let mu, time = 0.5 * lambda[k], float (timeOf k variance)

                if not (time > 0.0) then
                    infinity
                else
                    let at j = development lambda[j] mu time
                    let struct (lnOwn, _) = at k
                    let own = lnOwn + log variance
                    let coupling i j lnD = lnD + 2.0 * log (abs r[i * v + j])

                    let ahead i =
                        let struct (lnD, _) = at i
                        coupled (lnD + log (diagonal i)) own (coupling i k lnOwn)

                    let behind j =
                        let struct (lnD, isPositive) = at j
                        let square = coupling k j lnD

                        if j < d && isPositive then
                            coupled own (lnD + log (diagonal j)) square
                        else
                            exp (square - own)

                    Seq.sum (Seq.init k ahead)
                    + Seq.sum (Seq.init (v - k - 1) (fun n -> behind (k + 1 + n))))

    /// <summary>Below this eta the term that leading order leaves out, eta^2 / (1 - eta), is smaller than eta itself; above it the
    /// approximation says nothing.</summary>
    static member Limit = 0.5

    /// <summary>eta_k of every mode at its own half-rise time from R_kk(0)^2.</summary>
    /// <param name="exact">The exact solution from the start.</param>
    /// <returns>d numbers; infinite for a mode that is not learned or starts above its plateau.</returns>
    static member Shifts(exact: ExactSolution) : float[] =
        let lambda = exact.Eigenvalues()
        shifts exact (fun k variance -> AlignedSolution.HalfRiseTime(variance, lambda[k]))

    /// <summary>eta_k of every mode at the half-rise time from one variance for all.</summary>
    /// <param name="exact">The exact solution from the start.</param>
    /// <param name="variance">lambda(0), positive: sigma^2 in the paper.</param>
    /// <returns>d numbers; infinite for a mode that is not learned or starts above its plateau.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">The variance is not positive and finite.</exception>
    static member Shifts(exact: ExactSolution, variance: float) : float[] =
        positive "positive variance" "variance" variance
        let lambda = exact.Eigenvalues()

        shifts exact (fun k _ ->
            if variance < lambda[k] then
                AlignedSolution.HalfRiseTime(variance, lambda[k])
            else
                nan * 1.0<kappaTime>)

    /// <summary>Bound of the relative error of a half-rise time from R_kk(0)^2: eta / (1 - eta) / ln(lambda / lambda(0)).</summary>
    /// <param name="misalignment">eta_k, non-negative.</param>
    /// <param name="rise">ln(lambda_k / lambda_k(0)), positive.</param>
    /// <returns>The bound; infinite for eta from 1 on.</returns>
    static member HalfRiseShift(misalignment: float, rise: float) : float =
        if misalignment < 1.0 then
            misalignment / ((1.0 - misalignment) * rise)
        else
            infinity

    /// <summary>Bound of the relative error of a half-rise time when sigma^2 stands for R_kk(0)^2, by the law of R_kk(0)^2 for a Gaussian
    /// start.</summary>
    /// <remarks>n R_kk(0)^2 / sigma^2 * d / n is chi-square with n = d - k + 1 degrees of freedom (k from 1), of mean n. By Chernoff's bound its
    /// ratio x to its mean has P(ln x &lt; u) at most exp(-n (e^u - 1 - u) / 2) for u &lt; 0, and the same above for u > 0; the lower tail is
    /// the longer one. u solves e^u - 1 - u = z^2 / n, so that the probability is e^{-z^2 / 2} as for z standard errors of a normal
    /// variable (z (2 / n)^{1/2} for large n). The bound is (ln(d / n) + |u|) / ln(lambda / sigma^2).</remarks>
    /// <param name="dimension">d.</param>
    /// <param name="k">The mode, from 0, below d.</param>
    /// <param name="rise">ln(lambda_k / sigma^2), positive.</param>
    /// <param name="standardErrors">z, positive.</param>
    /// <returns>The bound.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">k is not from 0 to d - 1, or z not positive.</exception>
    static member StartShift(dimension: int, k: int, rise: float, standardErrors: float) : float =
        if k < 0 || k >= dimension then
            broken "a mode of the model" "k" $"k = {k}; allowed: 0 to {dimension - 1}"

        positive "a positive number of standard errors" "standardErrors" standardErrors
        let freedom = float (dimension - k)
        let rate = standardErrors * standardErrors / freedom

        // Decreasing in u < 0, with its root between -(rate + 1) and 0.
        let rec root low high left =
            let u = 0.5 * (low + high)

            if left = 0 then u
            elif exp u - 1.0 - u > rate then root u high (left - 1)
            else root low u (left - 1)

        (log (float dimension / freedom) + abs (root -(rate + 1.0) 0.0 60)) / rise
