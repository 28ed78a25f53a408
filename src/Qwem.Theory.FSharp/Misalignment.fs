namespace Qwem.Theory

open System
open Qwem.Theory.Hypothesis

/// <summary>How far Theorem 4.3 may be off because a random start is not aligned with the target: the term that it drops, mode by mode.</summary>
/// <remarks>
/// <para>The half-rise of mode k is an eigenvalue problem. By the exact solution M(t) = E R' N^-1 R E with N = 1 + R Phi R', R the triangular
/// factor of the start, E = diag(e^{kappa lambda_j t}) and phi_j = (E_j^2 - 1) / lambda_j. M(t) has as many eigenvalues above mu as
/// A = R (E^2 - mu Phi) R' has (Sylvester's law of inertia), so the k-th singular value passes mu = lambda_k / 2 exactly when the k-th
/// eigenvalue of A does. Theorem 4.3 with lambda_k(0) = R_kk(0)^2 keeps the diagonal of R only: a_k = D_k R_kk^2 = mu with D_j = E_j^2 - mu phi_j.</para>
/// <para>What it drops is, to leading order, eta_k = |ln(A_kk / a_k)| + sum over i of |ln| of how far the 2 x 2 block of A at k and i moves the
/// eigenvalue that belongs to k; near ties included. Beyond that the partners couple among themselves: with N the off-diagonal part of A without
/// row k, scaled on both sides by |mu - A_jj|^{-1/2}, the Schur complement of row k expands in powers of N, at most eta / (1 - h) for
/// h the spectral norm of N (bounded by ||N^8||_F^{1/8}), and eta itself comes in again at the second order: eta / (1 - eta - h) in all, trusted while eta + h is below Limit.</para>
/// <para>Near the crossing a_k is proportional to e^{2 kappa lambda_k t}, so a change by e^c moves the time by c / (2 kappa lambda_k), which is
/// c / ln(lambda_k / R_kk(0)^2) of it, more where slower modes with a share w_i in the eigenvector hold it back: the growth is less by the
/// factor 1 - sum w_i (1 - lambda_i / lambda_k). The constant is 1 for a change of A, and 2 for one of the variance itself
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

    // |ln| of how far the coupling c moves the first eigenvalue of ((a, c), (c, b)) away from a, and how much of b is in its eigenvector.
    static let moved (a: float) (b: float) (c: float) : struct (float * float) =
        let apart = a - b
        let root = sqrt (apart * apart + 4.0 * c * c)
        // The eigenvalue on a's side is a + shift, shift = 2 c^2 / (root + |a - b|) with the sign of a - b.
        let wide = root + abs apart

        if c = 0.0 then
            struct (0.0, 0.0)
        else
            let shift = 2.0 * c * c / wide

            struct (abs (log (abs (1.0 + (if apart >= 0.0 then shift else -shift) / a))),
                    4.0 * c * c / (wide * wide + 4.0 * c * c))

    // The mode of the aligned law that is k-th in size when it passes mu, and kappa t then: a mode with a small start may be overtaken.
    static let crossing (lambda: float[]) (variances: float[]) (k: int) mu =
        let times =
            variances
            |> Array.mapi (fun j variance ->
                if variance > 0.0 && variance < mu && lambda[j] > mu then
                    (log (lambda[j] / variance - 1.0) + log (mu / (lambda[j] - mu)))
                    / (2.0 * lambda[j])
                else
                    infinity)

        let order = Array.init variances.Length id
        Array.Sort(Array.copy times, order)
        struct (order[k], times[order[k]])

    // A at a time, d x d, with row and column i scaled by (mu, or |a_i| if that is larger)^{-1/2}, and ln of these scales.
    static let pencil (lambda: float[]) (r: float[]) (diagonal: float[]) mu time =
        let v, d = lambda.Length, diagonal.Length
        let developed = Array.init v (fun j -> development lambda[j] mu time)

        let lnScale =
            Array.init d (fun i ->
                let struct (lnD, _) = developed[i]
                max (log mu) (lnD + log diagonal[i]))

        let rows =
            Array.init d (fun i ->
                Array.init v (fun j ->
                    let struct (lnD, _) = developed[j]
                    if j < i then 0.0 else r[i * v + j] * exp (0.5 * (lnD - lnScale[i]))))

        let signed =
            rows
            |> Array.map (
                Array.mapi (fun j x ->
                    let struct (_, isPositive) = developed[j]
                    if isPositive then x else -x)
            )

        let a = Array.init d (fun _ -> Array.zeroCreate<float> d)

        for i in 0 .. d - 1 do
            for j in i .. d - 1 do
                let mutable sum = 0.0

                for l in j .. v - 1 do
                    sum <- sum + rows[i][l] * signed[j][l]

                a[i][j] <- sum
                a[j][i] <- sum

        struct (a, lnScale)

    // An upper bound of the spectral norm of a symmetric matrix, within n^{1/16} of it: (||N^8||_F)^{1/8}, scaled against overflow.
    static let normBound (n: float[][]) =
        let frobenius (m: float[][]) =
            sqrt (Seq.sumBy (Array.sumBy (fun x -> x * x)) m)

        let squared (m: float[][]) =
            m
            |> Array.map (fun row ->
                let sum = Array.zeroCreate<float> row.Length

                for k in 0 .. row.Length - 1 do
                    let x, other = row[k], m[k]

                    if x <> 0.0 then
                        for j in 0 .. row.Length - 1 do
                            sum[j] <- sum[j] + x * other[j]

                sum)

        let size = frobenius n

        if size = 0.0 || not (Double.IsFinite size) then
            size
        else
            let scaled = n |> Array.map (Array.map (fun x -> x / size))
            size * (scaled |> squared |> squared |> squared |> frobenius) ** 0.125

    // eta / (1 - eta - h) of every singular value, and 2 kappa lambda t of the mode that it belongs to at its half-rise.
    static let shifts (exact: ExactSolution) (laws: float[] -> float[]) : struct (float * float)[] =
        let d = exact.EmbeddingDimension
        let r = exact.At(0.0<kappaTime>).EmbeddingsInEigenbasis().Values
        let lambda = exact.Eigenvalues()
        let diagonal = exact.RDiagonalSquared()
        let law = laws diagonal

        Array.Parallel.init d (fun k ->
            let mu = 0.5 * lambda[k]
            let struct (own, time) = crossing lambda law k mu

            if not (mu > 0.0 && Double.IsFinite time) then
                struct (infinity, nan)
            else
                let struct (a, lnScale) = pencil lambda r diagonal mu time
                let struct (lnD, _) = development lambda[own] mu time
                let scale i = exp (0.5 * (lnScale[own] - lnScale[i]))
                let ownValue = a[own][own]
                let onOwn = abs (log ownValue + lnScale[own] - lnD - log diagonal[own])
                let others = [| 0 .. d - 1 |] |> Array.filter (fun i -> i <> own)

                // In the scale of i, which is the larger or mu.
                let movedBy i =
                    let other, coupling = a[i][i], a[own][i] * scale i
                    moved (ownValue * scale i * scale i) other coupling

                let pairs = others |> Array.map movedBy
                let eta = onOwn + (pairs |> Array.sumBy (fun (struct (delta, _)) -> delta))

                // How much slower than e^{2 kappa lambda t} the eigenvalue grows, by what is in it of slower modes.
                let slower =
                    Array.map2
                        (fun i (struct (_, share)) -> share * max 0.0 (1.0 - lambda[i] / lambda[own]))
                        others
                        pairs
                    |> Array.sum

                let apart i =
                    abs (exp (log mu - lnScale[i]) - a[i][i])

                let h =
                    Array.init others.Length (fun m ->
                        Array.init others.Length (fun n ->
                            let i, j = others[m], others[n]
                            if i = j then 0.0 else a[i][j] / sqrt (apart i * apart j)))
                    |> normBound

                // Another mode that passes mu earlier or later than by itself changes the order.
                let isReordered i =
                    let struct (lnOther, isPositive) = development lambda[i] mu time
                    let alone = isPositive && lnOther + log diagonal[i] > log mu
                    alone <> (a[i][i] > exp (log mu - lnScale[i]))

                let misalignment =
                    if eta + h + slower < Misalignment.Limit && not (Array.exists isReordered others) then
                        eta / ((1.0 - eta - h) * (1.0 - slower))
                    else
                        infinity

                struct (misalignment, 2.0 * lambda[own] * time))

    static let first (struct (misalignment: float, _)) = misalignment

    /// <summary>What eta + h (and the share of slower modes) must stay below: the terms left out are then smaller than those counted.</summary>
    static member Limit = 0.5

    /// <summary>eta / (1 - eta - h) at the half-rise of every singular value, by the aligned law from R_kk(0)^2 with its modes in order of size.</summary>
    /// <param name="exact">The exact solution from the start.</param>
    /// <returns>d numbers; infinite where leading order says nothing, or for a mode that is not learned or starts above its plateau.</returns>
    static member Shifts(exact: ExactSolution) : float[] = shifts exact id |> Array.map first

    /// <summary>The same at the half-rise times of the aligned law from one variance for all modes.</summary>
    /// <param name="exact">The exact solution from the start.</param>
    /// <param name="variance">lambda(0), positive: sigma^2 in the paper.</param>
    /// <returns>d numbers; infinite where leading order says nothing, or for a mode that is not learned or starts above its plateau.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">The variance is not positive and finite.</exception>
    static member Shifts(exact: ExactSolution, variance: float) : float[] =
        positive "positive variance" "variance" variance
        shifts exact (Array.map (fun _ -> variance)) |> Array.map first

    /// <summary>Bound of the relative error of every half-rise time from R_kk(0)^2, the modes of the aligned law in order of size.</summary>
    /// <param name="exact">The exact solution from the start.</param>
    /// <returns>d numbers: Shifts over 2 kappa lambda t; infinite where Shifts is.</returns>
    static member HalfRiseShifts(exact: ExactSolution) : float[] =
        shifts exact id
        |> Array.map (fun (struct (misalignment, rise)) ->
            if misalignment = infinity then infinity else misalignment / rise)

    /// <summary>Bound of the relative error of a half-rise time from R_kk(0)^2.</summary>
    /// <param name="misalignment">What Shifts gives for the mode.</param>
    /// <param name="rise">2 kappa lambda_k t there, ln(lambda_k / lambda_k(0)) for a small start; positive.</param>
    /// <returns>misalignment / rise.</returns>
    static member HalfRiseShift(misalignment: float, rise: float) : float = misalignment / rise

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
