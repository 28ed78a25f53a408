namespace Qwem.Theory

open System.Runtime.InteropServices
open Qwem.Theory.Hypothesis

/// <summary>One shared direction over noise of given column variances: threshold, outlier and overlaps (Baik-Ben Arous-Peche).</summary>
/// <remarks>
/// docs/derivations.md section 8.2. Model: R = Y + 1 mu', N x d; Y has independent entries of mean 0 and variance v_k in column k;
/// every row carries the same mean mu = sqrt(strength) e, |e| = 1. Spectrum of S = R R' / d, gamma = N / d, q = 1 / sqrt(N).
/// Derivation. R / sqrt(d) = A + theta q1 e' with A = Y / sqrt(d), q1 = 1 / sqrt(N), theta^2 = N |mu|^2 / d = gamma strength. Beyond the
/// bulk, z is an eigenvalue of S iff 1 = theta^2 z phi chi, phi = q1'(z - AA')^-1 q1, chi = e'(z - A'A)^-1 e (the mixed terms vanish).
/// Rows are exchangeable: phi = -m(z) = 1 / (gamma alpha). The resolvent of A'A is equivalent to -(1/z)(1 + gamma m diag(v))^-1, so that
/// chi = (1/z) sum_k e_k^2 alpha / (alpha - v_k). The condition becomes sum_k mu_k^2 / (alpha - v_k) = 1: alpha is an eigenvalue of
/// diag(v) + mu mu', the second moment of a row. The mean thus acts as a spike of that population; it shows iff
/// alpha exceeds the critical point alpha_c of the upper edge, and then at z(alpha) = gamma alpha + int v dH + int v^2 dH / (alpha - v).
/// Overlaps are residues at that pole, Q = sum_k mu_k^2 / (alpha - v_k)^2: |left . q1|^2 = z'(alpha) / (gamma alpha Q),
/// |right . e|^2 = alpha z'(alpha) / (z strength Q).
/// Only the topmost outlier is given; a mean can also push eigenvalues into gaps of the bulk. Limits N, d -> infinity at fixed gamma and H;
/// fluctuations of the outlier are O(N^-1/2), of the bulk's edge O(N^-2/3).
/// White noise v = sigma^2: threshold sigma^2 / sqrt(gamma), outlier (sigma^2 + l)(gamma + sigma^2 / l) for l = strength.
/// </remarks>
[<Sealed>]
type Spikes
    /// <summary>A direction over noise.</summary>
    /// <param name="variances">v_k of each of the d columns, non-negative, at least one positive.</param>
    /// <param name="direction">The direction of the mean, length d, not zero; its length does not matter.</param>
    /// <param name="rows">N, positive.</param>
    /// <exception cref="T:Qwem.Theory.HypothesisException">Lengths differ or an argument leaves its range.</exception>
    (variances: float[], direction: float[], rows: int) =

    do
        hasLength "direction" direction variances.Length "one per variance"
        allFinite "direction" direction

    let law = GeneralisedMarchenkoPastur.OfVariances(variances, rows)
    let v = Array.copy variances

    // e_k^2
    let power =
        let largest = Array.fold (fun m (e: float) -> max m (abs e)) 0.0 direction
        positive "a direction" "largest entry of direction" largest
        let squares = direction |> Array.map (fun e -> (e / largest) * (e / largest))
        let total = Array.sum squares
        Array.map (fun s -> s / total) squares

    let critical = law.UpperCritical

    // sum e_k^2 / (alpha - v_k) and sum e_k^2 / (alpha - v_k)^2, alpha above every variance.
    let sums (alpha: float) =
        let mutable first = 0.0
        let mutable second = 0.0

        for k in 0 .. v.Length - 1 do
            let term = power[k] / (alpha - v[k])
            first <- first + term
            second <- second + term / (alpha - v[k])

        struct (first, second)

    let threshold =
        let struct (first, _) = sums critical
        1.0 / first

    let check (strength: float) =
        nonNegative "a squared length" "strength" strength

    let populationSpike (strength: float) =
        let highest = Array.max v + strength

        Roots.increasing
            (fun alpha ->
                let struct (first, second) = sums alpha
                struct (1.0 / first - strength, second / (first * first)))
            critical
            (max critical highest * (1.0 + 4.0 * Kernels.unitRoundoff))

    /// <summary>The law of the bulk.</summary>
    member _.Bulk = law

    /// <summary>The squared length |mu|^2 above which an eigenvalue leaves the bulk: 1 / sum_k e_k^2 / (alpha_c - v_k).</summary>
    member _.Threshold = threshold

    /// <summary>Whether a mean of that squared length shows, and where.</summary>
    /// <param name="strength">|mu|^2, non-negative.</param>
    /// <param name="position">The outlier of R R' / d; the bulk's upper edge when there is none.</param>
    /// <returns>True above the threshold.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException"><paramref name="strength"/> is negative or not finite.</exception>
    member _.TryOutlier(strength: float, [<Out>] position: byref<float>) : bool =
        check strength

        if strength > threshold then
            position <- law.Map(populationSpike strength)
            true
        else
            position <- law.UpperEdge
            false

    /// <summary>The limit of the largest eigenvalue: the outlier, or the bulk's upper edge when there is none.</summary>
    /// <param name="strength">|mu|^2, non-negative.</param>
    /// <returns>An eigenvalue of R R' / d.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException"><paramref name="strength"/> is negative or not finite.</exception>
    member this.LargestEigenvalue(strength: float) : float =
        let mutable position = 0.0
        this.TryOutlier(strength, &position) |> ignore
        position

    /// <summary>Squared overlap of the leading eigenvector of R R' with (1, ..., 1) / sqrt(N): z'(alpha) / (gamma alpha Q).</summary>
    /// <param name="strength">|mu|^2, non-negative.</param>
    /// <returns>From 0 (at and below the threshold) to 1.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException"><paramref name="strength"/> is negative or not finite.</exception>
    member _.RowOverlap(strength: float) : float =
        check strength

        if strength > threshold then
            let alpha = populationSpike strength
            let struct (_, second) = sums alpha
            law.MapSlope alpha / (law.Ratio * alpha * strength * second)
        else
            0.0

    /// <summary>Squared overlap of the leading eigenvector of R' R with the direction of the mean: alpha z'(alpha) / (z strength Q).</summary>
    /// <param name="strength">|mu|^2, non-negative.</param>
    /// <returns>From 0 (at and below the threshold) to 1.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException"><paramref name="strength"/> is negative or not finite.</exception>
    member _.DirectionOverlap(strength: float) : float =
        check strength

        if strength > threshold then
            let alpha = populationSpike strength
            let struct (_, second) = sums alpha
            alpha * law.MapSlope alpha / (law.Map alpha * strength * strength * second)
        else
            0.0

    /// <summary>The limit of N |mean row|^2 / lambda_max(R R'): (gamma strength + mean variance) / LargestEigenvalue.</summary>
    /// <remarks>final section 4: the ratio that is at least 0.9 for every family. q1' S q1 = theta^2 + mean variance in the limit.</remarks>
    /// <param name="strength">|mu|^2, non-negative.</param>
    /// <returns>From 0 to 1.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException"><paramref name="strength"/> is negative or not finite.</exception>
    member this.MeanShare(strength: float) : float =
        (law.Ratio * strength + law.Moment 1) / this.LargestEigenvalue strength

    /// <summary>(N C)^(-2/3), by which the largest bulk eigenvalue fluctuates: it is UpperEdge + this times a Tracy-Widom variable.</summary>
    /// <remarks>Near the edge x+ the density is (C / pi) sqrt(x+ - x) with C = sqrt(2 / z''(alpha_c)) / (gamma alpha_c^2).</remarks>
    member _.EdgeFluctuation =
        let c = sqrt (2.0 / law.MapCurvature critical) / (law.Ratio * critical * critical)

        (float rows * c) ** (-2.0 / 3.0)

    /// <summary>The paper's model: limit of the largest eigenvalue of Y Y' / d + mu a a' with mu = gamma strength and a fixed unit a.</summary>
    /// <remarks>final section 4, spiked model. There the spike is added to the Gram matrix, without the products of mean and noise that
    /// R R' has: m(z) = -1 / mu, i.e. alpha = strength, where rows with a mean have the larger alpha of Threshold and TryOutlier (white:
    /// strength + sigma^2). Outlier and threshold differ, for white noise at leading order by gamma sigma^2; the direction plays no part.</remarks>
    /// <param name="strength">mu / gamma, the squared length |mu|^2 of a mean with the same spike N |mu|^2 / d; non-negative.</param>
    /// <returns>An eigenvalue; the bulk's upper edge for strength up to the critical alpha (white: sigma^2 (1 + 1 / sqrt(gamma))).</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException"><paramref name="strength"/> is negative or not finite.</exception>
    member _.PaperLargestEigenvalue(strength: float) : float =
        check strength
        if strength > critical then law.Map strength else law.UpperEdge

    /// <summary>White noise: the strength above which an eigenvalue leaves the bulk, sigma^2 / sqrt(gamma).</summary>
    /// <param name="variance">sigma^2, positive.</param>
    /// <param name="ratio">gamma = N / d, positive.</param>
    /// <returns>A squared length |mu|^2.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">An argument is not positive and finite.</exception>
    static member WhiteThreshold(variance: float, ratio: float) : float =
        positive "entries of positive variance" "variance" variance
        positive "a positive ratio N / d" "ratio" ratio
        variance / sqrt ratio

    /// <summary>White noise: limit of the largest eigenvalue, (sigma^2 + l)(gamma + sigma^2 / l) above the threshold, l = strength.</summary>
    /// <param name="strength">|mu|^2, non-negative.</param>
    /// <param name="variance">sigma^2, positive.</param>
    /// <param name="ratio">gamma = N / d, positive.</param>
    /// <returns>An eigenvalue of R R' / d.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">An argument leaves its range.</exception>
    static member WhiteLargestEigenvalue(strength: float, variance: float, ratio: float) : float =
        nonNegative "a squared length" "strength" strength

        if strength > Spikes.WhiteThreshold(variance, ratio) then
            (variance + strength) * (ratio + variance / strength)
        else
            MarchenkoPastur(ratio, variance).UpperEdge

    /// <summary>White noise: squared overlap of the leading eigenvector of R R' with (1, ..., 1) / sqrt(N), (l - sigma^4 / (gamma l)) / (l + sigma^2).</summary>
    /// <param name="strength">|mu|^2 = l, non-negative.</param>
    /// <param name="variance">sigma^2, positive.</param>
    /// <param name="ratio">gamma = N / d, positive.</param>
    /// <returns>From 0 (at and below the threshold) to 1.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">An argument leaves its range.</exception>
    static member WhiteRowOverlap(strength: float, variance: float, ratio: float) : float =
        nonNegative "a squared length" "strength" strength

        if strength > Spikes.WhiteThreshold(variance, ratio) then
            (strength - variance * variance / (ratio * strength)) / (strength + variance)
        else
            0.0

    member internal _.Content = rows, v, power

    /// <summary>Are rows, variances and direction equal?</summary>
    override this.Equals other =
        match other with
        | :? Spikes as x -> x.Content = this.Content
        | _ -> false

    /// <summary>Of the same.</summary>
    override this.GetHashCode() = hash this.Content

    /// <summary>The bulk and the threshold.</summary>
    override _.ToString() =
        $"spike over the {law}, seen from |mean|^2 = {Show.number threshold} on"
