namespace Qwem.Theory

open System
open Qwem.Theory.Hypothesis

/// <summary>What minibatch sampling does to the growth of the modes, in units of lambda*: the variances of one batch's target.</summary>
/// <remarks>A step of stochastic descent at constant weight sees M*_batch instead of M*. In the direction of mode k its mean is lambda*_k, and
/// its variance is that of the mean of so many pairs drawn, each with the coefficient 2 a M_ij - b (positive) or 2 c M_ij - d (negative) over
/// 2 g, computed pair by pair at W = 0 and at M = M*; the larger of the two.</remarks>
[<RequireQualifiedAccess; NoComparison>]
type MinibatchNoise =
    internal
        {
            Variances: float[]
        }

    /// <summary>From the distributions that pairs are drawn from.</summary>
    /// <param name="loss">a, b, c, d.</param>
    /// <param name="positive">Weight of every positive pair, V x V row-major, the loss' own scale.</param>
    /// <param name="negative">The same of the negative pairs.</param>
    /// <param name="weight">g, the constant coefficient of M_ij^2.</param>
    /// <param name="target">M*, V x V.</param>
    /// <param name="eigenvectors">v*_k in row k, at least d x V.</param>
    /// <param name="modes">d.</param>
    /// <param name="pairsPerSign">Positive pairs, and as many negative ones, in a step.</param>
    /// <returns>The variances.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">A shape does not fit.</exception>
    static member Of
        (
            loss: QuadraticLoss,
            positive: float[],
            negative: float[],
            weight: float,
            target: float[],
            eigenvectors: float[],
            modes: int,
            pairsPerSign: int
        ) : MinibatchNoise =
        let v = int (Math.Round(sqrt (float target.Length)))
        hasLength "positive" positive (v * v) "V x V"
        hasLength "negative" negative (v * v) "V x V"
        let scale = 0.5 / weight

        // Variance over one pair drawn with these weights of coefficient * v_i v_j.
        let onePair (weights: float[]) quadratic linear isLearned (k: int) =
            let total = Array.sum weights
            let mutable mean, square = 0.0, 0.0

            for i in 0 .. v - 1 do
                let mutable rowMean, rowSquare = 0.0, 0.0

                for j in 0 .. v - 1 do
                    let e = i * v + j
                    let model = if isLearned then target[e] else 0.0
                    let x = (2.0 * quadratic * model - linear) * eigenvectors[k * v + j]
                    rowMean <- rowMean + weights[e] * x
                    rowSquare <- rowSquare + weights[e] * x * x

                let own = eigenvectors[k * v + i]
                mean <- mean + rowMean * own
                square <- square + rowSquare * own * own

            scale * scale * total * (square - mean * mean / total)

        let variance isLearned k =
            (onePair positive loss.PositiveQuadratic loss.PositiveLinear isLearned k
             + onePair negative loss.NegativeQuadratic loss.NegativeLinear isLearned k)
            / float pairsPerSign

        {
            Variances = Array.Parallel.init modes (fun k -> max (variance false k) (variance true k))
        }

    /// <summary>Variance of v_k' M*_batch v_k of every mode.</summary>
    /// <returns>A copy, d numbers.</returns>
    member noise.DiagonalVariance() : float[] = Array.copy noise.Variances

    /// <summary>Variance of v_j' M*_batch v_k of two different modes, on average: for delocalised vectors the symmetrised entry
    /// (v_i u_j + u_i v_j) / 2 has half the second moment of v_i v_j.</summary>
    member noise.EntryVariance = 0.5 * Array.average noise.Variances

    /// <summary>The variances.</summary>
    override noise.ToString() =
        $"noise of one batch: variances {Show.numbers noise.Variances}, of an entry {Show.number noise.EntryVariance}"

