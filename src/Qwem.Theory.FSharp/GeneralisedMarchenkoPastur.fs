namespace Qwem.Theory

open System
open Qwem.Theory.Hypothesis

/// <summary>
/// The generalised Marchenko-Pastur law: the limiting eigenvalue law of R R' / d for R (N x d) whose entries are independent with
/// variance v_k in column k.
/// </summary>
/// <remarks>
/// docs/derivations.md section 8; the law of Marchenko and Pastur (1967), Silverstein's equation (1995). gamma = N / d; H puts weight w_k on v_k.
/// The Stieltjes transform m(z) = int dF(x) / (x - z) of the N x N matrix solves z = -1/m + int v dH / (1 + gamma v m). With
/// alpha = -1 / (gamma m) this reads z(alpha) = gamma alpha + int v dH + int v^2 dH / (alpha - v).
/// Edges: alpha real with z'(alpha) = 0, i.e. g(alpha) = int v^2 dH / (alpha - v)^2 = gamma; g is convex between two values v, so that
/// each gap has at most one pair of edges, and outside all values it is monotone. Density: Im z(a + i b) = 0 fixes one b(a) >= 0 for
/// every a with g(a) > gamma, by int v^2 dH / ((a - v)^2 + b^2) = gamma, and x(a) = Re z(a + i b(a)) rises with a: two nested monotone
/// roots, which need no starting guess, give alpha(x) and the density b / (pi gamma |alpha|^2).
/// Distribution: m dz = -z'(alpha) dalpha / (gamma alpha) integrates to elementary functions, hence no quadrature:
/// F = 1 - arg(alpha) / pi + int_{v > 0} dH (arg(alpha) - arg(alpha - v) + v b / |alpha - v|^2) / (pi gamma).
/// Units: eigenvalues and v share one. Accuracy: 1e-10 and better (GeneralisedMarchenkoPasturTests), times the density's own
/// condition near an edge: a relative error u / (distance to the edge in units of the edge).
/// Cost: O(K) per evaluation times about 60; edges O(K^2) at worst for K distinct values.
/// Random rows need second moments only (and a Lindeberg condition); at finite N and d the law is exact up to O(1/N).
/// </remarks>
[<Sealed>]
type GeneralisedMarchenkoPastur
    /// <summary>The law of a weighted population spectrum.</summary>
    /// <param name="values">v_k, the column variances; non-negative, at least one positive; repeated values are merged.</param>
    /// <param name="weights">Share of the columns at each value: non-negative with a positive sum, divided by that sum.</param>
    /// <param name="ratio">gamma = N / d, positive.</param>
    /// <exception cref="T:Qwem.Theory.HypothesisException">An argument leaves its range, lengths differ, no weight lies on a positive
    /// value, or a positive value is below 1e-100 of the largest.</exception>
    (values: float[], weights: float[], ratio: float) =

    do
        if values.Length < 1 then
            broken "a population spectrum" "values" "values is empty; allowed: length of 1 or more"

        hasLength "weights" weights values.Length "one per value"
        positive "a positive ratio N / d" "ratio" ratio

        for k in 0 .. values.Length - 1 do
            nonNegative "non-negative variances" $"values[{k}]" values[k]
            nonNegative "non-negative weights" $"weights[{k}]" weights[k]

        positive "weights with a positive sum" "sum of weights" (Array.sum weights)

    let merged =
        let total = Array.sum weights

        Array.zip values weights
        |> Array.filter (fun (v, w) -> v > 0.0 && w > 0.0)
        |> Array.groupBy fst
        |> Array.map (fun (v, group) -> struct (v, Array.sumBy snd group / total))
        |> Array.sortBy (fun struct (v, _) -> v)

    do
        if merged.Length = 0 then
            broken "some positive variance" "values" "no weight lies on a positive value; allowed: at least one"

        let struct (least, _) = merged[0]
        let struct (most, _) = merged[merged.Length - 1]

        if least < 1e-100 * most then
            broken
                "variances of comparable size"
                "values"
                $"values reach from {least} to {most}; allowed: positive values of at least 1e-100 of the largest"

    let count = merged.Length

    // Everything below is in units of a power of two near the largest value.
    let exponent =
        let struct (most, _) = merged[count - 1]
        Kernels.exponentOf most

    let scale = Math.ScaleB(1.0, exponent)

    let v = merged |> Array.map (fun struct (value, _) -> Math.ScaleB(value, -exponent))

    let w = merged |> Array.map (fun struct (_, weight) -> weight)

    let positiveShare =
        if Array.exists2 (fun value weight -> value = 0.0 && weight > 0.0) values weights then
            Array.sum w
        else
            1.0

    // A ratio at the positive share to rounding is meant to be there: hard edge at zero.
    let surplus =
        let difference = ratio - positiveShare

        if abs difference <= float (4 + values.Length) * Kernels.unitRoundoff * ratio then
            0.0
        else
            difference

    let map = SilversteinMap(v, w, ratio, surplus)
    let critical = map.Critical
    let edges = map.Edges
    let atZero = if surplus > 0.0 then surplus / ratio else 0.0

    /// <summary>The law of d given column variances and N rows.</summary>
    /// <param name="variances">v_k of each of the d columns, non-negative, at least one positive.</param>
    /// <param name="rows">N, positive.</param>
    /// <returns>The law with equal weights and gamma = N / d.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">An argument leaves its range.</exception>
    static member OfVariances(variances: float[], rows: int) : GeneralisedMarchenkoPastur =
        if rows < 1 then
            broken "at least one row" "rows" $"rows = {rows}; allowed: 1 or more"

        GeneralisedMarchenkoPastur(
            variances,
            Array.create variances.Length 1.0,
            float rows / float (max 1 variances.Length)
        )

    // alpha at the upper edge, and z with its first two derivatives there and beyond; in the units of the values.
    member internal _.UpperCritical = critical[critical.Length - 1] * scale

    member internal _.Map(alpha: float) = map.Value(alpha / scale) * scale

    member internal _.MapSlope(alpha: float) =
        let struct (value, _) = map.Sum(alpha / scale)
        ratio - value

    member internal _.MapCurvature(alpha: float) =
        let struct (_, slope) = map.Sum(alpha / scale)
        -slope / scale

    /// <summary>gamma = N / d.</summary>
    member _.Ratio = ratio

    /// <summary>Mass at zero: max(0, 1 - h / gamma), h the share of positive variances.</summary>
    member _.MassAtZero = atZero

    /// <summary>The edges of the continuous part: lower and upper edge of each interval, ascending.</summary>
    /// <returns>Twice as many numbers as there are intervals.</returns>
    member _.Edges() : float[] = Array.map (fun e -> e * scale) edges

    /// <summary>The lowest edge of the continuous part.</summary>
    member _.LowerEdge = edges[0] * scale

    /// <summary>The highest edge.</summary>
    member _.UpperEdge = edges[edges.Length - 1] * scale

    /// <summary>z(m) = -1/m + int v dH / (1 + gamma v m), the inverse of the Stieltjes transform.</summary>
    /// <param name="transform">m, finite, not 0.</param>
    /// <returns>z; where z rises with m, m is the transform at a point outside the support.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException"><paramref name="transform"/> is 0 or not finite.</exception>
    member _.InverseStieltjes(transform: float) : float =
        finite "transform" transform

        if transform = 0.0 then
            broken "a transform of a finite point" "transform" "transform = 0; allowed: other finite numbers"

        map.Value(-1.0 / (ratio * transform * scale)) * scale

    /// <summary>The density of the continuous part.</summary>
    /// <param name="eigenvalue">x, finite.</param>
    /// <returns>Mass per unit of eigenvalue; 0 outside the intervals, +infinity at 0 where gamma equals the share of positive variances.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException"><paramref name="eigenvalue"/> is not finite.</exception>
    member _.Density(eigenvalue: float) : float =
        finite "eigenvalue" eigenvalue
        let x = eigenvalue / scale

        if x = 0.0 && surplus = 0.0 then
            infinity
        else
            match map.IntervalOf x with
            | -1 -> 0.0
            | interval ->
                let struct (a, s) = map.Solve(x, interval)
                map.Density(a, s) / scale

    /// <summary>The share of eigenvalues up to x, those at zero included.</summary>
    /// <param name="eigenvalue">x, finite.</param>
    /// <returns>A number from 0 to 1.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException"><paramref name="eigenvalue"/> is not finite.</exception>
    member _.Distribution(eigenvalue: float) : float =
        finite "eigenvalue" eigenvalue
        let x = eigenvalue / scale

        if x < 0.0 then
            0.0
        elif x <= edges[0] then
            atZero
        elif x >= edges[edges.Length - 1] then
            1.0
        else
            match map.IntervalOf x with
            | -1 ->
                let mutable below = 0

                while edges[below + 1] <= x do
                    below <- below + 1

                map.Plateau critical[below]
            | interval ->
                let struct (a, s) = map.Solve(x, interval)
                max 0.0 (min 1.0 (map.Distribution(a, s)))

    /// <summary>The smallest x with Distribution(x) at least p.</summary>
    /// <param name="probability">p, from 0 to 1.</param>
    /// <returns>An eigenvalue; 0 for p up to the mass at zero (if there is any), the lowest edge for p = 0 otherwise.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException"><paramref name="probability"/> is not between 0 and 1.</exception>
    member _.Quantile(probability: float) : float =
        if not (probability >= 0.0 && probability <= 1.0) then
            broken "a probability" "probability" $"probability = {probability}; allowed: 0 to 1"

        if atZero > 0.0 && probability <= atZero then
            0.0
        elif probability = 0.0 then
            edges[0] * scale
        else
            let mutable interval = 0

            while interval < edges.Length / 2 - 1
                  && map.Plateau critical[2 * interval + 1] < probability do
                interval <- interval + 1

            let a =
                Roots.increasing
                    (fun a ->
                        let s = map.ImaginarySquared a
                        let struct (_, slope) = map.Position(a, s)
                        struct (map.Distribution(a, s) - probability, map.Density(a, s) * slope))
                    critical[2 * interval]
                    critical[2 * interval + 1]

            let struct (x, _) = map.Position(a, map.ImaginarySquared a)
            max edges[2 * interval] (min edges[2 * interval + 1] x) * scale

    /// <summary>The n-th moment of the law, zeros included, for n = 1 to 4.</summary>
    /// <remarks>The free cumulants are gamma^(n-1) h_n, h_n = int v^n dH (a free compound Poisson law), hence h_1; h_1^2 + gamma h_2;
    /// h_1^3 + 3 gamma h_1 h_2 + gamma^2 h_3; h_1^4 + 6 gamma h_1^2 h_2 + gamma^2 (4 h_1 h_3 + 2 h_2^2) + gamma^3 h_4.</remarks>
    /// <param name="order">n, 1 to 4.</param>
    /// <returns>The mean n-th power of an eigenvalue.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException"><paramref name="order"/> is not 1 to 4.</exception>
    member _.Moment(order: int) : float =
        let h (n: int) =
            Array.fold2 (fun total weight value -> total + weight * Math.Pow(value * scale, float n)) 0.0 w v

        match order with
        | 1 -> h 1
        | 2 -> h 1 ** 2.0 + ratio * h 2
        | 3 -> h 1 ** 3.0 + 3.0 * ratio * h 1 * h 2 + ratio ** 2.0 * h 3
        | 4 ->
            h 1 ** 4.0
            + 6.0 * ratio * h 1 ** 2.0 * h 2
            + ratio ** 2.0 * (4.0 * h 1 * h 3 + 2.0 * h 2 ** 2.0)
            + ratio ** 3.0 * h 4
        | _ -> broken "a moment with a closed form here" "order" $"order = {order}; allowed: 1 to 4"

    member internal _.Content = ratio, merged

    /// <summary>Are ratio and population spectrum equal?</summary>
    override this.Equals other =
        match other with
        | :? GeneralisedMarchenkoPastur as x -> x.Content = this.Content
        | _ -> false

    /// <summary>Of the same.</summary>
    override this.GetHashCode() = hash this.Content

    /// <summary>Ratio and edges.</summary>
    override this.ToString() =
        $"generalised Marchenko-Pastur law, N / d = {Show.number ratio}: edges {Show.numbers (this.Edges())}"
