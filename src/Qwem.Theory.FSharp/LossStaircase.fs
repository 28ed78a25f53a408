namespace Qwem.Theory

open Qwem.Theory.Hypothesis

/// <summary>The loss under Theorem 4.3: a staircase with one step per learned mode.</summary>
/// <remarks>
/// v1 Theorem 4.3 and Figure 1; docs/derivations.md section 4.1. ||M - M*||_F^2 / ||M*||_F^2
/// = 1 - sum_k (2 lambda_k s_k^2 - s_k^4) / ||M*||_F^2, evaluated as (||M*||^2 - sum lambda_k^2 + sum (lambda_k - s_k^2)^2) / ||M*||^2,
/// which does not cancel. Losses are pure numbers; times are kappa t, the inverse unit of lambda*.
/// </remarks>
[<Sealed>]
type LossStaircase
    /// <summary>The staircase of the modes 1..d.</summary>
    /// <param name="initialVariances">s_k^2(0), length d of at least 1, non-negative.</param>
    /// <param name="eigenvalues">lambda*_k, k = 1..d, finite, descending.</param>
    /// <param name="squaredFrobeniusNormOfTarget">||M*||_F^2, positive, at least the sum of the squared eigenvalues (to 1e-9).</param>
    /// <exception cref="T:Qwem.Theory.HypothesisException">An argument leaves its range or lengths differ.</exception>
    (initialVariances: float[], eigenvalues: float[], squaredFrobeniusNormOfTarget: float) =
    let norm = squaredFrobeniusNormOfTarget
    let variances = Array.copy initialVariances
    let lambdas = Array.copy eigenvalues

    do
        if lambdas.Length < 1 then
            broken "at least one mode" "eigenvalues" "eigenvalues is empty; allowed: length d of 1 or more"

        hasLength "initialVariances" variances lambdas.Length "one per eigenvalue"
        allFinite "eigenvalues" lambdas
        descending "eigenvalues" lambdas

        for k in 0 .. variances.Length - 1 do
            nonNegative "non-negative variance" $"initialVariances[{k}]" variances[k]

        positive "a target that does not vanish" "squaredFrobeniusNormOfTarget" norm

        if norm < (1.0 - 1e-9) * Array.sumBy (fun l -> l * l) lambdas then
            broken
                "||M*||_F^2 >= sum of squared eigenvalues"
                "squaredFrobeniusNormOfTarget"
                $"squaredFrobeniusNormOfTarget = {norm}; allowed: at least {Array.sumBy (fun l -> l * l) lambdas}"

    // What modes beyond d contribute for ever.
    let outside = max 0.0 (norm - Array.sumBy (fun l -> l * l) lambdas)

    /// <summary>d, the number of modes.</summary>
    member _.Modes = lambdas.Length

    /// <summary>Normalised loss at a time.</summary>
    /// <param name="kappaTime">kappa t, non-negative.</param>
    /// <returns>||M - M*||^2 / ||M*||^2; about 1 at the start of small embeddings.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException"><paramref name="kappaTime"/> is negative or not finite.</exception>
    member _.At(kappaTime: float<kappaTime>) : float =
        let mutable total = outside

        for k in 0 .. lambdas.Length - 1 do
            let missing = AlignedSolution.Deficit(variances[k], lambdas[k], kappaTime)
            total <- total + missing * missing

        total / norm

    /// <summary>Normalised loss at several times.</summary>
    /// <param name="kappaTimes">kappa t, non-negative.</param>
    /// <returns>One loss per time.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">A time is negative or not finite.</exception>
    member this.At(kappaTimes: float<kappaTime>[]) : float[] =
        Array.map (fun (t: float<kappaTime>) -> this.At t) kappaTimes

    /// <summary>Normalised loss on the plateau where the k leading modes are learned and the others still vanish.</summary>
    /// <remarks>1 - sum_{j &lt;= k} max(lambda_j, 0)^2 / ||M*||^2: modes with lambda* &lt;= 0 are never learned.</remarks>
    /// <param name="k">Number of learned modes, 0 to d.</param>
    /// <returns>The loss on the plateau.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException"><paramref name="k"/> is not between 0 and d.</exception>
    member _.Plateau(k: int) : float =
        if k < 0 || k > lambdas.Length then
            broken "a number of modes" "k" $"k = {k}; allowed: 0 to d = {lambdas.Length}"

        let mutable total = outside

        for j in lambdas.Length - 1 .. -1 .. 0 do
            if j >= k || lambdas[j] < 0.0 then
                total <- total + lambdas[j] * lambdas[j]

        total / norm

    /// <summary>Plateau(k) for k = 0..d.</summary>
    /// <returns>d + 1 losses, never increasing.</returns>
    member this.Plateaus() : float[] =
        Array.init (lambdas.Length + 1) this.Plateau

    /// <summary>kappa tau_k of each mode: AlignedSolution.RealisationTime; +infinity for a mode that is never learned.</summary>
    /// <remarks>Never learned: lambda*_k &lt;= 0 or s_k^2(0) = 0. Ascending in k when the variances are equal and small.</remarks>
    /// <returns>d times.</returns>
    member _.RealisationTimes() : float<kappaTime>[] =
        Array.map2
            (fun s l ->
                if s > 0.0 && l > 0.0 then
                    AlignedSolution.RealisationTime(s, l)
                else
                    infinity * 1.0<kappaTime>)
            variances
            lambdas

    /// <summary>The staircase of the d leading modes from a small random start W_ai(0) ~ N(0, sigma^2 / d), at its mean.</summary>
    /// <remarks>docs/derivations.md section 4.3, theory (b): the mean of R_kk^2(0) is sigma^2 (d - k + 1) / d for k = 1..d.</remarks>
    /// <param name="spectrum">The target's eigenpairs; all V eigenvalues make ||M*||_F^2.</param>
    /// <param name="dimension">d, 1 to V.</param>
    /// <param name="sigma">The start's scale, positive.</param>
    /// <returns>The staircase.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">d or sigma is out of range, or the target vanishes.</exception>
    static member OfGaussianStart(spectrum: TargetSpectrum, dimension: int, sigma: float) : LossStaircase =
        let lambdas = spectrum.Values

        if dimension < 1 || dimension > lambdas.Length then
            broken "an embedding dimension" "dimension" $"dimension = {dimension}; allowed: 1 to V = {lambdas.Length}"

        positive "positive start scale" "sigma" sigma
        let d = float dimension

        LossStaircase(
            Array.init dimension (fun k -> sigma * sigma * (d - float k) / d),
            Array.sub lambdas 0 dimension,
            Array.sumBy (fun l -> l * l) lambdas
        )

    member internal _.Content = norm, variances, lambdas

    /// <summary>Are start, eigenvalues and norm equal?</summary>
    override this.Equals other =
        match other with
        | :? LossStaircase as x -> x.Content = this.Content
        | _ -> false

    /// <summary>Of the same.</summary>
    override this.GetHashCode() = hash this.Content

    /// <summary>Times and plateaus.</summary>
    override this.ToString() =
        $"staircase, d = {lambdas.Length}: kappa tau = {Show.numbers (Array.map float (this.RealisationTimes()))}; plateaus {Show.numbers (this.Plateaus())}"
