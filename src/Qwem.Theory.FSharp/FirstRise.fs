namespace Qwem.Theory

open System
open Qwem.Theory.Hypothesis

/// <summary>What may make the first rise of a cross-entropy over batches earlier or later than its expansion, each relative to its time.</summary>
[<RequireQualifiedAccess; NoComparison>]
type FirstRiseShift =
    {
        /// <summary>The softmax along the first eigenvector instead of its expansion, the turning of the eigenvector included.</summary>
        Modelling: float
        /// <summary>One standard error of the growth over the rise, from the batches' noise.</summary>
        StandardError: float
        /// <summary>The second order of that noise, and what it adds in other directions than the first.</summary>
        Noise: float
    }

    /// <summary>All three shares.</summary>
    override s.ToString() =
        $"first rise, relative: modelling {Show.number s.Modelling}, standard error {Show.number s.StandardError}, noise {Show.number s.Noise}"

/// <summary>When the contrastive cross-entropy of batches makes its first step (SimCLR's loss, Eq. (20)), and how sure that is.</summary>
/// <remarks>
/// docs/derivations.md, section 2.5, for the expansion. On pairs whose words are uniform the first mode multiplies its amplitude by
/// 1 + x (1 - nu) in each step, nu its variance in units of its plateau, x = kappa h lambda_1 (1 - 1/B): a pair is its own negative with
/// share 1/B. Products are measured as beta M, for which the plateau is lambda_1 of M*_xe.
/// </remarks>
[<AbstractClass; Sealed>]
type FirstRise private () =

    // The logit of a variance is linear in time during a logistic rise.
    static let crossing growth start (rate: float -> float) =
        let logit nu = Math.Log(nu / (1.0 - nu))

        let rec rise step nu =
            let factor = 1.0 + growth * rate nu
            let next = nu * factor * factor

            if next >= 0.5 then
                float step + logit nu / (logit nu - logit (Math.Min(next, 1.0 - 1e-3)))
            elif not (next > nu) || step > 10_000_000 then
                nan
            else
                rise (step + 1) next

        if start >= 0.5 then nan else rise 0 start

    // v'Tv and |T v - v v'T v|^2 of the softmax's pull T_ij = e^y_ij/mean_j e^y_ij - 1, y = nu lambda v v', made symmetric, over lambda.
    static let pull (vector: float[]) lambda nu =
        let v = vector.Length

        let rows =
            Array.Parallel.init v (fun i ->
                let weights = vector |> Array.map (fun b -> Math.Exp(nu * lambda * vector[i] * b))
                let mean = Array.average weights
                weights |> Array.map (fun w -> w / mean - 1.0))

        let image =
            Array.init v (fun i ->
                let mutable sum = 0.0

                for j in 0 .. v - 1 do
                    sum <- sum + 0.5 * (rows[i][j] + rows[j][i]) * vector[j]

                sum)

        let along = Array.fold2 (fun sum a b -> sum + a * b) 0.0 image vector
        let across = (image |> Array.sumBy (fun a -> a * a)) - along * along
        struct (along / lambda, Math.Max(across, 0.0) / (lambda * lambda))

    /// <summary>The number of steps after which the first mode has half of its plateau, interpolated.</summary>
    /// <param name="growth">x, the share by which its amplitude grows in the first step, positive.</param>
    /// <param name="start">lambda_1(0) over the plateau, positive.</param>
    /// <returns>A number of steps; NaN where the start is beyond half of the plateau.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">An argument is not positive and finite.</exception>
    static member Steps(growth: float, start: float) : float =
        positive "a mode that grows" "growth" growth
        positive "positive start" "start" start
        crossing growth start (fun nu -> 1.0 - nu)

    /// <summary>What may shift the first rise.</summary>
    /// <remarks>
    /// Modelling: the half-rise is computed again with the softmax's own pull v'Tv along v, and with what turning lends it,
    /// |T v - v v'T v|^2 over the relative gap. Sampling: one pair contributes V^2 v_i v_j to lambda_1, of second moment
    /// V^2 (1 + sum_k lambda_k (sum_i v_ki v_i^2)^2) under p_ij = (1 + M*_ij)/V^2; a batch of B has a B-th of its variance. Directions other
    /// than v take up V^3/(2B) per step in units of lambda_1^2 and lose it again at the rate of the gap.
    /// </remarks>
    /// <param name="target">Eigenpairs of M*_xe.</param>
    /// <param name="growth">x, positive.</param>
    /// <param name="start">lambda_1(0) over the plateau, positive.</param>
    /// <param name="batch">B, the pairs of a batch.</param>
    /// <returns>The shifts.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">An argument is not positive, or the first eigenvalue is not simple.</exception>
    static member Shifts(target: TargetSpectrum, growth: float, start: float, batch: int) : FirstRiseShift =
        let v = target.VocabularySize
        let lambdas, vectors = target.Values, target.Vectors
        let lambda = lambdas[0]
        let gap = 1.0 - lambdas[1] / lambda
        positive "a simple first eigenvalue" "target" gap
        positive "a batch" "batch" (float batch)
        let vector = Array.sub vectors 0 v
        let steps = FirstRise.Steps(growth, start)

        // Below a thousandth of the plateau the softmax is its expansion for this purpose.
        let small = 1e-3

        let softmax isTurning nu =
            if nu < small then
                1.0 - nu
            else
                let struct (along, across) = pull vector lambda nu
                1.0 - along + (if isTurning then across / gap else 0.0)

        let frozen = crossing growth start (softmax false)
        let turned = crossing growth start (softmax true)
        let squares = vector |> Array.map (fun a -> a * a)
        let mutable moment = 1.0

        for k in 0 .. v - 1 do
            let mutable inner = 0.0

            for i in 0 .. v - 1 do
                inner <- inner + vectors[k * v + i] * squares[i]

            moment <- moment + lambdas[k] * inner * inner

        let noise = sqrt ((float (v * v) * moment - lambda * lambda) / float batch) / lambda

        let rise = -Math.Log start

        let elsewhere = float (pown v 3) / (2.0 * float batch * lambda * lambda)

        {
            Modelling = (abs (frozen - steps) + abs (turned - frozen)) / steps
            StandardError = noise * growth / (Math.Log(1.0 + growth) * sqrt steps)
            Noise = 0.5 * growth * noise * noise + growth * elsewhere / (2.0 * gap) / rise
        }