/// <summary>How far the mean of some runs of minibatch descent may be from the flow, mode by mode.</summary>
/// <remarks>
/// Units: steps of kappa h each, z = kappa h lambda*_k, E the variance of an entry of one batch's target, D_k that of its k-th diagonal entry.
/// </remarks>
[<Sealed>]
type DescentDeviation
    /// <summary>From the problem, the step and the noise.</summary>
    /// <param name="eigenvalues">lambda*, length V, descending.</param>
    /// <param name="initialVariances">R_kk(0)^2, d of them.</param>
    /// <param name="step">kappa h, positive.</param>
    /// <param name="noise">One-batch variances.</param>
    /// <param name="runs">How many runs the mean is of.</param>
    /// <param name="standardErrors">How many standard errors of that mean are allowed.</param>
    (
        eigenvalues: float[],
        initialVariances: float[],
        step: float<kappaTime / step>,
        noise: MinibatchNoise,
        runs: int,
        standardErrors: float
    ) =

    let lambda, entry, h = eigenvalues, noise.EntryVariance, float step
    let dimension = initialVariances.Length

    /// <summary>Step at which mode k (from 0) is half risen, by Theorem 4.3 with R_kk(0)^2 and the delay of a finite step.</summary>
    /// <param name="k">The mode, from 0.</param>
    /// <returns>A number of steps.</returns>
    member _.HalfRiseStep(k: int) : float =
        float (AlignedSolution.HalfRiseTime(initialVariances[k], lambda[k])) / h
        * AlignedSolution.DiscreteTimeFactor(h * lambda[k])

    /// <summary>So many standard errors of the mean half-rise time, relative: z-values times (D_k / (n runs))^{1/2} / lambda_k, n the steps
    /// until then, over which the growth averages independent batches.</summary>
    /// <param name="k">The mode, from 0.</param>
    /// <returns>The relative shift.</returns>
    member this.Sampling(k: int) : float =
        standardErrors * sqrt (noise.Variances[k] / (this.HalfRiseStep k * float runs))
        / lambda[k]

    /// <summary>Bound of the relative shift of the mean half-rise time of mode k.</summary>
    /// <remarks>
    /// <para>Sampling, as above. Second order of the sampling: the logarithm of the volume of the first k modes grows per step by
    /// tr X - tr(X X) / 2 within them plus half the squared couplings out of them, X = kappa h M*_batch. The couplings out tilt the
    /// subspace by angles of mean square kappa h E / (2 (lambda_i - lambda_j)), whose loss of growth cancels the last term; what remains of mode k
    /// is -(kappa h)^2 E k, relative to its growth k kappa h E / lambda_k (k from 1).</para>
    /// <para>Finite step while saturating: with x = s^2 / lambda the logit of a step's map grows by 2 z - z^2 + 3 x z^2 + O(z^3) where the flow on
    /// the corrected clock has 2 ln(1 + z); until x = 1/2 the excess sums to (3 z / 2) ln 2, relative to ln(lambda / lambda(0)).</para>
    /// </remarks>
    /// <param name="k">The mode, from 0.</param>
    /// <returns>The bound.</returns>
    member this.HalfRiseShift(k: int) : float =
        let rise = log (lambda[k] / initialVariances[k])

        this.Sampling k
        + h * (float k + 1.0) * entry / lambda[k]
        + 1.5 * log 2.0 * h * lambda[k] / rise

    /// <summary>Bound of the relative error of a realised singular value.</summary>
    /// <remarks>Half of what the variance has. v_k' M v_k fluctuates with the restoring rate 2 z under increments 2 z xi, so its stationary
    /// variance is kappa h lambda D_k. The other modes' noise flows in at (kappa h)^2 E tr M and is restored at the same rate, and tilts towards
    /// the V directions not learned cost as much each: kappa h E (tr M / lambda + V) / (2 lambda). And the noise between mode k and another, of
    /// variance kappa h E lambda_k lambda_j / (lambda_k + lambda_j), moves its eigenvalue by that entry or by its square over their distance,
    /// whichever is less.</remarks>
    /// <param name="k">The mode, from 0.</param>
    /// <returns>The bound.</returns>
    member _.Plateau(k: int) : float =
        let trace = Seq.sum (Seq.take dimension lambda)

        let fluctuation =
            standardErrors * sqrt (h * noise.Variances[k] / (lambda[k] * float runs))

        let inflow = 0.5 * h * entry * (trace / lambda[k] + float lambda.Length) / lambda[k]

        let repulsion j =
            let size =
                standardErrors
                * sqrt (h * entry * lambda[k] * lambda[j] / (lambda[j] + lambda[k]))

            min size (size * size / abs (lambda[j] - lambda[k])) / lambda[k]

        let others = Seq.init dimension id |> Seq.filter (fun j -> j <> k)
        0.5 * (fluctuation + inflow + Seq.sumBy repulsion others)

    member internal _.Content =
        eigenvalues, initialVariances, h, noise, runs, standardErrors

    /// <summary>Are problem, step, noise, runs and standard errors equal?</summary>
    override this.Equals other =
        match other with
        | :? DescentDeviation as x -> x.Content = this.Content
        | _ -> false

    /// <summary>Of the same.</summary>
    override this.GetHashCode() = hash this.Content

    /// <summary>Step, runs and noise.</summary>
    override _.ToString() =
        $"deviation of the mean of {runs} descents, d = {dimension}, kappa h = {Show.number h}; {noise}"
