namespace Qwem.Theory

open System
open MathNet.Numerics
open Qwem.Theory.Hypothesis

/// <summary>One mode under gradient flow from an aligned start: Theorem 4.3 in closed form.</summary>
/// <remarks>
/// v1 Theorem 4.3, Eq. (8); docs/derivations.md sections 4.1 and 4.5. d(s^2)/d(kappa t) = 2 s^2 (lambda* - s^2), hence with
/// x = 2 lambda* kappa t: s^2(t) = s^2(0) / (e^-x + s^2(0) (1 - e^-x) / lambda*), the form used here for lambda* > 0.
/// Units: s^2, lambda* share one; kappaTime = kappa t is its inverse (Clock converts the paper's eta t = 2 kappa t). Time may be any
/// finite number from 0 on. A start above lambda* decays to it; lambda* &lt;= 0 decays to 0 (lambda* = 0: s^2(0) / (1 + 2 s^2(0) kappa t)).
/// Accuracy: about 10 roundings; the exponent is carried to twice the precision, so long times lose nothing.
/// </remarks>
[<AbstractClass; Sealed>]
type AlignedSolution private () =

    static let check (initialVariance: float) (eigenvalue: float) (kappaTime: float) =
        nonNegative "non-negative variance" "initialVariance" initialVariance
        finite "eigenvalue" eigenvalue
        nonNegative "time from 0 on" "kappaTime" kappaTime

    // e^-|x| for x = 2 lambda kappaTime, x rounded only once: the second term of the exponent is applied as a factor.
    static let decay (eigenvalue: float) (kappaTime: float) =
        let doubled = 2.0 * kappaTime
        let x = abs eigenvalue * doubled

        if Double.IsInfinity x || Double.IsInfinity doubled then
            (if eigenvalue = 0.0 then 1.0 else 0.0)
        else
            let lost = Math.FusedMultiplyAdd(abs eigenvalue, doubled, -x)
            let e = exp -x
            e - e * lost

    // (1 - e^-|x|) / |lambda| = phi e^-x for lambda > 0 and phi itself for lambda < 0; 2 kappaTime at lambda = 0.
    static let saturation (eigenvalue: float) (kappaTime: float) =
        let x = abs eigenvalue * (2.0 * kappaTime)

        if x < 1e-300 then 2.0 * kappaTime else Kernels.complement x / abs eigenvalue

    static let variance (initial: float) (eigenvalue: float) (kappaTime: float) =
        let e = decay eigenvalue kappaTime
        let saturated = saturation eigenvalue kappaTime

        if initial = 0.0 then
            0.0
        elif initial * saturated > 1e300 then
            (if eigenvalue > 0.0 then 1.0 else e) / saturated
        elif eigenvalue > 0.0 then
            initial / (e + initial * saturated)
        else
            initial * e / (1.0 + initial * saturated)

    static let deficit (initial: float) (eigenvalue: float) (kappaTime: float) =
        if eigenvalue > 0.0 && initial > 0.0 then
            let e = decay eigenvalue kappaTime
            let saturated = saturation eigenvalue kappaTime

            if initial * saturated > 1e300 then
                e / saturated * ((eigenvalue - initial) / initial)
            else
                e * (eigenvalue - initial) / (e + initial * saturated)
        else
            eigenvalue - variance initial eigenvalue kappaTime

    static let logVariance (initial: float) (eigenvalue: float) (kappaTime: float) =
        let x = 2.0 * eigenvalue * kappaTime
        let logSaturation = log (saturation eigenvalue kappaTime)

        // ln of s^2(0) phi, the second term of N = 1 + s^2(0) phi.
        let grown = log initial + logSaturation + (if eigenvalue > 0.0 then x else 0.0)

        if eigenvalue > 0.0 && grown > 0.0 then
            -logSaturation - SpecialFunctions.Log1p(exp -grown)
        elif grown > 0.0 then
            x - logSaturation - SpecialFunctions.Log1p(exp -grown)
        else
            log initial + x - SpecialFunctions.Log1p(exp grown)

    static let each (initialVariances: float[]) (eigenvalues: float[]) (kappaTime: float<kappaTime>) f =
        hasLength "initialVariances" initialVariances eigenvalues.Length "one per eigenvalue"
        Array.map2 (fun (s: float) (l: float) -> f (s, l, kappaTime): float) initialVariances eigenvalues

    /// <summary>s^2(t), the mode's variance: v1 Eq. (8).</summary>
    /// <param name="initialVariance">s^2(0), non-negative; may exceed the eigenvalue.</param>
    /// <param name="eigenvalue">lambda*, any finite number.</param>
    /// <param name="kappaTime">kappa t, non-negative.</param>
    /// <returns>s^2(t); s^2(0) exactly at time 0.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">An argument is not finite, or the variance or the time is negative.</exception>
    static member Variance(initialVariance: float, eigenvalue: float, kappaTime: float<kappaTime>) : float =
        check initialVariance eigenvalue (float kappaTime)
        variance initialVariance eigenvalue (float kappaTime)

    /// <summary>s^2(t) of every mode.</summary>
    /// <param name="initialVariances">s_k^2(0), one per eigenvalue.</param>
    /// <param name="eigenvalues">lambda*_k.</param>
    /// <param name="kappaTime">kappa t, non-negative.</param>
    /// <returns>s_k^2(t), same length.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">Lengths differ or an entry leaves its range.</exception>
    static member Variance(initialVariances: float[], eigenvalues: float[], kappaTime: float<kappaTime>) : float[] =
        each initialVariances eigenvalues kappaTime AlignedSolution.Variance

    /// <summary>s(t), the singular value of the embeddings.</summary>
    /// <param name="initialVariance">s^2(0), non-negative.</param>
    /// <param name="eigenvalue">lambda*, any finite number.</param>
    /// <param name="kappaTime">kappa t, non-negative.</param>
    /// <returns>s(t), non-negative.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">An argument is not finite, or the variance or the time is negative.</exception>
    static member SingularValue(initialVariance: float, eigenvalue: float, kappaTime: float<kappaTime>) : float =
        sqrt (AlignedSolution.Variance(initialVariance, eigenvalue, kappaTime))

    /// <summary>s_k(t) of every mode.</summary>
    /// <param name="initialVariances">s_k^2(0), one per eigenvalue.</param>
    /// <param name="eigenvalues">lambda*_k.</param>
    /// <param name="kappaTime">kappa t, non-negative.</param>
    /// <returns>s_k(t), same length, in the order of the eigenvalues.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">Lengths differ or an entry leaves its range.</exception>
    static member SingularValue
        (initialVariances: float[], eigenvalues: float[], kappaTime: float<kappaTime>)
        : float[] =
        Array.map sqrt (AlignedSolution.Variance(initialVariances, eigenvalues, kappaTime))

    /// <summary>ln s^2(t), also where s^2(t) itself leaves the range of a double.</summary>
    /// <param name="initialVariance">s^2(0), positive.</param>
    /// <param name="eigenvalue">lambda*, any finite number.</param>
    /// <param name="kappaTime">kappa t, non-negative; 2 |lambda*| kappa t must not overflow.</param>
    /// <returns>ln s^2(t), absolute accuracy a few roundings of its largest term |ln s^2(0)| + 2 |lambda*| kappa t.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">An argument is not finite, the variance not positive, or the time negative.</exception>
    static member LogVariance(initialVariance: float, eigenvalue: float, kappaTime: float<kappaTime>) : float =
        check initialVariance eigenvalue (float kappaTime)
        positive "positive variance" "initialVariance" initialVariance
        finite "2 eigenvalue kappaTime" (2.0 * eigenvalue * float kappaTime)
        logVariance initialVariance eigenvalue (float kappaTime)

    /// <summary>ln s_k^2(t) of every mode.</summary>
    /// <param name="initialVariances">s_k^2(0), positive, one per eigenvalue.</param>
    /// <param name="eigenvalues">lambda*_k.</param>
    /// <param name="kappaTime">kappa t, non-negative.</param>
    /// <returns>ln s_k^2(t), same length.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">Lengths differ or an entry leaves its range.</exception>
    static member LogVariance(initialVariances: float[], eigenvalues: float[], kappaTime: float<kappaTime>) : float[] =
        each initialVariances eigenvalues kappaTime AlignedSolution.LogVariance

    /// <summary>lambda* - s^2(t), what the mode still lacks, without cancellation.</summary>
    /// <remarks>For lambda* > 0: e^-x (lambda* - s^2(0)) / (e^-x + s^2(0)(1 - e^-x)/lambda*); negative after a start above lambda*.</remarks>
    /// <param name="initialVariance">s^2(0), non-negative.</param>
    /// <param name="eigenvalue">lambda*, any finite number.</param>
    /// <param name="kappaTime">kappa t, non-negative.</param>
    /// <returns>lambda* - s^2(t).</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">An argument is not finite, or the variance or the time is negative.</exception>
    static member Deficit(initialVariance: float, eigenvalue: float, kappaTime: float<kappaTime>) : float =
        check initialVariance eigenvalue (float kappaTime)
        deficit initialVariance eigenvalue (float kappaTime)

    /// <summary>kappa tau = ln(lambda* / s^2(0)) / (2 lambda*): when the mode is realised.</summary>
    /// <remarks>v1 section 4.1, below Eq. (9), and Eq. (49) (tau_k, with eta = 2 kappa); docs/derivations.md section 4.1. At that time s^2 = lambda*^2 / (2 lambda* - s^2(0)).
    /// Negative when the mode starts above lambda*.</remarks>
    /// <param name="initialVariance">s^2(0), positive.</param>
    /// <param name="eigenvalue">lambda*, positive.</param>
    /// <returns>kappa tau.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">An argument is not positive and finite.</exception>
    static member RealisationTime(initialVariance: float, eigenvalue: float) : float<kappaTime> =
        positive "positive variance" "initialVariance" initialVariance
        positive "a mode that is learned: lambda* > 0" "eigenvalue" eigenvalue
        1.0<kappaTime> * ((log eigenvalue - log initialVariance) / (2.0 * eigenvalue))

    /// <summary>kappa t at which s^2 = lambda* / 2 exactly: ln(lambda* / s^2(0) - 1) / (2 lambda*).</summary>
    /// <remarks>From v1 Eq. (8). Negative when the start lies between lambda*/2 and lambda*: the crossing is in the past.</remarks>
    /// <param name="initialVariance">s^2(0), positive, below lambda*.</param>
    /// <param name="eigenvalue">lambda*, positive.</param>
    /// <returns>kappa t of the crossing.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">An argument is not positive and finite, or the start is not below lambda*
    /// (s^2 then never crosses lambda*/2).</exception>
    static member HalfRiseTime(initialVariance: float, eigenvalue: float) : float<kappaTime> =
        positive "positive variance" "initialVariance" initialVariance
        positive "a mode that is learned: lambda* > 0" "eigenvalue" eigenvalue

        if initialVariance >= eigenvalue then
            broken
                "a start below lambda*"
                "initialVariance"
                $"initialVariance = {initialVariance}; allowed: below the eigenvalue {eigenvalue}"

        // lambda - s0 is exact where it matters (Sterbenz, s0 >= lambda/2); near lambda = 2 s0 the logarithm needs Log1p.
        let missing = eigenvalue - initialVariance
        let excess = (missing - initialVariance) / initialVariance

        let growth =
            if abs excess < 0.5 then
                SpecialFunctions.Log1p excess
            else
                log missing - log initialVariance

        1.0<kappaTime> * (growth / (2.0 * eigenvalue))

    /// <summary>z / ln(1 + z): how much later than the flow a discrete step of size h realises a mode, z = kappa h lambda*.</summary>
    /// <remarks>docs/derivations.md section 4.5: gradient descent multiplies an undeveloped mode by 1 + z per step, the flow by e^z.</remarks>
    /// <param name="z">kappa h lambda*, above -1; 0 gives 1.</param>
    /// <returns>A factor above 1 for positive z, below 1 for negative z.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException"><paramref name="z"/> is not finite or not above -1.</exception>
    static member DiscreteTimeFactor(z: float) : float =
        finite "z" z

        if z <= -1.0 then
            broken "a step that keeps the mode's sign" "z" $"z = kappa h lambda* = {z}; allowed: above -1"

        if z = 0.0 then 1.0 else z / SpecialFunctions.Log1p z

    /// <summary>The kappaTime that the flow needs for what n discrete steps do to an undeveloped mode.</summary>
    /// <remarks>docs/derivations.md section 4.5: n ln(1 + kappa h lambda*) / lambda*; n kappa h at lambda* = 0. Leading order in s^2/lambda*.</remarks>
    /// <param name="steps">n, non-negative.</param>
    /// <param name="kappaStep">kappa h, positive: kappa t of one step.</param>
    /// <param name="eigenvalue">lambda*; kappa h lambda* above -1.</param>
    /// <returns>The effective kappaTime: below n kappa h for positive, above it for negative eigenvalues.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">An argument leaves its range.</exception>
    static member EffectiveKappaTime
        (steps: int64<step>, kappaStep: float<kappaTime / step>, eigenvalue: float)
        : float<kappaTime> =
        if steps < 0L<step> then
            broken "a number of steps" "steps" $"steps = {int64 steps}; allowed: 0 or more"

        positive "a positive step" "kappaStep" (float kappaStep)
        finite "eigenvalue" eigenvalue

        1.0<step> * float steps * kappaStep
        / AlignedSolution.DiscreteTimeFactor(float kappaStep * eigenvalue)
