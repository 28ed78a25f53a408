namespace Qwem.Theory

open Qwem.Theory.Hypothesis

/// <summary>A share of successes, and the interval that belongs to it.</summary>
/// <remarks>Exact binomial interval (Clopper and Pearson 1934): it covers with at least the stated confidence for every number of trials.</remarks>
[<Sealed>]
type ProportionEstimate
    /// <summary>Successes among trials.</summary>
    /// <param name="successes">0 to trials.</param>
    /// <param name="trials">1 or more.</param>
    /// <exception cref="T:Qwem.Theory.HypothesisException">An argument leaves its range.</exception>
    (successes: int64, trials: int64) =
    do
        if trials < 1L then
            broken "at least one trial" "trials" $"trials = {trials}; allowed: 1 or more"

        if successes < 0L || successes > trials then
            broken "successes among trials" "successes" $"successes = {successes}; allowed: 0 to trials = {trials}"

    // P(X >= k) for X binomial(n, p), k >= 1 and p < k / n: terms fall from the first, by the ratio (n - j) p / ((j + 1) (1 - p)).
    static let upperTail (n: int64) (k: int64) (p: float) =
        let logGamma = MathNet.Numerics.SpecialFunctions.GammaLn

        let first =
            logGamma (float n + 1.0)
            - logGamma (float k + 1.0)
            - logGamma (float (n - k) + 1.0)
            + float k * log p
            + float (n - k) * MathNet.Numerics.SpecialFunctions.Log1p -p

        let mutable term = 1.0
        let mutable total = 1.0
        let mutable j = k

        while j < n && term > 1e-18 * total do
            term <- term * (float (n - j) / float (j + 1L)) * (p / (1.0 - p))
            total <- total + term
            j <- j + 1L

        exp first * total

    // The p at which k successes or more are this improbable.
    static let lowerEnd (n: int64) (k: int64) (tail: float) =
        if k = 0L then
            0.0
        else
            let mutable low = 0.0
            let mutable high = float k / float n

            for _ in 1..100 do
                let middle = 0.5 * (low + high)

                if middle > low && middle < high then
                    if upperTail n k middle < tail then low <- middle else high <- middle

            low

    /// <summary>Number of successes.</summary>
    member _.Successes = successes

    /// <summary>Number of trials.</summary>
    member _.Trials = trials

    /// <summary>successes / trials.</summary>
    member _.Value = float successes / float trials

    /// <summary>The lower end at a one-sided risk: too high with at most this probability.</summary>
    /// <remarks>Solves P(X &gt;= successes) = risk by bisection; relative accuracy about n u.</remarks>
    /// <param name="risk">Between 0 and 1/2, exclusive; (1 - confidence) / 2 for one end of an interval.</param>
    /// <returns>A probability; 0 when there are no successes.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException"><paramref name="risk"/> is out of range.</exception>
    member _.Lower(risk: float) : float =
        if not (risk > 0.0 && risk < 0.5) then
            broken "a one-sided risk" "risk" $"risk = {risk}; allowed: between 0 and 1/2"

        lowerEnd trials successes risk

    /// <summary>The upper end at a one-sided risk: too low with at most this probability.</summary>
    /// <param name="risk">Between 0 and 1/2, exclusive; (1 - confidence) / 2 for one end of an interval.</param>
    /// <returns>A probability; 1 when there are only successes.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException"><paramref name="risk"/> is out of range.</exception>
    member _.Upper(risk: float) : float =
        if not (risk > 0.0 && risk < 0.5) then
            broken "a one-sided risk" "risk" $"risk = {risk}; allowed: between 0 and 1/2"

        1.0 - lowerEnd trials (trials - successes) risk

    member internal _.Content = successes, trials

    /// <summary>Are successes and trials equal?</summary>
    override this.Equals other =
        match other with
        | :? ProportionEstimate as x -> x.Content = this.Content
        | _ -> false

    /// <summary>Of the same.</summary>
    override this.GetHashCode() = hash this.Content

    /// <summary>The share, and what it counts.</summary>
    override this.ToString() =
        $"{Show.number this.Value} ({successes} of {trials})"
