namespace Qwem.Theory

open System
open Qwem.Theory.Hypothesis

/// <summary>Marchenko-Pastur: the limiting eigenvalue law of R R' / d for R (N x d) with independent entries of variance sigma^2.</summary>
/// <remarks>
/// final section 4 and Appendix A.6; docs/derivations.md section 8.1. gamma = N / d: N word pairs (rows) over d embedding dimensions
/// (columns). Edges sigma^2 (1 -+ sqrt(gamma))^2; density sqrt((l+ - x)(x - l-)) / (2 pi gamma sigma^2 x); mass max(0, 1 - 1/gamma) at zero.
/// Distribution: with x / sigma^2 = 1 + gamma - 2 sqrt(gamma) cos(phi), q = min(sqrt(gamma), 1 / sqrt(gamma)) and psi = arg(1 / (1 - q e^(i phi))),
/// the mass up to x is mass at zero + min(1, 1/gamma) (phi + psi - (psi - q sin(phi)) / q^2) / pi: the integral of
/// (2 / pi) sin^2(phi) / (1 + gamma - 2 sqrt(gamma) cos(phi)), in a form that serves gamma below and above one alike.
/// Units: eigenvalues and sigma^2 share one. Accuracy of the distribution: 1e-12 absolute (MarchenkoPasturTests; 50-digit references).
/// </remarks>
[<Sealed>]
type MarchenkoPastur
    /// <summary>The law of given ratio and variance.</summary>
    /// <param name="ratio">gamma = N / d, positive.</param>
    /// <param name="variance">sigma^2, the variance of an entry of R, positive.</param>
    /// <exception cref="T:Qwem.Theory.HypothesisException">An argument is not positive and finite.</exception>
    (ratio: float, variance: float) =

    do
        positive "a positive ratio N / d" "ratio" ratio
        positive "entries of positive variance" "variance" variance

    let root = sqrt ratio
    let q = min root (1.0 / root)
    // 1 - sqrt(gamma) from 1 - gamma, which is exact near one.
    let gap = (1.0 - ratio) / (1.0 + root)
    let lower = variance * gap * gap
    let upper = variance * (1.0 + root) * (1.0 + root)
    let atZero = max 0.0 ((ratio - 1.0) / ratio)
    let continuous = min 1.0 (1.0 / ratio)

    // The continuous mass up to the angle phi, as a share of the whole of it.
    let share (phi: float) =
        let sine = sin phi

        if q < 0.1 then
            // psi = sum q^n sin(n phi) / n; the first term of (psi - q sin(phi)) / q^2 is then removed by hand.
            let mutable psi = q * sine
            let mutable rest = 0.0
            let mutable power = 1.0
            let mutable n = 2

            while power > 1e-18 do
                let term = power * sin (float n * phi) / float n
                rest <- rest + term
                psi <- psi + q * q * term
                power <- power * q
                n <- n + 1

            (phi + psi - rest) / Math.PI
        else
            let half = sin (0.5 * phi)
            let toOne = abs gap / max 1.0 root
            let psi = atan2 (q * sine) (toOne + 2.0 * q * half * half)
            (phi + psi - (psi - q * sine) / (q * q)) / Math.PI

    /// <summary>gamma = N / d.</summary>
    member _.Ratio = ratio

    /// <summary>sigma^2.</summary>
    member _.Variance = variance

    /// <summary>l- = sigma^2 (1 - sqrt(gamma))^2, where the continuous part begins.</summary>
    member _.LowerEdge = lower

    /// <summary>l+ = sigma^2 (1 + sqrt(gamma))^2, where it ends.</summary>
    member _.UpperEdge = upper

    /// <summary>max(0, 1 - 1/gamma): the share of eigenvalues that vanish because R has more rows than columns.</summary>
    member _.MassAtZero = atZero

    /// <summary>The density of the continuous part.</summary>
    /// <param name="eigenvalue">x, finite.</param>
    /// <returns>Mass per unit of eigenvalue; 0 outside the edges, +infinity at 0 for gamma = 1.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException"><paramref name="eigenvalue"/> is not finite.</exception>
    member _.Density(eigenvalue: float) : float =
        finite "eigenvalue" eigenvalue

        if eigenvalue < lower || eigenvalue > upper then
            0.0
        elif eigenvalue = 0.0 then
            infinity
        else
            sqrt (upper - eigenvalue) * sqrt (eigenvalue - lower)
            / (2.0 * Math.PI * ratio * variance * eigenvalue)

    /// <summary>The share of eigenvalues up to x, those at zero included.</summary>
    /// <param name="eigenvalue">x, finite.</param>
    /// <returns>A number from 0 to 1.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException"><paramref name="eigenvalue"/> is not finite.</exception>
    member _.Distribution(eigenvalue: float) : float =
        finite "eigenvalue" eigenvalue

        if eigenvalue < 0.0 then
            0.0
        elif eigenvalue <= lower then
            atZero
        elif eigenvalue >= upper then
            1.0
        else
            let phi = 2.0 * atan2 (sqrt (eigenvalue - lower)) (sqrt (upper - eigenvalue))
            min 1.0 (atZero + continuous * share phi)

    /// <summary>The smallest x with Distribution(x) at least p.</summary>
    /// <param name="probability">p, from 0 to 1.</param>
    /// <returns>An eigenvalue; 0 for p up to the mass at zero (if there is any), the lower edge for p = 0 otherwise.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException"><paramref name="probability"/> is not between 0 and 1.</exception>
    member _.Quantile(probability: float) : float =
        if not (probability >= 0.0 && probability <= 1.0) then
            broken "a probability" "probability" $"probability = {probability}; allowed: 0 to 1"

        if atZero > 0.0 && probability <= atZero then
            0.0
        elif probability = 0.0 then
            lower
        elif probability = 1.0 then
            upper
        else
            let wanted = (probability - atZero) / continuous
            let mutable low = 0.0
            let mutable high = Math.PI

            for _ in 1..60 do
                let middle = 0.5 * (low + high)

                if share middle < wanted then low <- middle else high <- middle

            let half = sin (0.25 * (low + high))
            lower + (upper - lower) * half * half

    /// <summary>The n-th moment of the law, zeros included, for n = 1 to 4.</summary>
    /// <remarks>sigma^2n times 1; 1 + gamma; 1 + 3 gamma + gamma^2; 1 + 6 gamma + 6 gamma^2 + gamma^3 (Narayana numbers).</remarks>
    /// <param name="order">n, 1 to 4.</param>
    /// <returns>The mean n-th power of an eigenvalue.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException"><paramref name="order"/> is not 1 to 4.</exception>
    member _.Moment(order: int) : float =
        match order with
        | 1 -> variance
        | 2 -> variance ** 2.0 * (1.0 + ratio)
        | 3 -> variance ** 3.0 * (1.0 + ratio * (3.0 + ratio))
        | 4 -> variance ** 4.0 * (1.0 + ratio * (6.0 + ratio * (6.0 + ratio)))
        | _ -> broken "a moment with a closed form here" "order" $"order = {order}; allowed: 1 to 4"

    member internal _.Content = ratio, variance

    /// <summary>Are ratio and variance equal?</summary>
    override this.Equals other =
        match other with
        | :? MarchenkoPastur as x -> x.Content = this.Content
        | _ -> false

    /// <summary>Of the same.</summary>
    override this.GetHashCode() = hash this.Content

    /// <summary>Ratio, variance and edges.</summary>
    override _.ToString() =
        $"Marchenko-Pastur law, N / d = {Show.number ratio}, variance {Show.number variance}: {Show.number lower} to {Show.number upper}"
